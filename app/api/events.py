"""The changes as server-sent events (WHATWG HTML, 9.2): a stream that goes on as long as its client listens."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Final

from anyio.to_thread import run_sync
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.access import look_again
from app.api.media_types import is_liked
from app.api.problems import BrokenAnswer
from app.api.waiting import Waiting
from app.errors import OnRecordError
from app.store.database.engine import Database
from app.store.search.feed import Entry, Feed, read_feed
from app.store.search.feed_places import read_place

log = logging.getLogger("onrecord")

EVENTS: Final = "text/event-stream"
HEARTBEAT = 15.0  # seconds without news after which a comment is sent: so that a client that is gone is noticed
RETRY: Final = b"retry: 2000\n\n"  # milliseconds in which a client that was cut off comes again; sent at once


def wants_events(request: Request) -> bool:
    """Whether Accept prefers events to JSON."""
    return is_liked(request, EVENTS, "application/json")


class EventStream(StreamingResponse):
    """The answer that sends changes as they come. It holds a place among those that wait, and no connection to the
    database while it sends or waits. It ends when the server is to stop, where the database cannot be asked, and
    when the key of its client is revoked: the client then asks again from where it was.
    """

    def __init__(self, request: Request, limit: int, first: Feed) -> None:
        self._request = request
        self._database: Database = request.app.state.database
        self._waiting: Waiting = request.app.state.waiting
        self._limit = limit
        self._feed = first
        super().__init__(self._events(), media_type=EVENTS, headers={"X-Accel-Buffering": "no"})

    @classmethod
    async def begun(cls, request: Request, since: str, limit: int) -> EventStream:
        """The stream from a place on, whose first events are read. Raises BadRequest and TooManyWaiting."""
        waiting: Waiting = request.app.state.waiting
        waiting.take_place()
        try:
            return cls(request, limit, await run_sync(_read, request.app.state.database, since, limit))
        except BaseException:
            waiting.give_back()
            raise

    async def _events(self) -> AsyncIterator[bytes]:
        yield RETRY
        while not self._waiting.is_stopping():
            feed = self._feed
            if feed.changes or feed.revisions:
                yield b"".join(_in_turn(feed))
            elif not await self._waiting.other_than(feed.newest, HEARTBEAT):
                yield b":\n\n"
                continue
            await look_again(self._request)
            self._feed = await run_sync(_read, self._database, feed.next, self._limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. Raises BrokenAnswer for a fault of ours."""
        try:
            await super().__call__(scope, receive, send)
        except OnRecordError as error:
            log.warning("a stream of changes was ended: %s", error.detail)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:  # the client has gone, or wants the headers alone
            raise
        except Exception as error:
            log.error("an error of ours broke a stream of changes off", exc_info=error)
            raise BrokenAnswer from None
        finally:
            self._waiting.give_back()


def _read(database: Database, since: str, limit: int) -> Feed:
    with database.read_page() as connection:
        return read_feed(connection, *read_place(since), limit)


def _in_turn(feed: Feed) -> Iterator[bytes]:
    """The events of a page: the changes of each revision, and then the revision, once it is whole."""
    changes = iter(feed.changes)
    change = next(changes, None)
    for revision in feed.revisions:
        while change is not None and change.revision == revision.revision:
            yield _event("change", change)
            change = next(changes, None)
        if feed.is_complete or revision is not feed.revisions[-1]:
            yield _event("revision", revision)


def _event(name: str, entry: Entry) -> bytes:
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (entry.place.encode(), name.encode(), entry.json)
