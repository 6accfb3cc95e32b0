"""The feed of changes: everything that revisions did, in their order, with the documents as they are stored.

A page may end inside a revision, however large that is, and costs what its own documents do. Within a revision come
sources, metrics and speakers, then claims, whose documents show them, then merges and ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from app.errors import BadRequest
from app.store.database.bulk_insert import chunks
from app.store.database.fetching import fetch_rows
from app.store.database.stored_documents import documents_by_number, documents_since
from app.store.history.moment import Moment, State, newest_state
from app.store.history.revision_datasets import COUNTED, datasets_of
from app.store.records.document import Doc
from app.store.search.feed_places import CLAIMS, METRICS, SOURCES, SPEAKERS, Place
from app.store.search.feed_rows import PREFIXES, Change, find_changes

LARGE: Final = 8_000_000  # bytes of documents after which a page ends, whatever its limit
AT_ONCE: Final = 50  # changes whose documents are read at once
RECORDS: Final = {"clm": "claim", "spk": "speaker", "src": "source", "met": "metric"}

_REVISIONS: Final = (
    "SELECT number, recorded_at, actor, comment, counts, merges, undoes FROM revisions"
    " WHERE number BETWEEN ? AND ? ORDER BY number"
)


class Entry(NamedTuple):
    """A change, or a revision, as JSON, with the place after it."""

    revision: int
    json: bytes
    place: str


@dataclass(frozen=True)
class Feed:
    """A page. revisions: those in the page, and those that it passes by; only the last may be incomplete. next: the
    place that the next page begins at. newest: the newest revision.
    """

    changes: list[Entry]
    revisions: list[Entry]
    next: str
    is_complete: bool
    newest: int

    @property
    def has_more(self) -> bool:
        """Whether there is more at the moment."""
        return not self.is_complete or int(self.next.partition(".")[0]) < self.newest


@dataclass(frozen=True)
class Revisions:
    """Rows of revisions, by number, with their marks. datasets: what they did to these, by number."""

    rows: dict[int, tuple[Any, ...]]
    datasets: dict[int, list[Doc]]

    @classmethod
    def between(cls, connection: Connection, first: int, last: int) -> Revisions:
        """The revisions from one to another."""
        rows = {row[0]: row for row in fetch_rows(connection, _REVISIONS, first, last)}
        own = [number for number, row in rows.items() if COUNTED in row[4]]
        return cls(rows, datasets_of(connection, own[0], own[-1]) if own else {})

    def mark(self, number: int) -> str:
        """The mark of a revision (see Moment.mark)."""
        return Moment(number, self.rows[number][1] if number else "", State(number, "", None)).mark

    def shown(self, number: int) -> bytes:
        """A revision as JSON."""
        _, recorded_at, actor, comment, counts, merges, undoes = self.rows[number]
        own = {"number": number, "recorded_at": recorded_at, "actor": actor, "comment": comment}
        own |= {"counts": msgspec.Raw(counts.encode()), "merges": merges or 0, "undoes": undoes}
        own |= {"datasets": self.datasets.get(number, [])}
        return msgspec.json.encode(own)


def read_feed(connection: Connection, after: Place, mark: str | None, limit: int) -> Feed:
    """The first changes after a place, `limit` at most. mark: what that of its revision is to be, if that is known.

    Raises BadRequest for a place that is yet to come, or of another history.
    """
    newest = newest_state(connection).number
    if after.revision > newest:
        raise _elsewhere("since-future", f"revision {after.revision} is yet to come: the newest here is {newest}")
    until = min(newest, after.revision + limit)
    revisions = Revisions.between(connection, after.revision, until)
    if mark is not None and revisions.mark(after.revision) != mark:
        raise _elsewhere("other-history", f"it is of another revision {after.revision} than is stored here")
    found = find_changes(connection, after, until, limit + 1)
    shown = [*_within_bytes(connection, found[:limit])]
    end = found[len(shown) - 1].place if len(shown) < len(found) else Place(until)
    if not end.is_complete and found[len(shown)].revision > end.revision:
        end = Place(end.revision)
    passed = range(after.revision + after.is_complete, end.revision + 1)
    return Feed(
        [Entry(one.revision, json, one.place.shown(revisions.mark(one.revision))) for one, json in shown],
        [Entry(number, revisions.shown(number), revisions.mark(number)) for number in passed],
        end.shown(revisions.mark(end.revision)),
        end.is_complete,
        newest,
    )


def _elsewhere(code: str, why: str) -> BadRequest:
    told = (
        "if it was seen here before, this is another database, or was put back from a backup; begin anew with since=0"
    )
    return BadRequest.of("since", code, f"{why}; {told}")


def _within_bytes(connection: Connection, changes: list[Change]) -> Iterator[tuple[Change, bytes]]:
    """Changes as JSON objects, until they are large."""
    size = 0
    for some in chunks(changes, AT_ONCE):
        documents = _documents(connection, some)
        for change in some:
            document = documents.get(change[:3], b"null")
            yield change, _shown(change, document)
            size += len(document)
        if size > LARGE:
            return


def _documents(connection: Connection, changes: list[Change]) -> dict[tuple[int, int, int], bytes]:
    """The documents of changes that have one, by revision, part and number."""
    found: dict[tuple[int, int, int], bytes] = {}
    for part in PREFIXES:
        own = [change for change in changes if change.part == part]
        numbers = [change.number for change in own]
        if own and part in _NUMBERED:
            documents = documents_by_number(connection, _NUMBERED[part], numbers)
            found |= {change[:3]: documents[change.number] for change in own}
        elif own:
            since = documents_since(connection, _DATED[part], numbers, own[0].revision, own[-1].revision)
            found |= {change[:3]: since[change.number, change.revision] for change in own}
    return found


_NUMBERED: Final = {SPEAKERS: "speakers", CLAIMS: "documents"}
_DATED: Final = {SOURCES: "sources", METRICS: "metrics"}


def _shown(change: Change, document: bytes) -> bytes:
    key = b"null" if change.key is None else msgspec.json.encode(change.key)
    into = "null" if change.into is None else f'"{change.prefix}_{change.into}"'
    head = f'{{"revision":{change.revision},"type":"{change.type}","record":"{RECORDS[change.prefix]}"'
    head += f',"id":"{change.prefix}_{change.id}","key":'
    return b"".join((head.encode(), key, f',"into":{into},"document":'.encode(), document, b"}"))
