"""In what a quote differs from the passage that it was found at, though both read alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from app.domain.text.marks import MARKS
from app.domain.text.readings import Reading, Span
from app.domain.text.tokenizer import SPACED

Difference = tuple[str, str]  # the quote's and the text's words

MAX_DIFFERENCES: Final = 20
_MAX_LENGTH: Final = 200  # characters of either
_MAX_WORD: Final = 50  # characters by which a difference grows to the word that it is in

_LETTER = re.compile(rf"{SPACED}|[{MARKS}]")
_WITHIN = re.compile(rf"(?:(?<={SPACED})|(?<=[{MARKS}]))(?:{SPACED}|[{MARKS}])")
_Piece = tuple[int, int, int, int]  # start and end in the quote, start and end in the text


def differences(quote: Reading, text: Reading, start: int) -> Iterator[Difference]:
    """The differences between a quote and the text that matches it from `start`, in order.

    The passage is the quote once each text part is replaced by its quote part. A difference inside a word is shown as
    the whole word.
    """
    size = len(quote.text)
    first, last = text.span(start, start + size)
    passage = text.source[first:last]
    whole = len(quote.source), len(passage)

    def cut(at: int) -> tuple[int, int] | None:
        """The same place in both sources; None where one has a character there that reads as several."""
        if quote.parts(at) or text.parts(start + at):
            return None
        return quote.span(at, at + 1)[0], text.span(start + at, start + at + 1)[0] - first

    def pieces(low: int, high: int, begin: tuple[int, int], end: tuple[int, int]) -> Iterator[_Piece]:
        if quote.source[begin[0] : end[0]] == passage[begin[1] : end[1]]:
            return
        for half in _from_the_middle(low, high):
            if middle := cut(half):
                yield from pieces(low, half, begin, middle)
                yield from pieces(half, high, middle, end)
                return
        yield begin[0], end[0], begin[1], end[1]

    for left, right, low, high in _in_words(pieces(0, size, (0, 0), whole), quote.source, passage):
        yield quote.source[left:right], passage[low:high]


def listed(found: Iterable[Difference]) -> tuple[Difference, ...]:
    """The differences, each once, at most MAX_DIFFERENCES; what is very long is cut and ends in …."""
    short = ((_cut(quote), _cut(text)) for quote, text in found)
    return tuple(dict.fromkeys(short))[:MAX_DIFFERENCES]


def _from_the_middle(low: int, high: int) -> Iterator[int]:
    """The offsets between two, those nearest to their middle first."""
    middle = (low + high) // 2
    for step in range(high - middle):
        if middle + step > low:
            yield middle + step
        if step and middle - step > low:
            yield middle - step


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_LENGTH else text[: _MAX_LENGTH - 1] + "…"


def _in_words(pieces: Iterable[_Piece], quote: str, passage: str) -> Iterator[_Piece]:
    """The pieces grown to the words that they are in; those that overlap or share a word then are one."""
    before: _Piece | None = None
    for left, right, low, high in (_trimmed(piece, quote, passage) for piece in pieces):
        if _LETTER.search(quote, left, right) or _LETTER.search(passage, low, high) or left == right or low == high:
            back, on = _grown(quote, passage, (left, low), -1), _grown(quote, passage, (right, high), 1)
            left, low, right, high = left - back, low - back, right + on, high + on
        if before and _is_one(before, (left, right, low, high), quote, passage):
            left, low = before[0], before[2]
        elif before:
            yield before
        before = left, right, low, high
    if before:
        yield before


def _is_one(before: _Piece, piece: _Piece, quote: str, passage: str) -> bool:
    """Whether two pieces overlap, or touch: within a word, or where one is nothing in the quote or in the text."""
    apart = max(piece[0] - before[1], piece[2] - before[3])
    if apart:
        return apart < 0
    if any(left == right or low == high for left, right, low, high in (before, piece)):
        return True
    return bool(_WITHIN.match(quote, piece[0]) or _WITHIN.match(passage, piece[2]))


def _trimmed(piece: _Piece, quote: str, passage: str) -> _Piece:
    """The piece without what both have alike at its ends, as long as both have something else."""
    left, right, low, high = piece
    while right - left > 1 < high - low and quote[right - 1] == passage[high - 1]:
        right, high = right - 1, high - 1
    while right - left > 1 < high - low and quote[left] == passage[low]:
        left, low = left + 1, low + 1
    return left, right, low, high


def _grown(quote: str, passage: str, ends: Span, step: int) -> int:
    """How many letters both have alike from these places on (or back), up to the end of the word."""
    size = 0
    one, other = (end - (step < 0) for end in ends)
    while 0 <= one < len(quote) and 0 <= other < len(passage) and size < _MAX_WORD:
        if quote[one] != passage[other] or not _LETTER.match(quote[one]):
            break
        size, one, other = size + 1, one + step, other + step
    return size
