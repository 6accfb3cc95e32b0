"""Rules for all reads: HEAD is GET without the body, and a cached answer must be revalidated."""

from __future__ import annotations

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# An answer may be stored and must be revalidated before each use, which a 304 makes cheap. Even the page of a cursor
# can go: a purge takes out of the past what a court forbids.
HEADERS = [(b"vary", b"Accept, Authorization"), (b"cache-control", b"no-cache")]


class Reads:
    """Middleware around the whole app (ASGI)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a HEAD as the GET that it stands for; give every read under /v1 the headers for caches."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
        elif scope["method"] == "GET":
            await self.app(scope, receive, _for_caches(scope, send))
        else:
            await _headers_only(self.app, scope, receive, _for_caches(scope, send))


def _for_caches(scope: Scope, send: Send) -> Send:
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    if not path.startswith("/v1/"):
        return send

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *HEADERS]
        await send(message)

    return with_headers


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
