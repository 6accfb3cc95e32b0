"""Where in a text stands what a search asks for.

Search folds texts, and folding changes lengths: ß is ss, accents go, letters and marks are composed. Most characters
fold alone and to one character; the stretches that do not are replaced one by one, which gives the way back.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, cached_property, lru_cache
from itertools import chain
from typing import Final

from app.domain.query.query_text import Leaf, Phrase, SearchText, Word, positive
from app.domain.text.readings import Rewrite, Span
from app.domain.text.stems import stem
from app.domain.text.tokenizer import character_class, fold, tokens

# Among these are all characters that do not fold alone and to one: left out are ASCII, ideographs and private ones.
_CODES: Final = (
    range(0x80, 0x3400),
    range(0xA000, 0xD800),
    range(0xF900, 0x17000),
    range(0x1AFF0, 0x20000),
    range(0xE0000, 0xE1000),
)
_SHORT: Final = 8  # characters of a stretch whose folding is remembered


@cache
def _uneven() -> re.Pattern[str]:
    """Stretches whose characters fold together, or to more or fewer characters than they are."""
    codes = list(chain.from_iterable(_CODES))
    apart = "\n".join(map(chr, codes))  # nothing folds together with a line feed
    folded = fold(apart).split("\n")
    decomposed = unicodedata.normalize("NFKD", apart).split("\n")
    composing = set(chain.from_iterable(one[1:] for one in unicodedata.normalize("NFD", apart).split("\n")))

    def clings(character: str) -> bool:
        return character in composing or unicodedata.category(character)[0] == "M"

    each = list(zip(codes, folded, decomposed, strict=True))
    others, other = _classes([code for code, new, _ in each if len(new) != 1])
    clinging, cling = _classes([code for code, new, parts in each if not new or clings(parts[0])])
    return re.compile(f"{others}{other}{cling}*|.{clinging}{cling}+")


def _classes(codes: Sequence[int]) -> tuple[str, str]:
    """A look ahead that settles most misses, and the class itself: re tries ranges above U+FFFF one by one."""
    basic = character_class(code for code in codes if code < 0x10000)
    return f"(?=[{basic}\U00010000-\U0010ffff])", f"[{character_class(codes)}]"


@lru_cache(1 << 12)
def _fold_short(stretch: str) -> str:
    return fold(stretch)


def _fold(found: re.Match[str]) -> str:
    stretch = found[0]
    return _fold_short(stretch) if len(stretch) <= _SHORT else fold(stretch)


class _Tokens:
    """The tokens of a text, and the way back to where they stand."""

    def __init__(self, text: str) -> None:
        folded = fold(text)
        self._text = text
        self.words = tuple(tokens(folded))
        self._places = list(_places(folded, self.words))

    @cached_property
    def _rewrite(self) -> Rewrite | None:
        rewrite = None if self._text.isascii() else Rewrite(self._text, _uneven(), _fold)
        return rewrite if rewrite and rewrite.starts else None

    def span(self, first: int, last: int) -> Span:
        """Where the tokens from one to another stand in the text, by their numbers."""
        start, end = self._places[first][0], self._places[last][1]
        return self._rewrite.span_before(start, end) if self._rewrite else (start, end)


def _places(folded: str, words: Sequence[str]) -> Iterator[Span]:
    at = 0
    for word in words:
        start = folded.index(word, at)  # its own place: no letter stands between two tokens
        at = start + len(word)
        yield start, at


def tokens_with_places(text: str) -> list[tuple[str, int, int]]:
    """The tokens of a text, each with its start and end in code points of the text as it is.

    A letter is never parted from its marks. Tokens that one character folds to ("½", "㍿") share its place.
    """
    read = _Tokens(text)
    return [(word, *read.span(number, number)) for number, word in enumerate(read.words)]


def highlight(text: str, found: SearchText, language: str | None) -> list[Span]:
    """The ranges of a text that a search finds, start and end in code points, ascending; those that overlap are one.

    A word stands where it is, and where a word of the same stem is in the text's language (a BCP 47 tag); a phrase from
    its first to its last token. Excluded words have no range.
    """
    read = _Tokens(text)
    wanted = positive(found)
    matches = chain(_alone(read.words, wanted, language), _together(read.words, wanted))
    return _merged(sorted(read.span(first, last) for first, last in matches))


def _alone(words: Sequence[str], wanted: Sequence[Leaf], language: str | None) -> Iterator[Span]:
    """The numbers of tokens that are wanted by themselves."""
    plain = {leaf.text for leaf in wanted if isinstance(leaf, Word)}
    stems = {stem(language, word) for word in plain} - {None}
    single = [leaf for leaf in wanted if isinstance(leaf, Phrase) and len(leaf.words) == 1]
    exact = plain | {leaf.words[0] for leaf in single}
    starts = tuple(leaf.words[0] for leaf in single if leaf.open_end)

    def is_wanted(word: str) -> bool:
        return word in exact or word.startswith(starts) or (bool(stems) and stem(language, word) in stems)

    every = {word for word in set(words) if is_wanted(word)}
    return ((number, number) for number, word in enumerate(words) if word in every)


def _together(words: Sequence[str], wanted: Sequence[Leaf]) -> Iterator[Span]:
    """The numbers of the first and last tokens of phrases."""
    phrases = defaultdict(list)
    for leaf in wanted:
        if isinstance(leaf, Phrase) and len(leaf.words) > 1:
            phrases[leaf.words[0]].append(leaf)
    for number, word in enumerate(words):
        for phrase in phrases.get(word, ()):
            if _stands(phrase, words, number):
                yield number, number + len(phrase.words) - 1


def _stands(phrase: Phrase, words: Sequence[str], first: int) -> bool:
    last = first + len(phrase.words) - 1
    if last >= len(words):
        return False
    ends = words[last].startswith(phrase.words[-1]) if phrase.open_end else words[last] == phrase.words[-1]
    return ends and words[first:last] == phrase.words[:-1]


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            start, end = merged[-1][0], max(end, merged.pop()[1])
        merged.append((start, end))
    return merged
