"""Claims: find them, read one, and what they can be asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated, Literal
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, Path, Request, Response
from pydantic import AfterValidator, BeforeValidator, Field
from starlette.convertors import Convertor, register_url_convertor

from app.api.caching import conditional, is_conditional, list_tag, tag_of, tagged, unchanged
from app.api.docs import operation
from app.api.fields import fields_document
from app.api.formats import EXPORTED, export_response, format_of
from app.api.lanes import in_lanes
from app.api.pages import MAX_LIMIT, PageQuery, page_response, read_cursor, record_response, whole_number
from app.api.queries import UNFILLED, read_query
from app.domain.documents import ClaimFieldsOut, ClaimOut, ClaimPage
from app.domain.fields import Query, Sort, by_name, claim_query_model, conditions_of, query_field
from app.domain.where import joined
from app.errors import BadRequest, BadValue, Problem
from app.store.db import Database, alone
from app.store.search import Search, find_claims, read_claim, read_claim_by_key

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

    sort: Sort | None = query_field(
        "A minus is descending. By date (`-said_on`, the default: the newest first, within a day in the order of"
        " arrival, unknown dates last; `said_on` is the exact mirror), by when it was first recorded, by the value of"
        " the figures that are asked for, or (the default with `q`) by relevance: of the newest 10,000 first those with"
        " all words in the quote, then in quote or paraphrase, then anywhere; each by date.",
        "said_on",
    )
    format: Literal["json", "ndjson", "csv"] | None = query_field(
        "json: pages. ndjson: the whole result, one claim a line. csv: the whole result as a table, with dotted columns"
        " (`speaker.name`, `figures.0.value`). It goes before `Accept`, which is read where this is left out.",
        "json",
    )


class ClaimPageQuery(ClaimListQuery, PageQuery):
    """The same for pages."""

    limit: Annotated[int, BeforeValidator(whole_number()), Field(ge=1), AfterValidator(_page_limit)] = query_field(
        f"How many to give: as json 50 by default, at most {MAX_LIMIT}. The other formats give any number, and all by"
        " default.",
        10,
        default=50,
        json_schema_extra=UNFILLED,
    )


class ClaimExportQuery(ClaimListQuery):
    """The same for the whole result at once."""

    limit: Annotated[int, BeforeValidator(whole_number()), Field(ge=1)] | None = None
    cursor: Annotated[None, BeforeValidator(_no_cursor)] = None


ClaimQuery = claim_query_model(ClaimPageQuery)
ExportQuery = claim_query_model(ClaimExportQuery)


@router.get(
    "",
    operation_id="list_claims",
    summary="Find claims",
    **operation(ClaimQuery, 406, 422, 503, answer=ClaimPage, headers=("Link", "OnRecord-Revision"), also=EXPORTED),
)
async def list_claims(request: Request) -> Response:
    """The claims that meet all the filters: one page at a time, or all of them as a file."""
    return await in_lanes(request, partial(_found_claims, request))


def _found_claims(request: Request, seconds: float) -> Response:
    form = format_of(request)
    if form != "json":
        export = read_query(request, ExportQuery)
        return export_response(request, form, search_of(export), export.limit)
    query = read_query(request, ClaimQuery)
    cursor = read_cursor(request, query)
    search = replace(search_of(query), limit=query.limit)
    if cursor:
        search = replace(search, start=cursor.place, revision=cursor.revision, mark=cursor.mark, total=cursor.counted)
    database: Database = request.app.state.database
    with database.read(seconds) as connection:
        if is_conditional(request):
            with alone(connection):
                mark = search.moment(connection).mark(connection)
            if answer := unchanged(request, list_tag(request, mark)):
                return answer
        page = find_claims(connection, search)
    return tagged(request, page_response(request, query, page), list_tag(request, page.mark))


@router.get(
    "/fields",
    operation_id="list_claim_fields",
    summary="What claims can be asked for",
    **operation(None, 422, answer=ClaimFieldsOut),
)
def list_claim_fields(request: Request) -> Response:
    """The registry of fields: each with its type and the parameters of `/v1/claims` that it makes, and the sorts and
    formats that lists of claims take. Filters whose fields have the same `element` (other than `claim`) constrain one
    and the same role, figure or citation. `groupable` is for aggregates, which are still to come.
    """
    read_query(request, Query)
    return conditional(
        request, tag_of("fields"), lambda: Response(fields_document(ClaimQuery), media_type="application/json")
    )


class _Key(Convertor[str]):
    """A key in a path: slashes, new lines, anything; or nothing, which is no key."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("key", _Key())


@router.get(
    "/by-key/{key:key}",
    operation_id="get_claim_by_key",
    summary="Read a claim by its key",
    **operation(None, 404, 422, 503, answer=ClaimOut, headers=("Content-Location",)),
)
def get_claim_by_key(
    request: Request,
    key: Annotated[
        str,
        Path(
            description="The claim's whole key. Slashes may stand as they are; other characters that are special in"
            " addresses are percent-encoded.",
            examples=["japan-cyber-2024/shimada-1"],
        ),
    ],
) -> Response:
    """The claim as it is now, like `/v1/claims/{id}`, whose path `Content-Location` gives."""
    read_query(request, Query)
    database: Database = request.app.state.database
    with database.read() as connection:
        claim = read_claim_by_key(connection, _sent_key(request, key))
    location = f"{request.scope.get('root_path', '')}/v1/claims/{claim.id}"
    return record_response(request, claim, {"Content-Location": location})


def _sent_key(request: Request, decoded: str) -> str:
    """The key as it was sent: servers decode paths loosely, so that bytes which are not UTF-8 would pass for a key."""
    prefix = f"{request.scope.get('root_path', '')}/v1/claims/by-key/".encode()
    path: bytes = request.scope.get("raw_path") or b""
    if not path.startswith(prefix):  # the path before the key was sent in another spelling
        return decoded
    try:
        return unquote_to_bytes(path.removeprefix(prefix)).decode()
    except UnicodeDecodeError:
        detail = "the bytes are not UTF-8"
        raise BadRequest(
            f"key: {detail}", [Problem(("key",), "bad-encoding", detail, (), "path")], code="bad-encoding"
        ) from None


def search_of(query: ClaimListQuery) -> Search:
    """What a query asks for, apart from which page of it."""
    conditions = conditions_of(query)
    relevant = by_name(conditions, "q") is not None
    return Search(joined(conditions), query.sort or ("relevance" if relevant else "-said_on"))


@router.get(
    "/{id}", operation_id="get_claim", summary="Read a claim", **operation(None, 404, 422, 503, answer=ClaimOut)
)
def get_claim(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """The claim as it is now; a retracted one says so in `status` and `retraction`."""
    read_query(request, Query)
    database: Database = request.app.state.database
    with database.read() as connection:
        return record_response(request, read_claim(connection, id))
