"""Entity tags (RFC 9110 §8.8.3), and what they save: a client that has the answer is told so by 304 (§13).

All tags are strong, and end in the build, which names the code. A record's tag names its id, version and revision. A
list's names the revision that it is read at, the format, and what was asked: what is stored at a revision changes with
a purge alone, which the tag tells. So a client that names it had this very answer, and the query need be neither run
nor checked any further.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

from fastapi import Request, Response

from app.store.search.records import Record

CODE = Path(__file__).parents[1]

# One tag of a list, and the comma behind it; its text may hold commas. Servers give header bytes as Latin-1.
_LISTED = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,[ \t,]*|\Z)')


def _build() -> str:
    """A digest of the package's version and of every line of its code: another rendering is another build."""
    digest = hashlib.blake2b(version("onrecord").encode(), digest_size=6)
    for path in sorted(CODE.rglob("*.py")):
        digest.update(path.relative_to(CODE).as_posix().encode() + b"\x00" + path.read_bytes() + b"\x00")
    return digest.hexdigest()


BUILD: Final = _build()


def tag_of(*parts: object) -> str:
    """The strong tag of an answer that these parts and the code decide. Parts are ASCII without quotation marks."""
    return f'"{"-".join(map(str, parts))}-{BUILD}"'


def list_tag(request: Request, moment: str, form: str = "json") -> str:
    """The tag of what a path and query give at a revision, in a format. moment: its tag (see Moment.tag)."""
    asked = request.scope["path"].encode("utf-8", "replace") + b"?" + request.scope["query_string"]
    return tag_of(f"r{moment}", form, hashlib.blake2b(asked, digest_size=9).hexdigest())


def record_tag(record: Record, form: str = "json") -> str:
    """The tag of one record in a format: another version, the same one rendered anew, another database have others."""
    digest = hashlib.blake2b(record.document.encode(), digest_size=6).hexdigest()
    return tag_of(record.id, f"v{record.version}", f"r{record.revision}", form, digest)


def names(if_none_match: str, tag: str) -> bool:
    """Whether the header's list of tags holds this one, compared weakly (§8.8.3.2). A malformed header names none."""
    listed = if_none_match.strip(" \t,")
    at, found = 0, False
    while at < len(listed):
        one = _LISTED.match(listed, at)
        if one is None:
            return False
        found = found or one[1] == tag
        at = one.end()
    return found


def is_conditional(request: Request) -> bool:
    """Whether the client tells of an answer that it has."""
    return "if-none-match" in request.headers


def _asked(request: Request) -> str:
    return ", ".join(request.headers.getlist("if-none-match")).strip(" \t")


def unchanged(
    request: Request, tag: str, headers: Mapping[str, str] | None = None, *, exists: bool = False
) -> Response | None:
    """304, where `If-None-Match` names the tag; `*` does where the answer is known to exist. headers: further ones."""
    asked = _asked(request)
    if asked and (names(asked, tag) or (exists and asked == "*")):
        return Response(status_code=304, headers={"ETag": tag, **(headers or {})})
    return None


def tagged(request: Request, response: Response, tag: str, headers: Mapping[str, str] | None = None) -> Response:
    """The answer with its tag and further headers; for `*` 304 after all, now that there is one."""
    response.raw_headers.append((b"etag", tag.encode("latin-1")))
    if headers:
        response.headers.update(headers)
    return (unchanged(request, tag, headers, exists=True) if _asked(request) == "*" else None) or response


def conditional(
    request: Request,
    tag: str,
    answer: Callable[[], Response],
    headers: Mapping[str, str] | None = None,
    *,
    exists: bool = False,
) -> Response:
    """The answer with its tag; or 304, without making it, where `If-None-Match` names the tag.

    For `*` it is made first, for only then is it known that there is one, unless it always `exists`. headers: of both.
    """
    return unchanged(request, tag, headers, exists=exists) or tagged(request, answer(), tag, headers)
