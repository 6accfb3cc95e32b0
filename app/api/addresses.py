"""Addresses that are too long are refused before anything reads them (RFC 9110 §15.5.15)."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.problems import problem_response

MAX_ADDRESS: Final = 16_384  # bytes of path and query
TOO_LONG = f"the address has more than {MAX_ADDRESS:,} bytes; ask by POST /v1/claims/search, or for less at a time"


class ShortAddresses:
    """Middleware around the whole app (ASGI)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 414 to a long address."""
        if scope["type"] == "http" and _length(scope) > MAX_ADDRESS:
            await problem_response(414, "uri-too-long", "The address is too long", TOO_LONG)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _length(scope: Scope) -> int:
    path = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    return len(path) + len(scope["query_string"])
