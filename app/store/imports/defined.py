"""The records that files define, and the outcomes: what definitions changed, took away, and put back as it was."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import islice
from typing import Final

from app.errors import BadRecord, Problem
from app.store.imports.check_rows import TYPES
from app.store.imports.row_notices import RowNotices
from app.store.imports.staging import Row
from app.store.records.document import Doc, decode, encode
from app.store.records.kinds import NOUNS
from app.store.write.compare_records import came_back, changed_in, lost_in
from app.store.write.earlier_versions import MOST, Earlier
from app.store.write.outcomes import Outcome
from app.store.write.prefetch import hold
from app.store.write.resolver import Resolver

BATCH: Final = 2_000  # definitions that are looked up at once

Tell = Callable[[str, Outcome], None]  # where a claim or a definition stands (file:line), and what became of it


class DefinedRecords:
    """Makes or changes the records that the files of an import define."""

    def __init__(self, notices: RowNotices, tell: Tell) -> None:
        self._notices = notices
        self._report = notices.report
        self._spool = notices.spool
        self._tell = tell

    def store(self, resolver: Resolver) -> None:
        """Make or change the records that files define. Names may change places: doubled ones are told at the end."""
        rows: dict[str, Row] = {}
        changed: dict[str, None] = {}
        homes: dict[int, str] = {}  # the source of each file: groups and unnamed speakers belong to it
        for row, given in self._held_definitions(resolver):
            resolver.revision.row = row.n
            try:
                record_id, did = _define(row.section, given, resolver, homes.get(row.file))
            except BadRecord as error:
                self._notices.refuse(row, error.problems)
                if row.key is not None:
                    self._spool.add_wrong([(TYPES[row.section], row.key, row.n)])
            else:
                self._report.definitions[did] += 1
                if did == "updated" and record_id in rows:
                    named = resolver.revision.told(record_id, resolver.records[record_id]["key"])
                    other = self._notices.place(rows[record_id])
                    told = f"{named} is defined at {other} too, otherwise: the last one counts"
                    self._notices.warn(row, Problem((), "defined-twice", told))
                rows[record_id] = row._replace(frame=None)
                changed |= {record_id: None} if did == "updated" else {}
                if row.section == "source":
                    homes[row.file] = record_id
        resolver.settle_former_names()
        for record_id, problem in resolver.taken():
            if record_id in rows:
                self._notices.fault(rows[record_id], problem)
        self._tell_defined(resolver, changed, rows)

    def _tell_defined(self, resolver: Resolver, changed: Collection[str], rows: dict[str, Row]) -> None:
        earlier = Earlier(resolver.revision.connection)
        for record_id, outcome, problems in outcomes_of(resolver, changed, earlier):
            for problem in problems:
                self._notices.warn(rows[record_id], problem)
            self._tell(self._notices.place(rows[record_id]), outcome)
        if earlier.is_spent:
            told = f"so many records were changed by definitions that only {MOST:,} earlier versions were compared"
            self._report.warn(told, "definition-back")

    def _held_definitions(self, resolver: Resolver) -> Iterator[tuple[Row, Doc]]:
        """The definitions; what they may be found by is looked up for many at once."""
        rows = self._spool.definitions()
        while some := [(row, decode(row.frame or "")) for row in islice(rows, BATCH)]:
            for shelf, sections in resolver.shelves():
                hold(shelf, [given for row, given in some if row.section in sections])
            yield from some


def _define(section: str, given: Doc, resolver: Resolver, home: str | None) -> tuple[str, str]:
    match section:
        case "source" | "sources":
            return resolver.define_source(given)
        case "speakers":
            return resolver.define_speaker(given, home)
    return resolver.define_metric(given)


def outcomes_of(
    resolver: Resolver, ids: Collection[str], earlier: Earlier
) -> Iterator[tuple[str, Outcome, list[Problem]]]:
    """The outcome of each stored record that definitions changed, with what is to be warned of, before it is written.

    ids: of the records.
    """
    for shelf, _ in resolver.shelves():
        stored = {one: old for one in ids if one.startswith(shelf.prefix) and (old := shelf.stored(one))}
        past = earlier.records(shelf.prefix, list(stored))
        for record_id, old in stored.items():
            new, what = resolver.records[record_id], NOUNS[shelf.prefix][:-1]
            changes = changed_in(shelf.prefix, old, new)
            if not changes:
                continue
            back = came_back(shelf.prefix, changes, past.get(record_id, []))
            told = resolver.revision.told(record_id, new["key"])
            problems = [
                Problem((field,), "definition-loses", f"{told} loses {lost}")
                for field, lost in lost_in(shelf.prefix, old, new)
            ]
            if back:
                edits = "; ".join(f"{name}: {' → '.join(map(encode, changes[name]))}" for name in back)
                said = f"{told}: an earlier version comes back over a later edit: {edits}"
                problems.append(Problem((), "definition-back", said))
            yield record_id, Outcome("updated", record_id, new["key"], changes, back, what=what), problems
