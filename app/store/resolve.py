"""Names → records: finds the speakers, sources and metrics that claims refer to, makes new ones, and changes them.

A reference fills blanks of what is stored and may not contradict it; a definition changes it. What is said of a merged
record means its survivor, and changes nothing of that. Documents are held in
memory until `flush`, which writes one version of each that changed. References and definitions come as `given` of
render.py gives them: a document of the fields that were set.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import select

from app.domain.keys import slug
from app.domain.quotes import SourceText
from app.domain.records import parse_id
from app.domain.units import parse_unit
from app.errors import BadRecord, Problem, near
from app.store import models
from app.store.gains import SHOWN_ONLY_INSIDE, with_gains
from app.store.handles import fingerprint
from app.store.merges import Merges
from app.store.names import folded
from app.store.render import Doc, encode
from app.store.revisions import Revision, chunks
from app.store.shelf import Shelf

MOST_REFERRED = 50_000  # references that are remembered
MOST_NAMED = 5  # records that one name fits, in a message
MAX_HINTS = 20  # new metrics that near ones are looked up for: it takes time under the lock
PERSONS = ("person", "unnamed")  # kinds that are no organization
SOURCE_FIELDS = (
    "title", "kind", "authors", "publisher", "url", "archive_url", "language", "note", "published_on", "accessed_on"
)  # fmt: skip
METRIC_FIELDS = ("name", "definition", "unit")


def bad(detail: str, code: str = "bad-value", *path: str | int) -> BadRecord:
    """An error with one problem at a path."""
    return BadRecord(detail, [Problem(path, code, detail)])


class Records(Mapping[str, Doc]):
    """The current documents of speakers, sources and metrics by id, as this revision has them."""

    def __init__(self, shelves: dict[str, Shelf]) -> None:
        self._shelves = shelves

    def __getitem__(self, record_id: str) -> Doc:
        doc = self._shelves[record_id[:3]].get(record_id)
        if doc is None:
            raise KeyError(record_id)
        return doc

    def __iter__(self) -> Iterator[str]:
        raise TypeError("records are asked for by id")

    def __len__(self) -> int:
        raise TypeError("records are asked for by id")


class Resolver:
    """Finds or makes the records that claims refer to, within one revision."""

    def __init__(self, revision: Revision) -> None:
        self.revision = revision
        self.merges = Merges(revision)
        self.speakers = Shelf(revision, "spk", self.merges)
        self.sources = Shelf(revision, "src", self.merges)
        self.metrics = Shelf(revision, "met", self.merges)
        self.records = Records({"spk": self.speakers, "src": self.sources, "met": self.metrics})
        self._hinted = 0  # new metrics that near ones were looked up for
        self._texts: dict[str, SourceText | None] = {}
        self._assumed: set[str] = set()  # speakers made in this revision whose kind nobody told
        self._referred: dict[tuple[str, str], str] = {}  # references that were resolved, to their ids

    def taken(self) -> list[tuple[str, Problem]]:
        """The changed records with an identifier, address or name that is another's as well: (id, problem)."""
        return [*self.speakers.taken(), *self.sources.taken(), *self.metrics.taken()]

    def flush(self) -> None:
        """Write what changed."""
        for shelf in (self.speakers, self.sources, self.metrics):
            shelf.flush()

    def forget(self) -> None:
        """Let go of what is written, where it is much: it can be read again."""
        for shelf in (self.speakers, self.sources, self.metrics):
            shelf.forget()
        if len(self._referred) > MOST_REFERRED:
            self._referred = {}

    def shelves(self) -> tuple[tuple[Shelf, tuple[str, ...]], ...]:
        """The shelves, with the sections of files that define their records."""
        return (self.sources, ("source", "sources")), (self.speakers, ("speakers",)), (self.metrics, ("metrics",))

    def refer(self, what: str, given: Doc, home: str | None) -> str:
        """The id of the `source`, `speaker`, `organization` or `metric` that a claim refers to; made where it is
        new. A merged one is given by its own id.

        home: the id of the claim's first source. A reference by what is one record's alone, that was resolved before in
        this revision to the letter, is not looked at again: it has filled in what it can.
        """
        if not (given.get("key") or given.get("id") or what == "metric"):
            return self._refer_anew(what, given, home)
        same = (what, encode(given))
        if same not in self._referred:
            self._referred[same] = self._refer_anew(what, given, home)
        return self._referred[same]

    def _refer_anew(self, what: str, given: Doc, home: str | None) -> str:
        match what:
            case "source":
                return self.source(given)
            case "speaker":
                return self.speaker(given, home)
            case "organization":
                return self.organization(given, home)
        return self.metric(given)

    # Speakers

    def define_speaker(self, given: Doc, scope: str | None = None) -> tuple[str, str]:
        """Make or change a speaker; its id, and `created`, `updated` or `unchanged`."""
        found = self._find_speaker(given, scope)
        if into := self._merged(found):
            return into, "unchanged"
        fields = self._speaker_fields(given, scope)
        if found is None:
            return self._new_speaker(given, fields, scope), "created"
        return found, self.speakers.change(found, self._with_parts(found, fields))

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
        return self._refer(given, scope, "person")

    def organization(self, given: Doc, scope: str | None) -> str:
        """The id of the organization of a role or a tenure; made where it is new. Persons are none."""
        if given.get("kind") in PERSONS:
            raise bad(f"a {given['kind']} is no organization", "contradiction", "kind")
        return self._refer(given, scope, "organization")

    def _refer(self, given: Doc, scope: str | None, default_kind: str) -> str:
        organization = default_kind == "organization"
        found = self._find_speaker(given, scope, organization)
        into = found and self.merges.into(found)
        if found and into:
            self._require_kind(into, organization)
            return found
        fields = self._speaker_fields(given, scope)
        if found is None:
            made = self._new_speaker(given, {"kind": default_kind} | fields, scope)
            if "kind" not in fields:
                self._assumed.add(made)
            return made
        self._state_kind(found, fields.get("kind"), scope)
        self._require_kind(found, organization)
        self.speakers.fill(found, fields, lambda doc, name: _goes_by(doc, name))
        return found

    def _require_kind(self, speaker_id: str, organization: bool) -> None:
        kind = self.records[speaker_id]["kind"]
        if organization and kind in PERSONS:
            raise bad(f"{self._told(speaker_id)} is a {kind}, not an organization", "contradiction")

    def _state_kind(self, found: str, kind: str | None, scope: str | None) -> None:
        """A kind that was only assumed in this revision gives way to a stated one. An organization is no person."""
        assumed = self.records[found]["kind"]
        if kind is None or found not in self._assumed or (assumed not in PERSONS and kind in PERSONS):
            return
        self._assumed.discard(found)
        home = {"source": scope} if kind in SHOWN_ONLY_INSIDE else {}
        self.speakers.change(found, {"kind": kind} | home)

    def _find_speaker(self, given: Doc, scope: str | None, organization: bool = False) -> str | None:
        found = self._by_id_or_key(self.speakers, given)
        if found:
            return found
        for scheme, value in (given.get("identifiers") or {}).items():
            matches = self.speakers.named(f"{scheme}\x1f{value}")
            if matches and given.get("key") is not None:
                raise bad(f"{scheme}:{value} is of {self._told(matches[0])} already", "duplicate", "identifiers")
            if matches:
                return self._only(matches, f"the identifier {scheme}:{value}", given.get("name"))
        if given.get("name") is None or given.get("key") is not None:
            return None
        return self._find_by_name(given["name"], given.get("kind"), scope, organization)

    def _find_by_name(self, name: str, kind: str | None, scope: str | None, organization: bool) -> str | None:
        inside = kind in SHOWN_ONLY_INSIDE
        named = {one: self.last(one) for one in self.speakers.named(folded(name))}
        matches = [one for one, doc in named.items() if self._belongs(doc, scope, inside)]
        if organization:
            matches = [one for one in matches if named[one]["kind"] not in PERSONS]
        if len(matches) > 1 and kind is not None:
            matches = [one for one in matches if named[one]["kind"] == kind] or matches
        return self._only(matches, f"the name {name}", name) if matches else None

    def _belongs(self, doc: Doc, scope: str | None, inside: bool) -> bool:
        """Whether a speaker can be meant by its name in a source: groups and unnamed ones only in their own."""
        if doc["kind"] in SHOWN_ONLY_INSIDE:
            return (doc["source"] and self.merges.survivor(doc["source"])) == scope
        return not inside

    def _new_speaker(self, given: Doc, fields: Doc, scope: str | None) -> str:
        if given.get("name") is None:
            known = given.get("key") or next(iter((given.get("identifiers") or {}).items()), "")
            raise bad(f"there is no speaker {known}, and no name to make one with", "unknown-speaker")
        fields = {name: value for name, value in fields.items() if value is not None}
        home = scope if fields.get("kind") in SHOWN_ONLY_INSIDE else None
        key = given.get("key") or self._speaker_key(given["name"], home)
        return self.speakers.add(key, {"kind": "person"} | fields | {"source": home})

    def _speaker_key(self, name: str, scope: str | None) -> str:
        words = slug(name) or "sha256:" + hashlib.sha256(name.encode()).hexdigest()
        home = f"{self.records[scope]['key']}/" if scope else ""
        key = home + words
        return self.revision.free_key("spk", key if len(key.encode()) <= 500 else _digest(key))

    def _speaker_fields(self, given: Doc, scope: str | None) -> Doc:
        fields = _some(given, ("name", "kind", "aliases", "identifiers", "note"))
        if given.get("tenures") is not None:
            fields["tenures"] = [self._tenure(tenure, scope) for tenure in given["tenures"]]
            self._tell_open_tenures(given)
        return fields

    def _tell_open_tenures(self, given: Doc) -> None:
        """Warn of tenures that fill in no role, for an end of theirs is not told."""
        speaker = given.get("key") or given.get("name") or given.get("id")
        for tenure in given["tenures"]:
            absent = [name for name in ("since", "until") if tenure[name] is None]
            if absent:
                told = f"the tenure {tenure['title']!r} of {speaker} has no {' and no '.join(absent)}: no role follows"
                still = "; write `until: ..` where it is still held" if "until" in absent else ""
                self.revision.warn(Problem(("tenures",), "open-tenure", f"{told} from it{still}"))

    def _tenure(self, tenure: Doc, scope: str | None) -> Doc:
        organization = tenure["organization"]
        return self._held_at(tenure, organization and self.organization(organization, scope))

    def _held_at(self, tenure: Doc, organization: str | None) -> Doc:
        return tenure | {"organization": organization and self._shown(organization)}

    def _shown(self, speaker_id: str) -> Doc:
        record = self.records[self.merges.survivor(speaker_id)]
        return {name: record[name] for name in ("id", "key", "name")}

    def show_speakers_anew(self) -> None:
        """Render the speakers whose tenures show an organization that changed in this revision, and those that belong
        to a source which was merged.
        """
        tenure, speaker = models.Tenure, models.Speaker
        gone = [one for one in self.sources.changed if self.merges.into(one)]
        found = self._ids(tenure.speaker_id, tenure.until, tenure.organization_id, self.speakers.changed)
        found |= self._ids(speaker.id, speaker.until, speaker.source_id, gone)
        for number in sorted(found):
            doc = copy.deepcopy(self.records[f"spk_{number}"])
            doc["source"] = doc["source"] and self.merges.survivor(doc["source"])
            for held in doc["tenures"]:
                held["organization"] = held["organization"] and self._shown(held["organization"]["id"])
            if doc != self.records[doc["id"]]:
                self.speakers.show_anew(doc["id"], doc)

    def _ids(self, own: Any, until: Any, column: Any, records: Iterable[str]) -> set[int]:
        """The numbers of the current speakers of whose rows a column is one of these records."""
        found: set[int] = set()
        for some in chunks([parse_id(one, one[:3]) for one in records]):
            showing = select(own).where(column.in_(some), until.is_(None))
            found |= set(self.revision.connection.execute(showing).scalars())
        return found

    # Sources

    def define_source(self, given: Doc) -> tuple[str, str]:
        """Make or change a source; its id, and `created`, `updated` or `unchanged`."""
        found = self._find_source(given)
        if into := self._merged(found):
            return into, "unchanged"
        fields = self._source_fields(given)
        if found is None:
            return self._new_source(given, fields), "created"
        return found, self.sources.change(found, fields)

    def source(self, given: Doc) -> str:
        """The id of the source that a citation names; made where it is new."""
        found = self._find_source(given)
        if found and self.merges.into(found):
            return found
        fields = self._source_fields(given)
        if found is None:
            return self._new_source(given, fields)
        self.sources.fill(found, fields, lambda doc, name: folded(doc["title"] or "") == folded(name))
        return found

    def _find_source(self, given: Doc) -> str | None:
        found = self._by_id_or_key(self.sources, given)
        if found:
            return found
        url, key = given.get("url"), given.get("key")
        same_address = self.sources.named(f"url\x1f{url}") if url else []
        if same_address and key is not None:
            raise bad(f"the address is that of {self._told(same_address[0])} already", "duplicate", "url")
        if same_address or key is not None or given.get("title") is None:
            return same_address[0] if same_address else None
        alike = self.sources.named(fingerprint(self._source_fields(given)))
        matches = [one for one in alike if url is None or self.last(one)["url"] is None]
        return self._only(matches, f"the title {given['title']}") if matches else None

    def _new_source(self, given: Doc, fields: Doc) -> str:
        if given.get("title") is None and given.get("url") is None:
            raise bad(f"there is no source {given.get('key')}, and no title or url to make one with", "unknown-source")
        key = given.get("key") or self.revision.free_key("src", wanted_source_key(given))
        return self.sources.add(key, fields)

    def _source_fields(self, given: Doc) -> Doc:
        fields = _some(given, SOURCE_FIELDS)
        if given.get("text") is not None:
            fields["text_sha256"] = self._keep_text(given["text"])
        return fields

    def _keep_text(self, text: str) -> str:
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.sources.texts.setdefault(digest, text)
        return digest

    def text_of(self, source_id: str) -> SourceText | None:
        """The text of a source, ready to find quotes in; None where none is held."""
        digest = self.records[source_id]["text_sha256"]
        if digest is None:
            return None
        if digest not in self._texts:
            kept = self.sources.texts.get(digest)
            if kept is None:
                stored = select(models.SourceText.text).where(models.SourceText.sha256 == digest)
                kept = self.revision.connection.execute(stored).scalar_one()
            self._texts = {digest: SourceText(kept)}  # one at a time: they are large
        return self._texts[digest]

    # Metrics

    def define_metric(self, given: Doc) -> tuple[str, str]:
        """Make or change a metric; its id, and `created`, `updated` or `unchanged`."""
        found, fields = self._find_metric(given), _some(given, METRIC_FIELDS)
        if into := self._merged(found):
            return into, "unchanged"
        if found is None:
            return self._new_metric(given, fields), "created"
        if given.get("unit") is not None:
            self._require_same_dimension(found, given["unit"])
        return found, self.metrics.change(found, fields)

    def _require_same_dimension(self, metric_id: str, unit: str) -> None:
        """Figures of a metric are in units of its dimension; a definition does not change that behind them."""
        found = self.other_unit(metric_id, unit)
        if found is not None:
            detail = f"{parse_unit(unit)} does not fit stored figures in {parse_unit(found)}"
            raise bad(f"{detail}; write {found} or a unit that converts into it", "wrong-dimension", "unit")

    def other_unit(self, metric_id: str, unit: str) -> str | None:
        """The unit of a stored figure of a metric that does not convert into this one."""
        figure, claim = models.Figure, models.Claim
        other = (
            select(figure.unit)
            .join(claim, claim.pos == figure.pos)
            .where(
                figure.metric_id == parse_id(metric_id, "met"),
                claim.until.is_(None),
                figure.dimension != parse_unit(unit).dimension,
                figure.change.is_distinct_from("ratio"),
            )
        )
        return self.revision.connection.execute(other.limit(1)).scalar()

    def metric(self, given: Doc) -> str:
        """The id of the metric that a figure names; a new one warns, and lists near ones."""
        found, fields = self._find_metric(given), _some(given, METRIC_FIELDS)
        name = given.get("name")
        if found is None and given.get("key") is None and name is not None:
            found = self.revision.id_of("met", name)  # the short form may give the key
        if found is None:
            made = self._new_metric(given, fields)
            self._hinted += 1
            alike = near(name or "", self.metrics.some_names() - {name or ""}) if self._hinted <= MAX_HINTS else ()
            hint = f"; near: {', '.join(alike)}" if alike else ""
            self.revision.warn(Problem((), "new-metric", f"new metric {name!r}{hint}"))
            return made
        if self.merges.into(found):
            return found
        if given.get("unit") is not None and self.records[found]["unit"] is None:
            self._require_same_dimension(found, given["unit"])
        self.metrics.fill(found, fields, lambda doc, name: name == doc["key"] or folded(doc["name"]) == folded(name))
        return found

    def _find_metric(self, given: Doc) -> str | None:
        found = self._by_id_or_key(self.metrics, given)
        name = given.get("name")
        if found is not None or name is None:
            return found
        matches = self.metrics.named(folded(name))
        if matches and given.get("key") is not None:
            raise bad(f"the name {name} is that of {self._told(matches[0])} already", "duplicate", "name")
        if len(matches) > 1:  # alike since the word rules changed: to the letter they differ
            exact = [one for one in matches if name in (self.last(one)["name"], self.last(one)["key"])]
            matches = exact or matches
        return self._only(matches, f"the name {name}") if matches else None

    def _new_metric(self, given: Doc, fields: Doc) -> str:
        if given.get("name") is None:
            raise bad(f"there is no metric {given.get('key')}, and no name to make one with", "unknown-metric")
        key = given.get("key") or self.revision.free_key("met", slug(given["name"]) or _digest(given["name"]))
        return self.metrics.add(key, fields)

    # All of them

    def _by_id_or_key(self, shelf: Shelf, given: Doc) -> str | None:
        """Keys are the same in every database, ids are not: where both are given the key decides."""
        record_id, key = given.get("id"), given.get("key")
        if key is not None:
            return self.revision.id_of(shelf.prefix, key)
        if record_id is not None and shelf.last(record_id) is None:
            raise bad(f"there is no {record_id}", "unknown-id", "id")
        return record_id

    def _merged(self, found: str | None) -> str | None:
        """The survivor of a merged record, for a definition of that."""
        into = found and self.merges.into(found)
        if found and into:
            told = f"{self._told(found)} was merged into {self._told(into)}"
            self.revision.warn(Problem((), "merged", f"{told}: a definition of it changes nothing"))
        return into or None

    def _only(self, matches: list[str], what: str, name: str | None = None) -> str:
        """The one that is meant; of several that are one by now the one whose usual name it is, else the current."""
        different = dict.fromkeys(map(self.merges.survivor, matches))
        if len(different) > 1:
            told = ", ".join(map(self._told, [*different][:MOST_NAMED]))
            told += f" and {len(different) - MOST_NAMED} more" if len(different) > MOST_NAMED else ""
            raise bad(f"{what} fits {told}; give the key of the one that is meant", "ambiguous-name")
        usual = [one for one in matches if name is not None and folded(self.last(one)["name"]) == folded(name)]
        return (usual or matches)[0]

    def last(self, record_id: str) -> Doc:
        """The document of a record; of a merged one its last."""
        return self.merges.last(record_id) or self.records[record_id]

    def _told(self, record_id: str) -> str:
        return self.revision.told(record_id, self.last(record_id)["key"])


def _some(given: Doc, names: tuple[str, ...]) -> Doc:
    return {name: given[name] for name in names if name in given}


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _goes_by(doc: Doc, name: str) -> bool:
    return folded(name) in {folded(known) for known in (doc["name"], *doc["aliases"])}


def wanted_source_key(given: Doc) -> str:
    """The key that a source without one has, unless it is taken: its address, else publisher, date and title."""
    url: str | None = given.get("url")
    if url:
        return url if len(url.encode()) <= 500 else _digest(url)
    date = (given.get("published_on") or {}).get("edtf") or ""
    parts = f"{given.get('publisher') or ''} {date} {given.get('title') or ''}"
    return slug(parts) or _digest(parts)
