"""Waiting for what comes about sooner or later, however slow the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

PATIENCE: Final = 120.0  # seconds after which what a test waits for is taken never to come


def comes_true(met: Callable[[], bool]) -> bool:
    """Whether something is so, now or in a while."""
    ends, pause = time.monotonic() + PATIENCE, 0.01
    while not met():
        if time.monotonic() > ends:
            return False
        time.sleep(pause)
        pause = min(1.5 * pause, 0.1)
    return True
