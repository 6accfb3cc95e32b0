"""What changed between two places of the feed, as rows without documents: a statement for each part of a revision."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import islice
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

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


_VERSIONS: Final = """
SELECT v.since, {number}, v.id, k.key, v.version, {status}, p.version, {before}, p.until, m.since FROM {table} AS v
LEFT JOIN record_keys AS k ON k.type = '{prefix}' AND k.id = v.id
LEFT JOIN {table} AS p ON p.id = v.id
    AND p.since = (SELECT max(o.since) FROM {table} AS o WHERE o.id = v.id AND o.since < v.since)
LEFT JOIN merges AS m ON m.type = '{prefix}' AND m.id = v.id AND m.until = v.since
WHERE {between} LIMIT ?
"""
_NUMBERED: Final = {"number": "v.number", "between": "v.number > ? AND v.number <= ? ORDER BY v.number"}
_DATED: Final = {
    "number": "v.id",
    "between": "(v.since, v.id) > (?, ?) AND v.since <= ? ORDER BY v.since, v.id",
}
_NO_STATUS: Final = {"status": "NULL", "before": "NULL"}
_STATUS: Final = {"status": "v.status", "before": "p.status"}
_OF_VERSIONS: Final = {
    SOURCES: _VERSIONS.format(prefix="src", table="sources", **_DATED, **_NO_STATUS),
    METRICS: _VERSIONS.format(prefix="met", table="metrics", **_DATED, **_NO_STATUS),
    SPEAKERS: _VERSIONS.format(prefix="spk", table="speakers", **_NUMBERED, **_NO_STATUS),
    CLAIMS: _VERSIONS.format(prefix="clm", table="claims", **_NUMBERED, **_STATUS),
}
PREFIXES: Final = {SOURCES: "src", METRICS: "met", SPEAKERS: "spk", CLAIMS: "clm"}
_FAMILIES: Final[dict[int, Family]] = {SPEAKERS: SPEAKER, CLAIMS: CLAIM}
_OTHERS: Final = """
SELECT o.{since}, o.type, o.id, k.key, {more} FROM {table} AS o
LEFT JOIN record_keys AS k ON k.type = o.type AND k.id = o.id
WHERE (o.{since}, o.type, o.id) > (?, ?, ?) AND o.{since} <= ? ORDER BY o.{since}, o.type, o.id LIMIT ?
"""
_OF_OTHERS: Final = {
    MERGES: _OTHERS.format(table="merges", since="since", more="'merged', o.into_id"),
    ENDS: _OTHERS.format(table="ended_records", since="revision", more="o.kind, NULL"),
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
    merged_since: int | None,
) -> str:
    """What a version is, after the one before it. A record that had ended is created anew, or no longer merged."""
    if before is None or until != revision:
        return "created" if merged_since is None else "restored"
    return action_of(version, status or "", before, status_before or "")


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
