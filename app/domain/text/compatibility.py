"""Compatibility forms of letters, as PDFs, OCR and old encodings have them, and the letters that they stand for.

Ligatures, contextual forms of Arabic, Kangxi and other radicals, half- and full-width forms, letters of mathematics,
long s, super- and subscripts, squared abbreviations: what Unicode (NFKC) gives for them. Left alone are fractions and
circled numbers, forms that hold signs, and each form of digits that would run together with other digits: 10² is not
102, x₁² not x12, and 5㏠ not 51日.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

from app.domain.text.marks import MARKS, character_class
from app.domain.text.tokenizer import LETTER

_LEFT_ALONE: Final = ("<circle>", "<fraction>", "<noBreak>")
_TYPOGRAPHY: Final = ("<wide>", "<narrow>", "<small>", "<vertical>")  # signs too
# Radicals that Unicode gives no letter for, and that look like the whole letter.
_RADICALS: Final = dict(
    zip(
        "⺁⺅⺉⺋⺎⺒⺓⺠⺡⺼⻁⻄⻅⻆⻈⻉⻋⻏⻐⻑⻒⻓⻔⻖⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻲",
        "厂亻刂㔾兀巳幺民氵肉虎西见角讠贝车阝钅長镸长门阝青韦页风飞食飠饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙亀",
        strict=True,
    )
)
_RADICAL = re.compile(f"[{min(_RADICALS)}-{max(_RADICALS)}]")
_EXPONENTS: Final = "ⁿⁱ"  # 10ⁿ is not 10n, while 5ᵗʰ is 5th
_FOOT: Final = "₀-₉"
_HEAD: Final = "²³¹⁰⁴-⁹"

# Text before a raised or lowered number: a letter, or a sign that no digit stands before.
_AFTER = re.compile(rf"(?:{LETTER}(?<![\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u218b\u2460-\u24ff])|[{MARKS}]|[)\]}}]|"
                    rf"{LETTER}[.,;:!?\"”’»])\Z")  # fmt: skip
_DIGIT_BEFORE = re.compile(rf"[\d{_HEAD}{_FOOT}][.,'’]?\Z")
_DIGIT_AFTER = re.compile(rf"[.,'’]?[\d{_HEAD}{_FOOT}]")


@dataclass(frozen=True)
class _Forms:
    """one: forms of one letter, by code point. several: all others; pattern: stretches of those."""

    one: dict[int, str]
    several: dict[str, str]
    pattern: re.Pattern[str]


@cache
def _forms() -> _Forms:
    one = {ord(radical): letter for radical, letter in _RADICALS.items()}
    several = {}
    for code in range(0x80, 0x20000):
        tag = unicodedata.decomposition(chr(code)).partition(" ")[0]
        if not tag.startswith("<") or tag in _LEFT_ALONE:
            continue
        new = unicodedata.normalize("NFKC", chr(code))
        if len(new) == 1 and (tag in _TYPOGRAPHY or _spells(new)) and not _is_delicate(chr(code), tag, new):
            one[code] = new
        elif _spells(new):
            several[chr(code)] = new
    others = character_class(sorted(map(ord, several)))
    return _Forms(one, several, re.compile(f"[{_HEAD}]+|[{_FOOT}]+|[{others}]"))


def _spells(new: str) -> bool:
    """True if the form stands for letters, marks and digits only, perhaps with blanks between them."""
    return new[0] != " " and all(char.isalnum() or char == " " or unicodedata.category(char)[0] == "M" for char in new)


def _is_delicate(form: str, tag: str, new: str) -> bool:
    """True if its spelling depends on its neighbours: a digit of another size than theirs."""
    return form in _EXPONENTS or (new.isdigit() and tag in ("<super>", "<sub>", "<compat>"))


def has_forms(text: str) -> bool:
    """False where the text certainly has no compatibility form; quick."""
    return not unicodedata.is_normalized("NFKC", text) or _RADICAL.search(text) is not None


def level(text: str) -> str:
    """The text with the forms of one letter as that letter: of the same length."""
    return text.translate(_forms().one)


def several() -> re.Pattern[str]:
    """Stretches of forms that stand for several letters, or for digits of another size; for `spell`."""
    return _forms().pattern


def spell(found: re.Match[str]) -> str:
    """The spelling of a stretch; the stretch itself where digits would run together."""
    forms, form = _forms().several, found[0]
    new = "".join(forms[char] for char in form)
    before, after = found.string[max(found.start() - 2, 0) : found.start()], found.string[found.end() : found.end() + 2]
    if new.isdigit():
        parted = _AFTER.search(before) is not None
    else:
        parted = not (new[0].isdigit() or form in _EXPONENTS) or _DIGIT_BEFORE.search(before) is None
    return new if parted and not (new[-1].isdigit() and _DIGIT_AFTER.match(after)) else form
