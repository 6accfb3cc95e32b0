"""Number formats of workbooks: which parts of a date a cell shows, and the date as EDTF has these.

A cell that shows `2024` or `2024-04` holds the whole day 2024-04-11 all the same; it is not said.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from app.errors import BadValue

DAY: Final = frozenset({"year", "month", "day"})
ANY: Final = frozenset({"year", "month", "day", "time", "any"})  # shows a day, a time or both, as the place has it
TIME: Final = frozenset({"time"})  # of day
ELAPSED: Final = TIME | {"elapsed"}  # which may have more than 24 hours
BUILT_IN: Final[dict[int, frozenset[str]]] = {  # ECMA-376, 18.8.30: formats that are not written out
    **dict.fromkeys((14, 15), DAY),
    16: frozenset({"month", "day"}),
    17: frozenset({"year", "month"}),
    **dict.fromkeys((18, 19, 20, 21, 45, 47), TIME),
    46: ELAPSED,
    22: DAY | TIME,
    **dict.fromkeys((*range(27, 37), *range(50, 59), *range(71, 82)), ANY),  # of East Asia and Thailand
}
LAST: Final = 2_958_465  # the number of 9999-12-31
NEVER: Final = 60  # the number of 1900-02-29, a day that spreadsheets have and the calendar has not
SECONDS: Final = 86_400

_TOKEN: Final = re.compile(
    r'"[^"]*"?|\\.|[_*].|\[(?P<elapsed>h+|m+|s+)\]|\[[^\]]*\]|AM/PM|A/P|General|(?P<part>y+|m+|d+|h+|s+|e+|b+|g+)'
    r"|(?P<fraction>\.0+)|(?P<digit>[0#?@])|.",
    re.IGNORECASE | re.DOTALL,
)
_YEARS: Final = "yebg"


def shown_by(code: str) -> frozenset[str]:
    """The parts of a date that a format shows: of `year month day time elapsed`. Empty for numbers and texts."""
    parts: list[str] = []  # letters of the parts, in order
    elapsed: frozenset[str] = frozenset()
    for token in _TOKEN.finditer(_first_section(code)):
        if token["digit"] or token[0].lower() == "general":
            return frozenset()
        if token["elapsed"]:
            parts.append("h")
            elapsed = ELAPSED
        elif token["part"]:
            letter = token["part"][0].lower()
            is_weekday = letter == "d" and len(token["part"]) > 2
            parts.append("w" if is_weekday else letter)
    return elapsed | frozenset(filter(None, (_meaning(parts, n) for n in range(len(parts)))))


def _first_section(code: str) -> str:
    section = re.match(r'(?:"[^"]*"?|\\.|[^;"\\])*', code, re.DOTALL)
    return section[0] if section else code


def _meaning(parts: list[str], n: int) -> str:
    letter = parts[n]
    if letter == "m":
        is_minute = parts[n - 1 : n] == ["h"] or parts[n + 1 : n + 2] == ["s"]
        return "time" if is_minute else "month"
    if letter in _YEARS:
        return "year"
    return {"d": "day", "h": "time", "s": "time"}.get(letter, "weekday")


def shown_date(number: float, shown: frozenset[str], *, from_1904: bool) -> str:
    """The text of a date that a cell shows: `2024-04-11`, `2024-04`, `--04-11` without a year, `10:30:00`; with a time,
    save midnight, `2024-04-11T10:30:00`. number: days since the end of 1899, or of 1903. Raises BadValue for no date.
    """
    seconds = round(number * SECONDS)
    days, seconds = divmod(seconds, SECONDS)
    if shown <= ELAPSED or (shown == ANY and not days):
        if days < 0:
            raise BadValue(f"{number:g} is no time, and is shown as one")
        hours = seconds // 3600 + (days * 24 if "elapsed" in shown else 0)
        return f"{hours:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    first = 0 if from_1904 else 1
    if not first <= days <= LAST or (days == NEVER and not from_1904):
        raise BadValue(f"{number:g} is no day of the calendar, and is shown as one")
    return shown_moment(_moment(days, from_1904) + timedelta(seconds=seconds), shown)


def _moment(days: int, from_1904: bool) -> datetime:
    if from_1904:
        return datetime(1904, 1, 1, tzinfo=UTC) + timedelta(days)
    return datetime(1899, 12, 31 if days < NEVER else 30, tzinfo=UTC) + timedelta(days)


def shown_moment(moment: datetime, shown: frozenset[str]) -> str:
    """The text of a moment in a cell; see shown_date."""
    if shown <= ELAPSED:
        return f"{moment:%H:%M:%S}"
    if "year" in shown and "month" not in shown and "day" not in shown:
        return f"{moment:%Y}".zfill(4)
    if "month" in shown and "day" not in shown:
        return f"{moment:%Y-%m}".zfill(7) if "year" in shown else f"--{moment:%m}"
    if {"month", "day"} <= shown and "year" not in shown:
        return f"--{moment:%m-%d}"
    time = f"T{moment:%H:%M:%S}"
    return f"{moment.date().isoformat()}{time if 'time' in shown and time != 'T00:00:00' else ''}"
