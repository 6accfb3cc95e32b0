"""Sources: list them, read one, and its text."""

from __future__ import annotations

from typing import Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response

from app.api.access import require_scope
from app.api.caching import conditional, tag_of
from app.api.docs import operation
from app.api.histories import HistoryQuery, record_history
from app.api.keys_in_paths import KeyInPath
from app.api.lists import record_by_key, record_document, record_list
from app.api.moments import AsOfPageQuery, RecordQuery, StateQuery
from app.api.queries import read_query
from app.domain.query.registry import query_field
from app.domain.record import records_in
from app.domain.record.answers_out import HistoryPage, SourcePage
from app.domain.record.records_in import Key, Name, Url
from app.domain.record.records_out import SourceOut
from app.store.database.engine import Database
from app.store.search.records import Asked, read_record
from app.store.search.texts import digest_of_text, read_text

TEXT: Final[dict[str, Any]] = {"text/plain": {"schema": {"type": "string"}}}

router = APIRouter(prefix="/v1/sources", tags=["sources"])


class SourceQuery(AsOfPageQuery):
    """Parameters of source lists."""

    key: Key | None = query_field("The source with this key.", "japan-cyber-2024")
    publisher: Name | None = query_field("Sources of this publisher; case and accents do not matter.", "Reuters")
    kind: records_in.SourceKind | None = query_field("Sources of this kind.", "article")
    url: Url | None = query_field("The source at this address.", "https://example.org/report")


@router.get(
    "",
    operation_id="list_sources",
    summary="List sources",
    **operation(SourceQuery, 406, 422, 503, answer=SourcePage, headers=("Link",)),
)
def list_sources(request: Request) -> Response:
    """The sources in the order of their ids."""
    return record_list(request, SourceQuery, "src")


@router.get(
    "/by-key/{key:key}",
    operation_id="get_source_by_key",
    summary="Read a source by its key",
    **operation(RecordQuery, 308, 404, 410, 422, 503, answer=SourceOut, headers=("Content-Location",)),
)
async def get_source_by_key(request: Request, key: KeyInPath) -> Response:
    """The source, like `/v1/sources/{id}`, whose path `Content-Location` gives."""
    return await record_by_key(request, "src", key)


@router.get(
    "/{id}",
    operation_id="get_source",
    summary="Read a source",
    **operation(RecordQuery, 308, 404, 410, 422, 503, answer=SourceOut),
)
async def get_source(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """The source as it is now, as it was, or one of its versions. One that was merged into another is answered with the
    way to that.
    """
    return await record_document(request, "src", id)


@router.get(
    "/{id}/history",
    operation_id="get_source_history",
    summary="The versions of a source",
    **operation(HistoryQuery, 404, 422, 503, answer=HistoryPage, headers=("Link",)),
)
def get_source_history(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """Each change of the source: by whom, when, and which fields; the newest first."""
    return record_history(request, "src", id)


@router.get(
    "/{id}/text",
    operation_id="get_source_text",
    summary="Read the text of a source",
    **operation(StateQuery, 308, 404, 410, 422, 503, content=TEXT, scope="text"),
)
async def get_source_text(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """The text that quotes are looked for in, as it was given, in UTF-8: `locator.start` and `end` count its
    characters. 404 `no-text` where the source has none.
    """
    await require_scope(request, "text")
    return await run_sync(_text_response, request, id, read_query(request, StateQuery).asked)


def _text_response(request: Request, record_id: str, asked: Asked) -> Response:
    database: Database = request.app.state.database
    with database.read() as connection:
        source = read_record(connection, "src", record_id, asked)

        def answer() -> Response:
            return Response(read_text(connection, source).encode(), media_type="text/plain")

        return conditional(request, tag_of(source.id, digest_of_text(source)), answer)
