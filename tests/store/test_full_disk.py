"""A fault after a commit is no failure, and SQLite's write-ahead log gives its space back."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.store.database.connections import WRITING
from app.store.database.engine import Database
from app.store.imports.importer import import_paths
from tests.store.stored import rows, write_files

ROOT = Path(__file__).parents[2]
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
from app.cli import main
main()
"""


def claims(number: int, words: str) -> str:
    lines = [f'{{"key": "k{n}", "quote": "{words} {n}", "source": {{"title": "T"}}}}' for n in range(number)]
    return "\n".join(lines) + "\n"


def log_of(database: Database) -> int:
    """Bytes of the write-ahead log."""
    log = Path(f"{database.file}-wal")
    return log.stat().st_size if log.exists() else 0


def test_a_disk_that_is_full_after_the_commit_is_a_warning(
    new_database: Callable[[str], Database], tmp_path: Path
) -> None:
    database = new_database("sqlite")
    file = tmp_path / "many.ndjson"
    file.write_text(claims(40, "words " * 20))
    database.close()
    assert database.file
    with closing(sqlite3.connect(database.file)) as connection:
        connection.execute("VACUUM")  # no room is left over within the file
    # Files may be as large as the database is: its log fits, and what is written back from it does not.
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(database.file.stat().st_size), "import", str(file)],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={"ONRECORD_DATABASE_URL": database.url.render_as_string(), "PATH": "/usr/bin"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "SQLite's write-ahead log could not be written back: " in done.stderr
    assert "stored as revision 1" in done.stdout
    assert done.returncode == 0
    assert rows(database, "SELECT count(*) FROM claims") == [(40,)]


def test_a_disk_that_is_full_before_the_commit_stores_nothing(
    new_database: Callable[[str], Database], tmp_path: Path
) -> None:
    database = new_database("sqlite")
    file = tmp_path / "one.ndjson"
    file.write_text(claims(40, "words " * 20))
    database.close()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(Exception, match=r"cannot|damaged"):
            import_paths(database, [file], processes=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert rows(database, "SELECT count(*) FROM claims") == [(0,)]
    assert import_paths(database, [file], processes=1).revision == 1


@pytest.mark.parametrize("where", ["sqlite_file.SqliteFile.checkpoint", "connections.set_sqlite"])
def test_an_interrupt_after_the_commit_is_a_warning(
    new_database: Callable[[str], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    database = new_database("sqlite")
    monkeypatch.setattr("app.store.database.write_ahead_log.KEPT", 0)

    def interrupt(_of: object, settings: object, *_: object) -> None:
        if settings is not WRITING:  # which is set before
            monkeypatch.undo()
            raise KeyboardInterrupt

    monkeypatch.setattr(f"app.store.database.{where}", interrupt)
    report = import_paths(database, [write_files(tmp_path / "seeds", one="source: {title: T}\nclaims: []\n")])
    assert report.revision == 1
    assert list(map(str, report.warnings)) == ["all is stored, but afterwards something failed: KeyboardInterrupt"]


def test_an_interrupt_while_new_speakers_are_compared_is_a_warning_where_they_are_stored(
    new_database: Callable[[str], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_namesakes: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.store.write.newcomers.Namesakes.pairs", interrupt)
    database = new_database("sqlite")
    files = [
        write_files(tmp_path / "seeds", one="source: {title: T}\nclaims: [{key: k, quote: q, speaker: {name: A}}]\n")
    ]
    with pytest.raises(KeyboardInterrupt):
        import_paths(database, files, dry_run=True)
    report = import_paths(database, files)
    assert report.revision == 1
    assert list(map(str, report.warnings)) == ["new speakers were not compared with others: interrupted"]


def test_a_long_log_gives_its_space_back_after_each_write_and_each_long_reader(
    new_database: Callable[[str], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = new_database("sqlite")
    monkeypatch.setattr("app.store.database.write_ahead_log.KEPT", 0)
    for n, words in enumerate(("some", "other")):
        (tmp_path / f"{n}.ndjson").write_text(claims(20, words))
    import_paths(database, [tmp_path / "0.ndjson"])
    assert log_of(database) == 0
    with database.read_through() as reader:
        assert reader.exec_driver_sql("SELECT count(*) FROM claims").scalar_one() == 20
        import_paths(database, [tmp_path / "1.ndjson"])
        assert log_of(database) > 0
        assert reader.exec_driver_sql("SELECT count(*) FROM claims").scalar_one() == 20
    assert log_of(database) == 0
    assert rows(database, "SELECT count(*) FROM claims") == [(40,)]


def test_the_log_gives_its_space_back_at_the_end_though_others_have_the_file_open(
    new_database: Callable[[str], Database], tmp_path: Path
) -> None:
    database = new_database("sqlite")
    (tmp_path / "0.ndjson").write_text(claims(20, "some"))
    with closing(sqlite3.connect(database.file or "")) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM claims").fetchone()
        import_paths(database, [tmp_path / "0.ndjson"])
        other.rollback()
        assert log_of(database) > 0
        database.close()
        assert log_of(database) == 0
        assert other.execute("SELECT count(*) FROM claims").fetchone() == (20,)
