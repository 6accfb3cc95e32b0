"""Formats: which one a request asks for, and the answer that streams a whole result in one of them."""

from __future__ import annotations

import csv
import logging
import re
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial, reduce
from io import StringIO
from itertools import chain
from operator import or_
from typing import Generic, Protocol, TypeVar

from anyio import CancelScope, CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.access import client_of
from app.api.caching import is_conditional, list_tag, tagged, unchanged
from app.api.document_views import DocumentView
from app.api.problems import BrokenAnswer
from app.domain.record.csv_columns import Sizes, columns_of, row_writer, sizes_of
from app.domain.record.projection import FieldTree, is_wanted
from app.errors import NotAcceptable, OnRecordError, TooManyExports
from app.store.database.engine import Database, Snapshot
from app.store.history.moment import Moment
from app.store.records.document import decode_lines
from app.store.search.export import Export, require_same
from app.store.search.matches import Search, matches_of

log = logging.getLogger("onrecord")

JSON = ("application/json",)
JSON_OR_ANY = (b"", b"*/*", *(kind.encode() for kind in JSON))
EXPORTS = {  # the media types of each format; the first of them is what is answered
    "ndjson": ("application/x-ndjson", "application/ndjson"),
    "csv": ("text/csv",),
}
ELSEWHERE = "/v1/claims/export gives all that is found as ndjson or csv"
_KIND = re.compile(r"[^\s/]+/[^\s/]+")
_WEIGHT = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def require_json(request: Request, named: Callable[[], object] = lambda: None, elsewhere: str = ELSEWHERE) -> None:
    """Raise NotAcceptable where Accept leaves no JSON, which is what lists are. named: gives a format, which overrules
    it. elsewhere: where other formats are.
    """
    accept = b",".join([value for name, value in request.scope["headers"] if name == b"accept"])
    if accept in JSON_OR_ANY or named() is not None:
        return
    ranges = _media_ranges(accept.decode("latin-1"))
    if ranges and _liking(ranges, JSON[0])[0] <= 0:
        raise NotAcceptable(f"Accept leaves no {JSON[0]}, which is all that lists are; {elsewhere}")


def is_liked(request: Request, kind: str, other: str) -> bool:
    """Whether Accept prefers a media type to another, which is what is answered by default."""
    ranges = _media_ranges(",".join(request.headers.getlist("accept")))
    liking = _liking(ranges, kind)
    return liking[0] > 0 and liking > _liking(ranges, other)


def export_format(request: Request, elsewhere: str = "/v1/claims gives pages") -> str:
    """The format of an export that Accept asks for (RFC 9110, 12.5.1), by default the first.

    Of types that are liked equally, the one that is named beats one that a wildcard stands for. Raises NotAcceptable
    where Accept leaves none.
    """
    ranges = _media_ranges(",".join(request.headers.getlist("accept")))
    if not ranges:
        return next(iter(EXPORTS))
    liked = {name: max(_liking(ranges, kind) for kind in kinds) for name, kinds in EXPORTS.items()}
    best = max(liked, key=lambda name: liked[name])
    if liked[best][0] <= 0:
        known = ", ".join(kinds[0] for kinds in EXPORTS.values())
        raise NotAcceptable(f"Accept leaves none of {known}; {elsewhere} as {JSON[0]}")
    return best


def _media_ranges(accept: str) -> dict[str, float]:
    """The media ranges of an Accept header, with the weight of each; what is not well-formed is passed over."""
    found: dict[str, float] = {}
    for part in accept.lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        weights = [one.partition("=")[2] for one in parameters if one.startswith("q=")] or ["1"]
        if _KIND.fullmatch(kind) and _WEIGHT.fullmatch(weights[0]):
            found[kind] = float(weights[0])
    return found


def _liking(ranges: dict[str, float], kind: str) -> tuple[float, int]:
    """How much a media type is liked, and how closely it is named: the closest range decides."""
    closest = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    return next(((ranges[name], -n) for n, name in enumerate(closest) if name in ranges), (0.0, 0))


class ExportSlots:
    """How many exports may be under way at a time: each holds a connection for as long as its reader takes.

    each: how many one client may have, by default all.
    """

    def __init__(self, number: int, each: int | None = None) -> None:
        self.number = number
        self.each = min(each or number, number)
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, client: str = "") -> Callable[[], None]:
        """Take one for a client, by its address; gives what gives it back. Raises TooManyExports."""
        with self._lock:
            for taken, most, whose in (
                (self._taken.total(), self.number, ""),
                (self._taken[client], self.each, " of one client"),
            ):
                if taken >= most:
                    told = f"{taken} exports{whose} are under way, and no more are given at a time; try again"
                    raise TooManyExports(told)
            self._taken[client] += 1
        return partial(self._give_back, client)

    def _give_back(self, client: str) -> None:
        with self._lock:
            self._taken[client] -= 1
            if not self._taken[client]:
                del self._taken[client]


class Exported(Protocol):
    """A whole result that is read while it is sent."""

    revision: int
    mark: str
    tag: str


E = TypeVar("E", bound=Exported)


@dataclass(frozen=True)
class Streamed(Generic[E]):
    """An answer that streams a whole result.

    name: of the file, before the revision. check: gives the moment, and raises what can be refused. begin: reads what
    is needed before the first chunk; render: makes the chunks.
    """

    name: str
    form: str
    check: Callable[[Snapshot], Moment]
    begin: Callable[[Snapshot], E]
    render: Callable[[E], Generator[bytes, None, None]]


def export_response(request: Request, form: str, search: Search, most: int | None, fields: FieldTree) -> Response:
    """The answer that streams all claims that a search finds, `most` at most: of each these fields, or all."""

    def check(connection: Snapshot) -> Moment:
        moment = search.moment(connection)
        matches_of(connection, search, moment)
        return moment

    render = partial(RENDERERS[form], fields=fields)
    return streamed(request, Streamed("claims", form, check, lambda own: Export(own, search, most), render))


def streamed(request: Request, asked: Streamed[E]) -> Response:
    """The answer that streams a whole result. Its first chunk is read at once, so that what can be told of faults is
    told in a proper answer; a fault after that breaks the connection.
    """
    database: Database = request.app.state.database
    slots: ExportSlots = request.app.state.exports
    is_kept = request.method == "GET"  # answers to POST have no tag
    if is_kept and is_conditional(request):  # an answer of 304 needs none of the slots
        with database.read() as connection:
            tag = list_tag(request, asked.check(connection).tag, asked.form)  # refusals come first
        if had := unchanged(request, tag, exists=True):
            return had
    with ExitStack() as held:
        held.callback(slots.take(client_of(request)))
        export = asked.begin(held.enter_context(database.read_through()))

        chunks = held.enter_context(closing(asked.render(export)))
        first = next(chunks, b"")
        name = f"{asked.name}-r{export.revision}.{asked.form}"
        headers = {
            "Content-Type": CONTENT_TYPES[asked.form],
            "Content-Disposition": f'attachment; filename="{name}"',
            "OnRecord-Revision": str(export.revision),
        }
        answer = ExportResponse(database, export, chain([first], chunks), headers)
        answer.held = held.pop_all()
    return tagged(request, answer, list_tag(request, export.tag, asked.form)) if is_kept else answer


def render_ndjson(export: Export, fields: FieldTree | None = None) -> Generator[bytes, None, None]:
    """Each document on a line, as it is stored, or some of its fields."""
    view = DocumentView(fields or {})
    for documents in export.chunks():
        yield b"".join(view.of_one(one, None) + b"\n" for one in documents.split(b"\n")[:-1]) if view else documents


def render_csv(export: Export, fields: FieldTree | None = None) -> Generator[bytes, None, None]:
    """A header and a row for each document (RFC 4180, UTF-8 without a byte order mark). The documents are read twice:
    the columns follow from how long their lists are.
    """
    sizes = Sizes()
    for documents in export.chunks():
        sizes = reduce(or_, map(sizes_of, decode_lines(documents)), sizes)
        yield b""  # nothing yet: whether the reader is still there is seen
    columns = [column for column in columns_of(sizes) if is_wanted(column, fields or {})]
    write = row_writer(columns)
    yield csv_lines([columns])
    for documents in export.chunks():
        yield csv_lines(map(write, decode_lines(documents)))


def csv_lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV. One with a line break in it has every cell in quotes: so readers need not doubt where it ends."""
    lines = StringIO(newline="")
    few, every = csv.writer(lines), csv.writer(lines, quoting=csv.QUOTE_ALL)
    for row in rows:
        (every if any("\n" in cell or "\r" in cell for cell in row) else few).writerow(row)
    return lines.getvalue().encode()


RENDERERS: dict[str, Callable[..., Generator[bytes, None, None]]] = {
    "ndjson": render_ndjson,
    "csv": render_csv,
}
CONTENT_TYPES = {"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8; header=present"}
EXPORTED = {  # OpenAPI content of streamed answers
    "application/x-ndjson": {"schema": {"type": "string", "description": "One ClaimOut a line."}},
    "text/csv": {"schema": {"type": "string", "description": "A header, and one claim a row."}},
}


class ExportResponse(StreamingResponse):
    """An answer in chunks that are made while it is sent. Its connection is given back when all are made, when one
    fails, and when the reader goes or is cut off.
    """

    def __init__(self, database: Database, export: Exported, chunks: Iterator[bytes], headers: dict[str, str]) -> None:
        super().__init__(self._made(), headers=headers)
        self._database = database
        self._export = export
        self._chunks = chunks
        self.held = ExitStack()

    async def _made(self) -> AsyncIterator[bytes]:
        own = CapacityLimiter(1)  # exports take none of the threads that pages are made in
        while (chunk := await run_sync(self._next, limiter=own)) is not None:
            if chunk:
                yield chunk

    def _next(self) -> bytes | None:
        with self._database.as_told():
            chunk = next(self._chunks, None)
        if chunk is None:
            with self._database.read() as connection:
                require_same(connection, self._export.revision, self._export.mark)
            self.held.close()  # before the end is sent: who has the whole answer may ask for the next at once
        return chunk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. Raises BrokenAnswer where it cannot be sent whole."""
        try:
            await super().__call__(scope, receive, send)
        except OnRecordError as error:
            log.warning("an export was broken off: %s", error.detail)
            raise BrokenAnswer from None
        except OSError:  # the client has gone, or wants the headers alone
            raise
        except Exception as error:
            log.error("an error of ours broke an export off", exc_info=error)
            raise BrokenAnswer from None
        finally:
            with CancelScope(shield=True):
                await run_sync(self.held.close, limiter=CapacityLimiter(1))
