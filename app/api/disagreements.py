"""Disagreements: values of one metric that contradict each other, and why they may."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BeforeValidator, Field

from app.api.docs import operation
from app.api.over_time import FILTERS, OF_SPEAKERS, MetricQuery, answer_of, answered, asked_of
from app.api.pages import MAX_LIMIT, whole_number
from app.api.queries import JsonQuery, read_query
from app.domain.query.registry import claim_query_model, query_field
from app.domain.record.figures_out import DisagreementPage
from app.store.database.engine import Snapshot
from app.store.records.document import encode
from app.store.search.disagreements import find_disagreements
from app.store.search.metric_figures import figures_of_metric

router = APIRouter(prefix="/v1/metrics", tags=["metrics"])


class DisagreementOptions(MetricQuery, JsonQuery):
    """Parameters of disagreements beside filters."""

    periods: Literal["overlapping", "equal", "any"] = query_field(
        "How the periods of two figures lie to each other: `overlapping` (the default: they share a day), `equal`, or"
        " `any`, unknown ones among them.",
        "any",
        default="overlapping",
    )
    limit: Annotated[int, BeforeValidator(whole_number(MAX_LIMIT)), Field(ge=1, le=MAX_LIMIT)] = query_field(
        "How many pairs to give at most, the first in their order.", 10, default=50
    )


DisagreementQuery = claim_query_model(DisagreementOptions, (*FILTERS, *OF_SPEAKERS))


@router.get(
    "/{id}/disagreements",
    operation_id="get_metric_disagreements",
    summary="Values of a metric that contradict each other",
    **operation(DisagreementQuery, 308, 404, 410, 422, 503, answer=DisagreementPage),
)
async def get_metric_disagreements(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """Pairs of figures of different claims whose intervals have no number in common, amounts with amounts and changes
    with changes; with why they may differ, by way of whom the sources have them, and how many documents, and
    independent ones, each value has. Pairs of one kind come first, then those of equal periods, then the widest gaps.
    """
    query = read_query(request, DisagreementQuery)
    by: Literal["period"] | None = None if query.periods == "any" else "period"

    def read(connection: Snapshot) -> Response:
        of = figures_of_metric(connection, asked_of(query, id, by))

        def make() -> Response:
            document = find_disagreements(of, query.periods, query.limit).document()
            return Response(encode(document).encode(), media_type="application/json")

        return answer_of(request, of, make)

    return await answered(request, read)
