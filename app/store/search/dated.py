"""Dates by the year, month or decade that they lie in wholly."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.store.database.tables import OPEN_END, OPEN_START

_EPOCH: Final = 719_163  # the day number of 1970-01-01
_MONTHS: Final = {"month": 1, "year": 12, "decade": 120}  # of each step
_MONTHS_UNTIL_1970: Final = 1970 * 12

Days = NDArray[np.int32]
Codes = NDArray[np.int32]


class Dated(NamedTuple):
    """Dates in steps. codes: of each date, from 0 on, which is the step `first`; one for unknown dates; and one for
    those that lie in several steps.
    """

    codes: Codes
    first: int
    unknown: int
    spanning: int


def in_steps(first_days: Days, last_days: Days, step: str) -> Dated:
    """Dates, by their first and last days, in steps. Of a million dates each look at all of them takes a millisecond.

    The bounds of steps are those of days that begin or end a date: open ends, and unknown dates, are beyond them.
    """
    high = int(np.where(last_days < OPEN_END, last_days, OPEN_START).max(initial=OPEN_START))
    low = int((first_days - (OPEN_START + 1)).view(np.uint32).min(initial=OPEN_END)) + OPEN_START + 1
    if low > high:  # all are open or unknown
        low = high = _EPOCH
    steps = _steps(low, high, step)
    unknown = int(steps[-1]) + 1
    codes, ends = (steps.take(days - np.int32(low), mode="clip") for days in (first_days, last_days))
    is_open = (first_days == OPEN_START) | (last_days == OPEN_END)
    np.copyto(codes, unknown + 1, where=(codes != ends) | is_open)
    np.copyto(codes, unknown, where=last_days < first_days)
    return Dated(codes, first_of(low, step), unknown, unknown + 1)


def first_of(day: int, step: str) -> int:
    """The step that a day lies in; years are counted from 0, and months and decades as these have them."""
    months = int(np.datetime64(day - _EPOCH, "D").astype("datetime64[M]").astype(int)) + _MONTHS_UNTIL_1970
    return months // _MONTHS[step]


def _steps(low: int, high: int, step: str) -> Codes:
    """The step of each day between two, counted from that of the first."""
    first, last = (first_of(day, "month") - _MONTHS_UNTIL_1970 for day in (low, high))
    months = np.arange(first, last + 1)
    starts = np.arange(first, last + 2).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + _EPOCH
    numbers = ((months + _MONTHS_UNTIL_1970) // _MONTHS[step]).astype(np.int32)
    of_days = np.repeat(numbers - numbers[0], np.diff(starts))
    return of_days[low - starts[0] : high + 1 - starts[0]]


def written(step: str, number: int) -> str:
    """A step as an EDTF date: `2024`, `2024-04`, `202X`."""
    match step:
        case "month":
            return f"{number // 12:04}-{number % 12 + 1:02}"
        case "decade":
            return f"{number:03}X"
    return f"{number:04}"
