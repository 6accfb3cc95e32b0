"""Characters that a text hardly means: what is left of another encoding, and what nobody sees.

ftfy is asked whether a text is mojibake, never to change one: it would change right ones too, such as curly quotes. It
takes a microsecond a character, so it is asked only around pairs of letters that UTF-8 has where it was read as Latin-1
or Windows-1252, and then of few.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Final

from app.domain.text.controls import BIDI, shown

_LATE: Final = "\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"  # bytes behind the first of a letter, as they are misread
_PAIR: Final = f"[\u00c2-\u00f4][{_LATE}]"
# One of these is in every text that is told of; one set of first characters is searched for in half of the time.
_ALONE: Final = f"\u0080-\u009f\ufffd{BIDI}"
SUSPICIOUS: Final = f"[{_ALONE}\u00c2-\u00f4](?:(?<=[{_ALONE}])|[{_LATE}])"
_MISREAD: Final = re.compile(rf"\S*{_PAIR}\S*")
_UNSEEN: Final = re.compile(f"[\u0080-\u009f{BIDI}]")
_OF_RIGHT_TO_LEFT: Final = frozenset("\u061c\u200e\u200f")  # marks that texts of such scripts have rightly
MOST_ASKED: Final = 5  # words of a text
AROUND: Final = 40  # characters that are asked about


def odd_characters(text: str) -> Iterator[str]:
    """Each thing that is odd in a text, with the first of it, and what would be right."""
    if text.isascii():
        return
    if "\ufffd" in text:
        at = text.index("\ufffd")
        around = text[max(0, at - AROUND // 2) : at + AROUND // 2]
        yield f"holds U+FFFD, in place of a character that could not be read: '{shown(around)}'; write what stood there"
    if word := next(filter(_is_misread, islice(_MISREAD.findall(text), MOST_ASKED)), None):
        yield (
            f"holds '{shown(word[:AROUND])}', which looks like UTF-8 that was read in another encoding: write the word"
            " as it is printed, or give another --encoding"
        )
        return
    found = next((one for one in _UNSEEN.findall(text) if not _is_meant(one, text)), None)
    if found:
        name = unicodedata.name(found, "control character")
        yield f"holds U+{ord(found):04X} {name}, which nobody sees: leave it out, unless it is meant"


def _is_misread(word: str) -> bool:
    return bool(_badness()(word[:AROUND]))


@cache
def _badness():  # type: ignore[no-untyped-def]  # of a library without types
    from ftfy.badness import is_bad

    return is_bad


def _is_meant(character: str, text: str) -> bool:
    """Whether a mark of direction stands in a text that has letters from right to left."""
    return character in _OF_RIGHT_TO_LEFT and any(unicodedata.bidirectional(one) in ("R", "AL") for one in text)
