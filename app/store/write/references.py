"""Shared code of references to speakers, sources and metrics: finding a record, and naming it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import NamedTuple

from app.domain.record.records_in import is_bare_name
from app.errors import BadRecord, Problem
from app.store.history.revision import Revision
from app.store.index.writing import IndexWriter
from app.store.records.document import Doc, encode
from app.store.records.fields import SHOWN
from app.store.records.kinds import NOUNS
from app.store.records.names import folded
from app.store.write.figure_units import FigureUnits
from app.store.write.merges import Merges
from app.store.write.record_changes import Change, RecordChanges
from app.store.write.showing import Showing
from app.store.write.spellings import Spellings
from app.store.write.stored_records import Shelf

MOST_NAMED = 5  # records that one name fits, in a message
MOST_SHOWN = 10_000  # records of which what claims show is remembered
MOST_NEW = 100_000  # new records without keys of their own, whose names may be keys that come later


def bad(detail: str, code: str = "bad-value", *path: str | int) -> BadRecord:
    """An error with one problem at a path."""
    return BadRecord(detail, [Problem(path, code, detail)])


def fields_of(given: Doc, names: tuple[str, ...]) -> Doc:
    """The named fields that are given."""
    return {name: given[name] for name in names if name in given}


def encoded_reference(given: Doc) -> str:
    """A reference as text: equal for those that say the same. It is empty for one that brings the text of a source,
    which is too large to be remembered.
    """
    return "" if given.get("text") else encode(given)


class Records(Mapping[str, Doc]):
    """The current documents of speakers, sources and metrics by id, as this revision has them."""

    def __init__(self, shelves: dict[str, Shelf]) -> None:
        self._shelves = shelves
        self._shown: dict[tuple[str, str], tuple[Doc, Doc]] = {}  # each beside the document that it is of

    def __getitem__(self, record_id: str) -> Doc:
        return self._shelves[record_id[:3]].doc(record_id)

    def shown(self, what: str, record_id: str) -> Doc:
        """The parts of a record that claims show; they share it. what: a key of SHOWN."""
        doc = self[record_id]
        known = self._shown.get((what, record_id))
        if known is None or known[0] is not doc:
            known = self._shown[what, record_id] = doc, {name: doc[name] for name in SHOWN[what]}
        return known[1]

    def forget(self) -> None:
        """Let go of what is remembered of records, where it is much."""
        if len(self._shown) > MOST_SHOWN:
            self._shown = {}

    def __iter__(self) -> Iterator[str]:
        raise TypeError("records are asked for by id")

    def __len__(self) -> int:
        raise TypeError("records are asked for by id")


class _Made(NamedTuple):
    """A record as it was made: the name given, whether that was all, and the row."""

    name: str
    is_bare: bool
    row: int | None


class References:
    """The records of one revision, and how they are found by id, key or handle."""

    def __init__(self, revision: Revision, index: IndexWriter) -> None:
        self.revision = revision
        self.merges = Merges(revision)
        self.showing = Showing(revision.connection, index)
        self.speakers, self.sources, self.metrics = (
            Shelf(revision, prefix, self.merges, index) for prefix in ("spk", "src", "met")
        )
        self._shelves = {"spk": self.speakers, "src": self.sources, "met": self.metrics}
        self.records = Records(self._shelves)
        self.changes = RecordChanges(revision, self._shown)
        self.units = FigureUnits(self)
        for shelf in self._shelves.values():
            shelf.changing = partial(self._tell_changes, shelf)
        self.spellings = Spellings(revision)
        self.merged_definition = ""  # the last merged record that a definition was of
        self._nameable: dict[str, _Made] = {}  # new records that have no key of their own, and are known by a name

    def _tell_changes(self, shelf: Shelf, docs: list[Doc]) -> None:
        changes = [Change(old, doc, shelf.rows.get(doc["id"])) for doc in docs if (old := shelf.stored(doc["id"]))]
        self.changes.tell(shelf.prefix, changes)
        for change in changes if shelf is self.metrics else ():
            self.units.tell_changed(change)

    def _by_id_or_key(self, shelf: Shelf, given: Doc) -> str | None:
        """Keys are the same in every database, ids are not: where both are given the key decides."""
        record_id, key = given.get("id"), given.get("key")
        if key is not None:
            found = self.revision.id_of(shelf.prefix, key)
            if told := self.revision.refusal(shelf.prefix, key):
                raise bad(told, "purged", "key")
            return found
        if record_id is not None and shelf.last(record_id) is None:
            raise bad(f"there is no {record_id}{self.revision.ending(record_id)}", "unknown-id", "id")
        return record_id

    def _add(self, shelf: Shelf, key: str, fields: Doc, given: Doc) -> str:
        """Make a record. Warns of a name that is another's key. Raises BadRecord where a text was all that was given:
        it was meant as the key.
        """
        name = given.get("name") or given.get("title")
        if name is None or given.get("key"):
            return shelf.add(key, fields)
        made = _Made(name, is_bare_name(given), self.revision.row)
        if problem := self._key_as_name(shelf, made, self.revision.id_of(shelf.prefix, name), fields.get("kind")):
            if made.is_bare:
                raise BadRecord(problem.detail, [problem])
            self.revision.warn(problem)
        record_id = shelf.add(key, fields)
        if not problem and len(self._nameable) < MOST_NEW:
            self._nameable[record_id] = made
        return record_id

    def later_keys_as_names(self) -> list[tuple[int, Problem]]:
        """The same of records whose names are keys that came later in this revision: what is wrong, with its row."""
        wrong: list[tuple[int, Problem]] = []
        for prefix, shelf in self._shelves.items():
            new = {one: made for one, made in self._nameable.items() if one.startswith(prefix)}
            self.revision.find_keys(prefix, [made.name for made in new.values()])
            for record_id, made in new.items():
                other = self.revision.id_of(prefix, made.name)
                kind = self.last(record_id).get("kind") if other not in (None, record_id) else None
                problem = self._key_as_name(shelf, made, other, kind) if other != record_id else None
                if problem and made.is_bare and made.row is not None:
                    wrong.append((made.row, problem))
                elif problem:
                    self.revision.row = made.row
                    self.revision.warn(problem)
        return wrong

    def _free_key(self, shelf: Shelf, wanted: str, fields: Doc) -> str:
        """A key for a record without one; that of a record which has ended, where that was known by the same."""
        return self.revision.free_key(shelf.prefix, wanted, lambda one: shelf.was_known_by(one, fields))

    def _key_as_name(self, shelf: Shelf, made: _Made, other: str | None, kind: str | None) -> Problem | None:
        """The problem of a new record of this kind whose name is the key of another, which goes by another name."""
        known = self.last(other) if other else {}
        is_of_another_kind = kind and known.get("kind") not in (kind, None)
        if other is None or goes_by(known, made.name) or (is_of_another_kind and not made.is_bare):
            return None
        what = next(field for field in ("name", "title", "url") if known.get(field))
        told = f"{made.name!r} is the key of {self._told(other)}, whose {what} is {known[what]!r}"
        if not made.is_bare:
            return Problem((), "key-as-name", f"{told}: write {{key: {made.name}}} if that one is meant")
        right = f"write {{key: {made.name}}}, or {{name: {made.name}}} for another {NOUNS[shelf.prefix][:-1]}"
        return Problem((), "key-as-name", f"{told}, and a text alone is a name: {right}")

    def _merged(self, found: str | None) -> str | None:
        """The survivor of a merged record, for a definition of that."""
        into = found and self.merges.into(found)
        if found and into:
            self.merged_definition = found
            told = f"{self._told(found)} was merged into {self._told(into)}"
            self.revision.warn(Problem((), "merged", f"{told}: a definition of it changes nothing"))
        return into or None

    def _only(self, matches: list[str], what: str, name: str | None = None) -> str:
        """The one that is meant; of several that are one by now the one whose usual name it is, else the current."""
        if len(matches) == 1:  # as of most references
            return matches[0]
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

    def stored(self, record_id: str) -> Doc | None:
        """The document of a current record as it was last written; None for one that is new."""
        return self._shelves[record_id[:3]].stored(record_id) if self.has(record_id) else None

    def has(self, record_id: str) -> bool:
        """Whether a speaker, source or metric is current."""
        return self._shelves[record_id[:3]].get(record_id) is not None

    def _shown(self, speaker_id: str) -> Doc | None:
        """The parts that a tenure shows of its organization; of one that was merged the survivor; None if it ended."""
        record = self._shelves["spk"].get(self.merges.survivor(speaker_id))
        return record and {name: record[name] for name in ("id", "key", "name")}

    def _told(self, record_id: str) -> str:
        return self.revision.told(record_id, self.last(record_id)["key"])


def goes_by(doc: Doc, name: str) -> bool:
    """Whether a name or title is one of a record's own."""
    known = (doc.get("name"), doc.get("title"), *doc.get("aliases", ()))
    return folded(name) in {folded(one) for one in known if one}
