"""Handles of speakers, sources and metrics besides id and key: names, identifiers, addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, select

from app.domain.record.identifiers import pairs_of
from app.store.database import tables
from app.store.database.bulk_insert import chunks
from app.store.records.document import Doc
from app.store.records.names import folded
from app.store.records.source_identity import address_of, document_of, has_own_key


def handles_of(prefix: str, doc: Doc) -> set[str]:
    """The handles of a record besides id and key: folded names, identifiers, address, fingerprint."""
    if not doc:
        return set()
    match prefix:
        case "spk":
            identifiers = {"\x1f".join(pair) for pair in pairs_of(doc["identifiers"])}
            return identifiers | {folded(name) for name in (doc["name"], *doc["aliases"])}
        case "src":
            return addresses_of(doc["url"]) | ({fingerprint(doc)} if doc["title"] else set())
        case _:
            return {folded(doc["name"])}


def addresses_of(url: str | None) -> set[str]:
    """The handles of a source at an address: the address as it is compared, and the document that stands there."""
    return {f"url\x1f{address_of(url)}", f"doc\x1f{document_of(url)}"} if url else set()


def own_handles(prefix: str, doc: Doc) -> dict[str, str]:
    """The handles that no two records share, with their field: identifiers, an address (but see may_share), a metric's
    name.
    """
    fields = {"spk": "identifiers", "src": "url", "met": "name"}
    found = sorted(handle for handle in handles_of(prefix, doc) if not handle.startswith("doc\x1f"))
    return {handle: fields[prefix] for handle in found if "\x1f" in handle or prefix == "met"}


def may_share(prefix: str, one: Doc, other: Doc) -> bool:
    """Whether two records may share what is one's own otherwise: an address, where both have keys of their own."""
    return prefix == "src" and has_own_key(one) and has_own_key(other)


def find_handles(connection: Connection, prefix: str, handles: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Which current records go by handles: (handle, number in the id)."""
    marked = [handle for handle in handles if "\x1f" in handle]
    names = [handle for handle in handles if "\x1f" not in handle]
    match prefix:
        case "spk":
            name = tables.SpeakerName
            yield from _found(connection, (name.folded, name.speaker_id), name.until, names)
            yield from _by_identifier(connection, marked)
        case "src":
            source = tables.Source
            yield from _found(connection, (source.fingerprint, source.id), source.until, names)
            for kind, column in (("url", source.address), ("doc", source.document)):
                values = [handle.partition("\x1f")[2] for handle in marked if handle.startswith(kind)]
                found = _found(connection, (column, source.id), source.until, values)
                yield from ((f"{kind}\x1f{value}", number) for value, number in found)
        case _:
            metric = tables.Metric
            yield from _found(connection, (metric.folded, metric.id), metric.until, names)


def _found(
    connection: Connection, columns: tuple[Any, Any], until: Any, values: list[str]
) -> Iterator[tuple[str, int]]:
    for some in chunks(values):
        found = select(*columns).where(columns[0].in_(some), until.is_(None))
        yield from ((value, number) for value, number in connection.execute(found))


def _by_identifier(connection: Connection, handles: list[str]) -> Iterator[tuple[str, int]]:
    known, asked = tables.SpeakerIdentifier, set(handles)
    for some in chunks(handles):
        values = [handle.partition("\x1f")[2] for handle in some]
        found = select(known.scheme, known.value, known.speaker_id).where(
            known.value.in_(values), known.until.is_(None)
        )
        for scheme, value, number in connection.execute(found):
            if f"{scheme}\x1f{value}" in asked:
                yield f"{scheme}\x1f{value}", number


def fingerprint(fields: Doc) -> str:
    """The identity of a source without an address: title, publisher and date of publication, folded."""
    published = (fields.get("published_on") or {}).get("edtf") or ""
    parts = (fields.get("title") or "", fields.get("publisher") or "", published)
    return hashlib.sha256("\x1f".join(folded(part) if part else "" for part in parts).encode()).hexdigest()
