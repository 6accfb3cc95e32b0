"""The calendar: claims' versions by the year and the month of their first day. Lists begin with its newest month."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from app.store.index.bitmaps import bitmap_of
from app.store.index.columns import Values

MONTH = 30  # days; a year is twelve of these months


class Year(NamedTuple):
    """A year, its versions, and its months with theirs, the newest first. Days are `month * 30` and the 29 after it."""

    year: int
    bitmap: BitMap
    months: list[tuple[int, BitMap]]


class Calendar:
    """The calendar until a number. It is never changed: a longer one takes its place.

    Versions of an unknown day, 0, are in the last month.
    """

    def __init__(self, years: list[Year], last: int) -> None:
        self.years = years
        self.last = last

    def extended(self, first_days: Values) -> Calendar:
        """The calendar with the numbers after its last. first_days: of all numbers."""
        last = len(first_days) - 1
        years = {year.year: year for year in self.years}
        for number, new in _by_year(first_days[self.last + 1 :] // MONTH, self.last + 1, last + 1).items():
            before = years.get(number, Year(number, BitMap(), []))
            months = dict(before.months)
            for month, bitmap in new:
                months[month] = months[month] | bitmap if month in months else bitmap
            whole = BitMap.union(before.bitmap, *(bitmap for _, bitmap in new))
            years[number] = Year(number, whole, sorted(months.items(), reverse=True))
        return Calendar([years[number] for number in sorted(years, reverse=True)], last)


EMPTY = Calendar([], 0)


def _by_year(months: Values, first: int, length: int) -> dict[int, list[tuple[int, BitMap]]]:
    """For each year its months, and the numbers in each. months: of the numbers from `first` on."""
    offsets = months - months.min(initial=0)
    small = offsets.astype(np.uint16) if offsets.max(initial=0) < 1 << 16 else offsets  # sorted five times as fast
    order = np.argsort(small, kind="stable")
    in_order = months[order]
    edges = [0, *(np.flatnonzero(np.diff(in_order)) + 1).tolist(), len(order)]
    found: dict[int, list[tuple[int, BitMap]]] = {}
    for begin, end in pairwise(edges):
        if begin < end:
            month = int(in_order[begin])
            found.setdefault(month // 12, []).append((month, bitmap_of(order[begin:end] + first, length)))
    return found
