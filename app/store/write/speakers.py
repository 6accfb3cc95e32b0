"""Speakers that claims, roles and tenures refer to, and that files define: makes new ones, and changes them.

Printed names are kept: a new spelling becomes an alias, and is counted for the report.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from app.domain.record.identifiers import pairs_of
from app.domain.record.keys import slug
from app.domain.record.records_in import MAX_LIST, parse_id
from app.domain.text.tokenizer import plain_blanks
from app.errors import BadRecord, Problem, with_article
from app.store.database import tables
from app.store.database.bulk_insert import chunks
from app.store.history.revision import Revision
from app.store.index.writing import IndexWriter
from app.store.records.document import Doc
from app.store.records.fields import GIVEN
from app.store.records.kinds import SHOWN_ONLY_INSIDE
from app.store.records.names import folded, sha256_of
from app.store.write.definitions import Definitions
from app.store.write.finding_speakers import PERSONS, SpeakerFinding
from app.store.write.gains import belongs_elsewhere, with_gains
from app.store.write.newcomers import Newcomers
from app.store.write.references import bad, fields_of, goes_by

_PLAIN = tuple(name for name in GIVEN["spk"] if name not in ("tenures", "source"))  # need nothing but what is given
MOST_HOMES = 100_000  # new speakers whose one source is remembered


class SpeakerReferences(SpeakerFinding):
    """Finds or makes the speakers and organizations that claims refer to, within one revision."""

    def __init__(self, revision: Revision, index: IndexWriter) -> None:
        super().__init__(revision, index)
        self.newcomers = Newcomers(revision)
        self.definitions = Definitions(revision, self.merges.survivor, self.speakers.held)
        self.speakers.written = self.newcomers.note
        self._former: dict[str, str] = {}  # of speakers that definitions of this revision renamed
        self._assumed: set[str] = set()  # organizations in this revision that only their place tells of

    def define_speaker(self, given: Doc, scope: str | None = None) -> tuple[str, str]:
        """Make or change a speaker; its id, and `created`, `updated` or `unchanged`.

        A speaker found by name or identifier keeps its usual name.
        """
        found = self._find_speaker(given, scope)
        if into := self._merged(found):
            return into, "unchanged"
        fields = self._speaker_fields(given, scope)
        lists = self.definitions.lists_in(fields)
        if found is None and (found := self._held_in_itself(given, fields, scope)) is None:
            made = self._new_speaker(given, fields, scope)
            self.definitions.note(made, lists, is_new=True)
            return made, "created"
        is_known = given.get("key") or given.get("id")
        says_names = "aliases" in fields and not self.definitions.is_told(found, "aliases", lists)
        usual = fields.get("name") if is_known else None
        fields |= self.definitions.whole(found, self.records[found], fields, usual)
        fields |= self._home_of(found, fields.get("kind"), scope)
        if not is_known:
            fields |= self._usual_name(found, fields)
        elif not says_names:
            fields |= self._former_name(found, fields)
        did = self.speakers.define(found, self._with_parts(found, fields))
        self.definitions.note(found, lists)
        return found, did

    def _usual_name(self, found: str, fields: Doc) -> Doc:
        """The stored name in place of another, which is an alias."""
        known = self.records[found]
        aliases = fields.get("aliases", known["aliases"])
        return {"name": known["name"], "aliases": self._with_spelling(known | {"aliases": aliases}, fields.get("name"))}

    def _former_name(self, found: str, fields: Doc) -> Doc:
        """The aliases of a speaker that gets another name: the former one is among them, the new one is not."""
        known, name = self.records[found], fields.get("name")
        if name is None or name == known["name"]:
            return {}
        others = list(fields.get("aliases") or known["aliases"])
        renamed = known | {"name": name, "aliases": [one for one in others if one != name]}
        aliases = self._with_spelling(renamed, known["name"])
        if known["name"] in aliases:
            self._former[found] = known["name"]
        return {"aliases": aliases}

    def settle_former_names(self) -> None:
        """Once all is defined, take back former names that are others' names by now, as where names changed places."""
        self.revision.row = None
        for own, name in self._former.items():
            doc = self.records[own]
            named = (self.merges.survivor(one) for one in self._by_name(name, doc["source"]))
            others = [one for one in named if one != own and self._is_name_of(name, self.records[one], doc)]
            if others and name in doc["aliases"]:
                self.speakers.change(own, {"aliases": [one for one in doc["aliases"] if one != name]})
                self.spellings.drop_alias(own, name)
                told = f"{name!r} is no alias of {self._told(own)}: it is the name of {self._told(others[0])}"
                self.revision.warn(Problem((), "lost-spelling", told))

    def _is_name_of(self, name: str, doc: Doc, beside: Doc) -> bool:
        """Whether a name is the usual one of a speaker, in a place where it could mean another speaker too."""
        return folded(doc["name"]) == folded(name) and doc["source"] in (None, beside["source"])

    def _with_spelling(self, doc: Doc, name: str | None) -> list[str]:
        """The aliases of a speaker, and another spelling behind them."""
        aliases: list[str] = doc["aliases"]
        if name is None or _is_spelt(doc, name):
            return aliases
        if len(aliases) >= MAX_LIST:
            told = f"{name!r} is not kept: {self._told(doc['id'])} has {MAX_LIST} aliases"
            self.revision.warn(Problem((), "lost-spelling", told))
            return aliases
        self.spellings.add_alias(doc["id"], name)
        return [*aliases, name]

    def _with_parts(self, found: str, fields: Doc) -> Doc:
        """The fields that a definition gives, with what the speaker gained from those that were merged into it."""
        known = self.records[found] | {name: value for name, value in fields.items() if value is not None}
        for part in self.merges.parts_of(found)[1:]:
            last = self.last(part)
            tenures = [self._held_at(one, one["organization"] and one["organization"]["id"]) for one in last["tenures"]]
            known |= with_gains(known, last | {"tenures": tenures})
        return fields | {name: known[name] for name in ("aliases", "identifiers", "tenures") if name in fields}

    def speaker(self, given: Doc, scope: str | None) -> str:
        """The id of the speaker that a claim of the source `scope` names; made where it is new."""
        return self._refer(given, scope, organization=False)

    def organization(self, given: Doc, scope: str | None) -> str:
        """The id of the organization of a role or a tenure; made where it is new. Persons are none, and a speaker whose
        kind is not stated is an organization by this.
        """
        if given.get("kind") in PERSONS:
            raise bad(f"{with_article(given['kind'])} is no organization", "contradiction", "kind")
        return self._refer(given, scope, organization=True)

    def _refer(self, given: Doc, scope: str | None, organization: bool) -> str:
        found = self._find_speaker(given, scope, organization)
        into = found and self.merges.into(found)
        if found and into:
            self._take_place(into, organization)
            if not belongs_elsewhere(self.last(found), self.records[into]):
                self._keep_spelling(into, given.get("name"))
            return found
        fields = self._speaker_fields(given, scope)
        if found is None and (found := self._held_in_itself(given, fields, scope)) is None:
            kind = {"kind": "organization"} if organization and fields.get("kind") is None else {}
            made = self._new_speaker(given, fields | kind, scope)
            self._assumed |= {made} if kind else set()
            if not (kind or fields.get("kind") or given.get("key")) and len(self._homes) < MOST_HOMES:
                self._homes[made] = scope
            return made
        if self._homes.get(found, scope) != scope:
            self._homes[found] = None
        self._state_kind(found, fields.get("kind"), scope)
        self._take_place(found, organization and fields.get("kind") is None)
        self._fill(found, fields | self._home_of(found, fields.get("kind"), scope))
        return found

    def _fill(self, found: str, fields: Doc) -> None:
        """Fill blanks. A name that is not known contradicts, unless an identifier tells that it is the same speaker."""
        if fields == {"name": self.records[found]["name"]}:  # as of most references: there is nothing to fill
            return
        own = set(pairs_of(self.records[found]["identifiers"]))
        identified = not own.isdisjoint(pairs_of(fields.get("identifiers")))
        self._require_own(found, fields.get("identifiers"))
        self.speakers.fill(found, fields, lambda doc, name: identified or goes_by(doc, name))
        self._keep_spelling(found, fields.get("name"))

    def _require_own(self, found: str, identifiers: Doc | None) -> None:
        """Raise BadRecord where an identifier is another speaker's."""
        for pair in pairs_of(identifiers):
            others = [one for one in self._by_pair(pair) if self.merges.survivor(one) != found]
            if others:
                told = f"{':'.join(pair)} is of {self._told(others[0])} already, not of {self._told(found)}"
                raise bad(f"{told}: correct the one that is wrong, or merge them", "duplicate", "identifiers")

    def _keep_spelling(self, speaker_id: str, name: str | None) -> None:
        """Make another spelling of a speaker's name an alias."""
        doc = self.records[speaker_id]
        if name is None or name == doc["name"] or self.spellings.again(speaker_id, {"name": name}):
            return
        if (aliases := self._with_spelling(doc, name)) is not doc["aliases"]:
            self.speakers.change(speaker_id, {"aliases": aliases})

    def _take_place(self, speaker_id: str, organization: bool) -> None:
        """In the place of an organization there is no person, and who is of no stated kind is an organization."""
        kind = self.records[speaker_id]["kind"]
        if organization and kind in PERSONS:
            raise bad(f"{self._told(speaker_id)} is {with_article(kind)}, not an organization", "contradiction")
        if organization and kind is None:
            self.speakers.change(speaker_id, {"kind": "organization"})
            self._assumed.add(speaker_id)

    def _state_kind(self, found: str, kind: str | None, scope: str | None) -> None:
        """A kind that in this revision only a place told of gives way to a stated one. An organization is no person."""
        if kind is None or found not in self._assumed or kind in PERSONS:
            return
        self._assumed.discard(found)
        self.speakers.change(found, {"kind": kind} | ({"source": scope} if kind in SHOWN_ONLY_INSIDE else {}))

    def _home_of(self, found: str, kind: str | None, scope: str | None) -> Doc:
        """Where a speaker belongs that is a group or unnamed by what is stated now."""
        return {"source": scope} if scope and kind in SHOWN_ONLY_INSIDE and self.records[found]["kind"] is None else {}

    # Making

    def _new_speaker(self, given: Doc, fields: Doc, scope: str | None) -> str:
        if given.get("name") is None:
            known = given.get("key") or ", ".join(map(":".join, pairs_of(given.get("identifiers"))))
            raise bad(f"there is no speaker {known}, and no name to make one with", "unknown-speaker")
        fields = {name: value for name, value in fields.items() if value is not None}
        home = scope if fields.get("kind") in SHOWN_ONLY_INSIDE else None
        key = given.get("key") or self._speaker_key(given["name"], home, fields | {"source": home})
        return self._add(self.speakers, key, fields | {"source": home}, given)

    def _speaker_key(self, name: str, scope: str | None, fields: Doc) -> str:
        words = slug(name) or sha256_of(name)
        home = f"{self.records[scope]['key']}/" if scope else ""
        key = home + words
        return self._free_key(self.speakers, key if len(key.encode()) <= 500 else sha256_of(key), fields)

    def _speaker_fields(self, given: Doc, scope: str | None) -> Doc:
        fields = fields_of(given, _PLAIN)
        if "tenures" in given:
            tenures = given["tenures"] or []
            fields["tenures"] = self._tenures(tenures, scope)
            self._tell_open_tenures(given.get("key") or given.get("name") or given.get("id"), tenures)
        return fields

    def _tell_open_tenures(self, speaker: str | None, tenures: list[Doc]) -> None:
        """Warn of tenures that fill in no role, for an end of theirs is not told."""
        for tenure in tenures:
            absent = [name for name in ("since", "until") if tenure[name] is None]
            if absent:
                told = f"the tenure {tenure['title']!r} of {speaker} has no {' and no '.join(absent)}: no role follows"
                still = "; write `until: ..` where it is still held" if "until" in absent else ""
                self.revision.warn(Problem(("tenures",), "open-tenure", f"{told} from it{still}"))

    def _tenures(self, given: list[Doc], scope: str | None) -> list[Doc]:
        """The tenures with their organizations. Raises BadRecord with what is wrong of all of these."""
        found: list[Doc] = []
        problems: list[Problem] = []
        for n, tenure in enumerate(given):
            organization = tenure["organization"]
            try:
                found.append(self._held_at(tenure, organization and self.organization(organization, scope)))
            except BadRecord as error:
                problems += (problem.under("tenures", n, "organization") for problem in error.problems)
        if problems:
            raise BadRecord.of(problems)
        return found

    def _held_at(self, tenure: Doc, organization: str | None) -> Doc:
        return tenure | {"organization": organization and self._shown(organization)}

    def show_speakers_anew(self) -> None:
        """Render the speakers whose tenures show an organization that changed in this revision, and those that belong
        to a source which was merged.
        """
        tenure, speaker = tables.Tenure, tables.Speaker
        gone = [one for one in self.sources.changed if self.merges.into(one)]
        found = self._ids(tenure.speaker_id, tenure.until, tenure.organization_id, self.speakers.changed)
        found |= self._ids(speaker.id, speaker.until, speaker.source_id, gone)
        for number in sorted(found):
            doc = self.records[f"spk_{number}"]
            if doc != (shown := doc | self.shown_of(doc)):
                self.speakers.show_anew(doc["id"], shown)

    def shown_of(self, doc: Doc) -> Doc:
        """The parts of a speaker's document that are of other records, as these are now."""
        tenures = [self._held_at(one, one["organization"] and one["organization"]["id"]) for one in doc["tenures"]]
        return {"source": doc["source"] and self.merges.survivor(doc["source"]), "tenures": tenures}

    def _ids(self, own: Any, until: Any, column: Any, records: Iterable[str]) -> set[int]:
        """The numbers of the current speakers of whose rows a column is one of these records."""
        found: set[int] = set()
        for some in chunks([parse_id(one, one[:3]) for one in records]):
            showing = select(own).where(column.in_(some), until.is_(None))
            found |= set(self.revision.connection.execute(showing).scalars())
        return found


def _is_spelt(doc: Doc, name: str) -> bool:
    """Whether a name is known to the letter. Releases before this one kept doubled blanks."""
    known = (doc["name"], *doc["aliases"])
    return name in known or plain_blanks(name) in map(plain_blanks, known)
