"""Aggregations: what is counted and measured, of which groups, and which of them are told in what order."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from app.domain.quantities.figures import parse_decimal
from app.domain.query.groupings import Grouping
from app.errors import BadValue, near

FUNCTIONS: Final = ("min", "max", "mean", "median", "sum")
MEASURES: Final = tuple(f"figure.value:{name}" for name in FUNCTIONS)
COUNT: Final = "count"
DEFAULT_GROUPS: Final = 50
MOST_GROUPS: Final = 10_000  # that are told at once
MOST_CONDITIONS: Final = 10

_MEANT: Final = {"avg": "mean", "average": "mean", "minimum": "min", "maximum": "max", "total": "sum"}
_COMPARED: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "": operator.eq, "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le,
}  # fmt: skip
_HAVING: Final = re.compile(r"([a-z.:]+?)(?:__([a-z]+))?:([^:]*)")


@dataclass(frozen=True)
class Having:
    """A condition on groups: their count, or a measure, in the unit that is asked for."""

    measure: str
    operator: str
    value: Decimal

    def holds(self, found: int | Fraction | None) -> bool:
        """Whether a value meets it; an absent one does not."""
        return found is not None and _COMPARED[self.operator](found, Fraction(self.value))


@dataclass(frozen=True)
class Aggregation:
    """An aggregate but for its filters. sort: `count`, `group` or a measure; a minus is descending."""

    groupings: tuple[Grouping, ...] = ()
    measures: tuple[str, ...] = ()
    having: tuple[Having, ...] = ()
    sort: str = f"-{COUNT}"
    limit: int = DEFAULT_GROUPS

    @property
    def needs_all_measures(self) -> bool:
        """Whether measures decide which groups are told."""
        return any(one.measure != COUNT for one in self.having) or self.sort.lstrip("-") in self.measures


def parse_measures(text: str) -> tuple[str, ...]:
    """The measures between commas, without the count, which is always told. Raises BadValue."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in (COUNT, *MEASURES):
            told = f"{name[:80]!r} is no measure; there are {', '.join((COUNT, *MEASURES))}"
            raise BadValue(told, _meant(name))
        if names.count(name) > 1:
            raise BadValue(f"{name} stands twice; leave one out")
    return tuple(name for name in names if name != COUNT)


def _meant(name: str) -> tuple[str, ...]:
    function = name.replace("(", ":").strip(" )").rpartition(":")[2].rpartition("__")[2].lower()
    function = _MEANT.get(function, function)
    return (f"figure.value:{function}",) if function in FUNCTIONS else near(name, (COUNT, *MEASURES))


def parse_having(text: str) -> tuple[Having, ...]:
    """The conditions on groups between commas, such as `count__gte:5`. Raises BadValue."""
    parts = text.split(",")
    if len(parts) > MOST_CONDITIONS:
        raise BadValue(f"{len(parts):,} conditions; at most {MOST_CONDITIONS} are taken")
    return tuple(_having(part.strip()) for part in parts)


def _having(text: str) -> Having:
    found = _HAVING.fullmatch(text)
    if found is None:
        raise BadValue(f"{text[:80]!r} is no condition on groups; write count__gte:5 or figure.value:mean__lt:100")
    measure, compared, value = found[1], found[2] or "", found[3]
    if measure not in (COUNT, *MEASURES):
        raise BadValue(f"{measure[:80]!r} is no measure; there are {', '.join((COUNT, *MEASURES))}", _meant(measure))
    if compared not in _COMPARED:
        known = tuple(one for one in _COMPARED if one)
        raise BadValue(f"{compared[:80]!r} compares nothing; there are {', '.join(known)}", near(compared, known))
    return Having(measure, compared, parse_decimal(value))


def sorts_of(measures: tuple[str, ...]) -> list[str]:
    """The orders that groups may be told in."""
    return [f"{sign}{name}" for name in (COUNT, "group", *measures) for sign in ("-", "")]


def parse_group_sort(text: str) -> str:
    """The order of groups. Raises BadValue."""
    known = sorts_of(MEASURES)
    if text not in known:
        raise BadValue(f"{text[:80]!r} is no order of groups; there are {', '.join(known)}", near(text, known))
    return text
