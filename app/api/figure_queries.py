"""Queries for lists of figures: all filters of claims, and how figures are sorted and converted."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from app.api.claim_queries import TreeBody, WholeResult, digest
from app.api.formats import FIGURE_NAMES, FIGURES, either, told_of
from app.api.moments import AsOf, as_of_field
from app.api.pages import Cursor, PageQuery, whole_number
from app.domain.query.registry import Query, claim_query_model, conditions_of, query_field
from app.domain.query.tree import Where, joined
from app.domain.query.value_types import UnitText
from app.errors import BadValue
from app.store.search.figures import FigureSearch, FigureSort
from app.store.search.matches import Search

ELSEWHERE = f"/v1/figures/export gives all that is found as {either(FIGURE_NAMES)}"


def _json_alone(form: object) -> object:
    if form != "json":
        raise BadValue(f"a list is json alone; {ELSEWHERE}")
    return form


class FigureListQuery(Query):
    """Parameters of lists and exports of figures beside filters."""

    sort: FigureSort | None = query_field(
        "A minus is descending. By the claim's date (`-said_on`, the default: the newest first, unknown dates last), or"
        " by value, of figures of one dimension: that of `figure__unit`, of the unit of one `figure__metric`, or of"
        " `convert_to`; others are below all.",
        "said_on",
    )
    convert_to: UnitText = query_field(
        "Give each value, low and high in this unit as well: exactly, or with 38 digits where the decimals do not end."
        " Figures that do not convert stay, and say why in `not_converted`.",
        "percent",
    )
    as_of: AsOf = as_of_field()
    min_revision: Annotated[int, BeforeValidator(whole_number()), Field(ge=0)] | None = query_field(
        "Answer only where this revision has been seen; else 503 `behind`.", "1"
    )


class FigurePageQuery(FigureListQuery, PageQuery):
    """The same for pages."""

    elsewhere: ClassVar[str] = ELSEWHERE
    format: Annotated[Literal["json"], BeforeValidator(_json_alone)] | None = query_field(
        "A list is JSON; `/v1/figures/export` gives other formats.", "json"
    )


class FigureWholeQuery(WholeResult, FigureListQuery):
    """The same for the whole result at once."""

    format: Literal[FIGURE_NAMES] | None = query_field(  # type: ignore[valid-type]  # the names of a table
        told_of(FIGURES),
        "csv",
    )


FigureQuery = claim_query_model(FigurePageQuery)
FigureExportQuery = claim_query_model(FigureWholeQuery)


class FigureSearchIn(TreeBody, FigurePageQuery):
    """The body of a search for figures: a tree of conditions, and what pages of figures take beside."""


def figures_asked(query: FigureListQuery, where: Where | None = None) -> FigureSearch:
    """The search that a query describes, without paging. where: of a body."""
    asked = joined(conditions_of(query)) if where is None else where
    return FigureSearch(Search(asked, as_of=query.as_of), query.sort or "-said_on", query.convert_to)


def page_of_figures(asked: FigureSearch, limit: int, cursor: Cursor | None) -> FigureSearch:
    """The same for the page that is asked for."""
    search = replace(asked.search, limit=limit)
    if cursor is not None:
        search = replace(search, after=cursor.place, revision=cursor.revision, mark=cursor.mark, total=cursor.counted)
    return replace(asked, search=search)


def digest_of_figures(asked: FigureSearch) -> str:
    """A digest of everything that a cursor is bound to."""
    return digest(asked.search.where, asked.sort, asked.search.as_of, asked.convert_to)
