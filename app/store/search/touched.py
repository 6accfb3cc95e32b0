"""The records that a revision touched, in a fixed order, some at a time: of a million claims as of one.

Versions of claims and speakers are found by the range of numbers that the revision gave, all else by the revision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

from sqlalchemy import Connection

from app.domain.record.actions import Action
from app.store.database.fetching import Rows, fetch_rows
from app.store.history.actions import action_of
from app.store.index.families import CLAIM, SPEAKER, Family
from app.store.index.revisions import place_until
from app.store.records.kinds import TABLES

TYPES: Final = ("clm", "spk", "src", "met")
AT_A_TIME: Final = 1_000  # rows


class Touch(NamedTuple):
    """A record, and what a revision did to it. key: None where it was purged. stage, place: where it stands in the
    order of these.
    """

    type: str
    number: int
    key: str | None
    action: Action
    stage: int
    place: int

    @property
    def id(self) -> str:
        """The record's id."""
        return f"{self.type}_{self.number}"


Reading = Callable[[Connection, int, int, int], Rows]  # (connection, revision, after, limit) → rows of a stage

_NUMBERED: Final = (
    "SELECT v.number, v.id, k.key, v.version, {status}, p.version, {before} FROM {table} v"
    " JOIN record_keys k ON k.type = '{type}' AND k.id = v.id"
    " LEFT JOIN {table} p ON p.id = v.id AND p.until = v.since"
    " WHERE v.number > ? AND v.number <= ? ORDER BY v.number LIMIT ?"
)
_SINCE: Final = (
    "SELECT v.id, v.id, k.key, v.version, 'active', p.version, 'active' FROM {table} v"
    " JOIN record_keys k ON k.type = '{type}' AND k.id = v.id"
    " LEFT JOIN {table} p ON p.id = v.id AND p.until = v.since"
    " WHERE v.since = ? AND v.id > ? ORDER BY v.id LIMIT ?"
)
_MERGED: Final = (
    "SELECT m.id, m.id, k.key, 'merged' FROM merges m JOIN record_keys k ON k.type = m.type AND k.id = m.id"
    " WHERE m.type = ? AND m.since = ? AND m.ended = m.since AND m.id > ? ORDER BY m.id LIMIT ?"
)
_ENDED: Final = (
    "SELECT e.id, e.id, k.key, e.kind FROM ended_records e LEFT JOIN record_keys k ON k.type = e.type AND k.id = e.id"
    " WHERE e.kind <> 'thinned' AND e.type = ? AND e.revision = ? AND e.id > ? ORDER BY e.id LIMIT ?"
)


def _of_numbers(family: Family, statement: str, connection: Connection, revision: int, after: int, limit: int) -> Rows:
    first, last = (place_until(connection, one)[1].of(family) for one in (revision - 1, revision))
    return fetch_rows(connection, statement, max(first, after), last, limit)


def _since(statement: str, connection: Connection, revision: int, after: int, limit: int) -> Rows:
    return fetch_rows(connection, statement, revision, after, limit)


def _of_type(kind: str, statement: str, connection: Connection, revision: int, after: int, limit: int) -> Rows:
    return fetch_rows(connection, statement, kind, revision, after, limit)


def _numbered(kind: str, table: str, status: str, before: str) -> str:
    return _NUMBERED.format(type=kind, table=table, status=status, before=before)


_STAGES: Final[tuple[tuple[str, Reading], ...]] = (
    ("clm", partial(_of_numbers, CLAIM, _numbered("clm", "claims", "v.status", "p.status"))),
    ("spk", partial(_of_numbers, SPEAKER, _numbered("spk", "speakers", "'active'", "'active'"))),
    *((one, partial(_since, _SINCE.format(type=one, table=TABLES[one].__tablename__))) for one in ("src", "met")),
    *((one, partial(_of_type, one, _MERGED)) for one in TYPES),
    *((one, partial(_of_type, one, _ENDED)) for one in TYPES),
)


def touched_by(connection: Connection, revision: int, limit: int, after: tuple[int, int] = (0, 0)) -> list[Touch]:
    """Up to so many of the records that a revision touched. after: stage and place of the last one before."""
    return list(islice(all_touched(connection, revision, after, limit), limit))


def all_touched(
    connection: Connection, revision: int, after: tuple[int, int] = (0, 0), at_a_time: int = AT_A_TIME
) -> Iterator[Touch]:
    """Every record that a revision touched; they are read as they are asked for."""
    begin, last = after
    for stage, (kind, read) in enumerate(_STAGES):
        if stage < begin:
            continue
        place = last if stage == begin else 0
        while rows := read(connection, revision, place, at_a_time):
            for place, number, key, *did in rows:
                yield Touch(kind, number, key, did[0] if len(did) == 1 else action_of(*did), stage, place)
            if len(rows) < at_a_time:
                break
