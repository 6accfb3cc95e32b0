"""Look up all references of a batch of claims at once. The resolver finds the same one by one, only slower."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.record.identifiers import pairs_of
from app.domain.record.keys import slug
from app.domain.record.records_in import is_bare_name
from app.store.records.document import Doc, references
from app.store.records.identity import addresses_of, fingerprint, name_handle
from app.store.records.kinds import SHOWN_ONLY_INSIDE
from app.store.records.names import folded
from app.store.records.source_identity import wanted_source_key
from app.store.write.links import references_of
from app.store.write.resolver import PREFIXES, Resolver
from app.store.write.stored_records import Shelf


def prefetch(resolver: Resolver, claims: Iterable[tuple[Doc, list[str]]]) -> None:
    """Hold the records that claims' documents refer to, as they are given, and what is taken of the keys they want.

    Beside each document its encoded_references: what several claims say alike is looked at once.
    """
    ids: set[str] = set()
    unknown: dict[str, dict[str | int, Doc]] = {prefix: {} for prefix in ("src", "spk", "met")}
    named: list[tuple[Doc, list[Doc]]] = []  # first sources, and speakers by names, which may belong to them
    for doc, encoded in claims:
        speakers: list[Doc] = []
        for (what, _, holder, name), said in zip(references_of(doc), encoded, strict=True):
            if known := resolver.referred(what, said):
                ids.add(known)
                continue
            prefix, reference = PREFIXES[what], holder[name]
            unknown[prefix][said or id(holder)] = reference
            if prefix == "spk" and reference.get("name"):
                speakers.append(reference)
        if speakers:
            named.append((doc["citations"][0]["source"], speakers))
    for shelf, _ in resolver.shelves():
        hold(shelf, list(unknown[shelf.prefix].values()), {one for one in ids if one.startswith(shelf.prefix)})
        if shelf is resolver.sources:
            _hold_inside(resolver, named)


def _hold_inside(resolver: Resolver, named: Iterable[tuple[Doc, list[Doc]]]) -> None:
    """Hold the speakers that belong to sources, which are held and stand beside references to speakers by name; and
    what is taken of the keys that new ones want.
    """
    handles: dict[str, None] = {}
    keys: dict[str, None] = {}
    for source, speakers in named:
        for home in _homes(resolver, source):
            handles |= dict.fromkeys(name_handle(one["name"], home) for one in speakers)
        inside = [slug(one["name"]) for one in speakers if one.get("kind") in SHOWN_ONLY_INSIDE]
        if inside:
            home = source.get("key") or wanted_source_key(source)
            keys |= dict.fromkeys(f"{home}/{words}" for words in inside)
    resolver.speakers.hold(set(), handles)
    resolver.revision.find_keys("spk", sorted(keys))


def _homes(resolver: Resolver, source: Doc) -> list[str]:
    """The ids of the source that a reference may mean, and of those that were merged into it."""
    if key := source.get("key"):
        alike = [resolver.revision.id_of("src", key)]
    elif record_id := source.get("id"):
        alike = [record_id]
    else:
        alike = [*resolver.sources.named(*_handles("src", source))]
    return [home for one in alike if one for home in resolver.merges.parts_of(resolver.merges.survivor(one))]


def prefetch_shown(resolver: Resolver, docs: Iterable[Doc]) -> None:
    """Hold the records that claims' documents refer to by id."""
    ids = {resolver.merges.survivor(one) for doc in docs for one in references(doc)}
    for shelf, _ in resolver.shelves():
        shelf.hold({one for one in ids if one.startswith(shelf.prefix)}, ())


def hold(shelf: Shelf, references: list[Doc], known: Iterable[str] = ()) -> None:
    """Hold the records of one type that references or definitions name, and those of known ids."""
    keys = [reference["key"] for reference in references if reference.get("key")]
    shelf.revision.find_keys(shelf.prefix, keys)
    ids = {shelf.revision.id_of(shelf.prefix, key) for key in keys}
    ids |= {reference.get("id") for reference in references if not reference.get("key")}
    handles = [_handles(shelf.prefix, reference) for reference in references]
    shelf.hold({one for one in (*ids, *known) if one}, {handle: None for own in handles for handle in own})
    wanted: list[str] = []
    for reference, own in zip(references, handles, strict=True):
        if not (reference.get("key") or reference.get("id") or any(map(shelf.named, own))):
            wanted += _wanted_keys(shelf.prefix, reference)
        elif shelf.prefix == "met" and is_bare_name(reference):
            wanted.append(reference["name"])  # which is refused where it is another's key
    shelf.revision.find_keys(shelf.prefix, wanted)


def _handles(prefix: str, reference: Doc) -> set[str]:
    """The handles of a reference, besides id and key, and the source that a speaker may belong to."""
    match prefix:
        case "src":
            return addresses_of(reference.get("url")) | ({fingerprint(reference)} if reference.get("title") else set())
        case "spk":
            names = [name for name in (reference.get("name"), *(reference.get("aliases") or ())) if name]
            return {"\x1f".join(pair) for pair in pairs_of(reference.get("identifiers"))} | set(map(folded, names))
    return {folded(reference["name"])} if reference.get("name") else set()


def _wanted_keys(prefix: str, reference: Doc) -> list[str]:
    """The keys that a new record may want, and its name, which may be another's key."""
    if prefix == "src":
        return [key for key in (wanted_source_key(reference), reference.get("title")) if key]
    name: str | None = reference.get("name")
    return [key for key in (slug(name), name) if key] if name else []
