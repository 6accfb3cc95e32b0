"""Figures of one metric: which count, their order in time, and which contradict each other; a plain reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from math import inf, nextafter
from typing import Any

from app.domain.quantities.units import parse_unit
from tests.oracle import days_of, documents_of
from tests.oracle_figures import Place, exact, figures_found_by
from tests.oracle_values import in_base
from tests.tree import Doc, Filters, World, as_tree


@dataclass(frozen=True)
class Parted:
    """The figures that count, and those that are left out, by reason."""

    kept: list[Place]
    left_out: dict[str, list[Place]]


def parted(metric: str, unit: str, world: World, filters: Filters = (), *, by: str | None, changes: bool) -> Parted:
    """The figures of a metric."""
    found = figures_found_by(as_tree((*filters, ("figure__metric", (metric,)))), world)
    result = Parted([], {"changes": [], "not_converted": [], "no_date": []})
    for place in found:
        figure = figure_of(place)
        if figure["change"] and not changes:
            result.left_out["changes"].append(place)
        elif parse_unit(figure["unit"]).dimension != parse_unit(unit).dimension:
            result.left_out["not_converted"].append(place)
        elif by and days_of(when(place, by)) is None:
            result.left_out["no_date"].append(place)
        else:
            result.kept.append(place)
    return result


def figure_of(place: Place) -> Doc:
    figure: Doc = place[0]["figures"][place[1]]
    return figure


def when(place: Place, by: str) -> Doc | None:
    date: Doc | None = figure_of(place)["period"] if by == "period" else place[0]["said_on"]
    return date


def number_of(claim: Doc) -> int:
    return int(claim["id"][4:])


def in_time(places: list[Place], by: str) -> list[Place]:
    """Figures in the order of time: by the first day, or by the last where the first is open."""

    def key(place: Place) -> tuple[Any, ...]:
        first, last = days_of(when(place, by)) or (0, 0)
        return (last if first == -inf else first, last, number_of(place[0]), place[1])

    return sorted(places, key=key)


# Disagreements


def interval(place: Place) -> tuple[float, float]:
    """The numbers that a figure may be, in base units; bounds that are not in it are the next double."""
    figure = figure_of(place)
    low, high = (
        beyond if figure[end] is None else in_base(figure[end], figure["unit"], difference=figure["change"] is not None)
        for end, beyond in (("low", -inf), ("high", inf))
    )
    low = nextafter(low, inf) if figure["comparator"] == "more_than" else low
    return low, nextafter(high, -inf) if figure["comparator"] == "less_than" else high


def disagreeing(places: list[Place], periods: str) -> list[tuple[Place, Place]]:
    """The pairs whose intervals have no number in common, the lower one first, in their order."""
    pairs = [pair for pair in permutations(places, 2) if disagree(*pair) and of_one_time(*pair, periods)]
    return sorted(pairs, key=rank)


def disagree(lower: Place, higher: Place) -> bool:
    one, other = figure_of(lower), figure_of(higher)
    return (
        lower[0]["id"] != higher[0]["id"]
        and one["change"] == other["change"]
        and interval(lower)[1] < interval(higher)[0]
    )


def of_one_time(one: Place, other: Place, periods: str) -> bool:
    first, second = (days_of(figure_of(place)["period"]) for place in (one, other))
    if periods == "any":
        return True
    if first is None or second is None:
        return False
    return first == second if periods == "equal" else first[0] <= second[1] and second[0] <= first[1]


def rank(pair: tuple[Place, Place]) -> tuple[Any, ...]:
    lower, higher = pair
    end, begin = interval(lower)[1], interval(higher)[0]
    periods = [days_of(figure_of(place)["period"]) for place in pair]
    share = (begin - end) / max(abs(begin), abs(end))
    key = (1 - share / 2) + (periods[0] is None or periods[0] != periods[1])
    key += 2.0 * (figure_of(lower)["kind"] != figure_of(higher)["kind"])
    return (key, number_of(lower[0]), lower[1], number_of(higher[0]), higher[1])


def support_of(place: Place, places: list[Place], world: World) -> tuple[int, int]:
    """How many claims have the same value, and how many documents these have."""

    def value(one: Place) -> tuple[Any, ...]:
        figure = figure_of(one)
        return (interval(one), figure["kind"], figure["change"], days_of(figure["period"]))

    claims = {one[0]["id"]: one[0] for one in places if value(one) == value(place)}
    citations = [citation for claim in claims.values() for citation in claim["citations"]]
    return len(claims), documents_of({"citations": citations}, world)


def gap(lower: Place, higher: Place, unit: str) -> Fraction:
    """What lies between two figures, in a unit."""
    one, other = figure_of(lower), figure_of(higher)
    begin = exact(other["low"], other["unit"], unit, is_change=other["change"] is not None)
    return begin - exact(one["high"], one["unit"], unit, is_change=one["change"] is not None)


def point_faults(point: Doc, unit: str) -> Iterator[str]:
    """Numbers of a point that are not its stated ones in the unit."""
    for name in ("value", "low", "high"):
        given, found = point["stated"][name], point[name]
        if (given is None) != (found is None):
            yield f"{name} is {found}, not {given}"
        elif given is not None:
            wanted = exact(given, point["stated"]["unit"], unit, is_change=point["change"] is not None)
            if abs(Fraction(str(found)) - wanted) > abs(wanted) * Fraction(1, 10**37):
                yield f"{name}: {given} {point['stated']['unit']} is {found} {unit}"
