"""One text normaliser for search and names.

Stored tokens and folded names are made by these rules. A change of what `fold`, `fold_name` or `tokens` gives is a new
WORD_RULES: then `onrecord migrate` derives all of them anew. Keys do not follow these rules: see keys.py.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from typing import Final

from app.domain.text.marks import MARK_CODES, MARKS, character_class

WORD_RULES: Final = 5
MAX_TOKEN: Final = 100  # characters

# Insides of […], beside MARKS: \w leaves marks out, yet most Indic vowels are marks.

# Planes of ideographs only: those that are newer than this Python count as well.
_PLANES = "\U00020000-\U0002fffd\U00030000-\U0003fffd"

# Scripts written without blanks between words: a word there is one letter with its marks.
UNSPACED: Final = (
    "\u0e00-\u0e4f\u0e80-\u0ecf\u0ede\u0edf"  # Thai, Lao, but not their digits
    "\u1000-\u103f\u1050-\u108f\ua9e0-\ua9ef\ua9fa-\ua9ff\uaa60-\uaa7f"  # Myanmar
    "\u1780-\u17d3\u17d7\u17dc"  # Khmer
    "\u1950-\u19cf\u1a20-\u1a7f\uaa80-\uaadf"  # Tai Le, New Tai Lue, Tai Tham, Tai Viet
    "\u1b00-\u1b4c\ua980-\ua9c0\ua9cf"  # Balinese, Javanese
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c"  # ideographic marks and numerals
    "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001aff0-\U0001b16f"  # kana
    "\u3105-\u312f\u31a0-\u31bf\ua000-\ua48c"  # Bopomofo, Yi
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # ideographs
    + _PLANES
    + "\U00016fe0-\U00018d8f\U0001b170-\U0001b2ff"  # Tangut, Khitan, Nüshu
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

# A word of a folded text: in ASCII; in any script; and the last without a limit, several times as fast, as it looks for
# common letters first, and for marks where there may be some.
_PLAIN_WORD: Final = rf"[a-z0-9]{{1,{MAX_TOKEN}}}"
_WORD: Final = (
    rf"(?=[\w{_PLANES}])[{UNSPACED}][{MARKS}]{{0,{MAX_TOKEN - 1}}}"
    rf"|{SPACED}(?:{SPACED}|[{MARKS}]){{0,{MAX_TOKEN - 1}}}"
)
_COMMON: Final = (
    "a-z0-9\u00e0-\u00f6\u00f8-\u00ff\u0100-\u024f\u03b1-\u03c9\u0430-\u045f\u05d0-\u05ea\u0621-\u063a\u0641-\u064a"
    "\uac00-\ud7a3"
)
_OTHER: Final = r"(?=[^\x00-\x7f])"
_MARKED: Final = (
    rf"(?=[{character_class(code for code in MARK_CODES if code < 0x10000)}\U00010000-\U0010ffff])[{MARKS}]++"
)
_LONG_WORD: Final = (
    rf"[{_COMMON}]++(?:{_OTHER}(?:{_MARKED}|{SPACED}++)*+)?+"
    rf"|{_OTHER}(?:(?=[\w{_PLANES}])[{UNSPACED}](?:{_MARKED})?+|{SPACED}++(?:{_MARKED}|{SPACED}++)*+)"
)


class Splitter:
    """Splits folded texts into words. signs: the inside of […]; of these characters each is a word, too."""

    def __init__(self, signs: str = "") -> None:
        self._also = f"|[{signs}]" if signs else ""
        self._plain = re.compile(_PLAIN_WORD + self._also)

    @cached_property
    def _long(self) -> re.Pattern[str]:
        return re.compile(_LONG_WORD + self._also)

    @cached_property
    def _cut(self) -> re.Pattern[str]:
        return re.compile(_WORD + self._also)

    def words(self, folded: str) -> list[str]:
        """The words in order, each of 1 to MAX_TOKEN characters."""
        if folded.isascii():
            return self._plain.findall(folded)
        words: list[str] = self._long.findall(folded)
        return self._cut.findall(folded) if max(map(len, words), default=0) > MAX_TOKEN else words


_words_of = Splitter().words
_IGNORED = re.compile(f"[{INVISIBLE}{TATWEEL}]")
_IN_WORD: Final = re.compile(
    rf"(?:(?<={SPACED})|(?<=[{MARKS}]))[{HIDDEN}]*+{SPACED}|[{HIDDEN}]*+[{MARKS}]"
    rf"|(?<={LETTER})['’ʼ]{LETTER}"  # "we can" is not in "we can't", but "État" is in "l'État"
    r"|(?<=\d)[.,'’]\d|(?<=\d[.,'’])\d"  # "5 million" is not in "1.5 million"
    r"|(?<=[\s(][-–−])\d"  # nor in "fell by -5 million"
)
_HIDDEN_END = re.compile(rf"[{HIDDEN}]+\Z")
_FIRST_LETTER = re.compile(rf"[\W_]*+({LETTER})")

APOSTROPHES: Final = "‘’‚‛′ʹʻʼʽʾʿˈˮꞌ"  # folded to '

# Letters with strokes and hooks, which Unicode does not decompose; letters that are typed with another's key; and
# typography that names vary in.
_SPELLINGS: Final = {
    **dict(zip("øɵđðɖɗłƚħıɨĸƙŋɲŧƀɓƃƈƒǥɠɉɍƥɏƴƶȥʉʋɛɔ", "ooddddllhiikknntbbbcfggjrpyyzzuveo", strict=True)),
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ٱ": "ا",  # the alef of the Koran
    "ی": "ي",  # Persian yeh and kaf, on an Arabic keyboard
    "ک": "ك",
    "ى": "ي",  # written for one another at the end of a word, from country to country
    "ة": "ه",
    **dict.fromkeys(APOSTROPHES, "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
}

# Marks that are accents, niqqud, harakat or signs for chanting. All others spell words: nukta, virama, the vowels and
# tones of Indic, Thai and other scripts, the voicing of kana.
_ACCENTS: Final = re.compile(
    "[\u0300-\u08ff\u0951-\u0954\u0f35\u0f37\u135d-\u135f\u1ab0-\u1aff\u1cd0-\u1cff\u1dc0-\u1dff\u20d0-\u20ff"
    "\u2de0-\u2dff\u302a-\u302f\ua66f-\ua69f\ua8e0-\ua8f1\ufb1e\ufe20-\ufe2f\U00010efd-\U00010eff]"
)

# Letters of Cyrillic alphabets that Unicode decomposes: й is no и with an accent. But ё is written е as well, and a
# grave tells where the stress is.
_CYRILLIC: Final = frozenset(
    letter for letter in map(chr, range(0x400, 0x530)) if unicodedata.decomposition(letter) and letter not in "ѐёѝѷ"
)
_CYRILLIC_PAIR = re.compile(
    f"[{''.join(sorted({unicodedata.normalize('NFD', letter)[0] for letter in _CYRILLIC}))}][{MARKS}]+"
)
# Malayalam: a letter and virama with a joiner is the older spelling of a letter of its own.
_CHILLU: Final = {f"{letter}\u0d4d\u200d": own for letter, own in zip("ണനരലളക", "ൺൻർൽൾൿ", strict=True)}
_CHILLU_PAIR = re.compile("[ണനരലളക]\u0d4d\u200d")


class _Folding(dict[int, str]):
    """The folded form of a decomposed character; computed at first use."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = folded = self._fold(character)
        return folded

    @staticmethod
    def _fold(character: str) -> str:
        if _IGNORED.match(character):
            return ""
        match unicodedata.category(character):
            case "Me":
                return ""
            case "Mn" if unicodedata.combining(character) and _ACCENTS.match(character):
                return ""
            case "Nd":
                return str(unicodedata.decimal(character))
        return _SPELLINGS.get(character, character)


def _cyrillic_letter(found: re.Match[str]) -> str:
    composed = unicodedata.normalize("NFC", found[0])
    return composed if composed[0] in _CYRILLIC else found[0]


_FOLDING = _Folding()

# Common characters that fold one by one, whatever stands beside them; and those of them that fold to more than their
# lower case. Most texts have no others, and fold several times as fast.
_APART = re.compile(
    "[\x00-\x7f\u00a0-\u012f\u0131-\u024f\u0384-\u03ff\u0400-\u045f\u048a-\u052f\u05d0-\u05ea\u0621-\u063a\u0641-\u064a\u0660-\u0669"
    "\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u3001-\u3003\u3008-\u3011\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fff\uac00-\ud7a3"
    "\uff01-\uff5e]*+"
)
_CHANGING = re.compile(
    "[\u00a0-\u02af\u0384-\u03b0\u03c2\u03ca-\u03ff\u0450\u0451\u045d\u0477\u0622-\u0626\u0629\u0649\u0660-\u0669\u1e00-\u1eff\u2010-\u205e\u20a8"
    "\uff01-\uff5e]"
)


class _FoldedApart(dict[str, str]):
    """The folded form of each common character; computed at first use."""

    def __missing__(self, character: str) -> str:
        self[character] = folded = _fold_together(character)
        return folded


_FOLDED_APART = _FoldedApart()


def fold(text: str) -> str:
    """The text with compatibility forms (NFKC), case, accents, digits and typography levelled; NFC, idempotent.

    White space and punctuation stay; invisible characters and the Arabic tatweel go. Accents of each script:
    docs/decisions/0009-words.md.
    """
    if text.isascii():
        return text.lower()
    if _APART.fullmatch(text):
        return _CHANGING.sub(lambda found: _FOLDED_APART[found[0]], text.lower())
    return _fold_together(text)


def _fold_together(text: str) -> str:
    if "\u0d4d\u200d" in text:
        text = _CHILLU_PAIR.sub(lambda found: _CHILLU[found[0]], text)
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = _CYRILLIC_PAIR.sub(_cyrillic_letter, decomposed)
    return unicodedata.normalize("NFC", letters.translate(_FOLDING))


def fold_name(text: str) -> str:
    """The folded text with white space of any kind as single blanks, for comparing names."""
    return " ".join(fold(text).replace(ZERO_WIDTH_SPACE, " ").split())


def plain_blanks(text: str) -> str:
    """The text without white space at its ends, and with single blanks for any white space inside."""
    return " ".join(text.split()).strip(f" {ZERO_WIDTH_SPACE}\ufeff")


def tokens(text: str) -> list[str]:
    """The words of the folded text in order: runs of letters, digits and marks, each of 1–100 characters.

    Scripts written without blanks (Han, kana, Thai, …) give one token for each letter with its marks. A
    longer run is cut into pieces. A token's only token is itself.
    """
    return _words_of(fold(text))


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
