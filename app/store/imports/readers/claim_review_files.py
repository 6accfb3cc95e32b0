"""Files of ClaimReview → claims: JSON-LD by itself, in lists, graphs and data feeds, on lines, and in web pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final, NamedTuple, TypeAlias

from app.domain.record.claim_review import property_of
from app.domain.record.linked_data import (
    USUAL,
    Context,
    Graph,
    context_of,
    described_in,
    nodes_of,
    references_in,
    reviewed_in,
)
from app.domain.record.reviews_in import claims_in, reviews_in, types_in
from app.errors import FieldPath
from app.store.imports.readers.encodings import open_utf8
from app.store.imports.readers.files import RawRow, Reading, SourceFile
from app.store.imports.readers.json_text import read_ndjson
from app.store.imports.readers.linked_json import DocumentPart, read_parts
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.packed import Format, format_of
from app.store.imports.readers.rejected import without_reasons
from app.store.imports.readers.review_rows import SHOWN, ReviewRows
from app.store.imports.readers.web_pages import Markup, read_page

STREAMED: Final = ("@graph", "@included", "dataFeedElement", "itemListElement")


class _Piece(NamedTuple):
    """A part of a document that is read by itself. context: what holds around it."""

    line: int
    value: Any
    context: Context = USUAL
    is_printed: bool = True


Pieces: TypeAlias = Iterable[_Piece | BadFile]  # those of one document, which may be gone through several times


class _Document(NamedTuple):
    """Pieces whose nodes may name each other. address: of the page that they are in, where it says so."""

    pieces: Pieces
    address: str | None = None


def read_claim_reviews(file: SourceFile, reading: Reading) -> Iterator[RawRow]:
    """The claims of a file of ClaimReview; what is wrong with it goes to `reading`.

    Raises BadFile where it cannot be read on, and where it holds no review; OSError as open_file does.
    """
    file.label_of = _label_of
    rows = ReviewRows(file, reading)
    try:
        for document in _documents(file):
            yield from _rows_of(document, rows)
    finally:
        rows.tell_left()
    rows.require_some()


def _documents(file: SourceFile) -> Iterator[_Document]:
    kind: Format | None = format_of(file.path)
    if kind == "html":
        page = read_page(file.path)
        yield _Document([_piece_of(markup) for markup in page.markups], page.address)
    elif kind == "ndjson":
        with open_utf8(file.path) as stream:
            for line in read_ndjson(stream, without_reasons):
                yield _Document([line if isinstance(line, BadFile) else _Piece(*line)])
    else:
        yield _Document(_JsonPieces(file))


def _label_of(_step: int, path: FieldPath) -> str:
    """The place in a claim, with the property of the review that is meant."""
    place = ".".join(map(str, path))
    return f"{place} ({found})" if (found := property_of(path)) else place


def _piece_of(markup: Markup | BadFile) -> _Piece | BadFile:
    return markup if isinstance(markup, BadFile) else _Piece(markup.line, markup.value, USUAL, markup.is_printed)


def _rows_of(document: _Document, rows: ReviewRows) -> Iterator[RawRow]:
    graph, types, is_empty = _graph_of(document.pieces), list[str](), True
    reviewed = {name for piece in _readable(document.pieces) for name in reviewed_in(piece.value)}
    for piece in document.pieces:
        if isinstance(piece, BadFile):
            rows.refuse(piece)
            is_empty = False
            continue
        nodes = nodes_of(piece.value, piece.context)
        found = [*reviews_in(nodes, document.address), *claims_in(nodes, reviewed, document.address)]
        is_empty &= not found
        types += types_in(nodes) if len(types) < SHOWN else []
        for review, around in found:
            yield from rows.of(review, piece.line, graph, around, is_printed=piece.is_printed)
    if is_empty:
        rows.pass_over(types)


def _graph_of(pieces: Pieces) -> Graph:
    """The nodes of a document that others only name. Only those are held: a feed has none."""
    graph = Graph()
    if wanted := {name for piece in _readable(pieces) for name in references_in(piece.value)}:
        for piece in _readable(pieces):
            for node in described_in(nodes_of(piece.value, piece.context), wanted):
                graph.add(node)
    return graph


def _readable(pieces: Pieces) -> Iterator[_Piece]:
    """The pieces up to where they cannot be read on, which is told when the rows are read."""
    with suppress(BadFile):
        yield from (piece for piece in pieces if isinstance(piece, _Piece))


class _JsonPieces:
    """The pieces of a JSON file: the elements of its lists one by one, then the outermost object without them.

    The file is read again each time. The first time, a context that stands behind the elements is not known yet.
    """

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._context = USUAL

    def __iter__(self) -> Iterator[_Piece | BadFile]:
        outer: dict[str, Any] = {}
        first = 0
        for part in self._parts():
            if isinstance(part, BadFile):
                yield part
            elif part.is_element:
                yield _Piece(part.line, part.value, self._context)
            elif part.name is None:
                yield _Piece(part.line, part.value)
            else:
                outer[part.name], first = part.value, first or part.line
                self._context = context_of(outer.get("@context"))
        if outer:
            yield _Piece(first, outer)

    def _parts(self) -> Iterator[DocumentPart | BadFile]:
        with open_utf8(self._file.path) as stream:
            yield from read_parts(stream, STREAMED)
