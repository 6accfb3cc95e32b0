"""JSON-LD of any size → its parts with their lines: the members of the outermost object, the elements of lists in it.

A data feed is one object with a list of hundreds of megabytes. No more of it is held than the part that is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from app.store.imports.readers.json_places import JSON_TOKEN
from app.store.imports.readers.json_stream import JsonStream
from app.store.imports.readers.located import BadFile

SNIFFED: Final = 2**16  # bytes in which linked data shows that it is some


class DocumentPart(NamedTuple):
    """A part of a document. line: where it begins. name: of the member that it is, or is an element of; None for the
    elements of an outermost list, and for a document that is neither.
    """

    line: int
    name: str | None
    value: Any
    is_element: bool = True


def is_linked_data(head: bytes, sections: tuple[str, ...]) -> bool:
    """Whether the beginning of a JSON text shows that it is JSON-LD: a member `@context`, `@type`, `@graph` or `@id`,
    and none of `sections` on the outermost level.
    """
    depth, is_found = 0, False
    for token in JSON_TOKEN.finditer(head.decode(errors="replace")):
        if token[0] in ("{", "["):
            depth += 1
        elif token[0] in ("}", "]"):
            depth -= 1
        elif token[2]:
            is_found |= token[1] in ("@context", "@type", "@graph", "@id")
            if depth == 1 and token[1] in sections:
                return False
    return is_found


def read_parts(stream: BinaryIO, streamed: tuple[str, ...]) -> Iterator[DocumentPart | BadFile]:
    """The parts of a JSON document in UTF-8; for one that is wrong in itself, its fault.

    streamed: the members whose lists are given by their elements. Raises BadFile where nothing behind can be read.
    """
    text = JsonStream(stream)
    if text.is_over:
        raise BadFile("the file is empty", 1)
    if text.next() == "[":
        yield from _elements(text, None)
    elif text.next() == "{":
        for name in text.members():
            if name in streamed and text.next() == "[":
                yield from _elements(text, name)
            else:
                yield _part(text, name, is_element=False)
    else:
        yield _part(text, None, is_element=False)
    if not text.is_over:
        raise text.broken("the end is expected after the one value")


def _elements(text: JsonStream, name: str | None) -> Iterator[DocumentPart | BadFile]:
    for _ in text.elements():
        yield _part(text, name, is_element=True)


def _part(text: JsonStream, name: str | None, *, is_element: bool) -> DocumentPart | BadFile:
    line = text.place()[0]
    try:
        return DocumentPart(line, name, text.value(), is_element)
    except BadFile as error:
        if text.is_over:
            raise
        return error
