"""Numbers and units in search texts, which may be written joined or apart: `10 km` and `10km`, `1 500` and `1500`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

from app.domain.text.lattice import MOST_SPELLINGS, Spelling
from app.domain.text.tokenizer import MAX_TOKEN, UNSPACED

MOST_LETTERS: Final = 4  # of a unit that is written behind its number with or without a blank

_DIGITS = re.compile("[0-9]+")
_UNIT = re.compile(rf"[^\W\d_{UNSPACED}]{{1,{MOST_LETTERS}}}[23]?")  # km² is km2
_NUMBER_AND_UNIT = re.compile(f"([0-9]+)({_UNIT.pattern})")
_FIRST_DIGITS = re.compile("[1-9][0-9]{0,2}")
_MORE_DIGITS = re.compile("[0-9]{3}")
_MORE_AND_UNIT = re.compile(_MORE_DIGITS.pattern + _UNIT.pattern)


class Written(NamedTuple):
    """How a part of a search text is written.

    word: the word, where it is one, be it that it can be parted (`10km`); "" for others. digits: those of a number
    alone; "" for others. numbers: the ways to write a number, in no quotes.
    """

    word: str = ""
    digits: str = ""
    numbers: Sequence[Spelling] = ()


def is_number(words: Spelling) -> bool:
    """Whether all words are digits; also where there are none."""
    return all(map(_DIGITS.fullmatch, words))


def ways_of_number(ways: Sequence[Spelling]) -> Sequence[Spelling]:
    """Of the ways to write a number, that in parts where signs are in it (`1,500`, `1.5`), and the joined one; none for
    what is no number.
    """
    return [*ways[:1], *ways[1:][-1:]] if all(map(is_number, ways)) else ()


def with_units(ways: list[Spelling], open_end: bool = False) -> list[Spelling]:
    """The ways to write words, and each with numbers and their units joined, and apart; where these would be more than
    MOST_SPELLINGS, only the first so. open_end: the last word is a beginning, whose unit may not have ended.
    """
    every = list(dict.fromkeys(chain(ways, map(_joined_units, ways), (_parted_units(way, open_end) for way in ways))))
    if len(every) > MOST_SPELLINGS and len(ways) > 1:
        return list(dict.fromkeys((*ways, *with_units(ways[:1], open_end))))
    return every


def _joined_units(words: Spelling) -> Spelling:
    joined: list[str] = []
    for word in words:
        if joined and _DIGITS.fullmatch(joined[-1]) and _UNIT.fullmatch(word) and len(joined[-1] + word) <= MAX_TOKEN:
            joined[-1] += word
        else:
            joined.append(word)
    return tuple(joined)


def _parted_units(words: Spelling, open_end: bool) -> Spelling:
    whole, last = (words[:-1], words[-1:]) if open_end else (words, ())
    each = ((found, word) for word in whole for found in (_NUMBER_AND_UNIT.fullmatch(word),))
    return (*chain.from_iterable(found.groups() if found else (word,) for found, word in each), *last)


def numbers_in(parts: Sequence[Written]) -> Iterator[tuple[int, int, list[Spelling]]]:
    """The first and the end of neighbours that may be one number (`1 500`), or a number and its unit (`1.5 km`,
    `1 500 km`, `1 500km`), and the ways to write them together. A part that is joined with none is an empty Written.
    """
    parts = [*parts, Written()]
    first = 0
    while first < len(parts) - 1:
        end = first + 1
        begins = _FIRST_DIGITS.fullmatch(parts[first].digits)
        while begins and _MORE_DIGITS.fullmatch(parts[end].digits):
            end += 1
        number, numbers = "".join(part.digits for part in parts[first:end]), parts[first].numbers
        if end - first > 1:
            numbers = [(number,)]
            if len(number) <= MAX_TOKEN:
                yield first, end, [(number,)]
        if together := _with_unit(number if begins else "", numbers, parts[end].word):
            yield first, end + 1, together
        first = end


def _with_unit(number: str, numbers: Sequence[Spelling], behind: str) -> list[Spelling]:
    """The ways to write a number with the word behind it; none where that is no unit, nor digits (of a number that
    could go on) and a unit.
    """
    if _UNIT.fullmatch(behind):
        joined = ((way, _joined_units((*way, behind))) for way in numbers)
        return [words for way, words in joined if len(words) == len(way)]
    if number and _MORE_AND_UNIT.fullmatch(behind) and len(number + behind) <= MAX_TOKEN:
        return [(number + behind,), (number + behind[:3], behind[3:])]
    return []
