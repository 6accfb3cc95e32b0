"""CSV and TSV → rows of cells → claims. Strictly RFC 4180, for any delimiter; lines end in LF, CR LF or CR.

A cell that holds the delimiter, a quote or a line break stands in quotes, its quotes doubled. Any breach is a
fault of its row: readers that let it pass, the standard library's among them, lose rows without a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, BinaryIO, Final, NamedTuple

from app.domain.record.csv_columns import Header
from app.domain.record.records_in import MAX_TEXT
from app.domain.record.removals import whole_of
from app.errors import FieldPath
from app.store.imports.readers.delimiter import CellsOf, likely_delimiter, told_delimiter
from app.store.imports.readers.dialects import Dialect, read_chunks
from app.store.imports.readers.json_places import line_and_column
from app.store.imports.readers.located import TOO_LARGE, BadFile, Cells, in_header
from app.store.imports.readers.rejected import without_reason_columns
from app.store.imports.readers.table_header import read_header
from app.store.imports.readers.table_lines import text_of_row, width_fault
from app.store.imports.readers.undecodable import SHOWN_BEGINNING, cut_off, not_utf8, shown_bytes

MAX_ROW = 5 * MAX_TEXT  # bytes: a text of characters of at most four, and its row
MAX_CELLS = 100_000  # of a row
MAX_TRIED = 100_000  # bytes of a header whose delimiter is looked for
PLAIN: Final = Dialect()
TellHeader = Callable[[Header], object]


class TableRow(NamedTuple):
    """A claim of a table: the line (from 1) at which its row begins, and what it names; see Header.name."""

    line: int
    named: dict[str, Any]
    cells: Sequence[str]
    header: Header

    @property
    def value(self) -> dict[str, Any]:
        """The claim that the row tells by itself, as ClaimIn reads it."""
        value: dict[str, Any] = whole_of(self.named)
        return value

    def column_of(self, path: FieldPath) -> str:
        """The column that a place in the checked claim was read from; see Header.column_of."""
        return self.header.column_of(path, self.cells)


def read_delimited(
    stream: BinaryIO, usual: str = ",", dialect: Dialect = PLAIN, tell: TellHeader = lambda _header: None
) -> Iterator[TableRow | BadFile]:
    """The claims of a CSV or TSV file, its first row the header of dotted columns; for bad rows, what is wrong.

    usual: the delimiter where none is stated, unless the header is one with another delimiter only. tell: is told the
    header, be there rows or not. Faults of the header come alone. Rows whose cells are all empty are passed over.
    """
    delimiter, rows = begin_table(stream, usual, dialect, lambda cells_of: likely_delimiter(usual, cells_of))
    yield from claims_of(rows, delimiter, tell)


def claims_of(
    rows: Iterator[Cells | BadFile], delimiter: str, tell: TellHeader = lambda _header: None
) -> Iterator[TableRow | BadFile]:
    """The claims of the rows of a table; see read_delimited."""
    first = next(rows, None)
    if first is None or isinstance(first, BadFile):
        said = "the file is empty; its first row is to name the columns: key,speaker.name,quote"
        yield in_header(first or BadFile(said, 1))
        return
    first, rows = without_reason_columns(first, rows)
    header, faults = read_header(first.cells, first.line, delimiter)
    yield from map(in_header, faults)
    if header is None:
        return
    tell(header)
    for row in rows:
        if isinstance(row, BadFile):
            yield row
        elif any(row.cells):
            yield _check_width(header, row) or TableRow(row.line, header.name(row.cells), row.cells, header)


def _check_width(header: Header, row: Cells) -> BadFile | None:
    if fault := width_fault(row, len(header.names), "the header has {}"):
        return fault
    for at in header.nameless:
        if row.cells[at]:
            said = f"cell {at + 1}, {row.cells[at][:40]!r}, stands in a column that has no name"
            return BadFile(said, row.line, code="nameless-column", text=text_of_row(row))
    return None


def begin_table(
    stream: BinaryIO, usual: str, dialect: Dialect, guess: Callable[[CellsOf], str] | None = None
) -> tuple[str, Iterator[Cells | BadFile]]:
    """The delimiter of a table, and its rows: the cells of each; for a row that breaks the rules, its fault. The first
    row gives the right width. Blank lines are no rows. Reading ends at a quote that is never closed, and where the
    stream cannot be read on.

    usual: the delimiter where neither the dialect nor a first line, `sep=;`, states one; guess: finds it then by the
    header.
    """
    lines = _lines(read_chunks(stream, dialect.encoding))
    delimiter = dialect.delimiter or usual
    begun: list[bytes] = []
    try:
        begun.extend(_until_text(lines))
    except BadFile as error:
        return delimiter, iter([error])
    line = begun[-1] if begun else b""
    if told := told_delimiter(line.rstrip(b"\r\n")):
        begun[-1] = b"\n"  # a blank line is no row, and counts
        delimiter = dialect.delimiter or told
    elif guess and line and dialect.delimiter is None and len(line) <= MAX_TRIED:
        delimiter = guess(lambda mark: _header_cells(line, mark, dialect))
    return delimiter, _rows(chain(begun, lines), _RowBuilder(delimiter, dialect))


def _until_text(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The lines up to the first that is not blank."""
    for line in lines:
        yield line
        if line.strip():
            return


def _header_cells(line: bytes, delimiter: str, dialect: Dialect) -> list[str] | None:
    row = _RowBuilder(delimiter, dialect).add(line)
    return row.cells if isinstance(row, Cells) else None


def _rows(lines: Iterator[bytes], builder: _RowBuilder) -> Iterator[Cells | BadFile]:
    try:
        for data in lines:
            row = builder.add(data)
            if row is not None:
                yield row
            if builder.parts and builder.size > MAX_ROW:
                break
    except BadFile as error:
        line = builder.line + 1
        yield BadFile(
            str(error), line, code=error.code, text=error.text and cut_off(error.text, f"from line {line} on")
        )
        return
    if builder.parts:
        yield builder.unclosed()


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The lines with their ends. Raises BadFile for one that is too long to be held."""
    held: list[bytes] = []  # the parts of a line whose end has not come
    size = 0
    for chunk in chunks:
        for part in chunk.splitlines(keepends=True):
            held.append(part)
            if part.endswith((b"\n", b"\r")):
                yield b"".join(held)
                held, size = [], 0
                continue
            size += len(part)
            if size > MAX_ROW:
                told = f"too large: a line of over {MAX_ROW:,} bytes, the most of a row; nothing from there on was read"
                raise BadFile(told, 1, code=TOO_LARGE, text=shown_bytes(b"".join(held[:2])[: 4 * SHOWN_BEGINNING]))
    if held:
        yield b"".join(held)


class _Patterns:
    """Patterns of a line, or the rest of one. A line can begin and end inside quotes."""

    def __init__(self, delimiter: str) -> None:
        mark = re.escape(delimiter)
        inside = '(?:[^"]++|"")*+'
        cell = f'(?:"{inside}"|[^"{mark}]*+)'
        self.cell = re.compile(f'("{inside}"|[^"{mark}]*+){mark}')
        self.before = re.compile(f"(?:{cell}{mark})*")
        self.quoted = re.compile(f'"{inside}"')
        # by whether the line begins inside quotes: those that end outside, and those that end inside
        self.ends_outside = (
            re.compile(f"{cell}(?:{mark}{cell})*"),
            re.compile(f'{inside}"(?:{mark}{cell})*'),
        )
        self.ends_inside = (
            re.compile(f'(?:{cell}{mark})*"{inside}'),
            re.compile(f'{inside}(?:"(?:{mark}{cell})*{mark}"{inside})?'),
        )


@dataclass
class _RowBuilder:
    """Joins lines to rows. line: the last one taken; parts: those of a row that is not at its end; width: the number of
    cells in the first row.
    """

    delimiter: str
    dialect: Dialect = PLAIN
    line: int = 0
    size: int = 0
    width: int = 0
    parts: list[str] = field(default_factory=list)
    _start: int = 1
    _fault: BadFile | None = None

    def __post_init__(self) -> None:
        self._patterns = _Patterns(self.delimiter)

    def add(self, data: bytes) -> Cells | BadFile | None:
        """Take a line. Gives the row that ends with it, or what is wrong with that; None where none ends."""
        self.line += 1
        if not self.parts:
            self._start, self.size, self._fault = self.line, 0, None
        self.size += len(data)
        text = self._decoded(data)
        inside = bool(self.parts)
        self.parts.append(text)
        if '"' not in text or self.dialect.quoting == "none":
            return None if inside else self._finish()
        bare = text.rstrip("\r\n")
        if self._patterns.ends_outside[inside].fullmatch(bare):
            return self._finish()
        if self._patterns.ends_inside[inside].fullmatch(text):
            return None
        return self._refuse()

    def _decoded(self, data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            fault = not_utf8(data, error.start, self.line, self.dialect.stated)
            self._fault = self._fault or fault
            return shown_bytes(data)

    def _take(self) -> str:
        text = "".join(self.parts)
        self.parts = []
        return text

    def _finish(self) -> Cells | BadFile | None:
        parts, text = self.parts, self._take().rstrip("\r\n")
        if self._fault:
            return self._of_row(self._fault, text)
        if "\0" in text:
            line, column = line_and_column(text, text.index("\0"))
            fault = BadFile(f"a NUL character at column {column}; leave it out", self._start + line - 1)
            return self._of_row(fault, text)
        if not text:
            return None
        if self._is_too_wide(text):
            return BadFile(f"a row of over {MAX_CELLS:,} cells", self._start, text=text)
        doubt = self._doubt(parts, text) if len(parts) > 1 and self.dialect.quoting is None else None
        return doubt or self._row(self._cells(text), text)

    def _is_plain(self, text: str) -> bool:
        return '"' not in text or self.dialect.quoting == "none"

    def _is_too_wide(self, text: str) -> bool:
        return text.count(self.delimiter) >= MAX_CELLS and (self._is_plain(text) or self._count_cells(text) > MAX_CELLS)

    def _cells(self, text: str) -> list[str]:
        if self._is_plain(text):
            return text.split(self.delimiter)
        cells = self._patterns.cell.findall(text + self.delimiter)
        return [cell[1:-1].replace('""', '"') if cell[:1] == '"' else cell for cell in cells]

    def _of_row(self, fault: BadFile, text: str) -> BadFile:
        """The fault of a whole row with characters that cannot be read; the cells without these can."""
        cells = [] if self._is_too_wide(text) else self._cells(text)
        if len(cells) == self.width:
            fault.cells = {n: cell for n, cell in enumerate(cells) if "\\x" not in cell and "\0" not in cell}
        return self._with_text(fault, text)

    def _with_text(self, fault: BadFile, text: str) -> BadFile:
        fault.text, fault.start = text.rstrip("\r\n"), self._start
        return fault

    def _row(self, cells: list[str], text: str) -> Cells:
        self.width = self.width or len(cells)
        return Cells(self._start, cells, self.line, text)

    def _doubt(self, parts: list[str], text: str) -> BadFile | None:
        """Why a row of several lines may have swallowed others. A writer that quotes every cell has meant it.

        Either a line behind the first is a row of the right width by itself, or all of them are if quotes are letters.
        """
        if all(cell[:1] == '"' for cell in self._patterns.cell.findall(text + self.delimiter)):
            return None
        lines = [part.rstrip("\r\n") for part in parts]
        alone = next((n for n in range(1, len(lines)) if self._is_row(lines[n])), None)
        if alone is None and not all(line.count(self.delimiter) + 1 == self.width for line in lines):
            return None
        said = f"a quotation mark begins a cell of line {self._start} that ends in line {self.line}"
        said = f"{said}, and line {self._start + (alone or 1)} would be a row by itself"
        letters, enclosing = (self.dialect.advice("quoting", one) for one in ("none", "minimal"))
        right = f"if quotation marks are part of the words, {letters}; if these lines are one cell"
        said = f"{said}; {right}, {enclosing}, or quote every cell of the row"
        return BadFile(said, self._start, code="swallowed-rows", text="".join(parts))

    def _is_row(self, line: str) -> bool:
        if not self._patterns.ends_outside[False].fullmatch(line):
            return False
        return self._count_cells(line) == self.width

    def _count_cells(self, text: str) -> int:
        return sum(1 for _ in self._patterns.cell.finditer(text + self.delimiter))

    def _refuse(self) -> BadFile:
        """The fault of a row with a quote in the wrong place."""
        text = self._take()
        if self._fault:
            return self._with_text(self._fault, text)
        at = self._first_wrong_cell(text)
        closed = self._patterns.quoted.match(text, at)
        wrong = closed.end() if closed else text.index('"', at)
        line, column = line_and_column(text, wrong)
        what = "text after the quote that closes a cell" if closed else "a quote inside a cell that is not quoted"
        said = f'{what}, at column {column}; a cell with quotes stands in quotes, each of them doubled: "say ""no"""'
        told = f"{said}; where quotes are letters like others, {self.dialect.advice('quoting', 'none')}"
        return self._with_text(BadFile(told, self._start + line - 1, code="quotes"), text)

    def _first_wrong_cell(self, text: str) -> int:
        before = self._patterns.before.match(text)
        return before.end() if before else 0

    def unclosed(self) -> BadFile:
        """The fault of a row that does not end."""
        text = self._take()
        line, column = line_and_column(text, self._first_wrong_cell(text))
        is_large = self.size > MAX_ROW
        within = f" within {MAX_ROW:,} bytes, the most of a row" if is_large else ""
        said = f"the quote that opens at column {column} is not closed{within}; nothing from there on was read"
        told = f"{said}; where quotes are letters like others, {self.dialect.advice('quoting', 'none')}"
        kept = cut_off(text, f"from line {self._start} on") if is_large else text
        return self._with_text(BadFile(told, self._start + line - 1, code="quotes"), kept)
