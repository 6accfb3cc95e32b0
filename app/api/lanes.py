"""Lanes: queries that turn out to be slow go on by themselves, so that those behind them need not wait."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic

from anyio import CapacityLimiter, fail_after
from anyio.to_thread import run_sync
from fastapi import Request, Response

from app.errors import QueryTimeout
from app.store.db import Database

# Seconds that a query may keep one of the threads that all requests share. Nearly every list takes a hundredth of it;
# who waits behind eight slow ones waits no longer than this, and a slow one loses no more than this by beginning anew.
QUICK = 0.25
SLOW_THREADS = 2  # more would only take the processor from each other, and from quick queries


def slow_lane() -> CapacityLimiter:
    """The threads of slow queries, for an app to keep."""
    return CapacityLimiter(SLOW_THREADS)


async def in_lanes(request: Request, work: Callable[[float], Response]) -> Response:
    """The answer of `work`, a function that reads the database for so many seconds at most, or raises QueryTimeout.

    It runs among all requests for a short while. What takes longer is run anew in the slow lane with what is left of
    the time that queries may take, of which waiting for a place there is a part.
    """
    database: Database = request.app.state.database
    ends = monotonic() + database.statement_timeout
    try:
        return await run_sync(work, min(QUICK, database.statement_timeout))
    except QueryTimeout as error:
        return await _slowly(request.app.state.slow_lane, work, ends, error)


async def _slowly(
    lane: CapacityLimiter, work: Callable[[float], Response], ends: float, quick: QueryTimeout
) -> Response:
    try:
        with fail_after(max(0.0, ends - monotonic())):  # only waiting is cut off here: a thread that runs is shielded
            return await run_sync(partial(_until, ends, work), limiter=lane)
    except TimeoutError:
        raise quick from None


def _until(ends: float, work: Callable[[float], Response]) -> Response:
    return work(ends - monotonic())
