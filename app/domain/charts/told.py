"""Words beside charts: numbers as they were stated, whose and of which kind they are, and what is not drawn."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from app.domain.quantities.unit_labels import label_of
from app.domain.record.points import Row

TITLE_LETTERS: Final = 72  # that fit on a line of the title
LINE_LETTERS: Final = 106  # of the lines below it
NAME_LETTERS: Final = 60
MOST_NAMED: Final = 3

_SIGNS: Final = {"exactly": "", "about": "≈ ", "at_least": "≥ ", "more_than": "> ", "at_most": "≤ ", "less_than": "< "}
_BY: Final = {"period": "by the period they are about", "said_on": "by the date they were said on"}
_LEFT_OUT: Final = {
    "changes": "{} told as changes rather than amounts",
    "not_converted": "{} not converted to the unit",
    "no_date": "{} without a date",
}


def number_text(number: int | Decimal) -> str:
    """A number with all its digits, in groups of three."""
    return f"{Decimal(number):,f}".replace("-", "−")


def figure_text(point: Row) -> str:
    """A figure as a label: `≥ 1,500`, `48.10`, `3 to 5`."""
    if point["value"] is not None:
        return _SIGNS.get(point["comparator"], "") + number_text(point["value"])
    ends = [point[name] for name in ("low", "high")]
    if None not in ends:
        return " to ".join(map(number_text, ends))
    return next((sign + number_text(end) for sign, end in zip("≥≤", ends, strict=True) if end is not None), "")


def unit_text(unit: str) -> str:
    """A unit as an axis names it."""
    return "number" if unit == "count" else label_of(unit).many


def title_lines(name: str) -> list[str]:
    """The name of a chart, in two lines at most."""
    return textwrap.wrap(textwrap.shorten(name, 2 * TITLE_LETTERS - 10, placeholder=" …"), TITLE_LETTERS) or [name]


def lines_of(texts: Iterable[str]) -> list[str]:
    """Texts below the title, each in as many lines as it needs."""
    return [line for text in texts for line in textwrap.wrap(text, LINE_LETTERS)]


def short_name(name: str) -> str:
    """A name that fits into a legend."""
    return name if len(name) <= NAME_LETTERS else f"{name[: NAME_LETTERS - 1]}…"


def named(names: Sequence[str]) -> str:
    """`a, b and c`, or how many there are."""
    if len(names) > MOST_NAMED:
        return f"{len(names)} speakers"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def drawn_text(meta: Row, points: Sequence[Row]) -> str:
    """How many figures are drawn, of which kinds, and who said them."""
    kinds = list(dict.fromkeys(point["kind"] for point in points))
    speakers = list(dict.fromkeys(point["speaker"]["name"] for point in points if point["speaker"]))
    whose = f", said by {named([short_name(name) for name in speakers])}" if speakers else ""
    figures = "1 figure" if len(points) == 1 else f"{len(points):,} figures"
    return f"{figures} ({', '.join(kinds)}), {_BY[meta['by']]}{whose}"


def left_out_text(meta: Row, drawn: int) -> str:
    """The figures that are not drawn, counted by the reason; nothing where all are."""
    older = meta["total"]["value"] - drawn
    told = [f"{older:,} older than these" if older > 0 else ""]
    told += [_LEFT_OUT[reason].format(f"{one['count']:,}") for reason, one in meta["left_out"].items() if one["count"]]
    told = [one for one in told if one]
    return f"Not drawn: {', '.join(told)}." if told else ""


def subtitle(meta: Row, points: Sequence[Row]) -> list[str]:
    """The lines below the title."""
    is_hollow = any(point["value"] is None for point in points)
    hollow = "Hollow marks are bounds or ranges without a value." if is_hollow else ""
    drawn = f"{drawn_text(meta, points)}." if points else ""
    return lines_of(text for text in (drawn, hollow, left_out_text(meta, len(points))) if text)


def description(meta: Row, points: Sequence[Row]) -> str:
    """The chart in words, for those who do not see it."""
    unit = unit_text(meta["unit"])
    left_out = left_out_text(meta, len(points))
    if not points:
        return " ".join(one for one in (f"{meta['metric']['name']}: no figures to draw.", left_out) if one)
    ends = [one for one in map(_end, (points[0], points[-1])) if one]
    numbers = [point[name] for point in points for name in ("value", "low", "high") if point[name] is not None]
    between = f"Numbers from {number_text(min(numbers))} to {number_text(max(numbers))} ({unit})"
    dates = f", dates from {ends[0]} to {ends[-1]}" if len(points) > 1 and ends else ""
    told = [f"{meta['metric']['name']}: {drawn_text(meta, points)}.", f"{between}{dates}.", left_out]
    return " ".join(one for one in told if one)


def _end(point: Row) -> Any:
    return point["on"]["edtf"]
