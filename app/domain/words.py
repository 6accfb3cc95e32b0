"""One text normaliser for search, names and keys.

Stored tokens are made by these rules, so a change of what any function here gives is a new WORD_RULES.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

WORD_RULES: Final = 1
MAX_TOKEN: Final = 100  # characters


def character_class(codes: Iterable[int]) -> str:
    """The inside of a regular expression's […] that matches these code points (ascending, no ASCII)."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


# Insides of […]. Combining marks: Python's \w leaves them out, yet most Indic vowels are marks.
# None lies above U+1FFFF but the variation selectors, which are invisible.
MARKS: Final = character_class(code for code in range(0x300, 0x20000) if unicodedata.category(chr(code))[0] == "M")

# Scripts written without blanks between words: a word there is one letter with its marks.
UNSPACED: Final = (
    "\u0e00-\u0e4f\u0e80-\u0ecf"  # Thai, Lao, but not their digits
    "\u1000-\u103f\u1050-\u108f\u1780-\u17d3"  # Myanmar, Khmer, but not their digits
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c"  # ideographic marks and numerals
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001b000-\U0001b16f"  # kana
    "\u3105-\u312f\u31a0-\u31bf"  # Bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # ideographs
)

# Unicode's default ignorables without U+200B, which stands where words part.
INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
ZERO_WIDTH_SPACE: Final = "\u200b"
TATWEEL: Final = "\u0640"  # stretches an Arabic word for the look of the line

# Parts of patterns: letters and digits of scripts with blanks; any letter.
SPACED: Final = rf"[^\W_{UNSPACED}]"
LETTER: Final = r"[^\W\d_]"
HIDDEN: Final = INVISIBLE + TATWEEL + ZERO_WIDTH_SPACE  # inside of […]: what a reader does not see

_PLAIN_WORD = re.compile(rf"[a-z0-9]{{1,{MAX_TOKEN}}}")
_WORD = re.compile(
    rf"(?=\w)[{UNSPACED}][{MARKS}]{{0,{MAX_TOKEN - 1}}}"
    rf"|{SPACED}(?:{SPACED}|[{MARKS}]){{0,{MAX_TOKEN - 1}}}"
)
_QUOTATION_MARK = re.compile('["“”„‟«»＂]')
_IGNORED = re.compile(f"[{INVISIBLE}{TATWEEL}]")
_IN_WORD = re.compile(
    rf"(?:(?<={SPACED})|(?<=[{MARKS}]))[{HIDDEN}]*+{SPACED}|[{HIDDEN}]*+[{MARKS}]"
    rf"|(?<={LETTER})['’ʼ]{LETTER}"  # "we can" is not in "we can't", but "État" is in "l'État"
    r"|(?<=\d)[.,'’]\d|(?<=\d[.,'’])\d"  # "5 million" is not in "1.5 million"
    r"|(?<=[\s(][-–−])\d"  # nor in "fell by -5 million"
)
_HIDDEN_END = re.compile(rf"[{HIDDEN}]+\Z")
_FIRST_LETTER = re.compile(rf"[\W_]*+({LETTER})")

# Letters with strokes and hooks, which Unicode does not decompose; and typography that names vary in.
_SPELLINGS: Final = {
    **dict(zip("øɵđðɖɗłƚħıɨĸƙŋɲŧƀɓƃƈƒǥɠɉɍƥɏƴƶȥʉʋɛɔ", "ooddddllhiikknntbbbcfggjrpyyzzuveo", strict=True)),
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    **dict.fromkeys("‘’‚‛′ʹʻʼʽʾʿˈˮꞌ", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
}


class _Folding(dict[int, str]):
    """What a decomposed character folds to; worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = "" if _is_dropped(character) else _SPELLINGS.get(character, character)
        self[code] = folded
        return folded


def _is_dropped(character: str) -> bool:
    # Combining classes 7–9 (nukta, kana voicing, virama) and 84–132 (vowels and tones of Telugu, Thai,
    # Lao, Tibetan) spell words; the others are accents, niqqud and harakat.
    kind = unicodedata.combining(character)
    accent = kind in (1, 6) or 10 <= kind < 84 or kind > 132
    return accent or _IGNORED.match(character) is not None


_FOLDING = _Folding()


def fold(text: str) -> str:
    """The text with compatibility forms (NFKC), case, accents and typography levelled; NFC, idempotent.

    White space and punctuation stay; invisible characters and the Arabic tatweel go.
    """
    if text.isascii():
        return text.lower()
    lowered = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", lowered).translate(_FOLDING))


def fold_name(text: str) -> str:
    """The folded text with white space of any kind as single blanks, for comparing names."""
    return " ".join(fold(text).replace(ZERO_WIDTH_SPACE, " ").split())


def tokens(text: str) -> list[str]:
    """The words of the folded text in order: runs of letters, digits and marks, each of 1–100 characters.

    Scripts written without blanks (Han, kana, Thai, …) give one token for each letter with its marks. A
    longer run is cut into pieces. A token's only token is itself.
    """
    folded = fold(text)
    return (_PLAIN_WORD if folded.isascii() else _WORD).findall(folded)


def slug(text: str, limit: int = 200) -> str:
    """The tokens joined by "-", at most `limit` UTF-8 bytes, whole tokens only; "" where there is none.

    Only a first token that is too long by itself is cut inside, at a character.
    """
    words = tokens(text)
    size, kept = -1, 0
    for word in words:
        size += 1 + len(word.encode())
        if size > limit:
            break
        kept += 1
    if words and not kept:
        return words[0].encode()[:limit].decode(errors="ignore")
    return "-".join(words[:kept])


def splits_word(text: str, at: int) -> bool:
    """Whether a cut before the character at this offset goes through a word, a number or a contraction."""
    if at and text[at - 1] > "\x7f" and (hidden := _HIDDEN_END.search(text, max(at - 32, 0), at)):
        at = hidden.start()
    return _IN_WORD.match(text, at) is not None


def recase(text: str) -> str:
    """The text with its first letter in the other case, if it starts with a letter that has one."""
    first = _FIRST_LETTER.match(text)
    other = first[1].swapcase() if first else ""
    if not first or len(other) != 1:
        return text
    return text[: first.start(1)] + other + text[first.end() :]


@dataclass(frozen=True, slots=True)
class Word:
    """One token to be found."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Two tokens or more, to be found side by side in this order."""

    words: tuple[str, ...]


def _as_term(text: str) -> Word | Phrase | None:
    words = tokens(text)
    if len(words) == 1:
        return Word(words[0])
    return Phrase(tuple(words)) if words else None


def parse_query(q: str) -> tuple[Word | Phrase, ...]:
    """What a search asks for, in order and without repeats. Every input is valid; () asks for nothing.

    Double quotation marks of any style enclose phrases, an unclosed one runs to the end. What stands
    between blanks and is several tokens ("it's", a run of CJK) is a phrase too.
    """
    terms: list[Word | Phrase | None] = []
    for place, part in enumerate(_QUOTATION_MARK.split(q)):
        quoted = place % 2 == 1
        terms += [_as_term(chunk) for chunk in ([part] if quoted else part.split())]
    return tuple(dict.fromkeys(term for term in terms if term))
