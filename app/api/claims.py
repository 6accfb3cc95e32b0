"""Claims: find them, read one, and what they can be asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Request, Response
from starlette.routing import Route

from app.api.caching import conditional, is_conditional, list_tag, tag_of, tagged, unchanged
from app.api.claim_queries import (
    ClaimExportQuery,
    ClaimPageQuery,
    ClaimQuery,
    ExportQuery,
    FormatQuery,
    SearchExportIn,
    SearchIn,
    digest_of,
    page_of,
    read_search,
    search_of,
    view_of,
)
from app.api.docs import EXPORT_HEADERS, operation
from app.api.document_views import DocumentView
from app.api.exports import export_response
from app.api.fields import fields_document
from app.api.formats import CITATIONS, CLAIMS, EXPORTS, chosen_format, content_of, require_json
from app.api.histories import HistoryQuery, record_history
from app.api.keys_in_paths import KeyInPath
from app.api.lists import cited_claim, record_by_key, record_document
from app.api.moments import AsOfQuery, CitationQuery, ClaimStateQuery
from app.api.pages import envelope, packed, page_response, read_cursor, unpacked
from app.api.posted import IN_BODY, posted_search, told_of_body
from app.api.queries import JsonQuery, read_query
from app.api.search_docs import EXPORT_BODY, SEARCH_BODY
from app.api.threads import Reading, Threads
from app.domain.query.registry import Query
from app.domain.record.answers_out import ClaimFieldsOut, ClaimPage, HistoryPage, SearchPage
from app.domain.record.records_out import ClaimOut, RelatedOut
from app.errors import BadRequest
from app.store.database.engine import Database, Snapshot
from app.store.history.moment import require_seen
from app.store.records.document import encode
from app.store.search.facets import find_facets
from app.store.search.matches import Search, find_claims
from app.store.search.related import read_related
from app.store.search.results import Page

lists = APIRouter(prefix="/v1/claims", tags=["claims"])
router = APIRouter(prefix="/v1/claims", tags=["claims"])  # of single ones: any other name behind the path may be an id

PAGES = "/v1/claims gives pages as application/json"
TAKING = ", ".join(one.name for one in EXPORTS if one.takes_fields)
EXPORTED = content_of(EXPORTS)
LINKED = content_of([*CLAIMS][1:])
FEW = 10  # claims that are shown in part, or with the places of words, while other requests wait


@lists.get(
    "",
    operation_id="list_claims",
    summary="Find claims",
    **operation(ClaimQuery, 406, 422, 503, answer=ClaimPage, headers=("Link",)),
)
async def list_claims(request: Request) -> Response:
    """The claims that meet all the filters, one page at a time."""
    threads: Threads = request.app.state.threads
    return await threads.answer(request, partial(_asked_by_query, request), len(request.scope["query_string"]))


# Served past FastAPI, whose way to a function takes longer than the page; documented by the route above.
SHORTCUT = Route("/v1/claims", list_claims)


def _asked_by_query(request: Request) -> Reading:
    query = read_query(request, ClaimQuery)
    search = page_of(search_of(query), query, read_cursor(request, query))
    view = view_of(query, search.where)

    def read(connection: Snapshot) -> Response:
        require_seen(connection, query.min_revision)
        if is_conditional(request) and (had := unchanged(request, list_tag(request, search.moment(connection).tag))):
            return had
        page = _shown(_found(connection, search, query), view)
        return tagged(request, page_response(request, query, page), list_tag(request, page.tag))

    return Reading(read, is_short=_is_short(query, view))


def _found(connection: Snapshot, search: Search, query: ClaimPageQuery) -> Page:
    page = find_claims(connection, search)
    return replace(page, facets=find_facets(connection, search, query.facets)) if query.facets else page


def _is_short(query: ClaimPageQuery, view: DocumentView) -> bool:
    return not query.facets and (not view or query.limit <= FEW)


def _shown(page: Page, view: DocumentView) -> Page:
    return replace(page, documents=view.of(page.documents, page.languages)) if view else page


@lists.get(
    "/export",
    operation_id="export_claims",
    summary="Export claims",
    response_class=Response,
    **operation(ExportQuery, 406, 422, 501, 503, content=EXPORTED, headers=EXPORT_HEADERS),
)
async def export_claims(request: Request) -> Response:
    """All claims that meet the filters of `GET /v1/claims`, in its order and of one revision, as one file."""
    threads: Threads = request.app.state.threads
    return await threads.export(partial(_exported, request))


def _exported(request: Request) -> Response:
    export = read_query(request, ExportQuery)
    return _export(request, export, search_of(export))


def _export(request: Request, export: ClaimExportQuery, search: Search) -> Response:
    form = chosen_format(request, EXPORTS, export.format, PAGES)
    if export.fields and not form.takes_fields:
        told = f"{form.name} has no fields to choose from: those of a claim are for {TAKING}"
        raise BadRequest.of("fields", "bad-combination", told)
    with request.app.state.database.read() as connection:
        require_seen(connection, export.min_revision)
    return export_response(request, form, search, export.limit, export.fields or {})


@lists.post(
    "/export",
    operation_id="export_found_claims",
    summary="Export what a tree of conditions finds",
    response_class=Response,
    **operation(
        FormatQuery,
        406,
        413,
        415,
        422,
        501,
        503,
        content=EXPORTED,
        headers=EXPORT_HEADERS,
        kept=False,
        body=EXPORT_BODY,
    ),
)
async def export_found_claims(request: Request) -> Response:
    """All claims that meet the tree of conditions of `POST /v1/claims/search`, as one file."""
    asked = read_query(request, FormatQuery, IN_BODY)
    given, _ = await posted_search(request)
    threads: Threads = request.app.state.threads
    return await threads.export(partial(_exported_search, request, given, asked.format))


def _exported_search(request: Request, given: object, form: str | None) -> Response:
    export, search = read_search(given, SearchExportIn)
    if form is not None and export.format not in (None, form):
        detail = f"{form} in the query, and {export.format} in the body"
        raise BadRequest.of("format", "bad-combination", detail)
    with told_of_body():
        return _export(request, export.model_copy(update={"format": form or export.format}), search)


@lists.post(
    "/search",
    operation_id="search_claims",
    summary="Find claims by a tree of conditions",
    **operation(None, 406, 413, 415, 422, 503, answer=SearchPage, kept=False, body=SEARCH_BODY),
)
async def search_claims(request: Request) -> Response:
    """The claims that meet a tree of conditions: the fields, operators and options of `GET /v1/claims`, joined by and,
    or and not. `some` binds conditions to one and the same figure, role, citation, assessment or relation; outside of
    it each stands for itself. Where no condition names `status`, active claims are meant. The next page is asked for
    with `cursor` beside the same `where` and `sort`.
    """
    read_query(request, Query, IN_BODY)
    given, size = await posted_search(request)
    require_json(request, given.get("format") if isinstance(given, dict) else None)
    threads: Threads = request.app.state.threads
    return await threads.answer(request, partial(_asked_by_body, given), size)


def _asked_by_body(given: object) -> Reading:
    query, search = read_search(given, SearchIn)
    digest = digest_of(search)
    with told_of_body():
        search = page_of(search, query, unpacked(query.cursor, digest))
        view = view_of(query, search.where)

    def read(connection: Snapshot) -> Response:
        with told_of_body():
            require_seen(connection, query.min_revision)
            page = _shown(_found(connection, search, query), view)
        return Response(envelope(page, packed(page, digest)), media_type="application/json")

    return Reading(read, is_short=_is_short(query, view))


@lists.get(
    "/fields",
    operation_id="list_claim_fields",
    summary="List the fields that claims can be filtered by",
    **operation(JsonQuery, 422, answer=ClaimFieldsOut),
)
def list_claim_fields(request: Request) -> Response:
    """The registry of fields: each with its type and the parameters of `/v1/claims` that it makes, and the sorts and
    formats that there are: json of lists, the others of exports. Filters whose fields have the same `element` (other
    than `claim`) constrain one and the same role, figure or citation. Aggregates and facets count by the names in
    `group_by`.
    """
    read_query(request, JsonQuery)
    return conditional(request, tag_of("fields"), lambda: Response(fields_document(), media_type="application/json"))


@router.get(
    "/by-key/{key:key}",
    operation_id="get_claim_by_key",
    summary="Read a claim by its key",
    **operation(
        ClaimStateQuery, 308, 404, 406, 410, 422, 503, answer=ClaimOut, content=LINKED, headers=("Content-Location",)
    ),
)
async def get_claim_by_key(request: Request, key: KeyInPath) -> Response:
    """The claim, like `/v1/claims/{id}`, whose path `Content-Location` gives."""
    return await record_by_key(request, "clm", key)


@router.get(
    "/{id}",
    operation_id="get_claim",
    summary="Read a claim",
    **operation(ClaimStateQuery, 308, 404, 406, 410, 422, 503, answer=ClaimOut, content=LINKED),
)
async def get_claim(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """The claim as it is now, as it was, or one of its versions. A retracted one says so in `status` and `retraction`;
    one that was merged into another is answered with the way to that.
    """
    return await record_document(request, "clm", id)


@router.get(
    "/{id}/citation",
    operation_id="cite_claim",
    summary="Cite a claim",
    response_class=Response,
    **operation(CitationQuery, 308, 404, 406, 410, 422, 503, content=content_of(CITATIONS)),
)
async def cite_claim(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """How to cite the claim: as `key@revision`, with an address that gives it as it was in that revision, and with the
    first document that has it. Names are given whole, and dates that are no plain year, month or day in words.
    """
    return await cited_claim(request, id)


@router.get(
    "/{id}/related",
    operation_id="get_related_claims",
    summary="The relations of a claim from both ends",
    **operation(AsOfQuery, 308, 404, 410, 422, 503, answer=RelatedOut),
)
def get_related_claims(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """The claims that this one names in its relations, and in `related_from` the active claims that name this one: as
    of the same moment. A claim's document has its own relations alone: it is not another when a claim names it.
    """
    query = read_query(request, AsOfQuery)
    database: Database = request.app.state.database
    with database.read() as connection:
        related, mark = read_related(connection, id, query.as_of)
    answer = Response(encode(related).encode(), media_type="application/json")
    return conditional(request, list_tag(request, mark), lambda: answer)


@router.get(
    "/{id}/history",
    operation_id="get_claim_history",
    summary="The versions of a claim",
    **operation(HistoryQuery, 404, 422, 503, answer=HistoryPage, headers=("Link",)),
)
def get_claim_history(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """Each change of the claim: by whom, when, and which fields; the newest first."""
    return record_history(request, "clm", id)
