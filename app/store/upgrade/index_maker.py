"""The whole index made anew, revision by revision, in the order of their numbers: for whoever has all facts at hand.

Small revisions share segments, as after merging; what a single writer stores for each would take hours for a million.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pyroaring import BitMap
from sqlalchemy import Connection

from app.store.database.bulk_insert import empty_tables, insert_values
from app.store.index.bitmaps import pack, unpack
from app.store.index.families import CLAIM, NO_NUMBERS, SPEAKER, Family
from app.store.index.revisions import State, covered, drawn, rows_until, write_state
from app.store.index.storing import AT_A_TIME, SIZES, PartWriter, Sizes

TABLES: Final = (
    "index_segments", "index_postings", "index_columns", "index_tokens", "index_recent", "index_revisions",
    "index_merges", "index_state",
)  # fmt: skip
REVISION: Final = ("place", "revision", "mark", "lasts", "claims", "speakers")


class IndexMaker(PartWriter):
    """Makes the index anew, in the caller's writing transaction; `finish` stores the rest."""

    def __init__(self, connection: Connection, sizes: Sizes = SIZES) -> None:
        empty_tables(connection, TABLES)
        super().__init__(connection, 0, NO_NUMBERS, 0, sizes)
        self._revisions: list[tuple[int, int, int, bytes, bytes, bytes]] = []
        self._place, self._mark = 0, 0
        self._closed: dict[int, tuple[bytes, bytes]] = {}  # of claims and speakers, by place, as far as later rows need

    def begin_revision(self, revision: int) -> None:
        """Begin a revision, which the next additions are of."""
        self.revision = revision

    def end_revision(self, closed: Mapping[Family, Iterable[int]]) -> None:
        """End the revision, and with it these versions."""
        self._place, self._mark = self._place + 1, drawn()
        places = list(rows_until(self._place - 1, self._place - covered(self._place)))
        rows = [self._closed.pop(place) for place in places]  # no later row needs them
        own = [BitMap(closed.get(family, ())) for family in (CLAIM, SPEAKER)]
        claims, speakers = (
            pack(BitMap.union(bitmap, *(unpack(row[n]) for row in rows))) for n, bitmap in enumerate(own)
        )
        self._closed[self._place] = claims, speakers
        lasts = self.gathered.lasts.packed()
        self._revisions.append((self._place, self.revision, self._mark, lasts, claims, speakers))
        if len(self._revisions) >= AT_A_TIME:
            self._store_revisions()

    def finish(self) -> None:
        """Store the rest, and the state: another lineage, by which processes know that what they hold is of no use."""
        self.store_segment()
        self.store_tokens()
        self._store_revisions()
        lasts = self.gathered.lasts.packed()
        last = State(self._place, self.revision, self._mark, lasts, drawn(), drawn(), self.segments)
        write_state(self.connection, last)

    def _store_revisions(self) -> None:
        insert_values(self.connection, "index_revisions", REVISION, self._revisions)
        self._revisions = []
