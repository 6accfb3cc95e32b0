"""Ranges in the inverted index: intervals of days, moments and amounts as nodes of trees.

The numbers of a kind are the leaves of a tree: days below months, years, decades, centuries; seconds below minutes,
hours, days; doubles by ever fewer of their leading bits. An interval is covered by the fewest nodes that hold it and
nothing else. The index has, for each interval, its covering nodes with all nodes above them (`within`), and once more
those of them that are no leaves (`cover`).

An interval has something in common with an asked one if a node that covers the asked one is among its `within` nodes
(it has a part inside of that), or if a node above those is among its `cover` nodes (it holds all of that). An interval
that lies inside of an asked one has a `within` node among those that cover the asked one.

So a range is some tens of terms, found in the order of positions beside whatever else is asked: it does not matter
which of the two is rare (segment trees: de Berg et al., Computational Geometry, chapter 10).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from app.store.records.index_terms import term

Node = tuple[int, int]  # level, 0 for leaves; number within the level


@dataclass(frozen=True)
class Tree:
    """radices: how many nodes of each level have one above them together, leaves first."""

    radices: tuple[int, ...]

    def cover(self, low: int, high: int) -> Iterator[Node]:
        """The fewest nodes that hold the leaves low … high and no other."""
        for level, radix in enumerate(self.radices):
            while low <= high and low % radix:
                yield level, low
                low += 1
            while low <= high and (high + 1) % radix:
                yield level, high
                high -= 1
            if low > high:
                return
            low, high = low // radix, high // radix
        yield from ((len(self.radices), number) for number in range(low, high + 1))

    def above(self, node: Node) -> Iterator[Node]:
        """The nodes above a node."""
        level, number = node
        for radix in self.radices[level:]:
            level, number = level + 1, number // radix
            yield level, number


DAYS: Final = Tree((31, 12, 10, 10, 10))  # days, months, years, decades, centuries, millennia
MOMENTS: Final = Tree((60, 60, 24, *DAYS.radices))  # seconds, minutes, hours, days, …
BITS: Final = 24  # of a double that its leaf has: 12 of sign and exponent, 12 of its digits in the binary system
AMOUNTS: Final = Tree((16, 4, 4, 4, 4, 2, 4, 4, 8))

LAST_DAY: Final = date.max.toordinal()


def day_leaves(first: int, last: int) -> tuple[int, int]:
    """The leaves of a stretch of day numbers; what lies before or after all dates is cut off."""
    begin, end = date.fromordinal(max(first, 1)), date.fromordinal(min(last, LAST_DAY))
    is_last_of_month = end == date.max or date.fromordinal(end.toordinal() + 1).day == 1
    return _slot(begin), _slot(end) if not is_last_of_month else _slot(end.replace(day=1)) + 30


def _slot(day: date) -> int:
    return (day.year * 12 + day.month - 1) * 31 + day.day - 1


def moment_leaf(moment: datetime) -> int:
    """The leaf of the second of a moment in UTC."""
    return ((_slot(moment.date()) * 24 + moment.hour) * 60 + moment.minute) * 60 + moment.second


def amount_leaves(low: float, high: float) -> tuple[int, int]:
    """The leaves of an interval of doubles."""
    return _ordered(low), _ordered(high)


def _ordered(number: float) -> int:
    """The leading bits of a double, in the order of the numbers (IEEE 754: negative ones run backwards)."""
    (bits,) = struct.unpack(">Q", struct.pack(">d", number + 0.0))
    ordered = bits ^ 0xFFFFFFFFFFFFFFFF if bits >> 63 else bits | (1 << 63)
    return int(ordered >> (64 - BITS))


@lru_cache(maxsize=10_000)  # each has some kB
def stored_terms(field: str, tree: Tree, leaves: tuple[int, int]) -> tuple[int, ...]:
    """The terms that the index has of an interval."""
    covering = tuple(tree.cover(*leaves))
    within = dict.fromkeys(node for own in covering for node in (own, *tree.above(own)))
    found = [term(f"{field}/within", f"{level}:{number}") for level, number in within]
    return (*found, *(term(f"{field}/cover", f"{level}:{number}") for level, number in covering if level))


@lru_cache(maxsize=1000)
def meeting_terms(field: str, tree: Tree, leaves: tuple[int, int]) -> tuple[int, ...]:
    """The terms of which an interval has one if, and only if, it has a leaf in common with the asked one."""
    covering = tuple(tree.cover(*leaves))
    above = dict.fromkeys(node for own in covering for node in tree.above(own))
    return (*_within(field, covering), *(term(f"{field}/cover", f"{level}:{number}") for level, number in above))


@lru_cache(maxsize=1000)
def inner_terms(field: str, tree: Tree, leaves: tuple[int, int]) -> tuple[int, ...]:
    """Terms of which an interval has one if it lies in the asked one; it may have one otherwise, too."""
    return tuple(_within(field, tree.cover(*leaves)))


def _within(field: str, nodes: Iterable[Node]) -> list[int]:
    return [term(f"{field}/within", f"{level}:{number}") for level, number in nodes]
