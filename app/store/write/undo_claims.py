"""Undoing claims: back to their content before a revision, ended where it created them, current again where it ended
them. They are read and written some at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pyroaring import BitMap

from app.store.database.bulk_insert import Progress, chunks
from app.store.database.fetching import fetch_rows
from app.store.history.actions import action_of
from app.store.records.document import Doc, decode, encode, references
from app.store.records.rows import number_of
from app.store.write.amending import Stored, current_claims, current_versions, last_claims
from app.store.write.derived_parts import derive
from app.store.write.links import relink_claim
from app.store.write.prefetch import prefetch_shown
from app.store.write.said_references import SaidReferences, slots_of, staying
from app.store.write.undo_target import BATCH, Target, Touched, shown_again
from app.store.write.versions import Version
from app.store.write.writer import Writer

_DOCUMENTS: Final = "SELECT number, doc FROM documents WHERE number IN ??"
_OF_BEFORE: Final = (
    "SELECT number FROM claims c WHERE number IN ?? AND until IS NULL"
    " AND EXISTS (SELECT 1 FROM claims o WHERE o.id = c.id AND o.since < ?) ORDER BY number"
)
_ENDED: Final = "SELECT id, doc FROM claims JOIN documents USING (number) WHERE until = ? AND id IN ??"


class ClaimsBack:
    """Takes back what a revision did to claims."""

    def __init__(self, writer: Writer, target: Target, progress: Progress) -> None:
        self._writer = writer
        self._revision = writer.revision
        self._connection = writer.connection
        self._target = target
        self._progress = progress
        self._said = SaidReferences(writer.revision, writer.resolver.merges)
        self.staying: list[tuple[str, str]] = []  # claims that stay with the survivor of a merge: ids, and why
        self._again = {number: into for kind, number, into in target.unmerged if kind == "clm"}

    def go_back(self) -> None:
        """Write what is to be as before the revision. Claims that showed what it merged show that again, where they did
        not get another reference since.
        """
        merged = {f"{one.type}_{one.id}" for one in self._target.merges if one.is_first}
        apart = [one.id for one in self._target.merges if one.is_first and one.type == "clm"]
        for number, into in self._again.items():
            self._merge_again(f"clm_{number}", f"clm_{into}")
        self._come_back([*self._target.ended.get("clm", ()), *apart])
        done, every = 0, self._target.claims_in_all
        for batch in self._target.claims():
            self._edit([row for row in batch if not row.is_made and not row.is_rendered])
            if merged:
                self._show([row for row in batch if row.is_rendered and row.now == row.place], merged)
            self._writer.resolver.forget()
            done += len(batch)
            self._progress("claims looked at", done, every)
        for some in chunks(self._changed_since(), BATCH):
            self._show_changed(some)
            self._writer.resolver.forget()

    def _merge_again(self, merged: str, into: str) -> None:
        """Make a claim part of the one again that the revision took it from."""
        current = current_claims(self._connection, [merged, into])
        if gone := [one for one in (into, merged) if one not in current]:
            doc = {"id": merged, "key": self._revision.key_of(merged)}
            raise shown_again(doc, gone, self._revision)
        self._writer.end_merged(current[merged])
        self._writer.resolver.merges.add(merged, into)

    def _edit(self, rows: list[Touched]) -> None:
        docs = self._documents(row.previous for row in rows)
        stored = self._current(rows)
        contents = [docs[row.previous] for row in rows]
        self._said.lead(contents)
        prefetch_shown(self._writer.resolver, contents)
        self._writer.write_versions(
            Version(self._next(docs[row.previous], stored[row.current].doc), stored[row.current]) for row in rows
        )

    def _next(self, content: Doc, last: Doc) -> Doc:
        """An earlier content of a claim as its next version."""
        doc = self._derived(content)
        version = last["version"] + 1
        action = action_of(version, doc["status"], last["version"], last["status"])
        self._revision.counts[action] += 1
        now = {"updated_at": self._revision.at, "revision": self._revision.number}
        return doc | {"version": version, "recorded_at": last["recorded_at"]} | now

    def _derived(self, content: Doc) -> Doc:
        """An earlier content of a claim with what follows from other records today. Raises Conflict where one of them
        has ended since.
        """
        doc = decode(encode(content))
        resolver = self._writer.resolver
        doc["relations"] = [one for one in doc["relations"] if one["key"] is not None]  # others are to purged claims
        relink_claim(doc, resolver.merges)
        gone = [one for one in sorted(references(doc)) if not resolver.has(one)]
        related = {number_of(relation["claim"]) for relation in doc["relations"]}
        gone += [f"clm_{number}" for number in sorted(self._revision.ended_among("clm", sorted(related)))]
        if gone:
            raise shown_again(doc, gone, self._revision)
        derive(doc, resolver)
        return doc

    def _show(self, rows: list[Touched], merged: set[str]) -> None:
        """Render claims with the records that they showed before these were merged."""
        docs = self._documents(row.previous for row in rows)
        rows = [row for row in rows if not merged.isdisjoint(_shown_by(docs[row.previous]))]
        stored = self._current(rows)
        prefetch_shown(self._writer.resolver, [docs[row.previous] for row in rows])
        self._render((docs[row.previous], stored[row.current]) for row in rows)

    def _changed_since(self) -> list[int]:
        """The current versions that show a survivor of the revision's merges, and are later, of claims of before it."""
        showing = self._writer.resolver.showing
        found = set[int]()
        for one in self._target.merges:
            found |= showing.claims(one.type, [f"{one.type}_{one.into}"])
        last = self._target.last_claim
        later = [number for number in BitMap(found) & showing.alive() if number > last]
        return [
            number
            for some in chunks(later, BATCH)
            for (number,) in fetch_rows(self._connection, _OF_BEFORE, some, self._target.number)
        ]

    def _show_changed(self, numbers: list[int]) -> None:
        """The same of claims that have changed since: an edit of what else they say does not settle whom they name."""
        stored = current_versions(self._connection, numbers)
        docs = {old.doc["id"]: decode(encode(old.doc)) for old in stored}
        versions = self._said.lead(docs.values())
        for claim_id, some in versions.items():
            if reason := staying(some, self._target.survivors, self._target.number):
                self.staying.append((claim_id, reason))
        changed = [old for old in stored if _named_by(old.doc) != _named_by(docs[old.doc["id"]])]
        prefetch_shown(self._writer.resolver, [docs[old.doc["id"]] for old in changed])
        self._render((docs[old.doc["id"]], old) for old in changed)

    def _render(self, contents: Iterable[tuple[Doc, Stored]]) -> None:
        """Write contents as renderings of current versions."""
        versions = []
        for content, last in contents:
            own = {name: last.doc[name] for name in ("version", "recorded_at", "updated_at")}
            doc = self._derived(content) | own | {"revision": self._revision.number}
            versions.append(Version(doc, last))
            self._revision.counts["rendered"] += 1
        self._writer.write_versions(versions)

    def _come_back(self, numbers: list[int]) -> None:
        """Write what the revision ended of claims anew, as their next versions."""
        self._revision.note_revived("clm", numbers)
        for some in chunks(numbers, BATCH):
            last = last_claims(self._connection, [f"clm_{number}" for number in some])
            found = fetch_rows(self._connection, _ENDED, self._target.number, some)
            docs = {f"clm_{number}": decode(text) for number, text in found}
            self._said.lead(docs.values())
            prefetch_shown(self._writer.resolver, docs.values())
            self._writer.write_versions(Version(self._revived(docs[one], last[one])) for one in last)
            self._writer.resolver.forget()

    def _revived(self, content: Doc, last: Doc) -> Doc:
        now = {"updated_at": self._revision.at, "revision": self._revision.number}
        self._revision.counts["revived"] += 1
        return self._derived(content) | {"version": last["version"] + 1, "recorded_at": last["recorded_at"]} | now

    def _documents(self, numbers: Iterable[int]) -> dict[int, Doc]:
        wanted = list(numbers)
        found = fetch_rows(self._connection, _DOCUMENTS, wanted) if wanted else []
        return {number: decode(text) for number, text in found}

    def _current(self, rows: list[Touched]) -> dict[int, Stored]:
        numbers = sorted(row.current for row in rows)
        return {old.number: old for old in current_versions(self._connection, numbers)} if numbers else {}

    # Claims that the revision made

    def end_made(self) -> Iterator[str]:
        """End the claims that the revision made, but those that others bear on; the ids of these."""
        showing, kept = self._writer.resolver.showing, set[int]()
        ending = BitMap([row.current for row in self._made()])
        while ending:
            alive = showing.alive(ending)
            more = set[int]()
            for some in self._in_batches():
                now = {f"clm_{row.id}": row.current for row in some if row.current in ending}
                more |= {now[one] for one in showing.shown("clm", list(now), alive)}
            if not more:
                break
            kept |= more
            ending -= BitMap(more)
        done = 0
        for some in self._in_batches():
            ended = [row for row in some if row.current in ending]
            self._writer.end_claims([(row.id, row.current) for row in ended])
            done += len(some)
            self._progress("claims undone", done, len(ending) + len(kept))
        yield from (f"clm_{row.id}" for row in self._made() if row.current in kept)

    def _made(self) -> Iterator[Touched]:
        for some in self._in_batches():
            yield from some

    def _in_batches(self) -> Iterator[list[Touched]]:
        for batch in self._target.claims():
            if made := [row for row in batch if row.is_made and row.id not in self._again]:
                yield made


def _shown_by(doc: Doc) -> set[str]:
    """The ids of all records that a claim's document names."""
    return references(doc) | {relation["claim"] for relation in doc["relations"]}


def _named_by(doc: Doc) -> list[tuple[str, str]]:
    return [(slot.what, slot.id) for slot in slots_of(doc)]
