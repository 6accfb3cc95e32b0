"""Gathering: the facts of many versions turned into postings and columns, before they are stored.

Two neighbouring words are a term of their own where enough versions of the part have them; the others share terms, so
that a part of 50,000 versions has not millions of rows with one number each. A phrase looks at both.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count
from struct import Struct
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from app.store.index.bitmaps import RAW, joined, pack
from app.store.index.facts import BUCKET, ClaimFacts, SpeakerFacts, Value, bucket_term, pair_term
from app.store.index.families import CLAIM, ELEMENTS, FAMILIES, PLACES, SPEAKER, Lasts, column_names, key_of

EXACT_PAIR: Final = 8  # versions with a pair of words from which on it is a term of its own
Row = tuple[bytes, bytes]  # a key, and its numbers
Stretch = tuple[str, int, int, bytes]  # a column's name, the first and the last number, the values

SPEAKERS: Final = PLACES[SPEAKER]
FIRST_ELEMENT: Final = PLACES[ELEMENTS[0]]

_CODES: Final = {np.int32: "i", np.uint32: "I", np.int64: "q", np.float64: "d"}
_PACKERS: Final = [  # of the values of one version or element, without gaps between them
    Struct("=" + "".join(_CODES[kind] for kind in family.columns.values())).pack for family in FAMILIES
]

LAST_RELATIVE: Final = (1 << 16) - 1  # a pair and the number of a version, from `before` on, are sorted as one number


class Gathered:
    """Postings and columns of versions that are numbered from `before` on.

    Arrays are all that grows with each version: objects that the garbage collector looks at would cost as much again.
    Terms stand in them by place, version after version, and are sorted at the end: to append to an array of each term
    costs more than twice as much.
    """

    def __init__(self, before: Lasts) -> None:
        self.before = before
        self._lasts = list(before)
        self.entries = 0  # numbers in the postings, about: what the memory grows with
        self._terms = [Entries("I") for _ in FAMILIES]
        self._places: list[dict[bytes, int]] = [defaultdict(count().__next__) for _ in FAMILIES]
        self._pairs = Entries("Q")
        self._values = [bytearray() for _ in FAMILIES]  # of all columns, version after version

    @property
    def lasts(self) -> Lasts:
        """The last number of each family."""
        return Lasts(self._lasts)

    @property
    def size(self) -> int:
        """How many versions there are, of claims and speakers."""
        return self._lasts[0] - self.before[0] + self._lasts[SPEAKERS] - self.before[SPEAKERS]

    def add(self, facts: ClaimFacts) -> int:
        """Add a version of a claim with its elements; its number."""
        number = self._add(0, facts.terms, facts.values)
        if number - self.before[0] > LAST_RELATIVE:
            raise ValueError(f"at most {LAST_RELATIVE:,} versions of claims are gathered at a time")
        self._pairs.add(facts.pairs)
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
        self._terms[place].add(list(map(self._places[place].__getitem__, terms)))
        self._values[place] += _PACKERS[place](*values)
        self.entries += len(terms)
        return number

    def numbers(self, place: int, terms: list[bytes]) -> array[int]:
        """The numbers that have any of these terms so far."""
        known = self._places[place]
        wanted = [known[term] for term in terms if term in known]
        found = self._terms[place].places_of(wanted).tolist() if wanted else []
        return array("I", [self.before[place] + one for one in found])

    def rows_of_few(self) -> list[Row]:
        """The postings of few versions, in the order of their keys; all pairs are terms of their own. To sort arrays,
        as below, takes far longer for one version.
        """
        found: defaultdict[bytes, array[int]] = defaultdict(partial(array, "I"))
        for before, family, own, places in zip(self.before, FAMILIES, self._terms, self._places, strict=True):
            keys = [key_of(family, term) for term in places]
            for number, terms in enumerate(own, before + 1):
                for at in terms:
                    found[keys[at]].append(number)
        for number, pairs in enumerate(self._pairs, self.before[0] + 1):
            for pair in pairs:
                found[key_of(CLAIM, pair_term(pair))].append(number)
        return sorted((key, pack(numbers)) for key, numbers in found.items())

    def rows(self) -> Iterator[Row]:
        """The postings as they are stored, in the order of their keys, made one by one: all of them at once would take
        as much memory as what was gathered.
        """
        for place, family in sorted(enumerate(FAMILIES), key=lambda one: one[1].letter):
            if family is CLAIM:
                yield from self._rows_of_pairs()  # their terms begin with + and -, all others with later bytes
            found = Sorted(self._terms[place].packed(32), 32, self.before[place])
            for key, at in sorted((key_of(family, term), at) for term, at in self._places[place].items()):
                yield key, found.stored(at)

    def _rows_of_pairs(self) -> Iterator[Row]:
        pairs = Sorted(self._pairs.packed(16), 16, self.before[0])
        often = np.flatnonzero(pairs.sizes >= EXACT_PAIR)
        for at, pair in zip(often.tolist(), pairs.values[often].tolist(), strict=True):
            yield key_of(CLAIM, pair_term(pair)), pairs.stored(at)
        shared = pairs.shared(EXACT_PAIR)
        for at, bucket in enumerate(shared.values.tolist()):
            yield key_of(CLAIM, bucket_term(bucket)), shared.stored(at)

    def columns(self) -> list[Stretch]:
        """The columns as they are stored."""
        found: list[Stretch] = []
        for family, before, last, values in zip(FAMILIES, self.before, self._lasts, self._values, strict=True):
            if last > before:
                rows = np.frombuffer(values, np.dtype([*family.columns.items()]))
                each = zip(column_names(family), family.columns, strict=True)
                found += [(stored, before + 1, last, rows[name].tobytes()) for stored, name in each]
        return found


class Entries:
    """Whole numbers of versions, one version after another."""

    def __init__(self, kind: Literal["I", "Q"]) -> None:
        self._values: array[int] = array(kind)
        self._ends = array("Q")  # of the versions

    def add(self, values: list[int]) -> None:
        """Add the numbers of the next version."""
        self._values.fromlist(values)  # half the time of extend
        self._ends.append(len(self._values))

    def __iter__(self) -> Iterator[array[int]]:
        """The numbers of each version."""
        begin = 0
        for end in self._ends:
            yield self._values[begin:end]
            begin = end

    def places_of(self, values: list[int]) -> NDArray[np.int64]:
        """The places, from 1, of the versions that have any of these numbers, which some have."""
        found = np.flatnonzero(np.isin(np.frombuffer(self._values, np.uint32), values))
        return np.searchsorted(np.frombuffer(self._ends, np.uint64), found.astype(np.uint64), "right") + 1

    def packed(self, bits: int) -> NDArray[np.uint64]:
        """Each number above the place of its version, from 1, which has so many bits; in ascending order."""
        if not self._ends:
            return np.zeros(0, np.uint64)
        each = np.diff(np.frombuffer(self._ends, np.uint64), prepend=np.uint64(0)).astype(np.int64)
        found = np.array(self._values, np.uint64)
        found <<= np.uint64(bits)  # in place: there are millions
        found |= np.repeat(np.arange(1, len(each) + 1, dtype=np.uint64), each)
        found.sort()
        return found


class Sorted:
    """Different values in ascending order, and the numbers of the versions that have each."""

    def __init__(self, packed: NDArray[np.uint64], bits: int, before: int) -> None:
        values = packed >> np.uint64(bits)
        begins = np.flatnonzero(values[1:] != values[:-1]) + 1
        begins = np.concatenate([np.zeros(min(len(values), 1), begins.dtype), begins])
        self.values = values[begins]
        self.sizes = np.diff(begins, append=len(values))
        self._begins = [*begins.tolist(), len(values)]
        del values  # millions of numbers: at most two arrays of 64 bits stand beside each other
        packed &= np.uint64((1 << bits) - 1)
        packed += np.uint64(before)
        self._bytes = packed.astype(np.uint32).tobytes()
        self._each = np.frombuffer(self._bytes, np.uint32)

    def numbers(self, at: int) -> array[int]:
        """The numbers of the versions that have the value at a place."""
        return array("I", self._bytes[4 * self._begins[at] : 4 * self._begins[at + 1]])

    def stored(self, at: int) -> bytes:
        """The same as they are stored."""
        begin, end = self._begins[at], self._begins[at + 1]
        return self._bytes[4 * begin : 4 * end] if end - begin <= RAW // 4 else pack(self.numbers(at))

    def shared(self, exact: int) -> Sorted:
        """The buckets of values that fewer than so many versions have, with their versions."""
        rare = self.sizes < exact
        buckets = np.repeat(self.values[rare] & np.uint64(0xFFFF), self.sizes[rare])
        numbers = self._each[np.repeat(rare, self.sizes)]
        return Sorted(np.unique(buckets << np.uint64(32) | numbers), 32, 0)


def with_shared_pairs(rows: list[Row], exact: int = EXACT_PAIR) -> list[Row]:
    """Rows that have all pairs as terms of their own, as those of a segment. They stand in order, before and after."""
    begin = key_of(CLAIM, b"+")
    others: list[Row] = []
    rare: dict[bytes, list[bytes]] = defaultdict(list)
    for key, stored in rows:
        if key.startswith(begin) and len(stored) < exact * 4 and len(stored) % 4 == 0:
            rare[key[-BUCKET:]].append(stored)
        else:
            others.append((key, stored))
    bucket = key_of(CLAIM, bucket_term(0))[:-BUCKET]
    others += [(bucket + last, joined(stored)) for last, stored in rare.items()]
    others.sort()
    return others
