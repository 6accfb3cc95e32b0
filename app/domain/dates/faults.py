"""Faults of a text that is no valid date: where it fails, what would be right, and what was meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from unicodedata import decimal

from app.domain.dates.readings import Readings, with_short_parts, without_midnight
from app.domain.text.absent_values import absent_told
from app.errors import BadValue

QUOTED = 80  # characters of a bad text that an error message shows

WRITE = "write YYYY, YYYY-MM or YYYY-MM-DD, for example 2024-04"
YEARS = "its year is not among the years 0001 to 9999, and no other is supported"


class DateFault(Exception):
    """Why a text is no EDTF date, and what would be right.

    at: the index of the character where it fails, where there is one. end: `start` or `end` of an interval.
    """

    opening = "is not an EDTF date"

    def __init__(self, reason: str, at: int | None = None, end: str = "") -> None:
        super().__init__(reason)
        self.reason, self.at, self.end = reason, at, end

    def __str__(self) -> str:
        place = [f"in its {self.end}"] if self.end else []
        if self.at is not None:
            place.append(f"at position {self.at + 1}")
        return ", ".join([*place, self.reason])

    def inside(self, end: str, shift: int) -> DateFault:
        """The same fault, of an interval whose `end` begins at the index `shift`."""
        return type(self)(self.reason, None if self.at is None else self.at + shift, end)


class NotCarried(DateFault):
    """EDTF, but of level 2 or of a year that is not supported."""

    opening = "is an EDTF form that is not supported"


class AbsentValue(DateFault):
    """A word for an absent value. An interval has signs of its own for that."""

    def inside(self, end: str, shift: int) -> DateFault:
        """The same fault, of an interval whose `end` begins at the index `shift`."""
        right = "2024/ or 2024/.." if end == "end" else "/2024 or ../2024"
        return DateFault(f"nothing stands for what is unknown, and .. for what is open; write {right}", shift, end)


def refusal(
    text: str, fault: DateFault, readings: Readings | None = None, readable: Callable[[str], bool] | None = None
) -> BadValue:
    """The error for a text, with all that it may mean, or the date that was meant, where there is a `readable` one."""
    if readings:
        is_month = isinstance(fault, NotCarried) or fault.reason.startswith("month")
        told = f"{fault}; or {readings}" if is_month else str(readings)
        return BadValue(f"{_quote(text)} {fault.opening}: {told}", [edtf for edtf, _ in readings.choices])
    meant = _meant(text) if readable else text
    suggestions = (meant,) if readable and meant != text and readable(meant) else ()
    return BadValue(f"{_quote(text)} {fault.opening}: {fault}", suggestions)


def _quote(text: str) -> str:
    quoted = repr(text[:QUOTED])
    return quoted if len(quoted) <= QUOTED else f"{quoted[: QUOTED - 2]}…{quoted[0]}"


# Other meanings of a text, tried in order when it has no shape that is read. The first named group is
# where it fails; without one, the reason names the part.
_MISFITS: tuple[tuple[re.Pattern[str], type[DateFault], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), kind, reason)
    for pattern, kind, reason in (
        (r"", DateFault, f"it is empty; {WRITE}"),
        (
            r"[0-9]{1,2}([-./])[0-9]{1,2}\1[0-9]{4}",
            DateFault,
            "its year stands last; write it first, then the month, then the day, as in 2024-04-05",
        ),
        (
            r"[^/]*/[^/]*(?P<at>/).*",
            DateFault,
            f"a second slash follows; {WRITE}, or two of them as in 2023-11/2024-04",
        ),
        (r"(?P<at>\s).*|.*?(?P<after>\s+)", DateFault, f"there is a blank; {WRITE}, and nothing around it"),
        (
            r"(?P<at>\[).*\]|(?P<or>\{).*\}",
            NotCarried,
            "a set begins, which is level 2; write an interval, as in 1667/1672",
        ),
        (r"Y-?[0-9].*|-[0-9X]{4}.*", NotCarried, YEARS),
        (r"[0-9]+(?:E[0-9]+)?(?P<at>S)[0-9]+", NotCarried, "significant digits are level 2; write 195X or 19XX"),
        (r"[0-9]+(?P<at>E)[0-9]+", NotCarried, "exponents are level 2; write the year in four digits"),
        (
            r".*?[?~%](?P<at>[?~%]).*",
            DateFault,
            "a second qualifier follows; write one, and % for uncertain and approximate, as in 2024%",
        ),
        (
            r"(?=[^?~%]*(?P<at>[?~%]).*[0-9X])[0-9X?~%-]+",
            NotCarried,
            "a qualifier of a single part is level 2; write it at the end, for example 2024-04~",
        ),
        (r"[0-9]+[?~%]?", DateFault, f"a year has four digits and hyphens follow it; {WRITE}"),
        (r"\.\.", DateFault, "an open end belongs to an interval; write ../2024 or 2024/.."),
    )
)


# A date, perhaps with a time, as workbooks store it: days since the last of 1899, if one reckons 1900 a leap year.
_COUNTED = re.compile(r"([1-9][0-9]{4})(?:\.[0-9]+)?")
_FIRST_DAY = date(1899, 12, 30)


def explain(text: str) -> DateFault:
    """Why a text has no shape that is read."""
    if absent := absent_told(text):
        return AbsentValue(absent)
    if counted := _COUNTED.fullmatch(text):
        day = _FIRST_DAY + timedelta(days=int(counted[1]))
        said = f"a year has four digits; as a count of days, as Excel keeps dates, it would be {day}"
        return DateFault(f"{said}: write {day}, and save the column of dates as text or in the form yyyy-mm-dd")
    for pattern, kind, reason in _MISFITS:
        if found := pattern.fullmatch(text):
            places = [start for name in found.groupdict() if (start := found.start(name)) >= 0]
            return kind(reason, min(places, default=None))
    return _misplaced(text)


def _misplaced(text: str) -> DateFault:
    """The first character of a date without a time that stands where another belongs."""
    for at, sign in enumerate(text):
        belongs = "a hyphen" if at in (4, 7) else "a digit or X" if at < 10 else "no more"
        fits = sign == "-" if at in (4, 7) else at < 10 and sign in "0123456789X"
        if not fits and not (at in (4, 7, 10) and at == len(text) - 1 and sign in "?~%"):
            return DateFault(f"{sign!r} stands where {belongs} belongs; {WRITE}", at)
    return DateFault(f"it ends where a digit or X belongs; {WRITE}", len(text))


# --- Suggestions --------------------------------------------------------------------------------------

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_SEASONS = {"spring": 21, "summer": 22, "autumn": 23, "fall": 23, "winter": 24}
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})(?:uary|ruary|ch|il|[ey]|ust|t|(?:t|o|v|c)?(?:em|o)?ber)?\.?"
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_IN_WORDS = re.compile(
    rf"(?:{_DAY} (?:of )?)?{_MONTH},? (?P<year>[0-9]{{4}})"
    rf"|{_MONTH.replace('month', 'first')} {_DAY.replace('day', 'then')},? (?P<last>[0-9]{{4}})"
    rf"|(?P<season>{'|'.join(_SEASONS)})(?: of)? (?P<of>[0-9]{{4}})",
    re.IGNORECASE,
)
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{4})")
_PART_OF_YEAR = re.compile(r"([0-9]{4})[- /]?(Q[1-4]|H[12])|(Q[1-4]|H[12])[- /]?([0-9]{4})", re.IGNORECASE)

# Rewritings of common slips, applied one after another.
_SLIPS = tuple(
    (re.compile(pattern, re.IGNORECASE), rewritten)
    for pattern, rewritten in (
        (r"^\s+|\s+$|[\u200b-\u200f\u2060\ufeff]", ""),
        (r"[\u2010-\u2015\u2212]", "-"),
        (r"^(?:circa|about|around|ca|c)\b\.? *([^/]+)$|^c([0-9]{4})$", r"\1\2~"),
        (r"^(?:since|from) +([0-9-]+)$", r"\1/.."),
        (r"^(?:from +)?([0-9-]+)(?: +(?:to|until|till) +|\.\.)([0-9-]+)$", r"\1/\2"),
        (r"(?<=[0-9ux-])[ux]|^[ux](?=[ux]{3})", "X"),  # EDTF of 2012 wrote u where it is X today
        (r"^([0-9]{4})[/.]([0-9]{1,2})[/.]([0-9]{1,2})$", r"\1-\2-\3"),
        (r"^([0-9]{4})[/.](0?[1-9]|1[0-2])$", r"\1-\2"),  # and no season
        (r"\b([0-9]{4})([0-9]{2})([0-9]{2})\b", r"\1-\2-\3"),
        (r"^([0-9]{4})(0[1-9]|1[0-2])$", r"\1-\2"),
        (r"^(0?[1-9]|1[0-2])[-/.]([0-9]{4})$", r"\2-\1"),
        (r"-([0-9])(?![0-9X])", r"-0\1"),
        (r"^([0-9]{4}) ?- ?([0-9]{4})$", r"\1/\2"),
        (r"^(?:the )?([0-9]{2}[1-9])0['’]?s$|\b([0-9]{2}[1-9])0s\b", r"\1\2X"),
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


def _meant(text: str) -> str:
    plain = without_midnight("".join(str(decimal(sign, sign)) for sign in text).strip())  # digits of any script
    if found := _in_words(plain) or _by_numbers(plain):
        return found
    for pattern, rewritten in _SLIPS:
        plain = pattern.sub(rewritten, plain)
    return plain


def _in_words(text: str) -> str | None:
    """`5 April 2024`, `Apr. 5, 2024`, `April 2024`, `spring 2024`."""
    match = _IN_WORDS.fullmatch(text)
    if match is None:
        return None
    if match["season"]:
        return f"{match['of']}-{_SEASONS[match['season'].lower()]}"
    month = _MONTHS.index((match["month"] or match["first"]).lower()) + 1
    day = match["day"] or match["then"]
    return f"{match['year'] or match['last']}-{month:02}" + (f"-{int(day):02}" if day else "")


def _by_numbers(text: str) -> str | None:
    """A date with its year last, where its day and month cannot be taken for each other; a quarter or a half."""
    if match := _YEAR_LAST.fullmatch(text):
        small, large = sorted((int(match[1]), int(match[3])))
        return f"{match[4]}-{small:02}-{large:02}" if large > 12 or small == large else None
    if match := _PART_OF_YEAR.fullmatch(with_short_parts(text)):
        year, part = match[1] or match[4], match[2] or match[3]
        months = 3 if part[0] in "Qq" else 6
        last = int(part[1]) * months
        return f"{year}-{last - months + 1:02}/{year}-{last:02}"
    return None
