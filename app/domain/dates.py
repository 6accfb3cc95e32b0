"""Dates as EDTF (ISO 8601-2, levels 0 and 1) with their strict bounds, for the years 0001 to 9999.

A date stays the string that was written; beside it stand the first and the last day that it may name.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from app.errors import BadValue

PRECISIONS = ("day", "month", "season", "year", "decade", "century", "interval")

LONGEST = 64  # characters; the longest form, a date-time with its offset, has 25
QUOTED = 80  # characters of a bad text that an error message shows


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


def parse_edtf(text: str) -> Edtf:
    """Read an EDTF string of level 0 or 1.

    Raises BadValue, with a suggestion for common slips. A date-time counts as its date as written,
    whatever its offset. Seasons are northern months; 24 runs from December into the next February.
    """
    if len(text) > LONGEST:
        raise _refusal(text, _DateError(f"it is longer than {LONGEST} characters; {_WRITE}"))
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


# --- What is wrong with a text -----------------------------------------------------------------------

_WRITE = "write YYYY, YYYY-MM or YYYY-MM-DD, for example 2024-04"


class _DateError(Exception):
    """Why a text is no EDTF date, and what would be right."""

    opening = "is not an EDTF date"


class _NotCarriedError(_DateError):
    """EDTF, but of level 2 or of a year that is not carried."""

    opening = "is an EDTF form that is not carried"


_YEARS = "only the years 0001 to 9999 are; write such a year, for example 0044 or 2024"

# What else a text may have been meant as, tried in order when it has no shape that is read.
_MISFITS: tuple[tuple[re.Pattern[str], type[_DateError], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), kind, reason)
    for pattern, kind, reason in (
        (r"", _DateError, f"it is empty; {_WRITE}"),
        (r"\s.*|.*\s", _DateError, f"there are blanks around it; {_WRITE}, and nothing around it"),
        (r"\[.*\]|\{.*\}", _NotCarriedError, "sets are level 2; write an interval, for example 1667/1672"),
        (r"Y-?[0-9].*|-[0-9X]{4}.*", _NotCarriedError, _YEARS),
        (r"[0-9]+(E[0-9]+)?S[0-9]+", _NotCarriedError, "significant digits are level 2; write 195X or 19XX"),
        (r"[0-9]+E[0-9]+", _NotCarriedError, "exponents are level 2; write the year in four digits"),
        (
            r".*[?~%]{2}",
            _DateError,
            "a date has one qualifier; write % for uncertain and approximate, as in 2024%",
        ),
        (
            r"(?=.*[?~%].*[0-9X])[0-9X?~%-]+",
            _NotCarriedError,
            "a qualifier of a single part is level 2; write it at the end, for example 2024-04~",
        ),
        (r"[0-9]+[?~%]?", _DateError, f"a year has four digits and hyphens follow it; {_WRITE}"),
    )
)


def _explain(text: str) -> _DateError:
    for pattern, kind, reason in _MISFITS:
        if pattern.fullmatch(text):
            return kind(reason)
    return _DateError(f"it has none of the forms of levels 0 and 1; {_WRITE}")


def _refusal(text: str, fault: _DateError, suggestions: tuple[str, ...] = ()) -> BadValue:
    return BadValue(f"{_quote(text)} {fault.opening}: {fault}", suggestions)


def _quote(text: str) -> str:
    quoted = repr(text[:QUOTED])
    return quoted if len(quoted) <= QUOTED else f"{quoted[: QUOTED - 2]}…{quoted[0]}"


# Rewritings of common slips, applied one after another; what comes out is suggested if it can be read.
_SLIPS = tuple(
    (re.compile(pattern, re.IGNORECASE), rewritten)
    for pattern, rewritten in (
        (r"^\s+|\s+$", ""),
        (r"[\u2010-\u2015\u2212]", "-"),
        (r"^(?:circa|about|ca|c)\b\.? *([^/]+)$|^c([0-9]{4})$", r"\1\2~"),
        (r"(?<=[0-9ux-])[ux]|^[ux](?=[ux]{3})", "X"),  # EDTF of 2012 wrote u where it is X today
        (r"^([0-9]{4})[/.]([0-9]{1,2})[/.]([0-9]{1,2})$", r"\1-\2-\3"),
        (r"^([0-9]{4})[/.]([0-9]{1,2})$", r"\1-\2"),
        (r"\b([0-9]{4})([0-9]{2})([0-9]{2})\b", r"\1-\2-\3"),
        (r"^([0-9]{4})([0-9]{2})$", r"\1-\2"),
        (r"-([0-9])(?![0-9X])", r"-0\1"),
        (r"^([0-9]{4}) ?- ?([0-9]{4})$", r"\1/\2"),
        (r"\b([0-9]{2}[1-9])0s\b", r"\1X"),
        (r"\?~|~\?", "%"),
        (r"([?~%])([^/?~%]+)(?=/|$)", r"\2\1"),
        (r"/ ?open$", "/.."),
        (r"^unknown ?(?=/)|(?<=/) ?unknown$", ""),
        (r"(?<=[0-9])[ t](?=[0-9]{2}:)", "T"),
        (r"(:[0-9]{2})[.,][0-9]+", r"\1"),
        (r"(:[0-9]{2}[+-][0-9]{2})([0-9]{2})$", r"\1:\2"),
        (r"(:[0-9]{2}) ?(?:z|-00(?::00)?)$", r"\1Z"),
        (r"^([0-9-]+)(?:T[^/]+)?/([0-9-]+)(?:T[^/]+)?$", r"\1/\2"),  # an interval has no times
    )
)


def _suggest(text: str) -> tuple[str, ...]:
    candidate = text
    for pattern, rewritten in _SLIPS:
        candidate = pattern.sub(rewritten, candidate)
    if candidate == text:
        return ()
    try:
        return () if _read(candidate).is_unknown else (candidate,)
    except _DateError:
        return ()


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


@lru_cache(maxsize=65536)
def _parse_short(text: str) -> Edtf:
    try:
        return _read(text)
    except _DateError as fault:
        raise _refusal(text, fault, _suggest(text)) from None


def _read(text: str) -> Edtf:
    if "/" in text:
        return _read_interval(text)
    earliest, latest, precision = _read_date_time(text) if _has_time(text) else _read_date(text)
    return Edtf(text, earliest, latest, precision)


def _read_interval(text: str) -> Edtf:
    """Levels 0 and 1: two dates, of which one or both may be open ('..') or unknown (blank)."""
    if text.count("/") > 1:
        raise _DateError(f"an interval has one slash; {_WRITE}, or two of them as in 2023-11/2024-04")
    start, end = text.split("/")
    earliest, latest = _read_end(start)[0], _read_end(end)[1]
    if earliest is not None and latest is not None and earliest > latest:
        raise _DateError("the interval ends before it starts; write the earlier date first, as in 2023/2024")
    precision = None if earliest is None and latest is None else "interval"
    return Edtf(text, earliest, latest, precision, open_start=earliest is None, open_end=latest is None)


def _read_end(text: str) -> _Span:
    if text in ("", ".."):
        return _UNKNOWN
    if _has_time(text):
        raise _DateError("the ends of an interval are dates without times; write 2023-11-30/2024-04-05")
    return _read_date(text)


def _has_time(text: str) -> bool:
    return text[10:11] == "T"


def _read_date_time(text: str) -> _Span:
    """Level 0: a day with a time, which is checked and adds nothing to the bounds."""
    shape = _DATE_TIME.fullmatch(text)
    if shape is None:
        raise _DateError("a date with a time is written as 2024-04-05T10:10:10, with Z, +hh or +hh:mm after it or not")
    day, clock, offset = shape.groups()
    if not _CLOCK.fullmatch(clock):
        raise _DateError(f"the time {clock} does not exist; write hh:mm:ss, for example 23:59:59")
    if offset and not _OFFSET.fullmatch(offset):
        raise _DateError(f"the offset {offset} does not exist; write Z or an offset such as +05:30")
    return _read_date(day)


def _read_date(text: str) -> _Span:
    """Levels 0 and 1: one date without a time. A qualifier leaves the bounds strict."""
    shape = _DATE.fullmatch(text)
    if shape is None:
        raise _explain(text)
    year, month, day = shape.groups()
    if year == "0000":
        raise _NotCarriedError(_YEARS)
    if "X" in text:
        return _read_unspecified(year, month, day)
    if month is None:
        return _whole_years(int(year), int(year), "year")
    if day is None:
        return _read_month(int(year), int(month))
    return _read_day(int(year), int(month), int(day))


def _read_unspecified(year: str, month: str | None, day: str | None) -> _Span:
    """Level 1: digits are unspecified from the right, and those of months and days two at a time."""
    if not _FROM_THE_RIGHT.fullmatch(year + (month or "") + (day or "")) or _is_half(month) or _is_half(day):
        wider = _widen(year, month)
        raise _NotCarriedError(f"unspecified digits before others, or half a month or day, are level 2; write {wider}")
    if year == "XXXX":
        return _UNKNOWN
    if "X" in year:
        precision = {1: "decade", 2: "century", 3: "interval"}[year.count("X")]
        return _whole_years(int(year.replace("X", "0")), int(year.replace("X", "9")), precision)
    if month is None or month == "XX":
        return _whole_years(int(year), int(year), "year")
    _check_month(int(month))
    return _read_month(int(year), int(month))


def _is_half(part: str | None) -> bool:
    return part is not None and part.count("X") == 1


def _widen(year: str, month: str | None) -> str:
    """The nearest date of level 1 that says no more than one of level 2."""
    if "X" in year:
        return year[: year.index("X")].ljust(4, "X")
    return f"{year}-XX" if month is None or "X" in month else f"{year}-{month}-XX"


def _whole_years(first: int, last: int, precision: str) -> _Span:
    # 0XXX, 00XX and 000X begin with the year 0000, which is not carried.
    return date(max(first, 1), 1, 1), date(last, 12, 31), precision


def _read_month(year: int, month: int) -> _Span:
    """Level 0: a month. Level 1: a season in the place of the month."""
    if month in _SEASONS:
        first, last = _SEASONS[month]
        return date(year, first, 1), _last_day(year, last), "season"
    if month == _WINTER:
        return date(year, 12, 1), _last_day(year + 1, 2) if year < date.max.year else date.max, "season"
    _check_month(month)
    return date(year, month, 1), _last_day(year, month), "month"


def _read_day(year: int, month: int, day: int) -> _Span:
    try:
        named = date(year, month, day)
    except ValueError:
        _check_month(month)
        last = monthrange(year, month)[1]
        raise _DateError(
            f"day {day:02} does not exist, as {year:04}-{month:02} has {last} days; "
            f"write {year:04}-{month:02} where the day is not known"
        ) from None
    return named, named, "day"


def _last_day(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _check_month(month: int) -> None:
    """Refuse what is not a month, in a place where no season may stand or none of level 1 does."""
    if month in _LEVEL_2_SEASONS:
        raise _NotCarriedError(f"season {month} is level 2; write a season from 21 (spring) to 24 (winter), or a month")
    if month in _SEASONS or month == _WINTER:
        raise _DateError(f"season {month} has no days; write the season alone, for example 2024-{month}")
    if not 1 <= month <= 12:
        raise _DateError(f"month {month:02} does not exist; {_WRITE}")
