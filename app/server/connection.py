"""A connection of a client, which has limits: of time to send a request, to take the answer, and of their number.

uvicorn has a limit for none of these. A client that passes one is cut off for good: the socket is reset, so that the
kernel keeps nothing of it either.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

import h11
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from app.api.addresses import MAX_ADDRESS, TOO_LONG
from app.api.problems import BrokenAnswer, problem_response
from app.settings import settings

log = logging.getLogger("onrecord")

SLOWEST: Final = 500  # bytes a second that a client must send or take, on average, after its first seconds


class Connection(H11Protocol):
    """uvicorn's connection, with limits."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._served: Any = self.app
        self.app: Any = self._answer
        self._reading = _Timer(self.loop)  # of the head or the body of a request
        self._writing = _Timer(self.loop)
        self._state: object = None  # which of the two is read
        self._received = 0  # bytes of it
        self._queued = 0  # bytes that the client had not taken when the timer was set

    # Input

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin to wait for a request; or refuse it, where there are too many."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)  # whatever is not taken is seen
        _let_the_kernel_give_up(transport)
        if len(self.connections) > settings().connections:
            self._refuse(503, "busy", "Too many connections", "too many connections are open; try again")
        else:
            self._read_anew(h11.IDLE)

    def data_received(self, data: bytes) -> None:
        """Take what came, and watch whether the rest comes in time."""
        self._received += len(data)
        super().data_received(data)
        self._watch_reading(is_asked=True)

    def on_response_complete(self) -> None:
        """Wait for the next request as long as uvicorn keeps connections."""
        super().on_response_complete()
        self._watch_reading(is_asked=bool(self.conn.trailing_data[0]))

    def _watch_reading(self, *, is_asked: bool) -> None:
        """is_asked: whether a request has begun, be it with a blank line."""
        state = self.conn.their_state
        if state is not h11.SEND_BODY and not (state is h11.IDLE and is_asked):
            self._reading.stop()
            self._state = None
        elif state is not self._state:
            self._read_anew(state)

    def _read_anew(self, state: object) -> None:
        self._state, self._received = state, len(self.conn.trailing_data[0])
        limit = settings().read_timeout
        self._reading.start(limit, self._look_at_reading, self.loop.time() + limit)

    def _look_at_reading(self, ends: float) -> None:
        if self._state is h11.SEND_BODY:
            if self.flow.read_paused:  # it waits for us
                self._reading.start(settings().read_timeout, self._look_at_reading, ends + settings().read_timeout)
                return
            left = ends + self._received / SLOWEST - self.loop.time()
            if left > 0:
                self._reading.start(left, self._look_at_reading, ends)
                return
        if self._state is h11.IDLE and not self._received:
            self.transport.close()  # nothing was asked
            return
        log.info("a client was cut off: its request was not whole in %g s", settings().read_timeout)
        limit = f"{settings().read_timeout:g} s"
        self._refuse(408, "request-timeout", "The request is not whole", f"the request must be whole in {limit}")

    # Output

    def pause_writing(self) -> None:
        """The client does not take what is sent: watch how long."""
        super().pause_writing()
        self._watch_writing()

    def resume_writing(self) -> None:
        """It has taken all of it."""
        super().resume_writing()
        self._writing.stop()

    def _watch_writing(self) -> None:
        self._queued = self.transport.get_write_buffer_size()
        self._writing.start(settings().send_timeout, self._look_at_writing)

    def _look_at_writing(self) -> None:
        limit = settings().send_timeout
        if self._queued - self.transport.get_write_buffer_size() >= SLOWEST * limit:
            self._watch_writing()
            return
        log.info("a client was cut off: it took nothing of its answer for %g s", limit)
        self.break_off()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The app's answer. The app has logged any error it raises; only breaking the connection is left."""
        try:
            await self._served(scope, receive, send)
        except (BrokenAnswer, OSError, asyncio.CancelledError):
            self.break_off()
        except Exception:  # logged, and told in an answer if there was none yet
            if not self.cycle.response_complete:
                self.break_off()

    # The end

    def break_off(self) -> None:
        """Reset the connection, with all that waits to be sent."""
        self._leave()
        sock: socket.socket | None = self.transport.get_extra_info("socket")
        if sock is not None:
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Watch nothing any more."""
        self._reading.stop()
        self._writing.stop()
        super().connection_lost(exc)

    def _leave(self) -> None:
        """Tell the app that its client is gone."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _refuse(self, status: int, code: str, title: str, detail: str) -> None:
        """Send a problem, and close. Where an answer is under way already, break off."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.break_off()
            return
        self._leave()
        answer = problem_response(status, code, title, detail)
        headers = [*answer.raw_headers, (b"connection", b"close")]
        head = h11.Response(status_code=status, headers=headers, reason=HTTPStatus(status).phrase.encode())
        for event in (head, h11.Data(bytes(answer.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's own message is for no client
        """Say as a problem what is wrong with a request that is not of HTTP, or too long."""
        if getattr(sys.exception(), "error_status_hint", 400) != 431:
            self._refuse(400, "bad-request", "The request is not HTTP", "what came is no request of HTTP/1.1")
        elif b"\n" in self.conn.trailing_data[0][:MAX_ADDRESS]:
            self._refuse(431, "head-too-long", "The head is too long", "the head of the request is too long")
        else:
            self._refuse(414, "uri-too-long", "The address is too long", TOO_LONG)

    def _unsupported_upgrade_warning(self) -> None:
        """A client may ask for what there is not, and is answered as if it had not."""


class _Timer:
    """A call that is made later, or not."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._call: asyncio.TimerHandle | None = None

    def start(self, seconds: float, call: Callable[..., None], *args: Any) -> None:
        """Call it in so many seconds, and not what was to be called before."""
        self.stop()
        self._call = self._loop.call_later(seconds, call, *args)

    def stop(self) -> None:
        """Do not call it."""
        if self._call is not None:
            self._call.cancel()
            self._call = None


def _let_the_kernel_give_up(transport: asyncio.Transport) -> None:
    """Limit how long the kernel keeps data that nobody takes, a quarter of an hour by default."""
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        with suppress(OSError):  # no socket of TCP
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(settings().send_timeout * 1000))
