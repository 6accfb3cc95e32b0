"""A connection of a client, which has limits: of time to send a request, to take the answer, and of their number.

uvicorn has a limit for none of these. A client that passes one is cut off for good: the socket is reset, so that the
kernel keeps nothing of it either.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections import deque
from contextlib import suppress
from typing import Any, Final

from starlette.types import ASGIApp, Scope
from uvicorn.config import Config
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from app.api.problems import problem_response
from app.server.exchange import STATUS_LINES, Exchange
from app.server.requests import BadHead, Refusal, RequestReader
from app.server.timers import Timer
from app.settings import settings

log = logging.getLogger("onrecord")

IDLE: Final = 5.0  # seconds that a connection stays open between two requests
SLOWEST: Final = 500  # bytes a second that a client must send or take, on average, after its first seconds
HEAD, BODY = "head", "body"  # what is waited for
BUSY: Final = (503, "busy", "Too many connections", "too many connections are open; try again")


class Connection(asyncio.Protocol):
    """One connection. Its requests are answered one by one, in the order in which they come."""

    _shared: tuple[object, bytes] = (None, b"")  # the headers of every answer, and the same as bytes

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._app: ASGIApp = config.loaded_app
        self._server = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_event_loop()
        self._transport: asyncio.Transport = None  # type: ignore[assignment]  # until there is one
        self._reader: RequestReader = None  # type: ignore[assignment]  # as above
        self._queue: deque[Exchange] = deque()  # what is not answered; the first of them is being answered
        self._refusal: Refusal | None = None  # told once the queue is answered; nothing more is read
        self._reading = Timer(self._loop)  # of the head or the body of a request
        self._awaited: str | None = None  # which of them
        self._received = 0  # bytes of it
        self._is_paused = False
        self._writing = Timer(self._loop)
        self._untaken = 0  # bytes that the client had not taken when the timer was set
        self.is_full = False  # whether the client has yet to take some of what was sent
        self._taken = asyncio.Event()

    # Input

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is never another
        """Begin to wait for a request; or refuse it, where there are too many."""
        self._transport = transport
        transport.set_write_buffer_limits(high=0)  # whatever is not taken is seen
        _let_the_kernel_give_up(transport)
        self._reader = RequestReader(self, self._shared_scope())
        self._server.connections.add(self)  # type: ignore[arg-type]  # uvicorn knows its own alone
        if len(self._server.connections) > settings().connections:
            self._refuse(BUSY)
        else:
            self._await(HEAD)

    def _shared_scope(self) -> Scope:
        return {
            "type": "http",
            "asgi": {"version": self._config.asgi_version, "spec_version": "2.3"},
            "server": get_local_addr(self._transport),
            "client": get_remote_addr(self._transport),
            "scheme": "https" if is_ssl(self._transport) else "http",
            "root_path": self._config.root_path,
        }

    def data_received(self, data: bytes) -> None:
        """Take what came, and watch whether the rest comes in time."""
        if self._refusal is not None:
            return
        self._received += len(data)
        try:
            self._reader.feed(data)
        except BadHead as error:
            self._refuse(error.refusal)
        else:
            self._watch_reading()

    def eof_received(self) -> None:
        """The client sends no more: it has left. The part of an answer that it has may not look whole."""
        if self._queue:
            self.break_off()

    def begin_exchange(self, scope: Scope, *, is_kept: bool, is_waited_for: bool) -> None:
        """Answer a request, once those before it are answered."""
        scope["state"] = self._app_state.copy()
        exchange = Exchange(self, scope, is_kept=is_kept, is_waited_for=is_waited_for)
        self._queue.append(exchange)
        if len(self._queue) == 1:
            self._answer_next()
        else:
            self._pause_reading()

    def take_body(self, body: bytes) -> None:
        """Give a part of its body to the request that is read."""
        if self._queue and self._queue[-1].take(body):
            self._pause_reading()

    def end_request(self) -> None:
        """The request that is read is whole."""
        self._received = 0
        if self._queue:
            self._queue[-1].end()

    def _pause_reading(self) -> None:
        self._is_paused = True
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on: what was read is used."""
        if self._is_paused and not self._transport.is_closing():
            self._is_paused = False
            self._transport.resume_reading()

    def _answer_next(self) -> None:
        task = self._loop.create_task(self._queue[0].run(self._app))
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    def end_exchange(self, exchange: Exchange) -> None:
        """Go on to the next request after an answer; or end, if there is to be none."""
        self._server.total_requests += 1
        self._queue.popleft()
        if not exchange.is_kept:
            self._close()
        elif self._queue:
            self._answer_next()
        elif self._refusal is not None:
            self._tell(self._refusal)
        else:
            self.resume_reading()
            self._watch_reading()

    def _watch_reading(self) -> None:
        """Limit the time for what is read now; between two requests, that of the connection."""
        if self._reader.is_headed and self._reader.is_begun:
            self._await(BODY)
        elif self._queue:  # the next head may take the time of the answer before it, too
            self._stop_waiting()
        elif self._is_asked:
            self._await(HEAD)
        else:
            self._awaited = None
            self._reading.start(IDLE, self._close)

    @property
    def _is_asked(self) -> bool:
        """Whether a request has begun, be it with a blank line."""
        return self._reader.is_begun or self._received > 0

    def _stop_waiting(self) -> None:
        self._awaited = None
        self._reading.stop()

    def _await(self, awaited: str) -> None:
        if awaited is not self._awaited:
            self._awaited = awaited
            limit = settings().read_timeout
            self._reading.start(limit, self._look_at_reading, self._loop.time() + limit)

    def _look_at_reading(self, ends: float) -> None:
        if self._awaited is BODY:
            if self._is_paused:  # it waits for us
                self._reading.start(settings().read_timeout, self._look_at_reading, ends + settings().read_timeout)
                return
            left = ends + self._received / SLOWEST - self._loop.time()
            if left > 0:
                self._reading.start(left, self._look_at_reading, ends)
                return
            if not self._queue:  # it was answered before it was whole
                self.break_off()
                return
        elif not self._is_asked:
            self._close()  # nothing was asked
            return
        limit = f"{settings().read_timeout:g} s"
        log.info("a client was cut off: its request was not whole in %s", limit)
        self._refuse((408, "request-timeout", "The request is not whole", f"the request must be whole in {limit}"))

    # Output

    @property
    def shared_head(self) -> bytes:
        """The headers that the server adds to every answer."""
        headers = self._server.default_headers
        if Connection._shared[0] is not headers:  # another list each second, as the date is another
            Connection._shared = headers, b"".join(b"%b: %b\r\n" % one for one in headers)
        return Connection._shared[1]

    def write(self, *parts: bytes) -> None:
        """Send something."""
        if not self._transport.is_closing():
            self._transport.writelines(parts)

    async def taken(self) -> None:
        """Wait until the client has taken what was sent, or is gone."""
        while self.is_full:
            self._taken.clear()
            await self._taken.wait()

    def pause_writing(self) -> None:
        """The client does not take what is sent: watch how long."""
        self.is_full = True
        self._watch_writing()

    def resume_writing(self) -> None:
        """It has taken all of it."""
        self.is_full = False
        self._taken.set()
        self._writing.stop()

    def _watch_writing(self) -> None:
        self._untaken = self._transport.get_write_buffer_size()
        self._writing.start(settings().send_timeout, self._look_at_writing)

    def _look_at_writing(self) -> None:
        limit = settings().send_timeout
        if self._untaken - self._transport.get_write_buffer_size() >= SLOWEST * limit:
            self._watch_writing()
            return
        log.info("a client was cut off: it took nothing of its answer for %g s", limit)
        self.break_off()

    # The end

    def shutdown(self) -> None:
        """Answer what was asked, and end."""
        if self._queue:
            self._queue[-1].is_kept = False
        else:
            self._close()

    def break_off(self) -> None:
        """Reset the connection, with all that waits to be sent."""
        self._leave()
        sock: socket.socket | None = self._transport.get_extra_info("socket")
        if sock is not None:
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # however it was lost
        """Watch nothing any more."""
        self._server.connections.discard(self)
        self._reading.close()
        self._writing.close()
        self._leave()
        self.resume_writing()

    def _leave(self) -> None:
        """Tell the app that its client is gone."""
        for exchange in self._queue:
            exchange.leave()

    def _close(self) -> None:
        """Close it, once what waits to be sent is sent."""
        self._stop_waiting()
        self._transport.close()

    def _refuse(self, refusal: Refusal) -> None:
        """Refuse what is read, once what was asked before is answered. Where its own answer is under way, break off."""
        self._refusal = refusal
        self._stop_waiting()
        if self._queue and not self._queue[-1].is_whole:
            unread = self._queue.pop()
            unread.leave()
            if unread.is_started:
                self.break_off()
                return
        if not self._queue:
            self._tell(refusal)

    def _tell(self, refusal: Refusal) -> None:
        """Send a problem, and close."""
        answer = problem_response(*refusal)
        headers = [*answer.raw_headers, (b"connection", b"close")]
        head = (b"%b: %b\r\n" % one for one in headers)
        self.write(STATUS_LINES[refusal[0]], self.shared_head, *head, b"\r\n", bytes(answer.body))
        self._close()


def _let_the_kernel_give_up(transport: asyncio.Transport) -> None:
    """Limit how long the kernel keeps data that nobody takes, a quarter of an hour by default."""
    sock: socket.socket | None = transport.get_extra_info("socket")
    if sock is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        with suppress(OSError):  # no socket of TCP
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(settings().send_timeout * 1000))
