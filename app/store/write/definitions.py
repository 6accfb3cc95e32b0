"""The lists that definitions gave speakers: names beside the usual one, identifiers, tenures.

Claims, other spellings and merges add to these lists. A definition takes away what the one before it gave, and it does
not; what others added stays. For that the lists of each speaker's last definition are kept beside the record, without
versions: they tell what a file said, and no answer shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from sqlalchemy import delete, insert, select

from app.domain.record.identifiers import Identifiers, joined, pairs_of, telling_apart
from app.domain.record.records_in import parse_id
from app.errors import Problem
from app.store.database.bulk_insert import chunks
from app.store.database.tables import SpeakerDefinition
from app.store.history.revision import Revision
from app.store.records.document import Doc, decode, encode
from app.store.write.gains import is_held

LISTS: Final[dict[str, Any]] = {"aliases": [], "identifiers": {}, "tenures": []}


class Definitions:
    """The lists of last definitions, as one revision has them.

    survivor: leads from a merged record to the one that it is part of. held: gives the ids of the speakers in memory,
    whose lists are read together.
    """

    def __init__(self, revision: Revision, survivor: Callable[[str], str], held: Callable[[], Iterable[str]]) -> None:
        self._revision = revision
        self._survivor = survivor
        self._held = held
        self._known: dict[str, Doc | None] = {}
        self._changed: set[str] = set()
        self.is_changed = False  # whether anything was written

    def lists_in(self, fields: Doc) -> Doc:
        """The lists among the fields of a definition; an empty one for null."""
        lists = {name: fields[name] or blank for name, blank in LISTS.items() if name in fields}
        return lists | {"tenures": self._by_id(lists["tenures"])} if "tenures" in lists else lists

    def is_told(self, speaker_id: str, name: str, lists: Doc) -> bool:
        """Whether the last definition gave the same list."""
        return name in lists and lists[name] == (self._of(speaker_id) or {}).get(name)

    def note(self, speaker_id: str, lists: Doc, *, is_new: bool = False) -> None:
        """Keep the lists that a definition gives a speaker. is_new: whether this revision made it."""
        before = {} if is_new else self._of(speaker_id) or {}
        if is_new or any(before.get(name) != given for name, given in lists.items()):
            self._known[speaker_id] = before | lists
            self._changed |= {speaker_id} if lists else set()

    def whole(self, speaker_id: str, doc: Doc, fields: Doc, name: str | None) -> Doc:
        """The lists of a definition's fields, and behind them what the speaker's document has in them of others.

        A scheme that no definition named before is decided by this one, unless the values have one in common. Of a
        tenure that both have, the definition's own stands. name: the usual one by this definition, which is no alias.
        """
        own: Doc | None = self._of(speaker_id)
        given: Doc = {one: fields[one] or blank for one, blank in LISTS.items() if one in fields}
        if own is None:  # tenures come from definitions, but for a few
            self._known[speaker_id] = {"tenures": self._by_id(doc["tenures"])}
        others = self._of_others(doc, given, self._of(speaker_id) or {}, name)
        if own is None:
            self._tell_kept(doc, others)
        whole: Doc = {one: [*given[one], *others[one]] for one in ("aliases", "tenures") if one in given}
        if "identifiers" in given:
            whole["identifiers"] = joined([*pairs_of(given["identifiers"]), *others["identifiers"]])
        return whole

    def _of_others(self, doc: Doc, given: Doc, own: Doc, name: str | None) -> Doc:
        """The parts of a speaker's lists that no definition gave, of those that this one gives. own: the last ones."""
        found: Doc = {}
        if "aliases" in given:
            names = {*given["aliases"], *own.get("aliases", ()), name}
            found["aliases"] = [one for one in doc["aliases"] if one not in names]
        if "identifiers" in given:
            found["identifiers"] = list(
                _other_pairs(doc["identifiers"], given["identifiers"], own.get("identifiers", {}))
            )
        if "tenures" in given:
            before = own.get("tenures", [])
            others = (
                one
                for one, named in zip(doc["tenures"], self._by_id(doc["tenures"]), strict=True)
                if named not in before
            )
            found["tenures"] = [one for one in others if not is_held(one, given["tenures"])]
        return found

    def _tell_kept(self, doc: Doc, others: Doc) -> None:
        """Warn of what stays, for nothing tells who gave it: the next definition that leaves it out takes it away."""
        kept = [*others.get("aliases", ()), *(":".join(pair) for pair in others.get("identifiers", ()))]
        if kept:
            named = f"{self._revision.told(doc['id'], doc['key'])} keeps {', '.join(map(repr, kept))}"
            told = "it is not in the definition, but an earlier release did not keep who gave it"
            right = "to take it away, give it in the definition once and leave it out then"
            self._revision.warn(Problem((), "kept", f"{named}: {told}; {right}"))

    def flush(self) -> None:
        """Write the lists that changed."""
        kept = SpeakerDefinition
        rows = [{"speaker_id": parse_id(one, "spk"), "given": encode(self._known[one])} for one in self._changed]
        for some in chunks(rows):
            gone = delete(kept).where(kept.speaker_id.in_([row["speaker_id"] for row in some]))
            self._revision.connection.execute(gone)
            self._revision.connection.execute(insert(kept), some)
        self.is_changed = self.is_changed or bool(rows)
        self._changed = set()

    def forget(self) -> None:
        """Let go of what is written."""
        self._known = {one: self._known[one] for one in self._changed}

    def _of(self, speaker_id: str) -> Doc | None:
        """The lists of a speaker, each as the last definition had it that gave one.

        None where an earlier release stored the speaker, and nothing tells them.
        """
        if speaker_id not in self._known:
            self._read({speaker_id, *self._held()} - self._known.keys())
        lists = self._known[speaker_id]
        return lists | {"tenures": self._by_id(lists["tenures"])} if lists and "tenures" in lists else lists

    def _by_id(self, tenures: list[Doc]) -> list[Doc]:
        """Tenures with their organizations by the ids of survivors alone."""
        ids = [one["organization"] and one["organization"]["id"] for one in tenures]
        return [
            one | {"organization": number and {"id": self._survivor(number)}}
            for one, number in zip(tenures, ids, strict=True)
        ]

    def _read(self, ids: set[str]) -> None:
        self._known |= {one: {} for one in ids}
        kept = SpeakerDefinition
        for some in chunks(sorted(parse_id(one, "spk") or 0 for one in ids)):
            found = select(kept.speaker_id, kept.given).where(kept.speaker_id.in_(some))
            for number, given in self._revision.connection.execute(found):
                self._known[f"spk_{number}"] = None if given is None else decode(given)


def _other_pairs(known: Identifiers, given: Identifiers, own: Identifiers) -> Iterator[tuple[str, str]]:
    mine = {*pairs_of(given), *pairs_of(own)}
    for scheme, value in pairs_of(known):
        decided = scheme not in own and scheme in telling_apart(known, given)
        if (scheme, value) not in mine and not decided:
            yield scheme, value
