"""The filter `date`: dates as a file writes them → EDTF. A part that no format reads is never supplied."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import MAXYEAR
from typing import Any, Final

from app.domain.dates.edtf import parse_edtf
from app.errors import BadValue, shown_value
from app.store.imports.mapping.values.date_formats import DateFormat, date_format

ISO: Final = "iso"  # as a format: EDTF and date-times as they stand
_TIME: Final = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:Z|[+-]\d{2}(?::?\d{2})?)?")


def date(
    *formats: str, year: int | str | None = None, locale: str = "en", pivot: int | None = None
) -> Callable[[str], Any]:
    """The date as EDTF, as precise as the one format that fits; without formats, EDTF as it stands.

    year: of formats without one. locale: the language of names. pivot: the first of the hundred years of %y.
    """
    given = None if year is None else _year(year)
    if pivot is not None and not 0 < pivot <= MAXYEAR - 99:
        raise BadValue(f"the pivot of date is the first year of a hundred, such as 1950, not {pivot}")
    readers = [None if text == ISO else date_format(text, locale, pivot) for text in formats or (ISO,)]
    for reader in readers:
        if reader and not reader.has_year and given is None:
            raise BadValue(
                f"the format {reader.text!r} has no year, and none is supplied; add %Y where the values have one, "
                f"or say which: date({reader.text!r}, year=2014)"
            )

    def read(text: str) -> str:
        found: dict[str, str] = {}
        faults = []
        for reader in readers:
            try:
                named = reader.read(text, given) if reader else _iso(text)
            except BadValue as fault:
                faults.append(fault)
                continue
            if named is not None:
                found.setdefault(named, reader.text if reader else ISO)
        if len(found) == 1:
            return next(iter(found))
        raise _doubtful(text, found) if found else _misfit(text, readers, faults)

    return read


def _year(year: int | str) -> int:
    if not re.fullmatch("[0-9]{1,4}", str(year)) or not 0 < int(year) <= MAXYEAR:
        raise BadValue(f"the year of date is one of 1 to {MAXYEAR}, not {shown_value(year)}")
    return int(year)


def _iso(text: str) -> str:
    """EDTF as it stands; the day of a date-time, whatever its offset. Raises BadValue."""
    timed = _TIME.fullmatch(text)
    return parse_edtf(timed[1] if timed else text).text


def _doubtful(text: str, found: dict[str, str]) -> BadValue:
    told = " and ".join(f"{named} by {form!r}" for named, form in found.items())
    return BadValue(f"{shown_value(text)} is {told}; which is meant is not guessed: keep the format that is right")


def _misfit(text: str, readers: list[DateFormat | None], faults: list[BadValue]) -> BadValue:
    if readers == [None]:
        right = "; say how it is written, as in date('%d %B %Y')"
        return BadValue(f"{faults[0]}{right}", faults[0].suggestions)
    forms = ", ".join(repr(reader.text if reader else ISO) for reader in readers)
    fits = "does not fit the format" if len(readers) == 1 else "fits none of the formats"
    why = f": {faults[0]}" if faults and readers[0] else ""
    return BadValue(f"{shown_value(text)} {fits} {forms} of date{why}")
