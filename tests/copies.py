"""All that a database holds, taken from one and put into an empty one: an import takes several times as long."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import psycopg

from app.store.database.engine import Database
from app.store.database.tables import Base

Copy: TypeAlias = Path | dict[str, bytes]  # a file of SQLite; the filled tables of PostgreSQL

TABLES = sorted(Base.metadata.tables)


def take_copy(database: Database, file: Path) -> Copy:
    """A copy of what a database holds. file: where one of SQLite may be put."""
    if database.file:
        _copy_file(database.file, file)
        return file
    with _driver(database) as driver:
        taken = {}
        for name in TABLES:
            with driver.cursor().copy(f"COPY {name} TO STDOUT (FORMAT binary)") as rows:
                taken[name] = b"".join(map(bytes, rows))
        empty = min(map(len, taken.values()))  # a header and a trailer
        return {name: rows for name, rows in taken.items() if len(rows) > empty}


def put_copy(database: Database, copy: Copy) -> None:
    """Put a copy into a database in which nobody has stored anything yet."""
    if isinstance(copy, Path):
        _copy_file(copy, database.file or Path())
    else:
        with _driver(database) as driver:
            for name, rows in copy.items():
                driver.cursor().execute(f"DELETE FROM {name}")  # noqa: S608  # some are there from the beginning
                with driver.cursor().copy(f"COPY {name} FROM STDIN (FORMAT binary)") as into:
                    into.write(rows)
    database.forget()


def _copy_file(old: Path, new: Path) -> None:
    with closing(sqlite3.connect(old)) as source, closing(sqlite3.connect(new)) as target:
        target.execute("PRAGMA synchronous = OFF")
        source.backup(target)


@contextmanager
def _driver(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.write() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        yield driver
