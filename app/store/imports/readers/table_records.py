"""Tables → records: the cells of each row by the names of their columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from app.store.imports.readers.delimited import read_rows
from app.store.imports.readers.file_form import FileForm
from app.store.imports.readers.located import BadFile, Record


def read_table(stream: BinaryIO, form: FileForm, usual: str) -> Iterator[Record | BadFile]:
    """The records of a CSV or TSV file. usual: the delimiter where none is stated.

    A fault of the columns comes alone. Rows whose cells are all empty are passed over.
    """
    rows = read_rows(stream, form.dialect.delimiter or usual, form.dialect)
    names = list(form.columns)
    if form.header:
        first = next(rows, None)
        if first is None or isinstance(first, BadFile):
            yield first or BadFile("the file is empty; its first row is to name the columns", 1)
            return
        names = names or first.cells
    if fault := _fault_of(names):
        yield fault
        return
    for row in rows:
        if isinstance(row, BadFile):
            yield row
        elif any(row.cells):
            yield _record(row.line, row.cells, names)


def _fault_of(names: Sequence[str]) -> BadFile | None:
    doubled = [name for name, times in Counter(names).items() if times > 1 and name]
    if doubled:
        return BadFile(f"the column {doubled[0]!r:.80} stands twice; give the names by `columns`", 1, code="columns")
    return None


def _record(line: int, cells: Sequence[str], names: Sequence[str]) -> Record | BadFile:
    if len(cells) != len(names):
        said = f"{len(cells)} cells, where there are {len(names)} columns: each row has one for each column"
        return BadFile(said, line, code="width")
    return Record(line, dict(zip(names, cells, strict=True)))
