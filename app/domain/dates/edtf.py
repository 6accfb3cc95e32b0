"""Dates as EDTF (ISO 8601-2, levels 0 and 1) with their strict bounds, for the years 0001 to 9999.

A date stays the string that was written; beside it stand the first and the last day that it may name.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from app.domain.dates.faults import WRITE, YEARS, DateFault, NotCarried, explain, refusal
from app.domain.dates.readings import readings_of

PRECISIONS = ("day", "month", "season", "year", "decade", "century", "interval")

LONGEST = 64  # characters; the longest form, a date-time with its offset, has 25


@dataclass(frozen=True, slots=True)
class Edtf:
    """An EDTF string with its strict bounds.

    text: as written.
    earliest, latest: the first and last day that it may name; None where open or unknown.
    precision: one of PRECISIONS; None where wholly unknown.
    open_start, open_end: an interval that nothing bounds on that side ('..', blank, or XXXX).
    """

    text: str
    earliest: date | None
    latest: date | None
    precision: str | None
    open_start: bool = False
    open_end: bool = False

    @property
    def is_unknown(self) -> bool:
        """Whether nothing bounds it on either side: 'XXXX', '/', '../..' and the like."""
        return self.earliest is None and self.latest is None

    @property
    def is_qualified(self) -> bool:
        """True if the date, or an end of it, is approximate or uncertain: it may name a day outside its bounds."""
        return any(sign in self.text for sign in "~?%")


def parse_edtf(text: str) -> Edtf:
    """Read an EDTF string of level 0 or 1.

    Raises BadValue, which says where the text fails, with a suggestion for common slips. A date-time counts as its
    date as written, whatever its offset. Seasons are northern months; 24 runs from December into the next February.
    """
    if len(text) > LONGEST:
        raise refusal(text, DateFault(f"it is longer than {LONGEST} characters; {WRITE}"))
    return _parse_short(text)


def overlaps(a: Edtf, b: Edtf) -> bool:
    """Whether both could name the same day ("could be"). Wholly unknown dates never do."""
    if a.is_unknown or b.is_unknown:
        return False
    return _begins_before_end(a, b) and _begins_before_end(b, a)


def within(a: Edtf, b: Edtf) -> bool:
    """Whether every day that a may name lies in b ("must be"). Wholly unknown dates never do."""
    if a.is_unknown or b.is_unknown:
        return False
    begins_inside = b.earliest is None or (a.earliest is not None and a.earliest >= b.earliest)
    ends_inside = b.latest is None or (a.latest is not None and a.latest <= b.latest)
    return begins_inside and ends_inside


def _begins_before_end(a: Edtf, b: Edtf) -> bool:
    return a.earliest is None or b.latest is None or a.earliest <= b.latest


# --- Reading ----------------------------------------------------------------------------------------

# Bounds and precision of one date.
_Span = tuple[date | None, date | None, str | None]

_UNKNOWN: _Span = (None, None, None)

_DATE = re.compile(r"([0-9X]{4})(?:-([0-9X]{2})(?:-([0-9X]{2}))?)?[?~%]?")

_FROM_THE_RIGHT = re.compile(r"[0-9]*X+")

_DATE_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})(Z|[+-][0-9]{2}(?::[0-9]{2})?)?")

# 24:00:00 and a leap second are times of ISO 8601-1; an offset of -00:00 is not.
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]|24:00:00|(?:[01][0-9]|2[0-3]):59:60")
_OFFSET = re.compile(r"Z|(?!-00(?::00)?$)[+-](?:[01][0-9]|2[0-3])(?::[0-5][0-9])?")

_SEASONS = {21: (3, 5), 22: (6, 8), 23: (9, 11)}  # first and last month; 24 reaches into the next year
_WINTER = 24
_LEVEL_2_SEASONS = range(25, 42)


@lru_cache(maxsize=1 << 14)
def _parse_short(text: str) -> Edtf:
    try:
        return _read(text)
    except DateFault as fault:
        raise refusal(text, fault, readings_of(text), _names_a_time) from None


def _names_a_time(text: str) -> bool:
    try:
        return not _read(text).is_unknown
    except DateFault:
        return False


def _read(text: str) -> Edtf:
    if "/" in text:
        return _read_interval(text)
    earliest, latest, precision = _read_date_time(text) if _has_time(text) else _read_date(text)
    return Edtf(text, earliest, latest, precision)


def _read_interval(text: str) -> Edtf:
    """Levels 0 and 1: two dates, of which one or both may be open ('..') or unknown (blank)."""
    if text.count("/") > 1:
        raise explain(text)
    start, end = text.split("/")
    earliest, latest = _read_end("start", start, 0)[0], _read_end("end", end, len(start) + 1)[1]
    if earliest is not None and latest is not None and earliest > latest:
        raise DateFault(
            f"its end, {latest}, lies before its start, {earliest}; write the earlier date first, as in 2023/2024"
        )
    precision = None if earliest is None and latest is None else "interval"
    return Edtf(text, earliest, latest, precision, open_start=earliest is None, open_end=latest is None)


def _read_end(end: str, text: str, shift: int) -> _Span:
    if text in ("", ".."):
        return _UNKNOWN
    try:
        if _has_time(text):
            raise DateFault("a time begins; intervals have dates without times, as in 2023-11-30/2024-04-05", 10)
        return _read_date(text)
    except DateFault as fault:
        raise fault.inside(end, shift) from None


def _has_time(text: str) -> bool:
    return text[10:11] == "T"


def _read_date_time(text: str) -> _Span:
    """Level 0: a day with a time, which is checked and adds nothing to the bounds."""
    shape = _DATE_TIME.fullmatch(text)
    if shape is None:
        _read_date(text[:10])
        raise DateFault("the time is not in the form of 2024-04-05T10:10:10, with Z, +hh or +hh:mm after it or not", 11)
    day, clock, offset = shape.groups()
    if not _CLOCK.fullmatch(clock):
        raise DateFault(f"the time {clock} does not exist; write hh:mm:ss, for example 23:59:59")
    if offset and not _OFFSET.fullmatch(offset):
        raise DateFault(f"the offset {offset} does not exist; write Z or an offset such as +05:30")
    return _read_date(day)


def _read_date(text: str) -> _Span:
    """Levels 0 and 1: one date without a time. A qualifier leaves the bounds strict."""
    shape = _DATE.fullmatch(text)
    if shape is None:
        raise explain(text)
    year, month, day = shape.groups()
    if year == "0000":
        raise NotCarried(YEARS)
    if "X" in text:
        return _read_unspecified(year, month, day, text.index("X"))
    if month is None:
        return _whole_years(int(year), int(year), "year")
    if day is None:
        return _read_month(int(year), int(month))
    return _read_day(int(year), int(month), int(day))


def _read_unspecified(year: str, month: str | None, day: str | None, at: int) -> _Span:
    """Level 1: digits are unspecified from the right, and those of months and days two at a time. at: the first."""
    if not _FROM_THE_RIGHT.fullmatch(year + (month or "") + (day or "")) or _is_half(month) or _is_half(day):
        reason = "unspecified digits before others, or half a month or day, are level 2"
        raise NotCarried(f"{reason}; write {_widen(year, month)}", at)
    if year == "XXXX":
        return _UNKNOWN
    if "X" in year:
        precision = {1: "decade", 2: "century", 3: "interval"}[year.count("X")]
        return _whole_years(int(year.replace("X", "0")), int(year.replace("X", "9")), precision)
    if month is None or month == "XX":
        return _whole_years(int(year), int(year), "year")
    _check_month(int(year), int(month))
    return _read_month(int(year), int(month))


def _is_half(part: str | None) -> bool:
    return part is not None and part.count("X") == 1


def _widen(year: str, month: str | None) -> str:
    """The nearest date of level 1 that says no more than one of level 2."""
    if "X" in year:
        return year[: year.index("X")].ljust(4, "X")
    return f"{year}-XX" if month is None or "X" in month else f"{year}-{month}-XX"


def _whole_years(first: int, last: int, precision: str) -> _Span:
    # 0XXX, 00XX and 000X begin with the year 0000, which is not supported.
    return date(max(first, 1), 1, 1), date(last, 12, 31), precision


def _read_month(year: int, month: int) -> _Span:
    """Level 0: a month. Level 1: a season in the place of the month."""
    if month in _SEASONS:
        first, last = _SEASONS[month]
        return date(year, first, 1), _last_day(year, last), "season"
    if month == _WINTER:
        return date(year, 12, 1), _last_day(year + 1, 2) if year < date.max.year else date.max, "season"
    _check_month(year, month)
    return date(year, month, 1), _last_day(year, month), "month"


def _read_day(year: int, month: int, day: int) -> _Span:
    try:
        named = date(year, month, day)
    except ValueError:
        _check_month(year, month)
        last = monthrange(year, month)[1]
        raise DateFault(
            f"day {day:02} does not exist, as {year:04}-{month:02} has {last} days; "
            f"write {year:04}-{month:02} where the day is not known"
        ) from None
    return named, named, "day"


def _last_day(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _check_month(year: int, month: int) -> None:
    """Refuse what is not a month, in a place where no season may stand or none of level 1 does."""
    if month in _LEVEL_2_SEASONS:
        raise NotCarried(f"season {month} is level 2; write a season from 21 (spring) to 24 (winter), or a month")
    if month in _SEASONS or month == _WINTER:
        raise DateFault(f"season {month} has no days; write the season alone, as in {year:04}-{month}")
    if not 1 <= month <= 12:
        raise DateFault(f"month {month:02} does not exist; {WRITE}")
