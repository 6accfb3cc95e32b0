"""Counts that may be meant for a thousand times as many: in many languages a point groups digits, and 1.500 is 1500."""

from __future__ import annotations

import re
from typing import Final

from app.domain.quantities.units import parse_unit

FIRST_GROUP: Final = "[1-9][0-9]{0,2}"
"""Digits before the first sign that groups thousands: neither 0.125 is grouped, nor 1234.567, nor 007.500.000."""

_GROUPED: Final = re.compile(rf"-?{FIRST_GROUP}\.[0-9]{{3}}")


def grouped_number(text: str) -> str | None:
    """The number of a text with the shape of grouped thousands, without a plus. None for others."""
    number = text.removeprefix("+")
    return number if _GROUPED.fullmatch(number) else None


def thousands_warning(number: str, unit: str) -> str | None:
    """The warning of a number given as a text with the shape of grouped thousands, if its unit counts things, alone or
    in a time (`count`, `FTE`, `count/day`). None for all others: shares, measures and prices often have three decimals.
    """
    grouped = _GROUPED.fullmatch(number)
    if grouped is None or not _counts(unit):
        return None
    thousands = number.replace(".", "")
    told = f"{number} is stored as a number below 1,000, and where a point groups digits it is {int(thousands):,}"
    return f"{told}: write {thousands} if that is meant, and {_with_other_decimals(number)} if not"


def _counts(unit: str) -> bool:
    dimension = parse_unit(unit).dimension
    return dimension in ("count", "FTE") or dimension.startswith("count·time^-")


def _with_other_decimals(text: str) -> str:
    """The same number with other than three decimals: `1.0` for `1.000`, `1.2340` for `1.234`."""
    if not text.endswith("0"):
        return text + "0"
    shorter = text.rstrip("0")
    return shorter + "0" if shorter.endswith(".") else shorter
