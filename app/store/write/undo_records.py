"""Undoing speakers, sources and metrics: back to what they were before a revision, apart where it merged them, ended
where it created them and nothing shows them, current again where it ended them.
"""

from __future__ import annotations

from typing import Final

from app.domain.record.records_in import parse_id
from app.errors import Conflict
from app.store.database.bulk_insert import chunks
from app.store.database.fetching import fetch_rows
from app.store.records.document import Doc, decode, encode
from app.store.records.fields import GIVEN
from app.store.records.kinds import NOUNS
from app.store.write.said_references import SaidReferences, slots_of, staying
from app.store.write.stored_records import Shelf
from app.store.write.undo_target import Target, Touched, shown_again
from app.store.write.writer import Writer

_VERSION: Final = "SELECT doc FROM {} WHERE id = ? AND since = ?"
_ENDED: Final = "SELECT doc FROM {} WHERE id = ? AND until = ?"
IN_ORDER: Final = ("spk", "src", "met")  # speakers first: those that stay keep their sources


class RecordsBack:
    """Takes back what a revision did to other records than claims."""

    def __init__(self, writer: Writer, target: Target) -> None:
        self._writer = writer
        self._connection = writer.connection
        self._target = target
        self._said = SaidReferences(writer.revision, writer.resolver.merges)
        self.staying: list[tuple[str, str]] = []  # speakers that stay with the survivor of a merge: ids, and why
        self._shelves: dict[str, Shelf] = {shelf.prefix: shelf for shelf, _ in writer.resolver.shelves()}
        for shelf in self._shelves.values():
            shelf.changing = lambda _docs: None  # nobody is to be warned of what comes back
        self._touched: dict[str, list[Touched]] = {prefix: target.records(prefix) for prefix in NOUNS}
        self._apart = {(one.type, one.id) for one in target.merges if one.is_first}
        self._again = {(kind, number): into for kind, number, into in target.unmerged if kind != "clm"}

    def go_back(self) -> None:
        """Change what is to be as before the revision; it is written when the writer finishes."""
        resolver = self._writer.resolver
        if self._target.merges:
            resolver.merges.take_back(self._target.number)
        for prefix, shelf in self._shelves.items():
            apart = [number for kind, number in sorted(self._apart) if kind == prefix]
            for number in (*self._target.ended.get(prefix, ()), *apart):
                shelf.come_back(f"{prefix}_{number}", self._content(_ENDED, shelf, number, self._target.number))
        for prefix, shelf in self._shelves.items():
            for row in self._touched[prefix]:
                if not row.is_made and not row.is_rendered:
                    content = self._before(shelf, row)
                    shelf.change(f"{prefix}_{row.id}", {name: content[name] for name in GIVEN[prefix]})
        self._show_apart()
        for (prefix, number), into in self._again.items():
            self._merge_again(prefix, number, into)
        self._show_tenures()

    def _before(self, shelf: Shelf, row: Touched) -> Doc:
        return self._content(_VERSION, shelf, row.id, row.previous)

    def _content(self, statement: str, shelf: Shelf, number: int, revision: int) -> Doc:
        ((text,),) = fetch_rows(self._connection, statement.format(shelf.table.__tablename__), number, revision)
        doc = decode(text)
        self._said.lead([doc])
        return doc

    def _show_apart(self) -> None:
        """Let speakers show the organizations again, and belong to the source, that were merged, where they did not get
        others since.
        """
        shelf, survivors = self._shelves["spk"], self._target.survivors
        found = set[str]()
        for prefix in ("spk", "src"):
            numbers = [one.into for one in self._target.merges if one.type == prefix]
            found |= {holder for holder, _ in self._writer.resolver.showing.holders(prefix, numbers)}
        shelf.hold(found, ())
        for speaker_id in sorted(found - set(shelf.unwritten())):
            stored = shelf.doc(speaker_id)
            doc = decode(encode(stored))
            versions = self._said.lead([doc]).get(speaker_id, [])
            if versions and (reason := staying(versions, survivors, self._target.number)):
                self.staying.append((speaker_id, reason))
            if [slot.id for slot in slots_of(doc)] != [slot.id for slot in slots_of(stored)]:
                shelf.show_anew(speaker_id, doc)

    def _merge_again(self, prefix: str, number: int, into: int) -> None:
        shelf = self._shelves[prefix]
        if shelf.get(f"{prefix}_{into}") is None or shelf.get(f"{prefix}_{number}") is None:
            doc = {"id": f"{prefix}_{number}", "key": self._writer.revision.key_of(f"{prefix}_{number}")}
            raise shown_again(doc, [f"{prefix}_{into}"], self._writer.revision)
        shelf.merge(f"{prefix}_{number}", f"{prefix}_{into}")

    def _show_tenures(self) -> None:
        """Let the speakers that change show the organizations of their tenures as these are now. Raises Conflict where
        one of those has ended, or the source that a speaker belongs to.
        """
        shelf, resolver = self._shelves["spk"], self._writer.resolver
        for speaker_id in shelf.unwritten():
            doc = shelf.doc(speaker_id)
            needed = [one["organization"]["id"] for one in doc["tenures"] if one["organization"]]
            needed += [doc["source"]] if doc["source"] else []
            self._require_current(doc, [resolver.merges.survivor(one) for one in needed])
            if needed:
                shelf.show_anew(speaker_id, doc | resolver.shown_of(doc))

    def _require_current(self, doc: Doc, needed: list[str]) -> None:
        gone = [one for one in needed if not self._writer.resolver.has(one)]
        if gone:
            raise shown_again(doc, gone, self._writer.revision)

    def require_own(self) -> None:
        """Raise Conflict where a record would get back a name, identifier or address that is another's by now."""
        found = self._writer.resolver.taken()
        if found:
            record_id, problem = found[0]
            raise Conflict(f"{record_id}: {problem}", code="edited-since")

    # Records that the revision made

    def end_made(self) -> list[str]:
        """End the records that the revision made and nothing shows; the ids of the others."""
        kept: list[str] = []
        alive = self._writer.resolver.showing.alive()
        for prefix in IN_ORDER:
            rows = (row for row in self._touched[prefix] if row.is_made)
            made = [f"{prefix}_{row.id}" for row in rows if (prefix, row.id) not in self._again]
            shown = set[str]()
            for some in chunks(made):
                shown |= self._writer.resolver.showing.shown(prefix, some, alive)
            if made and prefix != "met":
                shown |= self._held_by_speakers(prefix, set(made), shown)
            for some in chunks([one for one in made if one not in shown]):
                self._shelves[prefix].end(some)
            kept += [one for one in made if one in shown]
        return kept

    def _held_by_speakers(self, prefix: str, made: set[str], shown: set[str]) -> set[str]:
        """The records among these that tenures of speakers that stay are held at, or that these belong to."""
        held = self._writer.resolver.showing.holders(prefix, [parse_id(one, prefix) or 0 for one in made])
        changed = self._shelves["spk"].unwritten()
        held = [one for one in held if one[0] not in changed]
        for speaker_id in changed:
            doc = self._shelves["spk"].doc(speaker_id)
            offices = [one["organization"]["id"] for one in doc["tenures"] if one["organization"]]
            held += [(speaker_id, one) for one in (offices if prefix == "spk" else [doc["source"]])]
        stay = set(shown)
        while more := {one for holder, one in held if one in made - stay and (holder not in made or holder in stay)}:
            stay |= more
        return stay
