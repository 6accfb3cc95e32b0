"""One request and its answer (ASGI), on the connection of a client."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.types import ASGIApp, Message, Scope

from app.api.problems import BrokenAnswer

if TYPE_CHECKING:
    from app.server.connection import Connection

log = logging.getLogger("onrecord")

MOST_READ: Final = 65_536  # bytes of a body that wait for the app before the client is told to wait
STATUS_LINES: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
BODILESS: Final = (204, 304)
Headers = Sequence[tuple[bytes, bytes]]

GONE: Final[Message] = {"type": "http.disconnect"}


class Exchange:
    """A request whose head is whole. is_kept: the connection is for further ones after it."""

    def __init__(self, connection: Connection, scope: Scope, *, is_kept: bool, is_waited_for: bool) -> None:
        self.scope = scope
        self.is_whole = False  # whether all of the request is there
        self.is_started = False  # whether some of the answer was sent
        self.is_answered = False
        self.is_gone = False  # whether nobody waits for the answer any more
        self.is_kept = is_kept
        self._connection = connection
        self._is_waited_for = is_waited_for  # by a client that sends its body when it is told to go on
        self._body = bytearray()
        self._is_read = False  # whether the app has all of it
        self._came: asyncio.Event | None = None  # something to receive
        self._status = 0
        self._headers: Headers = ()
        self._is_chunked = False
        self._left: int | None = None  # bytes of the answer's body, where they are known

    async def run(self, app: ASGIApp) -> None:
        """Answer it. The app has logged any error it raises; only breaking the connection is left."""
        try:
            await app(self.scope, self.receive, self.send)
        except (BrokenAnswer, OSError, asyncio.CancelledError):
            self._connection.break_off()
        except Exception:  # logged, and told in an answer if there was none yet
            if not self.is_answered:
                self._connection.break_off()
        else:
            if not (self.is_answered or self.is_gone):
                log.error("an answer was not ended")
                self._connection.break_off()

    # The request

    def take(self, body: bytes) -> bool:
        """Take some of the body; gives whether that is enough for now."""
        self._body += body
        self._tell()
        return len(self._body) > MOST_READ

    def end(self) -> None:
        """The request is whole."""
        self.is_whole = True
        self._tell()

    def leave(self) -> None:
        """Tell the app that its client is gone."""
        self.is_gone = True
        self._tell()

    def _tell(self) -> None:
        if self._came is not None:
            self._came.set()

    async def receive(self) -> Message:
        """The next part of the request; when there is no more of it, that the client is gone, or answered."""
        if self._is_waited_for and not self.is_started:
            self._is_waited_for = False
            self._connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while not (self.is_gone or self.is_answered):
            if not self._is_read and (self._body or self.is_whole):
                body, self._body = bytes(self._body), bytearray()
                self._is_read = self.is_whole
                return {"type": "http.request", "body": body, "more_body": not self.is_whole}
            self._connection.resume_reading()
            self._came = asyncio.Event()
            await self._came.wait()
        return GONE

    # The answer

    async def send(self, message: Message) -> None:
        """Send a part of the answer, once the client has taken what was sent before."""
        if self._connection.is_full and not self.is_gone:
            await self._connection.taken()
        if self.is_gone:
            return
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], message.get("headers", ())
            return
        body, is_last = message.get("body", b""), not message.get("more_body", False)
        head = b"" if self.is_started else self._begun(body, is_last)
        self._connection.write(head, *self._framed(body, is_last))
        if is_last:
            self.is_answered = True
            self._tell()
            self._connection.end_exchange(self)

    def _begun(self, body: bytes, is_last: bool) -> bytes:
        """The head of the answer. body: the first of it."""
        self.is_started = True
        lines = [STATUS_LINES[self._status], self._connection.shared_head]
        is_closed = False
        for name, value in self._headers:
            if name == b"content-length":
                self._left = int(value)
            elif name == b"connection":
                is_closed = value.lower() == b"close"
            lines += (name, b": ", value, b"\r\n")
        count = len(self._headers)
        if self._left is None and self._has_body:
            if is_last:
                self._left = len(body)
                lines.append(b"content-length: %d\r\n" % self._left)
                count += 1
            elif self.scope["http_version"] == "1.1":
                self._is_chunked = True
                lines.append(b"transfer-encoding: chunked\r\n")
                count += 1
            else:  # its end is that of the connection
                self.is_kept = False
        if is_closed or not self.is_kept:
            self.is_kept = False
            if not is_closed:
                lines.append(b"connection: close\r\n")
                count += 1
        head = b"".join((*lines, b"\r\n"))
        if head.count(b"\n") != count + 2 + self._connection.shared_head.count(b"\n"):
            raise ValueError("a header of the answer has a line break in it")
        return head

    @property
    def _has_body(self) -> bool:
        return self.scope["method"] != "HEAD" and self._status not in BODILESS

    def _framed(self, body: bytes, is_last: bool) -> tuple[bytes, ...]:
        """A part of the body as it is sent. Raises ValueError where it is longer or shorter than was told."""
        if not self._has_body:
            return ()
        if self._is_chunked:
            chunk = (b"%x\r\n" % len(body), body, b"\r\n") if body else ()
            return (*chunk, b"0\r\n\r\n") if is_last else chunk
        if self._left is not None:
            self._left -= len(body)
            if self._left < 0 or (is_last and self._left):
                raise ValueError("the body of an answer has not the length that its head tells")
        return (body,)
