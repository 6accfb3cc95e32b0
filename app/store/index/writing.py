"""Writing the index: what one revision adds to it, under the writer lock.

A small revision becomes one row of index_recent, a larger one segments of bounded size while it goes. Merging puts
these together later (see merging.py). What the writer stores is not seen before its revision is in index_state.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Final

from pyroaring import BitMap
from sqlalchemy import Connection

from app.store.database.bulk_insert import insert_values
from app.store.database.fetching import execute, fetch_rows
from app.store.index.bitmaps import pack, unpack
from app.store.index.facts import ClaimFacts, SpeakerFacts
from app.store.index.families import CLAIM, PLACES, SPEAKER, Family, Lasts, key_of
from app.store.index.gathering import Gathered
from app.store.index.merging import merge_some as merge_some
from app.store.index.parts import StoredPart, encode_part
from app.store.index.state import State, drawn, read_state, write_state
from app.store.index.storing import SIZES, Sizes, ranges_of, store_columns, store_postings, store_segment
from app.store.index.visibility import closed_until, covered

_OWN: Final = "SELECT numbers FROM index_postings WHERE term = ? AND segment IN ??"

_INSERT_RECENT: Final = "INSERT INTO index_recent (revision, size, part) VALUES (?, ?, ?)"
_INSERT_REVISION: Final = (
    "INSERT INTO index_revisions (place, revision, mark, lasts, claims, speakers) VALUES (?, ?, ?, ?, ?, ?)"
)


class IndexWriter:
    """What a revision adds to the index. Every revision stores one, in their order."""

    def __init__(self, connection: Connection, revision: int, sizes: Sizes = SIZES) -> None:
        self._connection = connection
        self._revision = revision
        self._sizes = sizes
        self._before = before = read_state(connection)
        if revision <= before.revision:
            raise ValueError(f"revision {revision} comes after {before.revision}, which the index is at")
        self._gathered = Gathered(Lasts.unpacked(before.lasts))
        self._closed = {CLAIM: BitMap(), SPEAKER: BitMap()}
        self._tokens: list[tuple[int, str]] = []
        self._segments: list[int] = []

    def add(self, facts: ClaimFacts) -> int:
        """Add a version of a claim; its number."""
        self._make_room()
        number = self._gathered.add(facts)
        self._tokens.append((number, facts.tokens))
        return number

    def add_speaker(self, facts: SpeakerFacts) -> int:
        """Add a version of a speaker; its number."""
        self._make_room()
        return self._gathered.add_speaker(facts)

    def close(self, family: Family, numbers: Iterable[int]) -> None:
        """Note that versions of claims, or speakers, end with this revision."""
        self._closed[family].update(array("I", numbers))

    def postings(self, family: Family, term: bytes) -> BitMap:
        """The numbers that this very revision has added with a term."""
        found = BitMap(self._gathered.numbers(PLACES[family], term))
        if self._segments:
            stored = fetch_rows(self._connection, _OWN, key_of(family, term), self._segments)
            found = BitMap.union(found, *(unpack(row[0]) for row in stored))
        return found

    def store(self) -> None:
        """Store the rest, what was closed, and the state: at the end of the revision."""
        gathered = self._gathered
        if gathered.size and (self._segments or gathered.size > self._sizes.recent):
            self._store_segment()
        elif gathered.size:
            part = StoredPart(gathered.rows(exact=1), gathered.columns())
            execute(self._connection, _INSERT_RECENT, self._revision, gathered.size, encode_part(part))
        self._store_tokens()
        self._store_revision(self._gathered.lasts)

    def _make_room(self) -> None:
        if self._gathered.size >= self._sizes.versions or self._gathered.entries >= self._sizes.entries:
            self._store_segment()
            self._store_tokens()

    def _store_segment(self) -> None:
        gathered = self._gathered
        number = self._before.segments + len(self._segments) + 1
        self._segments.append(number)
        store_postings(self._connection, number, gathered.rows())
        columns = gathered.columns()
        store_columns(self._connection, columns)
        store_segment(self._connection, number, (self._revision, self._revision), gathered.size, ranges_of(columns))
        self._gathered = Gathered(gathered.lasts)

    def _store_tokens(self) -> None:
        insert_values(self._connection, "index_tokens", ("number", "tokens"), self._tokens)
        self._tokens = []

    def _store_revision(self, lasts: Lasts) -> None:
        before, place = self._before, self._before.place + 1
        mark, layout = drawn(), drawn() if self._segments else before.layout
        closed = [
            pack(own | closed_until(self._connection, family, place - 1, place - covered(place)))
            for family, own in self._closed.items()
        ]
        execute(self._connection, _INSERT_REVISION, place, self._revision, mark, lasts.packed(), *closed)
        segments = before.segments + len(self._segments)
        lineage = before.lineage or drawn()
        write_state(self._connection, State(place, self._revision, mark, lasts.packed(), layout, lineage, segments))
