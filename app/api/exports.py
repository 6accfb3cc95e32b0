"""Exports: the answer that streams a whole result, and how many of them there may be at a time."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Generic, Protocol, TypeVar

from anyio import CancelScope, CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.access import client_of
from app.api.caching import is_conditional, list_tag, tagged, unchanged
from app.api.formats import EXPORTS, Format
from app.api.pages import base_of, described_by
from app.api.problems import BrokenAnswer
from app.api.renderers import Chunks, Wanted
from app.domain.record.projection import FieldTree
from app.errors import OnRecordError, TooManyExports
from app.store.database.engine import Database, Snapshot
from app.store.history.moment import Moment
from app.store.search.export import Export, require_same
from app.store.search.matches import Search, matches_of

log = logging.getLogger("onrecord")


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
    form: Format
    check: Callable[[Snapshot], Moment]
    begin: Callable[[Snapshot], E]
    render: Callable[[E], Chunks]


def export_response(request: Request, form: Format, search: Search, most: int | None, fields: FieldTree) -> Response:
    """The answer that streams all claims that a search finds, `most` at most: of each these fields, or all."""

    def check(connection: Snapshot) -> Moment:
        moment = search.moment(connection)
        matches_of(connection, search, moment)
        return moment

    def begin(connection: Snapshot) -> Export:
        return Export(connection, search, most)

    render, wanted = EXPORTS[form], Wanted(fields, base_of(request))
    return streamed(request, Streamed("claims", form, check, begin, lambda export: render(export, wanted)))


def streamed(request: Request, asked: Streamed[E]) -> Response:
    """The answer that streams a whole result. Its first chunk is read at once, so that what can be told of faults is
    told in a proper answer; a fault after that breaks the connection.
    """
    database: Database = request.app.state.database
    slots: ExportSlots = request.app.state.exports
    is_kept = request.method == "GET"  # answers to POST have no tag
    if is_kept and is_conditional(request):  # an answer of 304 needs none of the slots
        with database.read() as connection:
            tag = list_tag(request, asked.check(connection).tag, asked.form.name)  # refusals come first
        if had := unchanged(request, tag, exists=True):
            return had
    with ExitStack() as held:
        held.callback(slots.take(client_of(request)))
        export = asked.begin(held.enter_context(database.read_through()))

        chunks = held.enter_context(closing(asked.render(export)))
        first = next(chunks, b"")
        name = f"{asked.name}-r{export.revision}.{asked.form.extension}"
        headers = {
            "Content-Type": asked.form.content_type,
            "Content-Disposition": f'attachment; filename="{name}"',
            "OnRecord-Revision": str(export.revision),
            **(described_by(request, asked.form.described_by, export.revision) if is_kept else {}),
        }
        answer = ExportResponse(database, export, chain([first], chunks), headers)
        answer.held = held.pop_all()
    return tagged(request, answer, list_tag(request, export.tag, asked.form.name)) if is_kept else answer


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
