"""EDTF dates in English words, as a sentence or a bibliography prints them: `about April 2024`, `spring 2024`."""

from __future__ import annotations

from calendar import month_name

from app.domain.dates.edtf import parse_edtf
from app.domain.dates.readings import SEASONS

_QUALIFIED = {"~": "about {}", "?": "{} (uncertain)", "%": "about {} (uncertain)"}
_OPEN = ("", "..")


def date_in_words(edtf: str) -> str:
    """The words for a date that parse_edtf takes; `unknown` where nothing is known of it."""
    if parse_edtf(edtf).is_unknown:
        return "unknown"
    start, slash, end = edtf.partition("/")
    if not slash:
        return _one(start)
    if start in _OPEN:
        return f"until {_one(end)}"
    return f"from {_one(start)} on" if end in _OPEN else f"{_one(start)} to {_one(end)}"


def _one(text: str) -> str:
    qualifier = text[-1] if text[-1:] in _QUALIFIED else ""
    return _QUALIFIED.get(qualifier, "{}").format(_plain(text.removesuffix(qualifier)[:10]))


def _plain(text: str) -> str:
    year, month, day = (*text.split("-"), "", "")[:3]
    if "X" in year:
        bounds = parse_edtf(year)
        single = bounds.precision == "decade"
        if bounds.earliest is None or bounds.latest is None:
            return "unknown"
        return f"{year[:3]}0s" if single else f"{bounds.earliest.year} to {bounds.latest.year}"
    year = str(int(year))
    if not month or month == "XX":
        return year
    named = SEASONS.get(int(month)) or month_name[int(month)]
    return f"{int(day)} {named} {year}" if day and day != "XX" else f"{named} {year}"
