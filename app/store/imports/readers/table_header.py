"""The first row of a table → its columns, or what is wrong with them."""

from __future__ import annotations

from app.domain.record.csv_columns import Header, check_header
from app.store.imports.readers.delimiter import LOOKED_AT, unknown_in
from app.store.imports.readers.dialects import NAMES
from app.store.imports.readers.located import BadFile

SHOWN, SHOWN_CELLS = 40, 5  # characters of a cell, and cells, of a first row that is no header


def read_header(names: list[str], line: int, delimiter: str) -> tuple[Header | None, list[BadFile]]:
    """The columns that the first row names, or None with what is wrong with it. line: where it begins, from 1."""
    header, problems = check_header(names)
    if problems and len(names) == 1:
        other = next((mark for mark in NAMES if mark != delimiter and mark in names[0]), None)
        if other:
            own = NAMES.get(delimiter, f"{delimiter!r}")
            said = f"the header is one column; columns are separated by {own} here, not by {NAMES[other]}"
            return None, [BadFile(f"{said}: --delimiter tells another", line)]
    if problems and _names_nothing(names):
        cells = [name for name in names if name]
        told = ", ".join(f"{cell[:SHOWN]!r}" for cell in cells[:SHOWN_CELLS])
        more = f" and {len(cells) - SHOWN_CELLS} more" if len(cells) > SHOWN_CELLS else ""
        right = "columns are key, speaker.name, quote, source.title and the like"
        said = f"no cell of the first row names a column: {told}{more}; {right}"
        return None, [BadFile(f"{said}; if it is data, the heading row is missing", line)]
    faults = []
    for problem in problems:
        hint = f" (did you mean {' or '.join(problem.did_you_mean)}?)" if problem.did_you_mean else ""
        faults.append(BadFile(problem.detail + hint, line, problem.path))
    return header, faults


def _names_nothing(names: list[str]) -> bool:
    """Whether a first row is none of names: none of its cells is a column, and few are like one."""
    unknown = unknown_in(names)
    is_none = 0 < len(unknown) == sum(map(bool, names[:LOOKED_AT]))
    return is_none and 2 * sum(bool(problem.did_you_mean) for problem in unknown) < len(unknown)
