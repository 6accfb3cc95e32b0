"""Bodies of requests, of a bounded size."""

from __future__ import annotations

from typing import Final

from fastapi import Request

from app.errors import BadMediaType, BadRequest, TooLarge

MAX_SEARCH: Final = 100_000  # bytes of a tree of conditions
MAX_RECORD: Final = 2_000_000  # bytes of one record, or of what is patched in it
MAX_EMPTY: Final = 1_000  # bytes of a body that says nothing


async def read_body(request: Request, most: int) -> bytes:
    """The body of a request. Raises TooLarge where it has more than `most` bytes: before it is read, if it says so; and
    BadMediaType where it is packed.
    """
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        raise BadMediaType(f"the Content-Encoding {coding[:40]!r} is not read here; send the body as it is")
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise TooLarge(f"the body has {int(told):,} bytes; at most {most:,} are read here")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLarge(f"the body has more than {most:,} bytes, which is the most that is read here")
    return bytes(body)


async def require_no_body(request: Request, told: str) -> bytes:
    """The body of a request that takes none: nothing, or an empty object. Raises BadRequest for more, which would
    be ignored; told: where that is to stand.
    """
    body = await read_body(request, MAX_EMPTY)
    if body.strip() not in (b"", b"{}"):
        raise BadRequest.of("body", "bad-value", told, "body")
    return body
