"""Rows that make one record together: those with one value of `group_by`, also where they stand apart in the file.

They wait in a private database, so that memory stays flat; groups come in the order of their first rows.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby, islice
from typing import Any, NamedTuple

from app.store.database.notices import Notice, full_disk_told
from app.store.imports.readers.located import Origin

MANY = 1000  # rows that are written or read at once

TABLES = """
PRAGMA journal_mode = OFF;
CREATE TABLE groups (n INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE grouped_rows (n INTEGER, row BLOB);
"""


class GroupedRow(NamedTuple):
    """A row of a group. line: at which it begins. values: its members, or its text where it cannot be read. origin: as
    in Record. notices: what is wrong with it. is_sure: whether a row that cannot be read is of this group for certain.
    """

    line: int
    values: dict[str, Any] | str
    origin: Origin | None
    notices: tuple[Notice, ...] = ()
    is_sure: bool = True


def grouped(rows: Iterable[tuple[str | None, GroupedRow]]) -> Iterator[list[GroupedRow]]:
    """The rows of each group. A row whose group is None is one of its own."""
    with closing(sqlite3.connect("", isolation_level=None)) as database:
        with full_disk_told("rows that are grouped"):
            database.executescript(TABLES)
            rows = iter(rows)
            while some := list(islice(rows, MANY)):
                database.execute("BEGIN")
                database.executemany(
                    "INSERT INTO grouped_rows VALUES (?, ?)",
                    [(_group(database, name), pickle.dumps(tuple(row))) for name, row in some],
                )
                database.execute("COMMIT")
            found = database.execute("SELECT n, row FROM grouped_rows ORDER BY n, rowid")
        for _, group in groupby(_fetched(found), key=lambda row: row[0]):
            yield [GroupedRow(*pickle.loads(row)) for _, row in group]  # noqa: S301  # written above


def _group(database: sqlite3.Connection, name: str | None) -> int:
    """The number of a group, in the order of the first rows."""
    made = database.execute("INSERT OR IGNORE INTO groups (name) VALUES (?)", (name,))
    if made.rowcount:
        return int(made.lastrowid or 0)
    return int(database.execute("SELECT n FROM groups WHERE name = ?", (name,)).fetchone()[0])


def _fetched(cursor: sqlite3.Cursor) -> Iterator[tuple[Any, ...]]:
    with full_disk_told("rows that are grouped"):
        while some := cursor.fetchmany(MANY):
            yield from some
