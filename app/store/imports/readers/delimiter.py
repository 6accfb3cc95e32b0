"""The delimiter of a table: as its first line says, or as its header shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from app.domain.record.csv_columns import MAX_FAULTS, check_header
from app.store.imports.readers.dialects import NAMES

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
    header, problems = check_header(cells)
    if header:
        return True, 0, 0
    unknown = [problem for problem in problems if problem.code == "unknown-field"]
    known = sum(map(bool, cells)) - len(unknown) if len(unknown) < MAX_FAULTS else 0
    return False, known, sum(bool(problem.did_you_mean) for problem in unknown)
