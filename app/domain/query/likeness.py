"""How alike a text and some claims are, by what they have in common: words, the rarer the more; words side by side;
pieces of four letters, which misspelt, joined and bent words share; and amounts, however they are written.

Words count by BM25 over the words of the claim, its speaker's name and the titles of its sources. Their weights follow
from how many claims have them; those of pieces and of neighbours from how many of the claims that are compared have
them. All sums are of whole numbers, so that they are the same everywhere. See docs/decisions/0060-matching.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain, pairwise
from math import log
from typing import Final, NamedTuple, TypeVar

from app.domain.quantities.amounts import Amount, amounts_in
from app.domain.text.lattice import BREAK, GROUP, JOINT, encode_lattice
from app.domain.text.stems import stem

MOST_WORDS: Final = 300  # different words of a text that are looked for
UNIT: Final = 1000  # a score of 1
MOST_TERMS: Final = 20  # that are told of a claim
PIECE: Final = 4  # letters, the blanks around a word among them
TOLD: Final = 0.25  # of the weight of the weightiest term, from which on others are told
ALIKE: Final = 0.6  # of a word's pieces that are in common, from which on it is told as a term

_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)+/\S*")
_TAG: Final = re.compile(r"[#@](\w+)")
_IN_TAG: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\WA-Z\d_]+|\d+")

Pair = tuple[str, str]


class Shares(NamedTuple):
    """How much of what is in common counts beside the words, in hundredths. same: how many hundred times the weight of
    all words counts that a claim has the same words and no others. Tuned on tweets and fact checks: bench/MATCHING.md.
    """

    pieces: int = 30
    pairs: int = 30
    amounts: int = 100
    same: int = 300


SHARES: Final = Shares()
T = TypeVar("T")


def weight(having: int, of: int) -> int:
    """The weight of what so many have, of so many: the fewer, the more."""
    return round(UNIT * log(1 + (of - having + 0.5) / (having + 0.5)))


class AskedText:
    """A text that is asked about. words: different ones, in order, at most MOST_WORDS; rest: how many more it has."""

    def __init__(self, text: str, language: str | None = None) -> None:
        self.encoded = encode_lattice(text, language)
        plain = _TAG.sub(_parted, _ADDRESS.sub(" ", text))
        words = words_in(encode_lattice(plain, language))
        tags = words_in(encode_lattice(" ".join(_TAG.findall(text)), language))
        different = list(dict.fromkeys(chain(words, tags)))
        self.words = different[:MOST_WORDS]
        self.rest = len(different) - len(self.words)
        known = set(self.words)
        self.pairs = {pair for pair in pairwise(words) if known.issuperset(pair)}
        self.pieces = frozenset(chain.from_iterable(map(pieces_of, self.words)))
        self.amounts = amounts_in(plain)


def words_in(encoded: str) -> list[str]:
    """The words of an encoded text, in one way to write each: numbers and letters with dots joined, others apart."""
    return encoded.replace(GROUP, "").replace(JOINT, " ").replace(BREAK, " ").split()


def _parted(tag: re.Match[str]) -> str:
    """The words of #SuchATag, apart."""
    return f" {' '.join(_IN_TAG.findall(tag[1]))} "


@lru_cache(1 << 15)
def pieces_of(word: str) -> frozenset[str]:
    """The pieces of a word with the blanks around it; a shorter word is one piece."""
    whole = f" {word} "
    return frozenset(whole[at : at + PIECE] for at in range(max(1, len(whole) - PIECE + 1)))


class Compared(NamedTuple):
    """A claim that is compared. language: the code of the stems of its words. own: encoded texts, its quote and its
    paraphrase; beside: other ones. amounts: those of its figures, and how they are told.
    """

    number: int
    language: str | None
    own: tuple[str, ...]
    beside: tuple[str, ...]
    amounts: Mapping[Decimal, str]


class Hit(NamedTuple):
    """A claim with its score in thousandths, and what it has in common with the text, the weightiest first."""

    number: int
    score: int
    terms: list[str]
    figures: list[str]


class _Word(NamedTuple):
    """A word of a claim, and what it has in common with the text. key: that of a word of the text, where it is one."""

    word: str
    key: str | None
    pieces: frozenset[str]
    size: int


@lru_cache(1 << 16)
def _key_of(word: str, language: str | None) -> str:
    """A key by which words of a language are compared: the stem, where there is one."""
    return (stem(language, word) if language else None) or word


class _Words(dict[str, _Word]):
    """The words of claims of one language, as they are compared with a text; made at first use. weights, pairs: of the
    text's words, by their keys.
    """

    def __init__(self, asked: AskedText, weights: Mapping[str, int], language: str | None) -> None:
        super().__init__()
        self.language = language
        self.weights: dict[str, int] = {}
        for word in asked.words:
            key = _key_of(word, language)
            self.weights[key] = max(weights[word], self.weights.get(key, 0))
        self.pairs = {(_key_of(one, language), _key_of(two, language)) for one, two in asked.pairs}
        self._pieces = asked.pieces

    def __missing__(self, word: str) -> _Word:
        key, pieces = _key_of(word, self.language), pieces_of(word)
        self[word] = made = _Word(word, key if key in self.weights else None, pieces & self._pieces, len(pieces))
        return made


class _Common:
    """The things that a claim has in common with a text."""

    def __init__(self, claim: Compared, known: _Words, asked: AskedText) -> None:
        self.claim, self.known = claim, known
        self.length = 0
        self.counts: Counter[str] = Counter()
        self.pairs: set[Pair] = set()
        self.words: dict[str, _Word] = {}
        for text in (*claim.own, *claim.beside):
            words = words_in(text)
            each = [known[word] for word in words]
            self.length += len(words)
            self.words |= zip(words, each, strict=True)
            common = [one.key for one in each]
            self.counts.update([key for key in common if key is not None])
            self.pairs |= known.pairs.intersection(pairwise(common))
        different = self.words.values()
        self.pieces = frozenset().union(*[one.pieces for one in different if one.pieces])
        self.size = sum([one.size for one in different])
        values = claim.amounts
        self.amounts = [one for one in asked.amounts if not one.values.isdisjoint(values)] if values else []
        self.is_same = asked.encoded in claim.own

    def terms(self) -> list[str]:
        """The claim's words that are in common, or are spelt alike, the weightiest first."""
        weights = {word: self.known.weights[one.key] for word, one in self.words.items() if one.key is not None}
        least = max(weights.values(), default=0) * TOLD
        same = {word: own for word, own in weights.items() if own >= least}
        alike = [
            word for word, one in self.words.items() if word not in weights and len(one.pieces) >= ALIKE * one.size
        ]
        return [*sorted(same, key=lambda word: -same[word]), *alike][:MOST_TERMS]

    def figures(self) -> list[str]:
        """The amounts that are in common, as the claim's figures have them."""
        amounts = self.claim.amounts
        return list(
            dict.fromkeys(amounts[value] for one in self.amounts for value in sorted(one.values & amounts.keys()))
        )


def ranked(
    asked: AskedText,
    claims: Iterable[Compared],
    words: Mapping[str, int],
    amounts: Sequence[int],
    most: int,
    shares: Shares = SHARES,
) -> list[Hit]:
    """The claims that are most alike; of equal ones those that come first. Claims with nothing in common are left out.

    words, amounts: the weight of each word and amount of the text.
    """
    known: dict[str | None, _Words] = {}
    found = []
    for claim in claims:
        if claim.language not in known:
            known[claim.language] = _Words(asked, words, claim.language)
        found.append(_Common(claim, known[claim.language], asked))
    scores = _scores(found, dict(zip(asked.amounts, amounts, strict=True)), shares)
    best = sorted((-score, at) for at, score in enumerate(scores) if score > 0)[:most]
    return [Hit(found[at].claim.number, -score, found[at].terms(), found[at].figures()) for score, at in best]


def _scores(found: Sequence[_Common], amounts: Mapping[Amount, int], shares: Shares) -> list[int]:
    """The score of each."""
    pieces, pairs = _weights(one.pieces for one in found), _weights(one.pairs for one in found)
    scores = []
    for one in found:
        weights, length = one.known.weights, 150 + 18 * one.length  # k = 1.2, b = 0.75, of 25 words
        score = sum(weights[key] * often * 1100 // (500 * often + length) for key, often in one.counts.items())
        score += 2 * shares.pieces * sum(map(pieces.__getitem__, one.pieces)) // (100 + one.size)
        score += shares.pairs * sum(map(pairs.__getitem__, one.pairs)) // 100
        score += shares.amounts * sum(map(amounts.__getitem__, one.amounts)) // 100
        score += shares.same * sum(weights.values()) // 100 if one.is_same else 0
        scores.append(score)
    return scores


def _weights(each: Iterable[Iterable[T]]) -> dict[T, int]:
    """The weights of what some claims have, by how many of them have it."""
    sets = list(each)
    having = Counter(chain.from_iterable(sets))
    return {one: weight(count, len(sets)) for one, count in having.items()}
