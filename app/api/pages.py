"""Pages: the parameters they share, cursors, and the envelope around stored documents; and one document alone."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Annotated
from urllib.parse import quote, urlencode

import msgspec
from fastapi import Request, Response
from pydantic import BeforeValidator, Field

from app.api.caching import conditional, record_tag
from app.api.formats import BY_NAME, Format, RecordRenderer
from app.api.queries import JsonQuery, read_pairs
from app.domain.query.registry import query_field
from app.errors import BadRequest, BadValue
from app.store.search.records import Record
from app.store.search.results import Page, Place, Total

MAX_LIMIT = 500
MAX_LINK = 3000  # bytes of a Link header: some proxies take 4 kB of all headers, and fail above
UNBOUND = ("cursor", "limit", "format", "fields", "highlight", "facets", "min_revision")  # may differ from page to page


def whole_number(highest: int | None = None) -> Callable[[object], object]:
    """The check that a limit is written in digits alone, before its bounds are checked."""
    right = f"1 to {highest}" if highest else "1 or more"

    def check(value: object) -> object:
        if isinstance(value, bool):
            raise BadValue(f"a whole number is needed here; write {right}")
        if isinstance(value, str) and not re.fullmatch("[0-9]{1,9}", value):
            raise BadValue(f"{value[:40]!r} is no whole number; write {right}")
        return value

    return check


class PageQuery(JsonQuery):
    """Parameters of lists."""

    limit: Annotated[int, BeforeValidator(whole_number(MAX_LIMIT)), Field(ge=1, le=MAX_LIMIT)] = query_field(
        "How many to give.", 10, default=50
    )
    cursor: Annotated[str, Field(max_length=300)] | None = query_field(
        "The next page: `page.next_cursor` of the answer before, with the same filters. It stays at that answer's"
        " revision, whatever is written meanwhile.",
        None,
    )


class Cursor(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """Where a page ended, in which revision, and of which query."""

    number: Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
    day: Annotated[int, msgspec.Meta(ge=0, lt=1 << 23)]
    key: Annotated[int, msgspec.Meta(ge=-(1 << 62), lt=1 << 62)] | float | None
    revision: Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
    total: Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)] | None
    at_least: bool
    query: str
    mark: Annotated[str, msgspec.Meta(max_length=40)]

    @property
    def counted(self) -> Total | None:
        """The total that the first page gave, if it counted."""
        return None if self.total is None else Total(self.total, "gte" if self.at_least else "eq")

    @property
    def place(self) -> Place:
        """The place that the next page begins after."""
        return Place(self.number, self.day, self.key)


def read_cursor(request: Request, query: PageQuery) -> Cursor | None:
    """The cursor of a request. Raises BadRequest: `bad-cursor`, or `cursor-mismatch` where it is of another query."""
    return None if query.cursor is None else unpacked(query.cursor, fingerprint(request, query))


def unpacked(text: str | None, digest: str) -> Cursor | None:
    """The cursor that a text is, of the query with this digest. Raises BadRequest as read_cursor does."""
    if text is None:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        packed = base64.b64decode(padded, altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(packed, type=Cursor)
    except ValueError:
        raise BadRequest.of("cursor", "bad-cursor", "this is no cursor of ours; start again without it") from None
    if cursor.query != digest:
        told = "the cursor is of another query; keep the filters, or start again without it"
        raise BadRequest.of("cursor", "cursor-mismatch", told)
    return cursor


def fingerprint(request: Request, query: PageQuery) -> str:
    """A digest of the path and of everything in the query that a cursor is bound to."""
    bound = [(name, getattr(query, name)) for name in query.model_fields_set if name not in UNBOUND]
    given = {name: str(value) for name, value in bound if value is not None}
    asked = sorted((_defaults(type(query)) | given).items())
    return hashlib.blake2b(repr((request.scope["path"], asked)).encode("utf-8", "replace"), digest_size=9).hexdigest()


@cache
def _defaults(model: type[PageQuery]) -> dict[str, str]:
    fields = [(name, info.default) for name, info in model.model_fields.items() if name not in UNBOUND]
    return {name: str(value) for name, value in fields if value is not None}


def page_response(request: Request, query: PageQuery, page: Page) -> Response:
    """The answer: documents as they are stored, and around them how to go on."""
    cursor = packed_for(request, query, page)
    links, headers = links_of(request, cursor)
    return Response(envelope(page, cursor, links), headers=headers, media_type="application/json")


def packed_for(request: Request, query: PageQuery, page: Page) -> str | None:
    """The cursor of the page after one that a query asks for, as text."""
    return packed(page, fingerprint(request, query)) if page.has_more else None


def links_of(request: Request, cursor: str | None) -> tuple[dict[str, str | None], dict[str, str]]:
    """The links of a page, and the headers that say the same. cursor: of the next one."""
    own, following = _links(request, cursor)
    return {"self": own, "next": following}, _link(following)


# A query string that comes out as it is when it is read and written again, save for blanks.
_AS_WRITTEN = re.compile(
    rb"(?:(?:[\w.~-]|%(?:[0189A-F][0-9A-F]|2[0-9ABCF]|3[A-F]|40|5[B-E]|60|7[BCDF]))+"
    rb"=(?:[\w.~+-]|%(?:[0189A-F][0-9A-F]|2[0-9ABCF]|3[A-F]|40|5[B-E]|60|7[BCDF]))*(?:&(?!\Z)|\Z))*"
)


def _links(request: Request, cursor: str | None) -> tuple[str, str | None]:
    """The paths of this page and of the next one."""
    raw, path = request.scope["query_string"], request.scope["path"]
    if _AS_WRITTEN.fullmatch(raw):
        pairs = raw.decode("ascii").replace("+", "%20").split("&") if raw else []
        rest = [pair for pair in pairs if not pair.startswith("cursor=")]
        following = "&".join((*rest, f"cursor={cursor}"))
        return (f"{path}?{'&'.join(pairs)}" if pairs else path), (f"{path}?{following}" if cursor else None)
    given = read_pairs(raw)
    others = [one for one in given if one[0] != "cursor"]
    return _path(request, given), _path(request, [*others, ("cursor", cursor)]) if cursor else None


def packed(page: Page, digest: str) -> str | None:
    """The cursor of the next page, as text; None after the last. digest: of the query."""
    if page.end is None:
        return None
    total = page.total
    following = Cursor(
        page.end.number,
        page.end.day,
        page.end.key,
        page.revision,
        total.value if total else None,
        total is not None and total.relation == "gte",
        digest,
        page.mark,
    )
    return base64.urlsafe_b64encode(msgspec.json.encode(following)).rstrip(b"=").decode()


def envelope(page: Page, cursor: str | None, links: dict[str, str | None] | None = None) -> bytes:
    """Documents with what stands around them."""
    total = page.total and {"value": page.total.value, "relation": page.total.relation}
    notes = {"notes": page.notes} if page.notes else {}
    meta = {"total": total, "revision": page.revision} | notes | page.more
    tail: dict[str, object] = {"page": {"next_cursor": cursor, "has_more": page.has_more}, "meta": meta}
    tail |= {"facets": page.facets} if page.facets else {}
    tail |= {"links": links} if links else {}
    return b"".join((b'{"data":[', page.documents, b"],", memoryview(msgspec.json.encode(tail))[1:]))


def described_by(request: Request, form: str, revision: int) -> dict[str, str]:
    """`Link: <…>; rel="describedby"`: the same export, as of the same revision, in the format that describes it."""
    if not form:
        return {}
    given = [one for one in read_pairs(request.scope["query_string"]) if one[0] not in ("format", "min_revision")]
    pinned = [] if any(name == "as_of" for name, _ in given) else [("as_of", str(revision))]
    link = f'<{_path(request, [*given, *pinned, ("format", form)])}>; rel="describedby"'
    return {"Link": f'{link}; type="{BY_NAME[form].media_types[0]}"'} if len(link) <= MAX_LINK else {}


def _link(following: str | None) -> dict[str, str]:
    """`Link: <…>; rel="next"` (RFC 8288); none where it would be too long for what stands between."""
    link = f'<{following}>; rel="next"'
    return {"Link": link} if following and len(link) <= MAX_LINK else {}


def _path(request: Request, pairs: Iterable[tuple[str, str | None]]) -> str:
    """The path of a request with names and values, path-only."""
    asked = urlencode([*pairs], quote_via=quote)
    return f"{request.scope['path']}?{asked}" if asked else str(request.scope["path"])


def plain_path_of(request: Request, resource: str, record_id: str) -> str:
    """The path of a record, as it is now."""
    return f"{request.scope.get('root_path', '')}/v1/{resource}/{record_id}"


def path_of(request: Request, resource: str, record_id: str) -> str:
    """The path of a record, as of what the request asks for."""
    asked = request.scope["query_string"].decode("latin-1")
    path = plain_path_of(request, resource, record_id)
    return f"{path}?{asked}" if asked else path


def base_of(request: Request) -> str:
    """The address that paths of records are relative to: `https://a.example/v1/`."""
    return f"{request.base_url}v1/"


def record_response(
    request: Request, form: Format, render: RecordRenderer, record: Record, headers: Mapping[str, str] | None = None
) -> Response:
    """One stored document in a format, unless the client has it. headers: of either answer."""

    def answer() -> Response:
        return Response(render(record.document, base_of(request)), media_type=form.content_type)

    return conditional(request, record_tag(record, form.name), answer, headers)
