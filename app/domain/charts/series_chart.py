"""A chart of a metric over time, as a specification of Vega-Lite with its data in it.

Each figure is a mark at the middle of its period or date, as wide as that and as high as its interval. Where an end is
open, it goes on to the edge and ends in an arrow. All positions are worked out here: charts then do not depend on how a
program reads dates without a day, nulls, or integers that a double cannot hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.domain.charts import look, told
from app.domain.charts.apart import Apart, apart_by
from app.domain.charts.ends import Ends
from app.domain.charts.extents import Extent, extent_of_days, extent_of_numbers
from app.domain.charts.series_layers import layers
from app.domain.charts.series_rows import Canvas, rows_of
from app.domain.quantities.figures import CHANGES
from app.domain.record.points import Row

MOST_DRAWN: Final = 300  # figures; more are a cloud, and take the processor for long
HEIGHT: Final = 340  # pixels within the axes
HEIGHT_OF_SEVERAL: Final = 220  # of charts below each other

_CHANGES: Final = {None: "", "difference": "differences, ", "ratio": "ratios, "}


def series_chart(found: Row) -> Row:
    """The chart of a metric's series. found: as SeriesPage has it."""
    meta = found["meta"]
    points = [point for one in found["data"] for point in one["points"]]
    points.sort(key=lambda point: point["on"]["earliest"] or point["on"]["latest"] or "")
    head = {
        "$schema": look.SCHEMA,
        "description": told.description(meta, points),
        "title": {"text": told.title_lines(meta["metric"]["name"]), "subtitle": told.subtitle(meta, points)},
        "config": look.config(),
    }
    return head | (_drawn(meta, points) if points else _nothing())


def _drawn(meta: Row, points: Sequence[Row]) -> Row:
    apart = apart_by(points, meta["split"])
    ends = [Ends.of(point) for point in points]
    days = extent_of_days((day for one in ends for day in one.days), is_open=any(one.is_open_in_time for one in ends))
    changes = [change for change in (None, *CHANGES) if any(point["change"] == change for point in points)]
    height = HEIGHT if len(changes) == 1 else HEIGHT_OF_SEVERAL
    charts = []
    for change in changes:
        own = [point for point in points if point["change"] == change]
        charts.append(_chart(own, days, height, _CHANGES[change] + told.unit_text(meta["unit"]), apart))
    return charts[0] if len(charts) == 1 else {"vconcat": charts}


def _chart(points: Sequence[Row], days: Extent, height: int, title: str, apart: Apart) -> Row:
    """The chart of amounts, of differences or of ratios."""
    ends = [Ends.of(point) for point in points]
    numbers = extent_of_numbers(
        (number for one in ends for number in one.numbers),
        is_open_below=any(one.low is None for one in ends),
        is_open_above=any(one.high is None for one in ends),
    )
    canvas = Canvas(days, numbers, height)
    rows = rows_of(points, canvas, apart)
    drawn = {"width": look.WIDTH, "height": height, "data": {"values": rows}}
    return drawn | {"layer": layers(rows, canvas, title, apart)}


def _nothing() -> Row:
    return {
        "width": look.WIDTH,
        "height": 60,
        "data": {"values": [{"text": "No figures to draw"}]},
        "mark": {"type": "text", "fontSize": 14, "color": look.INK},
        "encoding": {"text": {"field": "text", "type": "nominal"}},
    }
