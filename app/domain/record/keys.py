"""The parts of keys: names as slugs, words in comparable form. The result never changes.

A key is a record's own in every database and whatever the version (decision 15), so what is made here never follows the
rules of tokenizer.py. They are rules 1 of that file, written down once more on purpose: nothing here may change, and
what changes there does not matter here.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from app.domain.text.marks import MARKS

MAX_WORD: Final = 100  # characters

# Insides of […]: scripts without blanks between words, what a reader does not see.
_UNSPACED: Final = (
    "\u0e00-\u0e4f\u0e80-\u0ecf\u1000-\u103f\u1050-\u108f\u1780-\u17d3\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c"
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001b000-\U0001b16f\u3105-\u312f\u31a0-\u31bf"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_IGNORED: Final = re.compile(
    "[\u00ad\u034f\u0640\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SPELLINGS: Final = {
    **dict(zip("øɵđðɖɗłƚħıɨĸƙŋɲŧƀɓƃƈƒǥɠɉɍƥɏƴƶȥʉʋɛɔ", "ooddddllhiikknntbbbcfggjrpyyzzuveo", strict=True)),
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    **dict.fromkeys("‘’‚‛′ʹʻʼʽʾʿˈˮꞌ", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
}
_SPACED: Final = rf"[^\W_{_UNSPACED}]"
_WORD: Final = re.compile(
    rf"(?=\w)[{_UNSPACED}][{MARKS}]{{0,{MAX_WORD - 1}}}|{_SPACED}(?:{_SPACED}|[{MARKS}]){{0,{MAX_WORD - 1}}}"
)


class _Spelt(dict[int, str]):
    """The spelling of a decomposed character; computed at first use."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = unicodedata.combining(character)
        accent = kind in (1, 6) or 10 <= kind < 84 or kind > 132
        self[code] = spelt = "" if accent or _IGNORED.match(character) else _SPELLINGS.get(character, character)
        return spelt


_SPELT: Final = _Spelt()


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", decomposed.translate(_SPELT))


def key_words(text: str) -> str:
    """The text as derived keys compare it: NFKC, case, accents and typography levelled, white space as blanks."""
    return " ".join(_fold(text).replace("\u200b", " ").split())


def slug(text: str, limit: int = 200) -> str:
    """The words joined by "-", at most `limit` UTF-8 bytes, whole words only; "" where there is none.

    Only a first word that is too long by itself is cut inside, at a character.
    """
    words: list[str] = _WORD.findall(_fold(text))
    size, kept = -1, 0
    for word in words:
        size += 1 + len(word.encode())
        if size > limit:
            break
        kept += 1
    if words and not kept:
        return words[0].encode()[:limit].decode(errors="ignore")
    return "-".join(words[:kept])
