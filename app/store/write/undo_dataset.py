"""Undoing a whole dataset: the revisions that brought its claims in are taken back, the newest first, or none is."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pyroaring import BitMap
from sqlalchemy import Connection

from app.errors import Conflict
from app.store.database.bulk_insert import Progress, chunks
from app.store.database.engine import Database
from app.store.database.fetching import fetch_rows
from app.store.database.garbage import collecting_rarely
from app.store.history.moment import moment_of
from app.store.index.bitmaps import numbers_in
from app.store.index.families import CLAIM
from app.store.search.datasets import dataset_fact, read_dataset
from app.store.search.lookups import Asking
from app.store.write.undo import Undone, undo_within
from app.store.write.undo_edits import taken_back
from app.store.write.undo_target import Target
from app.store.write.writing import write_once

_DESCRIBED: Final = "SELECT since FROM datasets WHERE name = ?"
_BEGUN: Final = (  # versions, and what each replaced
    "SELECT c.number, c.since, p.number FROM claims c LEFT JOIN claims p ON p.id = c.id AND p.until = c.since"
    " WHERE c.number IN ??"
)


def undo_dataset(
    database: Database,
    name: str,
    *,
    actor: str = "undo",
    comment: str | None = None,
    at: datetime | None = None,
    dry_run: bool = False,
    progress: Progress = lambda _what, _done, _all: None,
) -> list[Undone]:
    """Take back the revisions that made claims of a dataset, moved claims into it, or described it; each by one of its
    own, all in one transaction.

    Raises NotFound for a dataset that there is not; Conflict as undo_within does, and `not-alone` where one of these
    revisions wrote other claims too. Busy and NotReady as Database.write does.
    """

    def work(connection: Connection) -> list[Undone]:
        numbers = brought_in_by(connection, name)
        return [
            undo_within(connection, number, actor=actor, comment=comment, at=at, progress=progress)
            for number in numbers
        ]

    with collecting_rarely():
        return write_once(database, work, dry_run=dry_run)


def brought_in_by(connection: Connection, name: str) -> list[int]:
    """The revisions to be taken back, the newest first. Raises as undo_dataset does."""
    asking = Asking(connection, moment_of(connection))
    read_dataset(asking, name)
    own = BitMap(asking.view.postings(CLAIM, dataset_fact(name)))
    found = {since for (since,) in fetch_rows(connection, _DESCRIBED, name)}
    for some in chunks(numbers_in(own).tolist()):
        found |= {
            since for _, since, before in fetch_rows(connection, _BEGUN, some) if before is None or before not in own
        }
    numbers = sorted(found - taken_back(connection, 0), reverse=True)
    if not numbers:
        raise Conflict(f"what brought the dataset {name} in is undone already", code="nothing-to-undo")
    for number in numbers:
        _require_alone(connection, number, own, name)
    return numbers


def _require_alone(connection: Connection, number: int, own: BitMap, name: str) -> None:
    """Raise Conflict where a revision wrote claims that are not of the dataset: its undo would take them back too."""
    others = 0
    for batch in Target(connection, number).claims():
        others += sum(1 for row in batch if row.place not in own and not row.is_rendered)
    if others:
        claims = "1 claim that is" if others == 1 else f"{others:,} claims that are"
        told = f"revision {number} wrote {claims} not of the dataset {name}: undo {number} by its number if they are"
        raise Conflict(f"{told} to go too, or retract the dataset", code="not-alone")
