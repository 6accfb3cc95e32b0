"""Several processes that serve one address. They tell each other nothing: each reads what is stored by itself.

The process that starts them serves nothing. It passes on the signals that it is ended by, and puts another worker in
the place of one that has ended unasked. Nor does it import what serves, so that the workers begin the sooner.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import chain
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from multiprocessing.context import SpawnProcess
from socket import socket
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, Final, TypeAlias

from app.server.ending import LAST, SIGNALS
from app.settings import settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from app.server.server import Server

log = logging.getLogger("onrecord")

SPAWN = multiprocessing.get_context("spawn")  # a fork would share the connections and threads of this process
SOON: Final = 10.0  # seconds; a worker that ends sooner has failed at what any other would
FAILURES: Final = 3  # of such workers in succession, after which no more are started
STARTUP_FAILURE: Final = 3  # exit code, as of uvicorn's own command

MakeApp: TypeAlias = "Callable[[], FastAPI]"


class Workers:
    """The workers of an app. sockets: what each of them listens on."""

    def __init__(self, make_app: MakeApp, sockets: list[list[socket]]) -> None:
        self._make_app = make_app
        self._sockets = sockets
        self._running: dict[int, tuple[SpawnProcess, float]] = {}  # by their place, with when they began
        self._failures = 0
        self._told: int | None = None  # the signal that all are ended by

    def run(self) -> int:
        """Start them, and return an exit code when all have ended."""
        for one in SIGNALS:
            signal.signal(one, self._end)
        for place in range(len(self._sockets)):
            self._start(place)
        while self._running:
            wait([process.sentinel for process, _ in self._running.values()])
            for place, (process, began) in list(self._running.items()):
                if not process.is_alive():
                    self._replace(place, process, began)
        if self._told == signal.SIGTERM:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTERM)
        return STARTUP_FAILURE if self._failures >= FAILURES else 0

    def _start(self, place: int) -> None:
        if self._told is not None:
            return
        process = SPAWN.Process(target=serve_alone, args=(self._make_app, self._sockets[place]), name=f"worker-{place}")
        resource_tracker.ensure_running()  # starting it unblocks signals, whoever blocked them (Python 3.11)
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # inherited: until it can be told to end, it waits
        process.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        self._running[place] = process, monotonic()
        if self._told is not None:  # told while it was started
            self._pass_on(process)

    def _replace(self, place: int, process: SpawnProcess, began: float) -> None:
        process.join()
        del self._running[place]
        if self._told is not None:
            return
        has_failed = process.exitcode == STARTUP_FAILURE or monotonic() - began < SOON
        self._failures = self._failures + 1 if has_failed else 0
        if self._failures >= FAILURES:
            log.error("%d workers in succession ended as soon as they began; no more are started", FAILURES)
            self._end(signal.SIGINT, None)
            return
        log.error("worker %d ended with exit code %s; another takes its place", process.pid, process.exitcode)
        self._start(place)

    def _end(self, number: int, _frame: FrameType | None) -> None:
        """End all by a signal; by the second one at once."""
        if self._told is None:
            self._told = number
            for one in chain.from_iterable(self._sockets):
                one.close()  # or connections would wait here for a worker that listens no more
            for process, _ in list(self._running.values()):
                self._pass_on(process)
            timer = threading.Timer(settings().stop_timeout + LAST + 3, self._kill)
            timer.daemon = True
            timer.start()
            return
        self._kill()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def _pass_on(self, process: SpawnProcess) -> None:
        with suppress(ProcessLookupError):
            os.kill(process.pid or 0, self._told or signal.SIGTERM)

    def _kill(self) -> None:
        for process, _ in list(self._running.values()):
            process.kill()


def serve_alone(make_app: MakeApp, sockets: list[socket]) -> None:
    """The work of one worker."""
    os.setpgrp()  # Ctrl-C is for the process that started this one, and is passed on
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    server: Server | None = None
    try:
        app = make_app()
        from app.server.server import Server

        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        server = Server(app)
        server.run(sockets)
    except KeyboardInterrupt:  # raised anew by the server when it has ended
        pass
    except Exception:
        log.exception("a worker could not begin")
    sys.exit(0 if server and server.started else STARTUP_FAILURE)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101  # narrows the type
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
