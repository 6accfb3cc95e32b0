"""Words that a line's end broke, with the hyphen: words are looked for without knowing which hyphens are theirs."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from app.domain.text.marks import MARKS
from app.domain.text.readings import BREAK, SOFT
from app.domain.text.tokenizer import SPACED

_LONGEST: Final = 50  # characters of a half that are told
_LETTERS = re.compile(rf"(?:{SPACED}|[{MARKS}]){{1,{_LONGEST}}}")
# A hyphen before one of these may stand for the rest of a word that is said once: pre- and post-war.
_JOINING: Final = frozenset((
    "and", "or", "to", "und", "oder", "bis", "sowie", "et", "ou", "y", "o", "e", "en", "of", "i", "og", "och", "eller",
))  # fmt: skip
_LETTERS_BEFORE = re.compile(rf"{_LETTERS.pattern}\Z")


class BrokenWord(NamedTuple):
    """The halves of a word, and how the text has it."""

    first: str
    second: str
    written: str


def broken_words(text: str) -> list[BrokenWord]:
    """The words of a text with a hyphen, ¬ or soft hyphen before white space, or with ¬ inside, in order.

    A soft hyphen alone is no part of a word, and breaks none. Nor does a hyphen before `and` and the like.
    """
    return [word for found in BREAK.finditer(text) if (word := _word_at(text, found))]


def _word_at(text: str, found: re.Match[str]) -> BrokenWord | None:
    start, after = found.start(), found.end() - 1  # whose last character is the next half's first
    first = _LETTERS_BEFORE.search(text, max(start - _LONGEST, 0), start)
    second = _LETTERS.match(text, after)
    if not first or not second or not (found[0].startswith("¬") or any(map(str.isspace, found[0]))):
        return None
    if second[0].casefold() in _JOINING and found[0][0] not in SOFT:
        return None
    return BrokenWord(first[0], second[0], text[first.start() : second.end()])
