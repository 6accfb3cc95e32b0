"""The rows of a sheet: the value of each cell, or what is wrong with a row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from app.errors import BadValue
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.number_formats import DAY, TIME, shown_date, shown_moment
from app.store.imports.readers.table_lines import table_line
from app.store.imports.readers.workbook import Sheet, Workbook, unescaped
from app.store.imports.readers.xml_parts import Attributes, damaged

MAX_COLUMNS: Final = 16_384
EXACT: Final = 2**53  # up to here a double holds every whole number
DIGITS: Final = 15  # of a number that a spreadsheet keeps

_PLACE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class SheetRow(NamedTuple):
    """A row that is not empty. number: from 1; cells: the values that are there, by their columns from 0."""

    number: int
    cells: dict[int, Any]


def line_of(cells: dict[int, Any]) -> str:
    """The cells of a row as a line of a CSV file."""
    return table_line([str(cells.get(n, "")) for n in range(max(cells, default=-1) + 1)])


def read_sheet(book: Workbook, sheet: Sheet) -> Iterator[SheetRow | BadFile]:
    """The rows of a sheet; for one with a cell that cannot be read, what is wrong with it. Raises BadFile.

    Values: texts, ints, Decimals, booleans; dates as EDTF texts of what the cell shows. A merged cell's value is at its
    first row and column alone.
    """
    reader = _RowReader(book)
    is_data = False
    for tag, attributes, text in book.elements(sheet):
        if tag == "sheetData":
            is_data = attributes is not None
        elif is_data and attributes is not None:
            reader.begin(tag, attributes)
        elif is_data and (row := reader.end(tag, text)) is not None:
            yield row


class _RowReader:
    """Makes rows of elements."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._number = 0
        self._column = -1
        self._cells: dict[int, Any] = {}
        self._fault: BadFile | None = None
        self._begin_cell({})

    def _begin_cell(self, attributes: Attributes) -> None:
        self._cell = attributes
        self._value: str | None = None
        self._inline: list[str] = []
        self._phonetic = 0
        self._is_formula = False

    def begin(self, tag: str, attributes: Attributes) -> None:
        """Take the begin of an element."""
        if tag == "row":
            self._number = _whole(attributes["r"]) if "r" in attributes else self._number + 1
            self._column, self._cells, self._fault = -1, {}, None
        elif tag == "c":
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self._column = _column(place[1]) if place else self._column + 1
            if self._column >= MAX_COLUMNS:
                raise damaged(f"row {self._number} has over {MAX_COLUMNS:,} columns")
            self._begin_cell(attributes)
        elif tag == "rPh":
            self._phonetic += 1

    def end(self, tag: str, text: str) -> SheetRow | BadFile | None:
        """Take the end of an element. Gives the row that ends with it."""
        if tag == "v":
            self._value = text
        elif tag == "f":
            self._is_formula = True
        elif tag == "t" and not self._phonetic:
            self._inline.append(text)
        elif tag == "rPh":
            self._phonetic -= 1
        elif tag == "c":
            self._end_cell()
        elif tag == "row" and (self._fault or self._cells):
            if self._fault:
                self._fault.text, self._fault.cells = line_of(self._cells), self._cells
            return self._fault or SheetRow(self._number, self._cells)
        return None

    def _end_cell(self) -> None:
        try:
            value = self._read()
        except BadValue as error:
            if isinstance(error, BadFile):
                raise
            place = f"{column_name(self._column)}{self._number}"
            self._fault = self._fault or BadFile(f"cell {place}: {error}", self._number, code="bad-cell")
            return
        if value != "":
            self._cells[self._column] = value

    def _read(self) -> Any:
        kind, value = self._cell.get("t", "n"), self._value
        if kind == "inlineStr":
            return unescaped("".join(self._inline))
        if kind == "e":
            raise BadValue(f"holds the error {value or 'of a formula'}; mend it, or leave the cell empty")
        if value is None or (kind in ("n", "b", "d") and not value.strip()):
            if self._is_formula:
                raise BadValue("holds a formula without its result; open the file in a spreadsheet, and save it")
            return ""
        if kind == "s":
            return self._book.texts[_whole(value)]
        if kind == "str":
            return unescaped(value)
        if kind == "b":
            return value.strip() in ("1", "true")
        return _moment(value, self._shown()) if kind == "d" else self._number_of(value.strip())

    def _shown(self) -> frozenset[str]:
        style, formats = _whole(self._cell.get("s", "0")), self._book.formats
        return formats[style] if style < len(formats) else frozenset()

    def _number_of(self, text: str) -> Any:
        if not text:
            return ""
        try:
            number = float(text)
        except ValueError:
            raise BadValue(f"{text[:40]!r} is no number") from None
        if shown := self._shown():
            return shown_date(number, shown, from_1904=self._book.from_1904)
        return exact_number(text, number)


def exact_number(text: str, number: float) -> int | Decimal:
    """The number that a cell shows: whole ones as ints, others as the shortest decimal that is the same double.

    Raises BadValue for whole numbers of more digits than spreadsheets keep, of which the last ones may be lost.
    """
    if not number.is_integer():
        if number != number or number in (float("inf"), float("-inf")):
            raise BadValue(f"{text[:40]!r} is no number")
        return Decimal(repr(number))
    if abs(number) <= EXACT:
        return int(number)
    exact = Decimal(text)
    if len(exact.normalize().as_tuple().digits) > DIGITS:
        raise BadValue(f"{text[:40]} has more than the {DIGITS} digits that a spreadsheet keeps; write it as a text")
    return int(exact)


def _moment(text: str, shown: frozenset[str]) -> str:
    """The text of a date that is written out, as few programs do."""
    try:
        return shown_moment(datetime.fromisoformat(text), shown or DAY | TIME)
    except ValueError:
        raise BadValue(f"{text[:40]!r} is no date") from None


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise damaged(f"{text[:40]!r} is no number of a row, a text or a style")
    return int(text)


def _column(letters: str) -> int:
    """The number from 0 of a column: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def column_name(number: int) -> str:
    """The letters of a column, numbered from 0."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
