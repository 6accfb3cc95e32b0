"""Renderers: what an export finds → the bytes of a format, a chunk at a time and in flat memory."""

from __future__ import annotations

import csv
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from io import StringIO
from operator import or_
from typing import Final, TypeAlias

import msgspec

from app.api.document_views import DocumentView
from app.domain.record.claim_citation import as_bibtex, as_csl, as_text, cited
from app.domain.record.csv_columns import Sizes, columns_of, row_writer, sizes_of
from app.domain.record.linked_claims import context_at, linked_nodes
from app.domain.record.parquet import parquet_chunks
from app.domain.record.projection import FieldTree, is_wanted
from app.domain.record.records_out import ClaimOut
from app.domain.record.table_schema import table_schema
from app.store.records.document import decode, decode_lines
from app.store.search.export import Export


@dataclass(frozen=True)
class Wanted:
    """fields: of each claim; all of them where empty. base: the address that the ids of records are relative to."""

    fields: FieldTree = field(default_factory=dict)
    base: str = ""


Chunks: TypeAlias = Generator[bytes, None, None]
ExportRenderer: TypeAlias = Callable[[Export, Wanted], Chunks]
ALL: Final = Wanted()


def render_ndjson(export: Export, wanted: Wanted = ALL) -> Chunks:
    """Each document on a line, as it is stored, or some of its fields."""
    view = DocumentView(wanted.fields)
    for documents in export.chunks():
        yield b"".join(view.of_one(one, None) + b"\n" for one in documents.split(b"\n")[:-1]) if view else documents


def render_csv(export: Export, wanted: Wanted = ALL) -> Chunks:
    """A header and a row for each document (RFC 4180, UTF-8 without a byte order mark). The documents are read twice:
    the columns follow from how long their lists are.
    """
    columns = yield from _columns_found(export, wanted)
    write = row_writer(columns)
    yield csv_lines([columns])
    for documents in export.chunks():
        yield csv_lines(map(write, decode_lines(documents)))


def _columns_found(export: Export, wanted: Wanted) -> Generator[bytes, None, list[str]]:
    """The columns of a table of all that is found. Meanwhile it gives nothing, so that a reader who goes is noticed."""
    sizes = Sizes()
    for documents in export.chunks():
        sizes = reduce(or_, map(sizes_of, decode_lines(documents)), sizes)
        yield b""
    return [column for column in columns_of(sizes) if is_wanted(column, wanted.fields)]


def render_table_schema(export: Export, wanted: Wanted = ALL) -> Chunks:
    """The Table Schema of the same export as a table."""
    columns = yield from _columns_found(export, wanted)
    yield msgspec.json.encode(table_schema(ClaimOut, columns))


def render_parquet(export: Export, wanted: Wanted = ALL) -> Chunks:
    """A Parquet file with nested columns, the same whatever is found."""
    rows = map(decode_lines, export.chunks())
    yield from parquet_chunks(ClaimOut, wanted.fields, rows, {"revision": str(export.revision)})


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV. One with a line break in it has every cell in quotes: so readers need not doubt where it ends."""
    lines = StringIO(newline="")
    few, every = csv.writer(lines), csv.writer(lines, quoting=csv.QUOTE_ALL)
    for row in rows:
        (every if any("\n" in cell or "\r" in cell for cell in row) else few).writerow(row)
    return lines.getvalue().encode()


def render_jsonld(export: Export, wanted: Wanted = ALL) -> Chunks:
    """One graph of linked data (JSON-LD 1.1), a node a line."""
    before = b'{"@context":%b,"@graph":[\n' % msgspec.json.encode(context_at(wanted.base))
    for documents in export.chunks():
        nodes = [node for doc in decode_lines(documents) for node in linked_nodes(doc)]
        yield before + b",\n".join(map(msgspec.json.encode, nodes))
        before = b",\n"
    yield (before if before != b",\n" else b"") + b"\n]}\n"


def claim_as_jsonld(document: str, base: str) -> bytes:
    """The linked data of one claim."""
    nodes = linked_nodes(decode(document))
    inside = nodes[0] if len(nodes) == 1 else {"@graph": nodes}
    return msgspec.json.encode({"@context": context_at(base)} | inside)


def cite_in_text(document: str, base: str) -> bytes:
    """How to cite a claim, to be read."""
    return as_text(cited(decode(document), base)).encode()


def cite_in_bibtex(document: str, base: str) -> bytes:
    """The entry of a claim for BibTeX and biblatex."""
    return as_bibtex(cited(decode(document), base)).encode()


def cite_in_csl(document: str, base: str) -> bytes:
    """The item of a claim for programs that cite (CSL-JSON)."""
    return msgspec.json.encode(as_csl(cited(decode(document), base)))
