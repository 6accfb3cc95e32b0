"""Requests as they come on a connection, parsed by httptools (llhttp).

Its gaps are closed here: it takes heads of any length, requests of HTTP/1.1 that name no host, white space behind
values, and the body behind a request for an upgrade for no HTTP.
"""

from __future__ import annotations

from typing import Final, Protocol
from urllib.parse import unquote

import httptools
from starlette.types import Scope

from app.api.every_request import MAX_ADDRESS, TOO_LONG

MAX_HEAD: Final = 65_536  # bytes of a request's head
LINE: Final = len(b":\r\n")  # of each header, beside its name and value

Headers = list[tuple[bytes, bytes]]
Refusal = tuple[int, str, str, str]  # status, code, title, detail
NO_HTTP: Final = (400, "bad-request", "The request is not HTTP", "what came is no request of HTTP/1.1")
LONG_HEAD: Final = (431, "head-too-long", "The head is too long", "the head of the request is too long")
LONG_ADDRESS: Final = (414, "uri-too-long", "The address is too long", TOO_LONG)


class BadHead(Exception):
    """A request that is refused. refusal: what is told."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal[3])
        self.refusal = refusal


class Receiver(Protocol):
    """Receives requests: first the head, then the parts of the body, then the end."""

    def begin_exchange(self, scope: Scope, *, is_kept: bool, is_waited_for: bool) -> None:
        """The head of a request is whole. is_kept: the client may send another one after it. is_waited_for: it sends
        the body when it is told to.
        """

    def take_body(self, body: bytes) -> None:
        """A part of the body."""

    def end_request(self) -> None:
        """It is whole."""


class RequestReader:
    """Reads the requests of one connection. scope: what all of them share."""

    def __init__(self, receiver: Receiver, scope: Scope) -> None:
        self.is_begun = self.is_headed = False  # whether a request has begun, and its head is whole
        self._receiver = receiver
        self._shared = scope
        self._url = b""
        self._headers: Headers = []
        self._hosts = 0
        self._is_waited_for = False
        self._size = 0  # bytes of the lines of its head so far
        self._line = 0  # bytes of the last line of a head that is not whole
        self._is_resumed = False  # the parser is made to believe in a head that we have read
        self._parser = self._new_parser()

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        parser.set_dangerous_leniencies(lenient_data_after_close=True)  # nothing of which is read
        return parser

    def feed(self, data: bytes) -> None:
        """Read on. Raises BadHead."""
        while data:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:  # to what there is not: answered as if it had not been asked
                self._read_body()
                data = data[upgrade.args[0] :]
            except httptools.HttpParserError as error:
                cause = error.__context__
                raise cause if isinstance(cause, BadHead) else BadHead(NO_HTTP) from None
            else:
                if self.is_begun and not self.is_headed:
                    self._measure_head(data)
                return

    def _measure_head(self, data: bytes) -> None:
        """Refuse a head that is too long before it is whole: the parser gathers whatever comes."""
        begins = data.rfind(b"\n") + 1
        self._line = len(data) - begins + (0 if begins else self._line)
        self._limit_head(self._size + self._line)

    def _limit_head(self, size: int) -> None:
        if size > MAX_HEAD:
            raise BadHead(LONG_HEAD if len(self._url) <= MAX_ADDRESS else LONG_ADDRESS)

    def _read_body(self) -> None:
        """Have the body of a request for an upgrade parsed by a parser that is told of its length alone."""
        framing = self._framing
        if framing is None:
            return
        self._parser = self._new_parser()
        self._is_resumed = True
        self._parser.feed_data(b"POST / HTTP/1.1\r\n%b: %b\r\n\r\n" % framing)

    @property
    def _framing(self) -> tuple[bytes, bytes] | None:
        """The header that says how long the body is."""
        return next((one for one in self._headers if one[0] in (b"content-length", b"transfer-encoding")), None)

    # Calls of the parser

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._is_resumed:
            return
        self.is_begun, self.is_headed = True, False
        self._url = b""
        self._headers = []
        self._hosts = self._size = self._line = 0
        self._is_waited_for = False

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        if not self._is_resumed:
            self._url += url
            self._size += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        if self._is_resumed:
            return
        self._size += len(name) + len(value) + LINE
        name = name.lower()
        if name == b"host":
            self._hosts += 1
        elif name == b"expect":
            self._is_waited_for = value.lower() == b"100-continue"
        self._headers.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self.is_headed = True
        if self._is_resumed:
            self._is_resumed = False
            return
        parser = self._parser
        version = parser.get_http_version()
        if self._hosts != 1 and (self._hosts or version == "1.1"):  # RFC 9112, 3.2
            raise BadHead(NO_HTTP)
        self._limit_head(self._size)
        self._receiver.begin_exchange(
            self._scope(parser.get_method().decode(), version),
            is_kept=version == "1.1" and parser.should_keep_alive(),
            is_waited_for=self._is_waited_for,
        )

    def _scope(self, method: str, version: str) -> Scope:
        url = httptools.parse_url(self._url)
        raw_path = url.path
        path = raw_path.decode("ascii")
        if "%" in path:
            path = unquote(path)
        root_path = self._shared["root_path"]
        return {
            **self._shared,
            "method": method,
            "http_version": version,
            "path": root_path + path,
            "raw_path": root_path.encode() + raw_path,
            "query_string": url.query or b"",
            "headers": self._headers,
        }

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._receiver.take_body(body)

    def on_message_complete(self) -> None:
        """A request is whole, unless it asks for an upgrade and has a body: then that comes yet."""
        if self._parser.should_upgrade() and self._framing is not None:
            return
        self.is_begun = False
        self._receiver.end_request()
