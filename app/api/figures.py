"""Figures as rows: each figure of the claims that are found, with who said it, when and where."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response

from app.api.caching import is_conditional, list_tag, tagged, unchanged
from app.api.claim_queries import read_tree
from app.api.docs import EXPORT_HEADERS, operation
from app.api.exports import Streamed, streamed
from app.api.figure_queries import (
    FigureExportQuery,
    FigureQuery,
    FigureSearchIn,
    digest_of_figures,
    figures_asked,
    page_of_figures,
)
from app.api.formats import FIGURES, chosen_format, content_of, require_json
from app.api.pages import envelope, packed, page_response, read_cursor, unpacked
from app.api.posted import IN_BODY, posted_search, told_of_body
from app.api.queries import read_query
from app.api.search_docs import FIGURE_SEARCH_BODY
from app.api.threads import Reading, Threads
from app.domain.query.registry import Query
from app.domain.record.figures_out import FigurePage, FigureSearchPage
from app.store.database.engine import Snapshot
from app.store.history.moment import Moment, require_seen
from app.store.search.figures import FigureExport, find_figures, matches_of_figures

router = APIRouter(prefix="/v1/figures", tags=["figures"])

FEW = 50  # figures that are shown while other requests wait


@router.get(
    "",
    operation_id="list_figures",
    summary="Find figures",
    **operation(FigureQuery, 406, 422, 503, answer=FigurePage, headers=("Link",)),
)
async def list_figures(request: Request) -> Response:
    """The figures of the claims that meet all the filters, a row each, one page at a time. Filters on figures choose
    the figures themselves: of a claim with two, of which one meets them, that one alone is a row.
    """
    threads: Threads = request.app.state.threads
    return await threads.answer(request, partial(_asked_by_query, request), len(request.scope["query_string"]))


def _asked_by_query(request: Request) -> Reading:
    query = read_query(request, FigureQuery)
    asked = page_of_figures(figures_asked(query), query.limit, read_cursor(request, query))

    def read(connection: Snapshot) -> Response:
        require_seen(connection, query.min_revision)
        if is_conditional(request):
            moment = asked.search.moment(connection)
            if had := unchanged(request, list_tag(request, moment.tag)):
                return had
        page = find_figures(connection, asked)
        return tagged(request, page_response(request, query, page), list_tag(request, page.tag))

    return Reading(read, is_short=query.limit <= FEW)


@router.post(
    "/search",
    operation_id="search_figures",
    summary="Find figures by a tree of conditions",
    **operation(None, 406, 413, 415, 422, 503, answer=FigureSearchPage, kept=False, body=FIGURE_SEARCH_BODY),
)
async def search_figures(request: Request) -> Response:
    """The figures that meet a tree of conditions, as `POST /v1/claims/search` takes it: conditions on figures, within
    `some` or by themselves, are asked of each figure alone, others of its claim.
    """
    read_query(request, Query, IN_BODY)
    given, size = await posted_search(request)
    require_json(request, given.get("format") if isinstance(given, dict) else None, FigureQuery.elsewhere)
    threads: Threads = request.app.state.threads
    return await threads.answer(request, partial(_asked_by_body, given), size)


def _asked_by_body(given: object) -> Reading:
    query, where = read_tree(given, FigureSearchIn)
    asked = figures_asked(query, where)
    digest = digest_of_figures(asked)
    with told_of_body():
        asked = page_of_figures(asked, query.limit, unpacked(query.cursor, digest))

    def read(connection: Snapshot) -> Response:
        with told_of_body():
            require_seen(connection, query.min_revision)
            page = find_figures(connection, asked)
        return Response(envelope(page, packed(page, digest)), media_type="application/json")

    return Reading(read, is_short=query.limit <= FEW)


@router.get(
    "/export",
    operation_id="export_figures",
    summary="Export figures",
    response_class=Response,
    **operation(FigureExportQuery, 406, 422, 501, 503, content=content_of(FIGURES), headers=EXPORT_HEADERS),
)
async def export_figures(request: Request) -> Response:
    """All figures that meet the filters of `GET /v1/figures`, in its order and of one revision, as one file."""
    threads: Threads = request.app.state.threads
    return await threads.export(partial(_exported, request))


def _exported(request: Request) -> Response:
    query = read_query(request, FigureExportQuery)
    asked = figures_asked(query)
    form = chosen_format(request, FIGURES, query.format, "/v1/figures gives pages as application/json")
    with request.app.state.database.read() as connection:
        require_seen(connection, query.min_revision)

    def check(connection: Snapshot) -> Moment:
        moment = asked.search.moment(connection)
        matches_of_figures(connection, asked, moment).first(1)
        return moment

    def begin(connection: Snapshot) -> FigureExport:
        return FigureExport(connection, asked, query.limit)

    return streamed(request, Streamed("figures", form, check, begin, FIGURES[form]))
