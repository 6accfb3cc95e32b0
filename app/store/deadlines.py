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
from time import monotonic

log = logging.getLogger("onrecord")

AGAIN = 0.05  # seconds until a block is stopped again: between two queries there is nothing to stop, and one may follow


class _Block:
    """A block that is under way. Its own lock, not that of all, is held while it is stopped: that may take a while."""

    __slots__ = ("ends", "inside", "lock", "stop")

    def __init__(self, ends: float, stop: Callable[[], object]) -> None:
        self.ends = ends
        self.stop = stop
        self.inside = True
        self.lock = Lock()

    def leave(self) -> None:
        """From here on nothing is stopped: the connection may go to somebody else."""
        with self.lock:
            self.inside = False

    def fire(self) -> None:
        """Stop what runs. A fault is told, and is not the watch's end: other blocks depend on it."""
        with self.lock:
            if not self.inside:
                return
            try:
                self.stop()
            except Exception:
                log.warning("a query that took too long could not be stopped", exc_info=True)
        self.ends = monotonic() + AGAIN


class Watch:
    """Watches blocks. Its thread begins with the first."""

    def __init__(self) -> None:
        self._changed = Condition(Lock())
        self._blocks: set[_Block] = set()
        self._wakes = inf
        self._thread: Thread | None = None

    @contextmanager
    def within(self, seconds: float, stop: Callable[[], object]) -> Iterator[None]:
        """A block. `stop` is called, in another thread, while it is still inside after so many seconds; never later."""
        block = _Block(monotonic() + seconds, stop)
        self._add(block)
        try:
            yield
        finally:
            block.leave()
            with self._changed:
                self._blocks.discard(block)

    def _add(self, block: _Block) -> None:
        with self._changed:
            self._blocks.add(block)
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._watch, name="deadlines", daemon=True)
                self._thread.start()
            if block.ends < self._wakes:  # most end later than the watch wakes anyway: they need not wake it
                self._wakes = block.ends
                self._changed.notify()

    def _watch(self) -> None:
        while True:
            for block in self._due():
                block.fire()

    def _due(self) -> list[_Block]:
        """Waits until some block may be due; gives those that are."""
        with self._changed:
            self._wakes = min((block.ends for block in self._blocks), default=inf)
            left = self._wakes - monotonic()
            if left > 0:
                self._changed.wait(None if left == inf else left)
            now = monotonic()
            return [block for block in self._blocks if block.ends <= now]


WATCH = Watch()  # of the process
