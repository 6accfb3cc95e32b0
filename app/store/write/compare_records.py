"""A speaker, source or metric before and after a revision: what changed, what it lost, what came back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from app.domain.record.identifiers import pairs_of, values_of
from app.store.records.document import Doc, encode
from app.store.records.fields import BLANK, GIVEN
from app.store.write import returning
from app.store.write.compare import changed_fields
from app.store.write.gains import is_held

EMPTY: Final[tuple[Any, ...]] = (None, [], {})
IDENTIFIERS: Final = "identifiers."  # before the name of a scheme
SHOWN: Final = 5  # things that a record loses, in one sentence


def said(prefix: str, doc: Doc) -> Doc:
    """The fields that definitions give, with organizations by key, and dates as they are written."""
    said = {name: doc[name] for name in GIVEN[prefix]}
    if prefix == "spk":
        said["tenures"] = [
            one
            | {"organization": one["organization"] and one["organization"]["key"]}
            | {end: _written(one[end]) for end in ("since", "until")}
            for one in doc["tenures"]
        ]
    return said


def _written(when: Doc | None) -> Doc | str | None:
    """A date as its EDTF alone, where that is all that a source says."""
    edtf: str | None = when["edtf"] if when and when["as_stated"] is None else None
    return edtf or when


def changed_in(prefix: str, old: Doc, new: Doc) -> Doc:
    """The fields in which two documents of a record differ: {field: [old, new]}."""
    before, after = said(prefix, old), said(prefix, new)
    return {
        name: [before[name], after[name]]
        for name in after
        if encode({name: before[name]}) != encode({name: after[name]})
    }


def changed_between(old: Doc, new: Doc) -> Doc:
    """The fields in which two documents of one claim, speaker, source or metric differ by what was sent."""
    prefix = new["id"][:3]
    return changed_fields(old, new) if prefix == "clm" else changed_in(prefix, old, new)


def came_back(old: Doc, new: Doc, earlier: Iterable[Doc]) -> Doc:
    """The changes of a record with which an earlier version returns, {field: [old, new]}; identifiers scheme by scheme
    (`identifiers.viaf`).
    """
    prefix = new["id"][:3]
    before, after = _parts(prefix, old), _parts(prefix, new)
    changes = {
        name: [before.get(name), after.get(name)]
        for name in dict.fromkeys((*after, *before))
        if encode(before.get(name)) != encode(after.get(name))
    }
    back = returning.came_back(changes, (_parts(prefix, doc) for doc in earlier))
    return {name: [_shown(name, value) for value in changes[name]] for name in back}


def _parts(prefix: str, doc: Doc) -> Doc:
    """The fields that definitions give, each scheme of identifiers by itself."""
    parts = said(prefix, doc)
    if prefix != "spk":
        return parts
    identifiers = parts.pop("identifiers")
    schemes = {f"{IDENTIFIERS}{scheme}": values_of(identifiers, scheme) for scheme in identifiers}
    return {name: parts[name] for name in ("name", "kind", "aliases")} | schemes | parts


def _shown(name: str, value: Any) -> Any:
    """A changed value as documents have it: one identifier of a scheme is no list."""
    return value[0] if value and len(value) == 1 and name.startswith(IDENTIFIERS) else value


def lost_in(prefix: str, old: Doc, new: Doc) -> Iterator[tuple[str, str]]:
    """The losses of a record: each field, and what it was."""
    special = {"spk": ("aliases", "identifiers", "tenures"), "met": ("name",)}.get(prefix, ())
    if prefix == "spk":
        names = {new["name"], *new["aliases"]}
        yield from _told("aliases", "name", (name for name in (old["name"], *old["aliases"]) if name not in names))
        pairs = set(pairs_of(new["identifiers"]))
        gone = (":".join(pair) for pair in pairs_of(old["identifiers"]) if pair not in pairs)
        yield from _told("identifiers", "identifier", gone)
        left = (one["title"] for one in old["tenures"] if not is_held(one, new["tenures"]))
        yield from _told("tenures", "tenure", left)
    if prefix == "met" and new["name"] != old["name"]:
        yield from _told("name", "name", [old["name"]])
    for name in BLANK[prefix]:
        if name in special or old[name] in EMPTY:
            continue
        if new[name] in EMPTY:
            yield name, f"its {name}, {encode(old[name])[:100]}"
        elif isinstance(old[name], list):
            yield from _told(name, f"{name.removesuffix('s')}", (one for one in old[name] if one not in new[name]))


def _told(field: str, noun: str, lost: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """The loss of some things, if any, as a part of a sentence."""
    some = list(lost)
    if some:
        named = ", ".join(repr(one)[:100] for one in some[:SHOWN])
        more = f" and {len(some) - SHOWN} more" if len(some) > SHOWN else ""
        yield field, f"the {noun}{'s' if len(some) > 1 else ''} {named}{more}"
