"""Writes of many records by a request without a body, whose answer tells of the revision that they make."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fastapi import Request, Response

from app.api.access import require_scope
from app.api.bodies import require_no_body
from app.api.queries import read_query
from app.api.threads import Threads
from app.api.writes import WriteQuery, answered_once, repeatable_of
from app.store.access.idempotent_answers import Answer
from app.store.database.engine import Transaction
from app.store.records.document import Doc, encode
from app.store.write.edits import Author
from app.store.write.writing import write_once

Q = TypeVar("Q", bound=WriteQuery)


async def answer_revision(
    request: Request, model: type[Q], no_body: str, work: Callable[[Transaction, Q, Author], Doc]
) -> Response:
    """The answer to a request that makes a revision, once where it has an Idempotency-Key. no_body: why a body is
    refused. work: gives what became of it, with the revision's number in `revision`.
    """
    caller = await require_scope(request, "write")
    query = read_query(request, model)
    body = await require_no_body(request, no_body)
    repeatable = None if query.dry_run else repeatable_of(request, caller, body)
    author = Author(caller.name, query.comment)
    threads: Threads = request.app.state.threads

    def once(connection: Transaction) -> Answer:
        def done() -> Answer:
            return _answer(request, work(connection, query, author), is_tried=query.dry_run)

        return answered_once(caller, repeatable, connection, done)

    def write() -> Response:
        answer = write_once(request.app.state.database, once, dry_run=query.dry_run)
        return Response(answer.body.encode(), answer.status, answer.headers, "application/json")

    return await threads.write(write)


def _answer(request: Request, done: Doc, *, is_tried: bool) -> Answer:
    if is_tried:
        return Answer(200, {}, encode(done | {"revision": None}))
    path = f"{request.scope.get('root_path', '')}/v1/revisions/{done['revision']}"
    return Answer(201, {"Location": path, "OnRecord-Revision": str(done["revision"])}, encode(done))
