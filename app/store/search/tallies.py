"""Tallies: how many claims each combination of values has, and which figures.

Each claim is a row; a list of it that is grouped by makes a row of each of its elements, or one of unknown values where
there is none. A combination is one number, of which the codes of its values are the digits; the order of these numbers
is that of groups. Rows are made of some claims at a time, so that memory is bounded by the number of groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.store.search.axes import Axis, Ints

ROWS: Final = 500_000  # that are made at a time
DENSE: Final = 1 << 22  # combinations up to which each has a counter
MOST: Final = 1 << 62  # combinations that can be told apart

Rows = dict[Any, Ints]  # columns of a table: the codes of an axis by its place, and those of the names below
AT: Final = "at"  # positions of claims, ascending
FIGURE: Final = "figure"  # places of figures, or -1
COMBINATION: Final = "combination"


@dataclass(frozen=True)
class Listed:
    """A list that each of `count` claims has. positions: of the claims of its elements, ascending. axes: by the place
    of their grouping. figures: which figure each element is, or -1. is_set: no claim has two elements of equal values.
    """

    count: int
    positions: Ints
    axes: dict[int, Axis] = field(default_factory=dict)
    figures: Ints | None = None
    is_set: bool = False

    @cached_property
    def sizes(self) -> Ints:
        """How many elements each claim has."""
        return np.bincount(self.positions, minlength=self.count)

    @cached_property
    def starts(self) -> Ints:
        """The place of the first element of each claim."""
        return np.cumsum(self.sizes) - self.sizes

    def beside(self, rows: Rows) -> Rows:
        """Rows with the elements of their claims: each once for every element, or with unknown values."""
        sizes = self.sizes[rows[AT]]
        times = np.maximum(sizes, 1)
        which = np.repeat(np.arange(len(sizes)), times)
        own = self.starts[rows[AT]][which] + np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
        own[sizes[which] == 0] = -1
        found = {name: column[which] for name, column in rows.items()}
        found |= {place: np.append(axis.codes, axis.unknown)[own] for place, axis in self.axes.items()}
        return found if self.figures is None else found | {FIGURE: np.append(self.figures, -1)[own]}


@dataclass(frozen=True)
class Tally:
    """Combinations, ascending; how many claims each has, and the position of the first of these. figures: pairs of a
    combination and a figure that belongs to it.
    """

    combinations: Ints
    counts: Ints
    firsts: Ints
    figures: tuple[Ints, Ints]


@dataclass(frozen=True)
class Tallying:
    """`count` claims that are to be counted. axes: of these, by the place of their grouping. lists: those that are
    grouped by. measured: the list of the figures that belong to their groups; none where it is grouped by itself, or
    nothing is measured.
    """

    count: int
    axes: dict[int, Axis]
    lists: list[Listed]
    measured: Listed | None = None

    @cached_property
    def every_axis(self) -> list[Axis]:
        """All axes, in the order of groupings."""
        every = dict(self.axes)
        for listed in self.lists:
            every |= listed.axes
        return [every[place] for place in sorted(every)]

    @cached_property
    def size(self) -> int:
        """How many combinations there may be."""
        return prod(axis.size for axis in self.every_axis)

    def parts(self) -> Iterator[Tally]:
        """The tallies of all claims, of some at a time."""
        listed = [*self.lists, *([self.measured] if self.measured else [])]
        if not listed and self.count:
            yield self._part(0, self.count)
            return
        rows = np.ones(self.count)
        for one in listed:
            rows *= np.maximum(one.sizes, 1)
        ends, begin = np.cumsum(rows), 0
        while begin < self.count:
            before = ends[begin - 1] if begin else 0
            end = max(int(np.searchsorted(ends, before + ROWS, "right")), begin + 1)
            yield self._part(begin, end)
            begin = end

    def _part(self, begin: int, end: int) -> Tally:
        rows: Rows = {place: axis.codes[begin:end] for place, axis in self.axes.items()}
        rows[AT] = np.arange(begin, end, dtype=np.int32)
        for listed in self.lists:
            rows = listed.beside(rows)
        rows[COMBINATION] = self._combined(rows)
        figures = _figures(rows) if FIGURE in rows else None
        if not all(listed.is_set for listed in self.lists):
            rows = _different(rows, AT, COMBINATION)
        if self.measured:
            figures = _figures(self.measured.beside({name: rows[name] for name in (AT, COMBINATION)}))
        nothing = np.zeros(0, np.int64)
        return self._without_spanning(Tally(*_counted(rows, self.size), figures or (nothing, nothing)))

    def _combined(self, rows: Rows) -> Ints:
        combined: Ints = np.zeros(len(rows[AT]), np.int64)
        for place, axis in enumerate(self.every_axis):
            combined = combined * axis.size + rows[place] if place else rows[place].astype(np.int64)
        return combined

    def _without_spanning(self, tally: Tally) -> Tally:
        """A tally without the combinations of dates that lie in several groups."""
        digit, kept = 1, np.ones(len(tally.combinations), np.bool_)
        is_kept = np.ones(len(tally.figures[0]), np.bool_)
        for axis in reversed(self.every_axis):
            if axis.spanning is not None:
                kept &= tally.combinations // digit % axis.size != axis.spanning
                is_kept &= tally.figures[0] // digit % axis.size != axis.spanning
            digit *= axis.size
        combinations, figures = (one[is_kept] for one in tally.figures)
        return Tally(tally.combinations[kept], tally.counts[kept], tally.firsts[kept], (combinations, figures))

    @property
    def spanning(self) -> int | None:
        """How many claims have a date that lies in several groups; None where none are grouped by it."""
        spans = [axis.codes == axis.spanning for axis in self.axes.values() if axis.spanning is not None]
        return int(np.count_nonzero(np.logical_or.reduce(spans))) if spans else None

    def codes_of(self, combination: int) -> list[int]:
        """The codes of a combination, in the order of groupings."""
        codes = []
        for axis in reversed(self.every_axis):
            combination, code = divmod(combination, axis.size)
            codes.append(code)
        return codes[::-1]


def _figures(rows: Rows) -> tuple[Ints, Ints]:
    kept = rows[FIGURE] >= 0
    found = _different({name: rows[name][kept] for name in (COMBINATION, FIGURE)}, COMBINATION, FIGURE)
    return found[COMBINATION], found[FIGURE]


def _different(rows: Rows, one: str, other: str) -> Rows:
    """The rows that differ in two columns, in the order of the first."""
    order = np.lexsort((rows[other], rows[one]))
    columns = [rows[name][order] for name in (one, other)]
    is_new = np.ones(len(order), np.bool_)
    is_new[1:] = (np.diff(columns[0]) != 0) | (np.diff(columns[1]) != 0)
    return {name: column[is_new] for name, column in zip((one, other), columns, strict=True)}


def _counted(rows: Rows, size: int) -> tuple[Ints, Ints, Ints]:
    """The combinations in rows, how many each has, and the position of its first."""
    combinations, at = rows[COMBINATION], rows[AT]
    if size > DENSE:
        found, firsts, counts = np.unique(combinations, return_index=True, return_counts=True)
        return found, counts, at[firsts]
    every: NDArray[np.int64] = np.bincount(combinations, minlength=size)
    found = np.flatnonzero(every)
    places = np.empty(size, np.int32)
    places[combinations[::-1]] = at[::-1]  # the last one that is written stays
    return found, every[found], places[found]


def joined_tallies(parts: list[Tally]) -> Tally:
    """One tally of all claims. parts: of some each, in their order."""
    if len(parts) == 1:
        return parts[0]
    nothing: Ints = np.zeros(0, np.int64)
    every = [np.concatenate([nothing, *(getattr(part, name) for part in parts)]) for name in ("combinations", "counts")]
    found, firsts, which = np.unique(every[0], return_index=True, return_inverse=True)
    counts = np.bincount(which, every[1], len(found)).astype(np.int64)
    positions = np.concatenate([nothing, *(part.firsts for part in parts)])[firsts]
    figures = [np.concatenate([nothing, *(part.figures[n] for part in parts)]) for n in (0, 1)]
    return Tally(found, counts, positions, (figures[0], figures[1]))
