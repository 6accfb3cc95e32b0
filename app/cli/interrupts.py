"""Interrupts (Ctrl-C): the first ends a command in order, with one line and exit code 130; the second at once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from app.cli.output import say

INTERRUPTED = 130  # exit code: 128 and the number of the signal


@contextmanager
def interruptible() -> Iterator[None]:
    """Within this, the second interrupt does not wait. Where interrupts are ignored (`nohup`), they stay so."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _first(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, _second)
    raise KeyboardInterrupt


def _second(_number: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)  # a transaction that is not committed is none


def end_interrupted(outcome: str | None = None) -> NoReturn:
    """End the command. outcome: what became of its work."""
    say(f"onrecord: interrupted{f'; {outcome}' if outcome else ''}", err=True)
    sys.exit(INTERRUPTED)
