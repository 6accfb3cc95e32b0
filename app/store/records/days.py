"""Dates as day numbers, for order and comparison: 1 is 0001-01-01; open ends lie beyond all days."""

from __future__ import annotations

from datetime import date

from app.domain.dates.edtf import Edtf
from app.store.database.tables import OPEN_END, OPEN_START
from app.store.records.document import Doc


def days_of(when: Edtf) -> tuple[int, int]:
    """The first and last day of a date."""
    first = OPEN_START if when.earliest is None else when.earliest.toordinal()
    return first, OPEN_END if when.latest is None else when.latest.toordinal()


def day_number(when: Doc | None, bound: str) -> int:
    """The day of a bound (`earliest` or `latest`) of a rendered date."""
    day: str | None = when[bound] if when else None
    if day is None:
        return OPEN_START if bound == "earliest" else OPEN_END
    return date.fromisoformat(day).toordinal()


def bounds_in_days(when: Doc | None) -> tuple[int | None, int | None]:
    """The first and last day of a rendered date; None where there is none, or it is wholly unknown."""
    if when is None or (when["earliest"] is None and when["latest"] is None):
        return None, None
    return day_number(when, "earliest"), day_number(when, "latest")
