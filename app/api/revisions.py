"""Revisions: list them, and read what one touched."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from fastapi import APIRouter, Request, Response

from app.api.caching import conditional, list_tag
from app.api.docs import operation
from app.api.lists import answer_page
from app.api.moments import AsOfPageQuery
from app.api.pages import PageQuery, envelope, links_of, packed_for, read_cursor
from app.api.queries import read_query
from app.api.revision_writes import answer_revision
from app.api.write_docs import undo_operation
from app.api.writes import WriteQuery
from app.domain.record.answers_out import RevisionOut, RevisionPage, UndoneOut
from app.store.database.engine import Database, Transaction
from app.store.history.moment import moment_of
from app.store.history.revision_list import read_revision, read_revisions
from app.store.records.document import Doc, encode
from app.store.search.lookups import Asking
from app.store.search.results import Page, Place, Total
from app.store.search.touched import Touch, touched_by
from app.store.write.edits import Author
from app.store.write.undo import undo_within

NO_BODY: Final = "an undo has no body; the revision stands in the path"

router = APIRouter(prefix="/v1/revisions", tags=["revisions"])


@router.get(
    "",
    operation_id="list_revisions",
    summary="List revisions",
    **operation(AsOfPageQuery, 422, 503, answer=RevisionPage, headers=("Link",)),
)
def list_revisions(request: Request) -> Response:
    """Each change of the database: by whom, when, and how much; the newest first."""
    query = read_query(request, AsOfPageQuery)

    def find(asking: Asking, after: Place | None) -> Page:
        newest = asking.moment.revision
        found = read_revisions(asking.connection, after.number if after else newest + 1, query.limit)
        end = Place(found[-1]["number"]) if found and found[-1]["number"] > 1 else None
        documents = ",\n".join(map(encode, found)).encode()
        return Page(documents, end, Total(newest, "eq"), newest, asking.moment.mark)

    return answer_page(request, query, find)


@router.get(
    "/{number}",
    operation_id="get_revision",
    summary="Read a revision",
    **operation(PageQuery, 404, 422, 503, answer=RevisionOut, headers=("Link",)),
)
def get_revision(request: Request, number: str) -> Response:
    """A revision, with the records that it touched: claims, then speakers, sources and metrics, then those
    that were merged, and those that ended.
    """
    query = read_query(request, PageQuery)
    cursor = read_cursor(request, query)
    database: Database = request.app.state.database
    with database.read() as connection:
        told = read_revision(connection, number)
        moment = moment_of(connection, told["number"], cursor.mark if cursor else None)

        def answer() -> Response:
            after = (cursor.day, cursor.number) if cursor else (0, 0)
            found = touched_by(connection, told["number"], query.limit + 1, after)
            last = found[query.limit - 1] if len(found) > query.limit else None
            end = Place(last.place, last.stage) if last else None
            documents = ",\n".join(map(_shown, found[: query.limit])).encode()
            page = Page(documents, end, None, moment.revision, moment.mark)
            following = packed_for(request, query, page)
            links, headers = links_of(request, following)
            body = encode(told)[:-1].encode() + b"," + envelope(page, following, links)[1:]
            return Response(body, headers=headers, media_type="application/json")

        return conditional(request, list_tag(request, moment.tag), answer)


@router.post(
    "/{number}/undo",
    operation_id="undo_revision",
    summary="Undo a revision",
    status_code=201,
    **undo_operation(WriteQuery, UndoneOut),
)
async def undo(request: Request, number: str) -> Response:
    """Take back what a revision did, in a new one: what it changed is as before again, what it created ends (unless
    something else shows it by now), what it ended or merged comes back. 409 where anything that it touched was edited
    since. There is no body; an empty object is one.
    """

    def undone(connection: Transaction, _: WriteQuery, author: Author) -> Doc:
        undoing = read_revision(connection, number)["number"]
        done = undo_within(connection, undoing, actor=author.actor, comment=author.comment)
        return asdict(done) | {"kept": [one._asdict() for one in done.kept]}

    return await answer_revision(request, WriteQuery, NO_BODY, undone)


def _shown(touch: Touch) -> str:
    return encode({"type": touch.type, "id": touch.id, "key": touch.key, "action": touch.action})
