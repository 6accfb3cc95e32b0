"""A writer's turn: how long it waits for it, and who has it meanwhile.

Writers queue on one lock: a lock file beside an SQLite file, an advisory lock in PostgreSQL. Neither says more than
that it is held, so the holder leaves a note: PostgreSQL knows the name and the beginning of each connection's
transaction; for SQLite it is a small file beside the lock, which counts only while the lock is held.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec
from sqlalchemy import Connection, text

from app.errors import Busy

DRY_RUN: Final = " --dry-run"  # ends the name of a program that tries writes, and keeps none
SHORT: Final = 0.2  # seconds of waiting that are nothing to tell of: a step of merging, a single write
AGAIN: Final = 30.0  # seconds after which who waits is told again whom for

_HOLDER: Final = text(
    "SELECT activity.application_name, activity.pid, activity.xact_start FROM pg_locks AS locks"
    " JOIN pg_stat_activity AS activity ON activity.pid = locks.pid"
    " WHERE locks.locktype = 'advisory' AND locks.granted AND locks.objsubid = 1"
    " AND locks.classid = CAST(:high AS oid) AND locks.objid = CAST(:low AS oid)"
    " AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@dataclass(frozen=True)
class Patience:
    """How long a writer waits for its turn, in seconds. tell: is told whom it waits for, every half a minute."""

    seconds: float
    tell: Callable[[str], object] = lambda _holder: None


class Holder(msgspec.Struct):
    """The writer at the moment: the program, its process, and since when."""

    application: str
    process: int
    since: datetime

    def __str__(self) -> str:
        since = self.since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        program = self.application or "another program"
        if program.endswith(DRY_RUN):
            program = f"a dry run of {program.removesuffix(DRY_RUN)}"
            return f"{program} (process {self.process}), which has held the writer's lock since {since}"
        return f"{program} (process {self.process}), which has been writing since {since}"


def take_turn(
    acquire: Callable[[float], bool], holder: Callable[[], Holder | None], patience: Patience, own: str
) -> None:
    """Wait for the lock. acquire: waits for it so many seconds, and says whether it came. own: the program that waits.

    Raises Busy with the holder's name where it did not come in time.
    """
    if acquire(0):
        return
    ends, wait = monotonic() + patience.seconds, SHORT
    while (left := ends - monotonic()) > 0:
        if acquire(min(left, wait)):
            return
        patience.tell(_told(holder()))
        wait = AGAIN
    longer = "wait longer (--wait)" if own.removesuffix(DRY_RUN).endswith(" import") else "try again"
    raise Busy(f"the lock was held for {patience.seconds:g} s by {_told(holder())}; {longer}")


def _told(holder: Holder | None) -> str:
    return str(holder or "another writer")


def holder_in_postgresql(connection: Connection, key: int) -> Holder | None:
    """The holder of an advisory lock of 64 bits."""
    found = connection.execute(_HOLDER, {"high": key >> 32, "low": key & 0xFFFFFFFF}).first()
    return Holder(found.application_name, found.pid, found.xact_start) if found and found.xact_start else None


class Note:
    """The note beside an SQLite database's lock. A fault with it is no reason not to write."""

    def __init__(self, path: Path, application: str) -> None:
        self._path = path
        self._application = application

    @contextmanager
    def left(self) -> Iterator[None]:
        """A block in which the lock is held."""
        with suppress(OSError):
            own = Holder(self._application, os.getpid(), datetime.now(UTC))
            self._path.write_bytes(msgspec.json.encode(own))
        try:
            yield
        finally:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def read(self) -> Holder | None:
        """The note of whoever holds the lock; None where there is none that can be read."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Holder)
        except (OSError, msgspec.DecodeError):
            return None
