"""Processes that write to a database, for the tests of many writers: started here, synchronised by pipes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app.store.database.engine import Database
from tests.conftest import ROOT
from tests.waiting import PATIENCE

# Writes claims, says so, and waits inside its transaction until its input ends.
STALLED = """
import sys
from app.domain.record.records_in import ClaimIn
from app.store.database.engine import Database
from app.store.records.document import render_claim
from app.store.history.revision import Revision
from app.store.write.writer import Writer

database = Database(sys.argv[1])
with database.write() as connection:
    writer = Writer(Revision(connection, actor="stalled"))
    sources = [{"key": f"stalled/{n}", "quote": f"words {n}", "source": {"title": "T"}} for n in range(600)]
    writer.put_claims(enumerate(render_claim(ClaimIn.model_validate(one)) for one in sources))
    assert writer.finish()
    print("written", flush=True)
    sys.stdin.read()
"""


def url_of(database: Database) -> str:
    """The URL with its password, for another process."""
    return database.url.render_as_string(hide_password=False)


def start_stalled_writer(database: Database) -> subprocess.Popen[str]:
    """A process that has written everything but its commit, and holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", STALLED, url_of(database)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.readline()
    if said != "written\n":
        process.kill()
        raise AssertionError(process.communicate()[1])
    return process


def start_import(database: Database, path: Path) -> subprocess.Popen[str]:
    """`onrecord import PATH` in a process of its own."""
    command = [sys.executable, "-c", "from app.cli import main; main()", "import", str(path)]
    environment = {
        "ONRECORD_DATABASE_URL": url_of(database),
        "ONRECORD_LOCK_TIMEOUT": str(PATIENCE),
        "PATH": "/usr/bin:/bin",
    }
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
