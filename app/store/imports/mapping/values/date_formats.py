"""Formats of dates: `%d.%m.%Y` reads `26.12.2014` as 2014-12-26, and `%B %Y` reads `December 2014` as 2014-12.

The signs are strptime's. A format gives what it holds and no more: without a day the result is a month.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from babel import Locale, UnknownLocaleError
from babel.dates import get_day_names, get_month_names
from babel.localedata import locale_identifiers

from app.domain.dates.edtf import parse_edtf
from app.errors import BadValue, near, shown_value

_ORDINAL: Final = "(?:st|nd|rd|th|er|re|º|ª|°)?"
_SIGNS: Final = {  # the pattern of each sign; names of months and days are of the language
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d{2})",
    "m": r"(?P<m>\d{1,2})",
    "d": rf"(?P<d>\d{{1,2}}){_ORDINAL}",
    "e": rf"(?P<d>\s?\d{{1,2}}){_ORDINAL}",
    "H": r"(?:[01]?\d|2[0-4])",
    "I": r"(?:0?\d|1[0-2])",
    "M": r"[0-5]?\d",
    "S": r"[0-6]?\d(?:[.,]\d+)?",
    "f": r"\d{1,9}",
    "p": r"(?:[ap]\.?m\.?)",
    "z": r"(?:z|[+-]\d{2}:?(?:\d{2})?)",
    "Z": r"[a-z]{1,5}",
    "%": "%",
}
_MONTHS, _DAYS = "Bb", "Aa"
_SHORT: Final = (3, 4)  # letters that stand for a name: Sep and Sept, whatever the CLDR has
_TOGETHER: Final = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M"}
KNOWN: Final = ", ".join(f"%{sign}" for sign in sorted([*_SIGNS, *_MONTHS, *_DAYS, *_TOGETHER]))


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of months and days of the week in a language: numbers by the name in small letters; Monday is 0."""

    months: dict[str, int]
    days: dict[str, int]


@lru_cache(maxsize=64)
def _names_in(language: str) -> _Names:
    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        known = sorted(name for name in locale_identifiers() if "_" not in name)
        raise BadValue(
            f"{shown_value(language)} is no language; write a tag such as en, de or pt-BR", near(language, known)
        ) from None
    return _Names(_merged(get_month_names, locale), _merged(get_day_names, locale))


def _merged(names: Any, locale: Locale) -> dict[str, int]:
    """The numbers of names as they stand in dates and alone, and of their first letters where no other has them."""
    whole = [
        (folded(name), number)
        for width in ("wide", "abbreviated")
        for context in ("format", "stand-alone")
        for number, name in names(width, context, locale).items()
    ]
    short = [(name[:length], number) for name, number in whole for length in _SHORT if name[:length].isalpha()]
    return _of_one_number(short) | _of_one_number([pair for pair in whole if not pair[0].isdigit()])


def _of_one_number(pairs: list[tuple[str, int]]) -> dict[str, int]:
    numbers: dict[str, set[int]] = {}
    for name, number in pairs:
        numbers.setdefault(name, set()).add(number)
    return {name: found.pop() for name, found in numbers.items() if len(found) == 1}


def folded(text: str) -> str:
    """A name as dates are compared: small letters, no dot at its end."""
    return " ".join(_in_small_letters(text).split()).rstrip(".")


def _in_small_letters(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())  # some letters of Greek come apart


class DateFormat:
    """One format. text: as written. has_year: whether it reads a year."""

    def __init__(self, text: str, language: str, pivot: int | None) -> None:
        """pivot: the first of the hundred years that %y may be. Raises BadValue for what is no such format."""
        self.text, self._pivot = text, pivot
        self._names = _names_in(language)
        self._signs: set[str] = set()
        self._pattern = re.compile(self._pattern_of(text))
        self.has_year = bool(self._signs & {"Y", "y"})
        self._check()

    def _pattern_of(self, text: str) -> str:
        for sign, signs in _TOGETHER.items():
            text = re.sub(rf"(?<!%)((?:%%)*)%{sign}", rf"\g<1>{signs}", text)
        pieces = re.findall(r"%-?.?|\s+|[^%\s]+", text, re.DOTALL)
        return "".join(self._piece(piece) for piece in pieces)

    def _piece(self, piece: str) -> str:
        if piece.isspace():
            return r"\s+"
        if not piece.startswith("%"):
            return re.escape(_in_small_letters(piece))
        sign = piece[-1].replace("e", "d") if piece != "%" else ""
        kind = {"B": "m", "b": "m", "a": "A"}.get(sign, sign)
        if kind in self._signs and kind in "YymdA":
            raise BadValue(f"the format {self.text!r} has {piece} and what it says a second time")
        self._signs.add(kind)
        if sign in (*_MONTHS, *_DAYS):
            names = self._names.months if sign in _MONTHS else self._names.days
            choice = "|".join(sorted(map(_as_pattern, names), key=len, reverse=True))
            return rf"(?P<{'B' if sign in _MONTHS else 'A'}>{choice})\.?"
        if sign not in _SIGNS:
            raise BadValue(f"the format {self.text!r} has {piece}, which is none of {KNOWN}")
        return _SIGNS[piece[-1]]

    def _check(self) -> None:
        if not self._signs & {"Y", "y", "m", "d"}:
            raise BadValue(f"the format {self.text!r} reads no date; its signs are {KNOWN}")
        if "y" in self._signs and self._pivot is None:
            raise BadValue(
                f"the format {self.text!r} has %y, a year without its century; give the first year that it may be, "
                "as in pivot=1950 for 1950 to 2049"
            )
        if "d" in self._signs and "m" not in self._signs:
            raise BadValue(f"the format {self.text!r} has a day without its month")

    def read(self, text: str, year: int | None) -> str | None:
        """The date as EDTF; None where the text does not fit. year: of formats that have none.

        Raises BadValue for a day that does not exist or is another day of the week.
        """
        found = self._pattern.fullmatch(_in_small_letters(text))
        if found is None:
            return None
        parts = found.groupdict()
        named = f"{self._year(parts, year):04}"
        month = self._names.months[folded(parts["B"])] if parts.get("B") else int(parts.get("m") or 0)
        if "m" in self._signs:
            named += f"-{month:02}"
        if "d" in self._signs:
            named += f"-{int(parts['d']):02}"
        if month > 12:
            raise BadValue(f"there is no month {month}")
        day = parse_edtf(named).earliest
        if parts.get("A") and "d" in self._signs and day and day.weekday() != self._names.days[folded(parts["A"])]:
            raise BadValue(f"{named} is no {parts['A']}")
        return named

    def _year(self, parts: dict[str, str | None], year: int | None) -> int:
        if parts.get("Y"):
            return int(parts["Y"] or 0)
        if parts.get("y") and self._pivot is not None:
            return self._pivot + (int(parts["y"] or 0) - self._pivot) % 100
        return year or 0


def _as_pattern(name: str) -> str:
    return r"\s+".join(map(re.escape, name.split()))


@lru_cache(maxsize=256)
def date_format(text: str, language: str, pivot: int | None) -> DateFormat:
    """The format of a text. Raises BadValue where it is none."""
    return DateFormat(text, language, pivot)
