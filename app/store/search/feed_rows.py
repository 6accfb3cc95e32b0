"""Changes between two places of the feed, as rows without documents: a statement for each part of a revision."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import islice
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from app.domain.record.actions import Action
from app.store.database.fetching import Rows, fetch_rows
from app.store.history.actions import action_of
from app.store.index.families import CLAIM, SPEAKER, Family
from app.store.index.revisions import place_until
from app.store.search.feed_places import (
    CLAIMS,
    ENDS,
    MERGES,
    METRICS,
    MOST,
    SOURCES,
    SPEAKERS,
    Place,
    part_of,
    type_in,
)


class Change(NamedTuple):
    """One change: its place (revision, part, number), of which record, what it is, and for a merge into which. number:
    of the version, or of the record where its versions have no numbers.
    """

    revision: int
    part: int
    number: int
    prefix: str
    id: int
    key: str | None
    type: str
    into: int | None = None

    @property
    def place(self) -> Place:
        """The place after it."""
        return Place(self.revision, self.part, self.number)


# The rows of a page come first, and what stands beside each is looked up: joined, PostgreSQL would read whole tables.
_VERSIONS: Final = """
SELECT v.since, v.number, v.id, (SELECT key FROM record_keys WHERE type = '{prefix}' AND id = v.id),
    v.version, v.status, {version}, {status_before}, {until}
FROM (
    SELECT v.since, {number} AS number, v.id, v.version, {status} AS status FROM {table} AS v WHERE {between} LIMIT ?
) AS v ORDER BY v.since, v.number
"""
_BEFORE: Final = "(SELECT {} FROM {table} WHERE id = v.id AND since < v.since ORDER BY since DESC LIMIT 1)"
_NUMBERED: Final = {"number": "v.number", "between": "v.number > ? AND v.number <= ? ORDER BY v.number"}
_DATED: Final = {
    "number": "v.id",
    "between": "(v.since, v.id) > (?, ?) AND v.since <= ? ORDER BY v.since, v.id",
}


def _versions(prefix: str, table: str, status: str | None, own: dict[str, str]) -> str:
    """The statement of the versions in a table."""
    before = {name: _BEFORE.format(name, table=table) for name in ("version", "until")}
    before["status_before"] = _BEFORE.format(status, table=table) if status else "NULL"
    return _VERSIONS.format(prefix=prefix, table=table, status=f"v.{status}" if status else "NULL", **before, **own)


_OF_VERSIONS: Final = {
    SOURCES: _versions("src", "sources", None, _DATED),
    METRICS: _versions("met", "metrics", None, _DATED),
    SPEAKERS: _versions("spk", "speakers", None, _NUMBERED),
    CLAIMS: _versions("clm", "claims", "status", _NUMBERED),
}
PREFIXES: Final = {SOURCES: "src", METRICS: "met", SPEAKERS: "spk", CLAIMS: "clm"}
_FAMILIES: Final[dict[int, Family]] = {SPEAKERS: SPEAKER, CLAIMS: CLAIM}
_OTHERS: Final = """
SELECT o.{since}, o.type, o.id, (SELECT key FROM record_keys WHERE type = o.type AND id = o.id), {more}
FROM {table} AS o WHERE {which} AND (o.{since}, o.type, o.id) > (?, ?, ?) AND o.{since} <= ?
ORDER BY o.{since}, o.type, o.id LIMIT ?
"""
_OF_OTHERS: Final = {
    MERGES: _OTHERS.format(table="merges", since="since", which="TRUE", more="'merged', o.into_id"),
    ENDS: _OTHERS.format(table="ended_records", since="revision", which="o.kind <> 'thinned'", more="o.kind, NULL"),
}


def find_changes(connection: Connection, after: Place, until: int, limit: int) -> list[Change]:
    """The first `limit` changes after a place, to the end of a revision, in the order of the feed."""
    parts: list[list[Change]] = []
    for part in (*_OF_VERSIONS, *_OF_OTHERS):
        found = [*_changes_in(connection, part, after, until, limit)]
        if len(found) == limit:
            until = found[-1].revision  # what comes after that is beyond the limit
        parts.append(found)
    return [*islice(merge(*parts), limit)]


def _changes_in(connection: Connection, part: int, after: Place, until: int, limit: int) -> Iterator[Change]:
    if part in _OF_OTHERS:
        yield from _others(connection, part, after, until, limit)
        return
    values: tuple[Any, ...] = (*after.after(part), until)
    if part in _FAMILIES:
        values = _numbers(connection, part, after, until)
    for row in fetch_rows(connection, _OF_VERSIONS[part], *values, limit):
        revision, number, record_id, key, *told = row
        yield Change(revision, part, number, PREFIXES[part], record_id, key, _type(revision, *told))


def _numbers(connection: Connection, part: int, after: Place, until: int) -> tuple[int, int]:
    """Between which numbers a part's versions are: after the first, until the second."""
    revision, number = after.after(part)
    first = revision if number == MOST else revision - 1
    before, last = (place_until(connection, one)[1].of(_FAMILIES[part]) for one in (first, until))
    return number if 0 < number < MOST else before, last


def _type(
    revision: int,
    version: int,
    status: str | None,
    before: int | None,
    status_before: str | None,
    until: int | None,
) -> Action:
    """The action that made a version, by the one before it, which had ended where its `until` is another revision."""
    return action_of(version, status or "", before if until == revision else None, status_before or "")


def _others(connection: Connection, part: int, after: Place, until: int, limit: int) -> Iterator[Change]:
    own = range(part, part + MERGES)  # a part for each type
    prefix, (revision, number) = "", after.after(part)
    if after.part in own:
        prefix, number = type_in(after.part), after.number
    elif number == MOST:
        prefix = "~"  # after every type
    rows: Rows = fetch_rows(connection, _OF_OTHERS[part], revision, prefix, number, until, limit)
    for since, type_, record_id, key, what, into in rows:
        yield Change(since, part_of(part, type_), record_id, type_, record_id, key, what, into)
