"""Names and identifiers → speakers: which of those that are stored or made a reference means.

An identifier decides over a name, and a key over both.
"""

from __future__ import annotations

from app.domain.record.identifiers import pairs_of, telling_apart, values_of
from app.domain.record.records_in import parse_id
from app.store.history.revision import Revision
from app.store.index.writing import IndexWriter
from app.store.records.document import Doc
from app.store.records.identity import name_handle
from app.store.records.kinds import SHOWN_ONLY_INSIDE
from app.store.records.names import folded
from app.store.write.references import References, bad, goes_by

PERSONS = ("person", "unnamed")  # kinds that are no organization


class SpeakerFinding(References):
    """Finds the speakers that references mean, within one revision."""

    def __init__(self, revision: Revision, index: IndexWriter) -> None:
        super().__init__(revision, index)
        # New speakers of no stated kind and no key of their own: the source that names them, None where several do.
        self._homes: dict[str, str | None] = {}

    def _find_speaker(self, given: Doc, scope: str | None, organization: bool = False) -> str | None:
        found = self._by_id_or_key(self.speakers, given)
        if found:
            return found
        identified = self._find_by_identifier(given)
        if given.get("name") is None or given.get("key") is not None:
            return identified
        named = self._named(given["name"], given.get("kind"), scope, organization)
        if identified is None:
            return self._only(named, f"the name {given['name']}", given["name"]) if named else None
        self._require_one(identified, given, named)
        return identified

    def _held_in_itself(self, given: Doc, fields: Doc, scope: str | None) -> str | None:
        """The speaker that a tenure of its own has just made, as the organization that it is held in."""
        return self._find_speaker(given, scope) if fields.get("tenures") else None

    def _find_by_identifier(self, given: Doc) -> str | None:
        """The speaker that has one of the identifiers; None where they are new. A key that is new is another's."""
        found = {pair: self.speakers.named("\x1f".join(pair)) for pair in pairs_of(given.get("identifiers"))}
        matches = {one: pair for pair, some in found.items() for one in some}
        if not matches:
            return None
        if given.get("key") is not None:
            one, pair = next(iter(matches.items()))
            raise bad(f"{':'.join(pair)} is of {self._told(one)} already", "duplicate", "identifiers")
        if len({self.merges.survivor(one) for one in matches}) > 1:
            told = ", ".join(f"{':'.join(pair)} is of {self._told(one)}" for one, pair in matches.items())
            raise bad(f"{told}: correct the one that is wrong, or merge them", "contradiction", "identifiers")
        first = next(iter(matches.values()))
        found_id = self._only(list(matches), f"the identifier {':'.join(first)}", given.get("name"))
        self._require_no_other(found_id, matches[found_id], given["identifiers"])
        return found_id

    def _require_no_other(self, found: str, pair: tuple[str, str], identifiers: Doc) -> None:
        """Raise BadRecord where a speaker has one of the identifiers, and another in place of the rest."""
        known = self.records[self.merges.survivor(found)]["identifiers"]
        for scheme in telling_apart(known, identifiers)[:1]:
            own, other = (f"{scheme}:{' or '.join(values_of(one, scheme))}" for one in (known, identifiers))
            told = f"{':'.join(pair)} is of {self._told(found)}, which is {own}, not {other}"
            raise bad(f"{told}: correct the one that is wrong", "contradiction", "identifiers")

    def _require_one(self, identified: str, given: Doc, named: list[str]) -> None:
        """Raise BadRecord where an identifier means one speaker, and the name another."""
        own, name = self.merges.survivor(identified), given["name"]
        others = [one for one in named if self.merges.survivor(one) != own]
        if not others or goes_by(self.last(identified), name) or goes_by(self.records[own], name):
            return
        pair = next(pair for pair in pairs_of(given["identifiers"]) if identified in self._by_pair(pair))
        told = f"{':'.join(pair)} is of {self._told(identified)}, the name {name} of {self._told(others[0])}"
        raise bad(f"{told}: give the key of the one that is meant, or merge them", "contradiction", "name")

    def _by_pair(self, pair: tuple[str, str]) -> list[str]:
        return self.speakers.named("\x1f".join(pair))

    def _named(self, name: str, kind: str | None, scope: str | None, organization: bool) -> list[str]:
        """The speakers that a name can mean in a source: groups and unnamed ones of that source, all others of any."""
        inside = kind in SHOWN_ONLY_INSIDE
        named = {one: self.last(one) for one in self._by_name(name, scope)}
        matches = [one for one, doc in named.items() if self._belongs(doc, scope, inside)]
        if organization:
            matches = [one for one in matches if named[one]["kind"] not in PERSONS]
        if len(matches) < 2:
            return matches
        if kind is not None:
            return [one for one in matches if named[one]["kind"] == kind] or matches
        own = [one for one in matches if named[one]["kind"] in SHOWN_ONLY_INSIDE]
        others = [one for one in matches if one not in own]
        # A source's own group goes before whom other sources name so without saying what that is; and before who is
        # newer: when the group was the only one of the name, it was meant.
        gives_way = all(named[one]["kind"] is None or all(_number(one) > _number(it) for it in own) for one in others)
        return own if own and gives_way else matches

    def _by_name(self, name: str, scope: str | None) -> list[str]:
        """The speakers that go by a name: of groups and unnamed ones those of one source."""
        if scope and self.sources.is_unwritten(scope):
            self.speakers.note_new(name_handle(name, scope))
        homes = self.merges.parts_of(scope) if scope else [""]
        return self.speakers.named(folded(name), *(name_handle(name, home) for home in homes))

    def _belongs(self, doc: Doc, scope: str | None, inside: bool) -> bool:
        """Whether a speaker can be meant by its name in a source: groups and unnamed ones only in their own. One of no
        stated kind yet may be one of them, if no other source has named it.
        """
        if doc["kind"] in SHOWN_ONLY_INSIDE:
            return (doc["source"] and self.merges.survivor(doc["source"])) == scope
        return not inside or (doc["kind"] is None and scope is not None and self._homes.get(doc["id"]) == scope)


def _number(speaker_id: str) -> int:
    return parse_id(speaker_id, "spk") or 0
