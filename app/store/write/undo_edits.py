"""The edits since a revision, for which it cannot be taken back.

Nothing stands in the way that left the record as it was: an edit that was itself taken back, and the undo by which it
was, as long as that is in force; nor do edits after which it is by content what the revision made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import Connection

from app.errors import Conflict, EditedRecord
from app.store.database.bulk_insert import chunks
from app.store.database.fetching import fetch_rows
from app.store.records.document import decode
from app.store.records.kinds import NOUNS, TABLES
from app.store.write.compare_records import changed_between
from app.store.write.undo_target import Target, Touched

MOST_TOLD: Final = 100  # edited records that are listed

_UNDOS: Final = "SELECT number, undoes FROM revisions WHERE undoes > ? ORDER BY number DESC"
_UNDONE_BY: Final = "SELECT number FROM revisions WHERE undoes = ? AND number > ? ORDER BY number"
_LATER: Final = (
    "SELECT id, version, min(since) FROM {} WHERE since > ? AND id IN ?? GROUP BY id, version ORDER BY id, version"
)
_ENDS: Final = (
    "SELECT until FROM {0} v WHERE id = ? AND until > ?"
    " AND NOT EXISTS (SELECT 1 FROM {0} n WHERE n.id = v.id AND n.since = v.until) ORDER BY until"
)
_THEN: Final = (
    "SELECT v.id, doc FROM {} WHERE since = ? AND v.id IN ?? AND NOT EXISTS"
    " (SELECT 1 FROM ended_records e WHERE e.type = ? AND e.id = v.id AND e.revision > ?)"
)
_NOW: Final = "SELECT v.id, doc FROM {} WHERE until IS NULL AND v.id IN ??"
_CURRENT: Final = "SELECT id, since FROM {} WHERE until IS NULL AND id IN ??"
_MERGED: Final = "SELECT id, since FROM merges WHERE until IS NULL AND type = ? AND id IN ??"
_MERGES_OF: Final = "SELECT since, until, into_id FROM merges WHERE type = ? AND id = ? ORDER BY since"
_PARTS: Final = (
    "SELECT m.into_id, m.id FROM merges m WHERE m.type = ? AND m.since > ? AND m.until IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM merges n WHERE n.type = m.type AND n.id = m.id AND n.into_id = m.into_id"
    " AND n.since <= ? AND (n.until IS NULL OR n.until > ?))"
)
_KEY: Final = "SELECT key FROM record_keys WHERE type = ? AND id = ?"


def taken_back(connection: Connection, number: int) -> set[int]:
    """The revisions after one that undid each other: each that an undo in force takes back, and that undo."""
    undone, both = set[int](), set[int]()
    for undo, of in fetch_rows(connection, _UNDOS, number):
        if undo not in undone:
            undone.add(of)
            both |= {undo, of}
    return both


class Edits:
    """The edits since the revision of a target."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._connection = target.connection
        self._number = target.number
        self._gone = taken_back(target.connection, target.number)

    def require_none(self) -> None:
        """Raise Conflict with the touched records that were edited, merged or ended since; renderings do not count."""
        found = list(self._edited())
        if not found:
            return
        told = [self._told(*one) for one in found[:MOST_TOLD]]
        more = f", and {len(found) - MOST_TOLD:,} more" if len(found) > MOST_TOLD else ""
        named = ", ".join(f"{one} by revision {one.revision}" for one in told[:5])
        rest = f" and {len(told) - 5} others" if len(told) > 5 else ""
        detail = f"records that revision {self._number} touched were changed since: {named}{rest}{more}"
        again = [number for (number,) in fetch_rows(self._connection, _UNDONE_BY, self._number, self._number)]
        if again and again[-1] not in self._gone:
            detail = f"{detail}; it was undone by revision {again[-1]}"
        raise Conflict(detail, code="edited-since", records=told)

    def of(self, prefix: str, rows: Iterable[Touched]) -> dict[int, int]:
        """Which of the records have another version by now, or none: by the number in the id, the first revision that
        made it so.
        """
        changed = {row.id: row for row in rows if row.is_changed_since}
        found = {
            number: since
            for number, version, since in reversed(self._later(prefix, changed))
            if version > changed[number].version
        }
        for some in chunks(sorted(number for number in found if changed[number].current)):
            for number in self._same_again(prefix, some):
                del found[number]
        for number in changed.keys() - found.keys():
            if not changed[number].current:
                ends = fetch_rows(self._connection, _ENDS.format(_table(prefix)), number, self._number)
                found[number] = self._first([end for (end,) in ends])
        return found

    def _first(self, revisions: list[int]) -> int:
        """The first of these revisions that stands, else the last."""
        return next((one for one in revisions if one not in self._gone), revisions[-1])

    def _same_again(self, prefix: str, numbers: list[int]) -> set[int]:
        """The records that are again what the revision made of them. One that has ended since, and was made
        again, is another's.
        """
        joined = "claims AS v JOIN documents USING (number)"
        table = joined if prefix == "clm" else f"{_table(prefix)} AS v"
        then: dict[int, str] = dict(
            fetch_rows(self._connection, _THEN.format(table), self._number, numbers, prefix, self._number)
        )
        now: dict[int, str] = dict(fetch_rows(self._connection, _NOW.format(table), list(then)))
        return {one for one in now if not changed_between(decode(then[one]), decode(now[one]))}

    def _later(self, prefix: str, numbers: Iterable[int]) -> list[tuple[int, int, int]]:
        """The versions of records that stand: the number in the id, the version, the revision."""
        some = sorted(numbers)
        rows = fetch_rows(self._connection, _LATER.format(_table(prefix)), self._number, some) if some else []
        return [(number, version, since) for number, version, since in rows if since not in self._gone]

    def _edited(self) -> Iterator[tuple[str, int, int]]:
        """The records that stand in the way: type, number, and the revision by which."""
        parts = self._parts("clm")
        for batch in self._target.claims():
            yield from self._own("clm", batch, parts)
        for prefix in NOUNS:
            yield from self._own(prefix, self._target.records(prefix), self._parts(prefix))
        yield from self._of_merges()
        for prefix, numbers in self._target.ended.items():
            yield from ((prefix, number, since) for number, since in self._back(prefix, numbers).items())

    def _own(self, prefix: str, rows: list[Touched], parts: dict[int, int]) -> Iterator[tuple[str, int, int]]:
        """Of versions that the revision made. parts: see _parts."""
        found = {row.id: parts[row.id] for row in rows if row.is_made and row.id in parts}
        found |= self.of(prefix, [row for row in rows if not row.is_rendered])
        yield from ((prefix, number, since) for number, since in sorted(found.items()))

    def _parts(self, prefix: str) -> dict[int, int]:
        """The records that others were made part of since, be it without an edit; and the revision by which."""
        rows = fetch_rows(self._connection, _PARTS, prefix, self._number, self._number, self._number)
        return {into: self._merge_of(prefix, part) for into, part in rows}

    def _merge_of(self, prefix: str, number: int) -> int:
        """The first revision that stands by which a record became part of another one, or none, since."""
        rows = fetch_rows(self._connection, _MERGES_OF, prefix, number)
        later = sorted(one for row in rows for one in row[:2] if one and one > self._number)
        return self._first(later)

    def _of_merges(self) -> Iterator[tuple[str, int, int]]:
        """Of what the revision merged: all that is part of another one than it was then, or changed in between."""
        for one in self._target.merges:
            rows = fetch_rows(self._connection, _MERGES_OF, one.type, one.id)
            if [into for _, until, into in rows if until is None] != [one.into]:
                yield one.type, one.id, self._merge_of(one.type, one.id)
            elif one.is_first and (later := self._later(one.type, [one.id])):
                yield one.type, one.id, later[0][2]

    def _back(self, prefix: str, numbers: list[int]) -> dict[int, int]:
        """The records of those that the revision ended that are back, or were in between; and the revision by which."""
        found: dict[int, int] = dict(fetch_rows(self._connection, _MERGED, prefix, numbers))
        found |= dict(fetch_rows(self._connection, _CURRENT.format(_table(prefix)), numbers))
        return found | {number: since for number, _, since in reversed(self._later(prefix, numbers))}

    def _told(self, prefix: str, number: int, revision: int) -> EditedRecord:
        ((key,),) = fetch_rows(self._connection, _KEY, prefix, number)
        return EditedRecord(f"{prefix}_{number}", key, revision)


def _table(prefix: str) -> str:
    return "claims" if prefix == "clm" else TABLES[prefix].__tablename__
