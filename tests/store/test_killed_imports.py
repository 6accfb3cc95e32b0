"""Imports that are killed by SIGKILL: the database is whole, nothing of them is seen, and no process lives on."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result

from app.store.database.engine import Database
from app.store.imports import check_rows
from app.store.upgrade.index_differences import index_differences
from app.store.upgrade.row_differences import row_differences
from tests.asked import IS_LONG
from tests.store.stored import is_empty, rows
from tests.store.writers import ROOT, url_of
from tests.waiting import PATIENCE, comes_true

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc to see others' processes")

CLAIMS = check_rows.FEW + 1
KILLS = 20  # in the long profile

Process = subprocess.Popen[bytes]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of more claims than one process checks alone."""
    line = '{{"key": "k{0}", "quote": "words {0}", "said_on": "2024", "source": {{"key": "s", "title": "S"}}}}\n'
    made = tmp_path / "claims.ndjson"
    made.write_text("".join(line.format(n) for n in range(CLAIMS)))
    return made


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """The folder for temporary files of an import."""
    (tmp_path / "temporary").mkdir()
    return tmp_path / "temporary"


@contextmanager
def importing(database: Database, file: Path, temporary: Path) -> Iterator[Process]:
    """An import by the command, in a process of its own, which a test may end."""
    folders = {"TMPDIR": str(temporary), "SQLITE_TMPDIR": str(temporary)}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "import", str(file)], cwd=ROOT, stderr=subprocess.PIPE,
        stdout=subprocess.PIPE, env={**os.environ, "ONRECORD_DATABASE_URL": url_of(database), **folders},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def children(process: Process) -> list[int]:
    """The processes that a process has started."""
    try:
        return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def is_alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def require_ended(started: set[int]) -> None:
    """Require that these processes end."""
    assert comes_true(lambda: not any(map(is_alive, started)))


def require_nothing_left(database: Database, started: set[int], temporary: Path) -> None:
    """Require that a killed import has left nothing behind."""
    require_ended(started)
    assert is_empty(database)
    with database.read_through() as connection:
        assert list(row_differences(connection, lambda *_: None)) == []
        assert list(index_differences(connection, lambda *_: None, processes=1)) == []
    assert list(temporary.iterdir()) == []


def require_complete(database: Database, file: Path, temporary: Path) -> None:
    """Require that the same command completes."""
    with importing(database, file, temporary) as process:
        said, told = process.communicate(timeout=PATIENCE)
    assert (process.returncode, told) == (0, b"")
    assert f"claims: {CLAIMS} read, {CLAIMS} created".encode() in said
    assert rows(database, "SELECT count(*) FROM claims") == [(CLAIMS,)]


@pytest.mark.skipif(IS_LONG, reason="killed at random moments instead")
def test_an_import_that_is_killed_as_it_stores_leaves_nothing_and_completes(
    database: Database, run: Callable[..., Result], file: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with importing(database, file, temporary) as process:
        assert comes_true(lambda: len(children(process)) >= 2)
        started = set(children(process))
        assert comes_true(lambda: len(children(process)) < 2)  # all rows are checked
        is_over = process.poll() is not None  # on a machine where this test was slow
    if not is_over:
        require_nothing_left(database, started, temporary)
    monkeypatch.setattr(check_rows, "FEW", CLAIMS)  # without processes, which cost more here
    done = run(database, "import", file)
    assert (done.exit_code, done.stderr) == (0, "")
    assert rows(database, "SELECT count(*) FROM claims") == [(CLAIMS,)]


@pytest.mark.skipif(not IS_LONG, reason="an import for each of 20 kills: in the long profile")
def test_an_import_that_is_killed_at_any_moment_leaves_nothing_and_completes(
    database: Database, new_database: Callable[[str], Database], file: Path, temporary: Path
) -> None:
    began = time.monotonic()
    require_complete(new_database(database.dialect), file, temporary)
    took = time.monotonic() - began
    for _ in range(KILLS):
        with importing(database, file, temporary) as process:
            ends, started = time.monotonic() + random.uniform(0, took), set[int]()  # noqa: S311  # no secret
            while time.monotonic() < ends and process.poll() is None:
                started |= set(children(process))
                time.sleep(0.01)
        require_ended(started)
        if rows(database, "SELECT count(*) FROM claims") == [(CLAIMS,)]:  # all was stored before
            database = new_database(database.dialect)
        require_nothing_left(database, started, temporary)
    require_complete(database, file, temporary)


ENDLESS = """
import os
from pathlib import Path

def never_end(_part):
    Path(os.environ["STARTED"], str(os.getpid())).touch()
    pow(7, 7 ** (7**9))  # one step of Python, as a search by a pattern is: no other thread runs meanwhile

if __name__ == "__main__":
    from app.store.database.processes import in_processes

    list(in_processes(never_end, iter([(0, 0), (1, 1)]), 2))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process looks for its parent between steps")
def test_a_process_that_lets_no_thread_run_ends_with_its_parent(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(ENDLESS)
    (started := tmp_path / "started").mkdir()
    environment = {**os.environ, "STARTED": str(started), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(tmp_path / "work.py")], env=environment) as parent:
        assert comes_true(lambda: len(list(started.iterdir())) == 2)
        parent.kill()
    assert comes_true(lambda: not any(is_alive(int(one.name)) for one in started.iterdir()))
