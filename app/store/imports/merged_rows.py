"""The records of an import that are part of others: `merged_into` names the key of the survivor.

They are merged behind all else that an import stores, in the same transaction. A record that is new to the database is
made in a revision of its own, as it was before it was merged, so that its key, names and addresses lead to the
survivor, which is stored as it has become and gains nothing. One that the database has is merged as `onrecord merge`
does it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from app.errors import BadRecord, NotFound, Problem
from app.store.history.revision import Revision
from app.store.imports.check_rows import TYPES
from app.store.imports.defined import home_of
from app.store.imports.import_options import ImportOptions
from app.store.imports.row_notices import RowNotices
from app.store.imports.staging import Row
from app.store.records.document import decode
from app.store.search.records import noun_of
from app.store.write.amending import Given, current_claims
from app.store.write.merge import merge_into
from app.store.write.references import bad
from app.store.write.resolver import Resolver
from app.store.write.writer import Writer

INTO: Final = "merged_into"


def store_merged(connection: Connection, notices: RowNotices, options: ImportOptions) -> None:
    """Store the merged records of an import, and report what is wrong with them: then nothing is to be kept."""
    rows = [*notices.spool.merged()]
    if not rows:
        return
    claims = [row for row in rows if TYPES[row.section] == "clm"]
    others = [row for row in rows if TYPES[row.section] != "clm"]
    merging = _Merging(connection, notices, options)
    merging.make([*others, *claims])  # which may show them
    if not notices.report.is_refused:
        merging.merge([*claims, *others])


class _Merging:
    """The merges of one import."""

    def __init__(self, connection: Connection, notices: RowNotices, options: ImportOptions) -> None:
        self._connection = connection
        self._notices = notices
        self._report = notices.report
        self._options = options
        self._made: set[int] = set()  # the rows whose records were new

    def make(self, rows: list[Row]) -> None:
        """Make the records that are new, each as it was."""
        writer = self._writer()
        for row in rows:
            prefix, key = TYPES[row.section], row.key or ""
            if writer.revision.is_known(prefix, key):
                continue
            self._made.add(row.n)
            doc = decode(row.frame or "")
            writer.revision.row = row.n
            try:
                if prefix == "clm":
                    writer.put_rows([Given(row.n, doc)])
                    writer.require_right()
                else:
                    writer.resolver.add_merged(prefix, doc, home_of(row, writer.resolver))
            except BadRecord as error:
                self._refuse(row, error.problems)
        self._finish(writer)

    def merge(self, rows: list[Row]) -> None:
        """Merge them into their survivors."""
        writer = self._writer()
        for row in rows:
            writer.revision.row = row.n
            try:
                self._merge(writer, row)
            except (BadRecord, NotFound) as error:
                self._refuse(row, error.problems or [Problem((INTO,), error.code, error.detail)])
        self._finish(writer)

    def _merge(self, writer: Writer, row: Row) -> None:
        prefix, resolver = TYPES[row.section], writer.resolver
        own = resolver.revision.id_of(prefix, row.key or "")
        into = resolver.revision.id_of(prefix, row.into or "")
        if own is None or into is None:
            key = row.key if own is None else row.into
            raise bad(f"there is no {noun_of(prefix)} with the key {key}", f"unknown-{noun_of(prefix)}", INTO)
        into = resolver.merges.survivor(into)
        if resolver.merges.into(own) == into:
            return
        if row.n not in self._made:
            merge_into(writer, own, into)
        elif prefix == "clm":
            writer.end_merged(current_claims(self._connection, [own])[own])
            resolver.merges.add(own, into)
        else:
            _end(resolver, prefix, own, into)

    def _writer(self) -> Writer:
        options = self._options
        return Writer(Revision(self._connection, actor=options.actor, comment=options.comment, at=options.at))

    def _finish(self, writer: Writer) -> None:
        if writer.finish(dry_run=self._report.is_refused):
            self._report.revision = writer.revision.number
            self._report.changes = dict(Counter(self._report.changes) + writer.revision.counts)
        for n, problems in writer.take_problems().items():
            self._refuse(self._notices.spool.row(n), problems)

    def _refuse(self, row: Row, problems: Sequence[Problem]) -> None:
        self._report.keeps_going = False
        for problem in problems:
            self._notices.fault(row, problem)


def _end(resolver: Resolver, prefix: str, own: str, into: str) -> None:
    """Let a record that is as it was be part of another, which gains nothing."""
    shelf = next(one for one, _ in resolver.shelves() if one.prefix == prefix)
    shelf.doc(own)
    shelf.merge(own, into)
