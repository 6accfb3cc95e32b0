"""The filter `era`: dates by Japanese eras, by the Minguo calendar and by the Thai Buddhist one → EDTF.

Eras begin and end on days: 平成31年 is 2019-01/2019-04. Before 1873 Japan had months by the moon, and before 1941 a
Thai year ran from April to March.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

from babel.dates import get_month_names

from app.domain.dates.edtf import parse_edtf
from app.errors import BadValue, near, shown_value


@dataclass(frozen=True, slots=True)
class _Era:
    """An era. year_0: the year of our reckoning before its first. first, last: its days that are read."""

    name: str
    year_0: int
    first: date
    last: date


_REIWA: Final = _Era("令和", 2018, date(2019, 5, 1), date.max)
_HEISEI: Final = _Era("平成", 1988, date(1989, 1, 8), date(2019, 4, 30))
_SHOWA: Final = _Era("昭和", 1925, date(1926, 12, 25), date(1989, 1, 7))
_TAISHO: Final = _Era("大正", 1911, date(1912, 7, 30), date(1926, 12, 25))  # ends on the day on which the next begins
_MEIJI: Final = _Era("明治", 1867, date(1873, 1, 1), date(1912, 7, 30))
_MINGUO: Final = _Era("民國", 1911, date(1912, 1, 1), date.max)
_BUDDHIST: Final = _Era("พ.ศ.", -543, date(1889, 4, 1), date.max)
_JAPANESE: Final = (_REIWA, _HEISEI, _SHOWA, _TAISHO, _MEIJI)
_NAMES: Final = {
    **{era.name: era for era in _JAPANESE},
    **dict(zip("RHSTM", _JAPANESE, strict=True)),
    **dict(zip("㋿㍻㍼㍽㍾", _JAPANESE, strict=True)),
    **dict(zip(("Reiwa", "Heisei", "Showa", "Taisho", "Meiji"), _JAPANESE, strict=True)),
    **dict.fromkeys(("中華民國", "中华民国", "民國", "民国", "Minguo", "ROC"), _MINGUO),
    **dict.fromkeys(("พ.ศ.", "พศ", "BE", "B.E."), _BUDDHIST),
}
_CALENDARS: Final = {"minguo": _MINGUO, "buddhist": _BUDDHIST}
_KANJI: Final = dict(zip("〇一二三四五六七八九", range(10), strict=True)) | {"零": 0}
_COUNT: Final = "(?:[0-9]+|[〇零一二三四五六七八九十百]+)"
_ERA: Final = "|".join(re.escape(unicodedata.normalize("NFKC", name)) for name in sorted(_NAMES, key=len, reverse=True))
_EASTERN: Final = re.compile(
    rf"(?P<era>{_ERA})?\s*(?P<year>{_COUNT}|元)\s*(?:年|\.|/|-|$)(?:\s*(?P<month>{_COUNT})\s*(?:月|\.|/|-|$)"
    rf"(?:\s*(?P<day>{_COUNT})\s*日?(?:\s*\([月火水木金土日]\))?)?)?",
    re.IGNORECASE,
)
_THAI: Final = re.compile(
    rf"(?:(?:วันที่\s*)?(?P<day>[0-9]{{1,2}})\s+)?(?:(?P<month>[^\d\s]+)\s+)?(?P<era>{_ERA})?\s*(?P<year>[0-9]+)",
    re.IGNORECASE,
)


def era(calendar: str | None = None) -> Callable[[str], Any]:
    """The date as EDTF. calendar: `minguo` or `buddhist`, for years that name none."""
    if calendar is not None and calendar not in _CALENDARS:
        raise BadValue(
            f"the calendar of era is minguo or buddhist, not {shown_value(calendar)}", near(calendar, _CALENDARS)
        )

    def read(text: str) -> str:
        try:
            return _read(text, _CALENDARS[calendar] if calendar else None)
        except BadValue as fault:
            raise BadValue(f"{shown_value(text)} is not read by era: {fault}", fault.suggestions) from None

    return read


def _read(text: str, default: _Era | None) -> str:
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    found = _EASTERN.fullmatch(plain) or _THAI.fullmatch(plain)
    if found is None or (found["day"] and not found["month"]):
        raise BadValue(
            "write the era, year, month and day, as in 令和6年4月1日, R6.4.1, 民國113年4月1日 or 1 เมษายน พ.ศ. 2567"
        )
    era = _named(found["era"]) if found["era"] else default
    if era is None:
        raise BadValue("it names no era; where its years are of one calendar, write era('minguo') or era('buddhist')")
    year = 1 if found["year"] == "元" else _count(found["year"])
    return _span(era, year, _month(found["month"]), _count(found["day"]) if found["day"] else None)


@cache
def _named(name: str) -> _Era:
    return next(era for known, era in _NAMES.items() if unicodedata.normalize("NFKC", known).lower() == name.lower())


def _count(digits: str) -> int:
    """A number in digits of any script, or in Chinese ones with tens and hundreds or without."""
    if digits.isdecimal():
        return int(digits)
    total, last = 0, None
    for sign in digits:
        if sign in _KANJI:
            last = _KANJI[sign] if last is None else last * 10 + _KANJI[sign]
        else:
            total += (1 if last is None else last) * {"十": 10, "百": 100}[sign]
            last = None
    return total + (last or 0)


def _month(written: str | None) -> int | None:
    if written is None:
        return None
    if re.fullmatch(_COUNT, written):
        return _count(written)
    names: dict[str, int] = {
        unicodedata.normalize("NFKC", name): number
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, "format", "th").items()
    }
    if written not in names:
        raise BadValue(f"{shown_value(written)} is no month in Thai", near(written, names))
    return names[written]


def _span(era: _Era, year: int, month: int | None, day: int | None) -> str:
    """The days of a year, month or day of an era, as EDTF. Raises BadValue where the era has no such day."""
    if month is not None and not 1 <= month <= 12:
        raise BadValue(f"there is no month {month}")
    if year < 1 or year + era.year_0 < 1 or year + era.year_0 > 9999:
        raise BadValue(f"there is no year {year} of {era.name}")
    first, last = _days(era, year, month, day)
    if first > era.last or last < era.first:
        began = "the first day that is read of" if era in (_MEIJI, _BUDDHIST) else "the first day of"
        bound = f"{era.last} is the last day of" if first > era.last else f"{era.first} is {began}"
        raise BadValue(f"{bound} {era.name}")
    return _edtf(max(first, era.first), min(last, era.last))


def _days(era: _Era, year: int, month: int | None, day: int | None) -> tuple[date, date]:
    ours = year + era.year_0
    if era is _BUDDHIST and ours < 1941:
        if month is None:  # from April to March; 2483 ended in December
            return date(ours, 4, 1), date(1940, 12, 31) if ours == 1940 else date(ours + 1, 3, 31)
        if month < 4 and ours == 1940:
            raise BadValue("the year 2483 had no month before April")
        ours += month < 4
    if month is None:
        return date(ours, 1, 1), date(ours, 12, 31)
    if day is None:
        return date(ours, month, 1), date(ours, month, monthrange(ours, month)[1])
    named = parse_edtf(f"{ours:04}-{month:02}-{day:02}").earliest
    return named or date.min, named or date.min


def _edtf(first: date, last: date) -> str:
    """The days from one to another as EDTF: a day, a month or a year where they are all of one, else an interval."""
    if first == last:
        return first.isoformat()
    after = last + timedelta(days=1) if last < date.max else None
    if first.day == 1 and (after is None or after.day == 1):
        months = (last.year - first.year) * 12 + last.month - first.month
        if months == 11 and first.month == 1:
            return f"{first:%Y}".zfill(4)
        begin, end = (f"{day.year:04}-{day.month:02}" for day in (first, last))
        return begin if months == 0 else f"{begin}/{end}"
    return f"{first.isoformat()}/{last.isoformat()}"
