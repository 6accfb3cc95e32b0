"""How SQLite is set: a revision that was told of outlasts a power cut, and writers hold little of the file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection

from app.store.database.engine import Database

ROOT = Path(__file__).parents[2]
FULL = "2"
ASK = """
import sys
from app.store.database.engine import Database
with Database(sys.argv[1]).write() as connection:
    print(connection.exec_driver_sql("PRAGMA synchronous").scalar())
"""


def mapped(connection: Connection) -> int:
    """Bytes of the file that the connection may map into memory."""
    return int(connection.exec_driver_sql("PRAGMA mmap_size").scalar_one())


def test_a_commit_waits_for_the_disk(new_database: Callable[[str], Database]) -> None:
    url = new_database("sqlite").url.render_as_string()
    # Databases of the tests' own process do not wait (see conftest.py).
    done = subprocess.run([sys.executable, "-c", ASK, url], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == FULL


def test_a_writer_maps_nothing_of_the_file_and_readers_do(new_database: Callable[[str], Database]) -> None:
    database = new_database("sqlite")
    with database.write() as connection:
        assert mapped(connection) == 0
    with database.read() as connection:
        assert mapped(connection) > 0
