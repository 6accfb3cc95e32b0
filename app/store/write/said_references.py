"""The records that stored versions name, as own edits named them: before merges led on to others, or undos back.

A rendering follows a merge, and says nothing of its own; nor does an edit of other fields. An undo brings back the
version before what it undoes, with what that named.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from sqlalchemy import Connection

from app.domain.record.records_in import parse_id
from app.store.database.bulk_insert import chunks
from app.store.database.fetching import fetch_rows
from app.store.history.revision import Revision
from app.store.records.document import Doc, decode, encode
from app.store.write.links import references_of
from app.store.write.merges import Merges

RELATION: Final = "relation"
_VERSIONS: Final = {
    "clm": "SELECT id, since, until, version, doc FROM claims JOIN documents USING (number)"
    " WHERE id IN ?? ORDER BY id, since",
    "spk": "SELECT id, since, until, version, doc FROM speakers WHERE id IN ?? ORDER BY id, since",
}
_UNDOS: Final = "SELECT number, undoes FROM revisions WHERE undoes IS NOT NULL"
_MERGES: Final = "SELECT id, since, until, into_id FROM merges WHERE type = 'clm'"


class Said(NamedTuple):
    """A record as it was named, and the revision that named it."""

    id: str
    since: int


@dataclass
class Slot:
    """A reference of a document. what: to what; of a relation with its type. said: which record is meant; several where
    relations to claims that were merged became one.
    """

    what: str
    holder: Doc
    name: str
    place: int = 0  # in its list
    said: list[Said] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of the record that the document names."""
        value = self.holder[self.name]
        return str(value["id"] if isinstance(value, dict) else value)

    @cached_property
    def text(self) -> str:
        """The element of a list that holds it, encoded; else nothing."""
        return "" if "id" in self.holder else encode(self.holder)


@dataclass
class Version:
    """A stored version: what it names."""

    since: int
    until: int | None
    version: int
    slots: list[Slot]
    dropped: list[tuple[str, Said]] = field(default_factory=list)  # relations that became ones to the claim itself


class SaidReferences:
    """Leads documents of stored versions to what they name, by the merges that are in force."""

    def __init__(self, revision: Revision, merges: Merges) -> None:
        self._revision = revision
        self._connection: Connection = revision.connection
        self._merges = merges
        self._undos: dict[int, int] = dict(fetch_rows(self._connection, _UNDOS)) if revision.merges else {}
        self._parts: dict[str, list[tuple[int, int | None, str]]] = {}
        for number, since, until, into in fetch_rows(self._connection, _MERGES) if revision.merges else ():
            self._parts.setdefault(f"clm_{number}", []).append((since, until, f"clm_{into}"))

    def lead(self, docs: Iterable[Doc]) -> dict[str, list[Version]]:
        """Put the records in place that stored versions, of claims or speakers, mean; the versions of each
        record up to the one that is given, by id. Each is given once.
        """
        given = {doc["id"]: doc for doc in docs}
        told: dict[str, list[Version]] = {}
        for prefix in _VERSIONS if self._revision.merges else ():
            numbers = [number for one in given if (number := parse_id(one, prefix))]
            for some in chunks(numbers):
                for record_id, versions in self._read(prefix, some):
                    doc = given[record_id]
                    told[record_id] = [one for one in versions if one.since <= doc["revision"]]
                    self._put(doc, told[record_id][-1])
        return told

    def _put(self, doc: Doc, version: Version) -> None:
        survivor = self._merges.survivor
        slots = list(slots_of(doc))
        for slot, stored in zip(slots, version.slots, strict=True):
            if not slot.what.startswith(RELATION):
                now = survivor(stored.said[0].id)
                slot.holder[slot.name] = {"id": now} if isinstance(slot.holder[slot.name], dict) else now
        if "relations" in doc:
            pairs = [(slot.holder["type"], one) for slot in version.slots if _is_relation(slot) for one in slot.said]
            named = {(kind, survivor(said.id)): None for kind, said in (*pairs, *version.dropped)}
            key_of = self._revision.key_of_claim
            whole = [{"type": kind, "claim": one, "key": key_of(one)} for kind, one in named if one != doc["id"]]
            doc["relations"] = [*whole, *(one for one in doc["relations"] if one["key"] is None)]

    def _read(self, prefix: str, numbers: list[int]) -> Iterator[tuple[str, list[Version]]]:
        found: dict[str, list[Version]] = {}
        for number, since, until, version, text in fetch_rows(self._connection, _VERSIONS[prefix], numbers):
            record_id = f"{prefix}_{number}"
            versions = found.setdefault(record_id, [])
            versions.append(Version(since, until, version, list(slots_of(decode(text)))))
            self._follow(record_id, versions)
        yield from found.items()

    def _follow(self, record_id: str, versions: list[Version]) -> None:
        """Say of the last version what it names, by the ones before."""
        *earlier, new = versions
        before = earlier[-1] if earlier and earlier[-1].until == new.since else None
        if undone := self._undone(earlier, new, before):
            self._carry(record_id, undone, new)
        elif before and before.version == new.version:
            self._carry(record_id, before, new)
        elif before:
            _carry_same(before, new)
        for slot in new.slots:
            slot.said = slot.said or [Said(slot.id, new.since)]

    def _undone(self, earlier: list[Version], new: Version, before: Version | None) -> Version | None:
        """The version that an undo brought back, or None."""
        undoes = self._undos.get(new.since)
        if undoes is None or (before and before.version == new.version):
            return None
        return next((one for one in earlier if one.until == undoes), None)

    def _carry(self, record_id: str, old: Version, new: Version) -> None:
        """Of versions with the same content, where merges, or the undos of these, led elsewhere."""
        for what in {slot.what for slot in new.slots if not _is_relation(slot)}:
            before, after = ([slot for slot in one.slots if slot.what == what] for one in (old, new))
            if len(before) == len(after):
                for was, now in zip(before, after, strict=True):
                    now.said = list(was.said)
        pairs = [(slot.holder["type"], said) for slot in old.slots if _is_relation(slot) for said in slot.said]
        for kind, said in (*pairs, *old.dropped):
            into = self._led_to(said.id, new.since)
            if into == record_id:
                new.dropped.append((kind, said))
            for slot in new.slots:
                if _is_relation(slot) and (slot.holder["type"], slot.id) == (kind, into):
                    slot.said.append(said)

    def _led_to(self, claim_id: str, revision: int) -> str:
        """The claim that one was part of as of a revision, or itself."""
        rows = self._parts.get(claim_id, ())
        return next(
            (into for since, until, into in rows if since <= revision and (until is None or until > revision)), claim_id
        )


def _carry_same(old: Version, new: Version) -> None:
    """Of an own edit: what it names as before was not set by it, in whatever order lists are."""
    new.dropped = list(old.dropped)
    left = list(old.slots)
    for likeness in _LIKENESSES:
        free: dict[tuple[object, ...], deque[Slot]] = {}
        for was in left:
            free.setdefault(likeness(was), deque()).append(was)
        for slot in (one for one in new.slots if not one.said):
            if found := free.get(likeness(slot)):
                slot.said = list(found.popleft().said)
        left = [was for some in free.values() for was in some]


_LIKENESSES: Final[tuple[Callable[[Slot], tuple[object, ...]], ...]] = (  # the closest first
    lambda slot: (slot.what, slot.id, slot.place, slot.text),
    lambda slot: (slot.what, slot.id, slot.text),
    lambda slot: (slot.what, slot.id, slot.place),
    lambda slot: (slot.what, slot.id),
)


def staying(versions: list[Version], merged: dict[str, str], number: int) -> str | None:
    """Why a record stays with the survivor of a merge that is undone: which of its references were set anew after that,
    and by what revision; None where none was. merged: the survivors, by the ids of what was merged into them. number:
    the merge's revision.
    """

    def counted(slots: Iterable[Slot]) -> Counter[str]:
        return Counter(slot.what for slot in slots for one in slot.said if one.id in merged)

    before = [one for one in versions if one.since < number]
    lost = counted(before[-1].slots if before else ()) - counted(versions[-1].slots)
    kept = (slot for slot in versions[-1].slots if slot.what in lost and slot.id in merged.values())
    anew = {slot.what: one.since for slot in kept for one in slot.said if one.since > number}
    return "; ".join(f"its {what} was set anew by revision {since}" for what, since in anew.items()) or None


def slots_of(doc: Doc) -> Iterator[Slot]:
    """The own references of a claim, or of a speaker."""
    if doc["id"].startswith("spk"):
        for n, tenure in enumerate(doc["tenures"]):
            if tenure["organization"]:
                yield Slot("organization", tenure, "organization", n)
        if doc["source"]:
            yield Slot("source", doc, "source")
        return
    for what, path, holder, name in references_of(doc):
        if holder.get("basis") != "tenure":
            place = path[1] if len(path) > 2 else 0
            yield Slot("source of the retraction" if path[0] == "retraction" else what, holder, name, int(place))
    for n, relation in enumerate(doc["relations"]):
        if relation["key"] is not None:
            yield Slot(f"{RELATION} {relation['type']}", relation, "claim", n)


def _is_relation(slot: Slot) -> bool:
    return slot.what.startswith(RELATION)
