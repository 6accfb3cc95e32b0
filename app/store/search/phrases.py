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
from app.store.database.stored_tokens import find_tokens
from app.store.index.bitmaps import numbers_in
from app.store.index.facts import bucket_term, pair_term
from app.store.index.families import CLAIM
from app.store.index.reader import View
from app.store.index.word_terms import TEXTS, pair_digest
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
    sure = _sure(view, phrase, text)
    if reading is Reading.SURE:
        return sure
    key = (phrase.words, phrase.open_end, text)
    possible = view.grown(("possible", *key), CLAIM, lambda _: _possible(view, phrase, text))
    if reading is Reading.POSSIBLE:
        return possible
    unchecked = possible - sure
    wanted = unchecked if within is None else unchecked & within
    if len(unchecked) > REMEMBERED or len(wanted) <= FEW:
        return sure | _checked(view, phrase, text, wanted)

    def checked(after: int) -> BitMap:
        return _checked(view, phrase, text, unchecked - BitMap(range(after + 1)))

    return sure | view.grown(key, CLAIM, checked)


def _sure(view: View, phrase: SideBySide, text: str) -> BitMap:
    """The versions that surely have a phrase in a text: two words, with a term of their own."""
    if len(phrase.words) > 2 or phrase.open_end:
        return BitMap()
    first, second = phrase.words
    return view.postings(CLAIM, pair_term(pair_digest(first, second, text)))


def _possible(view: View, phrase: SideBySide, text: str) -> BitMap:
    """The versions that may have a phrase in a text: all its words, and the terms of each two neighbours."""
    *whole, last = phrase.words
    ends = view.beginning if phrase.open_end else view.postings
    words = view.each_postings((CLAIM, f"{text}{word}".encode()) for word in whole)
    found, *others = sorted([*words, ends(CLAIM, f"{text}{last}".encode())], key=len)
    for bitmap in others:
        found = found & bitmap
    for first, second in pairwise(whole if phrase.open_end else phrase.words):
        if not found:
            break
        digest = pair_digest(first, second, text)
        found = found & view.any_postings(CLAIM, (pair_term(digest), bucket_term(digest)))
    return found


def _checked(view: View, phrase: SideBySide, text: str, numbers: BitMap) -> BitMap:
    """The versions, of some, that have a phrase in a text."""
    words = f" {' '.join(phrase.words)}{'' if phrase.open_end else ' '}"
    found, wanted = array("I"), numbers_in(numbers).tolist()
    for start in range(0, len(wanted), CHECKED_AT_ONCE):
        view.check_deadline()
        some = wanted[start : start + CHECKED_AT_ONCE]
        rows = find_tokens(view.connection, some, TEXTS.index(text), words, JOINT)
        found.extend(
            number for number, other in rows if other is None or stands_in(other, phrase.words, phrase.open_end)
        )
    return BitMap(found)
