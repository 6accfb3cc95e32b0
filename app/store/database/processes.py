"""Work shared among processes, in order: for what is costly in Python and needs no database."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import FrameType
from typing import TypeVar

from app.store.database.garbage import collect_rarely

Mark = TypeVar("Mark")
Part = TypeVar("Part")
Done = TypeVar("Done")
MOST_PROCESSES = 4
PR_SET_PDEATHSIG = 1  # of prctl(2)
GRACE = 2  # seconds in which a process is ended by its parent, before it ends by SIGTERM itself


def processes_here(wanted: int | None) -> int:
    """How many processes share some work: as many as are wanted, by default one for each core, at most 4."""
    return wanted or min(os.cpu_count() or 1, MOST_PROCESSES)


def in_processes(
    work: Callable[[Part], Done], parts: Iterator[tuple[Mark, Part]], processes: int
) -> Iterator[tuple[Mark, Done]]:
    """The results of parts of some work, each beside its mark, in their order.

    Each process has two parts at hand and no more: what is read ahead stays small. work: a function of a module. Raises
    BrokenProcessPool where a process ends from outside, or cannot start.
    """
    spawn = multiprocessing.get_context("spawn")  # a fork would share the connections of this process
    pool = ProcessPoolExecutor(processes, mp_context=spawn, initializer=_prepare)
    try:
        waiting: deque[tuple[Mark, Future[Done]]] = deque()
        for mark, part in parts:
            with _uninterrupted():
                waiting.append((mark, pool.submit(work, part)))
            if len(waiting) >= 2 * processes:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    finally:
        try:
            _end(pool)
        except KeyboardInterrupt:  # that came before signals were blocked: the pool may not be left to Python's own end
            _end(pool)
            raise


def _end(pool: ProcessPoolExecutor) -> None:
    # An interrupt here would let Python (3.11) take the pool's thread for ended, and wait for ever at its own end.
    with _uninterrupted():
        pool.shutdown(cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """An interrupt waits; processes that are started meanwhile never get one, nor tell of it while they begin."""
    resource_tracker.ensure_running()  # starting it unblocks signals, whoever blocked them (Python 3.11)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM])
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare() -> None:
    """In a new process: an interrupt is the parent's to handle, and without the parent there is nothing to do.

    SIGTERM may be for the parent as well, which then ends this process in order; or from it, since another broke.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end_soon)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    collect_rarely()
    parent = multiprocessing.parent_process()
    if parent is not None:
        end_with(parent.pid or 0)
        threading.Thread(target=_end_with_parent, daemon=True).start()


def end_with(parent: int) -> None:
    """Let the kernel kill this process when the thread that started it ends, where there is Linux: what runs within one
    step of Python, such as a long search by a pattern, lets no thread of this process look for its parent.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before
            os._exit(1)


def _end_soon(_number: int, _frame: FrameType | None) -> None:
    timer = threading.Timer(GRACE, os._exit, (1,))
    timer.daemon = True
    timer.start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
