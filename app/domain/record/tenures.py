"""Tenures: which days a title was certainly held.

An imprecise end counts by its innermost day: who is in office since 2013 certainly is from 2013-12-31 on, and who was
until 2015 certainly was to 2015-01-01. A date that is qualified (`2013~`, `2013?`) bounds nothing for certain.
"""

from __future__ import annotations

from datetime import date

from app.domain.dates.edtf import Edtf, parse_edtf

STILL = ".."  # the end of a tenure that is still held; an absent end is unknown


def parse_end(text: str) -> Edtf:
    """Read the end of a tenure: an EDTF date, or `..`. Raises BadValue."""
    return Edtf(STILL, None, None, None, open_end=True) if text == STILL else parse_edtf(text)


def must_cover(since: str | None, until: str | None, said_on: str | None) -> bool:
    """Whether a tenure certainly covered every day that a date may name. All are as parse_edtf or parse_end read them.

    An unknown start is not "always" and an unknown end not "still"; a date with an open end is covered by nothing.
    """
    when, start, end = (parse_end(text) if text else None for text in (said_on, since, until))
    if when is None or when.earliest is None or when.latest is None or when.is_qualified:
        return False
    return _began_by(start, when.earliest) and _lasted_to(end, when.latest)


def _began_by(start: Edtf | None, day: date) -> bool:
    return start is not None and not start.is_qualified and start.latest is not None and start.latest <= day


def _lasted_to(end: Edtf | None, day: date) -> bool:
    if end is None or end.is_qualified:
        return False
    return end.text == STILL or (end.earliest is not None and day <= end.earliest)
