"""Sheets of workbooks → records: the cells of each row by the names of their columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.store.imports.readers.file_form import FileForm
from app.store.imports.readers.located import BadFile, Record
from app.store.imports.readers.sheet_rows import SheetRow, column_name, read_sheet
from app.store.imports.readers.table_records import Columns, numbered
from app.store.imports.readers.workbook import Workbook


def read_workbook(path: Path, form: FileForm) -> Iterator[Record | BadFile]:
    """The records of the sheet that the form names, else of the only one; see read_sheet. The first row that is not
    empty names the columns. Raises BadFile, OSError.
    """
    with Workbook(path) as book:
        columns = Columns(form.columns) if form.columns else None
        is_header = form.header
        for row in read_sheet(book, book.sheet(form.sheet)):
            if isinstance(row, BadFile):
                yield row
                if is_header:
                    return
            elif is_header:
                is_header = False
                columns = columns or Columns(_headings(row))
            else:
                columns = columns or Columns(numbered(max(row.cells) + 1))
                yield _record(row, columns)


def _headings(row: SheetRow) -> list[str]:
    return [str(row.cells.get(n, "")) for n in range(max(row.cells) + 1)]


def _record(row: SheetRow, columns: Columns) -> Record | BadFile:
    width = len(columns.names)
    outside = [column for column in sorted(row.cells) if column >= width]
    if outside:
        place = f"{column_name(outside[0])}{row.number}"
        said = f"cell {place}, {str(row.cells[outside[0]])[:40]!r}, stands in a column that has no name"
        return BadFile(said, row.number, code="nameless-column")
    return columns.record(row.number, [row.cells.get(n, "") for n in range(width)])
