"""Bytes that are not UTF-8: which they are, what they would be in the encoding that most such files have."""

from __future__ import annotations

from typing import NamedTuple

from app.store.imports.readers.located import BadFile

AROUND = 12  # characters of the line that are shown before and after
SHOWN_BEGINNING = 1000  # characters that are kept of a record that is too large to be held
UNDECODED = b"\xed\xb3\xbf"  # a lone surrogate, which UTF-8 does not have: stands for bytes outside another encoding


def shown_bytes(data: bytes) -> str:
    """A text of UTF-8; bytes that are not stand in it as `\\xE9`."""
    return data.decode(errors="backslashreplace")


def cut_off(begin: str, place: str) -> str:
    """The text that is kept of a record that is too large: its beginning, and where the whole of it stands."""
    return f"{begin[:SHOWN_BEGINNING]}… (not kept whole, being too large: it stands in the file, {place})"


class Stated(NamedTuple):
    """The encoding that was stated for a file, "" for none, from which its bytes were decoded; and what is to be done
    where that is wrong.
    """

    encoding: str = ""
    right: str = "save the file as UTF-8"


NOTHING_STATED = Stated()


def not_utf8(data: bytes, at: int, line: int, stated: Stated = NOTHING_STATED) -> BadFile:
    """The fault of a line of bytes, the one at `at` (from 0) of which is not UTF-8."""
    if data.startswith(UNDECODED, at):
        named = stated.encoding or "in the encoding that the file's first bytes tell"
        return BadFile(f"the line holds bytes that are not {named}", line, code="encoding")
    said = f"byte {at + 1} of the line is not UTF-8: 0x{data[at]:02X}"
    if sign := data[at : at + 1].decode("cp1252", "ignore"):
        near = data[max(0, at - AROUND) : at + 1 + AROUND].decode("cp1252", "replace").strip()
        said = f"{said} would be {sign!r} in Windows-1252 (cp1252), as in {near!r}"
    return BadFile(f"{said}; {stated.right}", line, code="encoding")
