"""CSV and TSV → rows of cells → claims. Strictly RFC 4180, for both delimiters; lines end in LF, CR LF or CR.

A cell that holds the delimiter, a quote or a line break stands in quotes, its quotes doubled. What breaks this is a
fault of its row: readers that let it pass, the standard library's among them, lose rows without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple

from app.domain.records import MAX_TEXT
from app.domain.table import Header, Path, check_header
from app.store.json_places import line_and_column
from app.store.located import BadFile

MAX_ROW = 5 * MAX_TEXT  # bytes: a text of characters of at most four, and its row
MAX_CELLS = 100_000  # of a row
CHUNK = 2**20

BOM = b"\xef\xbb\xbf"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
NAMES = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}


class TableRow(NamedTuple):
    """A claim of a table: the line (from 1) at which its row begins, and its value as ClaimIn reads it."""

    line: int
    value: dict[str, Any]
    cells: Sequence[str]
    header: Header

    def column_of(self, path: Path) -> str:
        """The column that a place in the checked claim was read from; see Header.column_of."""
        return self.header.column_of(path, self.cells)


def read_delimited(stream: BinaryIO, delimiter: str = ",") -> Iterator[TableRow | BadFile]:
    """The claims of a CSV or TSV file, its first row the header of dotted columns; for bad rows, what is wrong.

    Faults of the header come alone. Rows whose cells are all empty are passed over.
    """
    rows = read_rows(stream, delimiter)
    first = next(rows, None)
    if first is None or isinstance(first, BadFile):
        yield first or BadFile("the file is empty; its first row is to name the columns: key,speaker.name,quote", 1)
        return
    line, names = first
    header, faults = _read_header(names, line, delimiter)
    yield from faults
    if header is None:
        return
    for row in rows:
        if isinstance(row, BadFile):
            yield row
        elif any(row[1]):
            yield _check_width(header, *row) or TableRow(row[0], header.nest(row[1]), row[1], header)


def _read_header(names: list[str], line: int, delimiter: str) -> tuple[Header | None, list[BadFile]]:
    header, problems = check_header(names)
    if problems and len(names) == 1:
        other = next((mark for mark in NAMES if mark != delimiter and mark in names[0]), None)
        if other:
            said = f"the header is one column; columns are separated by {NAMES[delimiter]} here, not by {NAMES[other]}"
            return None, [BadFile(said, line)]
    faults = []
    for problem in problems:
        hint = f" (did you mean {' or '.join(problem.did_you_mean)}?)" if problem.did_you_mean else ""
        faults.append(BadFile(problem.detail + hint, line, problem.path))
    return header, faults


def _check_width(header: Header, line: int, cells: list[str]) -> BadFile | None:
    given, right = len(cells), len(header.names)
    if given != right:
        hint = "; a cell that holds a delimiter stands in quotes" if given > right else ""
        return BadFile(f"{given} cells, where the header has {right}: each row has one for each column{hint}", line)
    for at in header.nameless:
        if cells[at]:
            return BadFile(f"cell {at + 1}, {cells[at][:40]!r}, stands in a column that has no name", line)
    return None


def read_rows(stream: BinaryIO, delimiter: str = ",") -> Iterator[tuple[int, list[str]] | BadFile]:
    """The cells of each row, with the line (from 1) at which it begins; for a row that breaks the rules, its fault.

    Blank lines are no rows. Reading ends at a quote that is never closed, and where the stream cannot be read on.
    """
    builder = _RowBuilder(delimiter)
    try:
        for data in _lines(stream):
            if builder.line == 0:
                if data.startswith(UTF_16):
                    yield BadFile("the file is UTF-16; save it as UTF-8", 1)
                    return
                data = data.removeprefix(BOM)
            row = builder.add(data)
            if row is not None:
                yield row
            if builder.parts and builder.size > MAX_ROW:
                break
    except BadFile as error:
        yield BadFile(str(error), builder.line + 1)
        return
    if builder.parts:
        yield builder.unclosed()


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines with their ends. Raises BadFile for one that is too long to be held."""
    held: list[bytes] = []  # the parts of a line whose end has not come
    size = 0
    while chunk := _chunk(stream):
        for part in chunk.splitlines(keepends=True):
            held.append(part)
            if part.endswith((b"\n", b"\r")):
                yield b"".join(held)
                held, size = [], 0
                continue
            size += len(part)
            if size > MAX_ROW:
                raise BadFile(f"a line of over {MAX_ROW:,} bytes; nothing from there on was read", 1)
    if held:
        yield b"".join(held)


def _chunk(stream: BinaryIO) -> bytes:
    """Some bytes that do not end between the two of a CR LF; none at the end."""
    chunk = stream.read(CHUNK)
    while chunk.endswith(b"\r") and (more := stream.read(1)):
        chunk += more
    return chunk


class _Patterns:
    """What a line, or the rest of one, may look like. A line can begin and end inside quotes."""

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
    """Joins lines to rows. line: the last one taken; parts: those of a row that is not at its end."""

    delimiter: str
    line: int = 0
    size: int = 0
    parts: list[str] = field(default_factory=list)
    _start: int = 1
    _fault: BadFile | None = None

    def __post_init__(self) -> None:
        self._patterns = _Patterns(self.delimiter)

    def add(self, data: bytes) -> tuple[int, list[str]] | BadFile | None:
        """Take a line. Gives the row that ends with it, or what is wrong with that; None where none ends."""
        self.line += 1
        if not self.parts:
            self._start, self.size, self._fault = self.line, 0, None
        self.size += len(data)
        text = self._decoded(data)
        inside = bool(self.parts)
        self.parts.append(text)
        if '"' not in text:
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
            said = f"byte {error.start + 1} of the line is not UTF-8: {error.reason}"
            self._fault = self._fault or BadFile(said, self.line)
            return data.decode(errors="replace")

    def _take(self) -> str:
        text = "".join(self.parts)
        self.parts = []
        return text

    def _finish(self) -> tuple[int, list[str]] | BadFile | None:
        text = self._take().rstrip("\r\n")
        if self._fault:
            return self._fault
        if "\0" in text:
            line, column = line_and_column(text, text.index("\0"))
            return BadFile(f"a NUL character at column {column}; leave it out", self._start + line - 1)
        if not text:
            return None
        if text.count(self.delimiter) >= MAX_CELLS and self._count_cells(text) > MAX_CELLS:
            return BadFile(f"a row of over {MAX_CELLS:,} cells", self._start)
        if '"' not in text:
            return self._start, text.split(self.delimiter)
        cells = self._patterns.cell.findall(text + self.delimiter)
        return self._start, [cell[1:-1].replace('""', '"') if cell[:1] == '"' else cell for cell in cells]

    def _count_cells(self, text: str) -> int:
        return sum(1 for _ in self._patterns.cell.finditer(text + self.delimiter))

    def _refuse(self) -> BadFile:
        """The fault of a row with a quote in the wrong place."""
        text = self._take()
        if self._fault:
            return self._fault
        at = self._first_wrong_cell(text)
        closed = self._patterns.quoted.match(text, at)
        wrong = closed.end() if closed else text.index('"', at)
        line, column = line_and_column(text, wrong)
        what = "text after the quote that closes a cell" if closed else "a quote inside a cell that is not quoted"
        said = f'{what}, at column {column}; a cell with quotes stands in quotes, each of them doubled: "say ""no"""'
        return BadFile(said, self._start + line - 1)

    def _first_wrong_cell(self, text: str) -> int:
        before = self._patterns.before.match(text)
        return before.end() if before else 0

    def unclosed(self) -> BadFile:
        """The fault of a row that does not end."""
        text = self._take()
        line, column = line_and_column(text, self._first_wrong_cell(text))
        said = f"the quote that opens at column {column} is not closed; nothing from there on was read"
        return BadFile(said, self._start + line - 1)
