"""A timer for SQLite's write-ahead log: it is written back when nobody has written for a while.

To write it back takes the disk as long as the commit did, and what is committed is safe in the log: whoever waits for
an answer does not wait for that as well, and of many writes it is done once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread, current_thread
from time import monotonic
from typing import Final

log = logging.getLogger("onrecord")

QUIET: Final = 0.5  # seconds after the last write


class LogTimer:
    """Calls a function once nobody has written for QUIET seconds, and again until it has done what it is to do.

    cut: gives whether it has. It is called by a thread that lives as long as there is something to wait for.
    """

    def __init__(self, cut: Callable[[], bool]) -> None:
        self._cut = cut
        self._lock = Lock()
        self._due = 0.0
        self._thread: Thread | None = None
        self._stopped = Event()

    def start(self) -> None:
        """Count from now on."""
        with self._lock:
            self._due = monotonic() + QUIET
            if self._thread is None:
                self._stopped = Event()
                thread = Thread(target=self._run, args=(self._stopped,), name="onrecord log", daemon=True)
                with suppress(RuntimeError):  # no thread can be had now: the next write tries again
                    thread.start()
                    self._thread = thread

    def stop(self) -> None:
        """Count no more; a call that has begun is waited for."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stopped.set()
        if thread:
            thread.join()

    def _run(self, stopped: Event) -> None:
        while not stopped.wait(max(0.0, (due := self._due) - monotonic())):
            is_done = due == self._due and self._is_cut()
            with self._lock:
                if is_done and due == self._due and self._thread is current_thread():
                    self._thread = None
                    return
                if due == self._due:
                    self._due = monotonic() + QUIET

    def _is_cut(self) -> bool:
        try:
            return self._cut()
        except Exception:
            log.exception("SQLite's write-ahead log could not be written back")
            return True
