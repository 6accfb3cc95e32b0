"""Ranges of days, moments and values: found by the columns, looked at where something is to be found alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from pyroaring import BitMap

from app.store.index.bitmaps import Numbers, bitmap_of, numbers_in
from app.store.index.calendar import MONTH
from app.store.index.facts import fact
from app.store.index.families import CLAIM, Family
from app.store.index.reader import View
from app.store.search.formula import Range

LONG: Final = 366  # days from first to last: dates of more are among those of LONG_PRECISIONS
LONG_PRECISIONS: Final = ("decade", "century", "interval")
NARROW: Final = 20_000  # numbers that are looked at as they are; of more, the calendar tells which to look at


def numbers_until(found: BitMap, last: int) -> Numbers:
    """The numbers of a bitmap, ascending, without those beyond the last one of a view's revision."""
    numbers = numbers_in(found)
    return numbers[: np.searchsorted(numbers, last, "right")]


def in_range(view: View, family: Family, asked: Range, within: BitMap | None) -> BitMap:
    """The numbers of a family whose intervals are in a range; of many claims, the calendar tells their days."""
    last = view.last(family)
    has_calendar = family is CLAIM and asked.lows == "first_day"
    if within is not None and not (has_calendar and len(within) > NARROW):
        return _looked_at(view, family, asked, numbers_until(within, last))

    def added(after: int) -> BitMap:
        if has_calendar and last - after > NARROW:
            return _by_calendar(view, asked)
        return _looked_at(view, family, asked, slice(after + 1, last + 1))

    return view.grown((family.name, asked), family, added)


def _looked_at(view: View, family: Family, asked: Range, numbers: Numbers | slice) -> BitMap:
    """The numbers, of some, whose intervals are in a range; empty ones are in none."""
    view.check_deadline()
    lows, highs = (view.column(family, name)[numbers] for name in (asked.lows, asked.highs))
    begins, ends = (lows, highs) if asked.within else (highs, lows)
    inside = (begins >= asked.low) & (ends <= asked.high) & (lows <= highs)
    found = np.flatnonzero(inside) + numbers.start if isinstance(numbers, slice) else numbers[inside]
    return bitmap_of(found, view.last(family) + 1)


def _by_calendar(view: View, asked: Range) -> BitMap:
    """Whole months are taken as they are. Long dates are looked at all; others end in the year after they begin."""
    long = BitMap.union(*(view.postings(CLAIM, fact("said_on__precision", name)) for name in LONG_PRECISIONS))
    whole, edges = [BitMap()], [long]
    for first, bitmap, is_inside in _months(view, asked):
        (whole if is_inside and first else edges).append(bitmap)  # the first month has the unknown dates
    looked_at = _looked_at(view, CLAIM, asked, numbers_until(BitMap.union(*edges), view.last(CLAIM)))
    found: BitMap = BitMap.union(*whole) - long | looked_at
    return found


def _months(view: View, asked: Range) -> Iterator[tuple[int, BitMap, bool]]:
    """The years and months that may have dates in a range, but for long ones; and whether all their dates are."""
    low, high = asked.low, asked.high
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
