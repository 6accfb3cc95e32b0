"""The data of a chart: a row for each figure, as its series has it, and where it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.charts import look
from app.domain.charts.apart import Apart
from app.domain.charts.ends import Ends
from app.domain.charts.extents import Extent, instant
from app.domain.charts.label_places import Box, places_of
from app.domain.charts.told import figure_text
from app.domain.record.points import Row

MOST_LABELLED: Final = 40  # figures, of which labels leave something to be seen


@dataclass(frozen=True)
class Canvas:
    """The extents of the axes, and the height between them in pixels."""

    days: Extent
    numbers: Extent
    height: int

    def pixels(self, day: float, number: float) -> tuple[float, float]:
        """Where a point is, from the upper left corner."""
        return self.days.part(day) * look.WIDTH, (1 - self.numbers.part(number)) * self.height

    def ends(self, ends: Ends) -> Ends:
        """The ends that are drawn: open ones are the edges."""
        start = round(self.days.first) if ends.start is None else ends.start
        end = round(self.days.last) if ends.end is None else ends.end
        low = self.numbers.first if ends.low is None else ends.low
        return Ends(start, end, low, self.numbers.last if ends.high is None else ends.high, ends.value)


def rows_of(points: Sequence[Row], canvas: Canvas, apart: Apart) -> list[Row]:
    """The rows of points. at, from, to: instants; number, lower, upper: doubles; both within the axes."""
    rows, places, taken = [], [], []
    for point in points:
        ends = Ends.of(point)
        day, number = _middle(ends, canvas)
        drawn = canvas.ends(ends)
        rows.append(
            _stated(point, apart)
            | {"at": instant(day), "from": instant(drawn.start or day), "to": instant(drawn.end or day)}
            | {"number": number, "lower": drawn.low, "upper": drawn.high}
        )
        places.append(canvas.pixels(day, number))
        taken += _lines(ends, drawn, day, number, canvas)
    texts = [row["text"] for row in rows]
    if len(rows) <= MOST_LABELLED:
        labels = places_of(texts, places, taken, Box(0, 0, look.WIDTH, canvas.height))
    else:
        labels = [""] * len(rows)
    return [row | {"label": label} for row, label in zip(rows, labels, strict=True)]


def _stated(point: Row, apart: Apart) -> Row:
    """The figure as its series has it. Numbers keep their digits as texts, too: charts read them as doubles."""
    speaker = point["speaker"]
    return {
        "claim": point["claim"]["key"],
        "position": point["position"],
        "on": point["on"]["edtf"],
        "earliest": point["on"]["earliest"],
        "latest": point["on"]["latest"],
        **{name: point[name] for name in ("value", "low", "high", "comparator", "kind", "change")},
        "text": figure_text(point),
        "as_stated": point["stated"]["as_stated"],
        "speaker": speaker["name"] if speaker else None,
        "speaker_label": apart.speaker_of(point),
    }


def _middle(ends: Ends, canvas: Canvas) -> tuple[int, float]:
    """Where a figure's mark is: at its value, else in the middle of its interval, or at the end that is known."""
    day = sum(ends.days) // len(ends.days) if ends.days else round((canvas.days.first + canvas.days.last) / 2)
    bounds = [number for number in (ends.low, ends.high) if number is not None]
    if ends.value is not None:
        return day, ends.value
    middle = sum(number / len(bounds) for number in bounds)
    return day, middle if bounds else (canvas.numbers.first + canvas.numbers.last) / 2


def _lines(ends: Ends, drawn: Ends, day: int, number: float, canvas: Canvas) -> list[Box]:
    """The boxes of the lines of a figure, which labels are not to cover."""
    found = []
    if ends.low != ends.high or ends.low is None:
        (x, bottom), (_, top) = (canvas.pixels(day, one or 0.0) for one in (drawn.low, drawn.high))
        found.append(Box(x - 1, top, x + 1, bottom))
    if ends.start != ends.end or ends.start is None:
        (left, y), (right, _) = (canvas.pixels(one or day, number) for one in (drawn.start, drawn.end))
        found.append(Box(left, y - 1, right, y + 1))
    return found
