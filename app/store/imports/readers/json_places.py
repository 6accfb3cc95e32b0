"""Where things stand in a JSON text: the line of each part, and what the decoders take but a file may not have.

Decoders do not tell places. Texts are right nearly always, so places are looked for only once something is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property

from app.errors import FieldPath
from app.store.imports.readers.located import MAX_DEPTH, MAX_EXPONENT, BadFile

_BLANK = re.compile(r"[ \t\r\n]*+")
JSON_TOKEN = re.compile(
    r'"((?:[^"\\]++|\\.)*+)"([ \t\r\n]*+:)?|[\[\]{},]|-?(?:NaN|Infinity)|-?[0-9][0-9.eE+-]*+', re.DOTALL
)

_skip_value = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode


def line_and_column(text: str, at: int) -> tuple[int, int]:
    """The line and column, both from 1, of the character at an offset. Lines end in LF, CR LF or CR."""
    return _line_ends(text, 0, at) + 1, at - max(text.rfind("\n", 0, at), text.rfind("\r", 0, at))


def _line_ends(text: str, start: int, end: int) -> int:
    lone = text.count("\r", start, end) - text.count("\r\n", start, end)
    return text.count("\n", start, end) + lone


def after_blanks(text: str, at: int) -> int:
    """The offset of the next character that is no blank: the text's length at its end."""
    found = _BLANK.match(text, at)
    return found.end() if found else at


class JsonLines(Mapping[FieldPath, int]):
    """The line of each part of a well-formed JSON text; of a member, that of its name. Nothing is read until asked.

    Then the text is read once, for the places of the parts that are at most two deep, such as ("claims", 3). Deeper
    parts are searched from there.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def __getitem__(self, path: FieldPath) -> int:
        depth = next(depth for depth in (2, 1, 0) if path[:depth] in self._outer)
        line, begin, value = self._outer[path[:depth]]
        rest = path[depth:]
        if rest and (depth == 0 or (depth == 1 and self._text[value] == "[")):  # all that is there is known
            raise KeyError(path)
        found = begin
        for step in rest:
            place = next((place for place in _members(self._text, value) if place[0] == step), None)
            if place is None:
                raise KeyError(path)
            _, found, value = place
        return line + _line_ends(self._text, begin, found)

    def __iter__(self) -> Iterator[FieldPath]:
        yield ()
        yield from _paths(self._text, after_blanks(self._text, 0), ())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @cached_property
    def _outer(self) -> dict[FieldPath, tuple[int, int, int]]:
        """Line, beginning and value's beginning of the whole, its members, and the elements of lists in it."""
        start = told = after_blanks(self._text, 0)
        line = 1 + _line_ends(self._text, 0, start)
        found: dict[FieldPath, tuple[int, int, int]] = {(): (line, start, start)}
        for path, begin, value in self._outer_places(start):
            line += _line_ends(self._text, told, begin)
            told = begin
            found[path] = (line, begin, value)
        return found

    def _outer_places(self, start: int) -> Iterator[tuple[FieldPath, int, int]]:
        for name, begin, value in _members(self._text, start):
            yield (name,), begin, value
            if self._text[value] == "[":
                for number, inner, inner_value in _members(self._text, value):
                    yield (name, number), inner, inner_value


def _members(text: str, at: int) -> Iterator[tuple[str | int, int, int]]:
    """The members of the object or list at an offset: name or number, where it begins, and where its value does."""
    if text[at] not in "{[":
        return
    named, number = text[at] == "{", 0
    at = after_blanks(text, at + 1)
    while text[at] not in "]}":
        begin, step = at, number
        if named:
            step, at = _skip_value(text, at)
            at = after_blanks(text, after_blanks(text, at) + 1)
        yield step, begin, at
        at = after_blanks(text, _skip_value(text, at)[1])
        at = after_blanks(text, at + 1) if text[at] == "," else at
        number += 1


def _paths(text: str, at: int, path: FieldPath) -> Iterator[FieldPath]:
    for step, _, value in _members(text, at):
        yield (*path, step)
        yield from _paths(text, value, (*path, step))


def first_misfit(text: str) -> BadFile | None:
    """The first of what decoders take and files may not have, or cannot tell the place of.

    Misfits: a key twice in one object, depth over 40, NaN and Infinity, an exponent without bounds.
    """
    steps: list[str | int] = []  # the current name or number in each object or list that is open
    keys: list[set[str]] = []
    for token in JSON_TOKEN.finditer(text):
        first = token[0][-1] if token[0][0] != '"' else '"'
        wrong = None
        if first == '"' and token[2]:
            steps[-1] = json.loads(f'"{token[1]}"', strict=False)
            wrong = f"the key {str(steps[-1])[:80]!r} stands twice" if steps[-1] in keys[-1] else None
            keys[-1].add(str(steps[-1]))
        elif first in "{[":
            wrong = f"nested more than {MAX_DEPTH} deep" if len(steps) == MAX_DEPTH else None
            steps.append("" if first == "{" else 0)
            keys.append(set())
        elif first in "]}":
            steps.pop()
            keys.pop()
        elif first == ",":
            steps[-1] = steps[-1] + 1 if isinstance(steps[-1], int) else steps[-1]
        elif first != '"':
            wrong = _wrong_number(token[0])
        if wrong:
            line, column = line_and_column(text, token.start())
            return BadFile(f"{wrong}, at column {column}", line, () if first in "{[" else _printable(steps))
    return None


def _printable(steps: list[str | int]) -> FieldPath:
    """The steps, lone surrogates escaped."""
    return tuple(step if isinstance(step, int) else step.encode(errors="backslashreplace").decode() for step in steps)


def _wrong_number(token: str) -> str | None:
    if token[-1] in "Ny":
        return f"{token} is no JSON; write null where a number is unknown"
    try:
        in_range = abs(Decimal(token).adjusted()) <= MAX_EXPONENT
    except ArithmeticError:
        in_range = False
    return None if in_range else "the exponent of this number is out of range"
