"""Parts of the index as they are stored: segments, which have their postings as rows, and those of recent revisions."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import Final, NamedTuple

import msgspec
from pyroaring import BitMap
from sqlalchemy import Connection

from app.store.database.by_segment import first_terms, rows_between, rows_with_terms
from app.store.database.fetching import Rows, fetch_rows
from app.store.index.bitmaps import unpack
from app.store.index.families import Lasts
from app.store.index.revisions import IndexBroken, State

_SEGMENTS: Final = "SELECT segment, first, last, size, ranges FROM index_segments WHERE last <= ?"
_RECENT: Final = "SELECT revision, part FROM index_recent WHERE revision > ? AND revision <= ? ORDER BY revision"

NEWEST: Final = (1 << 31) - 1  # no revision is later
MOST_KEYS: Final = 500  # that are looked up at once


Ranges = dict[str, tuple[int, int]]  # of each family the first and the last number


class Segment(NamedTuple):
    """A row of index_segments. first, last: revisions. size: versions."""

    number: int
    first: int
    last: int
    size: int
    ranges: Ranges


class StoredPart(msgspec.Struct, array_like=True):
    """Postings and columns of one small revision. rows: in the order of keys. columns: name, first, last, values."""

    rows: list[tuple[bytes, bytes]]
    columns: list[tuple[str, int, int, bytes]]


encode_part: Final = msgspec.msgpack.Encoder().encode
decode_part: Final = msgspec.msgpack.Decoder(StoredPart).decode


class Recent:
    """The part of a recent revision."""

    def __init__(self, revision: int, stored: bytes) -> None:
        self.revision = revision
        part = decode_part(stored)
        self.rows = dict(part.rows)
        self.columns = {name: (first, last, data) for name, first, last, data in part.columns}

    @cached_property
    def _keys(self) -> list[bytes]:
        return list(self.rows)

    def keys_beginning(self, prefix: bytes) -> list[bytes]:
        """The keys that begin so, in order."""
        return self._keys[bisect_left(self._keys, prefix) : bisect_left(self._keys, _end(prefix))]


class Parts:
    """All parts that one snapshot has, of the revisions until that of its state."""

    def __init__(self, state: State, segments: Sequence[Segment], recents: Sequence[Recent]) -> None:
        self.state = state
        self.lasts = Lasts.unpacked(state.lasts)
        self.segments = segments
        self.recents = recents

    def with_keys(self, connection: Connection, keys: list[bytes], after: int) -> dict[bytes, list[BitMap]]:
        """Postings that the parts with revisions after one have of some keys: at most MOST_KEYS."""
        found: dict[bytes, list[BitMap]] = {key: [] for key in keys}
        for recent in self._recents_after(after):
            for key in keys:
                if key in recent.rows:
                    found[key].append(unpack(recent.rows[key]))
        if wanted := self._segments_after(after):
            for key, numbers in _found(rows_with_terms(connection, keys, after), wanted):
                found[key].append(unpack(numbers))
        return found

    def beginning(self, connection: Connection, prefix: bytes, after: int) -> list[BitMap]:
        """Postings that they have of all keys that begin so."""
        recents = self._recents_after(after)
        found = [unpack(recent.rows[key]) for recent in recents for key in recent.keys_beginning(prefix)]
        if wanted := self._segments_after(after):
            rows = _found(rows_between(connection, prefix, _end(prefix), after), wanted)
            found += [unpack(numbers) for _, numbers in rows]
        return found

    def by_key_beginning(self, connection: Connection, prefix: bytes) -> dict[bytes, list[bytes]]:
        """The postings, as they are stored, of each key that begins so."""
        found: dict[bytes, list[bytes]] = defaultdict(list)
        for recent in self.recents:
            for key in recent.keys_beginning(prefix):
                found[key].append(recent.rows[key])
        if wanted := self._segments_after(0):
            for key, numbers in _found(rows_between(connection, prefix, _end(prefix), 0), wanted):
                found[key].append(numbers)
        return found

    def keys_beginning(self, connection: Connection, prefix: bytes, limit: int) -> list[bytes]:
        """The first keys that begin so, in order."""
        found = {key for recent in self.recents for key in recent.keys_beginning(prefix)}
        segments = [segment.number for segment in self.segments]
        return sorted(found | first_terms(connection, segments, prefix, _end(prefix), limit))[:limit]

    def _recents_after(self, revision: int) -> Sequence[Recent]:
        return self.recents[bisect_right(self.recents, revision, key=lambda recent: recent.revision) :]

    def _segments_after(self, revision: int) -> set[int]:
        return {segment.number for segment in self.segments if segment.last > revision}


def _found(rows: Rows, wanted: set[int]) -> list[tuple[bytes, bytes]]:
    """Keys and postings in rows by segment. A segment that is missing is not taken for one without the keys."""
    if missing := wanted - {segment for segment, _, _ in rows}:
        raise IndexBroken(f"segments of the index are missing: {sorted(missing)}")
    return [(key, numbers) for segment, key, numbers in rows if numbers is not None and segment in wanted]


def _end(prefix: bytes) -> bytes:
    """The least key after all that begin so: words are UTF-8, which has no such byte."""
    return prefix + b"\xff"


def read_parts(connection: Connection, state: State, known: Parts | None = None) -> Parts:
    """The parts of a snapshot. known: those of another one of the same history."""
    if known and known.state.layout == state.layout and known.state.revision <= state.revision:
        new = fetch_rows(connection, _RECENT, known.state.revision, state.revision)
        return Parts(state, known.segments, [*known.recents, *(Recent(*row) for row in new)])
    segments = read_segments(connection, state.revision)
    recents = [Recent(*row) for row in fetch_rows(connection, _RECENT, 0, state.revision)]
    return Parts(state, segments, recents)


def read_segments(connection: Connection, revision: int = NEWEST) -> list[Segment]:
    """The segments until a revision, in the order of their numbers."""
    rows = fetch_rows(connection, _SEGMENTS, revision)
    segments = [Segment(*row)._replace(ranges=msgspec.json.decode(row[4], type=Ranges)) for row in rows]
    return sorted(segments, key=lambda segment: (segment.first, segment.last, min(segment.ranges.values())))
