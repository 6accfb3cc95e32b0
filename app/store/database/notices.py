"""Reports on places in an import's files: problems and warnings, each kind counted, all of them on disk.

A real file made 213,696 problems of seven kinds: they are kept in a private SQLite database that is gone with the
report, and read back by kind or in the order of the files.
"""

from __future__ import annotations

import json
import sqlite3
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, overload

from app.errors import BadImport, Problem

EXAMPLES = 3  # of a kind that a report shows

TABLE = """
CREATE TABLE notices (n INTEGER PRIMARY KEY, file TEXT, line INTEGER, code TEXT, field TEXT, path TEXT, detail TEXT,
                      hints TEXT, key TEXT)
"""
COLUMNS = "file, line, code, path, detail, hints, key"
KINDS = "SELECT code, field, count(*), min(n) FROM notices GROUP BY code, field ORDER BY 4"

# Titles of the kinds of notices, by their code. Others use their code as a title.
TITLES = {
    "address-as-name": "addresses in the place of names",
    "bad-cell": "rows of workbooks with cells that cannot be read",
    "bad-choice": "values that are none of the choices",
    "bad-file": "places that cannot be read",
    "bad-value": "values that cannot be read",
    "blanks": "keys that begin or end with a blank",
    "conflict": "claims that were changed in the meantime",
    "contradiction": "references that contradict a record",
    "controls": "names and keys with characters that are not seen",
    "damaged": "archives that are damaged",
    "defined-twice": "records that several definitions of an import change",
    "derived": "values that follow from others, and are not read",
    "duplicate": "duplicates",
    "emptied": "fields that claims lose",
    "encoding": "texts that are not UTF-8",
    "former-name": "new speakers by a name that another had",
    "foreign-file": "files of other programs",
    "incomplete-group": "groups that may lack rows",
    "id-unused": "ids without a key, which name no record there",
    "follows": "records that are rejected for another's fault",
    "kept": "what stays with records, though their definition has it no more",
    "key-as-name": "names that are keys of other records",
    "keyless": "files with claims that have no key",
    "line-hyphen": "texts with words that are broken at the end of a line",
    "lost-spelling": "spellings that are not kept",
    "missing": "fields that are missing",
    "new-alias": "spellings that become aliases",
    "new-metric": "new metrics",
    "new-dataset": "new datasets with names near to known ones",
    "no-column": "columns that a mapping uses and a file lacks",
    "no-object": "records that are no objects",
    "no-text": "sources without a text in the folder",
    "nobody": "names that stand for nobody",
    "not-emptied": "empty cells that take nothing away",
    "odd-characters": "texts with characters that are hardly meant",
    "origin": "rejected rows whose place in their file was changed",
    "open-tenure": "tenures that fill in no role, for an end is not told",
    "other-dataset": "claims that go from one dataset to another",
    "other-unit": "figures without a unit, of metrics that have, or had, another",
    "other-spelling": "spellings that read back otherwise",
    "place-lost": "places in another document, which do not stay",
    "passed-over": "files that are passed over",
    "possible-duplicate": "claims that another may duplicate",
    "possible-namesakes": "groups of speakers that may be one, which onrecord merge joins",
    "nameless-column": "cells in columns without a name",
    "quotes": "rows with quotation marks in the wrong place",
    "quote-ambiguous": "claims whose words stand in several places of the text",
    "quote-elided": "claims whose words stand in the text with others between them",
    "quote-normalized": "claims whose words stand in the text otherwise written",
    "quote-not-found": "claims whose words do not stand in the text",
    "record-back": "records of which an earlier version comes back",
    "record-loses": "what definitions and changes take from records",
    "role-stated": "roles that are stated from now on, for they follow no more from what speakers held",
    "same-name": "names that several speakers have",
    "season-or-years": "dates that are seasons in EDTF, where years may be meant",
    "shared-name": "names that speakers of different kinds have",
    "skipped": "rows that are skipped",
    "stays-retracted": "claims that stay retracted",
    "stored-otherwise": "claims that are stored otherwise than they are found",
    "swallowed-rows": "rows that may have swallowed others",
    "taken-back": "claims of which an earlier version comes back",
    "same-document": "addresses of what is perhaps one document",
    "same-title": "titles of sources that are perhaps one document",
    "html-text": "texts that are written as HTML",
    "nameless-review": "reviews that name nobody who rates",
    "no-place": "what claims have no place for",
    "no-scale": "ratings whose numbers are on no scale",
    "told-otherwise": "what a file tells of a speaker or source after it told otherwise",
    "text-found": "texts that found their source",
    "too-long": "values that are too long",
    "unread": "rejected rows that are not mended yet",
    "unused-column": "columns that a mapping does not use",
    "fix-of-mended-row": "mended rows that a mapping would correct",
    "unexpected-number": "other numbers of claims than were expected",
    "unknown-claim": "claims that do not exist",
    "unknown-field": "fields that do not exist",
    "unknown-key": "keys of no claim, in rows that are too little for a new one",
    "unknown-metric": "metrics that do not exist",
    "unknown-source": "sources that do not exist",
    "unknown-speaker": "speakers that do not exist",
    "unused-text": "texts that found no source",
    "width": "rows with too many or too few cells",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to be told of a place in a file. problem: what it is, and in which field. line: from 1; 0 for a file
    or an import as a whole. key: of the record, where it has one. Lone surrogates stand as escapes in all of it: no
    database, file or answer takes them.
    """

    file: str
    line: int
    problem: Problem
    key: str | None = None

    def __post_init__(self) -> None:
        problem = self.problem
        said = (problem.code, problem.detail, *problem.did_you_mean, problem.field)
        try:
            "".join((self.file, self.key or "", *said)).encode()
        except UnicodeEncodeError:
            object.__setattr__(self, "file", _escaped(self.file))
            object.__setattr__(self, "key", self.key and _escaped(self.key))
            object.__setattr__(self, "problem", _without_surrogates(problem))

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part)
        return f"{place}: {self.problem}" if place else str(self.problem)


def _without_surrogates(problem: Problem) -> Problem:
    path = tuple(_escaped(step) if isinstance(step, str) else step for step in problem.path)
    hints = tuple(map(_escaped, problem.did_you_mean))
    return Problem(path, _escaped(problem.code), _escaped(problem.detail), hints, problem.where)


def _escaped(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


@dataclass(frozen=True, slots=True)
class Kind:
    """Notices with one code in one field, whatever its position in a list (`figures.*.value`). count: all of them.

    examples: the first of them.
    """

    code: str
    field: str
    count: int
    examples: tuple[Notice, ...]

    @property
    def title(self) -> str:
        """Their title, in the plural: `fields that do not exist: qoute`."""
        title = TITLES.get(self.code, self.code.replace("-", " "))
        return f"{title}: {self.field}" if self.field else title


class Notices(Sequence[Notice]):
    """Notices in the order of their files' names and lines. However many they are, few of them are in memory."""

    def __init__(self) -> None:
        self._count = 0
        self._opened: sqlite3.Connection | None = None

    @property
    def _database(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._opened.execute("PRAGMA journal_mode = OFF")
            self._opened.execute(TABLE)
            self._opened.execute("CREATE INDEX places ON notices (file, line)")
            self._opened.execute("CREATE INDEX fields ON notices (file, line, path)")  # a file may be one line
            self._opened.execute("BEGIN")  # for ever: nobody else reads it
            weakref.finalize(self, self._opened.close)
        return self._opened

    def add(self, notice: Notice) -> None:
        """Keep one more. Raises BadImport where the disk for temporary files is full."""
        problem = notice.problem
        said = (problem.code, field_of_kind(problem), json.dumps(problem.path), problem.detail)
        row = (notice.file, notice.line, *said, json.dumps(problem.did_you_mean), notice.key)
        with full_disk_told("what is to be told"):
            self._database.execute(
                "INSERT INTO notices (file, line, code, field, path, detail, hints, key) VALUES (?,?,?,?,?,?,?,?)", row
            )
        self._count += 1

    def forget_after(self, count: int) -> None:
        """Forget all but the first `count` that were added."""
        if self._count > count:
            self._database.execute("DELETE FROM notices WHERE n > ?", (count,))
            self._count = count

    def has(self, notice: Notice) -> bool:
        """Whether the same code is told of the same field of the same place already."""
        problem = notice.problem
        same = "file = ? AND line = ? AND code = ? AND path = ?"
        return bool(self._read(same, (notice.file, notice.line, problem.code, json.dumps(problem.path)), limit=1))

    def kinds(self) -> list[Kind]:
        """The kinds, that of the first notice first, each with its exact number."""
        if not self._count:
            return []
        with full_disk_told("what is to be told"):
            found = self._database.execute(KINDS).fetchall()
        return [
            Kind(code, field, count, tuple(self._read("code = ? AND field = ?", (code, field), limit=EXAMPLES)))
            for code, field, count, _ in found
        ]

    def _read(self, which: str, values: tuple[Any, ...], limit: int, offset: int = 0) -> list[Notice]:
        if not self._count:
            return []
        query = f"SELECT {COLUMNS} FROM notices WHERE {which} ORDER BY file, line, n LIMIT ? OFFSET ?"  # noqa: S608  # of the callers here
        with full_disk_told("what is to be told"):
            return [_notice(row) for row in self._database.execute(query, (*values, limit, offset))]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Notice]:
        if self._count:
            query = f"SELECT {COLUMNS} FROM notices ORDER BY file, line, n"  # noqa: S608  # a constant
            with full_disk_told("what is to be told"):
                yield from map(_notice, self._database.execute(query))

    @overload
    def __getitem__(self, at: int) -> Notice: ...
    @overload
    def __getitem__(self, at: slice) -> list[Notice]: ...
    def __getitem__(self, at: int | slice) -> Notice | list[Notice]:
        if isinstance(at, slice):
            return list(self)[at]
        found = self._read("1", (), limit=1, offset=at + self._count if at < 0 else at)
        if not found:
            raise IndexError(at)
        return found[0]


def _notice(row: tuple[Any, ...]) -> Notice:
    file, line, code, path, detail, hints, key = row
    return Notice(file, line, Problem(tuple(json.loads(path)), code, detail, tuple(json.loads(hints))), key)


def field_of_kind(problem: Problem) -> str:
    """The field that notices of a kind share: without positions, and the same for claims of every form of file."""
    steps = ["*" if step.isdecimal() else step for step in problem.field.split(".")]
    return ".".join(steps[2:] if steps[:2] == ["claims", "*"] else steps)


@contextmanager
def full_disk_told(what: str) -> Iterator[None]:
    """Raise BadImport, naming what cannot be kept, where SQLite's own temporary file finds no room."""
    try:
        yield
    except sqlite3.OperationalError as error:
        place = "the folder for temporary files (SQLITE_TMPDIR or TMPDIR)"
        raise BadImport(f"{what} cannot be kept in {place}: {error}") from error
