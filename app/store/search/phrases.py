"""Phrases: words side by side in one text of a claim.

Two neighbouring words are a term of their own where they are frequent; rare ones share a term with others. So two words
that are frequent together are found as surely as a word is; all other phrases may be in certain versions, and are
checked on the tokens of their texts.
"""

from __future__ import annotations

from array import array
from enum import Enum
from itertools import pairwise
from typing import Final

from pyroaring import BitMap

from app.domain.query.logic import And, Not, Or
from app.domain.text.lattice import JOINT, stands_in
from app.store.index.bitmaps import numbers_in
from app.store.index.facts import bucket_term, pair_term
from app.store.index.families import CLAIM
from app.store.index.reader import View
from app.store.index.terms import TEXTS, pair_digests
from app.store.search.formula import Formula, SideBySide

CHECKED_AT_ONCE: Final = 1_000  # versions, about a millisecond: between two looks at the deadline
REMEMBERED: Final = 20_000  # versions that a phrase may be in, up to which all are checked, once
FEW: Final = 500  # versions that are checked each time, and others not with them


class Reading(Enum):
    """Which versions a phrase is taken to be in: all that it may be in, those that it is surely in, or where it is."""

    POSSIBLE = 1
    SURE = 2
    CHECKED = 3

    @property
    def negated(self) -> Reading:
        """How a phrase is to be read below a Not, so that the whole is read like this."""
        return {Reading.POSSIBLE: Reading.SURE, Reading.SURE: Reading.POSSIBLE}.get(self, self)


def has_phrase(formula: Formula) -> bool:
    """Whether a phrase is asked for anywhere in a formula of claims."""
    match formula:
        case And(parts) | Or(parts):
            return any(map(has_phrase, parts))
        case Not(part):
            return has_phrase(part)
    return isinstance(formula, SideBySide)


def find(view: View, phrase: SideBySide, reading: Reading, within: BitMap | None = None) -> BitMap:
    """The versions with a phrase; those within others, where given. Raises QueryTimeout."""
    return BitMap.union(*(_find(view, phrase, text, reading, within) for text in phrase.texts))


def _find(view: View, phrase: SideBySide, text: str, reading: Reading, within: BitMap | None) -> BitMap:
    sure, possible = _candidates(view, phrase, text)
    if reading is Reading.SURE:
        return sure
    if reading is Reading.POSSIBLE:
        return possible
    unchecked = possible - sure
    wanted = unchecked if within is None else unchecked & within
    if len(unchecked) > REMEMBERED or len(wanted) <= FEW:
        return sure | _checked(view, phrase, text, wanted)

    def checked(after: int) -> BitMap:
        return _checked(view, phrase, text, unchecked - BitMap(range(after + 1)))

    return sure | view.grown((phrase.words, phrase.open_end, text), CLAIM, checked)


def _candidates(view: View, phrase: SideBySide, text: str) -> tuple[BitMap, BitMap]:
    """The versions that surely have a phrase in a text, and all that may have it."""
    *whole, last = phrase.words
    ends = view.beginning if phrase.open_end else view.postings
    words = view.each_postings((CLAIM, f"{text}{word}".encode()) for word in whole)
    words.append(ends(CLAIM, f"{text}{last}".encode()))
    words.sort(key=len)
    possible = words[0]
    for bitmap in words[1:]:
        possible = possible & bitmap
    pairs = list(pairwise(whole if phrase.open_end else phrase.words))
    sure = BitMap()  # where they are two words: with their own term
    for first, second in pairs:
        if not possible:
            break
        (digest,) = pair_digests(first, second, text)
        sure, shared = view.each_postings(((CLAIM, pair_term(digest)), (CLAIM, bucket_term(digest))))
        possible = possible & sure | possible & shared
    return (sure, possible) if len(pairs) == 1 and not phrase.open_end else (BitMap(), possible)


def _checked(view: View, phrase: SideBySide, text: str, numbers: BitMap) -> BitMap:
    """Those of some versions that have a phrase in a text."""
    words = f" {' '.join(phrase.words)}{'' if phrase.open_end else ' '}"
    found, wanted = array("I"), numbers_in(numbers).tolist()
    for start in range(0, len(wanted), CHECKED_AT_ONCE):
        view.check_deadline()
        rows = view.find_tokens(wanted[start : start + CHECKED_AT_ONCE], TEXTS.index(text), words, JOINT)
        found.extend(
            number for number, other in rows if other is None or stands_in(other, phrase.words, phrase.open_end)
        )
    return BitMap(found)
