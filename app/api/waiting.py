"""Waiting for a newer revision: many requests may, and none of them holds a thread or a connection to the database.

While anybody waits, the newest revision is looked up a few times a second, for all of them together. Other processes
write, too, and tell nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from app.errors import OnRecordError, TooManyWaiting
from app.store.database.engine import Database
from app.store.history.moment import newest_revision

EVERY: Final = 0.25  # seconds between two looks


class Waiting:
    """The requests of an app that wait. most: maximum at a time. is_stopping: whether the server is about to end."""

    def __init__(self, database: Database, most: int, is_stopping: Callable[[], bool]) -> None:
        self._database = database
        self.most = most
        self.is_stopping = is_stopping
        self.places_taken = 0
        self._seen: dict[asyncio.Future[None], int] = {}  # the revision that each has seen
        self._watch: asyncio.Task[None] | None = None
        self._thread = CapacityLimiter(1)  # to look in, beside those of requests

    def take_place(self) -> None:
        """Take a place among those that wait, to be given back. Raises TooManyWaiting."""
        if self.places_taken >= self.most:
            raise TooManyWaiting(f"{self.most} requests wait for changes, as many as may; ask without `wait`")
        self.places_taken += 1

    def give_back(self) -> None:
        """Give a place back."""
        self.places_taken -= 1

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in a block."""
        self.take_place()
        try:
            yield
        finally:
            self.give_back()

    async def other_than(self, revision: int, seconds: float) -> bool:
        """Wait until the newest revision is another; whether it may be, and not only the time is over. It may as well
        be that the server is to stop, or the database cannot be asked.
        """
        if self.is_stopping():
            return True
        changed = asyncio.get_running_loop().create_future()
        self._seen[changed] = revision
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._look())
        try:
            done, _ = await asyncio.wait([changed], timeout=seconds)
            return bool(done)
        finally:
            del self._seen[changed]
            if not self._seen:
                self._watch.cancel()
                self._watch = None

    async def _look(self) -> None:
        """Look again and again. A stop is seen though the database does not answer."""
        looking: asyncio.Task[None] | None = None
        while True:
            await asyncio.sleep(EVERY)
            if self.is_stopping():
                self._wake(None)
            elif looking is None or looking.done():
                looking = asyncio.create_task(self._look_once())

    async def _look_once(self) -> None:
        try:
            newest = await run_sync(self._newest, limiter=self._thread)
        except OnRecordError:  # each finds out by itself, and tells its client
            self._wake(None)
        else:
            self._wake(newest)

    def _newest(self) -> int:
        with self._database.read_page() as connection:
            return newest_revision(connection)

    def _wake(self, newest: int | None) -> None:
        """Wake those that have not seen this revision; for None all."""
        for changed, seen in self._seen.items():
            if seen != newest and not changed.done():
                changed.set_result(None)
