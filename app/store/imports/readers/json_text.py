"""JSON and NDJSON → plain values, strictly as RFC 8259 has it. Numbers with a fraction or exponent are Decimals.

The standard library's decoder tells of doubled keys, which the faster ones drop without a word: measured on claims of
1.3 kB, 12 µs a claim, where msgspec takes 4 and as much again to find out whether a key was lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, BinaryIO

from app.store.imports.readers.json_places import JsonLines, after_blanks, first_misfit, line_and_column
from app.store.imports.readers.located import MAX_DEPTH, MAX_EXPONENT, TOO_LARGE, BadFile, Located
from app.store.imports.readers.undecodable import (
    NOTHING_STATED,
    SHOWN_BEGINNING,
    Stated,
    cut_off,
    not_utf8,
    shown_bytes,
)

MAX_LINE = 64 * 2**20  # bytes of a line of NDJSON
MOST_SHOWN = 4 * SHOWN_BEGINNING  # bytes of a line that are looked at for its beginning

BOM = "\ufeff"


def read_json(text: str) -> Located:
    """The one value in a JSON text. Whole numbers are ints, or Decimals where they have thousands of digits.

    Raises BadFile with line, column and what was expected: for broken JSON, doubled keys, NaN and Infinity, and depth
    over 40. Escaped lone surrogates are kept: the records refuse them, by field.
    """
    text = text.removeprefix(BOM)
    return Located(json_value(text), JsonLines(text))


def read_json_line(line: bytes, number: int, stated: Stated = NOTHING_STATED) -> Any:
    """The value in line `number` of an NDJSON file. Raises BadFile as read_json does, and for what is not UTF-8."""
    try:
        return json_value(line.rstrip(b"\r\n").decode())
    except UnicodeDecodeError as error:
        raise not_utf8(line, error.start, number, stated) from None
    except BadFile as error:
        raise BadFile(str(error), number, error.path) from None


def read_ndjson(
    stream: BinaryIO,
    take: Callable[[int, Any], Any] = lambda _line, value: value,
    stated: Stated = NOTHING_STATED,
) -> Iterator[tuple[int, Any] | BadFile]:
    """The values of the lines with their numbers from 1; for a line that cannot be read, what is wrong with it. take:
    gives what is made of a value, and may raise BadFile.

    Blank lines are passed over, and a line over 64 MB is not held. A stream that cannot be read on is the last fault.
    """
    number = 0
    try:
        while line := stream.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                _finish_line(stream, line)
                told = f"too large: a line of over {MAX_LINE:,} bytes, the most of one; give each record its own line"
                text = cut_off(shown_bytes(line[:MOST_SHOWN]), f"line {number}")
                yield BadFile(told, number, code=TOO_LARGE, text=text)
                continue
            if number == 1:
                line = line.removeprefix(BOM.encode())
            if not line.strip(b" \t\r\n"):
                continue
            try:
                yield number, take(number, read_json_line(line, number, stated))
            except BadFile as error:
                error.text = error.text or shown_bytes(line).rstrip("\r\n")
                yield error
    except BadFile as error:  # of the stream: a broken archive
        yield BadFile(str(error), number + 1, code=error.code)


def _finish_line(stream: BinaryIO, part: bytes) -> None:
    while part and not part.endswith(b"\n"):
        part = stream.readline(2**16)


class _MisfitError(ValueError):
    """Something that the standard library takes, and files may not have."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _MisfitError
    return made


def _constant(name: str) -> Any:
    raise _MisfitError(name)


def _integer(digits: str) -> int | Decimal:
    try:
        return int(digits)
    except ValueError:  # thousands of digits: Python takes the square of their time
        return Decimal(digits)


def _decimal(digits: str) -> Decimal:
    number = Decimal(digits)
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise _MisfitError(digits)
    return number


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_decimal
).decode


def json_value(text: str) -> Any:
    """The value in a JSON text, as read_json has it. Raises BadFile."""
    try:
        value = _decode(text)
    except json.JSONDecodeError as error:
        raise _fault_of(text, error) from None
    except (_MisfitError, RecursionError, ArithmeticError):
        raise first_misfit(text) or BadFile("this JSON cannot be read", 1) from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise first_misfit(text) or BadFile("this JSON cannot be read", 1)
    return value


def _depth(value: Any) -> int:
    """How many lists and objects stand one in another."""
    depth = 0
    level = [value] if isinstance(value, dict | list) else []
    while level:
        depth += 1
        parts = (part for one in level for part in (one.values() if type(one) is dict else one))
        level = [part for part in parts if type(part) is dict or type(part) is list]
    return depth


# Messages of the standard library, and ours. The text at the place is appended.
EXPECTED = {
    "Expecting value": "a value is expected",
    "Expecting ',' delimiter": "a comma or the closing bracket is expected",
    "Expecting ':' delimiter": "a colon is expected",
    "Expecting property name": "a name in double quotes is expected",
    "Illegal trailing comma": "no comma is expected before the closing bracket",
    "Extra data": "the end is expected after the one value",
    "Invalid control character": "a line break or another control character in a string is to be escaped",
    "Invalid \\u": "four hexadecimal digits are expected after \\u",
    "Invalid \\escape": 'one of " \\ / b f n r t u is expected after \\',
}


def _fault_of(text: str, error: json.JSONDecodeError) -> BadFile:
    if not text.strip(" \t\r\n"):
        return BadFile("the file is empty", 1)
    if error.msg.startswith("Unterminated string"):
        line, column = line_and_column(text, error.pos)
        return BadFile(f"broken JSON: the string that begins at column {column} is not closed", line)
    in_string = error.msg.startswith("Invalid")
    at = error.pos if in_string else after_blanks(text, error.pos)
    line, column = line_and_column(text, at)
    expected = next((ours for theirs, ours in EXPECTED.items() if error.msg.startswith(theirs)), error.msg)
    return broken(expected, line, column, text[at : at + 1])


def broken(expected: str, line: int, column: int, char: str) -> BadFile:
    """The fault of a place in a JSON text. expected: what should stand there; char: what does, "" at the end."""
    found = f"{char!r} stands there" if char else "the text ends there"
    return BadFile(f"broken JSON: {expected} at column {column}; {found}", line)
