"""Bodies of requests, of a bounded size."""

from __future__ import annotations

from typing import Final

from fastapi import Request

from app.errors import TooLarge

MAX_SEARCH: Final = 100_000  # bytes of a tree of conditions
MAX_RECORD: Final = 2_000_000  # bytes of one record, or of what is patched in it


async def read_body(request: Request, most: int) -> bytes:
    """The body of a request. Raises TooLarge where it has more than `most` bytes: before it is read, if it says so."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise TooLarge(f"the body has {int(told):,} bytes; at most {most:,} are read here")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLarge(f"the body has more than {most:,} bytes, which is the most that is read here")
    return bytes(body)
