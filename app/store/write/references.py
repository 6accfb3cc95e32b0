"""Shared code of references to speakers, sources and metrics: finding a record, and naming it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.errors import BadRecord, Problem
from app.store.history.revision import Revision
from app.store.index.writing import IndexWriter
from app.store.records.document import Doc
from app.store.records.names import folded
from app.store.write.merges import Merges
from app.store.write.showing import Showing
from app.store.write.spellings import Spellings
from app.store.write.stored_records import Shelf

MOST_NAMED = 5  # records that one name fits, in a message


def bad(detail: str, code: str = "bad-value", *path: str | int) -> BadRecord:
    """An error with one problem at a path."""
    return BadRecord(detail, [Problem(path, code, detail)])


def fields_of(given: Doc, names: tuple[str, ...]) -> Doc:
    """The named fields that are given."""
    return {name: given[name] for name in names if name in given}


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


class References:
    """The records of one revision, and how they are found by id, key or handle."""

    def __init__(self, revision: Revision, index: IndexWriter) -> None:
        self.revision = revision
        self.merges = Merges(revision)
        self.showing = Showing(revision.connection, index)
        self.speakers, self.sources, self.metrics = (
            Shelf(revision, prefix, self.merges, index) for prefix in ("spk", "src", "met")
        )
        self.records = Records({"spk": self.speakers, "src": self.sources, "met": self.metrics})
        self.spellings = Spellings(revision)

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
