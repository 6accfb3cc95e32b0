"""Processes beside that of a test, which write to its database: started here, synchronised by pipes.

They come from a process that has loaded the modules once: to load them takes a second each time.
"""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from click.testing import CliRunner

from app.cli import main
from app.domain.record.records_in import ClaimIn
from app.store.database.engine import Database
from app.store.history.revision import Revision
from app.store.records.document import render_claim
from app.store.write.amending import Given
from app.store.write.writer import Writer
from tests.waiting import PATIENCE

ROOT: Final = Path(__file__).parents[2]

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.store.writers", "tests.store.index.steady"])


def url_of(database: Database) -> str:
    """The URL with its password, for another process."""
    return database.url.render_as_string(hide_password=False)


class Beside:
    """A process that calls a function of a module with a pipe to the test, the URL of a database, and more."""

    def __init__(self, work: Callable[..., None], database: Database, *more: Any) -> None:
        self._pipe, its_own = _SERVER.Pipe()
        self.process = _SERVER.Process(target=work, args=(its_own, url_of(database), *more))
        self.process.start()
        its_own.close()

    def said(self) -> Any:
        """The next message of the process."""
        try:
            return self._pipe.recv()
        except EOFError:
            self.process.join()
            raise AssertionError(f"it ended by {self.process.exitcode} and said nothing") from None

    def tell_to_end(self) -> None:
        """End its wait."""
        self._pipe.send(None)

    def end(self) -> int | None:
        """Wait until it has ended; how it did."""
        self.process.join(PATIENCE)
        return self.process.exitcode

    def kill(self) -> int | None:
        """End it as `kill -9` does."""
        self.process.kill()
        return self.end()


def _write_and_stall(pipe: Connection, url: str) -> None:
    """Write claims, say so, and wait inside the transaction."""
    database = Database(url)
    with database.write() as connection:
        writer = Writer(Revision(connection, actor="stalled"))
        sources = [{"key": f"stalled/{n}", "quote": f"words {n}", "source": {"title": "T"}} for n in range(600)]
        writer.put_rows([Given(n, render_claim(ClaimIn.model_validate(one))) for n, one in enumerate(sources)])
        assert writer.finish()
        pipe.send("written")
        pipe.recv()
    database.close()


def start_stalled_writer(database: Database) -> Beside:
    """A process that has written everything but its commit, and holds the lock."""
    process = Beside(_write_and_stall, database)
    assert process.said() == "written"
    return process


def _import(pipe: Connection, url: str, path: str) -> None:
    done = CliRunner().invoke(main, ["import", path], env=_surroundings(url))
    pipe.send((done.exit_code, done.stdout, done.stderr))


def _surroundings(url: str) -> dict[str, str]:
    return {"ONRECORD_DATABASE_URL": url, "ONRECORD_LOCK_TIMEOUT": str(PATIENCE), "PATH": "/usr/bin:/bin"}


def begin_import(database: Database, path: Path) -> Beside:
    """A process that does as `onrecord import PATH` does, and says how that ended: exit code, output, errors."""
    return Beside(_import, database, str(path))


def start_import(database: Database, path: Path) -> subprocess.Popen[str]:
    """`onrecord import PATH` by a Python of its own."""
    command = [sys.executable, "-c", "from app.cli import main; main()", "import", str(path)]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=_surroundings(url_of(database)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
