"""Texts that may be meant in several ways: financial years, spans of years in short, days and months by numbers.

`2021/22` is a financial year of twelve months that begin in April, in July or in October, or two whole years; and
04/05/2021 is in April or in May. The error lists each reading as EDTF, and none is taken. A year and two digits with a
hyphen between may be EDTF for a season (`2021-22` is summer 2021): that is accepted, with a warning.
"""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from dataclasses import dataclass
from unicodedata import decimal

Choice = tuple[str, str]  # an EDTF date, and what it says in words

SEASONS = {21: "spring", 22: "summer", 23: "autumn", 24: "winter"}
_MONTHS_OF = {21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (12, 2)}  # first and last
_FINANCIAL, _ACADEMIC = (4, 7, 10), (8, 9, 10)  # months in which such years begin
_CENTURY_TURNS = 50  # a year of two digits below it is of 20…, others of 19…

_DASHES = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")
_FINANCIAL_YEAR = r"f/?y|(?:financial|fiscal|tax|budget)(?: year)?|gj|(?:gesch(?:ä|ae)fts|wirtschafts|haushalts)jahr"
_PART = "q[1-4]|h[12]"  # quarters and halves
_NAMED = rf"(?:(?P<academic>[as]y|(?:academic|school) year)|(?P<financial>{_FINANCIAL_YEAR}))"
_YEARS = (
    r"(?P<first>[0-9]{4}|['’]?[0-9]{2}) ?(?P<mark>[-/.]) ?['’]?(?P<second>[0-9]{4}|[0-9]{1,2})(?P<qualifier>[?~%]?)"
)
_TWO_YEARS = re.compile(
    rf"(?:(?P<before>{_PART})[ /-]?)?(?:{_NAMED}[ .:-]?)?{_YEARS}(?: {_NAMED.replace('P<', 'P<end_')})?"
    rf"(?:[ /-]?(?P<after>{_PART}))?"
)
_RUN_TOGETHER = re.compile(r"(?P<first>[0-9]{4})(?P<mark>)(?P<second>1[3-9]|[02-9][0-9])(?P<qualifier>[?~%]?)")
_ONE_YEAR = re.compile(
    rf"{_NAMED}[ .:-]?['’]?(?P<year>[0-9]{{4}}|[0-9]{{2}})(?:[ /-]?(?P<after>{_PART}))?"
    rf"|(?P<before>{_PART})[ /-]?{_NAMED.replace('P<', 'P<end_')}[ .:-]?['’]?(?P<end>[0-9]{{4}}|[0-9]{{2}})"
)
_ORDINALS = (
    r"1(?:\.|st)|first|erste[nrs]?",
    r"2(?:\.|nd)|second|zweite[nrs]?",
    r"3(?:\.|rd)|third|dritte[nrs]?",
    r"4(?:\.|th)|fourth|vierte[nrs]?",
)
_IN = r"(?:\b(?:in the|in|the|im|das) )?"
_NOUN = r"(?:(q)uart(?:als?|er)|(h)(?:al(?:bjahre?s?|f)|älfte))"
_PARTS_IN_WORDS = tuple(
    (re.compile(rf"{_IN}\b(?:{ordinal})[ -]?{_NOUN}\b(?: (?:of|des jahres|des|von))?", re.IGNORECASE), n)
    for n, ordinal in enumerate(_ORDINALS, 1)
)
_BY_NUMBERS = re.compile(r"([0-9]{1,2})([-./])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
# The time that workbooks print behind every day, which nobody stated.
_MIDNIGHT = re.compile(r"(?<=[0-9])\s+(?:0?0:00(?::00(?:[.,]0+)?)?|12:00(?::00)?\s?am)\s*\Z", re.IGNORECASE)
_SEASON = re.compile(r"([0-9]{4})-(2[1-4])[?~%]?")


@dataclass(frozen=True, slots=True)
class Readings:
    """Meanings of a text. said: what it is; choices: the dates that it may be, each in EDTF and in words."""

    said: str
    choices: tuple[Choice, ...]

    def __str__(self) -> str:
        return f"{self.said}; write {_listed(self.choices)}{', whichever is meant' * (len(self.choices) > 1)}"


def without_midnight(text: str) -> str:
    """The text without a midnight that stands behind a day, with a blank between."""
    return _MIDNIGHT.sub("", text)


def with_short_parts(text: str) -> str:
    """The text with halves and quarters in short: `h1 2024` for `1. Halbjahr 2024`, `q3` for `third quarter`."""
    for pattern, n in _PARTS_IN_WORDS:
        text = pattern.sub(rf"\g<1>\g<2>{n}", text)
    return re.sub(r"\b([12])h(?=[ /-]|$)", r"h\1", text, flags=re.IGNORECASE)


def readings_of(text: str) -> Readings | None:
    """The readings of a text that is no EDTF date, where there is more than one."""
    plain = "".join(str(decimal(sign, sign)) for sign in text).strip().casefold()
    plain = _DASHES.sub("-", without_midnight(plain))
    plain = with_short_parts(re.sub(r"\s+", " ", plain))
    for pattern, read in ((_TWO_YEARS, _two_years), (_RUN_TOGETHER, _two_years), (_ONE_YEAR, _one_year)):
        if (found := pattern.fullmatch(plain)) and (readings := read(found)):
            return readings
    found = _BY_NUMBERS.fullmatch(plain)
    return _day_and_month(found) if found else None


def season_warning(text: str) -> str | None:
    """Why an EDTF date may not mean what it says: a season whose number may have been meant for a later year."""
    for part in text.split("/"):
        found = _SEASON.fullmatch(part)
        if found and int(found[2]) > int(found[1]) % 100:
            year, season = int(found[1]), int(found[2])
            first, last = (month_name[month] for month in _MONTHS_OF[season])
            last_year = year + (season == 24)
            start = f"{first} {year}" if last_year != year else first
            told = f"{part} is {SEASONS[season]} {year} in EDTF, {start} to {last} {last_year}"
            return f"{told}; where years are meant, write {_listed(_spans(year, year - year % 100 + season))}"
    return None


def _listed(choices: tuple[Choice, ...]) -> str:
    told = [f"{edtf} ({words})" for edtf, words in choices]
    return f"{', '.join(told[:-1])} or {told[-1]}" if len(told) > 1 else told[0]


# --- Years ------------------------------------------------------------------------------------------


def _two_years(found: re.Match[str]) -> Readings | None:
    groups = found.groupdict()
    academic = groups.get("academic") or groups.get("end_academic")
    named = academic or groups.get("financial") or groups.get("end_financial")
    first, second = groups["first"].lstrip("'’"), groups["second"]
    if len(first) == 2 and (len(second) != 2 or not (named or int(first) > 12)):
        return None
    year = _whole(first)
    last = _later(year, second)
    if last is None or not (last == year + 1 or (len(second) == 2 and len(first) == 4)):
        return None
    begin = _ACADEMIC if academic else _FINANCIAL
    if part := groups.get("before") or groups.get("after"):
        return _parts([(year, month) for month in begin], part) if last == year + 1 else None
    choices = _spans(year, last, begin)
    if not named:
        if len(second) <= 2 and groups["mark"] and len(first) == 4 and 1 <= int(second) <= 12:
            choices = (_month(year, int(second)), *choices)
        elif len(second) == 4:  # a span of years: nothing is in short
            doubtful = last == year + 1 and groups["mark"] != "/"
            return Readings("a year and the next may be one financial year", choices) if doubtful else None
    said = "it names a year and the next in short" if last == year + 1 else "it names a year and a later one in short"
    return Readings(said, tuple(_qualified(choice, groups["qualifier"]) for choice in choices))


def _whole(year: str) -> int:
    """A year of four digits, or of two."""
    if len(year) == 4:
        return int(year)
    return int(year) + (2000 if int(year) < _CENTURY_TURNS else 1900)


def _later(year: int, digits: str) -> int | None:
    """The first later year that ends in these digits."""
    tens = 10 ** len(digits)
    last = year - year % tens + int(digits)
    last += tens if (year + 1) % tens == int(digits) == 0 else 0
    next_or_two_digits = last == year + 1 or len(digits) > 1
    return last if 0 < year < last <= 9999 and next_or_two_digits else None


def _spans(year: int, last: int, begin: tuple[int, ...] = _FINANCIAL) -> tuple[Choice, ...]:
    """The years whole; and where the last is the next, twelve months that begin in the first."""
    whole = (f"{year:04}/{last:04}", "both years whole" if last == year + 1 else "all of these years")
    return (whole, *(_months(year, month, 12) for month in begin)) if last == year + 1 else (whole,)


def _months(year: int, month: int, length: int) -> Choice:
    """So many months from one on."""
    first, last = year * 12 + month - 1, year * 12 + month - 2 + length
    (start, begin), (stop, end) = divmod(first, 12), divmod(last, 12)
    words = f"{month_name[begin + 1]} {start} to {month_name[end + 1]} {stop}"
    return f"{start:04}-{begin + 1:02}/{stop:04}-{end + 1:02}", words


def _month(year: int, month: int) -> Choice:
    return f"{year:04}-{month:02}", f"{month_name[month]} {year}"


def _qualified(choice: Choice, qualifier: str) -> Choice:
    return "/".join(part + qualifier for part in choice[0].split("/")), choice[1]


def _one_year(found: re.Match[str]) -> Readings | None:
    """`FY2021` begins or ends in 2021; `FY2021 Q3` is three months of it, `FY2021 H1` six."""
    groups = found.groupdict()
    year, part = _whole(groups["year"] or groups["end"]), groups["after"] or groups["before"]
    begin = _ACADEMIC if groups["academic"] or groups["end_academic"] else _FINANCIAL
    if not 1 < year < 9999:
        return None
    starts = [(year, 1), *((year, month) for month in begin), *((year - 1, month) for month in begin)]
    if part:
        return _parts(starts, part)
    choices = (f"{year:04}", "the calendar year"), *(_months(start, month, 12) for start, month in starts[1:])
    return Readings("a financial year is named by a year in which it begins, or in which it ends", choices)


def _parts(starts: list[tuple[int, int]], part: str) -> Readings:
    """A quarter (`q3`) or half (`h1`) of years that begin in these months."""
    length, name = (3, "quarter") if part[0] == "q" else (6, "half")
    shifted = [divmod(year * 12 + month - 1 + length * (int(part[1]) - 1), 12) for year, month in starts]
    choices = dict.fromkeys(_months(year, month + 1, length) for year, month in shifted)
    return Readings(f"a {name} is counted from the month in which its year begins", tuple(choices))


# --- Days and months ----------------------------------------------------------------------------------


def _day_and_month(found: re.Match[str]) -> Readings | None:
    one, other, end = int(found[1]), int(found[3]), found[4]
    dates = [(_whole(end), other, one), (_whole(end), one, other)]
    if len(end) == 2:
        dates.append((_whole(f"{one:02}"), other, int(end)))
    choices = dict.fromkeys(_day(*date) for date in dates if _exists(*date))
    if len(choices) < 2:
        return None
    return Readings("its year stands last, and its day and month can be taken for each other", tuple(choices))


def _exists(year: int, month: int, day: int) -> bool:
    return year > 0 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def _day(year: int, month: int, day: int) -> Choice:
    return f"{year:04}-{month:02}-{day:02}", f"{day} {month_name[month]} {year}"
