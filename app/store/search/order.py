"""The orders of lists of claims: which of the versions that were found a page has.

By date: the newest first day first, within a day the lowest id; `said_on` is the exact mirror. Other orders have a key
before that: the time of recording, the value of a figure, or the tier of relevance (see relevance.py). Each is total,
since of a claim one version is visible at a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from app.store.index.bitmaps import Numbers, bitmap_of, bitmap_of_mask, numbers_in
from app.store.index.calendar import MONTH
from app.store.index.families import CLAIM
from app.store.index.positions import position_of
from app.store.index.reader import View
from app.store.search.results import Place

SORTED_WHOLE: Final = 4_000  # versions whose days are all looked at; of more, year by year until a page is full

Test = Callable[[NDArray[Any]], NDArray[np.bool_]]


class NoSuchPlace(Exception):
    """A place is in no part of an order."""


@dataclass(frozen=True, slots=True)
class Group:
    """Versions next to each other in an order. key: the same for all; keys: one for each number there is, of which the
    largest are first.
    """

    found: BitMap
    key: int | None = None
    keys: NDArray[Any] | None = None

    def has(self, place: Place) -> bool:
        """Whether a place is in this group."""
        return place.key == self.key if self.keys is None else place.key is not None

    def place(self, view: View, number: int) -> Place:
        """The place of a version of this group."""
        key = self.key if self.keys is None else self.keys[number].item()
        return place_of(view, number, key)


@dataclass(frozen=True, slots=True)
class Order:
    """An order: groups, in turn. mirrored: the smallest key and the oldest day come first."""

    view: View
    groups: Iterable[Group]
    mirrored: bool = False

    def page(self, limit: int, after: Place | None = None) -> tuple[list[int], Place | None]:
        """The numbers of a page, which begins after a place; and where it ended, if there are more.

        Raises NoSuchPlace for a place that is in no group.
        """
        page: list[int] = []
        end = None
        for group, numbers in self.parts(limit + 1, after):
            page += numbers.tolist()
            if end is None and len(page) >= limit:
                end = group.place(self.view, page[limit - 1])
        return page[:limit], end if len(page) > limit else None

    def parts(self, count: int, after: Place | None = None) -> Iterator[tuple[Group, Numbers]]:
        """The first `count` versions, or the first after a place, group by group. Raises NoSuchPlace as `page` does."""
        for group in self.groups:
            if after is not None and not group.has(after):
                continue
            if group.keys is None:
                numbers = self._by_date(group.found, count, after)
            else:
                numbers = self._by_key(group.keys, group.found, count, after)
            yield group, numbers
            after = None
            count -= len(numbers)
            if count <= 0:
                return
        if after is not None:
            raise NoSuchPlace

    # By a key

    def _by_key(self, keys: NDArray[Any], found: BitMap, count: int, after: Place | None) -> Numbers:
        """Versions of the best keys are sorted; of those that share the last key of the page, the first are by date."""
        pages: list[Numbers] = []
        if after is not None:
            tied = _where(keys, found, lambda key: key == after.key)
            found = _where(keys, found, lambda key: self._is_before(after.key, key))
            pages.append(self._by_date(tied, count, after))
            count -= len(pages[0])
        if count and found:
            edge, better, found = self._around_edge(keys, found, count)
            tied = _where(keys, found, lambda key: key == edge)
            own = keys[better]
            pages.append(better[np.lexsort((self._positions(better), own if self.mirrored else -own))])
            pages.append(self._by_date(tied, count - len(better), None))
        return np.concatenate([*pages, numbers_in(BitMap())])

    def _around_edge(self, keys: NDArray[Any], found: BitMap, count: int) -> tuple[Any, Numbers, BitMap]:
        """The key of the last of the first `count` versions, those with a better one, and what all of them are among.

        Of many versions, those that were written last are looked at first, or in the mirrored order those written
        first: times of recording mostly grow with the numbers.
        """
        numbers, most = numbers_in(found), max(SORTED_WHOLE, count)
        edge = self._nth(keys[numbers[:most] if self.mirrored else numbers[-most:]], count)
        better = _where(keys, found, lambda key: self._is_before(key, edge))
        if len(better) >= count:
            found = better
            edge = self._nth(keys[numbers_in(found)], count)
            better = _where(keys, found, lambda key: self._is_before(key, edge))
        return edge, numbers_in(better), found

    def _nth(self, keys: NDArray[Any], count: int) -> Any:
        """The key of the last of the first `count`, or of all."""
        last = min(count, len(keys)) - 1
        at = last if self.mirrored else len(keys) - 1 - last
        return np.partition(keys, at)[at]

    def _is_before(self, one: Any, other: Any) -> Any:
        return one < other if self.mirrored else one > other

    # By date

    def _by_date(self, found: BitMap, count: int, after: Place | None) -> Numbers:
        pages = []
        for part in filter(None, self._parts(found, after)):
            self.view.check_deadline()
            pages.append(self._sorted(numbers_in(part), count, after))
            count -= len(pages[-1])
            if count <= 0:
                break
        return pages[0] if len(pages) == 1 else np.concatenate([*pages, numbers_in(BitMap())])

    def _parts(self, found: BitMap, after: Place | None) -> Iterator[BitMap]:
        """The matches, in parts whose days follow each other; those before a place are left out."""
        if len(found) <= SORTED_WHOLE:
            yield found
            return
        calendar = self.view.calendar()
        for year in reversed(calendar) if self.mirrored else calendar:
            if after is not None and self._is_before(year.year, after.day // MONTH // 12):
                continue
            inside = found & year.bitmap
            if len(inside) <= SORTED_WHOLE:
                yield inside
                continue
            for month, bitmap in reversed(year.months) if self.mirrored else year.months:
                if after is None or not self._is_before(month, after.day // MONTH):
                    yield inside & bitmap

    def _sorted(self, numbers: Numbers, count: int, after: Place | None) -> Numbers:
        positions = self._positions(numbers)
        if after is not None:
            position = position_of(after.day, after.number)
            beyond = positions > (-position if self.mirrored else position)
            numbers, positions = numbers[beyond], positions[beyond]
        if len(numbers) > 2 * count:
            some = positions <= np.partition(positions, count - 1)[count - 1]
            numbers, positions = numbers[some], positions[some]
        return numbers[np.argsort(positions)][:count]

    def _positions(self, numbers: Numbers) -> NDArray[np.int64]:
        positions: NDArray[np.int64] = self.view.positions()[numbers]
        return -positions if self.mirrored else positions


def _where(keys: NDArray[Any], found: BitMap, test: Test) -> BitMap:
    """The versions, of some, whose keys meet a test."""
    if len(found) > SORTED_WHOLE:  # a whole column is tested faster than it is gathered
        return found & bitmap_of_mask(test(keys))
    numbers = numbers_in(found)
    return bitmap_of(numbers[test(keys[numbers])], len(keys))


def place_of(view: View, number: int, key: float | None = None) -> Place:
    """The place of a version, by date or with its key."""
    claim, day = (int(view.column(CLAIM, name)[number]) for name in ("claim", "first_day"))
    return Place(claim, day, key)


def by_figure(
    view: View, found: BitMap, have: BitMap, versions: Numbers, values: NDArray[np.float64], mirrored: bool
) -> Order:
    """By the largest of a claim's figures; mirrored: the smallest. Claims without any are below all others.

    have: versions with a figure that counts. versions, values: of these figures, in the order of versions.
    """
    keys = np.zeros(view.last(CLAIM) + 1)
    firsts = np.flatnonzero(np.diff(versions, prepend=0))
    if len(firsts):
        keys[versions[firsts]] = (np.minimum if mirrored else np.maximum).reduceat(values, firsts)
    groups = [Group(found & have, keys=keys), Group(found - have)]
    return Order(view, groups[::-1] if mirrored else groups, mirrored)
