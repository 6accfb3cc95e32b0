"""Sources: list them, and read one."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.api.docs import operation
from app.api.histories import HistoryQuery, record_history
from app.api.keys_in_paths import KeyInPath
from app.api.lists import record_by_key, record_document, record_list
from app.api.moments import AsOfPageQuery, RecordQuery
from app.domain.query.registry import query_field
from app.domain.record import records_in
from app.domain.record.records_in import Key, Name, Url
from app.domain.record.records_out import HistoryPage, SourceOut, SourcePage

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
    """Who changed the source when, and which fields, the newest first."""
    return record_history(request, "src", id)
