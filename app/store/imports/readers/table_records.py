"""Tables → records: the cells of each row by the names of their columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, count
from typing import Any, BinaryIO

from app.store.imports.readers.delimited import begin_table
from app.store.imports.readers.dialects import NAMES
from app.store.imports.readers.file_form import FileForm
from app.store.imports.readers.located import BadFile, Cells, Record, in_header
from app.store.imports.readers.table_lines import width_fault


class ColumnNames:
    """The names of a table's columns. A column without a name is `column_3` by its number from 1, and in a record only
    where its cell is not empty; of columns that are named alike, the second is `name_2`.
    """

    def __init__(self, headings: Sequence[str]) -> None:
        headings = [heading.strip() for heading in headings]
        self.names: list[str] = []
        self._nameless = [n for n, heading in enumerate(headings) if not heading]
        taken: set[str] = set()
        for n, heading in enumerate(headings):
            wanted = heading or f"column_{n + 1}"
            numbered = chain([wanted], (f"{wanted}_{time}" for time in count(2)))
            name = next(one for one in numbered if one not in taken and (one == heading or one not in headings))
            self.names.append(name)
            taken.add(name)

    def record(self, line: int, cells: Sequence[Any]) -> Record:
        """The record of a row that has a cell for each column."""
        values = dict(zip(self.names, cells, strict=True))
        for n in self._nameless:
            if cells[n] == "":
                del values[self.names[n]]
        return Record(line, values)

    def named(self, fault: BadFile) -> BadFile:
        """The fault of a row, with those of its cells that can be read by their names."""
        fault.values = {self.names[n]: cell for n, cell in fault.cells.items() if n < len(self.names)}
        return fault


def numbered(width: int) -> list[str]:
    """Names of columns that have none."""
    return [f"column_{n}" for n in range(1, width + 1)]


def read_table(stream: BinaryIO, form: FileForm, usual: str) -> Iterator[Record | BadFile]:
    """The records of a CSV or TSV file. usual: the delimiter where none is stated.

    A fault of the columns comes alone. Rows whose cells are all empty are passed over.
    """
    delimiter, rows = begin_table(stream, usual, form.dialect)
    columns = ColumnNames(form.columns) if form.columns else None
    if form.header:
        first = next(rows, None)
        if first is None or isinstance(first, BadFile):
            yield in_header(first or BadFile("the file is empty; its first row is to name the columns", 1))
            return
        if fault := _fault_of(first, form, delimiter):
            yield in_header(fault)
            return
        columns = columns or ColumnNames(first.cells)
    for row in rows:
        if isinstance(row, BadFile):
            yield columns.named(row) if columns else row
        elif any(row.cells):
            columns = columns or ColumnNames(numbered(len(row.cells)))
            fault = width_fault(row, len(columns.names), "there are {} columns")
            yield columns.named(fault) if fault else columns.record(row.line, row.cells)


def _fault_of(first: Cells, form: FileForm, delimiter: str) -> BadFile | None:
    """A fault of the first row, which names the columns."""
    given, stated = len(first.cells), len(form.columns)
    if stated and given != stated:
        said = f"`columns` names {stated} columns, and the first row has {given} cells"
        return BadFile(said, first.line, code="columns")
    if given == 1 and form.dialect.delimiter is None:
        other = next((mark for mark in NAMES if mark != delimiter and mark in first.cells[0]), None)
        if other:
            own = NAMES.get(delimiter, repr(delimiter))
            said = f"the first row is one cell; cells are separated by {own} here, not by {NAMES[other]}"
            return BadFile(f"{said}: `delimiter` tells another", first.line, code="columns")
    return None
