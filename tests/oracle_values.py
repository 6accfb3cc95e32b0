"""Conditions on the value of a figure: the plain reading of `figure__value`, its unit and how values match."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Any

from app.domain.quantities.units import parse_unit
from app.domain.text.tokenizer import fold_name
from tests.tree import Doc, Tree, World, values_of


def asks_values(tree: Tree) -> bool:
    """Whether it is a leaf that asks for a figure's value, or for how values match."""
    return "field" in tree and tree["field"] in ("figure__value", "figure__match")


@dataclass(frozen=True)
class Range:
    """Numbers between two bounds, each in it or not."""

    low: float
    high: float
    low_in: bool = True
    high_in: bool = True

    def cut(self, other: Range) -> Range:
        """The numbers that are in both."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Range(
            low,
            high,
            all(low > one.low or one.low_in for one in (self, other)),
            all(high < one.high or one.high_in for one in (self, other)),
        )

    @property
    def empty(self) -> bool:
        """Whether no number is in it."""
        return self.low > self.high or (self.low == self.high and not (self.low_in and self.high_in))


def in_base(value: Any, unit: str, *, difference: bool) -> float:
    """A value in the base unit of its dimension."""
    read = parse_unit(unit)
    return float(Fraction(str(value)) * read.factor + (0 if difference else read.offset))


def range_of(figure: Doc) -> Range:
    """The numbers that a figure may be, in base units."""
    difference = figure["change"] is not None
    low, high = (
        beyond if figure[end] is None else in_base(figure[end], figure["unit"], difference=difference)
        for end, beyond in (("low", -inf), ("high", inf))
    )
    return Range(low, high, figure["comparator"] != "more_than", figure["comparator"] != "less_than")


def values_meet(leaves: list[Tree], figure: Doc, unit: str | None, world: World) -> bool:
    """Whether a figure meets what the leaves of one `and` ask of its value; true where they ask for none."""
    asked = [(leaf.get("op", "eq"), values_of(leaf)[0]) for leaf in leaves if leaf["field"] == "figure__value"]
    if not asked:
        return True
    unit = unit or unit_of_metric(leaves, world)
    if parse_unit(figure["unit"]).dimension != parse_unit(unit).dimension:
        return False
    own, wanted = range_of(figure), Range(-inf, inf)
    for operator, value in asked:
        base = in_base(value, unit, difference=figure["change"] is not None)
        wanted = wanted.cut(
            {
                "eq": Range(base, base),
                "gt": Range(base, inf, low_in=False),
                "gte": Range(base, inf),
                "lt": Range(-inf, base, high_in=False),
                "lte": Range(-inf, base),
            }[operator]
        )
    both = own.cut(wanted)
    certain = any(leaf["field"] == "figure__match" and leaf["value"] == "certain" for leaf in leaves)
    return not both.empty and (not certain or both == own)


def unit_of_metric(leaves: list[Tree], world: World) -> str:
    """The unit of the one metric that is asked for; any where there is no such metric."""
    ids = {one for leaf in leaves if leaf["field"] == "figure__metric" for one in values_of(leaf)}
    keys = {one for leaf in leaves if leaf["field"] == "figure__metric__key" for one in values_of(leaf)}
    names = {fold_name(one) for leaf in leaves if leaf["field"] == "figure__metric__name" for one in values_of(leaf)}
    known = [
        one["unit"]
        for one in world.metrics.values()
        if any(
            part["id"] in ids or part["key"] in keys or fold_name(part["name"]) in names for part in world.whole(one)
        )
    ]
    return str(known[0]) if known else "count"
