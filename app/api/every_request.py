"""Handling of every request, whichever part of the service answers it: an id, an address of a bounded length, the gate
of /v1, HEAD as GET without the body, and that a cached answer must be revalidated.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Final, TypeAlias

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.admission import Gate
from app.api.problems import OWN_ID, problem_response
from app.store.database.derived_versions import DOCUMENT_VERSION, INDEX_VERSION

MAX_ADDRESS: Final = 16_384  # bytes of path and query
TOO_LONG = f"the address has more than {MAX_ADDRESS:,} bytes; ask by POST /v1/claims/search, or for less at a time"

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]

_READ_HERE: Final = frozenset((b"x-request-id", b"authorization"))
_SANE: Final = re.compile(rb"[A-Za-z0-9._:/+=@~-]{1,128}")
_OURS: Final = (b"x-request-id", b"x-content-type-options")
# An answer may be stored and must be revalidated before each use, which a 304 makes cheap. Even the page of a cursor
# can go: a purge takes out of the past what a court forbids.
_FOR_CACHES: Final = ((b"vary", b"Accept, Authorization"), (b"cache-control", b"no-cache"))
# An answer as of a revision is the same while the versions of documents and of the index are.
_BUILD: Final = f"{version('onrecord')}; documents={DOCUMENT_VERSION}; index={INDEX_VERSION}".encode()
_OF_ALL: Final = ((b"x-content-type-options", b"nosniff"),)
_OF_V1: Final = (*_OF_ALL, (b"onrecord-build", _BUILD))
_OF_READS: Final = (*_OF_V1, *_FOR_CACHES)


class EveryRequest:
    """Middleware around all others (ASGI), and around what answers faults of ours.

    A client may give the id as `X-Request-Id`, and has it back; one that is no plain word, or several, make way for one
    of ours. A long address is refused before anything reads it (RFC 9110 §15.5.15); then what is under /v1 passes the
    gate. shortcuts: apps that answer GET at a path in place of the whole app, whose way to a function takes longer than
    a page.
    """

    def __init__(self, app: ASGIApp, shortcuts: Mapping[str, ASGIApp], gate: Gate) -> None:
        self.app = app
        self.shortcuts = shortcuts
        self.gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request under its id, with the headers of all answers; a read under /v1 with those for caches."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = [one for one in scope["headers"] if one[0] in _READ_HERE]
        own = (_given_id(given) if given else None) or secrets.token_hex(8).encode()
        method, path = scope["method"], _path(scope)
        is_ours = path.startswith("/v1/")
        is_kept = is_ours and method in ("GET", "HEAD")
        headers = ((b"x-request-id", own), *(_OF_READS if is_kept else _OF_V1 if is_ours else _OF_ALL))

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*(one for one in message["headers"] if one[0] not in _OURS), *headers]
            await send(message)

        token = OWN_ID.set(own.decode())
        try:
            app = self.shortcuts.get(path, self.app) if method == "GET" else self.app
            if _length(scope) > MAX_ADDRESS:
                app = _too_long()
            elif is_ours and not (self.gate.is_open and _has_no_key(given)):
                app = await self.gate.refusal(scope) or app
            await app(scope, receive, with_headers)
        finally:
            OWN_ID.reset(token)


def _given_id(headers: Headers) -> bytes | None:
    given = [value for name, value in headers if name == b"x-request-id"]
    return given[0] if len(given) == 1 and _SANE.fullmatch(given[0]) else None


def _has_no_key(headers: Headers) -> bool:
    return all(name != b"authorization" for name, _ in headers)


def _path(scope: Scope) -> str:
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))


def _length(scope: Scope) -> int:
    path = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    return len(path) + len(scope["query_string"])


def _too_long() -> ASGIApp:
    return problem_response(414, "uri-too-long", "The address is too long", TOO_LONG)


class HeadersOnly:
    """Middleware (ASGI): a HEAD is answered as the GET that it stands for, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            await _headers_only(self.app, scope, receive, send)
        else:
            await self.app(scope, receive, send)


class _Enough(OSError):
    """Told to an app that goes on sending: as if the client had gone away, which ends a stream."""


async def _headers_only(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    async def without_body(message: Message) -> None:
        if message["type"] == "http.response.body":
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            if message.get("more_body"):
                raise _Enough
            return
        await send(message)
        started = message["type"] == "http.response.start" and message["status"] == 200
        if started and all(name != b"content-length" for name, _ in message["headers"]):  # a stream: not a chunk of it
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            raise _Enough

    try:
        await app({**scope, "method": "GET"}, receive, without_body)
    except (_Enough, ClientDisconnect):
        return
