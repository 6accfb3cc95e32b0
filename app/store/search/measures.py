"""How values of figures are asked for: in which unit, of which metric, as which interval of base units."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, or_

from app.domain.quantities.figures import asked_interval
from app.domain.quantities.units import Unit, fits_metric, parse_unit
from app.domain.query.registry import Condition, by_name
from app.errors import BadRequest, BadValue, Problem
from app.store.database.statements import Fixed, Sql
from app.store.database.tables import Figure
from app.store.index.facts import value_field
from app.store.index.ranges import AMOUNTS, amount_leaves, inner_terms, meeting_terms
from app.store.search.asking import Asking
from app.store.search.clauses import Expression, Part, lies_within, meets, nothing
from app.store.search.formula import terms
from app.store.search.lookups import metrics_named, survivors, units_of

VALUES = {"figure__value": "eq", **{f"figure__value__{name}": name for name in ("gt", "gte", "lt", "lte")}}
_BASE = Fixed(Figure.base_low), Fixed(Figure.base_high)


@dataclass(frozen=True)
class Measure:
    """How values are asked: in which unit, possible or certain; or of which metrics, whose unit it is then."""

    unit: Unit | None = None
    match: str | None = None
    metrics: tuple[int, ...] | None = None


def metrics_of(one: Condition, asking: Asking) -> tuple[int, ...]:
    """The ids of the metrics that a condition names."""
    if one.name == "figure__metric__name":
        return metrics_named(asking.connection, one.values, asking.moment)
    return survivors(asking.connection, "met", one.values, asking.moment)


def measure_of(conditions: tuple[Condition, ...], asking: Asking, known: Measure) -> Measure:
    """Unit, match and metric of these conditions, in place of the surrounding ones."""
    unit, match = by_name(conditions, "figure__unit"), by_name(conditions, "figure__match")
    named = [one for one in conditions if one.name in ("figure__metric", "figure__metric__name")]
    metrics = metrics_of(named[-1], asking) if named else known.metrics
    own = Measure(unit.values[0] if unit else known.unit, match.values[0] if match else known.match, metrics)
    if unit and metrics and len(metrics) == 1 and own.unit:
        _require_fit(unit, own.unit, metrics, asking)
    if match and not any(one.name in VALUES for one in conditions):
        told = "it says how values match; give figure__value or figure__value__gte, … beside it"
        raise _bad(match, "bad-combination", told)
    return own


def _require_fit(one: Condition, unit: Unit, metrics: tuple[int, ...], asking: Asking) -> None:
    """Refuse a unit that no asked metric can have figures in, changes included."""
    units = [parse_unit(text) for text in units_of(asking.connection, metrics, asking.moment) if text]
    changes = ("difference", "ratio") if unit.dimension == "ratio" else ("difference",)
    if units and not any(fits_metric(unit, own, change) for own in units for change in changes):
        told = f"{unit} is of the dimension {unit.dimension}, the metric is in {units[0]}, of {units[0].dimension}"
        raise _bad(one, "wrong-dimension", f"{told}; ask for one or the other")


def value_parts(conditions: tuple[Condition, ...], measure: Measure, asking: Asking) -> list[Part]:
    """The filters on values together: one interval, in base units."""
    given = [one for one in conditions if one.name in VALUES]
    if not given:
        return []
    unit = measure.unit or unit_of_metric(given[0], measure, asking)
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
    dimension = Sql(of_dimension, unit.dimension)
    return [Part(found, Sql(both_hold, dimension, rows), False)]


def of_dimension(dimension: Any) -> Expression:
    """A figure is of a dimension."""
    return and_(Figure.dimension == dimension)


def both_hold(one: Expression, other: Expression) -> Expression:
    """One expression and another."""
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


def unit_of_metric(one: Condition | None, measure: Measure, asking: Asking) -> Unit:
    """The unit of the one asked metric; BadRequest `unit-needed` where there is none."""
    metrics = measure.metrics
    if metrics is not None and not metrics:
        return parse_unit("count")  # no such metric: nothing matches in any unit
    if metrics and len(metrics) == 1:
        units = set(units_of(asking.connection, metrics, asking.moment)) or {"count"}
        if len(units) == 1 and None not in units:
            return parse_unit(str(units.pop()))
    told = _lacks_unit(one, metrics)
    if one is None:
        raise BadRequest(f"sort: {told}", [Problem(("sort",), "unit-needed", told, where="query")], code="unit-needed")
    raise _bad(one, "unit-needed", told)


def _lacks_unit(one: Condition | None, metrics: tuple[int, ...] | None) -> str:
    """Why values have no unit, and how they get one. metrics: the asked ones."""
    if metrics:
        why = "the metric has no unit" if len(metrics) == 1 else "the metrics have no one unit"
    else:
        why = "values need a unit"
    told = f"{why}: add figure__unit" + ("" if metrics else ", or one figure__metric that has a unit")
    if one is None or not one.path or "where" in one.path[1:]:
        return told
    return f'{told}, bound to the values by {{"some": "figure", "where": {{"and": […]}}}}'


def _bad(one: Condition, code: str, detail: str) -> BadRequest:
    path, where = (one.path, "body") if one.path else ((one.name,), "query")
    problem = Problem(path, code, detail, where=where)
    return BadRequest(f"{one.name}: {detail}", [problem], code=code)
