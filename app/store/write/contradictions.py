"""Whether what a reference says of a record agrees with what is stored of it, and the words for where it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from app.domain.quantities.units import parse_unit
from app.domain.record.identifiers import telling_apart, values_of
from app.errors import shown_value
from app.store.history.doors import Door
from app.store.history.revision import Revision
from app.store.records.document import Doc
from app.store.records.kinds import NOUNS
from app.store.records.names import folded
from app.store.records.source_identity import address_of

_NAMING: Final = {  # fields by which a reference names a record, by the prefix of its id
    "spk": ("key", "id", "name"),
    "src": ("key", "id", "url", "title"),
    "met": ("key", "id", "name"),
}


def agrees(doc: Doc, name: str, value: Any, same_name: Callable[[Doc, str], bool]) -> bool:
    """Whether a field of a reference fits the record's document. same_name: whether a name is one of its own."""
    stored = doc[name]
    if stored in (None, [], {}):
        return True
    if name in ("name", "title"):
        return same_name(doc, value)
    if name == "unit":
        return parse_unit(value).dimension == parse_unit(stored).dimension
    if name in ("url", "archive_url"):
        return address_of(stored) == address_of(value)
    if name == "publisher":
        return folded(stored) == folded(value)
    if name.endswith("_on"):
        return bool(stored["edtf"] == value["edtf"])
    if isinstance(value, list):
        return all(item in stored for item in value)
    if isinstance(value, dict):
        return not telling_apart(stored, value)
    return bool(stored == value)


def contradiction(name: str, value: Any, doc: Doc, told: str, revision: Revision) -> str:
    """The words for a value of a field that is another than that of the record, and what to do. told: names it."""
    prefix, door = doc["id"][:3], revision.door
    others = [one for one in _NAMING[prefix] if one != name]
    named = f"{', '.join(others[:-1])} or {others[-1]}"
    meant = f"if that one is meant, {door.unset.format(name=name)}; if another is, do so with {named}"
    record_id = doc["id"] if revision.is_older(doc["id"]) else "…"
    return f"{_opposed(value, doc[name])} of {told}: {meant}; {_correction(name, prefix, record_id, door)}"


def _correction(name: str, prefix: str, record_id: str, door: Door) -> str:
    """How a record is corrected, which no claim does: by itself, or by a merge."""
    nouns = NOUNS[prefix]
    noun = nouns.removesuffix("s")
    words = {"nouns": nouns, "id": record_id, "section": noun if prefix == "src" else nouns}
    words["line"] = f'{{"type": "{noun}", "key": …, "{name}": …}}'
    merged = f"; if both are one {noun}, {door.merge.format(**words)}" if name in _NAMING[prefix] else ""
    return f"to correct that {noun} itself, {door.correct.format(**words)}{merged}"


def _opposed(value: Any, stored: Any) -> str:
    if isinstance(value, dict) and "edtf" not in value:  # identifiers: of the first scheme that differs
        scheme = telling_apart(stored, value)[0]
        value, stored = (f"{scheme}:{' or '.join(values_of(one, scheme))}" for one in (value, stored))
        return f"{value[:100]} contradicts {stored[:100]}"
    return f"{_plain(value)} contradicts {_plain(stored)}"


def _plain(value: Any) -> str:
    if isinstance(value, dict) and "edtf" in value:
        value = value["edtf"]
    return shown_value(value)
