"""Values of figures: in which unit they are asked for, of which metric, as which interval of base units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.quantities.figures import asked_interval
from app.domain.quantities.units import Unit, fits_metric, parse_unit
from app.domain.query.meanings import InValues, SameRecord
from app.domain.query.registry import PARAMETERS, Condition, by_name
from app.errors import BadRequest, BadValue, Problem
from app.store.index.fact_terms import asked_term
from app.store.index.facts import fact
from app.store.search.formula import EVERYTHING, NOTHING, Formula, Range, all_of, any_of, none_of, terms
from app.store.search.lookups import Asking, Ids, ids_found, survivors, units_of


@dataclass(frozen=True)
class Measure:
    """How values are asked: in which unit, possible or certain; or of which metrics, whose unit it is then."""

    unit: Unit | None = None
    match: str | None = None
    metrics: Ids | None = None


def measure_of(conditions: Sequence[Condition], asking: Asking, known: Measure) -> Measure:
    """Unit, match and metric of these conditions, in place of the surrounding ones."""
    unit, match = by_name(conditions, "figure__unit"), by_name(conditions, "figure__match")
    metrics = known.metrics
    for one in conditions:
        match one.parameter.operator.meaning:
            case SameRecord("figure__metric", by):
                metrics = ids_found(by, "met", one.values, asking)
            case _ if one.name == "figure__metric":
                metrics = survivors("met", one.values, asking)
    own = Measure(unit.values[0] if unit else known.unit, match.values[0] if match else known.match, metrics)
    if unit and metrics and len(metrics) == 1 and own.unit:
        _require_fit(unit, own.unit, metrics, asking)
    if match and not any(map(_bound, conditions)):
        told = "it says how values match; give figure__value or figure__value__gte, … beside it"
        raise _bad(match, "bad-combination", told)
    return own


def _require_fit(one: Condition, unit: Unit, metrics: Ids, asking: Asking) -> None:
    """Refuse a unit that no asked metric can have figures in, changes included."""
    units = [parse_unit(text) for text in units_of(metrics, asking) if text]
    changes = ("difference", "ratio") if unit.dimension == "ratio" else ("difference",)
    if units and not any(fits_metric(unit, own, change) for own in units for change in changes):
        told = f"{unit} is of the dimension {unit.dimension}, the metric is in {units[0]}, of {units[0].dimension}"
        raise _bad(one, "wrong-dimension", f"{told}; ask for one or the other")


def value_formula(conditions: Iterable[Condition], measure: Measure, asking: Asking) -> Formula:
    """The question that filters on values ask together of one figure: one interval, in base units."""
    given = [one for one in conditions if _bound(one)]
    if not given:
        return EVERYTHING
    unit = measure.unit or unit_of_metric(given[0], measure, asking)
    asked: dict[str, Decimal] = {}
    for one in given:
        if _bound(one) in asked:
            raise _bad(one, "repeated", f"{one.name} stands twice in one and; leave one out")
        asked[_bound(one)] = one.values[0]
    of_dimension = terms([asked_term(PARAMETERS["figure__unit"], unit)])
    levels = _interval(given[0], unit, asked, measure, difference=False)
    if not unit.offset:
        return all_of([of_dimension, levels])
    # Of °C and °F, changes are asked without their zero point, levels with it.
    changes = _interval(given[0], unit, asked, measure, difference=True)
    is_level = terms([fact("figure__change", None)])
    either = any_of([all_of([is_level, levels]), all_of([none_of(is_level), changes])])
    return all_of([of_dimension, either])


def _bound(condition: Condition) -> str:
    """The bound that a filter on values asks for; empty for other filters."""
    meaning = condition.parameter.operator.meaning
    return meaning.bound if isinstance(meaning, InValues) else ""


def _interval(one: Condition, unit: Unit, asked: dict[str, Decimal], measure: Measure, *, difference: bool) -> Formula:
    """A question about the interval of a figure."""
    try:
        interval = asked_interval(unit, difference=difference, **asked)
    except BadValue as error:
        raise _bad(one, "bad-value", str(error)) from None
    if interval is None:
        return NOTHING
    return Range("low", "high", interval.low, interval.high, within=measure.match == "certain")


def unit_of_metric(one: Condition | None, measure: Measure, asking: Asking, name: str = "sort") -> Unit:
    """The unit of the one asked metric; BadRequest `unit-needed` where there is none. name: of the parameter that needs
    it, where that is no condition.
    """
    metrics = measure.metrics
    if metrics is not None and not metrics:
        return parse_unit("count")  # no such metric: nothing matches in any unit
    if metrics and len(metrics) == 1:
        units = set(units_of(metrics, asking)) or {"count"}
        if len(units) == 1 and None not in units:
            return parse_unit(str(units.pop()))
    told = _lacks_unit(one, metrics)
    if one is None:
        raise BadRequest.of(name, "unit-needed", told)
    raise _bad(one, "unit-needed", told)


def _lacks_unit(one: Condition | None, metrics: Ids | None) -> str:
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
