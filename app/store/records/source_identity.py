"""The identity of a source: its address, the document that stands there, and whether its key is its own."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache

from app.domain.record.addresses import may_be_address, normal_address, same_document
from app.domain.record.keys import slug
from app.domain.text.text_cache import text_cache
from app.errors import BadValue
from app.store.records.document import Doc
from app.store.records.names import sha256_of

_NUMBERED = re.compile(r"-[0-9]+")  # behind a derived key that was taken


LONGEST = 2000  # bytes of an address in an index, which takes 2,704 in PostgreSQL; percent-encoding makes three of one


def is_address(url: str) -> bool:
    """Whether a text is an address by today's rules."""
    try:
        return bool(normal_address(url))
    except BadValue:
        return False


@text_cache(1 << 12, longest=500)  # a new source is looked at several times in a row
def address_of(url: str | None) -> str | None:
    """An address as it is compared: its digest where that is long. One that an earlier release took, and that is none,
    is itself.
    """
    return _indexed(normal_address, url)


@text_cache(1 << 12, longest=500)
def document_of(url: str | None) -> str | None:
    """The shared address of one document; see same_document."""
    return _indexed(same_document, url)


def _indexed(form: Callable[[str], str], url: str | None) -> str | None:
    try:
        found = form(url) if url and may_be_address(url) else url  # most keys are none, and a refusal takes long
    except BadValue:
        found = url
    return sha256_of(found) if found and len(found) > LONGEST else found


def wanted_source_key(given: Doc) -> str:
    """The key that a source without one has, unless it is taken: its address, else publisher, date and title."""
    url: str | None = given.get("url")
    if url:
        return url if len(url.encode()) <= 500 else sha256_of(url)
    date = (given.get("published_on") or {}).get("edtf") or ""
    parts = f"{given.get('publisher') or ''} {date} {given.get('title') or ''}"
    return slug(parts) or sha256_of(parts)


def has_own_key(source: Doc) -> bool:
    """Whether a source has a key that was given to it, and is not derived from its address (as exports print it)."""
    key, url = source["key"], source.get("url")
    if not url:
        return True
    bare = _NUMBERED.sub("", key[len(url) :]) == "" and key.startswith(url)
    return not bare and key not in (wanted_source_key(source), sha256_of(url)) and address_of(key) != address_of(url)


def is_key_given(source: Doc) -> bool:
    """Whether a source has a key that is derived neither from its address nor from what else it has."""
    return has_own_key(source) and source["key"] != wanted_source_key(source)


def count_documents(sources: Iterable[Doc]) -> int:
    """How many documents the sources are. Sources at addresses of one document are one; but where several have
    keys of their own and one address, such as the episodes on a programme's page, each is one.
    """
    each = _each(sources)
    if len({document for _, document, _, _ in each}) == len(each):  # as of most claims
        return len(each)
    return len(set(_documents(each).values()))


def documents_of(sources: Iterable[Doc]) -> dict[str, str]:
    """The document that each of some different sources is, by the ids of both: a document's is that of one of its
    sources. See count_documents.
    """
    return _documents(_each(sources))


_Each = tuple[str, str, str, bool]  # the id of a source, its document, its address, and whether its key is its own


def _each(sources: Iterable[Doc]) -> list[_Each]:
    found = [(source["id"], *_identity(source["key"], source["url"])) for source in sources]
    return [(record_id, document or record_id, address or "", is_own) for record_id, document, address, is_own in found]


def _documents(each: list[_Each]) -> dict[str, str]:
    groups: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
    for record_id, document, address, is_own in each:
        groups[document].append((record_id, address, is_own))
    return {source: document for group in groups.values() for source, document in _documents_in(group).items()}


def _documents_in(group: list[tuple[str, str, bool]]) -> dict[str, str]:
    """The document of each source of a group that may be one: at the address with most sources of keys of their own,
    each of these is one, and the first has all others.
    """
    counts = Counter(address for _, address, is_own in group if is_own)
    shared = max(counts, key=lambda address: counts[address]) if counts else ""
    apart = [source for source, address, is_own in group if is_own and address == shared]
    first = apart[0] if apart else group[0][0]
    return {source: source if source in apart else first for source, _, _ in group}


@lru_cache(maxsize=1 << 14)  # claims of an import share their sources
def _identity(key: str, url: str | None) -> tuple[str | None, str | None, bool]:
    """The document and the address of a source, and whether its key is its own."""
    return document_of(url), address_of(url), not url or has_own_key({"key": key, "url": url})
