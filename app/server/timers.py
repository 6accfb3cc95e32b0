"""Calls that are made later, or not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf
from typing import Any


class Timer:
    """One call. To begin anew, as each request does, costs next to nothing: the event loop is asked again only when it
    would call too late.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._at = inf
        self._call: Callable[..., None] = _do_nothing
        self._args: tuple[Any, ...] = ()
        self._handle: asyncio.TimerHandle | None = None
        self._rings = inf

    def start(self, seconds: float, call: Callable[..., None], *args: Any) -> None:
        """Call it in so many seconds, and not what was to be called before."""
        self._at = self._loop.time() + seconds
        self._call, self._args = call, args
        if self._rings > self._at:
            self._ring(self._at)

    def stop(self) -> None:
        """Do not call it."""
        self._at = inf

    def close(self) -> None:
        """Do not call it, and let go of it."""
        self.stop()
        self._call, self._args = _do_nothing, ()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _ring(self, at: float) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._rings = at
        self._handle = self._loop.call_at(at, self._look)

    def _look(self) -> None:
        self._handle, self._rings = None, inf
        if self._at == inf:
            return
        if self._loop.time() < self._at:
            self._ring(self._at)
            return
        self._at = inf
        self._call(*self._args)


def _do_nothing() -> None:
    pass
