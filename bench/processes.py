"""How much memory and processor time processes take, as Linux tells it; nothing elsewhere."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KIB = 1024


@contextmanager
def watched(pid: int, interval: float = 0.05) -> Iterator[list[int]]:
    """Collects the bytes that a process and its children have resident, again and again; none outside of Linux."""
    seen: list[int] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(interval):
            seen.extend(filter(None, [resident(pid)]))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def resident(pid: int) -> int:
    """The bytes that a process and its children have resident; 0 where that cannot be seen."""
    try:
        own = int((Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1]).split()[0]) * KIB
    except (OSError, IndexError):
        return 0
    return own + sum(map(resident, _children(pid)))


def processor_seconds(pid: int) -> float:
    """Seconds of a processor that a process and its children have taken, ended ones included; 0 where not seen."""
    return sum(map(float, _fields(pid)[11:15])) / os.sysconf("SC_CLK_TCK") + sum(map(processor_seconds, _children(pid)))


def own_processor_seconds(pid: int) -> float:
    """Seconds of a processor that a process has taken, to the microsecond; 0 where not seen."""
    try:
        return time.clock_gettime((~pid << 3) | 2)  # Linux's clock of another process, as of clock_getcpuclockid(3)
    except (OSError, AttributeError):
        return 0.0


def parent(pid: int) -> int:
    """The process that started this one; 0 where that cannot be seen."""
    return int((_fields(pid) or ["", "0"])[1])


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _children(pid: int) -> list[int]:
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return []
