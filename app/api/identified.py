"""Headers of every answer, whichever part of the service gives it: the id of the request, and nosniff."""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SANE: Final = re.compile(rb"[A-Za-z0-9._:/+=@~-]{1,128}")
_OWN: ContextVar[str | None] = ContextVar("request_id", default=None)


def request_id() -> str:
    """The id of the request that is answered, by which the log tells of it; a new one outside of any."""
    return _OWN.get() or secrets.token_hex(8)


class Identified:
    """Middleware around all others (ASGI). A client may give the id as `X-Request-Id`, and has it back; one that is no
    plain word, or several, make way for one of ours.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request under its id."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        own = _given(scope) or secrets.token_hex(8).encode()
        own_headers = [(b"x-request-id", own), (b"x-content-type-options", b"nosniff")]

        async def identified(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = [
                    one for one in message["headers"] if one[0] not in (b"x-request-id", b"x-content-type-options")
                ]
                message["headers"] = [*there, *own_headers]
            await send(message)

        token = _OWN.set(own.decode())
        try:
            await self.app(scope, receive, identified)
        finally:
            _OWN.reset(token)


def _given(scope: Scope) -> bytes | None:
    given: list[bytes] = [value for name, value in scope["headers"] if name == b"x-request-id"]
    return given[0] if len(given) == 1 and _SANE.fullmatch(given[0]) else None
