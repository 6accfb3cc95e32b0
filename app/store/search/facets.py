"""Facets: counts of all that a list finds beside its page. Each leaves out the filters on its own field."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from app.domain.query.aggregation import Aggregation
from app.domain.query.groupings import Grouping
from app.domain.query.logic import And
from app.domain.query.registry import PARAMETERS, Condition
from app.domain.query.tree import Where, without
from app.errors import BadRequest
from app.store.history.moment import Moment
from app.store.search.aggregate import Groups
from app.store.search.matches import Matches, Search, matches_of
from app.store.search.results import Facet

MOST_GROUPS: Final = 20  # of each facet
_ANY_STATUS: Final = Condition(PARAMETERS["status"], ("any",))


def find_facets(connection: Connection, search: Search, groupings: tuple[Grouping, ...]) -> dict[str, Facet]:
    """The facets of a list, as of its revision. Raises BadRequest and QueryTimeout."""
    moment = search.moment(connection)
    known: dict[Where, Matches] = {}
    facets = {}
    for grouping in groupings:
        where = _where_of(search.where, grouping)
        if where not in known:
            known[where] = _matches(connection, search, where, moment)
        facets[grouping.name] = _facet(known[where], grouping)
    return facets


def _matches(connection: Connection, search: Search, where: Where, moment: Moment) -> Matches:
    """The matches without the filters on a field; with them, where they say in which unit values are asked for."""
    try:
        return matches_of(connection, replace(search, where=where), moment)
    except BadRequest:
        return matches_of(connection, search, moment)


def _where_of(where: Where, grouping: Grouping) -> Where:
    left = without(where, grouping.filters)
    return And((left, _ANY_STATUS)) if grouping.name == "status" else left


def _facet(matches: Matches, grouping: Grouping) -> Facet:
    groups = Groups(matches, Aggregation((grouping,), limit=MOST_GROUPS))
    chosen, groups_total = groups.chosen()
    shown = [{"value": row.group[grouping.name], "count": row.count} for row in groups.rows(chosen)]
    return Facet(shown, groups_total, groups.other_count(chosen), groups.tallying.spanning)
