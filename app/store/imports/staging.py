"""Checked rows, on disk until they are written: an import of millions is not held in memory.

A private SQLite database that is gone when it is closed, or when the process ends.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import groupby
from types import TracebackType
from typing import NamedTuple, Self

from app.store.database.notices import full_disk_told
from app.store.imports.patch_rows import decode_unread
from app.store.records.document import decode
from app.store.write.amending import Given
from app.store.write.prepared import decode_prepared

MANY = 1000  # rows that are read at once
LEFT = "n NOT IN (SELECT n FROM reasons)"
CLAIMS = f"section = 'claims' AND (frame IS NOT NULL OR patch IS NOT NULL) AND {LEFT}"

TABLE = """
CREATE TABLE rows (n INTEGER PRIMARY KEY, file INTEGER, section TEXT, step INTEGER, line INTEGER, rank INTEGER,
                   long TEXT, key TEXT, frame TEXT, prepared BLOB, patch TEXT, lacks TEXT, unread TEXT,
                   grouped TEXT, given TEXT, home TEXT, merged_into TEXT)
"""
DEFINITIONS = "section IN ('source', 'sources', 'speakers', 'metrics')"
UNREAD = "unread"  # section of rows that could not be read, or are no record
REASONS = "CREATE TABLE reasons (n INTEGER, reason TEXT)"
REJECTED = """
SELECT rows.n, file, line, given, reason FROM rows JOIN reasons ON rows.n = reasons.n
ORDER BY file, line, rows.n, reasons.rowid
"""
OUTCOMES = "CREATE TABLE outcomes (n INTEGER PRIMARY KEY, said TEXT)"
WRONG = "CREATE TABLE wrong (type TEXT, key TEXT, n INTEGER, PRIMARY KEY (type, key)) WITHOUT ROWID"
DOUBLED = """
SELECT * FROM rows WHERE (frame IS NOT NULL OR patch IS NOT NULL) AND (rtrim(section, 's'), key) IN (
  SELECT rtrim(section, 's'), key FROM rows WHERE (frame IS NOT NULL OR patch IS NOT NULL) AND key IS NOT NULL
  GROUP BY rtrim(section, 's'), key
  HAVING count(DISTINCT coalesce(frame, '')) > 1 OR count(DISTINCT patch) > 1) ORDER BY rtrim(section, 's'), key, n
"""  # a file's own `source` and the `sources` of lines are of one kind


class Row(NamedTuple):
    """A row of a file.

    n: its number, from 0, of all files. file: the number of the file. section: `claims`, or what it defines. step: its
    position in that section; -1 for one without. line: where it begins. rank: definitions are carried out by it. long:
    which lists it writes out, though a short form would do. frame: the checked record as JSON; None where it is none by
    itself. prepared: see prepared.py. patch: what it names, as JSON, where the rest of a stored claim is to stay.
    lacks: why it is no claim by itself, as JSON, if it names one that may be stored. unread: see Given, as JSON.
    grouped: see Given, with blanks between. given: as in RawRow of files.py, as JSON, where it is written if the row is
    rejected. home, into: as in RawRow.
    """

    n: int
    file: int
    section: str
    step: int
    line: int
    rank: int
    long: str
    key: str | None
    frame: str | None
    prepared: bytes | None = None
    patch: str | None = None
    lacks: str | None = None
    unread: str | None = None
    grouped: str = ""
    given: str | None = None
    home: str | None = None
    into: str | None = None


INSERT = f"INSERT INTO rows VALUES ({', '.join('?' * len(Row._fields))})"  # noqa: S608  # a constant


class Spool:
    """Keeps rows in the order in which they come."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(TABLE)
        self._database.execute(WRONG)
        self._database.execute(OUTCOMES)
        self._database.execute(REASONS)
        self._database.execute("CREATE INDEX reasons_of ON reasons (n)")
        self._reasons: list[tuple[int, str]] = []  # those that are not written yet

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(sqlite3.Error):  # it is gone anyway, and what was stored of it is stored
            self._database.close()

    def add(self, rows: Iterable[Row]) -> None:
        """Keep rows. Raises BadImport where the disk for temporary files is full."""
        with full_disk_told("the rows to import"):
            self._database.execute("BEGIN")
            self._database.executemany(INSERT, rows)
            self._database.execute("COMMIT")

    def definitions(self) -> Iterator[Row]:
        """The right rows that are records, and no claims: file by file, and in each those first that others name."""
        self._write_reasons()
        return self._rows(f"{DEFINITIONS} AND frame IS NOT NULL AND {LEFT} ORDER BY file, rank, n")

    def datasets(self) -> Iterator[Row]:
        """The right rows that describe datasets."""
        self._write_reasons()
        return self._rows(f"section = 'datasets' AND frame IS NOT NULL AND {LEFT} ORDER BY n")

    def merged(self) -> Iterator[Row]:
        """The right rows of records that are part of others."""
        self._write_reasons()
        return self._rows(f"merged_into IS NOT NULL AND frame IS NOT NULL AND {LEFT} ORDER BY n")

    def claims(self) -> Iterator[Row]:
        """The right rows that are claims."""
        self._write_reasons()
        return self._rows(f"{CLAIMS} ORDER BY n")

    def right_claims(self) -> int:
        """How many those are."""
        self._write_reasons()
        count: int = self._database.execute(f"SELECT count(*) FROM rows WHERE {CLAIMS}").fetchone()[0]  # noqa: S608  # a constant
        return count

    # Rows that are left out

    def reject(self, n: int, reason: str) -> None:
        """Leave a row out, for a reason (as JSON): `definitions` and `claims` have it no more."""
        self._reasons.append((n, reason))
        if len(self._reasons) >= MANY:
            self._write_reasons()

    def reject_file(self, file: int, reason: str) -> None:
        """Leave out all rows of a file that are not left out already."""
        self._write_reasons()
        with full_disk_told("the rows to import"):
            rest = f"INSERT INTO reasons SELECT n, ? FROM rows WHERE file = ? AND {LEFT}"  # noqa: S608  # a constant
            self._database.execute(rest, (reason, file))

    def _write_reasons(self) -> None:
        if self._reasons:
            with full_disk_told("the rows to import"):
                self._database.execute("BEGIN")
                self._database.executemany("INSERT INTO reasons VALUES (?, ?)", self._reasons)
                self._database.execute("COMMIT")
            self._reasons = []

    def rejected(self, sections: Iterable[str] | None = None) -> int:
        """How many rows are left out, of all or some sections."""
        self._write_reasons()
        which = "" if sections is None else f"AND section IN ({', '.join(map(repr, sections))})"
        counted = f"SELECT count(*) FROM rows WHERE n IN (SELECT n FROM reasons) {which}"  # noqa: S608  # of our names
        count: int = self._database.execute(counted).fetchone()[0]
        return count

    def rejected_rows(self) -> Iterator[tuple[int, int, str, list[str]]]:
        """The rows that are left out, in the order of the files: number of the file, line, what was given, reasons."""
        self._write_reasons()
        with full_disk_told("the rows to import"):
            found = groupby(self._database.execute(REJECTED), key=lambda row: row[:4])
            yield from ((file, line, given, [reason for *_, reason in some]) for (_, file, line, given), some in found)

    def forget_outcomes(self) -> None:
        """Keep no outcomes any more."""
        self._database.execute("DELETE FROM outcomes")

    def add_wrong(self, names: Iterable[tuple[str, str, int]]) -> None:
        """Keep what wrong rows are or hold: (type of record, key, number of the row); of one key the first counts."""
        with full_disk_told("the rows to import"):
            self._database.execute("BEGIN")
            self._database.executemany("INSERT OR IGNORE INTO wrong VALUES (?, ?, ?)", names)
            self._database.execute("COMMIT")

    def add_outcomes(self, outcomes: Iterable[tuple[int, str]]) -> None:
        """Keep what becomes of claims: (number of the row, outcome as JSON)."""
        with full_disk_told("what is to be told of the rows"):
            self._database.execute("BEGIN")
            self._database.executemany("INSERT INTO outcomes VALUES (?, ?)", outcomes)
            self._database.execute("COMMIT")

    def outcomes(self) -> Iterator[tuple[Row, str]]:
        """Outcomes of claims, in the order of their rows."""
        with full_disk_told("what is to be told of the rows"):
            cursor = self._database.execute("SELECT rows.*, said FROM outcomes JOIN rows USING (n) ORDER BY n")
            while found := cursor.fetchmany(MANY):
                yield from ((Row(*row), said) for *row, said in found)

    def wrong(self, kind: str, key: str) -> int | None:
        """The number of the wrong row that is or holds the record with a key."""
        found = self._database.execute("SELECT n FROM wrong WHERE type = ? AND key = ?", (kind, key)).fetchone()
        return found[0] if found else None

    def doubled(self) -> Iterator[Row]:
        """The rows whose key stands in another of the same section too, with different content."""
        return self._fetched(DOUBLED)

    def row(self, n: int) -> Row:
        """The row with a number."""
        return next(self._rows(f"n = {n}"))

    def _rows(self, which: str) -> Iterator[Row]:
        return self._fetched(f"SELECT * FROM rows WHERE {which}")  # noqa: S608  # from above

    def _fetched(self, query: str) -> Iterator[Row]:
        """The rows of a query, read as they are asked for: others may be rejected meanwhile."""
        with full_disk_told("the rows to import"):
            cursor = self._database.execute(query)
            while found := cursor.fetchmany(MANY):
                yield from (Row(*row) for row in found)


def given_by(row: Row, *, restores: bool) -> Given:
    """A row as the writer takes it. restores: whether it may take a retraction back."""
    doc, patch = (decode(text) if text else None for text in (row.frame, row.patch))
    prepared = decode_prepared(row.prepared) if row.prepared else None
    held = prepared.held if prepared else ()
    unread = decode_unread(row.unread) if row.unread else ()
    grouped = row.grouped.split()
    return Given(row.n, doc, patch, None, prepared, held, restores=restores, unread=unread, grouped=grouped)
