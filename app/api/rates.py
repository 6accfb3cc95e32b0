"""Limits of how many requests one address, or one key, may send in a time: of moving windows, in this process alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import floor
from time import monotonic
from typing import Final

from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from app.errors import TooMany

LOOKED_THROUGH: Final = 10.0  # seconds after which windows that have passed are forgotten


class Windows(MemoryStorage):
    """The times of what was admitted, by whoever sent it.

    The library's own has a thread look through all of them after each request, which costs one 0.4 ms where 1,000
    addresses have sent some; and it refuses what comes at the very end of a window. clock: gives seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._times: dict[str, tuple[int, deque[float]]] = {}  # with the length of the window
        self._next_look = 0.0

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """As in the library: admit one more, if the window is not full."""
        now = self._clock()
        self._forget(now)
        times = self._times.setdefault(key, (expiry, deque()))[1]
        while times and times[0] <= now - expiry:
            times.popleft()
        if len(times) + amount > limit:
            return False
        times.extend([now] * amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002  # the library's
        """As in the library: when the window begins, and how many it has."""
        times = self._times.get(key, (expiry, deque()))[1]
        return (times[0], len(times)) if times else (self._clock(), 0)

    def _forget(self, now: float) -> None:
        if now >= self._next_look:
            self._next_look = now + LOOKED_THROUGH
            passed = [key for key, (expiry, times) in self._times.items() if not times or times[-1] <= now - expiry]
            for key in passed:
                del self._times[key]

    def __len__(self) -> int:
        return len(self._times)


class Rate:
    """A limit. written: `600/minute`, or several with ; between. whose: `address` or `key`."""

    def __init__(self, written: str, whose: str, clock: Callable[[], float] = monotonic) -> None:
        self.whose = whose
        self.windows = Windows(clock)
        self._clock = clock
        self._items = parse_many(written)
        self._limiter = MovingWindowRateLimiter(self.windows)

    def take(self, name: str) -> None:
        """Count a request. Raises TooMany with the seconds after which the next one is admitted."""
        for item in self._items:
            if self._limiter.hit(item, name):
                continue
            left = self._limiter.get_window_stats(item, name).reset_time - self._clock()
            after = max(0, floor(left)) + 1
            told = f"this {self.whose} has sent its {item.amount:,} requests of one {item.GRANULARITY.name}"
            code = f"{TooMany.code}-{self.whose}"
            raise TooMany(f"{told}; send the next in {after} s", code=code, after=after)
