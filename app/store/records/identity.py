"""Handles of speakers, sources and metrics besides id and key: names, identifiers, addresses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import Connection

from app.domain.record.identifiers import pairs_of
from app.domain.text.text_cache import text_cache
from app.store.database.fetching import fetch_rows
from app.store.records.document import Doc
from app.store.records.kinds import INSIDE_IN_SQL, SHOWN_ONLY_INSIDE
from app.store.records.names import folded
from app.store.records.source_identity import address_of, document_of, has_own_key

_HOME: Final = "\x1e"  # between the name of a speaker that belongs to a source, and the source


def handles_of(prefix: str, doc: Doc) -> set[str]:
    """The handles of a record besides id and key: folded names, identifiers, address, fingerprint.

    Groups and unnamed speakers go by their names within their source: thousands may have one name.
    """
    if not doc:
        return set()
    match prefix:
        case "spk":
            identifiers = {"\x1f".join(pair) for pair in pairs_of(doc["identifiers"])}
            names = (doc["name"], *doc["aliases"])
            if doc["kind"] in SHOWN_ONLY_INSIDE:
                return identifiers | {name_handle(name, doc["source"]) for name in names}
            return identifiers | set(map(folded, names))
        case "src":
            return addresses_of(doc["url"]) | ({fingerprint(doc)} if doc["title"] else set())
        case _:
            return {folded(doc["name"])}


def name_handle(name: str, home: str | None) -> str:
    """The handle of a group or an unnamed speaker in a source. home: the source's id; none or empty for no source."""
    return f"{folded(name)}{_HOME}{home or ''}"


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
            yield from _by_name(connection, names)
            yield from _by_identifier(connection, marked)
        case "src":
            yield from _found(connection, "sources", "id", "fingerprint", names)
            for kind, column in (("url", "address"), ("doc", "document")):
                values = [handle.partition("\x1f")[2] for handle in marked if handle.startswith(kind)]
                found = _found(connection, "sources", "id", column, values)
                yield from ((f"{kind}\x1f{value}", number) for value, number in found)
        case _:
            yield from _found(connection, "metrics", "id", "folded", names)


def _found(connection: Connection, table: str, own: str, column: str, values: list[str]) -> Iterator[tuple[str, int]]:
    """Which current rows have values in a column: (value, number in the id)."""
    statement = f"SELECT {column}, {own} FROM {table} WHERE until IS NULL AND {column} IN ??"  # noqa: S608  # our own names
    yield from fetch_rows(connection, statement, values) if values else ()


def _by_name(connection: Connection, handles: list[str]) -> Iterator[tuple[str, int]]:
    asked = set(handles)
    names = {handle.partition(_HOME)[0] for handle in handles}
    homes = {int(home[4:]) for handle in handles if (home := handle.partition(_HOME)[2])}
    for name, number, kind, home in fetch_rows(connection, _WITH_NAMES, list(names), list(homes)) if names else ():
        inside = f"{_HOME}{f'src_{home}' if home else ''}"
        handle = f"{name}{inside}" if kind in SHOWN_ONLY_INSIDE else name
        if handle in asked:
            yield handle, number


def _by_identifier(connection: Connection, handles: list[str]) -> Iterator[tuple[str, int]]:
    asked = set(handles)
    values = [handle.partition("\x1f")[2] for handle in handles]
    for scheme, value, number in fetch_rows(connection, _WITH_VALUES, values) if values else ():
        if f"{scheme}\x1f{value}" in asked:
            yield f"{scheme}\x1f{value}", number


_WITH_NAMES: Final = (
    "SELECT folded, speaker_id, kind, source_id FROM speaker_names"  # noqa: S608  # a constant
    " JOIN speakers ON speakers.id = speaker_id AND speakers.until IS NULL"
    f" WHERE speaker_names.until IS NULL AND folded IN ?? AND (kind IS NULL OR kind NOT IN {INSIDE_IN_SQL}"
    " OR source_id IS NULL OR source_id IN ??)"
)
_WITH_VALUES: Final = "SELECT scheme, value, speaker_id FROM speaker_identifiers WHERE until IS NULL AND value IN ??"


def fingerprint(fields: Doc) -> str:
    """The identity of a source without an address: title, publisher and date of publication, folded."""
    published = (fields.get("published_on") or {}).get("edtf") or ""
    return _fingerprint(fields.get("title") or "", fields.get("publisher") or "", published)


@text_cache(1 << 12, longest=500)
def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(folded(part) if part else "" for part in parts).encode()).hexdigest()
