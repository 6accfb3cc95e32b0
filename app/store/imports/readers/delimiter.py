"""The delimiter of a table: as its first line says, or as its header shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from app.domain.record.csv_columns import MAX_FAULTS, check_header
from app.errors import Problem
from app.store.imports.readers.dialects import NAMES

LOOKED_AT: Final = 200  # cells of a first row: to look for near names takes a millisecond for each
CellsOf = Callable[[str], list[str] | None]  # of a delimiter: the cells of the header, or None if it is no whole row

_TELLS_DELIMITER: Final = re.compile(rb'"?sep=([^"\s\x00\x80-\xff]|\t)"?', re.IGNORECASE)  # as Excel's first line does


def told_delimiter(line: bytes) -> str | None:
    """The delimiter that a line is there to tell, `sep=;`; None where it is another line. line: without its end."""
    told = _TELLS_DELIMITER.fullmatch(line)
    return told[1].decode() if told else None


def likely_delimiter(usual: str, cells_of: CellsOf) -> str:
    """The usual delimiter, or the other with which a header is one of several columns, or is most like one."""
    marks = dict.fromkeys((usual, *NAMES))
    return max(marks, key=lambda mark: _likeness(cells_of(mark), 1 if mark == usual else 2))


def _likeness(cells: list[str] | None, least: int) -> tuple[bool, int, int]:
    """Whether the cells are a header of at least so many columns; and how many of them are columns, or like some."""
    if cells is None or len(cells) < least:
        return False, 0, 0
    header, _ = check_header(cells)
    if header:
        return True, 0, 0
    unknown = unknown_in(cells)
    return False, sum(map(bool, cells)) - len(unknown), sum(bool(problem.did_you_mean) for problem in unknown)


def unknown_in(cells: list[str]) -> list[Problem]:
    """The cells of a first row that name no column, of the first LOOKED_AT: a header tells few of its faults."""
    some = (cells[at : at + MAX_FAULTS] for at in range(0, min(len(cells), LOOKED_AT), MAX_FAULTS))
    return [problem for part in some for problem in check_header(part)[1] if problem.code == "unknown-field"]
