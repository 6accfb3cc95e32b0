"""Formulas → bitmaps of the numbers that match them.

A bitmap that is found within another one is right for the numbers in that one; whether it has others means nothing. So
each part of an And is looked for within what the parts before it left, and what must be looked at number by number is
looked at for few. Versions that a request must not see are taken away once, at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from app.domain.query.logic import And, Not, Or
from app.store.index.bitmaps import Numbers, bitmap_of, bitmap_of_mask, numbers_in
from app.store.index.facts import fact
from app.store.index.families import BY_NAME, CLAIM, SPEAKER, Family
from app.store.index.reader import View
from app.store.search import phrases
from app.store.search.formula import Beginning, Claims, Formula, OfClaim, OfElement, OfSpeaker, Range, SideBySide, Terms
from app.store.search.ranges import in_range, numbers_until

FEW: Final = 2_000  # claims whose elements are looked at one by one
FEW_SPEAKERS: Final = 100  # whose claims are found by a term for each
MANY_PARTS: Final = 8  # of an Or, above which it is remembered: a word and its stems, in texts and in names
STORED: Final = 0  # a rank, see below


def evaluate(formula: Formula, view: View) -> BitMap:
    """The versions of claims that are visible at a view and match a formula. Raises QueryTimeout."""
    return Evaluation(view).find(formula) & view.visible(CLAIM)


class Evaluation:
    """Evaluates formulas at a view. reading: which versions a phrase is taken to be in, see phrases.py."""

    def __init__(self, view: View, reading: phrases.Reading = phrases.Reading.CHECKED) -> None:
        self.view = view
        self.reading = reading

    def find(self, formula: Formula, family: Family = CLAIM, within: BitMap | None = None) -> BitMap:
        """The numbers of a family that match a formula. The bitmap may be shared: it must not be changed.

        Raises QueryTimeout.
        """
        match formula:
            case Terms((term,)):
                return self.view.postings(family, term)
            case And(parts):
                return self._all(parts, family, within)
            case Or(parts) if len(parts) > MANY_PARTS and rank(formula) == STORED:
                return self._at_revision(formula, lambda: self._any(parts, family))
            case Or(parts):
                return union(self.find(part, family, within) for part in parts)
            case Not(part):
                denied = Evaluation(self.view, self.reading.negated)  # of what is possible, what surely is not
                return self._every(family, within) - denied.find(part, family, within)
            case Terms(terms):
                return union(self.view.each_postings((family, term) for term in terms))
            case Beginning(prefix):
                return self.view.beginning(family, prefix)
            case SideBySide():
                return phrases.find(self.view, formula, self.reading, within)
            case Claims(ids):
                return self.view.versions_of(ids)
            case OfElement(name, inner):
                return self._owners(BY_NAME[name], inner, within)
            case OfClaim(inner):
                return self._of_owners(family, formula, inner, within)
            case OfSpeaker(inner):
                return self._at_revision(formula, lambda: self._claims_of(inner))
            case Range():
                return in_range(self.view, family, formula, within)

    def _at_revision(self, formula: Hashable, make: Callable[[], BitMap]) -> BitMap:
        """A bitmap remembered for the view's revision alone: speakers' names change without a version of a claim."""
        return self.view.grown((self.view.revision, formula), CLAIM, lambda _: make())

    def _all(self, parts: tuple[Formula, ...], family: Family, within: BitMap | None) -> BitMap:
        self.view.check_deadline()
        found = within
        for part in sorted(parts, key=rank):
            if found is not None and not found:
                break
            bitmap = self.find(part, family, found)
            found = bitmap if found is None or isinstance(part, Not) else found & bitmap
        return self._every(family, found)

    def _any(self, parts: tuple[Formula, ...], family: Family) -> BitMap:
        self.view.each_postings(terms_in(parts, family))  # by one statement; they are held from now on
        return union(self.find(part, family) for part in parts)

    def _every(self, family: Family, within: BitMap | None) -> BitMap:
        return BitMap(range(1, self.view.last(family) + 1)) if within is None else within

    def _owners(self, family: Family, inner: Formula, within: BitMap | None) -> BitMap:
        """The versions with an element that matches a formula: remembered, where its terms are; else, of few, found."""
        if within is not None and len(within) <= FEW and rank(inner) != STORED:
            return self._of_claims(self.elements(family, inner, within)[0])

        def owners(after: int) -> BitMap:
            new = BitMap(range(after + 1, self.view.last(family) + 1)) if after else None
            return self._of_claims(self._elements(family, inner, new)[0])

        return self.view.grown(OfElement(family.name, inner), family, owners)

    def _of_owners(self, family: Family, asked: Formula, inner: Formula, within: BitMap | None) -> BitMap:
        """The elements of visible claims that match a formula. Of all elements they are remembered for the revision."""
        self.view.check_deadline()
        claims = self.find(inner, CLAIM) & self.view.visible(CLAIM)
        versions = self._versions(family)
        if len(claims) <= FEW:
            return _elements_of(versions, numbers_in(claims))
        if within is not None and len(within) <= FEW:
            numbers = numbers_until(within, self.view.last(family))
            return BitMap([int(one) for one in numbers if int(versions[one]) in claims])

        def make() -> BitMap:
            is_one = np.zeros(self.view.last(CLAIM) + 1, bool)
            is_one[numbers_in(claims)] = True
            return bitmap_of_mask(is_one[versions])

        return self._at_revision((family.name, asked), make)

    def elements(self, family: Family, inner: Formula, within: BitMap) -> tuple[Numbers, Numbers]:
        """The versions of the elements that match a formula, ascending; and the numbers of these elements.

        within: claims' versions; where they are few, elements of others are left out.
        """
        few = len(within) <= FEW
        return self._elements(family, inner, _elements_of(self._versions(family), numbers_in(within)) if few else None)

    def _elements(self, family: Family, inner: Formula, within: BitMap | None) -> tuple[Numbers, Numbers]:
        self.view.check_deadline()
        found = self.find(inner, family, within)
        numbers = numbers_until(found if within is None else found & within, self.view.last(family))
        return self._versions(family)[numbers], numbers

    def _versions(self, family: Family) -> Numbers:
        """The version that each element is of. Elements are numbered in the order of versions."""
        versions: Numbers = self.view.column(family, "version")[: self.view.last(family) + 1]
        return versions

    def _claims_of(self, inner: Formula) -> BitMap:
        """The claims of the speakers who match a formula at the view's revision, by any of their names."""
        self.view.check_deadline()
        versions = numbers_in(self.find(inner, SPEAKER) & self.view.visible(SPEAKER))
        ids = self.view.column(SPEAKER, "speaker")[versions]
        if len(ids) <= FEW_SPEAKERS:
            return union(self.view.each_postings((CLAIM, fact("speaker", f"spk_{number}")) for number in ids.tolist()))
        speakers = self.view.column(CLAIM, "speaker")[: self.view.last(CLAIM) + 1]
        wanted = np.zeros(max(ids.max(), speakers.max()) + 1, bool)
        wanted[ids] = True
        return self._of_claims(np.flatnonzero(wanted[speakers]))

    def _of_claims(self, numbers: NDArray[Any]) -> BitMap:
        return bitmap_of(numbers, self.view.last(CLAIM) + 1)


def places_of(numbers: Numbers, versions: NDArray[Any]) -> Numbers:
    """The places of elements in the lists of their claims, from 0 on. versions: the version of each element."""
    return numbers - np.searchsorted(versions, versions[numbers]).astype(np.uint32)


def _elements_of(versions: Numbers, wanted: Numbers) -> BitMap:
    """The elements of some versions, by the column that has the version of each element."""
    firsts, ends = (np.searchsorted(versions, wanted, side) for side in ("left", "right"))
    counts = ends - firsts
    before = np.cumsum(counts) - counts
    return bitmap_of(np.arange(counts.sum()) + np.repeat(firsts - before, counts), len(versions))


def union(bitmaps: Iterable[BitMap]) -> BitMap:
    """All numbers of some bitmaps; of one it is that one itself."""
    found = list(bitmaps)
    if len(found) == 1:
        return found[0]
    return BitMap.union(*found) if found else BitMap()


def terms_in(formulas: Iterable[Formula], family: Family) -> Iterator[tuple[Family, bytes]]:
    """All terms that are asked for in formulas whose rank is STORED, each with its family."""
    for formula in formulas:
        match formula:
            case And(parts) | Or(parts):
                yield from terms_in(parts, family)
            case Terms(terms):
                yield from ((family, term) for term in terms)
            case OfSpeaker(inner):
                yield from terms_in((inner,), SPEAKER)


def rank(formula: Formula) -> int:
    """When a part of an And is evaluated: stored bitmaps first, then what is looked at number by number, then phrases,
    which are checked on texts; what is left out comes last.
    """
    match formula:
        case Terms() | Beginning() | Claims() | OfSpeaker():
            return STORED
        case SideBySide():
            return 2
        case Not():
            return 3
        case And(parts) | Or(parts):
            return max(map(rank, parts), default=STORED)
    return 1
