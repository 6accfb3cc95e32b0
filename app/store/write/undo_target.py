"""The parts of a revision to be taken back: versions, merges, ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from sqlalchemy import Connection

from app.errors import Conflict, EditedRecord
from app.store.database.fetching import Rows, fetch_rows
from app.store.history.revision import Revision
from app.store.index.families import CLAIM, SPEAKER, Family
from app.store.index.revisions import place_until
from app.store.records.document import Doc, named
from app.store.records.kinds import TABLES

BATCH: Final = 2_000

_VERSIONS: Final = (
    "SELECT v.{place}, v.id, v.version, p.{place}, p.version, c.{place}, c.version FROM {table} v"
    " LEFT JOIN {table} p ON p.id = v.id AND p.until = v.since"
    " LEFT JOIN {table} c ON c.id = v.id AND c.until IS NULL"
)
_IN_RANGE: Final = " WHERE v.number > ? AND v.number <= ? ORDER BY v.number LIMIT ?"
_SINCE: Final = " WHERE v.since = ? AND v.id > ? AND 1 <= ? ORDER BY v.id LIMIT ?"
_MERGES: Final = "SELECT type, id, into_id, ended FROM merges WHERE since = ? ORDER BY type, id"
_UNMERGED: Final = (
    "SELECT m.type, m.id, m.into_id FROM merges m WHERE m.until = ?"
    " AND NOT EXISTS (SELECT 1 FROM merges n WHERE n.type = m.type AND n.id = m.id AND n.since = m.until)"
)
_ENDED: Final = "SELECT type, id FROM ended_records WHERE revision = ? AND kind = 'undone' ORDER BY type, id"
_PURGES: Final = "SELECT 1 FROM ended_records WHERE revision = ? AND kind = 'purged' LIMIT 1"
_THINNED: Final = "SELECT id, revision FROM ended_records WHERE kind = 'thinned' AND revision > ?"


class Touched(NamedTuple):
    """A version that the revision made. place, before, now: what the version, the one that it replaced, and the current
    one are found by: the number of a claim's, the revision of others.
    """

    place: int
    id: int
    version: int
    before: int | None
    version_before: int | None
    now: int | None
    version_now: int | None

    @property
    def previous(self) -> int:
        """The version before; 0 for none."""
        return self.before or 0

    @property
    def current(self) -> int:
        """The current version; 0 for none."""
        return self.now or 0

    @property
    def is_made(self) -> bool:
        """Whether there was no version before it: it was created, or came back."""
        return self.before is None

    @property
    def is_rendered(self) -> bool:
        """Whether the revision changed what it shows of others alone."""
        return self.version == self.version_before

    @property
    def is_changed_since(self) -> bool:
        """Whether there is another version by now, or none; it may have the same content."""
        return self.version != self.version_now


class MergeRow(NamedTuple):
    """A record that the revision made part of another. is_first: it was none before."""

    type: str
    id: int
    into: int
    is_first: bool


class Target:
    """A revision that is to be taken back."""

    def __init__(self, connection: Connection, number: int) -> None:
        self.connection = connection
        self.number = number
        self.merges = [
            MergeRow(kind, own, into, ended == number)
            for kind, own, into, ended in fetch_rows(connection, _MERGES, number)
        ]
        self.unmerged: list[tuple[str, int, int]] = [tuple(row) for row in fetch_rows(connection, _UNMERGED, number)]
        self.ended: dict[str, list[int]] = {}
        for kind, own in fetch_rows(connection, _ENDED, number):
            self.ended.setdefault(kind, []).append(own)

    @property
    def survivors(self) -> dict[str, str]:
        """The ids of what the revision merged, each with that of what it is part of since."""
        return {f"{one.type}_{one.id}": f"{one.type}_{one.into}" for one in self.merges}

    @property
    def last_claim(self) -> int:
        """The number of the last version of a claim that was written by then."""
        return self._range(CLAIM)[1]

    @property
    def claims_in_all(self) -> int:
        """How many versions of claims there may be."""
        first, last = self._range(CLAIM)
        return last - first

    def claims(self) -> Iterator[list[Touched]]:
        """The versions of claims that the revision made, some at a time."""
        after, last = self._range(CLAIM)
        statement = _VERSIONS.format(table="claims", place="number") + _IN_RANGE
        while rows := fetch_rows(self.connection, statement, after, last, BATCH):
            yield [Touched(*row) for row in rows]
            after = rows[-1][0]

    def records(self, prefix: str) -> list[Touched]:
        """The versions of speakers, sources or metrics that the revision made."""
        found: list[Touched] = []
        while rows := self._records(prefix, found[-1] if found else None, len(found)):
            found += (Touched(*row) for row in rows)
        return found

    def _records(self, prefix: str, last: Touched | None, done: int) -> Rows:
        table = TABLES[prefix].__tablename__
        statement = _VERSIONS.format(table=table, place="since")
        if prefix != "spk":
            return fetch_rows(self.connection, statement + _SINCE, self.number, last.id if last else 0, 1, BATCH)
        first, end = self._range(SPEAKER)
        return fetch_rows(self.connection, statement + _IN_RANGE + " OFFSET ?", first, end, BATCH, done)

    def _range(self, family: Family) -> tuple[int, int]:
        first, last = (place_until(self.connection, one)[1].of(family) for one in (self.number - 1, self.number))
        return first, last

    def require_unpurged(self) -> None:
        """Raise Conflict where the revision is a purge, or one took away versions by which it would be taken back."""
        if fetch_rows(self.connection, _PURGES, self.number):
            raise Conflict(f"revision {self.number} is a purge, which cannot be undone", code="purged")
        thinned: dict[int, int] = dict(fetch_rows(self.connection, _THINNED, self.number))
        for batch in self.claims() if thinned else ():
            for row in batch:
                if row.id in thinned:
                    told = f"earlier versions of clm_{row.id} were purged with revision {thinned[row.id]}"
                    raise Conflict(f"revision {self.number} cannot be undone: {told}", code="purged")


def shown_again(doc: Doc, gone: list[str], revision: Revision) -> Conflict:
    """The error of a record that would show again what has ended since."""
    told = [EditedRecord(one, revision.key_of(one), revision.end_of(one)) for one in gone]
    ended = ", ".join(f"{one} by revision {one.revision}" for one in told)
    return Conflict(f"{named(doc)} needs what has ended since: {ended}", "edited-since", told)
