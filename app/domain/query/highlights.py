"""The places in a text of the words and phrases that a search asks for.

Search folds texts, and folding changes lengths: ß is ss, accents go, letters and marks are composed. Most characters
fold alone and to one character; the stretches that do not are replaced one by one, which gives the way back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, cached_property, lru_cache
from itertools import chain
from typing import Final

from app.domain.query.query_text import Phrase, SearchText, Word, positive
from app.domain.text.lattice import Token, encode_lattice, places_of, stands_in, tokens_of
from app.domain.text.marks import character_class
from app.domain.text.readings import Rewrite, Span
from app.domain.text.stems import stem, stem_language
from app.domain.text.tokenizer import fold

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
    composing = set(chain.from_iterable(parts[1:] for parts in unicodedata.normalize("NFD", apart).split("\n")))

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


class _Text:
    """The words of a text, and the way back to where they stand."""

    def __init__(self, text: str, language: str | None) -> None:
        self._text = text
        self.encoded = encode_lattice(text, language)
        self.words = tokens_of(self.encoded)

    @cached_property
    def _rewrite(self) -> Rewrite | None:
        rewrite = None if self._text.isascii() else Rewrite(self._text, _uneven(), _fold)
        return rewrite if rewrite and rewrite.starts else None

    @cached_property
    def _places(self) -> list[Span]:
        """The place of each part in the folded text."""
        return list(_places(fold(self._text), [token.word for token in self.words if token.first == token.last]))

    def span(self, first: int, last: int) -> Span:
        """The range of the text from the word at one position to that at another."""
        start, end = self._places[first][0], self._places[last][1]
        return self._rewrite.span_before(start, end) if self._rewrite else (start, end)


def _places(folded: str, parts: Sequence[str]) -> Iterator[Span]:
    at = 0
    for part in parts:
        start = folded.index(part, at)  # its own place: no letter stands between two parts
        at = start + len(part)
        yield start, at


def words_with_places(text: str, language: str | None = None) -> list[tuple[str, int, int]]:
    """The words of a text, each with its start and end in code points of the text as it is.

    A letter is never parted from its marks. Words that one character folds to ("½", "㍿") share its place.
    """
    read = _Text(text, language)
    return [(token.word, *read.span(token.first, token.last)) for token in read.words]


class Highlighter:
    """Finds the words and phrases of a search in texts."""

    def __init__(self, found: SearchText) -> None:
        wanted = positive(found)
        single = [leaf for leaf in wanted if isinstance(leaf, Phrase) and len(leaf.words) == 1]
        self._phrases = [leaf for leaf in wanted if isinstance(leaf, Phrase) and len(leaf.words) > 1]
        self._words = {leaf.text for leaf in wanted if isinstance(leaf, Word)}
        self._exact = self._words | {leaf.words[0] for leaf in single}
        self._beginnings = tuple(leaf.words[0] for leaf in single if leaf.open_end)
        self._stems: dict[str, set[str | None]] = {}  # by language

    def ranges(self, text: str, language: str | None) -> list[Span]:
        """The ranges of a text that the search finds, start and end in code points, ascending; those that overlap are
        one.

        A word stands where it is, and where a word of the same stem is in the text's language (a BCP 47 tag); a phrase
        from its first to its last word. Excluded words have no range.
        """
        read = _Text(text, language)
        found = {*self._alone(read.words, stem_language(language)), *self._together(read)}
        return _merged(sorted(read.span(first, last) for first, last in found))

    def _alone(self, words: Sequence[Token], code: str | None) -> Iterator[Span]:
        """The positions of words that are wanted by themselves."""
        wanted = {word for word in {token.word for token in words} if self._is_wanted(word, code)}
        return ((first, last) for word, first, last in words if word in wanted)

    def _is_wanted(self, word: str, code: str | None) -> bool:
        if word in self._exact or word.startswith(self._beginnings):
            return True
        if code is None or not self._words:
            return False
        if code not in self._stems:
            self._stems[code] = {stem(code, wanted) for wanted in self._words} - {None}
        return stem(code, word) in self._stems[code]

    def _together(self, read: _Text) -> Iterator[Span]:
        """The positions of phrases."""
        for phrase in self._phrases:
            if stands_in(read.encoded, phrase.words, phrase.open_end):
                yield from places_of(read.words, phrase.words, phrase.open_end)


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            start, end = merged[-1][0], max(end, merged.pop()[1])
        merged.append((start, end))
    return merged
