"""Amounts of figures in one unit: exact, as fractions of what is stored, and what groups of them come to.

A figure counts by its `value`. One with bounds alone, of another dimension, or a change where levels are asked for, is
not measured, and these are counted by the reason.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from app.domain.quantities.units import Unit, amount_in, parse_unit
from app.domain.query.tree import Where, bound_to, conditions_in
from app.store.database.fetching import fetch_rows
from app.store.index.bitmaps import Numbers, bitmap_of, numbers_in
from app.store.index.facts import fact
from app.store.index.families import FIGURE
from app.store.index.reader import View
from app.store.search.axes import Claims, Elements, Ints
from app.store.search.conditions import elements_asked, of_dimension, unit_asked
from app.store.search.evaluation import Evaluation
from app.store.search.formula import terms
from app.store.search.lookups import Asking

AT_A_TIME: Final = 2_000  # versions whose figures are read by one statement
_FIGURES: Final = "SELECT number, n, value, unit, change FROM figures WHERE number IN ??"


@dataclass(frozen=True)
class Amounts:
    """Figures with an amount, and these in one unit. figures: by their places in `ranks`, ascending numbers. ranks: the
    place of the amount of each among all different ones, ascending. not_measured: how many figures were left out, by
    the reason.
    """

    unit: Unit
    figures: Numbers
    positions: Ints
    ranks: Ints
    different: list[Fraction]
    not_measured: dict[str, int]


def read_amounts(claims: Claims, where: Where, asking: Asking) -> Amounts:
    """The amounts of the figures of claims that a query is about. Raises BadRequest `unit-needed`."""
    unit = unit_asked(where, asking, "measure")
    every = claims.elements(FIGURE, elements_asked(where, FIGURE.name, asking))
    numbers = bitmap_of(every.numbers, claims.view.last(FIGURE) + 1)
    evaluation = Evaluation(claims.view)
    levels = (
        numbers if _asks_changes(where) else numbers & evaluation.find(terms([fact("figure__change", None)]), FIGURE)
    )
    fitting = levels & evaluation.find(of_dimension(unit), FIGURE)
    found, ranks, different = _read(claims.view, numbers_in(fitting), every, unit)
    left_out = {
        "change": len(numbers) - len(levels),
        "other_dimension": len(levels) - len(fitting),
        "no_value": len(fitting) - len(found),
    }
    positions = every.positions[np.searchsorted(every.numbers, found)]
    return Amounts(unit, found, positions, ranks, different, left_out)


def _asks_changes(where: Where) -> bool:
    bound = (one for part in bound_to(where, FIGURE.name) for one in conditions_in(part))
    return any(one.name == "figure__change" for one in bound)


def _read(view: View, wanted: Numbers, every: Elements, unit: Unit) -> tuple[Numbers, Ints, list[Fraction]]:
    """The figures that have a value, its place among the different amounts, and these."""
    versions = np.unique(every.versions[wanted])
    stored: list[tuple[int, int, tuple[str, str, str | None]]] = []
    for at in range(0, len(versions), AT_A_TIME):
        view.check_deadline()
        rows = fetch_rows(view.connection, _FIGURES, versions[at : at + AT_A_TIME].tolist())
        stored += [(number, n, (value, *rest)) for number, n, value, *rest in rows if value is not None]
    fitting = {one for _, _, one in stored if parse_unit(one[1]).dimension == unit.dimension}
    amounts = {one: _amount(*one, unit) for one in fitting}
    different = sorted(set(amounts.values()))
    places = {amount: place for place, amount in enumerate(different)}
    ranks = {one: places[amount] for one, amount in amounts.items()}
    found = np.array([(number, n, ranks.get(key, -1)) for number, n, key in stored], np.int64).reshape(-1, 3)
    figures = np.searchsorted(every.versions, found[:, 0]) + found[:, 1]
    order = np.argsort(figures)
    kept = order[np.isin(figures[order], wanted)]
    return figures[kept].astype(np.uint32), found[kept, 2], different


def _amount(value: str, unit: str, change: str | None, to: Unit) -> Fraction:
    return amount_in(Decimal(value), parse_unit(unit), to, difference=change is not None)


@dataclass(frozen=True)
class Measured:
    """Measures of the figures of groups. ends: of each group the end of its amounts in `ranks`, which ascend."""

    amounts: Amounts
    ranks: Ints
    ends: Ints

    @classmethod
    def of(cls, amounts: Amounts, groups: Ints, pairs: tuple[Ints, Ints]) -> Measured:
        """groups: their combinations, ascending. pairs: of a combination, and the place of a figure."""
        ranks = amounts.ranks[pairs[1]]
        order = np.lexsort((ranks, pairs[0]))
        return cls(amounts, ranks[order], np.searchsorted(pairs[0][order], groups, "right"))

    def count(self, group: int) -> int:
        """How many figures a group has."""
        return len(self._of(group))

    def measure(self, group: int, name: str) -> Fraction | None:
        """A measure of the figures of a group; None where it has none."""
        ranks = self._of(group).tolist()
        return _come_to([self.amounts.different[rank] for rank in ranks], name.rpartition(":")[2]) if ranks else None

    def _of(self, group: int) -> Ints:
        return self.ranks[self.ends[group - 1] if group else 0 : self.ends[group]]


def _come_to(ascending: list[Fraction], function: str) -> Fraction:
    last = len(ascending) - 1
    match function:
        case "min":
            return ascending[0]
        case "max":
            return ascending[last]
        case "median":
            return (ascending[last // 2] + ascending[(last + 1) // 2]) / 2
    total = sum((amount * times for amount, times in Counter(ascending).items()), Fraction(0))
    return total if function == "sum" else total / len(ascending)
