"""Deadlines of blocks that ask a database: whoever is still inside at its own has its running query stopped.

One thread watches all blocks, of both engines, since neither has a limit of its own that fits: SQLite has none, and
PostgreSQL's is for each statement, and costs a round trip to change. Blocks are few (each holds a connection), so that
looking through all of them when one may be due is cheaper than keeping them in order.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from threading import Condition, Lock, Thread
from time import monotonic, thread_time
from typing import Final

from sqlalchemy import Connection

from app.errors import QueryTimeout

log = logging.getLogger("onrecord")

DEADLINE: Final = "onrecord_deadline"  # what a connection's `info` has the deadline of its block under
AGAIN = 0.05  # seconds until a block is stopped again: between two queries there is nothing to stop, and one may follow


class Deadline:
    """When reading is to end: after so many seconds, or as soon as nobody waits for it any more."""

    __slots__ = ("at", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.at = monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then; less than none after it."""
        return self.at - monotonic()

    def begin_anew(self) -> None:
        """Count from now on, unless it was ended."""
        if not self.is_ended:
            self.at = monotonic() + self.seconds

    def check(self) -> None:
        """Raise QueryTimeout after it: for what no database does, and so cannot be stopped from outside."""
        if monotonic() > self.at:
            raise QueryTimeout(limit_told(self.seconds))

    @property
    def is_ended(self) -> bool:
        """Whether it was ended before its time."""
        return self.at == -inf

    def end(self) -> None:
        """End it now: what reads is stopped."""
        self.at = -inf
        WATCH.look()


class Budget(Deadline):
    """A deadline for work that is begun anew elsewhere when it takes too long: it also comes after so many seconds of
    the processor, as the thread that makes it is given.
    """

    __slots__ = ("_began", "_processor")

    def __init__(self, processor: float, seconds: float) -> None:
        super().__init__(seconds)
        self._processor = processor
        self._began = thread_time()

    def check(self) -> None:
        """Raise QueryTimeout after either."""
        # The clock of the processor is asked only where that of the wall, a tenth as costly, is beyond it, too.
        if monotonic() > self.at - self.seconds + self._processor and thread_time() > self._began + self._processor:
            raise QueryTimeout(limit_told(self.seconds))


def limit_told(seconds: float) -> str:
    """The message about a query that took so long."""
    return f"the query was stopped: it may take {seconds:g} s; narrow it by more filters, or try again later"


def deadline_of(connection: Connection) -> Deadline:
    """The deadline of the block that reads by a connection; none at all, where it writes."""
    found: Deadline | None = connection.info.get(DEADLINE)
    return found or Deadline(inf)


class Block:
    """A block that is under way. Its own lock, not that of all, is held while it is stopped: that may take a while.

    was_stopped: whether a query of it was, or may have been.
    """

    __slots__ = ("_again", "_deadline", "_inside", "_lock", "_stop", "was_stopped")

    def __init__(self, deadline: Deadline, stop: Callable[[], object]) -> None:
        self.was_stopped = False
        self._deadline = deadline
        self._stop = stop
        self._again = -inf
        self._inside = True
        self._lock = Lock()

    @property
    def ends(self) -> float:
        """When it is to be stopped, or stopped again."""
        return max(self._deadline.at, self._again)

    def leave(self) -> None:
        """From here on nothing is stopped: the connection may go to somebody else."""
        with self._lock:
            self._inside = False

    def fire(self) -> None:
        """Stop what runs. A fault is told, and is not the watch's end: other blocks depend on it."""
        with self._lock:
            if not self._inside:
                return
            self.was_stopped = True
            try:
                self._stop()
            except Exception:
                log.warning("a query that took too long could not be stopped", exc_info=True)
        self._again = monotonic() + AGAIN


class Watch:
    """Watches blocks. Its thread begins with the first."""

    def __init__(self) -> None:
        self._changed = Condition(Lock())
        self._blocks: set[Block] = set()
        self._wakes = inf
        self._thread: Thread | None = None

    @contextmanager
    def within(self, deadline: Deadline, stop: Callable[[], object]) -> Iterator[Block]:
        """A block. `stop` is called, in another thread, while it is still inside at the deadline; never later."""
        block = self.enter(deadline, stop)
        try:
            yield block
        finally:
            self.leave(block)

    def look(self) -> None:
        """Look at all blocks now: the deadline of one has moved."""
        with self._changed:
            self._wakes = -inf
            self._changed.notify()

    def enter(self, deadline: Deadline, stop: Callable[[], object]) -> Block:
        """Begin a block, which is to be left: the same as `within`, for who enters many."""
        block = Block(deadline, stop)
        with self._changed:
            self._blocks.add(block)
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._watch, name="deadlines", daemon=True)
                self._thread.start()
            if block.ends < self._wakes:  # most end later than the watch wakes anyway: they need not wake it
                self._wakes = block.ends
                self._changed.notify()
        return block

    def leave(self, block: Block) -> None:
        """End a block."""
        block.leave()
        with self._changed:
            self._blocks.discard(block)

    def _watch(self) -> None:
        while True:
            for block in self._due():
                block.fire()

    def _due(self) -> list[Block]:
        """Waits until some block may be due; gives those that are."""
        with self._changed:
            self._wakes = min((block.ends for block in self._blocks), default=inf)
            left = self._wakes - monotonic()
            if left > 0:
                self._changed.wait(None if left == inf else left)
            now = monotonic()
            return [block for block in self._blocks if block.ends <= now]


WATCH = Watch()  # of the process
