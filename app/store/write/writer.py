"""The write path: the only module that changes a claim.

Claims come in batches. Each is resolved to records and a key, compared with what is stored, and written as a new
version where it differs. `finish` renders anew the claims that show a record which changed, and makes the revision.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Select, delete, func, insert, or_, select, union, update

from app.domain.record.csv_columns import Path
from app.domain.record.records_in import parse_id
from app.errors import BadRecord, Problem
from app.store.database import tables
from app.store.database.bulk_insert import Progress, chunks, insert_rows
from app.store.history.revision import Revision
from app.store.index.entries import Entry, add_entries, close_entries, digest_of, entry_of, require_indexable
from app.store.records.document import Doc, decode, encode
from app.store.records.rows import day_of, rows_of, words_hash
from app.store.write.amending import Amender, Given, Stored, current_claims, stays_retracted
from app.store.write.claim_keys import derived_keys
from app.store.write.compare import compare, taken_back
from app.store.write.derived_parts import derive, take_units
from app.store.write.earlier_versions import Earlier
from app.store.write.flags import Flags
from app.store.write.links import link_claim, relink_claim
from app.store.write.positions import Positions
from app.store.write.prefetch import prefetch
from app.store.write.references import bad
from app.store.write.resolver import Resolver
from app.store.write.verified import Verified

CHILDREN = (tables.Role, tables.Figure, tables.Topic, tables.Citation, tables.Assessment, tables.Relation)
BATCH = 2_000


@dataclass
class Outcome:
    """The outcome of one claim: created, updated, unchanged or retracted; or of a definition, of a speaker, source or
    metric.

    changes: {field: [old, new]} where it was stored before. taken_back: the changes with which an earlier version
    returns. alike: keys of claims with the same speaker and folded words. verifications: of its citations.
    """

    action: str
    id: str
    key: str
    changes: Doc = field(default_factory=dict)
    taken_back: list[str] = field(default_factory=list)
    alike: list[str] = field(default_factory=list)
    verifications: list[str] = field(default_factory=list)
    what: str = "claim"  # or speaker, source, metric


@dataclass
class Draft:
    """A claim on its way: its document with references by id, and relations as they were given. keys: what it may be
    stored by, the first of which it has if it is new.
    """

    row: int
    doc: Doc
    keys: list[str]
    key: str = ""
    id: str = ""
    expects: int | None = None  # the version that the row was made from, if it says so


class Writer:
    """Writes claims in one revision. Problems and outcomes are by the caller's row numbers. force: rows that were made
    from an older version of their claim change it all the same.
    """

    def __init__(self, revision: Revision, *, force: bool = False) -> None:
        self.revision = revision
        self.connection = revision.connection
        self.resolver = Resolver(revision)
        self._refused = False  # whether any row was
        self._problems: dict[int, list[Problem]] = {}
        self._amender = Amender(revision, self._refuse)
        self._earlier = Earlier(self.connection)
        self._force = force
        self._outcomes: dict[int, Outcome] = {}
        self._waiting: list[Draft] = []
        self._places: dict[str, int] = {}  # positions of claims that wait, by id
        self._last_before = revision.last_number("clm")
        self._positions = Positions(self.connection)
        self._languages: set[str] = set()  # noted in the database
        self.verified = Verified(revision, self.resolver.sources.with_new_text)
        self.told: Callable[[], None] = lambda: None  # called when there may be much to be told of
        self._seen = Flags()  # the claims that this import spoke of, by the number in their id

    def put_claims(self, rows: Iterable[tuple[int, Doc]]) -> None:
        """Create or update claims: (row number, document as `render_claim` gives it, which becomes the writer's own).

        Claims with unknown relations wait for `finish`.
        """
        self.put_rows([Given(row, doc) for row, doc in rows])

    def put_rows(self, rows: list[Given]) -> None:
        """The same of rows, some of which may name only some fields of their claim."""
        given = [(one, one.doc) for one in self._amender.amend(rows) if one.doc is not None]
        prefetch(self.resolver, [doc for _, doc in given])
        drafts = [draft for one, doc in given if (draft := self._draft(one.row, doc, one.expects))]
        related = [relation["key"] for draft in drafts for relation in draft.doc["relations"] if relation["key"]]
        self.revision.find_keys("clm", [*(key for draft in drafts for key in draft.keys), *related])
        for draft in drafts:
            draft.key = next((key for key in draft.keys if self.revision.id_of("clm", key)), draft.keys[0])
        nameless = {one.row: one for one, _ in given if one.patch is not None and not (one.key or one.id)}
        self._put(self._with_found(drafts, nameless) if nameless else drafts, last=False)
        # Written claims can be read again: an import of millions is not held in memory.
        self.resolver.forget()
        self.revision.forget()

    def place_of(self, row: int, path: Path) -> Path | None:
        """The place in a row of a place in its whole claim; None for a row that tells a claim by itself."""
        return self._amender.place_of(row, path)

    @property
    def looked_at_all(self) -> bool:
        """Whether all earlier versions were looked at that are to be."""
        return not self._earlier.is_spent

    def take_outcomes(self) -> dict[int, Outcome]:
        """The outcomes of the finished rows, by row number; each is given once."""
        outcomes, self._outcomes = self._outcomes, {}
        return outcomes

    def take_problems(self) -> dict[int, list[Problem]]:
        """The problems of the refused rows, by row number; each is given once."""
        problems, self._problems = self._problems, {}
        return problems

    def _refuse(self, row: int, problems: Iterable[Problem]) -> None:
        self._refused = True
        self._problems.setdefault(row, []).extend(problems)

    def finish(self, *, dry_run: bool = False) -> bool:
        """Write what waits, render anew what shows changed records, and make the revision; whether there is one.

        With problems, or on a dry run, nothing is to be kept: the caller rolls back.
        """
        waiting, self._waiting = self._waiting, []
        for some in chunks(waiting, BATCH):
            prefetch(self.resolver, [draft.doc for draft in some])
            self._put(some, last=True)
        self.resolver.flush()
        self.resolver.show_speakers_anew()
        self.resolver.flush()
        self._render_anew()
        self.resolver.tell_spellings()
        self.revision.flush()
        return not dry_run and not self._refused and self.revision.commit_counts()

    # From a claim to its document

    def _with_found(self, drafts: list[Draft], rows: dict[int, Given]) -> list[Draft]:
        """The drafts; under those of rows that name no claim, and tell a stored one, the rest of that."""
        found = ((draft.row, self.revision.id_of("clm", draft.key)) for draft in drafts if draft.row in rows)
        whole = self._amender.amend_found(rows, {row: claim for row, claim in found if claim})
        with_rest: list[Draft] = []
        for draft in drafts:
            if draft.row not in whole:
                with_rest += [] if draft.row in self._problems else [draft]
            elif linked := self._draft(draft.row, *whole[draft.row]):
                with_rest.append(replace(linked, key=draft.key))
        return with_rest

    def _draft(self, row: int, doc: Doc, expects: int | None = None) -> Draft | None:
        self.revision.row = row
        problems = link_claim(doc, self.resolver)
        if problems:
            self._refuse(row, problems)
            return None
        return Draft(row, doc, [doc["key"]] if doc["key"] else derived_keys(doc, self.resolver), expects=expects)

    def _document(self, draft: Draft, relations: list[Doc], stored: Doc | None) -> Doc:
        doc = draft.doc | {"id": draft.id, "key": draft.key, "relations": relations}
        if stored and stored["retraction"] and not doc["retraction"]:
            doc |= {"status": stored["status"], "retraction": copy.deepcopy(stored["retraction"])}
            self.revision.warn(stays_retracted(draft.key))
        take_units(doc, self.resolver.records)
        derive(doc, self.resolver)
        return doc

    # From documents to versions

    def _put(self, drafts: list[Draft], *, last: bool) -> None:
        known: list[str] = []
        for draft in drafts:
            found = self.revision.id_of("clm", draft.key)
            draft.id = found or self.revision.new_id("clm", draft.key)
            known += [found] if found else []
        stored = current_claims(self.connection, known)
        batch: dict[str, Doc] = {}
        waited = len(self._waiting)
        versions = {draft.row: self._version(draft, stored.get(draft.id), batch, last) for draft in drafts}
        told = [(draft, version) for draft in drafts if (version := versions[draft.row])]
        self.resolver.flush()
        self.revision.flush()
        in_turn = {draft.row for draft in (*self._waiting[waited:], *(draft for draft, _ in told))}
        self._give_places([draft for draft in drafts if draft.row in in_turn])
        places = [self._places.pop(draft.id) for draft, _ in told]
        self._write([(version, stored.get(draft.id)) for draft, version in told], places)
        self._tell_alike({draft.row: version for draft, version in told if draft.id not in stored})
        self._tell_taken_back({draft.row: stored[draft.id] for draft, _ in told if draft.id in stored})

    def _give_places(self, drafts: list[Draft]) -> None:
        """Give claims their positions in the order of arrival; those that waited have theirs."""
        new = {draft.id: day_of(draft.doc) for draft in drafts if draft.id not in self._places}
        self._places |= zip(new, self._positions.take(list(new.values())), strict=True)

    def _version(self, draft: Draft, stored: Stored | None, batch: dict[str, Doc], last: bool) -> Doc | None:
        """The document to be written for a draft; None where it says nothing new, waits, or is wrong.

        batch: what the batch has said of claims so far, by id.
        """
        old = stored.doc if stored else None
        self.revision.row = draft.row
        try:
            relations = self._relations(draft, last)
            if relations is None or (not last and self._lacks_unit(draft)):
                self._waiting.append(draft)
                return None
            doc = self._document(draft, relations, old)
            require_indexable(doc, self.resolver.records)
            action, changes = self._compared(draft, doc, old, batch.get(draft.id))
            if old and action != "unchanged":
                self._require_expected(draft, old)
                if not changes.keys() & {"roles", "speaker", "said_on"}:
                    self.verified.note_roles(old, doc)
        except BadRecord as error:
            self._refuse(draft.row, error.problems)
            return None
        batch[draft.id] = doc
        verifications = [citation["verification"] for citation in doc["citations"]]
        self._outcomes[draft.row] = Outcome(action, draft.id, draft.key, changes, verifications=verifications)
        if action == "unchanged":
            return None
        self.revision.counts[action] += 1
        return self._stamped(doc, (old["version"] if old else 0) + 1, old["recorded_at"] if old else self.revision.at)

    def _compared(self, draft: Draft, doc: Doc, stored: Doc | None, said: Doc | None) -> tuple[str, Doc]:
        """The action and its changes. said: what this batch said of the claim before.

        For a claim of an earlier batch of this import it is in `stored`. Raises BadRecord where the import
        contradicts itself.
        """
        number = parse_id(draft.id, "clm") or 0
        twice = said is not None or number in self._seen
        self._seen.add(number)
        if not twice:
            return compare(stored, doc)
        if compare(said or stored, doc)[0] != "unchanged":
            raise bad(f"{draft.key} stands twice in this import, with different content", "duplicate", "key")
        return "unchanged", {}

    def _require_expected(self, draft: Draft, old: Doc) -> None:
        """Raise BadRecord where the row was made from another version of the claim than is stored."""
        if self._force or draft.expects in (None, old["version"]):
            return
        detail = (
            f"this was made from version {draft.expects} of {draft.key}, which is at version {old['version']} by now"
        )
        raise bad(f"{detail}: export it anew, or give --force to set it all the same", "conflict", "version")

    def _stamped(self, doc: Doc, version: int, recorded_at: str) -> Doc:
        now = {"recorded_at": recorded_at, "updated_at": self.revision.at, "revision": self.revision.number}
        return doc | {"version": version} | now

    def _relations(self, draft: Draft, last: bool) -> list[Doc] | None:
        """The relations with ids and keys; None while a claim that they name may still come."""
        relations = []
        for n, relation in enumerate(draft.doc["relations"]):
            named = self._related(relation, n)
            if named and named[0] == draft.id:
                raise bad("a claim has no relation to itself", "bad-value", "relations", n)
            if named is None:
                if not last:
                    return None
                told = f"there is no claim {relation['key']} here or in this import"
                told = f"{told}: import it as well, or leave the relation out"
                raise bad(told, "unknown-claim", "relations", n, "key")
            relations.append({"type": relation["type"], "claim": named[0], "key": named[1]})
        return relations

    def _lacks_unit(self, draft: Draft) -> bool:
        """Whether a figure has no unit, and its metric none yet: a later claim may give it one."""
        figures = [figure for figure in draft.doc["figures"] if figure["unit"] is None]
        return any(self.resolver.records[figure["metric"]["id"]]["unit"] is None for figure in figures)

    def _related(self, relation: Doc, n: int) -> tuple[str, str] | None:
        """The id and key of the claim that a relation names; its key decides where both are given."""
        if relation["key"] is not None:
            found = self.revision.id_of("clm", relation["key"])
            return (found, relation["key"]) if found else None
        kept = tables.RecordKey
        number = parse_id(relation["claim"], "clm") or 0
        if number > self._last_before:  # an id of this very import is nobody's to know
            number = 0
        key = self.connection.execute(select(kept.key).where(kept.type == "clm", kept.id == number)).scalar()
        if key is None:
            raise bad(f"there is no {relation['claim']}", "unknown-id", "relations", n, "claim")
        return relation["claim"], key

    def _tell_alike(self, new: dict[int, Doc]) -> None:
        """Note a claim that a new one may duplicate: same speaker, same folded words. new: documents by row."""
        claim = tables.Claim
        said = {row: (_speaker_of(doc), words_hash(doc)) for row, doc in new.items()}
        speakers = {speaker for speaker, _ in said.values()}
        found = (
            select(claim.speaker_id, claim.words_hash, func.min(claim.id), func.max(claim.id))
            .where(claim.until.is_(None), claim.words_hash.in_({hashed for _, hashed in said.values()}))
            .where(or_(claim.speaker_id.in_(speakers), claim.speaker_id.is_(None)))
            .group_by(claim.speaker_id, claim.words_hash)
        )
        ends = {(who, hashed): (low, high) for who, hashed, low, high in self.connection.execute(found)} if new else {}
        keys = self._keys_of({number for some in ends.values() for number in some})
        for row, doc in new.items():
            others = dict.fromkeys(keys[number] for number in ends.get(said[row], ()))
            self._outcomes[row].alike = [key for key in others if key != doc["key"]]

    def _keys_of(self, numbers: set[int]) -> dict[int, str]:
        """The keys of claims by the numbers in their ids."""
        kept = tables.RecordKey
        found: dict[int, str] = {}
        for some in chunks(sorted(numbers)):
            own = select(kept.id, kept.key).where(kept.type == "clm", kept.id.in_(some))
            found |= {row.id: row.key for row in self.connection.execute(own)}
        return found

    def _tell_taken_back(self, changed: dict[int, Stored]) -> None:
        """Note the fields with which an earlier version of a claim comes back. changed: what was stored, by row."""
        edited = {row: old.doc for row, old in changed.items() if old.doc["version"] > 1}
        earlier = self._earlier.documents([old["id"] for old in edited.values()])
        for row, old in edited.items():
            outcome = self._outcomes[row]
            outcome.taken_back = taken_back(outcome.changes, earlier.get(old["id"], []))

    def _write(self, versions: list[tuple[Doc, Stored | None]], positions: list[int]) -> None:
        """Close the old versions and insert the new ones at their positions, in the order of those."""
        if not versions:
            return
        self._close([old for _, old in versions if old])
        rows: dict[Any, list[Doc]] = {}
        entries: list[tuple[int, bool, Entry]] = []
        for (doc, _), pos in zip(versions, positions, strict=True):
            for table, row in rows_of(doc, pos):
                rows.setdefault(table, []).append(row)
            entries.append((pos, doc["status"] == "active", entry_of(doc, self.resolver.records)))
        for table, found in rows.items():
            insert_rows(self.connection, table, sorted(found, key=lambda row: (row["pos"], row.get("n", 0))))
        add_entries(self.connection, entries)
        self._note_languages({doc["language"].lower() for doc, _ in versions if doc["language"]})

    def _note_languages(self, languages: set[str]) -> None:
        new = languages - self._languages
        if new:
            known = set(self.connection.execute(select(tables.ClaimLanguage.language)).scalars())
            rows = [{"language": language} for language in sorted(new - known)]
            if rows:
                self.connection.execute(insert(tables.ClaimLanguage), rows)
            self._languages |= known | new

    def _close(self, stored: list[Stored]) -> None:
        """End versions. Versions created in this revision are deleted, not closed."""
        positions = [old.pos for old in stored]
        if not positions:
            return
        close_entries(self.connection, positions)
        own = [old.pos for old in stored if old.doc["revision"] == self.revision.number]
        for table in (tables.Claim, tables.Document, *CHILDREN, tables.IndexEntry):
            self.connection.execute(delete(table).where(table.pos.in_(own)))
        claim, now = tables.Claim, self.revision.number
        self.connection.execute(update(claim).where(claim.pos.in_(positions)).values(until=now, live=False))
        for table in (*CHILDREN, tables.IndexEntry):
            self.connection.execute(update(table).where(table.pos.in_(positions)).values(live=False))

    # Rendering anew

    def derive_all_anew(self, progress: Progress) -> None:
        """Render every current claim anew where what follows from other records is another by today's rules."""
        claim, done = tables.Claim, 0
        every = self.connection.execute(select(func.count()).where(claim.until.is_(None))).scalar_one()
        current = select(claim.pos).where(claim.until.is_(None), claim.since < self.revision.number)
        current = current.order_by(claim.pos.desc()).limit(BATCH)  # in the order of arrival, as positions run down
        batch = list(self.connection.execute(current).scalars())
        while batch:
            self._render_batch(batch)
            self.resolver.forget()
            done += len(batch)
            progress("content of claims derived", done, every)
            batch = list(self.connection.execute(current.where(claim.pos < batch[-1])).scalars())

    def _render_anew(self) -> None:
        """Give the claims that show changed records a new rendering: same version, this revision."""
        shelves = (self.resolver.speakers, self.resolver.sources, self.resolver.metrics)
        found: set[int] = set()
        self.revision.row = None
        for shelf in shelves:
            ids = [parse_id(one, shelf.prefix) for one in shelf.changed]
            for some in chunks(ids):
                found |= set(self.connection.execute(_showing(shelf.prefix, some)).scalars())
        for batch in chunks(sorted(found, reverse=True), BATCH):
            self._render_batch(batch)
            self.told()

    def _render_batch(self, positions: list[int]) -> None:
        document = tables.Document
        found = select(document.pos, document.doc).where(document.pos.in_(positions))
        stored = [Stored(pos, decode(doc)) for pos, doc in self.connection.execute(found.order_by(document.pos.desc()))]
        entries = self._digests(positions)
        prefetch(self.resolver, [old.doc for old in stored])
        versions: list[tuple[Doc, Stored | None]] = []
        for old in stored:
            doc = copy.deepcopy(old.doc)
            relink_claim(doc, self.resolver.merges)
            derive(doc, self.resolver)
            if old.doc["revision"] == self.revision.number or (parse_id(doc["id"], "clm") or 0) not in self._seen:
                self.verified.note(old.doc, doc)  # of all others their outcome tells
            if old.doc["revision"] < self.revision.number:
                self.verified.note_roles(old.doc, doc)
            digest = digest_of(entry_of(doc, self.resolver.records))
            if encode(doc) != encode(old.doc) or entries[old.pos] != digest:
                versions.append((doc | {"revision": self.revision.number}, old))
        # Versions of this revision keep their places: nobody saw them.
        seen = [doc for doc, old in versions if old and old.doc["revision"] < self.revision.number]
        if seen:
            self.revision.counts["rendered"] += len(seen)
        new = dict(zip([doc["id"] for doc in seen], self._positions.take([day_of(doc) for doc in seen]), strict=True))
        self._write(versions, [new.get(doc["id"], old.pos) for doc, old in versions if old])

    def _digests(self, positions: list[int]) -> dict[int, int]:
        entry = tables.IndexEntry
        found = select(entry.pos, entry.digest).where(entry.pos.in_(positions))
        return {row.pos: row.digest for row in self.connection.execute(found)}


def _showing(prefix: str, ids: list[int | None]) -> Select[Any]:
    """The positions of the current claims that show any of these speakers, sources or metrics."""
    claim, role, citation, figure = tables.Claim, tables.Role, tables.Citation, tables.Figure
    own: dict[str, tuple[Any, ...]] = {
        "spk": (claim.speaker_id, role.organization_id),
        "src": (citation.source_id, claim.retraction_source),
        "met": (figure.metric_id,),
    }
    shows = union(*(select(column.class_.pos).where(column.in_(ids)) for column in own[prefix])).subquery()
    return select(claim.pos).join(shows, shows.c.pos == claim.pos).where(claim.until.is_(None))


def _speaker_of(doc: Doc) -> int | None:
    return parse_id(doc["speaker"]["id"], "spk") if doc["speaker"] else None
