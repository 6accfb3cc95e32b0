"""Sheets of workbooks → records, or claims: the cells of each row by the names of their columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.store.imports.readers.delimited import TableRow, TellHeader, claims_of
from app.store.imports.readers.file_form import FileForm
from app.store.imports.readers.located import BadFile, Cells, Record, in_header
from app.store.imports.readers.sheet_rows import SheetRow, column_name, line_of, read_sheet
from app.store.imports.readers.table_records import ColumnNames, numbered
from app.store.imports.readers.workbook import Workbook


def read_workbook(path: Path, form: FileForm) -> Iterator[Record | BadFile]:
    """The records of the sheet that the form names, else of the only one; see read_sheet. The first row that is not
    empty names the columns. Raises BadFile, OSError.
    """
    with Workbook(path) as book:
        columns = ColumnNames(form.columns) if form.columns else None
        is_header = form.header
        for row in read_sheet(book, book.sheet(form.sheet)):
            if isinstance(row, BadFile):
                yield in_header(row) if is_header else columns.named(row) if columns else row
                if is_header:
                    return
            elif is_header:
                is_header = False
                columns = columns or ColumnNames(_headings(row))
            else:
                columns = columns or ColumnNames(numbered(max(row.cells) + 1))
                yield _record(row, columns)


def read_sheet_claims(path: Path, tell: TellHeader) -> Iterator[TableRow | BadFile]:
    """The claims of a workbook's only sheet, as read_delimited has those of a table. tell: is told the header.

    Raises BadFile, OSError.
    """
    with Workbook(path) as book:
        yield from claims_of(_rows_of_texts(read_sheet(book, book.sheet(None))), ",", tell)


def _rows_of_texts(rows: Iterator[SheetRow | BadFile]) -> Iterator[Cells | BadFile]:
    """The rows as those of a table are: each of the width of the first, unless it is wider."""
    width = 0
    for row in rows:
        if isinstance(row, BadFile):
            yield row
            continue
        width = width or max(row.cells) + 1
        cells = [_text_of(row.cells.get(n, "")) for n in range(width)]
        yield _outside(row, width) or Cells(row.number, cells, row.number)


def _text_of(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _headings(row: SheetRow) -> list[str]:
    return [str(row.cells.get(n, "")) for n in range(max(row.cells) + 1)]


def _record(row: SheetRow, columns: ColumnNames) -> Record | BadFile:
    width = len(columns.names)
    if fault := _outside(row, width):
        return columns.named(fault)
    return columns.record(row.number, [row.cells.get(n, "") for n in range(width)])


def _outside(row: SheetRow, width: int) -> BadFile | None:
    """The fault of a row with a value behind the last column."""
    column = next((column for column in sorted(row.cells) if column >= width), None)
    if column is None:
        return None
    place = f"{column_name(column)}{row.number}"
    said = f"cell {place}, {str(row.cells[column])[:40]!r}, stands in a column that has no name"
    fault = BadFile(said, row.number, code="nameless-column", text=line_of(row.cells))
    fault.cells = row.cells
    return fault
