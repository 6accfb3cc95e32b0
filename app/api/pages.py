"""Pages: the parameters they share, cursors, and the envelope around stored documents."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Annotated
from urllib.parse import quote, urlencode

import msgspec
from fastapi import Request, Response
from pydantic import BeforeValidator, Field

from app.domain.fields import Query, query_field
from app.errors import BadRequest, BadValue, Problem
from app.store.pages import Page, Total

MAX_LIMIT = 500
UNBOUND = ("cursor", "limit")  # parameters that may differ from page to page


def _whole_number(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch("[0-9]{1,9}", value):
        raise BadValue(f"{value[:40]!r} is no whole number; write 1 to {MAX_LIMIT}")
    return value


class PageQuery(Query):
    """What every list takes."""

    limit: Annotated[int, BeforeValidator(_whole_number), Field(ge=1, le=MAX_LIMIT)] = query_field(
        "How many to give.", 10, default=50
    )
    cursor: Annotated[str, Field(max_length=300)] | None = query_field(
        "The next page: `page.next_cursor` of the answer before, with the same filters. It stays at that answer's"
        " revision, whatever is written meanwhile.",
        None,
    )


class Cursor(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """Where the next page begins, in which revision, and of which query."""

    start: Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
    revision: Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
    total: Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
    at_least: bool
    query: str

    @property
    def counted(self) -> Total:
        """The total that the first page gave."""
        return Total(self.total, "gte" if self.at_least else "eq")


def read_cursor(request: Request, query: PageQuery) -> Cursor | None:
    """The cursor of a request. Raises BadRequest: `bad-cursor`, or `cursor-mismatch` where it is of another query."""
    if query.cursor is None:
        return None
    try:
        padded = query.cursor + "=" * (-len(query.cursor) % 4)
        packed = base64.b64decode(padded, altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(packed, type=Cursor)
    except ValueError:
        raise _bad("bad-cursor", "this is no cursor of ours; start again without it") from None
    if cursor.query != fingerprint(request, query):
        raise _bad("cursor-mismatch", "the cursor is of another query; keep the filters, or start again without it")
    return cursor


def _bad(code: str, detail: str) -> BadRequest:
    return BadRequest(f"cursor: {detail}", [Problem(("cursor",), code, detail, where="query")], code=code)


def fingerprint(request: Request, query: PageQuery) -> str:
    """A digest of the path and of everything in the query that a cursor is bound to."""
    asked = sorted((name, str(value)) for name, value in query if name not in UNBOUND and value is not None)
    return hashlib.blake2b(repr((request.url.path, asked)).encode("utf-8", "replace"), digest_size=9).hexdigest()


def page_response(request: Request, query: PageQuery, page: Page) -> Response:
    """The answer: documents as they are stored, and around them how to go on."""
    cursor = None
    if page.next_position is not None:
        total = page.total
        following = Cursor(
            page.next_position, page.revision, total.value, total.relation == "gte", fingerprint(request, query)
        )
        cursor = base64.urlsafe_b64encode(msgspec.json.encode(following)).rstrip(b"=").decode()
    tail = {
        "page": {"next_cursor": cursor, "has_more": page.has_more},
        "meta": {"total": {"value": page.total.value, "relation": page.total.relation}, "revision": page.revision},
        "links": {"self": _path(request), "next": _path(request, cursor) if cursor else None},
    }
    body = b"".join((b'{"data":[', page.documents, b"],", memoryview(msgspec.json.encode(tail))[1:]))
    return Response(body, media_type="application/json")


def _path(request: Request, cursor: str | None = None) -> str:
    """The path and query of a request, path-only; with another cursor where one is given."""
    pairs = [(name, value) for name, value in request.query_params.multi_items() if not (cursor and name == "cursor")]
    asked = urlencode([*pairs, ("cursor", cursor)] if cursor else pairs, quote_via=quote)
    return request.url.path + (f"?{asked}" if asked else "")


def document_response(document: str) -> Response:
    """One stored document as it is."""
    return Response(document.encode(), media_type="application/json")
