"""Shared code of the routes that change one record: what a request says, the transaction, and the answer.

The answer is the whole record as it is stored by then, with its tag; of a dry run, as it would be, without one.
Warnings go beside it in a header, so that a body is a record and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Final, TypeVar

from fastapi import Request, Response
from pydantic import AfterValidator, BeforeValidator, Field

from app.api.access import Caller, require_scope
from app.api.bodies import MAX_RECORD, read_body, require_no_body
from app.api.caching import record_tag
from app.api.claim_queries import decode_search
from app.api.pages import plain_path_of
from app.api.preconditions import read_expected
from app.api.problems import problem_items
from app.api.queries import read_query
from app.api.threads import Threads
from app.api.write_docs import JSON
from app.domain.query.registry import Query, query_field
from app.domain.query.value_types import parse_boolean
from app.errors import BadMediaType, BadRequest, Problem, check_text
from app.store.access.idempotent_answers import HEADER, Answer, Repeatable
from app.store.access.keys import require_valid
from app.store.database.engine import Database, Transaction
from app.store.search.records import RESOURCES, read_record
from app.store.write.edits import Author, Change, ClaimEdit, DefinitionEdit, Edit, Edited
from app.store.write.expected import Expected
from app.store.write.writing import write_once

MAX_COMMENT: Final = 2_000  # characters
NO_BODY: Final = "a DELETE has no body; kind, reason and the rest of the retraction stand in the query"
MAX_WARNINGS: Final = 3_000  # bytes of the header: some proxies take 4 kB of all headers, and fail above

_NAME: Final = re.compile(r"[\x21-\x7e]{1,255}")

Q = TypeVar("Q", bound="WriteQuery")


class WriteQuery(Query):
    """Parameters of every write."""

    comment: Annotated[str, Field(max_length=MAX_COMMENT), AfterValidator(check_text)] | None = query_field(
        "A note, which the history keeps with the revision.", "corrected after a call with the ministry"
    )
    dry_run: Annotated[bool, BeforeValidator(parse_boolean)] = query_field(
        "true: nothing is stored; the answer is what would be, with warnings.", True, default=False
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that writes. value: its body, plain JSON; None where none is read. expected: what If-Match says."""

    query: WriteQuery
    value: Any
    expected: Expected | None


Prepare = Callable[[Sent], Change]  # done before the lock is taken: raises whatever is wrong with the request alone


async def answer_write(
    request: Request,
    prefix: str,
    prepare: Prepare,
    model: type[WriteQuery] = WriteQuery,
    *,
    media: tuple[str, ...] = JSON,
) -> Response:
    """The answer to a request that changes one record of a type. media: those of its body; none for no body."""
    caller = await require_scope(request, "write")
    query = read_query(request, model)
    expected = read_expected(request)
    _require_media(request, media)
    body = await read_body(request, MAX_RECORD) if media else await require_no_body(request, NO_BODY)
    repeatable = repeatable_of(request, caller, body)
    threads: Threads = request.app.state.threads

    def write() -> Response:
        sent = Sent(query, decode_search(body) if media else None, expected)
        author = Author(caller.name, query.comment)
        work = partial(_written, request, prefix, prepare(sent), caller, author, repeatable, dry_run=query.dry_run)
        database: Database = request.app.state.database
        answer = write_once(database, work, dry_run=query.dry_run)
        return Response(answer.body.encode(), answer.status, answer.headers, "application/json")

    return await threads.write(write)


def _require_media(request: Request, media: tuple[str, ...]) -> None:
    if not media:
        return
    given = request.headers.get("content-type", "")
    kind, _, parameters = given.partition(";")
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters, re.IGNORECASE)
    if kind.strip().lower() not in media or (charset and charset[1].lower() not in ("utf-8", "utf8")):
        told = f"the body is {given[:80]!r}" if given else "nothing says what the body is"
        raise BadMediaType(f"{told}; send JSON in UTF-8 with Content-Type: {media[0]}")


def repeatable_of(request: Request, caller: Caller, body: bytes) -> Repeatable | None:
    """The request, where it is a POST with an Idempotency-Key."""
    name = name_of_request(request) if request.method == "POST" else None
    if name is None:
        return None
    asked = (request.method, request.scope["path"], request.scope["query_string"].decode("latin-1"))
    digest = hashlib.sha256("\n".join(asked).encode("utf-8", "surrogatepass") + b"\n" + body).hexdigest()
    return Repeatable(caller.key_id or 0, name, digest)


def name_of_request(request: Request) -> str | None:
    """The Idempotency-Key of a request, if it has one. Raises BadRequest where that is no name, or stands twice."""
    names = request.headers.getlist(HEADER)
    if names and (len(names) > 1 or not _NAME.fullmatch(names[0])):
        told = "is 1 to 255 letters, digits and marks of ASCII without blanks, such as a UUID, and stands once"
        raise BadRequest.of(HEADER, "bad-value", told, "header")
    return names[0] if names else None


def _written(
    request: Request,
    prefix: str,
    change: Change,
    caller: Caller,
    author: Author,
    repeatable: Repeatable | None,
    connection: Transaction,
    *,
    dry_run: bool,
) -> Answer:
    """The answer of a change, which is carried out; or that which was given before."""

    def work() -> Answer:
        edit = ClaimEdit(connection, author) if prefix == "clm" else DefinitionEdit(connection, prefix, author)
        return _answer(request, connection, prefix, edit, change(edit), dry_run=dry_run)

    return answered_once(caller, None if dry_run else repeatable, connection, work)


def answered_once(
    caller: Caller, repeatable: Repeatable | None, connection: Transaction, work: Callable[[], Answer]
) -> Answer:
    """The answer of `work`; or that which was given to the same request before. repeatable: None for one without an
    Idempotency-Key. Raises Unauthorized where the caller's key was revoked, or has expired, since it was looked up: a
    body may take its time, and so may the lock.
    """
    now = datetime.now(UTC)
    require_valid(connection, caller.key_id or 0, now)
    if repeatable and (given := repeatable.answer(connection, now)):
        return replace(given, headers=given.headers | {"Idempotency-Replayed": "true"})
    answer = work()
    if repeatable:
        repeatable.keep(connection, answer, now)
    return answer


def _answer(
    request: Request, connection: Transaction, prefix: str, edit: Edit, done: Edited, *, dry_run: bool
) -> Answer:
    record = read_record(connection, prefix, done.id)
    is_new = done.is_new and not dry_run
    headers = {"OnRecord-Action": "created" if done.is_new and done.action != "revived" else done.action}
    if done.warnings:
        headers["OnRecord-Warnings"] = _header_of(done.warnings)
    if not dry_run:
        headers["ETag"] = record_tag(record)
        headers["Location" if is_new else "Content-Location"] = plain_path_of(request, RESOURCES[prefix], record.id)
        headers |= {"OnRecord-Revision": str(edit.revision.number)} if done.action != "unchanged" else {}
    return Answer(201 if is_new else 200, headers, record.document)


def _header_of(warnings: tuple[Problem, ...]) -> str:
    """The warnings as a list in JSON, in ASCII; at the end how many more there are than fit."""
    items = [{"name": one["name"], "code": one["code"], "detail": one["detail"]} for one in problem_items(warnings)]
    shown = len(items)
    while True:
        left = len(items) - shown
        more = [{"name": "", "code": "more", "detail": f"{left} more"}] if left else []
        text = json.dumps([*items[:shown], *more])
        if len(text) <= MAX_WARNINGS or not shown:
            return text
        shown -= 1
