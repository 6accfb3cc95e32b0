"""A JSON text of any size, read a value at a time; line and column of each place are known."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import count
from typing import Any, BinaryIO, Final

from app.store.imports.readers.encodings import LONGEST
from app.store.imports.readers.json_places import after_blanks, line_and_column
from app.store.imports.readers.json_text import MAX_LINE, broken, json_value
from app.store.imports.readers.located import MAX_DEPTH, TOO_LARGE, BadFile
from app.store.imports.readers.undecodable import (
    NOTHING_STATED,
    SHOWN_BEGINNING,
    Stated,
    cut_off,
    not_utf8,
    shown_bytes,
)

CHUNK = 2**20
MAX_VALUE = MAX_LINE  # characters of one value that is held
MAX_SKIPPED = 2**20  # characters of a value that is passed over as a whole; of a longer one, each part by itself
MAX_PADDED: Final = 2**16  # the column up to which that of a fault inside a value is told as the file has it

_UP_TO_BRACKET: Final = re.compile(r'[^"\[\]{}]*+(?:"(?:[^"\\]++|\\.)*+"[^"\[\]{}]*+)*+', re.DOTALL)
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_IN_STRING: Final = re.compile(r'(?:[^"\\]++|\\.)*+', re.DOTALL)
_SCALAR: Final = re.compile(r'[^\s,:"\[\]{}]*+')
_UNDECODED: Final = re.compile(r"[\udc80-\udcff]")  # bytes that are not UTF-8, one each


class JsonStream:
    """The place that was reached in a stream of UTF-8. Methods raise BadFile for broken JSON."""

    def __init__(self, stream: BinaryIO, stated: Stated = NOTHING_STATED) -> None:
        self._stream = stream
        self._stated = stated
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._text = ""  # what was read, from some place before the one that was reached
        self._at = 0  # that place
        self._told, self._line, self._column = 0, 1, 1  # a place before it, and where that is in the file
        self._is_whole = False

    def next(self) -> str:
        """The next character that is no blank; "" at the end."""
        while True:
            self._at = after_blanks(self._text, self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._fill():
                return ""

    def place(self) -> tuple[int, int]:
        """Line and column, both from 1, of the next character."""
        self.next()
        self._tell(self._at)
        return self._line, self._column

    def _tell(self, at: int) -> None:
        passed = self._text[self._told : at]
        line, column = line_and_column(passed, len(passed))
        self._column = column if line > 1 else self._column + column - 1
        self._line, self._told = self._line + line - 1, at

    def broken(self, expected: str) -> BadFile:
        """The fault of the next character. expected: what should stand there."""
        char = self.next()
        line, column = self.place()
        return broken(expected, line, column, char)

    def take(self, char: str, expected: str) -> None:
        """Go behind the next character, which is to be `char`."""
        if self.next() != char:
            raise self.broken(expected)
        self._at += 1

    def goes_on(self, closing: str) -> bool:
        """Go behind the comma or the closing bracket after an element. True: another follows."""
        if self.next() not in (",", closing):
            raise self.broken("a comma or the closing bracket is expected")
        is_comma = self._text[self._at] == ","
        self._at += 1
        if is_comma and self.next() == closing:
            raise self.broken("no comma is expected before the closing bracket")
        return is_comma

    def members(self) -> Iterator[str]:
        """The names in the object that begins here. The caller is to go behind the value of each."""
        self.take("{", "an object is expected")
        names: set[str] = set()
        if self.next() == "}":
            self._at += 1
            return
        while not names or self.goes_on("}"):
            if self.next() != '"':
                raise self.broken("a name in double quotes is expected")
            line, column = self.place()
            name = str(self.value())
            if name in names:
                raise BadFile(f"the key {name[:80]!r} stands twice, at column {column}", line)
            names.add(name)
            self.take(":", "a colon is expected")
            yield name

    def elements(self) -> Iterator[int]:
        """The numbers from 0 of the elements in the list that begins here. The caller is to go behind each."""
        self.take("[", "a list is expected")
        if self.next() == "]":
            self._at += 1
            return
        yield 0
        for number in count(1):
            if not self.goes_on("]"):
                return
            yield number

    def value(self) -> Any:
        """The value that begins here. Behind it reading goes on, broken or not; see `is_over`."""
        if self.is_over:
            raise self.broken("a value is expected")
        line, column = self.place()
        text = self._pass(MAX_VALUE)
        if text is None:
            raise self._too_large(line, column)
        try:
            return _value(text, line, column, self._stated)
        except BadFile as error:
            error.text = shown_bytes(text.encode(errors="surrogateescape"))
            raise

    def _too_large(self, line: int, column: int) -> BadFile:
        """The fault of the value that begins here, at a line and column, and is too large. Goes behind it."""
        begin = self._text[self._at : self._at + SHOWN_BEGINNING]
        self._pass_over()
        told = f"too large: the value that begins at column {column} has over {MAX_VALUE:,} characters, the most of one"
        text = cut_off(shown_bytes(begin.encode(errors="surrogateescape")), f"line {line}, column {column}")
        return BadFile(told, line, code=TOO_LARGE, text=text)

    @property
    def is_over(self) -> bool:
        """Whether nothing follows."""
        return not self.next()

    def skip(self, depth: int = 1) -> None:
        """Go behind the value that begins here; it is checked, save texts that are too large to be held."""
        if depth > MAX_DEPTH:
            raise BadFile(f"nested more than {MAX_DEPTH} deep", self.place()[0])
        line, column = self.place()
        text = self._pass(MAX_SKIPPED)
        if text is not None:
            _value(text, line, column, self._stated)
        elif self.next() in "{[":
            for _ in self.members() if self.next() == "{" else self.elements():
                self.skip(depth + 1)
        else:
            self._pass_over()

    def _pass_over(self) -> None:
        """Go behind the value that begins here, of any size. Nothing of it is held or checked."""
        depth, is_closed = 0, False
        while not is_closed:
            self._at, depth, is_closed = _end_of(self._text, self._at, depth)
            if is_closed:
                return
            if self._text[self._at : self._at + 1] == '"':  # a text whose end is not here yet
                self._pass_over_string()
                is_closed = depth == 0
            elif not self._fill():
                return

    def _pass_over_string(self) -> None:
        self._at += 1
        while True:
            found = _IN_STRING.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._text[self._at : self._at + 1] == '"':
                self._at += 1
                return
            if not self._fill():
                self._at = len(self._text)
                return

    def _pass(self, most: int) -> str | None:
        """Go behind the value that begins here, and give its text. None for a longer one: the place stays."""
        passed = depth = 0
        while True:
            end, depth, is_closed = _end_of(self._text, self._at + passed, depth)
            passed = end - self._at
            if is_closed:
                break
            if len(self._text) - self._at > most:
                return None
            if not self._fill():
                passed = len(self._text) - self._at
                break
        if passed > most:
            return None
        begin, self._at = self._at, self._at + max(passed, 1)
        return self._text[begin : self._at]

    def _fill(self) -> bool:
        """Read on, and forget the text before the place. False where nothing more comes."""
        if self._is_whole:
            return False
        is_line_open = self._text[self._at - 1 : self._at] == "\r"  # an LF may follow
        self._tell(max(self._told, self._at - is_line_open))
        self._text, self._at, self._told = self._text[self._told :], self._at - self._told, 0
        data = self._stream.read(max(CHUNK, len(self._text)))
        self._is_whole = not data
        self._text += self._decode(data, not data)
        return True


def _end_of(text: str, at: int, depth: int) -> tuple[int, int, bool]:
    """Where in a text the value ends, or is to be looked at again with more text: the place, the depth there, whether
    it ends.
    """
    if depth == 0 and text[at : at + 1] not in ("{", "["):
        is_string = text[at : at + 1] == '"'
        found = (_STRING if is_string else _SCALAR).match(text, at)
        return (found.end(), 0, is_string or found.end() < len(text)) if found else (at, 0, False)
    while True:
        found = _UP_TO_BRACKET.match(text, at)
        at = found.end() if found else at
        if at == len(text) or text[at] == '"':
            return at, depth, False
        depth += 1 if text[at] in "{[" else -1
        at += 1
        if depth == 0:
            return at, 0, True


def _value(text: str, line: int, column: int, stated: Stated) -> Any:
    """The value of a text that stands at a line and column. Raises BadFile, its place as the file has it."""
    if not text.isascii() and (wrong := _UNDECODED.search(text)):
        at = wrong.start()
        begin = text.rfind("\n", 0, at) + 1
        data = text[begin : at + LONGEST].encode(errors="surrogateescape")
        offset = len(text[begin:at].encode(errors="surrogateescape"))
        raise not_utf8(data, offset, line + text.count("\n", 0, at), stated)
    try:
        return json_value(text)
    except BadFile as error:
        if error.line > 1 or column == 1:
            raise BadFile(str(error), line + error.line - 1, error.path) from None
    if column > MAX_PADDED:
        text, column = f"\n{text}", 1
    try:
        return json_value(" " * (column - 1) + text)
    except BadFile as error:
        raise BadFile(str(error), line, error.path) from None
