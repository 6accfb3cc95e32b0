"""Gathering: the facts of many versions turned into postings and columns, before they are stored.

Two neighbouring words are a term of their own where enough versions of the part have them; the others share terms, so
that a part of 50,000 versions has not millions of rows with one number each. A phrase looks at both.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from app.store.index.bitmaps import joined, pack
from app.store.index.facts import ClaimFacts, SpeakerFacts, Value, bucket_term, pair_term
from app.store.index.families import CLAIM, ELEMENTS, FAMILIES, PLACES, SPEAKER, Lasts, column_names, key_of
from app.store.index.storing import Row, Stretch

EXACT_PAIR: Final = 8  # versions with a pair of words from which on it is a term of its own
SPEAKERS: Final = PLACES[SPEAKER]
FIRST_ELEMENT: Final = PLACES[ELEMENTS[0]]

_numbers: Final = partial(array, "I")


class Gathered:
    """Postings and columns of versions that are numbered from `before` on.

    Arrays are all that grows with each version: objects that the garbage collector looks at would cost as much again.
    """

    def __init__(self, before: Lasts) -> None:
        self.before = before
        self._lasts = list(before)
        self.entries = 0  # numbers in the postings, about: what the memory grows with
        self._postings: list[dict[bytes, array[int]]] = [defaultdict(_numbers) for _ in FAMILIES]
        self._pairs: dict[int, array[int]] = defaultdict(_numbers)
        self._columns: list[list[array[Any]]] = [
            [array(np.dtype(kind).char) for kind in family.columns.values()] for family in FAMILIES
        ]

    @property
    def lasts(self) -> Lasts:
        """The last number of each family."""
        return Lasts(*self._lasts)

    @property
    def size(self) -> int:
        """How many versions there are, of claims and speakers."""
        return self._lasts[0] - self.before[0] + self._lasts[SPEAKERS] - self.before[SPEAKERS]

    def add(self, facts: ClaimFacts) -> int:
        """Add a version of a claim with its elements; its number."""
        number = self._add(0, facts.terms, facts.values)
        pairs = self._pairs
        for pair in facts.pairs:
            pairs[pair].append(number)
        self.entries += len(facts.pairs)
        for place, elements in enumerate(facts.elements, FIRST_ELEMENT):
            for element in elements:
                self._add(place, element.terms, (number, *element.values))
        return number

    def add_speaker(self, facts: SpeakerFacts) -> int:
        """Add a version of a speaker; its number."""
        return self._add(SPEAKERS, facts.terms, (facts.speaker,))

    def _add(self, place: int, terms: list[bytes], values: Sequence[Value]) -> int:
        self._lasts[place] = number = self._lasts[place] + 1
        postings = self._postings[place]
        for term in terms:
            postings[term].append(number)
        for column, value in zip(self._columns[place], values, strict=True):
            column.append(value)
        self.entries += len(terms)
        return number

    def numbers(self, place: int, term: bytes) -> array[int]:
        """The numbers that have a term so far."""
        return self._postings[place].get(term) or _numbers()

    def rows(self, exact: int = EXACT_PAIR) -> list[Row]:
        """The postings as they are stored, in the order of their keys. exact: see EXACT_PAIR."""
        rows = [
            (key_of(family, term), pack(numbers))
            for family, postings in zip(FAMILIES, self._postings, strict=True)
            for term, numbers in postings.items()
        ]
        rare: dict[bytes, list[bytes]] = defaultdict(list)
        for pair, numbers in self._pairs.items():
            if len(numbers) >= exact:
                rows.append((key_of(CLAIM, pair_term(pair)), pack(numbers)))
            else:
                rare[key_of(CLAIM, bucket_term(pair))].append(numbers.tobytes())
        rows += [(key, pack(array("I", b"".join(stored)))) for key, stored in rare.items()]
        rows.sort()
        return rows

    def columns(self) -> list[Stretch]:
        """The columns as they are stored."""
        return [
            (name, before + 1, last, column.tobytes())
            for family, before, last, columns in zip(FAMILIES, self.before, self._lasts, self._columns, strict=True)
            for name, column in zip(column_names(family), columns, strict=True)
            if last > before
        ]


def with_shared_pairs(rows: list[Row], exact: int = EXACT_PAIR) -> list[Row]:
    """Rows that have all pairs as terms of their own, as those of a segment. They stand in order, before and after."""
    begin = key_of(CLAIM, b"+")
    others: list[Row] = []
    rare: dict[bytes, list[bytes]] = defaultdict(list)
    for key, stored in rows:
        if key.startswith(begin) and len(stored) < exact * 4 and len(stored) % 4 == 0:
            rare[key_of(CLAIM, bucket_term(int.from_bytes(key[len(begin) :])))].append(stored)
        else:
            others.append((key, stored))
    others += [(key, joined(stored)) for key, stored in rare.items()]
    others.sort()
    return others
