"""Undoing: a revision takes back what another did, as if that had not been; what came between stays.

A record that the other edited gets the content before that, as its next version. One that it created ends, unless
something still shows it; one that it ended comes back; one that it merged is a record of its own again. Nothing of
the past is changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import Connection

from app.errors import Conflict, NotFound
from app.store.database.bulk_insert import Progress
from app.store.database.engine import Database
from app.store.database.garbage import collecting_rarely
from app.store.history.revision import Revision
from app.store.write.still_shown import still_shown
from app.store.write.undo_claims import ClaimsBack
from app.store.write.undo_datasets import DatasetsBack
from app.store.write.undo_edits import Edits
from app.store.write.undo_records import RecordsBack
from app.store.write.undo_target import Target
from app.store.write.writer import Writer
from app.store.write.writing import write_once

MOST_KEPT: Final = 1_000  # records that are listed
SHOWN: Final = "it is shown by what came later"


class Kept(NamedTuple):
    """A record that stays as it is, and why."""

    id: str
    key: str
    reason: str


@dataclass
class Undone:
    """The result of an undo, or of a trial. revision: None for a trial. counts: as revisions have them. kept:
    created records that stay, for something shows them, and records that go on to show the survivor of a merge, for an
    edit let them; at most MOST_KEPT of kept_in_all.
    """

    undoes: int
    revision: int | None
    recorded_at: str
    actor: str
    comment: str | None
    counts: dict[str, int]
    kept: list[Kept] = field(default_factory=list)
    kept_in_all: int = 0


def undo_revision(
    database: Database,
    number: int,
    *,
    actor: str = "undo",
    comment: str | None = None,
    at: datetime | None = None,
    dry_run: bool = False,
    progress: Progress = lambda _what, _done, _all: None,
) -> Undone:
    """Take a revision back, as one revision. at: its time, now by default.

    Raises as undo_within does; Busy and NotReady as Database.write does.
    """

    def work(connection: Connection) -> Undone:
        return undo_within(connection, number, actor=actor, comment=comment, at=at, progress=progress)

    with collecting_rarely():
        done = write_once(database, work, dry_run=dry_run)
    return replace(done, revision=None) if dry_run else done


def undo_within(
    connection: Connection,
    number: int,
    *,
    actor: str,
    comment: str | None = None,
    at: datetime | None = None,
    progress: Progress = lambda _what, _done, _all: None,
) -> Undone:
    """The same in a transaction of the caller's.

    Raises NotFound for a revision that there is not; Conflict `edited-since` where records that it touched were edited
    after it (see undo_edits.py), and `nothing-to-undo` where it changed nothing that can be taken back, with the
    records that stay, for others show them.
    """
    revision = Revision(connection, actor=actor, comment=comment, at=at)
    if not 1 <= number < revision.number:
        raise NotFound(f"there is no revision {number}; the newest is {revision.number - 1}")
    revision.undoes = number
    target = Target(revision.connection, number)
    target.require_unpurged()
    Edits(target).require_none()
    writer = Writer(revision)
    records, claims = RecordsBack(writer, target), ClaimsBack(writer, target, progress)
    records.go_back()
    claims.go_back()
    kept = [*claims.end_made(), *records.end_made()]
    records.require_own()
    DatasetsBack(writer, target).go_back()
    if not writer.finish():
        told = f"revision {number} changed nothing that can be taken back"
        told = f"{told}: {len(kept):,} records that it made are shown by others" if kept else told
        shown = still_shown(revision, writer.resolver.showing, kept)
        raise Conflict(told, code="nothing-to-undo", shown=list(shown))
    staying = [*((one, SHOWN) for one in kept), *claims.staying, *records.staying]
    named = [Kept(one, revision.key_of(one), reason) for one, reason in staying[:MOST_KEPT]]
    counts = dict(sorted(revision.counts.items()))
    return Undone(number, revision.number, revision.at, revision.actor, revision.comment, counts, named, len(staying))
