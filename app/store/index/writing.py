"""Writing the index: what one revision adds to it, under the writer lock.

A small revision becomes one row of index_recent, a larger one segments of bounded size while it goes. Merging puts
these together later (see merging.py). A write is not seen before its revision is in index_state.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Final

from pyroaring import BitMap
from sqlalchemy import Connection

from app.store.database.bulk_insert import chunks
from app.store.database.by_segment import rows_with_terms
from app.store.database.fetching import execute
from app.store.index.bitmaps import pack, unpack
from app.store.index.families import CLAIM, PLACES, SPEAKER, Family, Lasts, key_of
from app.store.index.merging import merge_some as merge_some
from app.store.index.merging import merging_is_due as merging_is_due
from app.store.index.parts import MOST_KEYS, StoredPart, encode_part
from app.store.index.revisions import State, closed_until, covered, drawn, read_state, write_state
from app.store.index.storing import SIZES, PartWriter, Sizes

_INSERT_RECENT: Final = "INSERT INTO index_recent (revision, size, part) VALUES (?, ?, ?)"
_INSERT_REVISION: Final = (
    "INSERT INTO index_revisions (place, revision, mark, lasts, claims, speakers) VALUES (?, ?, ?, ?, ?, ?)"
)


class IndexWriter(PartWriter):
    """The additions of a revision to the index. Every revision stores one, in their order."""

    def __init__(self, connection: Connection, revision: int, sizes: Sizes = SIZES) -> None:
        self._before = before = read_state(connection)
        if revision <= before.revision:
            raise ValueError(f"revision {revision} comes after {before.revision}, which the index is at")
        super().__init__(connection, revision, Lasts.unpacked(before.lasts), before.segments, sizes)
        self._closed = {CLAIM: BitMap(), SPEAKER: BitMap()}

    @property
    def lasts_before(self) -> Lasts:
        """The last numbers before the revision."""
        return Lasts.unpacked(self._before.lasts)

    def close(self, family: Family, numbers: Iterable[int]) -> None:
        """Note that versions of claims, or speakers, end with this revision."""
        self._closed[family].update(array("I", numbers))

    def closed(self, family: Family) -> BitMap:
        """The versions that end with this revision, as far as it is written."""
        return self._closed[family]

    def postings(self, family: Family, terms: list[bytes]) -> BitMap:
        """The numbers that this very revision has added with any of these terms."""
        found = BitMap(self.gathered.numbers(PLACES[family], terms))
        for keys in chunks([key_of(family, term) for term in terms], MOST_KEYS) if self._has_segments else ():
            rows = rows_with_terms(self.connection, keys, self._before.revision)
            found = BitMap.union(found, *(unpack(numbers) for _, _, numbers in rows if numbers is not None))
        return found

    def store(self) -> None:
        """Store the rest, what was closed, and the state: at the end of the revision."""
        size = self.gathered.size
        if size > self._sizes.recent or self._has_segments:
            self.store_segment()
        elif size:
            part = StoredPart(self.gathered.rows_of_few(), self.gathered.columns())
            execute(self.connection, _INSERT_RECENT, self.revision, size, encode_part(part))
        self.store_tokens()
        self._store_revision(self.gathered.lasts.packed())

    @property
    def _has_segments(self) -> bool:
        return self.segments > self._before.segments

    def _store_revision(self, lasts: bytes) -> None:
        before, place, mark = self._before, self._before.place + 1, drawn()
        closed = [
            pack(own | closed_until(self.connection, family, place - 1, place - covered(place)))
            for family, own in self._closed.items()
        ]
        execute(self.connection, _INSERT_REVISION, place, self.revision, mark, lasts, *closed)
        layout, lineage = drawn() if self._has_segments else before.layout, before.lineage or drawn()
        write_state(self.connection, State(place, self.revision, mark, lasts, layout, lineage, self.segments))
