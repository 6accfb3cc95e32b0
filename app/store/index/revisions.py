"""Revisions of the index: its state at the newest, which is read first in each snapshot, and what each has closed.

Current at a revision are all versions until then but those that were closed until then. A revision's row has the
closings of as many revisions as the highest power of 4 that divides its place. The closings until a place are in that
row, in the row before those that it covers, and so on: three rows for each power at most.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Final, NamedTuple

from pyroaring import BitMap
from sqlalchemy import Connection

from app.store.database.fetching import execute, fetch_rows
from app.store.index.bitmaps import unpack
from app.store.index.families import CLAIM, NO_NUMBERS, SPEAKER, Family, Lasts

_READ: Final = "SELECT place, revision, mark, lasts, layout, lineage, segments FROM index_state"
_INSERT: Final = (
    "INSERT INTO index_state (place, revision, mark, lasts, layout, lineage, segments) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_CLOSED: Final = {
    CLAIM: "SELECT claims FROM index_revisions WHERE place IN ??",
    SPEAKER: "SELECT speakers FROM index_revisions WHERE place IN ??",
}
_UNTIL: Final = "SELECT place, lasts FROM index_revisions WHERE revision <= ? ORDER BY revision DESC LIMIT 1"


class State(NamedTuple):
    """The row of index_state (see tables.py)."""

    place: int
    revision: int
    mark: int
    lasts: bytes
    layout: int
    lineage: int
    segments: int


EMPTY: Final = State(0, 0, 0, NO_NUMBERS.packed(), 0, 0, 0)  # before the first revision


class IndexBroken(RuntimeError):
    """A part of the index is missing."""


def read_state(connection: Connection) -> State:
    """The state in the snapshot of a connection."""
    rows = fetch_rows(connection, _READ)
    return State(*rows[0]) if rows else EMPTY


def write_state(connection: Connection, state: State) -> None:
    """Put another state in the place of the one before."""
    execute(connection, "DELETE FROM index_state")
    execute(connection, _INSERT, *state)


def drawn() -> int:
    """A number at random, that no other history of the database has at the same place."""
    return secrets.randbits(62)


def covered(place: int) -> int:
    """How many places the row of a place has the closings of, its own included."""
    size = 1
    while place % (size * 4) == 0:
        size *= 4
    return size


def rows_until(place: int, after: int = 0) -> Iterator[int]:
    """The places of the rows that together have all closings until a place, but those until `after`."""
    while place > after:
        yield place
        place -= covered(place)


def closed_until(connection: Connection, family: Family, place: int, after: int = 0) -> BitMap:
    """The versions that were closed until a place; until `after` perhaps not all."""
    places = list(rows_until(place, after))
    stored = fetch_rows(connection, _CLOSED[family], places) if places else []
    if len(stored) != len(places):
        raise IndexBroken(f"of the rows {places} of index_revisions {len(stored)} are there")
    return BitMap.union(*(unpack(row[0]) for row in stored)) if stored else BitMap()


def place_until(connection: Connection, revision: int) -> tuple[int, Lasts]:
    """The place of the last revision of the index until a revision, and the last numbers there."""
    rows = fetch_rows(connection, _UNTIL, revision)
    return (rows[0][0], Lasts.unpacked(rows[0][1])) if rows else (0, NO_NUMBERS)
