"""The figures of one metric, in one unit and with a date: those that can be compared, and those that are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from app.domain.quantities.units import Unit, parse_unit
from app.domain.query.registry import PARAMETERS, Condition
from app.domain.query.tree import joined
from app.domain.record.points import By, Row, short_of
from app.domain.record.records_in import parse_id
from app.errors import BadRequest, Problem
from app.store.database.tables import OPEN_START
from app.store.history.moment import Moment
from app.store.index.bitmaps import Numbers
from app.store.index.facts import fact
from app.store.index.families import CLAIM, FIGURE
from app.store.records.document import Doc, decode
from app.store.search.figures import FigureMatches, FigureSearch, matches_of_figures, rows_of
from app.store.search.matches import Search
from app.store.search.records import Asked, read_record

SHOWN: Final = 20  # figures that are told of those left out for one reason
UNITS_SHOWN: Final = 100  # figures whose units are suggested


@dataclass(frozen=True)
class MetricAsked:
    """Figures that are asked for of a metric. by: the date that they need; None for none. unit: in place of the
    metric's own. changes: whether differences and ratios belong to them, too; always, where a filter asks for them.
    """

    metric_id: str
    conditions: tuple[Condition, ...] = ()
    by: By | None = "period"
    unit: Unit | None = None
    changes: bool = False
    as_of: int | datetime | None = None

    @property
    def with_changes(self) -> bool:
        """Whether changes are asked for."""
        return self.changes or any(one.name == "figure__change" for one in self.conditions)


@dataclass(frozen=True)
class MetricFigures:
    """The figures of a metric that are found. metric: its document."""

    asked: MetricAsked
    metric: Doc
    unit: Unit
    matches: FigureMatches

    @property
    def moment(self) -> Moment:
        """The moment that they are read at."""
        return self.matches.asking.moment

    @cached_property
    def parts(self) -> tuple[Numbers, dict[str, Numbers]]:
        """The figures that can be compared, and those that are left out, by the first reason. Raises QueryTimeout."""
        numbers, rest = self.matches.numbers, np.ones(len(self.matches.numbers), bool)
        left_out: dict[str, Numbers] = {}
        for reason, is_out in (
            ("changes", self._are_changes),
            ("not_converted", ~self.matches.is_of(self.unit)),
            ("no_date", self._are_undated),
        ):
            left_out[reason] = numbers[rest & is_out]
            rest &= ~is_out
        return numbers[rest], left_out

    @property
    def _are_changes(self) -> NDArray[np.bool_]:
        if self.asked.with_changes:
            return np.zeros(len(self.matches.numbers), bool)
        return ~self.matches.which_have(fact("figure__change", None))

    @property
    def _are_undated(self) -> NDArray[np.bool_]:
        if self.asked.by is None:
            return np.zeros(len(self.matches.numbers), bool)
        first, last = self.days(self.matches.numbers, self.asked.by)
        unknown: NDArray[np.bool_] = first > last
        return unknown

    def days(self, numbers: Numbers, by: By) -> tuple[NDArray[Any], NDArray[Any]]:
        """The first and last days of figures; a first one after the last where they are unknown."""
        family, at = (FIGURE, numbers) if by == "period" else (CLAIM, self.versions(numbers))
        return self.matches.view.column(family, "first_day")[at], self.matches.view.column(family, "last_day")[at]

    def versions(self, numbers: Numbers) -> NDArray[Any]:
        """The versions of claims that figures are of."""
        versions: NDArray[Any] = self.matches.view.column(FIGURE, "version")[numbers]
        return versions

    def in_time(self, by: By) -> Numbers:
        """The figures that can be compared, the oldest first: by the first day; where that is open, by the last."""
        numbers = self.parts[0]
        first, last = self.days(numbers, by)
        begin = np.where(first == OPEN_START, last, first)
        claims = self.matches.view.column(CLAIM, "claim")[self.versions(numbers)]
        return numbers[np.lexsort((numbers, claims, last, begin))]

    def told_left_out(self) -> dict[str, Row]:
        """How many are left out for each reason, and the first of them."""
        return {
            reason: {"count": len(numbers), "figures": list(map(short_of, rows_of(self.matches, numbers[:SHOWN])))}
            for reason, numbers in self.parts[1].items()
        }

    def told_metric(self) -> Row:
        """The metric, as answers show it."""
        return {name: self.metric[name] for name in ("id", "key", "name", "unit")}


def figures_of_metric(connection: Connection, asked: MetricAsked) -> MetricFigures:
    """The figures of a metric. Raises what read_record does, and BadRequest `unit-needed` where the metric has no unit
    and none is asked for.
    """
    metric = decode(read_record(connection, "met", asked.metric_id, Asked(asked.as_of)).document)
    own = Condition(PARAMETERS["figure__metric"], (parse_id(metric["id"], "met"),))
    search = Search(joined((*asked.conditions, own)), as_of=asked.as_of)
    text = asked.unit or metric["unit"]
    unit = parse_unit(text) if isinstance(text, str) else text
    matches = matches_of_figures(connection, FigureSearch(search, convert_to=unit), search.moment(connection))
    if unit is None:
        raise _unit_needed(rows_of(matches, matches.first(UNITS_SHOWN)))
    return MetricFigures(asked, metric, unit, matches)


def _unit_needed(rows: Sequence[Row]) -> BadRequest:
    told = "the metric has no unit: say in which one its figures are to be"
    units = tuple(dict.fromkeys(row["unit"] for row in rows))[:3]
    problem = Problem(("unit",), "unit-needed", told, tuple(f"unit={unit}" for unit in units), "query")
    return BadRequest(str(problem), [problem], code="unit-needed")
