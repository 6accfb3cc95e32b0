"""The state of the index: which revision it is at, and of which history. It is read first in each snapshot."""

from __future__ import annotations

import secrets
from typing import Final, NamedTuple

from sqlalchemy import Connection

from app.store.database.fetching import execute, fetch_rows
from app.store.index.families import Lasts

_READ: Final = "SELECT place, revision, mark, lasts, layout, lineage, segments FROM index_state"

_INSERT: Final = (
    "INSERT INTO index_state (place, revision, mark, lasts, layout, lineage, segments) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


class State(NamedTuple):
    """The row of index_state (see tables.py)."""

    place: int
    revision: int
    mark: int
    lasts: bytes
    layout: int
    lineage: int
    segments: int


EMPTY: Final = State(0, 0, 0, Lasts().packed(), 0, 0, 0)  # before the first revision


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
