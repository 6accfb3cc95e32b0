"""Filters on one element of a list: the same role, figure, citation, assessment or relation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import and_, select

from app.domain.query.logic import And, Not, Or
from app.domain.query.registry import Condition
from app.domain.query.tree import Where
from app.domain.text.tokenizer import tokens
from app.store.database.statements import Fixed, Sql
from app.store.database.tables import OPEN_END, OPEN_START, Assessment, Citation, Figure, Relation, Role, Source
from app.store.history.revision import shown_at
from app.store.index.ranges import DAYS, day_leaves, inner_terms, meeting_terms
from app.store.records.days import days_of
from app.store.records.index_terms import term
from app.store.records.names import folded
from app.store.search.asking import Asking
from app.store.search.clauses import (
    Clause,
    Expression,
    Part,
    all_parts,
    any_part,
    element_clause,
    lies_within,
    listed,
    meets,
    no_part,
    nothing,
)
from app.store.search.formula import EVERYTHING, NOTHING, Mark, all_of, none_of, terms
from app.store.search.lookups import sources_at, speakers_named, survivors
from app.store.search.measures import (
    Measure,
    both_hold,
    measure_of,
    metrics_of,
    of_dimension,
    unit_of_metric,
    value_parts,
)

TABLES: dict[str, Any] = {
    "role": Role, "figure": Figure, "citation": Citation, "assessment": Assessment, "relation": Relation
}  # fmt: skip


def some_clause(element: str, where: Where, asking: Asking) -> Clause:
    """A clause that one element meets all that is asked. Raises BadRequest as clauses_of does."""
    there = EVERYTHING if element == "citation" else none_of(terms([term(element, None)]))
    return element_clause(TABLES[element], element_part(where, asking), there)


def element_part(where: Where, asking: Asking, known: Measure | None = None) -> Part:
    """The filter on one element. known: what an `and` around says of unit, match and metric."""
    match where:
        case And(parts):
            return _all(parts, asking, known or Measure())
        case Or(parts):
            return any_part([element_part(part, asking, known) for part in parts])
        case Not(part):
            return no_part(element_part(part, asking, known))
    return _all((where,), asking, known or Measure())


def _all(parts: tuple[Where, ...], asking: Asking, known: Measure) -> Part:
    own = tuple(part for part in parts if isinstance(part, Condition))
    measure = measure_of(own, asking, known)
    found = [PARTS[one.name](one, asking) for one in own if one.name in PARTS]
    found += value_parts(own, measure, asking)
    found += [element_part(part, asking, measure) for part in parts if not isinstance(part, Condition)]
    return all_parts(found)


# Roles


def _role_status(one: Condition, _asking: Asking) -> Part:
    return listed("role__status", Role.status, one.values)


def _role_basis(one: Condition, _asking: Asking) -> Part:
    return replace(listed("role__basis", Role.basis, one.values), ordered=None)


def _role_title(one: Condition, _asking: Asking) -> Part:
    return replace(listed("role__title", Role.title_folded, tuple(map(folded, one.values))), ordered=None)


def _title_contains(one: Condition, _asking: Asking) -> Part:
    words = tuple(tokens(one.values[0]))
    if not words:
        return Part(NOTHING, Sql(nothing), True)
    rows = Sql(_title_has, tuple(f" {word}" for word in words))
    return Part(all_of(Mark(f"t{word}") for word in words), rows, len(words) == 1)


def _title_has(words: tuple[Any, ...]) -> Expression:
    return and_(*(Role.title_words.contains(word) for word in words))


def _organization(one: Condition, asking: Asking) -> Part:
    return _by_organization(survivors(asking.connection, "spk", one.values, asking.moment))


def _organization_name(one: Condition, asking: Asking) -> Part:
    return _by_organization(speakers_named(asking.connection, one.values, asking.moment))


def _by_organization(ids: tuple[int, ...]) -> Part:
    return listed("organization", Role.organization_id, ids, lambda number: f"spk_{number}")


# Citations


def _source(one: Condition, asking: Asking) -> Part:
    return _by_source(survivors(asking.connection, "src", one.values, asking.moment))


def _by_source(ids: tuple[int, ...]) -> Part:
    return listed("source", Citation.source_id, ids, lambda number: f"src_{number}")


def _source_url(one: Condition, asking: Asking) -> Part:
    return _by_source(sources_at(asking.connection, one.values, asking.moment))


def _publisher(one: Condition, _asking: Asking) -> Part:
    return listed("source__publisher", Citation.publisher, tuple(folded(name) for name in one.values))


def _source_kind(one: Condition, asking: Asking) -> Part:
    rows = Sql(_of_kind, one.values, asking.moment.revision)
    return Part(terms(term("source__kind", kind) for kind in one.values), rows, True)


def _of_kind(kinds: tuple[Any, ...], revision: Any) -> Expression:
    known = select(Source.id).where(Source.kind.in_(kinds), shown_at(revision, Source.since, Source.until))
    return Citation.source_id.in_(known)


def _verification(one: Condition, _asking: Asking) -> Part:
    return listed("verification", Citation.verification, one.values)


# Dates of elements

_PERIOD = Fixed(Figure.period_from), Fixed(Figure.period_to)
_PUBLISHED = Fixed(Citation.published_from), Fixed(Citation.published_to)


def _dated(field: str, columns: tuple[Fixed, Fixed], bounds: Callable[[Any], tuple[int, int]]) -> Any:
    def part(one: Condition, _asking: Asking) -> Part:
        first, last = bounds(one.values[0])
        found = terms(meeting_terms(field, DAYS, day_leaves(first, last)))
        return Part(found, Sql(meets, *columns, first, last), True)

    return part


def _dated_within(field: str, columns: tuple[Fixed, Fixed]) -> Any:
    def part(one: Condition, _asking: Asking) -> Part:
        first, last = days_of(one.values[0])
        found = terms(inner_terms(field, DAYS, day_leaves(first, last)))
        return Part(found, Sql(lies_within, *columns, first, last), False)

    return part


def _from(when: Any) -> tuple[int, int]:
    return days_of(when)[0], OPEN_END


def _until(when: Any) -> tuple[int, int]:
    return OPEN_START, days_of(when)[1]


# Figures


def _metric(one: Condition, asking: Asking) -> Part:
    return listed("figure__metric", Figure.metric_id, metrics_of(one, asking), lambda number: f"met_{number}")


def _figure_kind(one: Condition, _asking: Asking) -> Part:
    return listed("figure__kind", Figure.kind, one.values)


def _figure_change(one: Condition, _asking: Asking) -> Part:
    return replace(listed("figure__change", Figure.change, one.values), ordered=None)


def _unit(one: Condition, _asking: Asking) -> Part:
    return listed("figure__unit", Figure.dimension, (one.values[0].dimension,))


def figure_order(where: Where, asking: Asking) -> tuple[str, Sql, bool]:
    """The figures that `where` asks for, as sort keys of claims: their dimension, which they are, and whether
    all found claims have one. Raises BadRequest `unit-needed` where they may be of several dimensions.
    """
    parts = where.parts if isinstance(where, And) else (where,)
    measure = measure_of(tuple(part for part in parts if isinstance(part, Condition)), asking, Measure())
    unit = measure.unit or unit_of_metric(None, measure, asking)
    meant = element_part(where, asking)
    # A figure of the metric may be a ratio of change, which is in no order with amounts.
    return unit.dimension, Sql(both_hold, Sql(of_dimension, unit.dimension), meant.rows), measure.unit is not None


# Assessments, relations


def _assessor(one: Condition, _asking: Asking) -> Part:
    values = tuple(map(folded, one.values))
    return replace(listed("assessment__publisher", Assessment.publisher_folded, values), ordered=None)


def _rating(one: Condition, _asking: Asking) -> Part:
    values = tuple(map(folded, one.values))
    return replace(listed("assessment__rating", Assessment.rating_folded, values), ordered=None)


def _related_to(one: Condition, _asking: Asking) -> Part:
    return replace(listed("related_to", Relation.claim_id, one.values), ordered=None)


def _relation_type(one: Condition, _asking: Asking) -> Part:
    return listed("relation__type", Relation.type, one.values)


PARTS: dict[str, Callable[[Condition, Asking], Part]] = {
    "role__status": _role_status,
    "role__basis": _role_basis,
    "role__title": _role_title,
    "role__title__contains": _title_contains,
    "organization": _organization,
    "organization__name": _organization_name,
    "figure__metric": _metric,
    "figure__metric__name": _metric,
    "figure__kind": _figure_kind,
    "figure__change": _figure_change,
    "figure__unit": _unit,
    "figure__period": _dated("figure__period", _PERIOD, days_of),
    "figure__period__within": _dated_within("figure__period", _PERIOD),
    "source": _source,
    "source__url": _source_url,
    "source__kind": _source_kind,
    "source__publisher": _publisher,
    "source__published_on": _dated("source__published_on", _PUBLISHED, days_of),
    "source__published_on__within": _dated_within("source__published_on", _PUBLISHED),
    "source__published_on__gte": _dated("source__published_on", _PUBLISHED, _from),
    "source__published_on__lte": _dated("source__published_on", _PUBLISHED, _until),
    "verification": _verification,
    "assessment__publisher": _assessor,
    "assessment__rating": _rating,
    "related_to": _related_to,
    "relation__type": _relation_type,
}
