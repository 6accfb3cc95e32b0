"""The passage of a text that has most of a quote's words in a row: a hint for people, and no place of the quote."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import Final

from app.domain.text.readings import Reading, Span
from app.domain.text.tokenizer import splits_word

IN_A_ROW: Final = 3  # words that are looked for together: fewer stand everywhere
MAX_PIECES: Final = 60  # of a quote
MAX_PLACES: Final = 50  # of one piece
LEAST: Final = 0.3  # share of the pieces that a passage must have
MAX_LENGTH: Final = 200  # characters that are shown

_WORD = re.compile(r"\S+")


def nearest_passage(text: Reading, quote: Reading) -> str | None:
    """The passage, blanks evened, and cut where it is long; None where no passage has a third of the quote.

    text, quote: both read plainly.
    """
    pieces = _pieces(quote.text)
    found = sorted((place, n) for n, (start, end) in enumerate(pieces) for place in _places(text, quote, start, end))
    best = _densest(found, 2 * len(quote.text))
    if best is None or len({n for _, n in best}) < max(LEAST * len(pieces), 1):
        return None
    (first, first_piece), (last, last_piece) = best[0], best[-1]
    low = max(first - pieces[first_piece][0], 0)
    high = min(last + len(quote.text) - pieces[last_piece][0], len(text.text))
    return _shown(text, low, max(high, last + 1))


def _pieces(quote: str) -> list[Span]:
    """The stretches of a quote of three words each; all of it where it has fewer."""
    words = [word.span() for word in _WORD.finditer(quote)]
    size = min(IN_A_ROW, len(words))
    spans = zip(words[: len(words) - size + 1], words[size - 1 :], strict=False)
    return [(first[0], last[1]) for first, last in islice(spans, MAX_PIECES)]


def _places(text: Reading, quote: Reading, start: int, end: int) -> list[int]:
    return list(islice(text.haystack.starts(quote.text[start:end], 0, len(text.text)), MAX_PLACES))


def _densest(found: list[tuple[int, int]], width: int) -> list[tuple[int, int]] | None:
    """The first of the stretches so wide that have the most different pieces. found: (place, piece), ascending."""
    best, most, first = None, 0, 0
    inside = Counter[int]()
    for n, (place, piece) in enumerate(found):
        inside[piece] += 1
        while found[first][0] < place - width:
            inside -= Counter([found[first][1]])
            first += 1
        if len(inside) > most:
            best, most = (first, n + 1), len(inside)
    return found[slice(*best)] if best else None


def _shown(text: Reading, low: int, high: int) -> str:
    """A stretch of the reading as the source has it, whole words of it."""
    while low and splits_word(text.text, low):
        low -= 1
    while high < len(text.text) and splits_word(text.text, high):
        high += 1
    start, end = text.span(low, high)
    passage = " ".join(text.source[start:end].split())
    return passage if len(passage) <= MAX_LENGTH else passage[: MAX_LENGTH - 1] + "…"
