"""What is asked of one element of a list: the same role, figure, citation, assessment or relation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, or_, select

from app.domain.fields import Condition, by_name
from app.domain.figures import asked_interval
from app.domain.logic import And, Not, Or
from app.domain.units import Unit, parse_unit
from app.domain.where import Where
from app.domain.words import tokens
from app.errors import BadRequest, BadValue, Problem
from app.store.asking import Asking
from app.store.clauses import (
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
from app.store.days import days_of
from app.store.facts import value_field
from app.store.formula import EVERYTHING, NOTHING, Mark, all_of, none_of, terms
from app.store.index_terms import term
from app.store.lookups import metrics_named, sources_at, speakers_named, survivors, units_of
from app.store.models import OPEN_END, OPEN_START, Assessment, Citation, Figure, Relation, Role, Source
from app.store.names import folded
from app.store.ranges import AMOUNTS, DAYS, amount_leaves, day_leaves, inner_terms, meeting_terms
from app.store.revisions import shown_at
from app.store.statements import Fixed, Sql

TABLES: dict[str, Any] = {
    "role": Role, "figure": Figure, "citation": Citation, "assessment": Assessment, "relation": Relation
}  # fmt: skip


def some_clause(element: str, where: Where, asking: Asking) -> Clause:
    """A clause that one element meets all that is asked. Raises BadRequest as clauses_of does."""
    there = EVERYTHING if element == "citation" else none_of(terms([term(element, None)]))
    return element_clause(TABLES[element], element_part(where, asking), there)


def element_part(where: Where, asking: Asking, known: Measure | None = None) -> Part:
    """What is asked of one element. known: what an `and` around says of unit, match and metric."""
    match where:
        case And(parts):
            return _all(parts, asking, known or Measure())
        case Or(parts):
            return any_part([element_part(part, asking, known) for part in parts])
        case Not(part):
            return no_part(element_part(part, asking, known))
    return _all((where,), asking, known or Measure())


@dataclass(frozen=True)
class Measure:
    """How values are asked: in which unit, possible or certain; or of which metrics, whose unit it is then."""

    unit: Unit | None = None
    match: str | None = None
    metrics: tuple[int, ...] | None = None


def _all(parts: tuple[Where, ...], asking: Asking, known: Measure) -> Part:
    own = tuple(part for part in parts if isinstance(part, Condition))
    measure = _measure_of(own, asking, known)
    found = [PARTS[one.name](one, asking) for one in own if one.name in PARTS]
    found += _values(own, measure, asking)
    found += [element_part(part, asking, measure) for part in parts if not isinstance(part, Condition)]
    return all_parts(found)


# Roles


def _role_status(one: Condition, _asking: Asking) -> Part:
    return listed("role__status", Role.status, one.values)


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
    return listed("figure__metric", Figure.metric_id, _metrics(one, asking), lambda number: f"met_{number}")


def _metrics(one: Condition, asking: Asking) -> tuple[int, ...]:
    if one.name == "figure__metric__name":
        return metrics_named(asking.connection, one.values, asking.moment)
    return survivors(asking.connection, "met", one.values, asking.moment)


def _figure_kind(one: Condition, _asking: Asking) -> Part:
    return listed("figure__kind", Figure.kind, one.values)


def _figure_change(one: Condition, _asking: Asking) -> Part:
    return replace(listed("figure__change", Figure.change, one.values), ordered=None)


def _unit(one: Condition, _asking: Asking) -> Part:
    return listed("figure__unit", Figure.dimension, (one.values[0].dimension,))


VALUES = {"figure__value": "eq", **{f"figure__value__{name}": name for name in ("gt", "gte", "lt", "lte")}}
_BASE = Fixed(Figure.base_low), Fixed(Figure.base_high)


def _measure_of(conditions: tuple[Condition, ...], asking: Asking, known: Measure) -> Measure:
    """What these conditions say of unit, match and metric, in place of what stands around them."""
    unit, match = by_name(conditions, "figure__unit"), by_name(conditions, "figure__match")
    named = [one for one in conditions if one.name in ("figure__metric", "figure__metric__name")]
    metrics = _metrics(named[-1], asking) if named else known.metrics
    own = Measure(unit.values[0] if unit else known.unit, match.values[0] if match else known.match, metrics)
    if unit and metrics and len(metrics) == 1 and own.unit:
        _require_fit(unit, own.unit, metrics, asking)
    if match and not any(one.name in VALUES for one in conditions):
        told = "it says how values match; give figure__value or figure__value__gte, … beside it"
        raise _bad(match, "bad-combination", told)
    return own


def _require_fit(one: Condition, unit: Unit, metrics: tuple[int, ...], asking: Asking) -> None:
    """Refuse a unit that no asked metric can be in; a ratio may be a change of anything."""
    units = [parse_unit(text) for text in units_of(asking.connection, metrics, asking.moment) if text]
    if units and unit.dimension != "ratio" and all(own.dimension != unit.dimension for own in units):
        told = f"{unit} is of the dimension {unit.dimension}, the metric is in {units[0]}, of {units[0].dimension}"
        raise _bad(one, "wrong-dimension", f"{told}; ask for one or the other")


def _values(conditions: tuple[Condition, ...], measure: Measure, asking: Asking) -> list[Part]:
    """What is asked of values together: one interval, in base units."""
    given = [one for one in conditions if one.name in VALUES]
    if not given:
        return []
    unit = measure.unit or _unit_of_metric(given[0], measure, asking)
    asked: dict[str, Decimal] = {}
    for one in given:
        if VALUES[one.name] in asked:
            raise _bad(one, "repeated", f"{one.name} stands twice in one and; leave one out")
        asked[VALUES[one.name]] = one.values[0]
    ways = [
        _interval(given[0], unit, asked, measure, difference=way)
        for way in ((False, True) if unit.offset else (False,))
    ]
    found = terms(number for numbers, _ in ways for number in numbers)
    # Of °C and °F, changes are asked without their zero point, levels with it.
    rows = ways[0][1] if len(ways) == 1 else Sql(_of_levels_and_changes, ways[0][1], ways[1][1])
    dimension = Sql(_of_dimension, unit.dimension)
    return [Part(found, Sql(_both, dimension, rows), False)]


def _of_dimension(dimension: Any) -> Expression:
    return and_(Figure.dimension == dimension)


def _both(one: Expression, other: Expression) -> Expression:
    return and_(one, other)


def _of_levels_and_changes(levels: Expression, changes: Expression) -> Expression:
    return or_(and_(Figure.change.is_(None), levels), and_(Figure.change.is_not(None), changes))


def _interval(
    one: Condition, unit: Unit, asked: dict[str, Decimal], measure: Measure, *, difference: bool
) -> tuple[tuple[int, ...], Sql]:
    """The terms and the expression of the asked interval."""
    try:
        interval = asked_interval(unit, difference=difference, **asked)
    except BadValue as error:
        raise _bad(one, "bad-value", str(error)) from None
    if interval is None:
        return (), Sql(nothing)
    field, leaves = value_field(unit.text), amount_leaves(interval.low, interval.high)
    if measure.match == "certain":
        return inner_terms(field, AMOUNTS, leaves), Sql(lies_within, *_BASE, interval.low, interval.high)
    return meeting_terms(field, AMOUNTS, leaves), Sql(meets, *_BASE, interval.low, interval.high)


def _unit_of_metric(one: Condition | None, measure: Measure, asking: Asking) -> Unit:
    """The unit of the one asked metric; BadRequest `unit-needed` where there is none."""
    metrics = measure.metrics
    if metrics is not None and not metrics:
        return parse_unit("count")  # no such metric: nothing matches in any unit
    if metrics and len(metrics) == 1:
        units = set(units_of(asking.connection, metrics, asking.moment)) or {"count"}
        if len(units) == 1 and None not in units:
            return parse_unit(str(units.pop()))
    told = "values need a unit: add figure__unit, or one figure__metric that has a unit"
    if one is None:
        raise BadRequest(f"sort: {told}", [Problem(("sort",), "unit-needed", told, where="query")], code="unit-needed")
    raise _bad(one, "unit-needed", told)


def _bad(one: Condition, code: str, detail: str) -> BadRequest:
    path, where = (one.path, "body") if one.path else ((one.name,), "query")
    problem = Problem(path, code, detail, where=where)
    return BadRequest(f"{one.name}: {detail}", [problem], code=code)


def figure_order(where: Where, asking: Asking) -> tuple[str, Sql, bool]:
    """What claims are ordered by, of the figures that `where` asks for: their dimension, which they are, and whether
    all that is found has one. Raises BadRequest `unit-needed` where they may be of several dimensions.
    """
    parts = where.parts if isinstance(where, And) else (where,)
    measure = _measure_of(tuple(part for part in parts if isinstance(part, Condition)), asking, Measure())
    unit = measure.unit or _unit_of_metric(None, measure, asking)
    meant = element_part(where, asking)
    # A figure of the metric may be a ratio of change, which is in no order with amounts.
    return unit.dimension, Sql(_both, Sql(_of_dimension, unit.dimension), meant.rows), measure.unit is not None


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
