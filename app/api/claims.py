"""Claims: find them, and read one."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response

from app.api.docs import operation
from app.api.pages import PageQuery, document_response, page_response, read_cursor
from app.api.queries import read_query
from app.domain.documents import ClaimOut, ClaimPage
from app.domain.fields import Query, by_name, claim_query_model, conditions_of, query_field
from app.store.db import Database
from app.store.search import Search, find_claims, read_claim

router = APIRouter(prefix="/v1/claims", tags=["claims"])


class ClaimPageQuery(PageQuery):
    """What a list of claims takes beside filters."""

    sort: Literal["-said_on", "said_on"] = query_field(
        "The newest first, within a day in the order of arrival, unknown dates last; or the exact mirror of that.",
        "said_on",
        default="-said_on",
    )


ClaimQuery = claim_query_model(ClaimPageQuery)


@router.get("", operation_id="list_claims", summary="Find claims", **operation(ClaimQuery, 422, 503, answer=ClaimPage))
def list_claims(request: Request) -> Response:
    """The claims that meet all the filters, one page at a time."""
    query = read_query(request, ClaimQuery)
    cursor = read_cursor(request, query)
    conditions = conditions_of(query)
    status = by_name(conditions, "status")
    search = Search(
        conditions,
        status=status.values[0] if status else "active",
        descending=query.sort == "-said_on",
        limit=query.limit,
        start=cursor.start if cursor else None,
        revision=cursor.revision if cursor else None,
        total=cursor.counted if cursor else None,
    )
    database: Database = request.app.state.database
    with database.read() as connection:
        page = find_claims(connection, search)
    return page_response(request, query, page)


@router.get(
    "/{id}", operation_id="get_claim", summary="Read a claim", **operation(None, 404, 422, 503, answer=ClaimOut)
)
def get_claim(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """The claim as it is now; a retracted one says so in `status` and `retraction`."""
    read_query(request, Query)
    database: Database = request.app.state.database
    with database.read() as connection:
        return document_response(read_claim(connection, id))
