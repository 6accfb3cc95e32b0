"""Figures over time: a metric's series, and what one speaker said on a metric."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from app.api.caching import conditional, list_tag
from app.api.docs import operation
from app.api.drawing import drawn
from app.api.formats import SERIES, SERIES_NAMES, Format, chosen_format, content_of, told_of
from app.api.moments import AsOf, as_of_field
from app.api.pages import whole_number
from app.api.queries import JsonQuery, read_query
from app.api.threads import Reading, Threads
from app.domain.query.registry import Query, claim_query_model, conditions_of, query_field
from app.domain.query.value_types import UnitText, id_type, parse_boolean
from app.domain.record.figures_out import SeriesPage, StatementsPage
from app.domain.record.points import SPLITS, By, Split
from app.errors import BadValue, near
from app.store.database.engine import Snapshot
from app.store.records.document import encode
from app.store.search.metric_figures import MetricAsked, MetricFigures, figures_of_metric
from app.store.search.series import read_series
from app.store.search.statements import statements_of

router = APIRouter(prefix="/v1")

MAX_POINTS: Final = 10_000
FILTERS: Final = (  # of claims and figures, which series take as well
    "figure__kind", "figure__change", "figure__period", "figure__period__within", "said_on", "said_on__within",
    "said_on__gte", "said_on__lte", "source__publisher", "verification", "dataset", "status",
)  # fmt: skip
OF_SPEAKERS: Final = ("speaker", "speaker__key", "speaker__name")


class MetricQuery(Query):
    """Parameters of answers about the figures of a metric."""

    as_of: AsOf = as_of_field()
    unit: UnitText = query_field(
        "The unit of the numbers, exactly converted; by default the metric's. Needed where that has none.", "count"
    )
    changes: Annotated[bool, BeforeValidator(parse_boolean)] = query_field(
        "true: with differences and ratios, apart from amounts. They are left out by default, unless `figure__change`"
        " asks for them.",
        True,
        default=False,
    )


class PointsQuery(MetricQuery):
    """The same of points."""

    limit: Annotated[int, BeforeValidator(whole_number(MAX_POINTS)), Field(ge=1, le=MAX_POINTS)] = query_field(
        "How many points to give at most, the newest.", 100, default=1000
    )


def _split(text: str) -> tuple[Split, ...]:
    given = [] if text == "none" else [name.strip() for name in text.split(",")]
    for name in given:
        if name not in SPLITS:
            told = f"{name[:80]!r} is none of {', '.join(SPLITS)}; write some of them with commas between, or none"
            raise BadValue(told, near(name, (*SPLITS, "none")))
    return tuple(one for one in SPLITS if one in given)


class SeriesOptions(PointsQuery):
    """Parameters of series beside filters."""

    by: By = query_field(
        "The time of a point: the period that the figure is about, or the date on which it was said.",
        "said_on",
        default="period",
    )
    split: Annotated[Any, AfterValidator(_split), WithJsonSchema({"type": "string", "maxLength": 100})] = query_field(
        "Series of their own for each `kind`, each `speaker`, both with a comma between (the default), or `none`."
        " Changes are always apart from amounts.",
        "kind",
    )
    format: Literal[SERIES_NAMES] | None = query_field(  # type: ignore[valid-type]  # the names of a table
        told_of(SERIES),
        "csv",
    )


class StatementsOptions(PointsQuery, JsonQuery):
    """Parameters of the statements of a speaker beside filters."""

    metric: id_type("met", (), "/v1/metrics?name=… finds it by its name") = query_field(  # type: ignore[valid-type]
        "The metric, by its id.", "met_3", default=...
    )


SeriesQuery = claim_query_model(SeriesOptions, (*FILTERS, *OF_SPEAKERS))
StatementsQuery = claim_query_model(StatementsOptions, FILTERS)


@router.get(
    "/metrics/{id}/series",
    tags=["metrics"],
    operation_id="get_metric_series",
    summary="A metric over time",
    **operation(
        SeriesQuery, 308, 404, 406, 410, 422, 501, 503, answer=SeriesPage, content=content_of(list(SERIES)[1:])
    ),
)
async def get_metric_series(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """The figures of a metric as points in time, in one unit, each with its interval and its claim; kinds, speakers
    and changes in series of their own. `left_out` tells which figures are none of them, and why.
    """
    query = read_query(request, SeriesQuery)
    split = query.split if query.split is not None else SPLITS
    form = chosen_format(request, SERIES, query.format)

    def read(connection: Snapshot) -> Response:
        of = figures_of_metric(connection, asked_of(query, id, query.by))

        def make() -> Response:
            series = read_series(of, query.by, query.limit)
            headers = _headers(of, form) if form.name != "json" else {}
            return Response(SERIES[form](series, split), headers=headers | {"Content-Type": form.content_type})

        return answer_of(request, of, make, form.name)

    return await drawn(request, await answered(request, read))


@router.get(
    "/speakers/{id}/statements-over-time",
    tags=["speakers"],
    operation_id="get_speaker_statements",
    summary="A speaker on a metric over time",
    **operation(StatementsQuery, 308, 404, 410, 422, 503, answer=StatementsPage),
)
async def get_speaker_statements(request: Request, id: str) -> Response:  # noqa: A002  # the API's name
    """The figures that a speaker gave of a metric, by the date of saying them: kinds apart, each beside the one before.
    `since_before` tells whether the two may both be right, and by how much they differ.
    """
    query = read_query(request, StatementsQuery)

    def read(connection: Snapshot) -> Response:
        found = statements_of(connection, id, asked_of(query, f"met_{query.metric}", "said_on"))

        def make() -> Response:
            return Response(encode(found.document(query.limit)).encode(), media_type="application/json")

        return answer_of(request, found.of, make)

    return await answered(request, read)


def asked_of(query: MetricQuery, metric_id: str, by: By | None) -> MetricAsked:
    """The figures of a metric that a query asks for. by: the date that they need."""
    return MetricAsked(metric_id, conditions_of(query), by, query.unit, query.changes, query.as_of)


def answer_of(request: Request, of: MetricFigures, make: Callable[[], Response], form: str = "json") -> Response:
    """The answer with its tag; or that the client has it."""
    return conditional(request, list_tag(request, of.moment.tag, form), make)


async def answered(request: Request, read: Callable[[Snapshot], Response]) -> Response:
    """The answer of `read`, made in a thread, and where it takes long in one for slow work."""
    threads: Threads = request.app.state.threads
    reading = Reading(read, is_short=False)
    return await threads.answer(request, lambda: reading, len(request.scope["query_string"]))


def _headers(of: MetricFigures, form: Format) -> dict[str, str]:
    """The headers of a file, which tell what is left out of it."""
    left_out = {reason: len(numbers) for reason, numbers in of.parts[1].items()}
    revision = of.moment.revision
    way = "attachment" if form.name == "csv" else "inline"  # a chart is looked at
    return {
        "Content-Disposition": f'{way}; filename="series-{of.metric["id"]}-r{revision}.{form.extension}"',
        "OnRecord-Revision": str(revision),
        "OnRecord-Left-Out": ", ".join(f"{reason}={count}" for reason, count in left_out.items()),
    }
