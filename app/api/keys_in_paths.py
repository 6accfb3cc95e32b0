"""Keys of records as the end of a path: whatever they hold, slashes among it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote_to_bytes

from fastapi import Path, Request
from starlette.convertors import Convertor, register_url_convertor

from app.errors import BadRequest


class _Key(Convertor[str]):
    """A key in a path: slashes, new lines, anything; or nothing, which is no key."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("key", _Key())

KeyInPath = Annotated[
    str,
    Path(
        description="The record's whole key. Slashes may stand as they are; other characters that are special in"
        " addresses are percent-encoded.",
    ),
]


def sent_key(request: Request, decoded: str, noun: str = "claims") -> str:
    """The key as it was sent: servers decode paths loosely, so that bytes which are not UTF-8 would pass for a key."""
    prefix = f"{request.scope.get('root_path', '')}/v1/{noun}/by-key/".encode()
    path: bytes = request.scope.get("raw_path") or b""
    if not path.startswith(prefix):  # the path before the key was sent in another spelling
        return decoded
    try:
        return unquote_to_bytes(path.removeprefix(prefix)).decode()
    except UnicodeDecodeError:
        detail = "the bytes are not UTF-8"
        raise BadRequest.of("key", "bad-encoding", detail, "path") from None
