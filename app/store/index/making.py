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
from app.store.index.facts import ClaimFacts, SpeakerFacts
from app.store.index.families import CLAIM, SPEAKER, Family, Lasts
from app.store.index.gathering import Gathered
from app.store.index.state import State, drawn, write_state
from app.store.index.storing import SIZES, Sizes, ranges_of, store_columns, store_postings, store_segment
from app.store.index.visibility import covered, rows_until

AT_A_TIME: Final = 5_000  # rows that are handed to the database at once
TABLES: Final = (
    "index_segments", "index_postings", "index_columns", "index_tokens", "index_recent", "index_revisions",
    "index_merges", "index_state",
)  # fmt: skip
REVISION: Final = ("place", "revision", "mark", "lasts", "claims", "speakers")


class IndexMaker:
    """Makes the index anew, in the caller's writing transaction; `finish` stores the rest."""

    def __init__(self, connection: Connection, sizes: Sizes = SIZES) -> None:
        empty_tables(connection, TABLES)
        self._connection = connection
        self._sizes = sizes
        self._gathered = Gathered(Lasts())
        self._first = 0  # the first revision that has something in the segment that is being made
        self._segments = 0
        self._tokens: list[tuple[int, str]] = []
        self._revisions: list[tuple[object, ...]] = []
        self._place, self._revision, self._mark = 0, 0, 0
        self._closed: dict[int, tuple[bytes, bytes]] = {}  # of claims and speakers, by place, as far as later rows need

    def begin_revision(self, revision: int) -> None:
        """Begin a revision, which the next additions are of."""
        self._revision = revision
        if not self._gathered.size:
            self._first = revision

    def add(self, facts: ClaimFacts) -> int:
        """Add a version of a claim; its number."""
        number = self._gathered.add(facts)
        self._tokens.append((number, facts.tokens))
        self._make_room()
        return number

    def add_speaker(self, facts: SpeakerFacts) -> int:
        """Add a version of a speaker; its number."""
        number = self._gathered.add_speaker(facts)
        self._make_room()
        return number

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
        self._revisions.append((self._place, self._revision, self._mark, self._lasts, claims, speakers))
        if len(self._revisions) >= AT_A_TIME:
            self._store_revisions()

    def finish(self) -> None:
        """Store the rest, and the state: another lineage, by which processes know that what they hold is of no use."""
        self._store_segment()
        self._store_revisions()
        last = State(self._place, self._revision, self._mark, self._lasts, drawn(), drawn(), self._segments)
        write_state(self._connection, last)

    @property
    def _lasts(self) -> bytes:
        return self._gathered.lasts.packed()

    def _make_room(self) -> None:
        if len(self._tokens) >= AT_A_TIME:
            self._store_tokens()
        if self._gathered.size >= self._sizes.versions or self._gathered.entries >= self._sizes.entries:
            self._store_segment()
            self._first = self._revision

    def _store_segment(self) -> None:
        gathered, connection = self._gathered, self._connection
        self._store_tokens()
        if gathered.size:
            self._segments += 1
            columns, revisions = list(gathered.columns()), (self._first, self._revision)
            store_postings(connection, self._segments, gathered.rows())
            store_columns(connection, columns)
            store_segment(connection, self._segments, revisions, gathered.size, ranges_of(columns))
            self._gathered = Gathered(gathered.lasts)

    def _store_tokens(self) -> None:
        insert_values(self._connection, "index_tokens", ("number", "tokens"), self._tokens)
        self._tokens = []

    def _store_revisions(self) -> None:
        insert_values(self._connection, "index_revisions", REVISION, self._revisions)
        self._revisions = []
