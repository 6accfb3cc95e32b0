"""Which records were merged into which, as the revision that is being written has it.

A merged record has no current version any more. Its id, key and handles lead on to its survivor.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Connection, and_, insert, select, update

from app.errors import BadRecord
from app.store.database.fetching import fetch_rows
from app.store.database.tables import Merge
from app.store.history.revision import Revision
from app.store.records.document import Doc, decode
from app.store.records.identity import fingerprint, handles_of
from app.store.records.kinds import TABLES
from app.store.records.rows import number_of

CLAIM, SOURCE = "clm", "src"
# A source that was found by its title goes on to be found by it, though it gained a publisher or a date: the survivors
# of merges that were not undone, as they were before.
_BEFORE: Final = (
    "SELECT sources.id, sources.doc FROM merges JOIN sources ON sources.id = into_id AND sources.until = merges.since"
    " WHERE merges.type = 'src' AND (merges.until IS NULL OR EXISTS (SELECT 1 FROM merges AS later"
    " WHERE later.type = merges.type AND later.id = merges.id AND later.since = merges.until))"
)


@dataclass
class Known:
    """The merged records, by their ids: who survives, and their last documents; their ids by survivor and
    by handle.
    """

    survivors: dict[str, str] = field(default_factory=dict)
    parts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    last: dict[str, Doc] = field(default_factory=dict)
    handles: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, merged: str, into: str, doc: Doc | None = None) -> None:
        """Note one more; what was merged into it goes along. doc: of all but claims."""
        for one in (merged, *self.parts.pop(merged, ())):
            self.survivors[one] = into
            self.parts[into].append(one)
        if doc is None:
            return
        self.last[merged] = doc
        for handle in handles_of(merged[:3], doc):
            self.handles[merged[:3], handle].append(merged)


class Merges:
    """The merged records. All are held once one is asked for: people merge them one by one."""

    def __init__(self, revision: Revision) -> None:
        self.revision = revision

    @cached_property
    def _known(self) -> Known:
        known = Known()
        if not self.revision.merges:
            return known
        for prefix, table in TABLES.items():
            own = and_(table.id == Merge.id, table.until == Merge.ended)
            current: Any = select(Merge.id, Merge.into_id, table.doc).join(table, own)
            found = current.where(Merge.type == prefix, Merge.until.is_(None))
            found = found.order_by(Merge.since, Merge.ended.desc(), Merge.id)  # as they were added
            for number, into, text in self.revision.connection.execute(found):
                known.add(f"{prefix}_{number}", f"{prefix}_{into}", decode(text))
        for number, text in fetch_rows(self.revision.connection, _BEFORE):
            known.handles[SOURCE, fingerprint(decode(text))].append(f"{SOURCE}_{number}")
        own = and_(Merge.type == CLAIM, Merge.until.is_(None))
        claims: Any = select(Merge.id, Merge.into_id).where(own).order_by(Merge.since, Merge.ended.desc(), Merge.id)
        for number, into in self.revision.connection.execute(claims):
            known.add(f"{CLAIM}_{number}", f"{CLAIM}_{into}")
        return known

    def into(self, record_id: str) -> str | None:
        """The record that a merged one is part of by now, itself not merged; None for one that is not merged."""
        return self._known.survivors.get(record_id)

    def require_none(self, record_id: str) -> None:
        """Raise BadRecord for a record that was merged."""
        if into := self.into(record_id):
            raise BadRecord(f"{record_id} was merged already: it is {into} now", code="merged")

    def survivor(self, record_id: str) -> str:
        """The same, or the record itself."""
        return self._known.survivors.get(record_id, record_id)

    def last(self, record_id: str) -> Doc | None:
        """The last document of a merged record."""
        return self._known.last.get(record_id)

    def named(self, prefix: str, handle: str) -> list[str]:
        """The ids of the merged records that went by a handle at last."""
        return self._known.handles.get((prefix, handle), [])

    def parts_of(self, record_id: str) -> list[str]:
        """The ids of the records that were merged into one, itself first."""
        return [record_id, *self._known.parts.get(record_id, ())]

    def add(self, merged: str, into: str, doc: Doc | None = None) -> None:
        """Merge a record whose last document this is (of a claim, none is needed); what was merged into it before goes
        along. The caller has ended its version.
        """
        prefix, now = merged[:3], self.revision.number
        write_merges(self.revision.connection, prefix, [*map(number_of, self.parts_of(merged))], number_of(into), now)
        self._known.add(merged, into, doc)
        self.revision.merges += 1

    def take_back(self, number: int) -> None:
        """Let what a revision merged be records of their own again, and what was part of these before be so again. The
        caller writes their versions, and has seen that they still are part of what that revision made them part of.
        """
        connection, now = self.revision.connection, self.revision.number
        rows = connection.execute(select(Merge.type, Merge.id).where(Merge.since == number)).all()
        for kind, one in rows:
            own = (Merge.type == kind, Merge.id == one)
            ended = connection.execute(select(Merge.ended).where(*own, Merge.until.is_(None))).scalar_one()
            end_merges(connection, kind, [one], now)
            for into in connection.execute(select(Merge.into_id).where(*own, Merge.until == number)).scalars().all():
                row = {"type": kind, "id": one, "since": now, "until": None, "into_id": into, "ended": ended}
                connection.execute(insert(Merge), row)
        self.__dict__.pop("_known", None)  # is read anew


def write_merges(connection: Connection, prefix: str, numbers: list[int], into: int, now: int) -> None:
    """Write that records are part of another since a revision; those that were part of one before remain ended."""
    own = (Merge.type == prefix, Merge.id.in_(numbers), Merge.until.is_(None))
    ended = {row.id: row.ended for row in connection.execute(select(Merge.id, Merge.ended).where(*own))}
    end_merges(connection, prefix, numbers, now)
    row = {"type": prefix, "since": now, "until": None, "into_id": into}
    connection.execute(insert(Merge), [row | {"id": one, "ended": ended.get(one, now)} for one in numbers])


def end_merges(connection: Connection, prefix: str, numbers: list[int], now: int) -> None:
    """Write that records are part of no other since a revision."""
    own = (Merge.type == prefix, Merge.id.in_(numbers), Merge.until.is_(None))
    connection.execute(update(Merge).where(*own).values(until=now))
