"""XML parts of workbooks, read an element at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, TypeAlias
from xml.parsers import expat  # entities come with document types, which are refused

from app.store.imports.readers.located import BadFile

CHUNK: Final = 2**14
Attributes: TypeAlias = dict[str, str]
# Its name; at its begin the attributes, at its end None and the text behind the last tag.
Element: TypeAlias = tuple[str, Attributes | None, str]


def read_elements(stream: BinaryIO, name: str) -> Iterator[Element]:
    """The begins and ends of the elements in an XML text, without prefixes. name: of the part, for messages.

    Raises BadFile for broken XML, and for a document type.
    """
    found: list[Element] = []
    text: list[str] = []  # of the element at hand

    def begin(tag: str, attributes: Attributes) -> None:
        text.clear()
        found.append((_local(tag), {_local(key): value for key, value in attributes.items()}, ""))

    def end(tag: str) -> None:
        found.append((_local(tag), None, "".join(text)))
        text.clear()

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = _refusal(name)
    try:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk, False)
            yield from found
            found.clear()
        parser.Parse(b"", True)
        yield from found
    except expat.ExpatError as error:
        raise damaged(f"{name} is no XML: {error}") from None


def _refusal(name: str) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise damaged(f"{name} declares a document type")

    return refuse


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def damaged(why: str) -> BadFile:
    """The fault of a workbook that is none."""
    return BadFile(f"this is no Excel workbook, or a damaged one: {why}", 1)
