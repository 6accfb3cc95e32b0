"""Where the database is read for a request: where requests arrive, if that is short, else in a thread.

Each thread that a request passes through costs it as much as reading a page does. So what a database in this process
(SQLite) answers in a moment is read where requests arrive. A read that takes longer than it may is begun anew
elsewhere, with what it has taken into memory: first in one of the threads that all share, then in one of a few for slow
reads. The processor's clock measures it: however many others there are, nobody is refused for them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from anyio import CancelScope, CapacityLimiter, create_task_group, fail_after
from anyio.to_thread import run_sync
from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from app.errors import Busy, QueryTimeout
from app.store.database.deadlines import Budget, Deadline, limit_told
from app.store.database.engine import Database, Snapshot

T = TypeVar("T")

# Seconds of the processor, and of the clock, for which the database's own statements are stopped.
HERE: Final = (0.005, 0.05)  # where requests arrive, and all of them wait
SHARED: Final = (0.05, 0.5)  # in the threads that all share
SLOW_THREADS: Final = 2  # more would only take the processor from each other, and from quick queries

DRAWING_WAIT: Final = 10.0  # seconds that a picture waits for others
WRITERS: Final = 2  # threads: one writes, and another reads its request meanwhile

AT_ONCE: Final = 4  # pages that are read where requests arrive before anything else has its turn
LONG: Final = 2_000  # bytes of a request that may take long before the database is read


@dataclass(frozen=True, slots=True)
class Reading:
    """A request that was read. answer: reads the database, or raises QueryTimeout at its deadline. is_short: what it
    does beside that is no work.
    """

    answer: Callable[[Snapshot], Response]
    is_short: bool = True


class Turns:
    """Turns of short work where requests arrive: a few, and then whatever else there is, such as new connections or the
    question whether the process is well. Waiting work is let in first.
    """

    def __init__(self) -> None:
        self._left = AT_ONCE
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Wait for a turn. The work is to be done until the next await."""
        loop = asyncio.get_running_loop()
        if self._left == AT_ONCE:
            loop.call_soon(self._let_in, loop)
        if self._left > 0:
            self._left -= 1
            return
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _let_in(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin anew, when the event loop has been everywhere once."""
        self._left = AT_ONCE
        while self._waiting and self._left > 0:
            turn = self._waiting.popleft()
            if not turn.done():  # it may have been given up
                turn.set_result(None)
                self._left -= 1
        if self._left < AT_ONCE:
            loop.call_soon(self._let_in, loop)


class Threads:
    """The threads of an app, beside those that all share. exports: maximum at a time."""

    def __init__(self, database: Database, exports: int) -> None:
        self.database = database
        self._turns = Turns()
        self.slow = CapacityLimiter(SLOW_THREADS)
        self.writers = CapacityLimiter(WRITERS)
        self.drawing = CapacityLimiter(1)
        self.exports = CapacityLimiter(exports + 1)  # one that is too many is told so, and does not wait

    async def answer(self, request: Request, prepare: Callable[[], Reading], size: int) -> Response:
        """The answer to a request of so many bytes; prepare: reads it."""
        is_long = size > LONG
        reading = await run_sync(prepare) if is_long else prepare()
        try:
            if self.database.is_within and reading.is_short and not is_long:
                await self._turns.take()
                with suppress(QueryTimeout), self.database.read_page(Budget(*HERE)) as connection:
                    return reading.answer(connection)
            return await run_sync(self._shortly, reading)
        except QueryTimeout:
            return await self._slowly(request, reading)

    async def record(self, read: Callable[[Snapshot], T]) -> T:
        """The answer of `read`, which reads one record: it waits for no slow work, however long it takes itself."""
        if self.database.is_within:
            await self._turns.take()
            with suppress(QueryTimeout), self.database.read_page(Budget(*HERE)) as connection:
                return read(connection)
        return await run_sync(self._read, read)

    def _read(self, read: Callable[[Snapshot], T]) -> T:
        with self.database.read_page() as connection:
            return read(connection)

    def _shortly(self, reading: Reading) -> Response:
        with self.database.read_page(Budget(*SHARED)) as connection:
            return reading.answer(connection)

    async def _slowly(self, request: Request, reading: Reading) -> Response:
        """The answer of a thread for slow work. To wait for one may take as long as the work itself."""
        whole = Deadline(self.database.statement_timeout)

        def run() -> Response:
            whole.begin_anew()
            with self.database.read_page(whole) as connection:
                return reading.answer(connection)

        async def told() -> Response | Exception:
            try:
                with fail_after(whole.seconds):  # waiting is cut off here: a thread that runs is shielded
                    return await run_sync(run, limiter=self.slow)
            except TimeoutError:
                return QueryTimeout(limit_told(whole.seconds))
            except Exception as error:  # raised below, outside of the group, which would wrap it
                return error

        async with create_task_group() as group:
            group.start_soon(_end_with_client, request, whole, group.cancel_scope)
            answer = await told()
            group.cancel_scope.cancel()
        if whole.is_ended:  # nobody waits for it any more
            raise ClientDisconnect
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def write(self, work: Callable[[], Response]) -> Response:
        """The answer of `work`, which writes: in threads of their own, so that writers who wait for each other keep
        nobody from reading. Raises Busy where none is free for as long as a writer waits for the lock.
        """
        told = "other writers have been waiting for {:g} s; nothing was done, try again"
        return await _in_turn(work, self.writers, self.database.lock_timeout, told)

    async def draw(self, work: Callable[[], bytes]) -> bytes:
        """The picture that `work` draws, one at a time. Raises Busy where that has not begun after some seconds."""
        return await _in_turn(work, self.drawing, DRAWING_WAIT, "other charts have been drawn for {:g} s; try again")

    async def export(self, work: Callable[[], Response]) -> Response:
        """The answer of `work`, which begins an export."""
        return await run_sync(work, limiter=self.exports)


async def _in_turn(work: Callable[[], T], limiter: CapacityLimiter, seconds: float, told: str) -> T:
    """The result of `work`. Raises Busy where there is no thread for it for so many seconds."""
    try:
        with fail_after(seconds):  # waiting is cut off here: a thread that runs is shielded
            return await run_sync(work, limiter=limiter)
    except TimeoutError:
        raise Busy(told.format(seconds)) from None


async def _end_with_client(request: Request, deadline: Deadline, waiting: CancelScope) -> None:
    """Stop what nobody waits for any more."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    deadline.end()
    waiting.cancel()
