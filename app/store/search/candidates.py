"""Candidates: the claims that have the weightiest words and amounts of a text, found by bitmaps.

Weights are added up for the rarest words first; the most frequent ones, which say little, are left to the comparison
of the few that are found (see alike.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from app.domain.quantities.amounts import Amount
from app.domain.query.likeness import weight
from app.domain.text.stems import stem
from app.store.index.bitmaps import Numbers, numbers_in
from app.store.index.families import CITATION, CLAIM, FIGURE, SPEAKER
from app.store.index.reader import View
from app.store.search.evaluation import Evaluation
from app.store.search.formula import Beginning, Formula, OfElement, OfSpeaker, Range, Terms, any_of
from app.store.search.lookups import Languages

MOST: Final = 150  # claims that are compared
MOST_ADDED: Final = 200_000  # numbers that are added up

BEGINNING: Final = 4  # letters of a word that no claim has by which others are found
MOST_UNKNOWN: Final = 8  # words that are looked for so
OWN: Final = "qp"  # the texts that are compared: not the context


class Found(NamedTuple):
    """The versions that have a word or an amount, how many of them are visible, and its weight."""

    bitmap: BitMap
    having: int
    weight: int


class Finder:
    """Finds the versions that have a word or an amount, at a view. Raises QueryTimeout."""

    def __init__(self, view: View, languages: Languages) -> None:
        self.view = view
        self._codes = [code for code, _ in languages]
        self._evaluation = Evaluation(view)
        self._visible = view.visible(CLAIM)

    def words(self, words: Sequence[str]) -> list[Found]:
        """The versions with each of some words, or one of the same stem, in a quote, a paraphrase, a title, a name."""
        own = [[one.encode() for one in self._own(word)] for word in words]
        beside = [(CITATION, SPEAKER, f"t{word}".encode(), f"n{word}".encode()) for word in words]
        self.view.each_postings((CLAIM, term) for terms in own for term in terms)  # by few statements, and held then
        titled = self.view.each_postings((CITATION, title) for _, _, title, _ in beside)
        named = self.view.each_postings((SPEAKER, name) for _, _, _, name in beside)
        found = []
        for terms, (_, _, title, name), in_titles, in_names in zip(own, beside, titled, named, strict=True):
            parts: list[Formula] = [Terms(tuple(terms))]
            parts += [OfElement(CITATION.name, Terms((title,)))] if in_titles else []
            parts += [OfSpeaker(Terms((name,)))] if in_names else []
            found.append(self._found(any_of(parts)))
        return self._with_beginnings(words, found)

    def _with_beginnings(self, words: Sequence[str], found: list[Found]) -> list[Found]:
        """For words that no claim has, which are perhaps misspelt or joined, the versions with one that begins so."""
        unknown = [at for at, one in enumerate(found) if len(words[at]) > BEGINNING and not one.having]
        for at in unknown[:MOST_UNKNOWN]:
            start = words[at][:BEGINNING]
            parts: list[Formula] = [Beginning(f"{letter}{start}".encode()) for letter in OWN]
            parts += [OfElement(CITATION.name, Beginning(f"t{start}".encode()))]
            found[at] = self._found(any_of([*parts, OfSpeaker(Beginning(f"n{start}".encode()))]))
        return found

    def _own(self, word: str) -> Iterator[str]:
        stems = [(code, own) for code in self._codes if (own := stem(code, word))]
        for letter in OWN:
            yield f"{letter}{word}"
            yield from (f"~{letter}{code}{own}" for code, own in stems)

    def amounts(self, amounts: Iterable[Amount]) -> list[Found]:
        """The versions that have each of some amounts, as a figure in the base unit, or in digits."""
        return [self._found(_amount(amount)) for amount in amounts]

    def _found(self, formula: Formula) -> Found:
        self.view.check_deadline()
        bitmap = self._evaluation.find(formula)
        having = bitmap.intersection_cardinality(self._visible)
        return Found(bitmap, having, weight(having, len(self._visible)))


def _amount(amount: Amount) -> Formula:
    parts: list[Formula] = []
    for value in sorted(amount.values):
        parts.append(OfElement(FIGURE.name, Range("value", "value", float(value), float(value))))
        if value == value.to_integral_value():
            parts.append(Terms(tuple(f"{letter}{value:f}".encode() for letter in OWN)))
    return any_of(parts)


def best_candidates(view: View, found: Sequence[Found], among: BitMap, most: int = MOST) -> list[int]:
    """The versions, among some, with the largest sums of weights; in the order of these, then by date."""
    sums = np.zeros(view.last(CLAIM) + 1, np.int32)
    touched: list[BitMap] = []
    added = 0
    inside = sorted((len(own := one.bitmap & among), at, own) for at, one in enumerate(found))
    for size, at, bitmap in inside:
        added += size
        if touched and added > MOST_ADDED:
            break
        if size:
            view.check_deadline()
            sums[numbers_in(bitmap)] += found[at].weight
            touched.append(bitmap)
    numbers = numbers_in(BitMap.union(*touched)) if touched else numbers_in(BitMap())
    return _best(numbers, sums[numbers], view, most)


def _best(numbers: Numbers, sums: NDArray[np.int32], view: View, most: int) -> list[int]:
    if len(numbers) > most:
        some = sums >= np.partition(sums, len(sums) - most)[len(sums) - most]
        numbers, sums = numbers[some], sums[some]
    order = np.lexsort((view.positions()[numbers], -sums))[:most]
    best: list[int] = numbers[order].tolist()
    return best
