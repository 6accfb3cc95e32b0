"""The filter `number`: numbers as people write them → Decimals, digit for digit. No float has a part in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from app.errors import BadValue, shown_value

_BLANKS: Final = " \u00a0\u2009\u202f"  # group thousands, in fixed width or not
_MINUS: Final = "-\u2212\u2010\u2011\u2012\u2013"
_SCALES: Final = {
    word: power
    for power, words in (
        (3, "k thousand tsd 千"),
        (4, "万 萬"),
        (6, "m mn mio million millions"),
        (8, "億 亿"),
        (9, "bn b mrd billion billions"),
        (12, "tn trillion trillions"),
    )
    for word in words.split()
}
_SCALED: Final = re.compile(rf"(?P<digits>.*\d)[{_BLANKS}]*(?P<word>[^\W\d_]+)\.?", re.DOTALL)
_WRITTEN: Final = re.compile(
    r"(?P<sign>[+-]?)(?P<digits>[0-9][0-9.,'’_ ]*|[.,][0-9]+)(?:[eE](?P<power>[+-]?[0-9]{1,2}))?"
)
_MAX_LENGTH: Final = 100  # characters; a figure has at most 38 digits
_MARKS: Final = (".", ",")
_RIGHT: Final = "state them, as in number(decimal='.') or number(decimal=',')"


def number(
    decimal: str | None = None,
    group: str | None = None,
    symbol: str = "",
    parentheses: bool = False,
    scale: bool = False,
) -> Callable[[str], Any]:
    """The exact number. decimal, group: its marks. symbol: what may stand beside it and is left out.

    parentheses: whether (5) is -5. scale: whether k, m, bn and the like count.
    """
    if decimal is not None and decimal not in _MARKS:
        raise BadValue(f"decimal is '.' or ',' and not {shown_value(decimal)}")
    if group is not None and (len(group) != 1 or group.isalnum() or group == decimal):
        raise BadValue(f"group is one mark that is not the decimal mark, not {shown_value(group)}")
    if decimal is None and group in _MARKS:
        decimal = "," if group == "." else "."

    def read(text: str) -> Decimal:
        try:
            return _read(text, decimal, group, symbol, parentheses, scale)
        except BadValue as fault:
            raise BadValue(f"{shown_value(text)} is not read as a number: {fault}") from None

    return read


def _read(text: str, decimal: str | None, group: str | None, symbol: str, parentheses: bool, scale: bool) -> Decimal:
    if len(text) > _MAX_LENGTH:
        raise BadValue(f"it has {len(text):,} characters")
    bare = text.replace(symbol, "", 1).strip() if symbol else text
    negative = parentheses and bare.startswith("(") and bare.endswith(")")
    bare = bare[1:-1].strip() if negative else bare
    factor = 0
    if scale and (found := _SCALED.fullmatch(bare)):
        if found["word"].lower() not in _SCALES:
            raise BadValue(f"{found['word']} is none of the scales {', '.join(_SCALES)}")
        bare, factor = found["digits"], _SCALES[found["word"].lower()]
    value = _plain(bare, decimal, group, factor)
    return value.copy_negate() if negative else value  # for - rounds


def _plain(text: str, decimal: str | None, group: str | None, factor: int) -> Decimal:
    """factor: of which power of ten."""
    text = text if text.isascii() else "".join(str(unicodedata.decimal(sign, sign)) for sign in text)
    for sign in _MINUS:
        text = text.replace(sign, "-")
    for blank in _BLANKS:
        text = text.replace(blank, " ")
    group = " " if group and group in _BLANKS else group
    found = _WRITTEN.fullmatch(re.sub(r"^([+-]) ", r"\1", text))
    if found is None:
        raise BadValue(_stray(text))
    whole, mark, fraction = _apart(found["digits"], decimal, group)
    power = int(found["power"] or 0) + factor
    return Decimal(f"{found['sign']}{whole or '0'}{mark and '.'}{fraction}" + (f"E{power}" if power else ""))


def _stray(text: str) -> str:
    """The fault of a text that holds more than digits and marks, and what would be right."""
    stray = re.search(r"[^0-9.,'’_ +eE-]+", text)
    if stray is None:
        return "its signs and marks are not where a number has them"
    beside = stray[0].strip()
    if re.fullmatch(r"\(.*\)", text):
        return "it stands in parentheses; where they say minus, write number(parentheses=true)"
    if beside.lower().strip(".") in _SCALES:
        return f"{shown_value(beside)} stands beside it; where it is a factor, write number(scale=true)"
    return f"{shown_value(beside)} stands beside it; where it may be left out, write number(symbol={beside!r})"


def _apart(digits: str, decimal: str | None, group: str | None) -> tuple[str, str, str]:
    """The digits before the decimal mark without groups, `.` where there is a mark, and the digits after it."""
    mark = decimal if decimal is not None else _mark_of(digits, group)
    whole, found, fraction = digits.partition(mark) if mark else (digits, "", "")
    if not re.fullmatch("[0-9]*", fraction) or (found and not fraction):
        raise BadValue(f"{shown_value(fraction or 'nothing')} follows the decimal mark {mark}")
    separators = set(re.findall(r"[^0-9]", whole))
    if len(separators) > 1 or (group and separators - {group}):
        told = " and ".join(map(repr, sorted(separators)))
        raise BadValue(f"{told} stand between its digits" + (f"; its groups are marked by {group!r}" if group else ""))
    if separators and not re.fullmatch(r"[0-9]{1,3}(?:[^0-9][0-9]{2,3})*[^0-9][0-9]{3}", whole):
        raise BadValue(f"{separators.pop()!r} parts its digits, but not into thousands; {_RIGHT}")
    return re.sub("[^0-9]", "", whole), found and ".", fraction


def _mark_of(digits: str, group: str | None) -> str:
    """The decimal mark where nobody stated it: the last of two marks, or one that cannot part thousands."""
    used = [mark for mark in digits if mark in _MARKS]
    if not used:
        return ""
    if len(set(used)) == 2:
        return used[-1]
    if len(used) > 1:
        return ""  # 1.234.567: such marks part thousands
    before, after = re.split("[.,]", digits)
    if group is None and len(after) == 3 and re.fullmatch("[1-9][0-9]{0,2}", before):
        whole, other = f"{before}{after}", f"{before}.{after}"
        raise BadValue(f"it may be {whole} or {other}, as its marks are not stated; {_RIGHT}")
    return used[0]
