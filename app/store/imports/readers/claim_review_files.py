"""Files of ClaimReview → claims: JSON-LD by itself, in lists, graphs and data feeds, on lines, and in web pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from app.domain.record.claim_review import property_of
from app.domain.record.linked_data import (
    MOST_HOPS,
    USUAL,
    Context,
    Graph,
    context_of,
    described_in,
    nodes_of,
    references_in,
)
from app.domain.record.reviews_in import reviews_in, types_in
from app.errors import FieldPath
from app.store.imports.readers.encodings import open_utf8
from app.store.imports.readers.files import RawRow, Reading, SourceFile
from app.store.imports.readers.json_text import read_ndjson
from app.store.imports.readers.linked_json import Part, read_parts
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.packed import Format, format_of
from app.store.imports.readers.review_rows import ReviewRows
from app.store.imports.readers.web_pages import Markup, read_page

STREAMED: Final = ("@graph", "@included", "dataFeedElement", "itemListElement")


class _Piece(NamedTuple):
    """A part of a document that is read by itself. context: what holds around it."""

    line: int
    value: Any
    context: Context = USUAL
    is_printed: bool = True


Pieces = Callable[[], Iterator[_Piece | BadFile]]  # those of one document; it may be read several times


def read_claim_reviews(file: SourceFile, reading: Reading) -> Iterator[RawRow]:
    """The claims of a file of ClaimReview; what is wrong with it goes to `reading`.

    Raises BadFile where it cannot be read on, and where it holds no review; OSError as open_file does.
    """
    file.label_of = _label_of
    rows = ReviewRows(file, reading)
    kind: Format | None = format_of(file.path)
    if kind == "html":
        page = read_page(file.path)
        pieces = [_piece_of(markup) for markup in page.markups]
        yield from _document(lambda: iter(pieces), rows, page.address)
    elif kind == "ndjson":
        with open_utf8(file.path) as stream:
            for line in read_ndjson(stream):
                yield from _document(_one(line if isinstance(line, BadFile) else _Piece(*line)), rows)
    else:
        yield from _document(_json_pieces(file), rows)
    rows.finish()


def _label_of(_step: int, path: FieldPath) -> str:
    """The place in a claim, with the property of the review that is meant."""
    place = ".".join(map(str, path))
    return f"{place} ({found})" if (found := property_of(path)) else place


def _piece_of(markup: Markup | BadFile) -> _Piece | BadFile:
    return markup if isinstance(markup, BadFile) else _Piece(markup.line, markup.value, USUAL, markup.is_printed)


def _one(piece: _Piece | BadFile) -> Pieces:
    return lambda: iter([piece])


def _document(pieces: Pieces, rows: ReviewRows, page: str | None = None) -> Iterator[RawRow]:
    """The rows of the reviews in one document, whose nodes may name each other."""
    graph = _graph_of(pieces)
    for piece in pieces():
        if isinstance(piece, BadFile):
            rows.refuse(piece)
            continue
        nodes = nodes_of(piece.value, piece.context)
        found = list(reviews_in(nodes, page))
        rows.passed += [] if found else types_in(nodes)
        for review, around in found:
            yield from rows.of(review, piece.line, graph, around, is_printed=piece.is_printed)


def _graph_of(pieces: Pieces) -> Graph:
    """The nodes of a document that others only name. Only those are held: a feed has none."""
    graph = Graph()
    for _ in range(MOST_HOPS):
        values = (piece.value for piece in _readable(pieces))
        wanted = {name for value in values for name in references_in(value)} - graph.known.keys()
        if not wanted:
            break
        known = len(graph.known)
        for piece in _readable(pieces):
            for node in described_in(nodes_of(piece.value, piece.context), wanted):
                graph.add(node)
        if len(graph.known) == known:
            break
    return graph


def _readable(pieces: Pieces) -> Iterator[_Piece]:
    """The pieces up to where they cannot be read on."""
    try:
        yield from (piece for piece in pieces() if isinstance(piece, _Piece))
    except BadFile:
        return


def _json_pieces(file: SourceFile) -> Pieces:
    """The pieces of a JSON file: the elements of its lists one by one, then the outermost object without them."""
    context = context_of(_outermost(file).get("@context"))

    def pieces() -> Iterator[_Piece | BadFile]:
        outer: dict[str, Any] = {}
        first = 0
        for part in _parts(file):
            if isinstance(part, BadFile):
                yield part
            elif part.is_element:
                yield _Piece(part.line, part.value, context)
            elif part.name is None:
                yield _Piece(part.line, part.value)
            else:
                outer[part.name] = part.value
                first = first or part.line
        if outer:
            yield _Piece(first, outer)

    return pieces


def _outermost(file: SourceFile) -> dict[str, Any]:
    """The members of the outermost object, without the lists whose elements are read one by one."""
    found: dict[str, Any] = {}
    try:
        for part in _parts(file):
            if isinstance(part, Part) and not part.is_element and part.name is not None:
                found[part.name] = part.value
    except BadFile:  # told when the rows are read
        pass
    return found


def _parts(file: SourceFile) -> Iterator[Part | BadFile]:
    with open_utf8(file.path) as stream:
        yield from read_parts(stream, STREAMED)
