"""Lanes: where a query runs, so that quick ones are answered at once and nobody waits behind slow ones.

Each thread that a request passes through costs it as much as a quick query does. So what a database in this process
(SQLite) answers in a moment is asked where requests arrive; what takes longer, in one of the threads that all share;
and what turns out to be slow is begun anew in one of a few threads of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from time import thread_time

from anyio import CancelScope, CapacityLimiter, create_task_group, fail_after
from anyio.to_thread import run_sync
from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from app.errors import QueryTimeout
from app.store.database.deadlines import Deadline
from app.store.database.engine import Database
from app.store.database.statements import Kept

# Seconds that a query may keep one of the threads that all requests share. Nearly every list takes a hundredth of it;
# who waits behind eight slow ones waits no longer than this, and a slow one loses no more than this by beginning anew.
QUICK = 0.25
SLOW_THREADS = 2  # more would only take the processor from each other, and from quick queries

INSTANT = 0.003  # seconds of the processor; a query that takes more is not asked where requests arrive
TRUSTED = 32  # instant queries of a shape in succession, after which the next is taken to be one
BETRAYED = -256  # where they are counted from when it was none
STALLED = 0.05  # seconds after which a query is stopped where requests arrive: all of them wait for it
MAX_SHAPES = 1000

Work = Callable[[Deadline], Response]


class Lanes:
    """The lanes of an app. exports: maximum at a time."""

    def __init__(self, database: Database, exports: int) -> None:
        self.database = database
        self.slow = CapacityLimiter(SLOW_THREADS)
        self.exports = CapacityLimiter(exports + 1)  # one that is too many is told so, and does not wait
        self._paces: Kept[int] = Kept(MAX_SHAPES, 1 << 20)

    async def answer(self, request: Request, work: Work, shape: Hashable = None) -> Response:
        """The answer of `work`, a function that reads the database, or raises QueryTimeout at its deadline.

        shape: what queries that take about as long have in common; None where that cannot be told.
        """
        limit = self.database.statement_timeout
        whole, quick = Deadline(limit), Deadline(min(QUICK, limit))
        try:
            if shape is not None and self._is_instant(shape):
                return self._timed(work, shape, Deadline(min(STALLED, limit)))
        except QueryTimeout:
            pass
        try:
            return await run_sync(self._timed, work, shape, quick)
        except QueryTimeout as error:
            return await self._slowly(request, work, whole, error)

    def _is_instant(self, shape: Hashable) -> bool:
        return self.database.is_within and (self._paces.get(shape) or 0) >= TRUSTED

    def _timed(self, work: Work, shape: Hashable, deadline: Deadline) -> Response:
        """The answer; record the pace of its shape, but not for a request that is refused before it is asked."""
        began, pace = thread_time(), self._paces.get(shape) or 0
        try:
            answer = work(deadline)
        except QueryTimeout:
            self._paces.put(shape, _slower(pace))
            raise
        is_instant = thread_time() - began <= INSTANT
        self._paces.put(shape, min(pace + 1, TRUSTED) if is_instant else _slower(pace))
        return answer

    async def _slowly(self, request: Request, work: Work, whole: Deadline, quick: QueryTimeout) -> Response:
        """The answer of the slow lane, in what is left of the time, of which waiting for a place there is a part."""
        told: Response | Exception = quick

        async def run() -> Response | Exception:
            try:
                with fail_after(max(0.0, whole.left)):  # waiting is cut off here: a thread that runs is shielded
                    return await run_sync(work, whole, limiter=self.slow)
            except TimeoutError:
                return quick
            except Exception as error:  # raised below, outside of the group, which would wrap it
                return error

        async with create_task_group() as group:
            group.start_soon(_end_with_client, request, whole, group.cancel_scope)
            told = await run()
            group.cancel_scope.cancel()
        if whole.is_ended:  # nobody waits for it any more
            raise ClientDisconnect
        if isinstance(told, Exception):
            raise told
        return told


def _slower(pace: int) -> int:
    return pace // 2 if pace < TRUSTED else BETRAYED


async def _end_with_client(request: Request, deadline: Deadline, waiting: CancelScope) -> None:
    """Stop what nobody waits for any more."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    deadline.end()
    waiting.cancel()
