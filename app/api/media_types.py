"""Accept: which media types a request likes, and how much (RFC 9110, 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from fastapi import Request

from app.errors import NotAcceptable, Problem

JSON: Final = "application/json"
JSON_OR_ANY: Final = (b"", b"*/*", JSON.encode())
Ranges: TypeAlias = dict[str, float]  # media ranges with the weight of each

_KIND: Final = re.compile(r"[^\s/]+/[^\s/]+")
_WEIGHT: Final = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def accept_of(request: Request) -> bytes:
    """The header as it was sent, of several the whole."""
    return b",".join([value for name, value in request.scope["headers"] if name == b"accept"])


def media_ranges(accept: str) -> Ranges:
    """The media ranges of an Accept header, with the weight of each; what is not well-formed is passed over."""
    found: Ranges = {}
    for part in accept.lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        weights = [one.partition("=")[2] for one in parameters if one.startswith("q=")] or ["1"]
        if _KIND.fullmatch(kind) and _WEIGHT.fullmatch(weights[0]):
            found[kind] = float(weights[0])
    return found


def liking(ranges: Ranges, kind: str) -> tuple[float, int]:
    """How much a media type is liked, and how closely it is named: the closest range decides."""
    closest = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    return next(((ranges[name], -n) for n, name in enumerate(closest) if name in ranges), (0.0, 0))


def is_liked(request: Request, kind: str, other: str) -> bool:
    """Whether Accept prefers a media type to another, which is what is answered by default."""
    ranges = media_ranges(accept_of(request).decode("latin-1"))
    liked = liking(ranges, kind)
    return liked[0] > 0 and liked > liking(ranges, other)


def not_acceptable(detail: str, choices: Iterable[str]) -> NotAcceptable:
    """The error of an Accept that leaves nothing. choices: the media types that there are."""
    return NotAcceptable(detail, [Problem(("Accept",), NotAcceptable.code, detail, tuple(choices), "header")])
