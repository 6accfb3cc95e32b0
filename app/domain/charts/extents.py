"""Extents of axes: from where to where they go, in numbers and in whole days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

_LEAST: Final = date.min.toordinal()
_MOST: Final = date.max.toordinal()
_PAD: Final = 0.06  # of what is drawn, on either side
_OPEN_PAD: Final = 0.12  # where something goes on beyond it
_MOST_NUMBER: Final = 1e300  # that leaves room for its pad


@dataclass(frozen=True)
class Extent:
    """From where to where an axis goes."""

    first: float
    last: float

    def part(self, at: float) -> float:
        """How far along the axis something is, from 0 to 1."""
        return (at - self.first) / (self.last - self.first)


def extent_of_numbers(numbers: Iterable[float], *, is_open_below: bool, is_open_above: bool) -> Extent:
    """The extent of numbers, with room beside them; zero is in it where they fill half of the axis even so."""
    found = [max(-_MOST_NUMBER, min(number, _MOST_NUMBER)) for number in numbers] or [0.0]
    first, last = min(found), max(found)
    from_zero, to_zero = 0 <= 2 * first <= last, first <= 2 * last <= 0
    first, last = (0.0 if from_zero else first), (0.0 if to_zero else last)
    if first == last:
        half = abs(first) / 10 or 1.0
        first, last = first - half, last + half
    span = last - first
    below = 0.0 if first == 0 and not is_open_below else span * (_OPEN_PAD if is_open_below else _PAD)
    above = 0.0 if last == 0 and not is_open_above else span * (_OPEN_PAD if is_open_above else _PAD)
    return Extent(first - below, last + above)


def extent_of_days(days: Iterable[int], *, is_open: bool) -> Extent:
    """The extent of days, by their ordinals, with room beside them."""
    found = list(days) or [date(2000, 1, 1).toordinal()]
    first, last = min(found), max(found)
    pad = max(15, round((last - first) * (_OPEN_PAD if is_open else _PAD)))
    return Extent(max(first - pad, _LEAST), min(last + pad, _MOST))


def instant(day: float) -> str:
    """The beginning of a day, by its ordinal, in UTC: a day without a zone is the one before it west of Greenwich."""
    return f"{date.fromordinal(round(day)).isoformat()}T00:00:00Z"
