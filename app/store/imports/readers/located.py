"""Plain values of a file, and the line of each of their parts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.errors import BadValue, FieldPath, Problem

MAX_DEPTH = 40
DAMAGED = "damaged"  # code of the fault of an archive which shows that all that was read of it may be wrong
TOO_LARGE = "too-large"  # code of the fault of a record that is not held, and of which the file alone has the whole
MAX_EXPONENT = 10_000  # of a number: whole ones of a thousand million digits would take for ever


@dataclass
class Located:
    """A value, and the line (from 1) at which each part of it begins: of a member of an object, its name's.

    Lines may be found only when they are asked for.
    """

    value: Any = None
    lines: Mapping[FieldPath, int] = field(default_factory=dict)

    def line(self, path: FieldPath) -> int:
        """The line of the nearest part that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class Origin(NamedTuple):
    """Where a row of a file of rejected rows stood in the file that it comes from. path: of that file, as templates
    have it. rows: how many are of its group there; 0 where that is not known, None where nothing is grouped.
    """

    path: str
    line: int
    rows: int | None = None


class Record(NamedTuple):
    """A record of a foreign file: the line (from 1) at which it begins, of a workbook its row; and its members. origin:
    of a record that was rejected before.
    """

    line: int
    values: dict[str, Any]
    origin: Origin | None = None


class Cells(NamedTuple):
    """The cells of a row of a table, and the lines (from 1) at which it begins and ends. text: as the file has it; ""
    where that is not known.
    """

    line: int
    cells: list[str]
    last: int
    text: str = ""


class BadFile(BadValue):
    """A text that cannot be read. line: from 1; path: the way to the place; code: the kind of fault, as reports group
    them; text: what stands there, of a row that is passed over. The message tells the column, if known. start: the line
    at which the row begins. cells: those of a table's row that can be read, by their positions; values: by the names
    of their columns. origin: as in Record.
    """

    def __init__(self, message: str, line: int, path: FieldPath = (), code: str = "bad-file", text: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.path = path
        self.code = code
        self.text = text
        self.is_row = True  # which is counted
        self.start = line
        self.cells: Mapping[int, Any] = {}
        self.values: dict[str, Any] = {}
        self.origin: Origin | None = None

    @property
    def problem(self) -> Problem:
        """The fault as reports have it."""
        return Problem(self.path, self.code, str(self))


def in_header(fault: BadFile) -> BadFile:
    """A fault as one of the heading of a table: no row."""
    fault.is_row = False
    return fault


def as_record(line: int, value: Any) -> Record | BadFile:
    """The record of a value; for a value that has no members, what is wrong."""
    if isinstance(value, dict):
        return Record(line, value)
    text = json.dumps(value, ensure_ascii=False, default=str)
    return BadFile("a record is to be an object, with names and values", line, code="no-object", text=text)
