"""The dialect of a table, by its first lines: delimiter, quoting, and whether the first row names the columns."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from app.store.imports.readers.delimiter import told_delimiter
from app.store.imports.readers.dialects import Quoting

DELIMITERS: Final = (",", ";", "\t", "|", "~", "^", "\x1f")
QUOTINGS: Final[tuple[Quoting, ...]] = ("minimal", "none")
LINES: Final = 300  # that a dialect is told by
ENOUGH: Final = 0.9  # share of rows of one width that a table has
_DATA: Final = re.compile(r"https?://\S+|[-+]?[\d.,:/%-]*\d[\d.,:/%-]*|.{81,}", re.DOTALL)  # what no heading is


class TableSeen(NamedTuple):
    """A table. rows: its first ones. width: of most. odd: of these, how many have another."""

    delimiter: str
    quoting: Quoting
    has_header: bool
    rows: list[list[str]]
    width: int
    odd: int


def table_in(lines: Sequence[str], usual: str, most: int) -> TableSeen:
    """The table in lines. usual: the delimiter that its name tells. most: rows that are read."""
    told = told_delimiter(lines[0].strip().encode()) if lines else None
    lines = lines[1:] if told else lines
    some = lines[:LINES]
    marks = (told,) if told else tuple(dict.fromkeys((usual, *DELIMITERS)))
    found = [(mark, _quoting(lines, mark, usual)) for mark in marks]
    delimiter, quoting = max(found, key=lambda one: _likeness(some, one[0], one[1], usual))
    rows = [row for row in islice(_rows(lines, delimiter, quoting), most) if any(row)]
    width = _width(rows)
    odd = sum(len(row) != width for row in rows)
    return TableSeen(delimiter, quoting, _has_header(rows), rows, width, odd)


def _quoting(lines: Sequence[str], delimiter: str, usual: str) -> Quoting:
    """The meaning of quotes, if lines are a table with this delimiter: letters where that makes a table, and nothing
    else does or some stand inside of cells; else they enclose cells.
    """
    enclosing, letters = (_likeness(lines[:LINES], delimiter, quoting, usual) for quoting in QUOTINGS)
    if letters[0] and enclosing[0]:
        return "none" if _has_letters(lines, delimiter) else "minimal"
    return "none" if letters > enclosing else "minimal"


def _has_letters(lines: Sequence[str], delimiter: str) -> bool:
    """Whether a quote stands between two other characters of a cell, as no quote does that encloses one."""
    other = f'[^"{re.escape(delimiter)}\r\n]'
    return any(map(re.compile(f'{other}"{other}').search, lines))


def _rows(lines: Sequence[str], delimiter: str, quoting: Quoting, *, strict: bool = False) -> Iterator[list[str]]:
    """The rows of lines, as far as they can be read. strict: no further than to text behind a quote that closes."""
    try:
        if quoting == "minimal":
            yield from csv.reader(lines, delimiter=delimiter, strict=strict)
        else:
            yield from csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    except csv.Error:  # or a cell that is longer than any
        return


def _width(rows: Sequence[Sequence[str]]) -> int:
    return Counter(map(len, rows)).most_common(1)[0][0] if rows else 0


def _likeness(lines: Sequence[str], delimiter: str, quoting: Quoting, usual: str) -> tuple[bool, float, int, bool]:
    """Whether lines are most likely a table so; the greater the likelier."""
    rows = [row for row in _rows(lines, delimiter, quoting, strict=True) if row]
    width = _width(rows)
    whole = sum(len(row) == width for row in rows if width > 1)
    ends = sum(cell.count("\n") for row in rows for cell in row)  # of lines, inside of cells
    share = whole / max(1, sum(map(bool, map(str.strip, lines))) - ends)
    swallowed = any("\n" in cell and delimiter in cell for row in rows for cell in row)
    is_one = share >= ENOUGH and not swallowed
    return is_one, round(share, 1) if is_one else share, width, delimiter == usual


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: its cells are short, each other's unlike, and no data."""
    if not rows:
        return True
    first = [cell.strip() for cell in rows[0]]
    named = [cell for cell in first if cell]
    if any(_DATA.fullmatch(cell) for cell in named) or len(set(named)) < len(named):
        return False
    return len(named) * 2 > len(first)
