"""Rows of tables as lines of text, and those that have too many or too few cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.store.imports.readers.located import BadFile, Cells

WIDTH: Final = "width"  # code of rows whose cells may stand in other columns than their positions tell


def width_fault(row: Cells, right: int, there: str) -> BadFile | None:
    """The fault of a row that has not the right number of cells. there: what has that number, as messages tell it."""
    given = len(row.cells)
    if given == right:
        return None
    hint = "; a cell that holds a delimiter stands in quotes" if given > right else ""
    lines = f" (the row runs over lines {row.line} to {row.last})" if row.last > row.line else ""
    said = f"{given} cells, where {there.format(right)}: each row has one for each column{hint}{lines}"
    fault = BadFile(said, row.line, code=WIDTH, text=text_of_row(row))
    fault.cells = dict(enumerate(row.cells[:right]))
    return fault


def text_of_row(row: Cells) -> str:
    """A row as its file has it; as a CSV file would where that is not known."""
    return row.text or table_line(row.cells)


def table_line(cells: Sequence[str]) -> str:
    """A row of a CSV file. Each cell is quoted: of a row that is, no reader doubts where it ends."""
    return ",".join(['"' + cell.replace('"', '""') + '"' for cell in cells])
