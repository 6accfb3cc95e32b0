"""The transaction of a write, and what follows it: the parts of the index are merged, a bounded step at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final, TypeVar

from sqlalchemy import Connection

from app.errors import Busy, OnRecordError
from app.store.database.engine import Database
from app.store.database.writer_turn import Patience
from app.store.history.following import require_unfollowing
from app.store.index.writing import merge_some, merging_is_due
from app.store.records.shapes import require_whole

log = logging.getLogger("onrecord")

T = TypeVar("T")

STEP: Final = 0.05  # seconds that one step of merging takes, about
SHARE: Final = 0.5  # of a write's own time that merging may take after it: so that it keeps up with imports


@contextmanager
def writing(
    database: Database,
    *,
    warn: Callable[[str], object] = log.warning,
    patience: Patience | None = None,
    is_copied: bool = False,
) -> Iterator[Connection]:
    """The one writing transaction, as Database.write gives it, and after its commit some merging of the index, where
    that is due: a transaction more costs a small write a third of its time.

    is_copied: what is written comes from the server that the database follows, or the caller looks whether it follows
    one. Raises NotReady where stored documents lack fields of this release, and Conflict as require_unfollowing does.
    """
    with database.write(warn=warn, patience=patience) as connection:
        began = monotonic()
        require_whole(connection)
        if not is_copied:
            require_unfollowing(connection)
        yield connection
        is_due = merging_is_due(connection)
    if is_due:
        merge_parts(database, max(STEP, SHARE * (monotonic() - began)))


class _RollBackError(Exception):
    """Ends a transaction that is not to be kept."""


def write_once(database: Database, work: Callable[[Connection], T], *, dry_run: bool = False) -> T:
    """The result of `work`, done in the one writing transaction. dry_run: nothing of it is kept.

    Raises as `writing` does, and what `work` raises, of which nothing is kept either.
    """
    done: list[T] = []
    try:
        with writing(database) as connection:
            done.append(work(connection))
            if dry_run:
                raise _RollBackError
    except _RollBackError:
        pass
    return done[0]


def merge_parts(database: Database, seconds: float) -> None:
    """Merge parts of the index for about so many seconds, unless there is nothing to do or somebody else writes.

    Each step is a transaction of its own. A failure is no fault of the write before: the next one tries again.
    """
    until = monotonic() + seconds
    try:
        more = True
        while more and monotonic() < until:
            with database.write(patience=Patience(0)) as connection:
                more = merge_some(connection, STEP)
    except (Busy, KeyboardInterrupt):  # all is stored: an interrupt ends this alone
        pass
    except OnRecordError as error:
        log.warning("the index could not be merged: %s", error)
