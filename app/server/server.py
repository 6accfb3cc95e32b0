"""The HTTP server: uvicorn's, which gives no client more than its share, and ends when it is told to."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from socket import socket
from time import monotonic
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI
from uvicorn.server import HANDLED_SIGNALS

from app.server.connection import Connection
from app.server.ending import LAST
from app.settings import settings

log = logging.getLogger("onrecord")

DRAIN: Final = 1.0  # seconds in which /readyz says that no more is wanted, before connections are refused


class Server(uvicorn.Server):
    """A server of an app.

    It is ended by SIGTERM or SIGINT: first `/readyz` says so, then connections are refused. Open requests have
    ONRECORD_STOP_TIMEOUT seconds to end, then are broken off. The second signal ends the process at once.
    """

    def __init__(self, app: FastAPI) -> None:
        proxies = settings().trusted_proxies
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                loop="auto",  # uvloop, where there is one
                ws="none",
                log_level="warning",
                access_log=False,
                proxy_headers=bool(proxies),
                forwarded_allow_ips=proxies,
            )
        )
        logging.getLogger("uvicorn.error").addFilter(_is_ours)
        self._app = app
        self._ends: float | None = None
        self._drain = 0.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; from here on a signal does what it does by itself."""
        super().handle_exit(sig, frame)
        for one in HANDLED_SIGNALS:
            signal.signal(one, signal.SIG_DFL)
        self._begin_to_end()
        if sig == signal.SIGTERM:  # from who may ask whether it is ready; who presses Ctrl-C waits for it
            self._drain = min(DRAIN, settings().stop_timeout / 4)

    def _begin_to_end(self) -> None:
        self._app.state.stopping = True
        if self._ends is None:
            self._ends = monotonic() + settings().stop_timeout
            if threading.current_thread() is threading.main_thread():
                _end_process_in(settings().stop_timeout + LAST + 1)

    @property
    def _left(self) -> float:
        """Seconds of the period that are left."""
        return (self._ends or 0.0) - monotonic()

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """End: connections are refused, what is under way ends or is broken off, and then the app ends."""
        self._begin_to_end()
        await asyncio.sleep(self._drain)
        for server in self.servers:
            server.close()
        for one in sockets or []:
            one.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        while (state.connections or state.tasks) and self._left > 0:
            await asyncio.sleep(0.02)
        if state.connections or state.tasks:
            await self._break_off()
        await self.lifespan.shutdown()

    async def _break_off(self) -> None:
        state = self.server_state
        log.warning(
            "%d connections are broken off, %g s after the service was told to stop",
            len(state.connections),
            settings().stop_timeout,
        )
        for connection in list(state.connections):
            connection.break_off()  # type: ignore[union-attr]  # all are of our class
        self._app.state.database.break_off()
        while state.tasks and self._left > -LAST:
            await asyncio.sleep(0.02)
        for task in state.tasks:
            task.cancel()


def _end_process_in(seconds: float) -> None:
    """End the process then, whatever it still does: a thread in a library cannot be interrupted."""
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGTERM))
    timer.daemon = True
    timer.start()


NOISE: Final = ("Invalid HTTP request received.", "Unsupported upgrade request.")  # faults of clients


def _is_ours(record: logging.LogRecord) -> bool:
    return record.msg not in NOISE
