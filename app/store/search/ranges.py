"""Ranges of days, moments and values: found by the columns, looked at where something is to be found alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from app.store.index.bitmaps import Numbers, bitmap_of, numbers_in
from app.store.index.calendar import MONTH
from app.store.index.facts import fact
from app.store.index.families import CLAIM, Family
from app.store.index.reader import View
from app.store.search.formula import Days, Moments, Values

LONG: Final = 366  # days from first to last: dates of more are among those of LONG_PRECISIONS
LONG_PRECISIONS: Final = ("decade", "century", "interval")
NARROW: Final = 20_000  # numbers that are looked at as they are; of more, the calendar tells which to look at


def numbers_until(found: BitMap, last: int) -> Numbers:
    """The numbers of a bitmap, ascending, without those beyond the last one of a view's revision."""
    numbers = numbers_in(found)
    return numbers[: np.searchsorted(numbers, last, "right")]


def in_range(view: View, family: Family, asked: Days | Moments | Values, within: BitMap | None) -> BitMap:
    """The numbers of a family whose columns are in a range: lie within it, or, of days and values, share some of it."""
    length = view.last(family) + 1
    if within is not None:
        return bitmap_of(_looked_at(view, family, asked, numbers_until(within, length - 1)), length)
    return view.grown(
        (family.name, asked),
        family,
        lambda after: bitmap_of(_looked_at(view, family, asked, slice(after + 1, length)), length),
    )


def _looked_at(view: View, family: Family, asked: Days | Moments | Values, numbers: Numbers | slice) -> NDArray[Any]:
    """Those of some numbers that are in a range."""

    def column(name: str) -> NDArray[Any]:
        values: NDArray[Any] = view.column(family, name)[numbers]
        return values

    view.check_deadline()
    match asked:
        case Days(first, last, within):
            inside = _meets(column("first_day"), column("last_day"), first, last, within)
        case Values(low, high, within):
            inside = _meets(column("low"), column("high"), low, high, within)
        case Moments(name, first, last):
            inside = _meets(column(name), column(name), first, last, within=True)
    return np.flatnonzero(inside) + numbers.start if isinstance(numbers, slice) else numbers[inside]


def _meets(lows: NDArray[Any], highs: NDArray[Any], low: float, high: float, within: bool) -> NDArray[np.bool_]:
    """Whether intervals share something with low … high, or lie within it. Empty ones do neither."""
    inside = (lows >= low) & (highs <= high) if within else (lows <= high) & (highs >= low)
    return inside & (lows <= highs)


def days_of_claims(view: View, asked: Days, within: BitMap | None) -> BitMap:
    """The same for the dates of claims, by their calendar: whole months are taken as they are."""
    if within is not None and len(within) <= NARROW:
        return in_range(view, CLAIM, asked, within)
    return view.grown((CLAIM.name, asked), CLAIM, lambda after: _by_calendar(view, asked, after))


def _by_calendar(view: View, asked: Days, after: int) -> BitMap:
    """Long dates are looked at all; others end in the year after they begin. Few numbers are looked at one by one."""
    last = view.last(CLAIM)
    if last - after <= NARROW:
        return in_range(view, CLAIM, asked, BitMap(range(after + 1, last + 1)))
    long = BitMap.union(*(view.postings(CLAIM, fact("said_on__precision", name)) for name in LONG_PRECISIONS))
    whole, edges = [BitMap()], [long]
    for first, bitmap, is_inside in _months(view, asked):
        (whole if is_inside and first else edges).append(bitmap)  # the first month has the unknown dates
    found: BitMap = BitMap.union(*whole) - long | in_range(view, CLAIM, asked, BitMap.union(*edges))
    return found


def _months(view: View, asked: Days) -> Iterator[tuple[int, BitMap, bool]]:
    """The years and months that may have dates in a range, but for long ones; and whether all their dates are."""
    low, high = asked.first, asked.last
    earliest, latest = (low, high - LONG) if asked.within else (low, high)
    reach = low if asked.within else low - LONG
    for year in view.calendar():
        first = year.year * 12 * MONTH
        if first > high or first + 12 * MONTH <= reach:
            continue
        if earliest <= first and first + 12 * MONTH - 1 <= latest:
            yield first, year.bitmap, True
            continue
        for month, bitmap in year.months:
            first = month * MONTH
            if first <= high and first + MONTH > reach:
                yield first, bitmap, earliest <= first and first + MONTH - 1 <= latest
