"""Aggregates of claims: counted by groups, and their figures measured, as JSON or as a table."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from app.api.aggregate_renderers import Links
from app.api.caching import is_conditional, list_tag, tagged, unchanged
from app.api.claim_queries import MomentQuery, TreeBody, listed, read_tree
from app.api.docs import operation
from app.api.drawing import drawn
from app.api.formats import GROUPS, GROUPS_NAMES, Format, chosen_format, content_of, told_of
from app.api.pages import links_of, whole_number
from app.api.posted import IN_BODY, posted_search, told_of_body
from app.api.queries import UNFILLED, read_query
from app.api.search_docs import AGGREGATE_BODY
from app.api.threads import Reading, Threads
from app.domain.query.aggregation import (
    COUNT,
    DEFAULT_GROUPS,
    MEASURES,
    MOST_GROUPS,
    Aggregation,
    parse_group_sort,
    parse_having,
    parse_measures,
)
from app.domain.query.groupings import GROUPINGS, MOST_GROUPINGS, parse_groupings
from app.domain.query.registry import Query, claim_query_model, conditions_of, query_field
from app.domain.query.tree import Where, joined
from app.domain.record.aggregates_out import AggregateOut
from app.errors import BadRequest
from app.store.database.engine import Snapshot
from app.store.history.moment import require_seen
from app.store.search.aggregate import Aggregate, find_groups
from app.store.search.matches import Search

router = APIRouter(prefix="/v1/claims", tags=["claims"])

TABLES: Final = content_of(list(GROUPS)[1:])
_NAMES: Final = WithJsonSchema({"type": "string", "maxLength": 400})


class AggregateOptions(MomentQuery):
    """Parameters of aggregates beside filters."""

    group_by: Annotated[Any, AfterValidator(parse_groupings), _NAMES] = query_field(
        f"Up to {MOST_GROUPINGS}, separated by commas, of {', '.join(f'`{name}`' for name in GROUPINGS)}. Without it"
        " all that is found is one group.",
        "speaker",
    )
    measure: Annotated[Any, AfterValidator(parse_measures), _NAMES] = query_field(
        f"`{COUNT}`, which counts claims and is always told; and of the figures that meet the `figure__…` filters"
        f" {', '.join(f'`{name}`' for name in MEASURES)}, separated by commas. They need `figure__unit`, or one metric"
        " that has a unit: amounts are converted exactly. A figure counts by its `value`.",
        COUNT,
    )
    having: Annotated[Any, AfterValidator(parse_having), _NAMES] = query_field(
        "Only groups that meet all of these conditions, separated by commas: a measure with `gt`, `gte`, `lt`, `lte` or"
        " none of them, and a number.",
        "count__gte:5",
    )
    sort: Annotated[Any, AfterValidator(parse_group_sort), _NAMES] = query_field(
        "`count`, `group` (dates in the order of time, records of their ids, texts of their letters, unknown ones last)"
        " or a measure; a minus is descending. Of equal ones the first group is first.",
        f"-{COUNT}",
        default=f"-{COUNT}",
        json_schema_extra=UNFILLED,
    )
    limit: Annotated[int, BeforeValidator(whole_number()), Field(ge=1, le=MOST_GROUPS)] = query_field(
        f"How many groups to give: {DEFAULT_GROUPS} by default, at most {MOST_GROUPS:,}. The rest are `other_count`.",
        10,
        default=DEFAULT_GROUPS,
        json_schema_extra=UNFILLED,
    )
    format: Literal[GROUPS_NAMES] | None = query_field(  # type: ignore[valid-type]  # the names of a table
        told_of(GROUPS), "csv"
    )

    @property
    def aggregation(self) -> Aggregation:
        """The groups and measures asked for. Raises BadRequest where groups are chosen by what is not measured."""
        measures = self.measure or ()
        asked = Aggregation(self.group_by or (), measures, self.having or (), self.sort, self.limit)
        by_measures = {"sort": [asked.sort.lstrip("-")], "having": [one.measure for one in asked.having]}
        for name, used in by_measures.items():
            for one in used:
                if one in MEASURES and one not in measures:
                    raise BadRequest.of(name, "bad-combination", f"{one} is not measured; add it to measure")
        return asked


AggregateQuery = claim_query_model(AggregateOptions)


class AggregateIn(TreeBody, AggregateOptions):
    """The body of an aggregate: a tree of conditions, and the same beside."""

    group_by: Annotated[Any, BeforeValidator(listed), AfterValidator(parse_groupings)] = None
    measure: Annotated[Any, BeforeValidator(listed), AfterValidator(parse_measures)] = None
    having: Annotated[Any, BeforeValidator(listed), AfterValidator(parse_having)] = None


@router.get(
    "/aggregate",
    operation_id="aggregate_claims",
    summary="Count claims by groups, and measure their figures",
    **operation(AggregateQuery, 406, 422, 501, 503, answer=AggregateOut, content=TABLES),
)
async def aggregate_claims(request: Request) -> Response:
    """The claims that meet all the filters, counted by what `group_by` names. A claim counts once in each group that it
    belongs to. Groups of an element's field are of the elements that meet the filters on that element. Unknown
    values are a group of their own, null; a claim whose date lies in several groups is in none of them, and counts in
    `spanning`.
    """
    threads: Threads = request.app.state.threads
    answer = await threads.answer(request, partial(_asked_by_query, request), len(request.scope["query_string"]))
    return await drawn(request, answer)


def _asked_by_query(request: Request) -> Reading:
    query = read_query(request, AggregateQuery)
    asked, form = query.aggregation, chosen_format(request, GROUPS, query.format)
    search = Search(joined(conditions_of(query)), as_of=query.as_of)

    def read(connection: Snapshot) -> Response:
        require_seen(connection, query.min_revision)
        tag = list_tag(request, search.moment(connection).tag, form.name)
        if is_conditional(request) and (had := unchanged(request, tag)):
            return had
        found = find_groups(connection, search, asked)
        links, _ = links_of(request, None)
        return tagged(request, _response(found, asked, form, {"self": links["self"]}), tag)

    return Reading(read, is_short=False)


@router.post(
    "/aggregate",
    operation_id="aggregate_found_claims",
    summary="Count what a tree of conditions finds by groups",
    **operation(
        None, 406, 413, 415, 422, 501, 503, answer=AggregateOut, content=TABLES, kept=False, body=AGGREGATE_BODY
    ),
)
async def aggregate_found_claims(request: Request) -> Response:
    """The same of the claims that meet a tree of conditions, as `POST /v1/claims/search` takes it. Groups of an
    element's field are of the elements that meet what the outermost `and` asks of one.
    """
    read_query(request, Query, IN_BODY)
    given, size = await posted_search(request)
    threads: Threads = request.app.state.threads
    return await drawn(request, await threads.answer(request, partial(_asked_by_body, request, given), size))


def _asked_by_body(request: Request, given: object) -> Reading:
    query, where = read_tree(given, AggregateIn)
    with told_of_body():
        asked, form = query.aggregation, chosen_format(request, GROUPS, query.format)

    def read(connection: Snapshot) -> Response:
        with told_of_body():
            require_seen(connection, query.min_revision)
            return _response(find_groups(connection, _search(where, query), asked), asked, form)

    return Reading(read, is_short=False)


def _search(where: Where, query: AggregateIn) -> Search:
    return Search(where, as_of=query.as_of)


def _response(found: Aggregate, asked: Aggregation, form: Format, links: Links | None = None) -> Response:
    headers = {"Content-Type": form.content_type}
    if form.name != "json":
        way = "attachment" if form.name == "csv" else "inline"  # a chart is looked at
        name = f"aggregate-r{found.revision}.{form.extension}"
        headers |= {
            "Content-Disposition": f'{way}; filename="{name}"',
            "OnRecord-Revision": str(found.revision),
        }
    return Response(GROUPS[form](found, asked, links), headers=headers)
