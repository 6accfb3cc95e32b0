"""Python's search for cycles, which bulk work does not make: it would take a fifth of an import's time.

Nor do modules that are loaded, which stay: it would take a tenth of a command's start.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# At 100,000 objects an import was searched at each of its batches, for 44 µs a claim; at this number not once was seen.
RARELY: Final = (500_000, 10, 1000)


def collect_rarely() -> None:
    """Search for cycles rarely in this process, for good."""
    gc.set_threshold(*RARELY)


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """A block of bulk work, whose objects go as soon as nothing refers to them."""
    before = gc.get_threshold()
    collect_rarely()
    try:
        yield
    finally:
        gc.set_threshold(*before)
