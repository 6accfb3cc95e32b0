"""Claims: find them, and read one."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BeforeValidator, Field

from app.api.docs import operation
from app.api.formats import EXPORTED, export_response, format_of
from app.api.pages import MAX_LIMIT, PageQuery, document_response, page_response, read_cursor, whole_number
from app.api.queries import read_query
from app.domain.documents import ClaimOut, ClaimPage
from app.domain.fields import Query, by_name, claim_query_model, conditions_of, query_field
from app.errors import BadValue
from app.store.db import Database
from app.store.search import Search, find_claims, read_claim

router = APIRouter(prefix="/v1/claims", tags=["claims"])


def _page_limit(limit: int) -> int:
    if limit > MAX_LIMIT:
        raise BadValue(f"a page has at most {MAX_LIMIT}; format=ndjson and format=csv give any number")
    return limit


def _no_cursor(cursor: object) -> None:
    if cursor is not None:
        raise BadValue("this format gives the whole result at once, and has no pages; leave it out")


class ClaimListQuery(Query):
    """What lists of claims take beside filters, in any format."""

    sort: Literal["-said_on", "said_on"] = query_field(
        "The newest first, within a day in the order of arrival, unknown dates last; or the exact mirror of that.",
        "said_on",
        default="-said_on",
    )
    format: Literal["json", "ndjson", "csv"] | None = query_field(
        "json: pages. ndjson: the whole result, one claim a line. csv: the whole result as a table, with dotted columns"
        " (`speaker.name`, `figures.0.value`). It goes before `Accept`, which is read where this is left out.",
        "json",
    )


class ClaimPageQuery(ClaimListQuery, PageQuery):
    """The same for pages."""

    limit: Annotated[int, BeforeValidator(whole_number), Field(ge=1), AfterValidator(_page_limit)] = query_field(
        f"How many to give: at most {MAX_LIMIT} as json. The other formats give any number, and all by default.",
        10,
        default=50,
    )


class ClaimExportQuery(ClaimListQuery):
    """The same for the whole result at once."""

    limit: Annotated[int, BeforeValidator(whole_number), Field(ge=1)] | None = None
    cursor: Annotated[None, BeforeValidator(_no_cursor)] = None


ClaimQuery = claim_query_model(ClaimPageQuery)
ExportQuery = claim_query_model(ClaimExportQuery)


@router.get(
    "",
    operation_id="list_claims",
    summary="Find claims",
    **operation(ClaimQuery, 406, 422, 503, answer=ClaimPage, also=EXPORTED),
)
def list_claims(request: Request) -> Response:
    """The claims that meet all the filters: one page at a time, or all of them as a file."""
    form = format_of(request)
    if form != "json":
        export = read_query(request, ExportQuery)
        return export_response(request, form, search_of(export), export.limit)
    query = read_query(request, ClaimQuery)
    cursor = read_cursor(request, query)
    search = replace(search_of(query), limit=query.limit)
    if cursor:
        search = replace(search, start=cursor.start, revision=cursor.revision, total=cursor.counted)
    database: Database = request.app.state.database
    with database.read() as connection:
        page = find_claims(connection, search)
    return page_response(request, query, page)


def search_of(query: ClaimListQuery) -> Search:
    """What a query asks for, apart from which page of it."""
    conditions = conditions_of(query)
    status = by_name(conditions, "status")
    return Search(conditions, status.values[0] if status else "active", query.sort == "-said_on")


@router.get(
    "/{id}", operation_id="get_claim", summary="Read a claim", **operation(None, 404, 422, 503, answer=ClaimOut)
)
def get_claim(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """The claim as it is now; a retracted one says so in `status` and `retraction`."""
    read_query(request, Query)
    database: Database = request.app.state.database
    with database.read() as connection:
        return document_response(read_claim(connection, id))
