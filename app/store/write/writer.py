"""The write path: every change of claims goes through it.

Claims come in batches. Each is resolved to records and a key, compared with what is stored, and written as a new
version where it differs. `finish` renders anew the claims that show a record which changed, and makes the revision.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence

import msgspec

from app.domain.record.derived import Unread
from app.errors import BadRecord, FieldPath, Problem
from app.store.database.bulk_insert import Progress, chunks
from app.store.history.revision import Revision
from app.store.index.families import CLAIM
from app.store.index.writing import IndexWriter
from app.store.records.document import Doc
from app.store.records.rows import number_of
from app.store.write.amending import Amender, Given, Stored, current_claims, last_claims, stays_retracted
from app.store.write.claim_keys import derived_keys
from app.store.write.claim_relations import ClaimRelations
from app.store.write.claim_words import words_of
from app.store.write.compare import compare
from app.store.write.datasets import Datasets
from app.store.write.derived_parts import derive
from app.store.write.differences import Differences
from app.store.write.ends import note_ended
from app.store.write.flags import Flags
from app.store.write.grouped_thousands import grouped_thousands
from app.store.write.links import encoded_references, link_claim
from app.store.write.merged_claims import MergedClaims
from app.store.write.moved_citations import Located, leave_old_places
from app.store.write.outcomes import Outcome, Outcomes
from app.store.write.places import look_up_together, unread_places
from app.store.write.prefetch import prefetch, prefetch_shown
from app.store.write.prepared import Prepared
from app.store.write.references import bad
from app.store.write.rendering import Renderings
from app.store.write.resolver import Resolver
from app.store.write.roles import leave_to_tenures, unread_roles
from app.store.write.verified import quote_warnings
from app.store.write.versions import Version, Versions

BATCH = 1_000  # claims that are written at a time


class Draft(msgspec.Struct):
    """A claim on its way: its document with references by id, and relations as they were given. keys: what it may be
    stored by, the first of which it has if it is new.
    """

    row: int
    doc: Doc
    keys: list[str]
    key: str = ""
    id: str = ""
    expects: int | None = None  # the version that the row was made from, if it says so
    prepared: Prepared | None = None  # what follows from the document alone, where it is known
    grouped: Sequence[str] = ()  # see Given
    held: Sequence[tuple[int, Doc]] = ()  # see Given
    restores: bool = False  # whether it may take a retraction back
    tenured: Sequence[Sequence[str]] = ()  # see Given
    moved: Sequence[Located] = ()  # see Given
    unread: Sequence[Unread] = ()  # see Given


class Writer:
    """Writes claims in one revision. Problems and outcomes are by the caller's row numbers. force: rows that were made
    from an older version of their claim change it all the same.
    """

    def __init__(self, revision: Revision, *, force: bool = False) -> None:
        self.revision = revision
        self.connection = revision.connection
        self._index = IndexWriter(self.connection, revision.number)
        self.resolver = Resolver(revision, self._index)
        self.told: Callable[[], None] = lambda: None  # called when there may be much to be told of
        self.outcomes = Outcomes(self.connection)
        self.datasets = Datasets(revision, self._refuse)
        self._versions = Versions(revision, self._index, self.resolver.records)
        self._seen = Flags()  # the claims that this import spoke of, by the number in their id
        self._renderings = Renderings(revision, self.resolver, self._versions, self._seen, lambda: self.told())
        self.verified = self._renderings.verified
        self._refused = False  # whether any row was
        self._problems: dict[int, list[Problem]] = {}
        self._amender = Amender(revision, self._refuse)
        self._force = force
        self._waiting: list[Draft] = []
        self._relations = ClaimRelations(revision, self.resolver.merges)
        self._merged = MergedClaims(revision, self.resolver.merges, self.outcomes)

    def put_rows(self, rows: list[Given]) -> None:
        """Create or update claims, whose documents become the writer's own; some rows may name only some fields.

        Claims with unknown relations wait for `finish`.
        """
        whole = self._amender.amend(self._merged.without(rows))
        given = [(one, one.doc) for one in whole if one.doc is not None]
        drafts = self._drafts(given)
        related = [relation["key"] for draft in drafts for relation in draft.doc["relations"] if relation["key"]]
        self.revision.find_keys("clm", [*(key for draft in drafts for key in draft.keys), *related])
        for draft in drafts:
            draft.key = next((key for key in draft.keys if self.revision.is_known("clm", key)), draft.keys[0])
        drafts = [draft for draft in drafts if not self._is_purged(draft)]
        drafts = [draft for draft in drafts if not self._merged.tell(draft.row, self.revision.id_of("clm", draft.key))]
        nameless = {one.row: one for one, _ in given if one.patch is not None and not (one.key or one.id)}
        self._put(self._with_found(drafts, nameless) if nameless else drafts, last=False)
        # Written claims can be read again: an import of millions is not held in memory.
        self.resolver.forget()
        self.revision.forget()

    def place_of(self, row: int, path: FieldPath) -> FieldPath | None:
        """The place in a row of a place in its whole claim; None for a row that tells a claim by itself."""
        return self._amender.place_of(row, path)

    def take_problems(self) -> dict[int, list[Problem]]:
        """The problems of the refused rows, by row number; each is given once."""
        problems, self._problems = self._problems, {}
        return problems

    def require_right(self) -> None:
        """Raise BadRecord where anything that was written is wrong."""
        problems = [problem for some in self.take_problems().values() for problem in some]
        if problems:
            raise BadRecord.of(problems)

    def _is_purged(self, draft: Draft) -> bool:
        """Whether a draft is refused, since the claim with its key was purged."""
        told = self.revision.refusal("clm", draft.key)
        if told:
            self._refuse(draft.row, [Problem((), "purged", told)])
        return told is not None

    def _refuse(self, row: int, problems: Iterable[Problem]) -> None:
        self._refused = True
        self._problems.setdefault(row, []).extend(problems)

    def finish(self, *, dry_run: bool = False) -> bool:
        """Write what waits, render anew what shows changed records, and make the revision; whether there is one.

        With problems, or on a dry run, nothing is to be kept: the caller rolls back.
        """
        waiting, self._waiting = self._waiting, []
        for some in chunks(waiting, BATCH):
            prefetch_shown(self.resolver, [draft.doc for draft in some])
            self._put(some, last=True)
        for row, problem in self.resolver.later_keys_as_names():
            self._refuse(row, [problem])
        self.resolver.flush()
        self.resolver.show_speakers_anew()
        self.resolver.flush()
        self._renderings.render_showing()
        self.resolver.tell_counted()
        self.datasets.flush()
        self.revision.flush()
        if dry_run or self._refused or not self.revision.commit_counts():
            return False
        self._index.store()
        return True

    def write_versions(self, versions: Iterable[Version]) -> None:
        """Write versions of claims as they are, for who has made them whole."""
        self._versions.write(self.datasets.noting(versions))

    def end_claims(self, claims: list[tuple[int, int]]) -> None:
        """End claims whose creation is undone: the number in the id, and that of the current version, of each."""
        self._versions.end_numbers([number for _, number in claims])
        note_ended(self.connection, "clm", [one for one, _ in claims], self.revision.number)
        if claims:
            self.revision.counts["undone"] += len(claims)

    def end_merged(self, claim: Stored) -> None:
        """End the version of a claim that is part of another from now on: those that name it are rendered anew."""
        self._versions.end([claim])
        self._renderings.merged.add(claim.doc["id"])
        self.revision.counts["claims_merged"] += 1

    @property
    def differences(self) -> Differences:
        """The differences that the revision makes to stored records and claims, as far as it is written."""
        return Differences(self.revision, self._index.lasts_before.of(CLAIM))

    def is_told(self, number: int) -> bool:
        """Whether a row of this revision told the claim with this number in its id."""
        return number in self._seen

    def derive_all_anew(self, progress: Progress) -> None:
        """Render every current claim anew where what follows from other records is another by today's rules."""
        self._renderings.render_all(progress)

    # From a claim to its document

    def _with_found(self, drafts: list[Draft], rows: dict[int, Given]) -> list[Draft]:
        """The drafts; under those of rows that name no claim, and tell a stored one, the rest of that."""
        found = ((draft.row, self.revision.id_of("clm", draft.key)) for draft in drafts if draft.row in rows)
        whole = self._amender.amend_found(rows, {row: claim for row, claim in found if claim})
        with_rest: list[Draft] = []
        for draft in drafts:
            if draft.row not in whole:
                with_rest += [] if draft.row in self._problems else [draft]
                continue
            one = whole[draft.row]
            doc = one.doc or {}
            if linked := self._draft(draft.row, doc, encoded_references(doc), one.expects):
                own = msgspec.structs.replace(linked, key=draft.key, grouped=draft.grouped, restores=draft.restores)
                with_rest.append(msgspec.structs.replace(own, held=one.held, tenured=one.tenured))
        return with_rest

    def _drafts(self, given: list[tuple[Given, Doc]]) -> list[Draft]:
        references = [one.prepared.references if one.prepared else encoded_references(doc) for one, doc in given]
        prefetch(self.resolver, [(doc, said) for (_, doc), said in zip(given, references, strict=True)])
        found: list[Draft] = []
        for (one, doc), said in zip(given, references, strict=True):
            if draft := self._draft(one.row, doc, said, one.expects):
                draft.prepared, draft.held, draft.tenured = one.prepared, one.held, one.tenured
                draft.restores, draft.moved, draft.unread = one.restores, one.moved, one.unread
                draft.grouped = one.grouped
                found.append(draft)
        return found

    def _draft(self, row: int, doc: Doc, references: list[str], expects: int | None) -> Draft | None:
        self.revision.row = row
        problems = link_claim(doc, self.resolver, references)
        if problems:
            self._refuse(row, problems)
            return None
        keys = [doc["key"]] if doc["key"] else derived_keys(doc, self.resolver)
        return Draft(row, doc, keys, expects=expects)

    def _document(self, draft: Draft, relations: list[Doc], stored: Doc | None) -> Doc:
        doc = draft.doc | {"id": draft.id, "key": draft.key, "relations": relations}
        if stored and stored["retraction"] and not (doc["retraction"] or draft.restores):
            doc |= {"status": stored["status"], "retraction": copy.deepcopy(stored["retraction"])}
            self.revision.warn(stays_retracted(draft.key, self.revision.door))
        self._warn(leave_old_places(doc, stored, draft.moved, self.resolver.merges))
        self._warn(self.resolver.units.take(doc, stored))
        self._warn(leave_to_tenures(doc, draft.tenured, self.resolver.records))
        self._warn(one.problem for one in draft.unread if not one.is_shown(stored))
        given = [citation["locator"] for citation in doc["citations"]]
        derive(doc, self.resolver, draft.prepared.places if draft.prepared else ())
        self._warn(unread_places(given, doc["citations"], stored["citations"] if stored else ()))
        if stored:  # elsewhere the tenures are unknown, for exports of claims do not hold them
            speaker = self.resolver.records[doc["speaker"]["id"]] if doc["speaker"] else None
            self._warn(unread_roles(draft.held, speaker))
        return doc

    def _warn(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.revision.warn(problem)

    # From documents to versions

    def _put(self, drafts: list[Draft], *, last: bool) -> None:
        known: list[str] = []
        for draft in drafts:
            found = self.revision.id_of("clm", draft.key)
            draft.id = found or self.revision.new_id("clm", draft.key)
            known += [draft.id] if found or self.revision.is_older(draft.id) else []
        stored = current_claims(self.connection, known)
        older = [one for one in known if one not in stored and self.revision.is_older(one)]
        ended = last_claims(self.connection, older)
        batch: dict[str, Doc] = {}
        unplaced = (draft.doc for draft in drafts if not (draft.prepared and draft.prepared.places))
        look_up_together(unplaced, self.resolver.texts)
        drawn = [self._version(draft, stored.get(draft.id), ended.get(draft.id), batch, last) for draft in drafts]
        told = [(draft, version) for draft, version in zip(drafts, drawn, strict=True) if version]
        self.resolver.flush()
        self.revision.flush()
        words = [draft.prepared.words if draft.prepared else words_of(version) for draft, version in told]
        each = list(zip(told, words, strict=True))
        self._versions.write(Version(version, stored.get(draft.id), words=own) for (draft, version), own in each)
        new = {draft.row: (version, own) for (draft, version), own in each if draft.id not in stored}
        self.outcomes.tell_alike(new)
        changed = {draft.row: (stored[draft.id].doc, version) for draft, version in told if draft.id in stored}
        self.outcomes.tell_taken_back(changed, {draft.row for draft, _ in told if draft.restores})

    def _version(
        self, draft: Draft, stored: Stored | None, ended: Doc | None, batch: dict[str, Doc], last: bool
    ) -> Doc | None:
        """The document to be written for a draft; None where it says nothing new, waits, or is wrong.

        ended: the last document of a claim that has ended, and comes back. batch: what the batch has said of claims so
        far, by id.
        """
        old = stored.doc if stored else None
        before = old or ended
        self.revision.row = draft.row
        try:
            relations = self._relations.of(draft.id, draft.doc["relations"], last=last)
            if relations is None or (not last and self._lacks_unit(draft)):
                draft.prepared = None  # it can be made again: the waiting are in memory
                self._waiting.append(draft)
                return None
            doc = self._document(draft, relations, old)
            action, changes = self._compared(draft, doc, old, batch.get(draft.id))
            if old and action != "unchanged":
                self._require_expected(draft, old)
        except BadRecord as error:
            self._refuse(draft.row, error.problems)
            return None
        action = "revived" if ended and action == "created" else action
        batch[draft.id] = doc
        verifications = [citation["verification"] for citation in doc["citations"]]
        unfound = list(quote_warnings(doc, doc["citations"]))
        outcome = Outcome(action, draft.id, draft.key, changes, verifications=verifications, unfound=unfound)
        self.outcomes.add(draft.row, outcome)
        if action == "unchanged":
            return None
        self._warn(grouped_thousands(doc, old, draft.grouped))
        self.datasets.need(doc["dataset"])
        self.revision.counts[action] += 1
        return self._stamped(doc, before)

    def _compared(self, draft: Draft, doc: Doc, stored: Doc | None, said: Doc | None) -> tuple[str, Doc]:
        """The action and its changes. said: what this batch said of the claim before.

        For a claim of an earlier batch of this import it is in `stored`. Raises BadRecord where the import
        contradicts itself.
        """
        number = number_of(draft.id)
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

    def _stamped(self, doc: Doc, before: Doc | None) -> Doc:
        """The document as the next version of the one before."""
        version, recorded_at = (before["version"] + 1, before["recorded_at"]) if before else (1, self.revision.at)
        now = {"recorded_at": recorded_at, "updated_at": self.revision.at, "revision": self.revision.number}
        return doc | {"version": version} | now

    def _lacks_unit(self, draft: Draft) -> bool:
        """Whether a figure has no unit, and its metric none yet: a later claim may give it one."""
        figures = [figure for figure in draft.doc["figures"] if figure["unit"] is None]
        return any(self.resolver.records[figure["metric"]["id"]]["unit"] is None for figure in figures)
