"""Interrupts (Ctrl-C) and SIGTERM: the first ends a command in order, with one line and exit code 130 or 143.

The second ends it at once.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from app.cli.output import say

FAILURE = 128  # exit code, and the number of the signal above it


class TerminatedError(KeyboardInterrupt):
    """SIGTERM, which ends a command as an interrupt does."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Within this, the second signal does not wait. Signals that are ignored (`nohup`) or heard by others stay so."""
    usual: dict[signal.Signals, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    heard = [number for number, handler in usual.items() if signal.getsignal(number) is handler]
    for number in heard:
        signal.signal(number, _first)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, usual[number])


def leave_termination() -> None:
    """Let SIGTERM do what it does by itself again: a server ends by it in its own way."""
    if signal.getsignal(signal.SIGTERM) is _first:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _first(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, _second)
    raise TerminatedError if number == signal.SIGTERM else KeyboardInterrupt


def _second(number: int, _frame: FrameType | None) -> None:
    os._exit(FAILURE + number)  # a transaction that is not committed is none


def end_interrupted(outcome: str | None = None) -> NoReturn:
    """End the command, while its interrupt is handled. outcome: what became of its work."""
    interrupt = sys.exception()
    if interrupt is not None:
        # Iterators that were left end now: processes that work for them end before Python does, which would stumble.
        traceback.clear_frames(interrupt.__traceback__)
    is_terminated = isinstance(interrupt, TerminatedError)
    said = "terminated" if is_terminated else "interrupted"
    say(f"onrecord: {said}{f'; {outcome}' if outcome else ''}", err=True)
    sys.exit(FAILURE + (signal.SIGTERM if is_terminated else signal.SIGINT))
