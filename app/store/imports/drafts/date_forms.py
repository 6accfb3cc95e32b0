"""The formats of dates in a column, as the filter `date` reads them: those that fit, and what they leave open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from app.errors import BadValue
from app.store.imports.mapping.values.dates import ISO, date

_PARTS: Final = ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%Y{0}%m{0}%d", "%d{0}%m{0}%y", "%m{0}%d{0}%y")
_NUMERIC: Final = tuple(form.format(mark) for mark in ("/", ".", "-", ". ") for form in _PARTS)
_WORDS: Final = (
    "%B %d, %Y", "%d %B %Y", "%d. %B %Y", "%B %d %Y", "%d-%b-%Y", "%b %d, %Y", "%d %b %Y", "%d. %b %Y",
    "%d de %B de %Y",
    "%d %B, %Y", "%A, %B %d, %Y", "%A %d %B %Y", "%A, %d. %B %Y", "%a, %d %b %Y", "%a %b %d %Y", "%d-%b-%y", "%d %b %y",
    "%b-%d-%Y", "%Y %B %d", "%Y-%b-%d",
)  # fmt: skip
_MONTHS: Final = ("%B %Y", "%b %Y", "%b-%Y", "%B, %Y", "%B de %Y", "%m/%Y", "%m.%Y", "%Y/%m", "%b-%y", "%Y%m%d")
_YEARLESS: Final = ("%d-%b", "%b %d", "%B %d", "%d %B", "%d %b", "%d. %B", "%d.%m.", "%d/%m", "%m/%d", "%b-%d")
_TIMES: Final = (
    " %H:%M",
    " %H:%M:%S",
    " %I:%M %p",
    " %I:%M:%S %p",
    ", %H:%M",
    ", %I:%M %p",
    ", %H:%M:%S",
    " %H:%M:%S %z",
)
LANGUAGES: Final = (
    "en",
    "de",
    "fr",
    "es",
    "pt",
    "it",
    "nl",
    "da",
    "sv",
    "nb",
    "fi",
    "pl",
    "cs",
    "ru",
    "uk",
    "tr",
    "id",
)
MOST_FORMATS: Final = 3  # of one column
ENOUGH: Final = 0.8  # share of values that a column of dates has in the formats that fit
PIVOT: Final = 1950
LEAP: Final = 2000  # a year for formats without one, which has each day of other years
_SHAPES: Final = {
    **dict.fromkeys(("%d",), r"\d{1,2}\D{0,2}"),
    **dict.fromkeys(("%m", "%y", "%H", "%I", "%M", "%S"), r"\d{1,2}"),
    **dict.fromkeys(("%B", "%b", "%A", "%a"), r"[^\W\d_]+\.?"),
    "%Y": r"\d{4}",
    "%p": "[AaPp]\\.?[Mm]\\.?",
    "%z": r"\S+",
}
_LIKE_DATE: Final = re.compile(r"^(?=.{2,40}$).*\d", re.DOTALL)
_LIKE_EDTF: Final = re.compile(r"[\d.][-\dXu~?%./TZ:+ ]*")
_YEAR: Final = re.compile(r"\d{3,}")


class DatesSeen(NamedTuple):
    """The dates of a column. formats: the fewest that fit most values; none for EDTF. choices: pairs of formats that
    fit alike and read differently, of which one is to be chosen. language: of names. timed: whether EDTF has a time
    behind it. unread: values that do not fit. unit: of times from 1970.
    """

    formats: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    language: str = "en"
    timed: bool = False
    unread: tuple[str, ...] = ()
    unit: str = ""

    @property
    def is_yearless(self) -> bool:
        """Whether a format has no year, which the mapping is to supply."""
        return any("%Y" not in one and "%y" not in one for one in (*self.formats, *self.choices))

    @property
    def is_short(self) -> bool:
        """Whether a format has a year without its century."""
        return any("%y" in one for one in (*self.formats, *self.choices))


def dates_in(values: Sequence[str]) -> DatesSeen | None:
    """The dates that the different values of a column are; None where they are something else."""
    if sum(bool(_LIKE_DATE.search(value)) for value in values) < ENOUGH * len(values):
        return None
    if epoch := _epoch(values):
        return DatesSeen(unit=epoch)
    unread = tuple(value for value in values if not _LIKE_EDTF.fullmatch(value) or not _read(value, ISO, "en"))
    if _are_few(unread, values):
        return DatesSeen(timed=any(":" in value for value in values), unread=unread)
    return max(_by_language(values), key=lambda seen: -len(seen.unread), default=None)


def _are_few(unread: Sequence[str], values: Sequence[str]) -> bool:
    """Whether so few values do not fit that the others show what the column holds."""
    return len(unread) <= max((1 - ENOUGH) * len(values), 1 if len(values) > 2 else 0)


def _epoch(values: Sequence[str]) -> str:
    """The unit of times from 1970 that the values are: seconds or milliseconds between 1973 and 2286; else ""."""
    for unit, length in (("s", 10), ("ms", 13)):
        if values and all(re.fullmatch(rf"1\d{{{length - 1}}}", value) for value in values):
            return unit
    return ""


def _by_language(values: Sequence[str]) -> Iterator[DatesSeen]:
    has_names = any(re.search(r"[^\W\d_]{3,}", value) for value in values)
    for language in LANGUAGES if has_names else LANGUAGES[:1]:
        seen = _covering(values, language)
        if seen is not None:
            yield seen
            if not seen.unread:
                return


def _covering(values: Sequence[str], language: str) -> DatesSeen | None:
    """The formats that together fit most values."""
    left, formats, choices = list(values), list[str](), tuple[str, ...]()
    while left and len(formats) < MOST_FORMATS:
        days = {form: _days(left, form, language) for form in _candidates(left)}
        best = max(days, key=lambda form: len(days[form]), default="")
        if not best or not days[best]:
            break
        others = [form for form in days if days[form].keys() == days[best].keys() and days[form] != days[best]]
        if others and not choices:
            choices = (best, others[0])
        formats.append(best)
        left = [value for value in left if value not in days[best]]
    if not formats or not _are_few(left, values):
        return None
    return DatesSeen(tuple(formats), choices, language, unread=tuple(left))


def _candidates(values: Sequence[str]) -> tuple[str, ...]:
    """The formats that values may be in, by how they look."""
    has_time = any(re.search(r"\d:\d\d", value) for value in values)
    whole = (*_NUMERIC, *_WORDS)
    timed = tuple(form + time for form in whole for time in _TIMES) if has_time else ()
    yearless = () if sum(bool(_YEAR.search(value)) for value in values) * 2 > len(values) else _YEARLESS
    return (*whole, *_MONTHS, *yearless, *timed)


def _days(values: Sequence[str], form: str, language: str) -> dict[str, str]:
    """The dates of the values that are in a format."""
    like = [value for value in values if _shape(form).fullmatch(value)]
    return {value: day for value in like if (day := _read(value, form, language))}


@cache
def _shape(form: str) -> re.Pattern[str]:
    """How values of a format look, whatever their numbers and names: to look up names takes longer."""
    parts = re.split(r"(%\w|\s+)", form)
    return re.compile("".join(_SHAPES.get(part, r"\s+" if part.isspace() else re.escape(part)) for part in parts))


def _read(value: str, form: str, language: str) -> str:
    """The date that a value is by a format; "" where it is none."""
    try:
        found: str = date(form, year=LEAP, locale=language, pivot=PIVOT)(value)
    except BadValue:
        return ""
    return found


def read_by(value: str, form: str, language: str) -> str:
    """The date that a value is by a format, as comments show it, without the year that a format has not."""
    found = _read(value, form, language)
    return found if "%Y" in form or "%y" in form else found.replace(f"{LEAP}-", "…-", 1)
