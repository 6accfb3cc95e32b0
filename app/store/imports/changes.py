"""The changes that an import makes of claims and records, as its own transaction has them when all is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from app.store.database.bulk_insert import chunks
from app.store.imports.staging import Spool
from app.store.records.document import decode
from app.store.records.rows import number_of
from app.store.write.flags import Flags
from app.store.write.outcomes import Outcome
from app.store.write.writer import BATCH, Writer

Told = tuple[int | None, Outcome]  # the number of the row that an outcome is of


def changes_of(writer: Writer, spool: Spool) -> Iterator[Told]:
    """The outcome of each stored record that is changed, of each claim that a row tells, and of each other that is
    rendered anew, where it differs by that.
    """
    rows = {one: row for shelf, _ in writer.resolver.shelves() for one, row in shelf.rows.items()}
    yield from ((rows.get(outcome.id), outcome) for outcome in writer.differences.of_records())
    yield from _of_rows(writer, spool)
    yield from _of_others(writer)


def _of_rows(writer: Writer, spool: Spool) -> Iterator[Told]:
    """Changes of a claim that several rows tell are told with the first of these."""
    listed, outcomes = Flags(), spool.outcomes()
    while some := [(row.n, Outcome(**decode(said))) for row, said in islice(outcomes, BATCH)]:
        stored = writer.differences.of_claims([outcome.id for _, outcome in some])
        for n, outcome in some:
            number = number_of(outcome.id)
            differs = stored.get(outcome.id) if number not in listed else None
            action = "rendered" if differs and outcome.action == "unchanged" else outcome.action
            yield n, replace(outcome, action=action, changes=differs.changes if differs else {})
            listed.add(number)


def _of_others(writer: Writer) -> Iterator[Told]:
    others = [f"clm_{number}" for number in writer.differences.new_versions() if not writer.is_told(number)]
    for some in chunks(others):
        yield from ((None, outcome) for outcome in writer.differences.of_claims(some).values())
