"""Renderings: claims whose document or index facts follow from another record that changed get a new version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sqlalchemy import func, select

from app.domain.record.records_in import parse_id
from app.store.database import tables
from app.store.database.bulk_insert import Progress
from app.store.history.revision import Revision
from app.store.index.terms import claim_facts, facts_hash
from app.store.records.document import Doc, decode, encode
from app.store.write.amending import Stored, current_versions
from app.store.write.derived_parts import derive, derive_shown
from app.store.write.flags import Flags
from app.store.write.links import relink_claim, relinked
from app.store.write.places import look_up_together
from app.store.write.prefetch import prefetch_shown
from app.store.write.resolver import Resolver
from app.store.write.verified import Verified
from app.store.write.versions import Version, Versions

BATCH: Final = 1_000  # versions rendered at a time


class Renderings:
    """Renders claims anew in one revision: the same version of the record, another document.

    spoken_of: the claims that this revision's rows spoke of, by the number in their ids. told: called after each batch.
    """

    def __init__(
        self, revision: Revision, resolver: Resolver, versions: Versions, spoken_of: Flags, told: Callable[[], None]
    ) -> None:
        self._revision = revision
        self._resolver = resolver
        self._versions = versions
        self._spoken_of = spoken_of
        self._told = told
        self.merged: set[str] = set()  # ids of the claims that this revision merged into others
        self.verified = Verified(revision, resolver.sources.with_new_text)

    def render_showing(self) -> None:
        """Render the claims that show a record which changed."""
        found: set[int] = set()
        self._revision.row = None
        for shelf in (self._resolver.speakers, self._resolver.sources, self._resolver.metrics):
            found.update(self._resolver.showing.claims(shelf.prefix, shelf.changed))
        found.update(self._resolver.showing.claims("clm", self.merged))
        numbers = sorted(found)
        for start in range(0, len(numbers), BATCH):
            self._render(numbers[start : start + BATCH])
            self._told()

    def render_all(self, progress: Progress) -> None:
        """Render every current claim of before this revision."""
        claim, done, last = tables.Claim, 0, 0
        connection, current = self._revision.connection, (claim.until.is_(None), claim.since < self._revision.number)
        every = connection.execute(select(func.count()).where(*current)).scalar_one()
        numbers = select(claim.number).where(*current).order_by(claim.number).limit(BATCH)
        while batch := list(connection.execute(numbers.where(claim.number > last)).scalars()):
            self._render(batch, by_other_rules=True)
            self._resolver.forget()
            done, last = done + len(batch), batch[-1]
            progress("content of claims derived", done, every)

    def _render(self, numbers: list[int], *, by_other_rules: bool = False) -> None:
        """Write what differs of these versions, where they are current. by_other_rules: than they were rendered by."""
        stored = current_versions(self._revision.connection, numbers)
        prefetch_shown(self._resolver, [old.doc for old in stored])
        if by_other_rules or self._resolver.sources.with_new_text:
            look_up_together((old.doc for old in stored), self._resolver.texts)
        versions = [version for old in stored if (version := self._rendered(old, by_other_rules))]
        seen = sum(1 for version in versions if not self._is_own(version.replaces))
        if seen:  # nobody saw those that this revision wrote
            self._revision.counts["rendered"] += seen
        self._versions.write(versions)

    def _rendered(self, old: Stored, by_other_rules: bool) -> Version | None:
        """The new version of a claim; None where neither the document nor the facts are others."""
        doc = decode(encode(old.doc))  # a copy, faster than copy.deepcopy makes it
        relink_claim(doc, self._resolver.merges)
        key_of = self._revision.key_of_claim
        doc["relations"] = relinked(doc["id"], doc["relations"], self._resolver.merges, key_of)
        if by_other_rules or self._has_other_texts(old.doc, doc):
            derive(doc, self._resolver)
        else:
            derive_shown(doc, self._resolver)
        if self._is_own(old) or (parse_id(doc["id"], "clm") or 0) not in self._spoken_of:
            self.verified.note(old.doc, doc)  # of all others their outcome tells
        if not self._is_own(old):
            self.verified.note_roles(old.doc, doc)
        if doc == old.doc and not (by_other_rules or self._shows_changed_source(doc)):
            return None
        facts = claim_facts(doc, self._resolver.records)
        if doc == old.doc and facts_hash(facts) == old.facts_hash:
            return None
        return Version(doc | {"revision": self._revision.number}, old, facts)

    def _has_other_texts(self, old: Doc, new: Doc) -> bool:
        """Whether the text of a source is another, or the source itself, since another was merged into it."""
        before, after = ([citation["source"]["id"] for citation in doc["citations"]] for doc in (old, new))
        return before != after or not self._resolver.sources.with_new_text.isdisjoint(after)

    def _shows_changed_source(self, doc: Doc) -> bool:
        """Whether a claim cites a source that changed, of which it has facts beside what it shows."""
        changed = self._resolver.sources.changed
        return any(citation["source"]["id"] in changed for citation in doc["citations"])

    def _is_own(self, stored: Stored | None) -> bool:
        """Whether this very revision wrote a version."""
        return stored is not None and stored.doc["revision"] == self._revision.number
