"""The records that files define."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from app.errors import BadRecord, Problem
from app.store.imports.check_rows import TYPES
from app.store.imports.patch_rows import decode_unread
from app.store.imports.row_notices import RowNotices
from app.store.imports.staging import Row
from app.store.records.document import Doc, decode
from app.store.write.prefetch import hold
from app.store.write.references import bad
from app.store.write.resolver import Resolver

BATCH: Final = 2_000  # definitions that are looked up at once


class DefinedRecords:
    """Makes or changes the records that the files of an import define."""

    def __init__(self, notices: RowNotices) -> None:
        self._notices = notices
        self._report = notices.report
        self._spool = notices.spool

    def store(self, resolver: Resolver) -> None:
        """Make or change the records that files define. Names may change places: doubled ones are told at the end."""
        rows: dict[str, Row] = {}
        homes: dict[int, str] = {}  # the source of each file: groups and unnamed speakers belong to it
        for row, given in self._held_definitions(resolver):
            resolver.revision.row = row.n
            try:
                record_id, did = _define(row.section, given, resolver, home_of(row, resolver) or homes.get(row.file))
            except BadRecord as error:
                self._notices.refuse(row, error.problems)
                if row.key is not None:
                    self._spool.add_wrong([(TYPES[row.section], row.key, row.n)])
            else:
                self._report.definitions[did] += 1
                self._tell_unread(row, resolver.stored(record_id))
                if did == "updated" and record_id in rows:
                    named = resolver.revision.told(record_id, resolver.records[record_id]["key"])
                    other = self._notices.place(rows[record_id])
                    told = f"{named} is defined at {other} too, otherwise: the last one counts"
                    self._notices.warn(row, Problem((), "defined-twice", told))
                rows[record_id] = row._replace(frame=None)
                if row.section == "source":
                    homes[row.file] = record_id
        resolver.settle_former_names()
        for record_id, problem in resolver.taken():
            if record_id in rows:
                self._notices.fault(rows[record_id], problem)

    def _tell_unread(self, row: Row, stored: Doc | None) -> None:
        """Warn of values that are not read, unless the record had them: then an export had them, too."""
        for one in decode_unread(row.unread) if row.unread else ():
            if not one.is_shown(stored):
                self._notices.warn(row, one.problem)

    def _held_definitions(self, resolver: Resolver) -> Iterator[tuple[Row, Doc]]:
        """The definitions; what they may be found by is looked up for many at once."""
        rows = self._spool.definitions()
        while some := [(row, decode(row.frame or "")) for row in islice(rows, BATCH)]:
            for shelf, sections in resolver.shelves():
                hold(shelf, [given for row, given in some if row.section in sections])
            yield from some


def home_of(row: Row, resolver: Resolver) -> str | None:
    """The id of the source that a row says its speaker belongs to. Raises BadRecord where there is none."""
    if row.home is None:
        return None
    found = resolver.revision.id_of("src", row.home)
    if found is None:
        raise bad(f"there is no source with the key {row.home}", "unknown-source", "source")
    return resolver.merges.survivor(found)


def _define(section: str, given: Doc, resolver: Resolver, home: str | None) -> tuple[str, str]:
    match section:
        case "source" | "sources":
            return resolver.define_source(given)
        case "speakers":
            return resolver.define_speaker(given, home)
    return resolver.define_metric(given)
