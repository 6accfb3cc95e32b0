"""Speakers that may be one, by their names: the same words in another order or parted otherwise, a word that differs by
one letter, initials, titles.

Names are compared as their folded words, so that case, accents, commas and apostrophes do not matter (`Jose'` is José,
`Smith Jr., John` is John Smith Jr), and no part of a name is taken for the family's: that is another one in Budapest,
Seoul and Boston. Only names that have all words but one in common, or a whole word and an initial, are compared at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from app.domain.text.name_titles import sex_in_title, without_titles
from app.domain.text.tokenizer import fold, tokens

MOST_COMPARED: Final = 5_000_000  # pairs of names; more are left out
MOST_WORDS: Final = 12  # of a name that is compared; longer ones are sentences
_FEW: Final = 24  # words that are compared each with each
_SHORT, _SHORT_ALONE = 3, 6  # letters of a word that may differ by one: beside others, alone
_ANYWHERE: Final = 4  # letters of one that may differ where the other words stand in another order, too
_VOWEL = re.compile(r"[aeiouy]|[^\x00-\x7f]")  # BBC and NBC are no two spellings of a name, nor are Mr and Mrs
_APOSTROPHES = re.compile("['`]")  # others fold to '; a backtick

Pair = tuple[int, int]  # numbers of speakers, the smaller first


class Named(NamedTuple):
    """A name of a speaker: its number, the words of the name in order, and what the speaker may be. sex: `f` or `m`,
    as titles in the speaker's names tell it.
    """

    number: int
    words: tuple[str, ...]
    person: bool
    organization: bool
    sex: str | None = None


def names_to_compare(number: int, names: Iterable[str], kind: str | None) -> list[Named]:
    """The names of a speaker as they are compared, those of persons without titles as well. Left out are those that are
    too long, and initials for another of them: what A. Hill stands for is known of Ann Hill.
    """
    folded = [_APOSTROPHES.sub("", fold(name.replace("´", "'"))) for name in names]
    untitled = {words: without_titles(name) for name in folded if 0 < len(words := tuple(tokens(name))) <= MOST_WORDS}
    bare = {words for words in untitled.values() if words} - untitled.keys()
    short = {name for name in untitled.keys() | bare if any(map(_is_initial, name))}
    known = {name for name in short if any(_abbreviates(name, other) for other in untitled.keys() | bare)}
    different = {words for words, rest in untitled.items() if not known & {words, rest}}
    person, organization = kind in ("person", None), kind in ("organization", None)
    sexes = set(map(sex_in_title, folded)) - {None}
    sex = sexes.pop() if len(sexes) == 1 else None
    whole = [Named(number, name, person, organization, sex) for name in sorted(different)]
    return whole + [Named(number, name, person, False, sex) for name in sorted(bare - known) if person]


class Namesakes:
    """Finds the pairs of speakers that may be one, one of them new.

    cut: whether there were too many alike to compare them all.
    """

    def __init__(self, new: Iterable[Named]) -> None:
        self._names: list[Named] = []
        self._blocks: dict[str, dict[int, list[int]]] = {"same": {}, "letter": {}, "initial": {}}
        self._left = MOST_COMPARED
        for name in new:
            self._names.append(name)
            for way, key, at in _keys_of(name.words, name.person):
                self._blocks[way].setdefault(hash(key), []).append(_place(len(self._names) - 1, at))
        self._new = len(self._names)

    @property
    def cut(self) -> bool:
        """Whether there were too many alike to compare them all."""
        return self._left <= 0

    def add_stored(self, names: Iterable[Named]) -> None:
        """Add names of stored speakers. Names that share nothing with a new one are not held."""
        for name in names:
            keys = _keys_of(name.words, name.person)
            shared = [(block, at) for way, key, at in keys if (block := self._blocks[way].get(hash(key))) is not None]
            if shared:
                self._names.append(name)
            for block, at in shared:
                block.append(_place(len(self._names) - 1, at))

    def pairs(self) -> set[Pair]:
        """The pairs, as numbers of speakers."""
        ways = {"same": self._same_pairs, "letter": self._letter_pairs, "initial": self._initial_pairs}
        found: set[Pair] = set()
        for way, pairs_in in ways.items():
            for block in self._blocks[way].values():
                if len(block) > 1 and self._left > 0:
                    found.update(pairs_in(block))
        return found

    def _pairs(self, places: Iterable[tuple[int, int]]) -> Iterator[tuple[Named, Named, int, int]]:
        """The names at two places, of different speakers of which one is new, that may be of one kind and sex."""
        for first, second in places:
            self._left -= 1
            if self._left <= 0:
                return
            one, other = self._names[first >> 4], self._names[second >> 4]
            of_one_kind = (one.person and other.person) or (one.organization and other.organization)
            told_apart = one.sex != other.sex and None not in (one.sex, other.sex)  # Mr and Mrs Weber
            if min(first, second) >> 4 < self._new and one.number != other.number and of_one_kind and not told_apart:
                yield one, other, first & 15, second & 15

    def _same_pairs(self, block: list[int]) -> Iterator[Pair]:
        for one, other, _, _ in self._pairs(combinations(block, 2)):
            if sorted(one.words) == sorted(other.words) or "".join(one.words) == "".join(other.words):
                yield _pair(one, other)

    def _letter_pairs(self, block: list[int]) -> Iterator[Pair]:
        for one, other, at, beside in self._pairs(self._nearly_equal(block)):
            if differ_by_a_letter(one.words[at], other.words[beside], alone=len(one.words) == 1):
                rest, theirs = one.words[:at] + one.words[at + 1 :], other.words[:beside] + other.words[beside + 1 :]
                is_short = max(len(one.words[at]), len(other.words[beside])) < _ANYWHERE
                if (at == beside and rest == theirs) if is_short else sorted(rest) == sorted(theirs):
                    yield _pair(one, other)

    def _nearly_equal(self, block: list[int]) -> Iterable[tuple[int, int]]:
        """The places of words that may differ by a letter: what is left without one letter is the same of both."""
        if len(block) <= _FEW:
            yield from combinations(block, 2)
            return
        parts: dict[str, list[int]] = {}
        for place in block:
            word = self._names[place >> 4].words[place & 15]
            for part in {word, *(f"{word[:at]}{word[at + 1 :]}" for at in range(len(word)))}:
                earlier = parts.setdefault(part, [])
                yield from ((before, place) for before in earlier)
                earlier.append(place)

    def _initial_pairs(self, block: list[int]) -> Iterator[Pair]:
        short = [place for place in block if any(map(_is_initial, self._names[place >> 4].words))]
        for one, other, _, _ in self._pairs((place, other) for place in short for other in block if other != place):
            if differ_by_initials(one.words, other.words):
                yield _pair(one, other)


def _keys_of(words: tuple[str, ...], person: bool) -> Iterator[tuple[str, str, int]]:
    """The keys shared by names that may be one: how they may differ, the key, and the word that may differ."""
    yield "same", " ".join(sorted(words)), 0
    yield "same", "".join(words), 0
    for at, word in enumerate(words):
        if _may_differ(word, alone=len(words) == 1):
            yield "letter", " ".join(sorted(words[:at] + words[at + 1 :])), at
    if person:
        for word, other in {(word, other[0]) for word in words for other in words if other != word}:
            if len(word) > 1:
                yield "initial", f"{word} {other}", 0


def _place(name: int, word: int) -> int:
    return name << 4 | word


def _pair(one: Named, other: Named) -> Pair:
    return min(one.number, other.number), max(one.number, other.number)


def _may_differ(word: str, *, alone: bool) -> bool:
    return len(word) >= (_SHORT_ALONE if alone else _SHORT) - 1 and not any(map(str.isdigit, word))


def differ_by_a_letter(word: str, other: str, *, alone: bool) -> bool:
    """Whether a word has a letter more, less or another, or two in the other order. alone: it is the whole name."""
    longest = max(len(word), len(other))
    if longest < (_SHORT_ALONE if alone else _SHORT) or OSA.distance(word, other, score_cutoff=1) != 1:
        return False
    return longest >= _ANYWHERE or bool(_VOWEL.search(word) and _VOWEL.search(other))


def _is_initial(word: str) -> bool:
    """Whether a word is a single letter of a script that has initials."""
    return len(word) == 1 and word.upper() != word


def differ_by_initials(short: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the initials of a name stand for words of another, or either leaves some out that the other has. A whole
    word is in both, and a second one too or an initial for it.
    """
    rest = list(other)
    for word in short:
        if not _is_initial(word):
            if word not in rest:
                return False
            rest.remove(word)
    shared, left = len(other) - len(rest), 0
    for initial in filter(_is_initial, short) if shared else ():
        meant = next((word for word in (*filter(_is_initial, rest), *rest) if word[0] == initial), None)
        if meant is None:
            left += 1
        else:
            rest.remove(meant)
            shared += 1
    return shared > 1 and not (rest and left) and all(map(_is_initial, rest))


def _abbreviates(short: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether initials of a name stand for words of another."""
    return len("".join(short)) < len("".join(other)) and differ_by_initials(short, other)


def groups_of(pairs: Iterable[Pair]) -> list[list[int]]:
    """The speakers of pairs in groups: each in one, in ascending order, with all that pairs join to it."""
    found: dict[int, list[int]] = {}
    for one, other in sorted(pairs):
        group = found.setdefault(one, [one])
        joined = found.setdefault(other, [other])
        if len(group) < len(joined):  # a large one is not copied, however many join it
            group, joined = joined, group
        if group is not joined:
            group += joined
            found |= dict.fromkeys(joined, group)
    different = {id(group): group for group in found.values()}
    return sorted(map(sorted, different.values()))
