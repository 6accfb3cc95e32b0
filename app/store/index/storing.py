"""Storing parts of the index: what is added becomes segments of bounded size, and rows of tokens, while it goes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from app.store.database.bulk_insert import insert_values
from app.store.database.fetching import execute
from app.store.index.facts import ClaimFacts, SpeakerFacts
from app.store.index.families import Lasts
from app.store.index.gathering import Gathered, Row, Stretch
from app.store.index.parts import Ranges

AT_A_TIME: Final = 5000  # rows that are handed to the database at once

_INSERT_SEGMENT: Final = "INSERT INTO index_segments (segment, first, last, size, ranges) VALUES (?, ?, ?, ?, ?)"


class Sizes(NamedTuple):
    """Bounds of the parts.

    recent: versions of a revision that is one row of index_recent. recents: versions in all those rows, from which on
    they become a segment. versions, entries: of a segment that an import makes; entries are numbers in its postings, by
    which the memory grows. fan: segments of like size that are merged into one, below `versions`; large_fan: above.
    """

    recent: int = 64
    recents: int = 128
    versions: int = 50_000
    entries: int = 10_000_000
    fan: int = 8
    large_fan: int = 32


SIZES: Final = Sizes()


def store_postings(connection: Connection, segment: int, rows: Iterable[Row]) -> None:
    """Store postings of a segment. They stand in the order of their keys."""
    each = ((segment, key, numbers) for key, numbers in rows)
    while some := list(islice(each, AT_A_TIME)):
        insert_values(connection, "index_postings", ("segment", "term", "numbers"), some)


def store_columns(connection: Connection, columns: Iterable[Stretch]) -> None:
    """Store stretches of columns."""
    insert_values(connection, "index_columns", ("name", "first", "last", "data"), columns)


def list_segment(connection: Connection, number: int, revisions: tuple[int, int], size: int, ranges: Ranges) -> None:
    """List a segment: of which revisions, of how many versions, and of which numbers."""
    told = msgspec.json.encode(ranges).decode()
    execute(connection, _INSERT_SEGMENT, number, *revisions, size, told)


def store_segment(
    connection: Connection,
    number: int,
    revisions: tuple[int, int],
    size: int,
    rows: Iterable[Row],
    columns: list[Stretch],
) -> None:
    """Store a segment with its postings and columns."""
    store_postings(connection, number, rows)
    store_columns(connection, columns)
    ranges = {name.partition(".")[0]: (first, last) for name, first, last, _ in columns}
    list_segment(connection, number, revisions, size, ranges)


class PartWriter:
    """Stores what revisions add. revision: that is being written. segments: the last number of a segment."""

    def __init__(self, connection: Connection, revision: int, lasts: Lasts, segments: int, sizes: Sizes) -> None:
        self.connection = connection
        self.revision = revision
        self.segments = segments
        self.gathered = Gathered(lasts)
        self._first = revision  # that has something in the next segment
        self._sizes = sizes
        self._tokens: list[tuple[int, str]] = []

    def add(self, facts: ClaimFacts) -> int:
        """Add a version of a claim; its number."""
        number = self.gathered.add(facts)
        self._tokens.append((number, facts.tokens))
        if len(self._tokens) >= AT_A_TIME:
            self.store_tokens()
        self._store_full_segment()
        return number

    def add_speaker(self, facts: SpeakerFacts) -> int:
        """Add a version of a speaker; its number."""
        number = self.gathered.add_speaker(facts)
        self._store_full_segment()
        return number

    def _store_full_segment(self) -> None:
        if self.gathered.size >= self._sizes.versions or self.gathered.entries >= self._sizes.entries:
            self.store_segment()

    def store_segment(self) -> None:
        """Store what was gathered as a segment, if that is anything."""
        if self.gathered.size:
            self.segments += 1
            own, revisions = self.gathered, (self._first, self.revision)
            store_segment(self.connection, self.segments, revisions, own.size, own.rows(), own.columns())
        self._first, self.gathered = self.revision, Gathered(self.gathered.lasts)

    def store_tokens(self) -> None:
        """Store the tokens of what was added."""
        insert_values(self.connection, "index_tokens", ("number", "tokens"), self._tokens)
        self._tokens = []
