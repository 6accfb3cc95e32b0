"""The write path: the only module that changes a claim.

Claims come in batches. Each is resolved to records and a key, compared with what is stored, and written as a new
version where it differs. `finish` renders anew the claims that show a record which changed, and makes the revision.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, delete, func, insert, or_, select, union, update

from app.domain.records import ClaimIn, RelationIn, parse_id
from app.domain.words import fold_name
from app.errors import BadRecord, Problem
from app.store import models
from app.store.compare import compare, digest
from app.store.derive import derive, drop_role_by_tenure, take_units
from app.store.index import Entry, add_entries, close_entries, entry_of, require_indexable
from app.store.links import link_claim
from app.store.models import position_range
from app.store.render import (
    Doc,
    decode,
    encode,
    render_claim,
)
from app.store.resolve import Resolver, bad
from app.store.revisions import Revision, chunks
from app.store.rows import day_of, rows_of, words_hash

CHILDREN = (models.Role, models.Figure, models.Topic, models.Citation, models.Assessment, models.Relation)
BATCH = 500


@dataclass
class Outcome:
    """What became of one claim: created, updated, unchanged, retracted or waiting (for claims it is related to).

    changes: {field: [old, new]} where it was stored before. alike: ids of claims with the same speaker and folded
    words. verifications: of its citations.
    """

    action: str
    id: str
    key: str
    changes: Doc = field(default_factory=dict)
    alike: list[str] = field(default_factory=list)
    verifications: list[str] = field(default_factory=list)


@dataclass
class Draft:
    """A claim on its way: its references resolved to ids by the `id()` of each reference object."""

    row: int
    claim: ClaimIn
    links: dict[int, str]
    key: str
    id: str = ""


@dataclass
class Stored:
    """A claim's current version."""

    pos: int
    doc: Doc


class Writer:
    """Writes claims in one revision. problems and outcomes are by the caller's row numbers."""

    def __init__(self, revision: Revision) -> None:
        self.revision = revision
        self.connection = revision.connection
        self.resolver = Resolver(revision)
        self.outcomes: dict[int, Outcome] = {}
        self.problems: dict[int, list[Problem]] = {}
        self._waiting: list[Draft] = []
        self._lowest: dict[int, int] = {}  # day number → lowest position given in it
        self._seen: dict[str, bytes] = {}  # digests of the documents of this import, by id

    def put_claims(self, rows: Iterable[tuple[int, ClaimIn]]) -> None:
        """Create or update claims: (row number, claim). Those whose relations are not known yet wait for `finish`."""
        drafts = [draft for row, claim in rows if (draft := self._draft(row, claim))]
        self.revision.find_keys("clm", [draft.key for draft in drafts])
        self._put(drafts, last=False)

    def finish(self, *, dry_run: bool = False) -> bool:
        """Write what waits, render anew what shows changed records, and make the revision; whether there is one.

        With problems, or on a dry run, nothing is to be kept: the caller rolls back.
        """
        waiting, self._waiting = self._waiting, []
        for some in chunks(waiting, BATCH):
            self._put(some, last=True)
        self.resolver.flush()
        self.resolver.show_organizations_anew()
        self.resolver.flush()
        self._render_anew()
        self.revision.flush()
        return not dry_run and not self.problems and self.revision.commit_counts()

    # From a claim to its document

    def _draft(self, row: int, claim: ClaimIn) -> Draft | None:
        links, problems = link_claim(claim, self.resolver)
        if problems:
            self.problems.setdefault(row, []).extend(problems)
            return None
        return Draft(row, claim, links, claim.key or self._derived_key(claim, links))

    def _derived_key(self, claim: ClaimIn, links: Mapping[int, str]) -> str:
        records = self.resolver.records
        speaker = claim.speaker and records[links[id(claim.speaker)]]["key"]
        source = records[links[id(claim.citations[0].source)]]["key"]
        words = fold_name(claim.quote or claim.paraphrase or "")
        parts = (speaker or "", words, claim.said_on.edtf if claim.said_on else "", source)
        return "sha256:" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

    def _document(self, draft: Draft, relations: list[Doc]) -> Doc:
        doc = render_claim(draft.claim, draft.links, draft.key, relations)
        doc["id"] = draft.id
        take_units(doc, self.resolver.records)
        derive(doc, self.resolver)
        return doc

    # From documents to versions

    def _put(self, drafts: list[Draft], *, last: bool) -> None:
        for draft in drafts:
            known = self.revision.id_of("clm", draft.key)
            draft.id = known or self.revision.new_id("clm", draft.key)
            if known is None:
                self.outcomes[draft.row] = Outcome("created", draft.id, draft.key)
        stored = self._stored([draft.id for draft in drafts])
        versions: list[tuple[Doc, Stored | None]] = []
        new: dict[int, Doc] = {}
        for draft in drafts:
            old = stored.get(draft.id)
            version = self._version(draft, old, last)
            if version:
                versions.append((version, old))
            if version and old is None:
                new[draft.row] = version
        self.resolver.flush()
        self.revision.flush()
        self._write(versions)
        self._tell_alike(new)

    def _version(self, draft: Draft, stored: Stored | None, last: bool) -> Doc | None:
        """The document to be written for a draft; None where it says nothing new, waits, or is wrong."""
        try:
            relations = self._relations(draft, last)
            if relations is None:
                self._waiting.append(draft)
                return None
            doc = self._document(draft, relations)
            require_indexable(doc, self.resolver.records)
            seen, said = self._seen.get(draft.id), digest(doc)
            if seen not in (None, said):
                raise bad(f"{draft.key} stands twice in this import, with different content", "duplicate", "key")
            action, changes = ("unchanged", {}) if seen else compare(stored.doc if stored else None, doc)
            self._seen[draft.id] = said
        except BadRecord as error:
            self.problems.setdefault(draft.row, []).extend(error.problems)
            return None
        verifications = [citation["verification"] for citation in doc["citations"]]
        self.outcomes[draft.row] = Outcome(action, draft.id, draft.key, changes, verifications=verifications)
        if action == "unchanged":
            return None
        self.revision.counts[action] += 1
        old = stored.doc if stored else None
        return self._stamped(doc, (old["version"] if old else 0) + 1, old["recorded_at"] if old else self.revision.at)

    def _stamped(self, doc: Doc, version: int, recorded_at: str) -> Doc:
        now = {"recorded_at": recorded_at, "updated_at": self.revision.at, "revision": self.revision.number}
        return doc | {"version": version} | now

    def _relations(self, draft: Draft, last: bool) -> list[Doc] | None:
        """The relations with ids and keys; None while a claim that they name may still come."""
        relations = []
        for n, relation in enumerate(draft.claim.relations):
            named = self._related(relation, n)
            if named and named[0] == draft.id:
                raise bad("a claim has no relation to itself", "bad-value", "relations", n)
            if named is None:
                if not last:
                    return None
                raise bad(f"there is no claim {relation.key}", "unknown-claim", "relations", n, "key")
            relations.append({"type": relation.type, "claim": named[0], "key": named[1]})
        return relations

    def _related(self, relation: RelationIn, n: int) -> tuple[str, str] | None:
        if relation.key is not None:
            found = self.revision.id_of("clm", relation.key)
            if relation.claim is None or found == relation.claim:
                return (found, relation.key) if found else None
            detail = f"{relation.claim} and the key {relation.key} are not of one claim"
            raise bad(detail, "contradiction", "relations", n, "claim")
        kept = models.RecordKey
        number = parse_id(relation.claim or "", "clm")
        key = self.connection.execute(select(kept.key).where(kept.type == "clm", kept.id == number)).scalar()
        if key is None:
            raise bad(f"there is no {relation.claim}", "unknown-id", "relations", n, "claim")
        return relation.claim or "", key

    def _stored(self, ids: list[str]) -> dict[str, Stored]:
        numbers = [number for one in ids if (number := parse_id(one, "clm"))]
        claim, document = models.Claim, models.Document
        found = (
            select(claim.pos, document.doc)
            .join(document, document.pos == claim.pos)
            .where(claim.id.in_(numbers), claim.until.is_(None))
        )
        versions = (Stored(pos, decode(doc)) for pos, doc in self.connection.execute(found))
        return {version.doc["id"]: version for version in versions}

    def _tell_alike(self, new: dict[int, Doc]) -> None:
        """Note a claim that a new one may duplicate: same speaker, same folded words. new: documents by row."""
        claim = models.Claim
        said = {row: (_speaker_of(doc), words_hash(doc)) for row, doc in new.items()}
        speakers = {speaker for speaker, _ in said.values()}
        found = (
            select(claim.speaker_id, claim.words_hash, func.min(claim.id), func.max(claim.id))
            .where(claim.until.is_(None), claim.words_hash.in_({hashed for _, hashed in said.values()}))
            .where(or_(claim.speaker_id.in_(speakers), claim.speaker_id.is_(None)))
            .group_by(claim.speaker_id, claim.words_hash)
        )
        ends = {(who, hashed): (low, high) for who, hashed, low, high in self.connection.execute(found)} if new else {}
        for row, doc in new.items():
            others = dict.fromkeys(f"clm_{number}" for number in ends.get(said[row], ()))
            self.outcomes[row].alike = [one for one in others if one != doc["id"]]

    def _write(self, versions: list[tuple[Doc, Stored | None]]) -> None:
        """Close the old versions and insert the new ones, in the order of their positions."""
        if not versions:
            return
        self._close([old for _, old in versions if old])
        rows: dict[Any, list[Doc]] = {}
        entries: list[tuple[int, bool, Entry]] = []
        for doc, _ in versions:
            pos = self._new_position(day_of(doc))
            for table, row in rows_of(doc, pos):
                rows.setdefault(table, []).append(row)
            entries.append((pos, doc["status"] == "active", entry_of(doc, self.resolver.records)))
        for table, found in rows.items():
            self.connection.execute(insert(table), sorted(found, key=lambda row: (row["pos"], row.get("n", 0))))
        add_entries(self.connection, entries)

    def _close(self, stored: list[Stored]) -> None:
        """End versions. What this very revision wrote was never seen by anybody, and goes."""
        positions = [old.pos for old in stored]
        if not positions:
            return
        close_entries(self.connection, positions)
        own = [old.pos for old in stored if old.doc["revision"] == self.revision.number]
        for table in (models.Claim, models.Document, *CHILDREN, models.IndexEntry):
            self.connection.execute(delete(table).where(table.pos.in_(own)))
        claim, now = models.Claim, self.revision.number
        self.connection.execute(update(claim).where(claim.pos.in_(positions)).values(until=now, live=False))
        for table in (*CHILDREN, models.IndexEntry):
            self.connection.execute(update(table).where(table.pos.in_(positions)).values(live=False))

    def _new_position(self, day: int) -> int:
        """The next position in a day: below those given before."""
        first, last = position_range(day)
        if day not in self._lowest:
            given = select(models.Claim.pos).where(models.Claim.pos.between(first, last))
            lowest = self.connection.execute(given.order_by(models.Claim.pos).limit(1)).scalar()
            self._lowest[day] = last + 1 if lowest is None else lowest
        self._lowest[day] -= 1
        if self._lowest[day] < first:
            raise BadRecord(f"day {day} holds no more claims")
        return self._lowest[day]

    # Rendering anew

    def _render_anew(self) -> None:
        """Give the claims that show changed records a new rendering: same version, this revision."""
        shelves = (self.resolver.speakers, self.resolver.sources, self.resolver.metrics)
        found: set[int] = set()
        for shelf in shelves:
            ids = [parse_id(one, shelf.prefix) for one in shelf.changed]
            for some in chunks(ids):
                found |= set(self.connection.execute(_showing(shelf.prefix, some)).scalars())
        for batch in chunks(sorted(found, reverse=True), BATCH):
            self._render_batch(batch)

    def _render_batch(self, positions: list[int]) -> None:
        document = models.Document
        found = select(document.pos, document.doc).where(document.pos.in_(positions))
        stored = [Stored(pos, decode(doc)) for pos, doc in self.connection.execute(found.order_by(document.pos.desc()))]
        entries = self._entries(positions)
        versions: list[tuple[Doc, Stored | None]] = []
        for old in stored:
            doc = copy.deepcopy(old.doc)
            drop_role_by_tenure(doc, self.resolver.speakers.before.get((doc["speaker"] or {}).get("id", "")))
            derive(doc, self.resolver)
            entry = entry_of(doc, self.resolver.records)
            if encode(doc) != encode(old.doc) or entries[old.pos] != (
                entry.quote,
                entry.paraphrase,
                entry.context,
            ):
                versions.append((doc | {"revision": self.revision.number}, old))
        earlier = [old for _, old in versions if old and old.doc["revision"] < self.revision.number]
        if earlier:
            self.revision.counts["rendered"] += len(earlier)
        self._write(versions)

    def _entries(self, positions: list[int]) -> dict[int, tuple[str, str, str]]:
        entry = models.IndexEntry
        found = select(entry.pos, entry.quote, entry.paraphrase, entry.context).where(entry.pos.in_(positions))
        return {pos: (quote, paraphrase, context) for pos, quote, paraphrase, context in self.connection.execute(found)}


def _showing(prefix: str, ids: list[int | None]) -> Select[Any]:
    """The positions of the current claims that show any of these speakers, sources or metrics."""
    claim, role, citation, figure = models.Claim, models.Role, models.Citation, models.Figure
    own: dict[str, tuple[Any, ...]] = {
        "spk": (claim.speaker_id, role.organization_id),
        "src": (citation.source_id,),
        "met": (figure.metric_id,),
    }
    shows = union(*(select(column.class_.pos).where(column.in_(ids)) for column in own[prefix])).subquery()
    return select(claim.pos).join(shows, shows.c.pos == claim.pos).where(claim.until.is_(None))


def _speaker_of(doc: Doc) -> int | None:
    return parse_id(doc["speaker"]["id"], "spk") if doc["speaker"] else None
