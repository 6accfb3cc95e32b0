"""Metrics: list them, and read one."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.api.docs import operation
from app.api.histories import HistoryQuery, record_history
from app.api.keys_in_paths import KeyInPath
from app.api.lists import record_by_key, record_document, record_list
from app.api.moments import AsOfPageQuery, RecordQuery
from app.domain.query.registry import query_field
from app.domain.record.answers_out import HistoryPage, MetricPage
from app.domain.record.records_in import Key, Name
from app.domain.record.records_out import MetricOut

router = APIRouter(prefix="/v1/metrics", tags=["metrics"])


class MetricQuery(AsOfPageQuery):
    """Parameters of metric lists."""

    key: Key | None = query_field("The metric with this key.", "core-cyber-personnel")
    name: Name | None = query_field(
        "The metric of this name; case and accents do not matter.", "core cyber defence personnel"
    )


@router.get(
    "",
    operation_id="list_metrics",
    summary="List metrics",
    **operation(MetricQuery, 406, 422, 503, answer=MetricPage, headers=("Link",)),
)
def list_metrics(request: Request) -> Response:
    """The metrics in the order of their ids."""
    return record_list(request, MetricQuery, "met")


@router.get(
    "/by-key/{key:key}",
    operation_id="get_metric_by_key",
    summary="Read a metric by its key",
    **operation(RecordQuery, 308, 404, 410, 422, 503, answer=MetricOut, headers=("Content-Location",)),
)
async def get_metric_by_key(request: Request, key: KeyInPath) -> Response:
    """The metric, like `/v1/metrics/{id}`, whose path `Content-Location` gives."""
    return await record_by_key(request, "met", key)


@router.get(
    "/{id}",
    operation_id="get_metric",
    summary="Read a metric",
    **operation(RecordQuery, 308, 404, 410, 422, 503, answer=MetricOut),
)
async def get_metric(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """The metric as it is now, as it was, or one of its versions. One that was merged into another is answered with the
    way to that.
    """
    return await record_document(request, "met", id)


@router.get(
    "/{id}/history",
    operation_id="get_metric_history",
    summary="The versions of a metric",
    **operation(HistoryQuery, 404, 422, 503, answer=HistoryPage, headers=("Link",)),
)
def get_metric_history(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """Each change of the metric: by whom, when, and which fields; the newest first."""
    return record_history(request, "met", id)
