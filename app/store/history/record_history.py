"""The history of one record: who changed it when, and which fields, the newest first.

A page looks at a bounded number of versions: a record that was rendered anew thousands of times gives short pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from app.domain.record.actions import Action
from app.store.database.fetching import fetch_rows
from app.store.history.actions import RENDERED, action_of
from app.store.records.document import Doc, decode, encode
from app.store.records.fields import MODELS, STAMPS, blank_value
from app.store.records.kinds import TABLES

MOST_VERSIONS: Final = 2_000  # looked at for a page

_LEFT: Final = ("id", "version", *STAMPS)  # fields that follow from the history itself
_CLAIMS: Final = (
    "SELECT number, version, since, until, status FROM claims WHERE id = ? AND since <= ? AND since < ?"
    " ORDER BY since DESC LIMIT ?"
)
_RECORDS: Final = (
    "SELECT since, version, since, until, 'active' FROM {} WHERE id = ? AND since <= ? AND since < ?"
    " ORDER BY since DESC LIMIT ?"
)
_ENDS: Final = (
    "SELECT revision, kind, NULL FROM ended_records WHERE kind = 'undone' AND type = ? AND id = ? UNION ALL"
    " SELECT since, 'merged', into_id FROM merges WHERE type = ? AND id = ? AND ended = since"
)
_PURGES: Final = (
    "SELECT revision FROM ended_records WHERE kind <> 'undone' AND type = ? AND id = ? ORDER BY revision DESC"
)
_DOCUMENTS: Final = "SELECT number, doc FROM documents WHERE number IN ??"
_DOCUMENTS_OF: Final = "SELECT since, doc FROM {} WHERE since IN ?? AND id = ?"
_REVISIONS: Final = "SELECT number, recorded_at, actor, comment FROM revisions WHERE number IN ??"


class Row(NamedTuple):
    """One stored version. place: what its document is found by."""

    place: int
    version: int
    since: int
    until: int | None
    status: str


@dataclass(frozen=True)
class Event:
    """One change of a record. row, before: the versions after and before it, if any. into: what it was merged into."""

    revision: int
    version: int | None
    action: Action
    row: Row | None = None
    before: Row | None = None
    into: str | None = None


def read_history(
    connection: Connection, prefix: str, number: int, revision: int, *, limit: int, before: int | None, renderings: bool
) -> tuple[list[Doc], int | None]:
    """A page of the history of a record until a revision, and the revision that the next page goes on before, if there
    is more. before: where this one goes on. renderings: whether those are changes, too.
    """
    until = revision + 1 if before is None else before
    table = "claims" if prefix == "clm" else TABLES[prefix].__tablename__
    statement = _CLAIMS if prefix == "clm" else _RECORDS.format(table)
    stored = [Row(*row) for row in fetch_rows(connection, statement, number, revision, until, MOST_VERSIONS + 1)]
    ends: dict[int, Any] = {row[0]: row[1:] for row in fetch_rows(connection, _ENDS, *(prefix, number) * 2)}
    purges: Iterable[Event] = (
        Event(one, None, "purged") for (one,) in fetch_rows(connection, _PURGES, prefix, number) if one < until
    )
    events: list[Event] = []
    for event in merge(purges, _events(prefix, stored, ends), key=lambda event: -event.revision):
        if event.revision < until and (renderings or event.action != RENDERED):
            if len(events) == limit:
                return _told(connection, prefix, number, events), events[-1].revision
            events.append(event)
    more = stored[MOST_VERSIONS - 1].since if len(stored) > MOST_VERSIONS else None
    return _told(connection, prefix, number, events), more


def _events(prefix: str, stored: list[Row], ends: dict[int, tuple[Any, int | None]]) -> Iterator[Event]:
    """The changes that versions tell of, newest first."""
    for n, row in enumerate(stored[:MOST_VERSIONS]):
        before = stored[n + 1] if n + 1 < len(stored) else None
        if row.until in ends:
            action, into = ends[row.until]
            yield Event(row.until, row.version, action, into=f"{prefix}_{into}" if into else None)
        replaced = before if before and before.until == row.since else None
        action = action_of(row.version, row.status, replaced and replaced.version, replaced and replaced.status)
        yield Event(row.since, row.version, action, row, before)


def _told(connection: Connection, prefix: str, number: int, events: list[Event]) -> list[Doc]:
    revisions = {row[0]: row[1:] for row in fetch_rows(connection, _REVISIONS, [one.revision for one in events])}
    docs = _documents(connection, prefix, number, events)
    return [_shown(prefix, event, revisions[event.revision], docs) for event in events]


def _documents(connection: Connection, prefix: str, number: int, events: list[Event]) -> dict[int, Doc]:
    """The documents of the versions that are compared, by place."""
    places = sorted({row.place for event in events for row in (event.row, event.before) if row})
    if prefix == "clm":
        found = fetch_rows(connection, _DOCUMENTS, places)
    else:
        found = fetch_rows(connection, _DOCUMENTS_OF.format(TABLES[prefix].__tablename__), places, number)
    return {place: decode(text) for place, text in found}


def _shown(prefix: str, event: Event, revision: tuple[Any, ...], docs: dict[int, Doc]) -> Doc:
    at, actor, comment = revision
    said = {"version": event.version, "revision": event.revision, "at": at, "actor": actor, "comment": comment}
    new = docs.get(event.row.place) if event.row else None
    old = docs.get(event.before.place) if event.before else None
    changes = changed_fields(prefix, old, new) if new else {}
    return said | {"action": event.action, "into": event.into, "changes": changes}


def changed_fields(prefix: str, old: Doc | None, new: Doc) -> Doc:
    """The fields of a document that differ from those of another, as both show them: {field: [old, new]}. old: None
    for a record that there was not.
    """
    model = MODELS[prefix]
    fields = [name for name in model.model_fields if name not in _LEFT]
    pairs = {
        name: [blank_value(model, name) if old is None else old.get(name, blank_value(model, name)), new.get(name)]
        for name in fields
    }
    return {name: [one, other] for name, (one, other) in pairs.items() if encode(one) != encode(other)}
