"""Changes: what revisions did, in their order, to keep a copy up to date; as pages, or as a stream of events."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from anyio import create_task_group
from fastapi import APIRouter, Request, Response
from pydantic import BeforeValidator, Field

from app.api.access import look_again
from app.api.caching import conditional, list_tag
from app.api.docs import operation
from app.api.events import EventStream, wants_events
from app.api.formats import require_json
from app.api.pages import MAX_LIMIT, whole_number
from app.api.queries import read_query
from app.api.threads import Reading, Threads
from app.api.waiting import Waiting
from app.domain.query.registry import Query, query_field
from app.domain.record.answers_out import ChangesOut
from app.store.database.derived_versions import DOCUMENT_VERSION
from app.store.database.engine import Snapshot
from app.store.history.moment import moment_of
from app.store.search.feed import Feed, read_feed
from app.store.search.feed_places import read_place

MAX_WAIT: Final = 60  # seconds: some proxies give up after that
FEW: Final = 50  # changes that are read where requests arrive

router = APIRouter(prefix="/v1/changes", tags=["changes"])


class ChangesQuery(Query):
    """Parameters of the changes."""

    since: Annotated[str, Field(max_length=80)] = query_field(
        "Begin after this: the number of a revision, 0 for the beginning, or `next` of an answer.", "0", default="0"
    )
    limit: Annotated[int, BeforeValidator(whole_number(MAX_LIMIT)), Field(ge=1, le=MAX_LIMIT)] = query_field(
        "How many changes to give at most.", 10, default=100
    )
    wait: Annotated[int, BeforeValidator(whole_number(MAX_WAIT)), Field(ge=1, le=MAX_WAIT)] | None = query_field(
        "Where there is nothing new, wait so many seconds for it before the answer, which is empty then.", 30
    )


@router.get(
    "",
    operation_id="list_changes",
    summary="Follow what changes",
    **operation(ChangesQuery, 406, 422, 503, answer=ChangesOut),
)
async def list_changes(request: Request) -> Response:
    """All that revisions did to claims, speakers, sources and metrics, in their order, with the whole documents. Give
    `next` as `since` for what comes after; it moves on with an empty page, too. A page may end inside a revision
    (`revision_complete`): take what it did for seen only once it is whole. `Accept: text/event-stream` gives the same
    as server-sent events, without end: `change` for each of `data`, `revision` for each of `revisions` once it is
    whole, each with its place as `id`, which `Last-Event-ID` goes on from.
    """
    query = read_query(request, ChangesQuery)
    if wants_events(request):
        return await _events(request, query)
    require_json(request)
    asked = _Asked(request, query)
    answer = await asked.answer()
    if query.wait and asked.is_up_to_date and await _has_news(request, asked.newest, query.wait):
        await look_again(request)
        answer = await asked.answer()
    return answer


class _Asked:
    """A page that is asked for. newest: the newest revision as it was read."""

    def __init__(self, request: Request, query: ChangesQuery) -> None:
        self._request = request
        self._query = query
        self._after = read_place(query.since)
        self.is_up_to_date = False
        self.newest = 0

    async def answer(self) -> Response:
        """Read it."""
        threads: Threads = self._request.app.state.threads
        reading = Reading(self._read, is_short=self._query.limit <= FEW)
        return await threads.answer(self._request, lambda: reading, 0)

    def _read(self, connection: Snapshot) -> Response:
        tag = list_tag(self._request, moment_of(connection).tag)
        feed = read_feed(connection, *self._after, self._query.limit)
        self.newest, self.is_up_to_date = feed.newest, not (feed.changes or feed.revisions or feed.has_more)
        return conditional(self._request, tag, lambda: _page(feed))


def _page(feed: Feed) -> Response:
    changes, revisions = (b",\n".join([one.json for one in some]) for some in (feed.changes, feed.revisions))
    meta = {"revision": feed.newest, "has_more": feed.has_more, "documents": DOCUMENT_VERSION}
    end = {"next": feed.next, "revision_complete": feed.is_complete, "meta": meta}
    tail = memoryview(msgspec.json.encode(end))[1:]
    body = b"".join((b'{"data":[', changes, b'],"revisions":[', revisions, b"],", tail))
    return Response(body, media_type="application/json")


async def _has_news(request: Request, seen: int, seconds: float) -> bool:
    """Wait for another revision than was seen, as long as the client does; whether there may be one."""
    waiting: Waiting = request.app.state.waiting
    news = False
    with waiting.place():
        async with create_task_group() as group:

            async def leave() -> None:
                while (await request.receive())["type"] != "http.disconnect":
                    pass
                group.cancel_scope.cancel()

            group.start_soon(leave)
            news = await waiting.other_than(seen, seconds)
            group.cancel_scope.cancel()
    return news


async def _events(request: Request, query: ChangesQuery) -> Response:
    """The stream of events. Its beginning is checked before its head is sent."""
    return await EventStream.begun(request, request.headers.get("last-event-id") or query.since, query.limit)
