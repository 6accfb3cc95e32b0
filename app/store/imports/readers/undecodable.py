"""Bytes that are not UTF-8: which they are, what they would be in the encoding that most such files have."""

from __future__ import annotations

from app.store.imports.readers.located import BadFile

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
AROUND = 12  # characters of the line that are shown before and after


def not_utf8(data: bytes, at: int, line: int, right: str = "save the file as UTF-8") -> BadFile:
    """The fault of a line of bytes, the one at `at` (from 0) of which is not UTF-8. right: what is to be done."""
    if data.startswith(UTF_16) and line == 1:
        return BadFile(f"the file is UTF-16; {right}", line, code="encoding")
    said = f"byte {at + 1} of the line is not UTF-8: 0x{data[at]:02X}"
    if sign := data[at : at + 1].decode("cp1252", "ignore"):
        near = data[max(0, at - AROUND) : at + 1 + AROUND].decode("cp1252", "replace").strip()
        said = f"{said} would be {sign!r} in Windows-1252 (cp1252), as in {near!r}"
    return BadFile(f"{said}; {right}", line, code="encoding")
