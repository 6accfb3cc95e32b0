"""How a table is written: what separates its cells, whether quotes enclose them, and its encoding."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

from app.errors import BadImport
from app.store.imports.readers.encodings import LONE, utf8_chunks
from app.store.imports.readers.undecodable import Stated

NAMES: Final = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
TABS: Final = ("\\t", "tab")  # ways to type a tab

Quoting = Literal["minimal", "none"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How tables are written, as far as it is stated; the rest is found out.

    quoting: `minimal`, quotes enclose cells; `none`, quotes are letters like others; None, quotes enclose cells, and a
    row that seems to have swallowed others is refused. encoding: a codec of Python; None is UTF-8. place: where a
    mapping states it, as messages name that; "" for options.
    """

    delimiter: str | None = None
    quoting: Quoting | None = None
    encoding: str | None = None
    place: str = ""

    def advice(self, name: str, value: str) -> str:
        """The way to state one of these: `give --encoding cp1252`."""
        return f"write `{name}: {value}` {self.place}" if self.place else f"give --{name} {value}"

    @property
    def stated(self) -> Stated:
        """The encoding, and the way to state another."""
        return Stated(self.encoding or "", f"{self.advice('encoding', 'cp1252')}, or save the file as UTF-8")


def dialect_of(delimiter: str | None, quoting: Quoting | None, encoding: str | None) -> Dialect:
    """The dialect that options state. Raises BadImport for an encoding that is none, and for no delimiter."""
    mark = "\t" if delimiter in TABS else delimiter
    if mark is not None and (len(mark) != 1 or mark in '"\r\n\0' or "\ud800" <= mark <= "\udfff"):
        raise BadImport(f"the delimiter {delimiter!r:.40} is not one character, such as , or ; or \\t")
    if encoding is not None:
        try:
            b"a".decode(encoding, "replace")
            codecs.getincrementaldecoder(encoding)(LONE).decode(b"\xff")  # some take no handler of faults
        except (LookupError, ValueError):
            told = f"the encoding {encoding!r:.40} is not known; there are utf-8, utf-16, cp1252, latin-1 and others"
            raise BadImport(told) from None
    return Dialect(mark, quoting, encoding)


def read_chunks(stream: BinaryIO, encoding: str | None) -> Iterator[bytes]:
    """The bytes of a stream as UTF-8, none of them ending between the two of a CR LF.

    As utf8_chunks gives them.
    """
    held = b""
    for chunk in utf8_chunks(stream, encoding):
        whole = held + chunk
        held = b"\r" if whole.endswith(b"\r") else b""
        yield whole[: len(whole) - len(held)]
    yield held
