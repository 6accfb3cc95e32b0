"""The layers of a chart of figures: lines of periods and intervals, arrows where these are open, marks and labels."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any, Final

from app.domain.charts import look
from app.domain.charts.apart import Apart
from app.domain.charts.extents import instant
from app.domain.charts.label_places import GAP, PLACES
from app.domain.charts.series_rows import Canvas
from app.domain.record.points import Row

_POWERS: Final = ((1e12, "trillions"), (1e9, "billions"), (1e6, "millions"))
_TICKS: Final = ((90, ("%-d %b %Y", 5)), (8 * 366, ("%b %Y", 7)), (inf, ("%Y", 8)))  # by the days that are below
_ARROWS: Final = {  # by the end that is open: where it is drawn, and its shape
    "earliest": ("from", "number", "triangle-left"),
    "latest": ("to", "number", "triangle-right"),
    "low": ("at", "lower", "triangle-down"),
    "high": ("at", "upper", "triangle-up"),
}
_TOLD: Final = {  # of a figure, where a reader points at it
    "text": "figure", "kind": "kind", "on": "date", "speaker": "speaker", "as_stated": "as stated", "claim": "claim",
}  # fmt: skip


def layers(rows: Sequence[Row], canvas: Canvas, title: str, apart: Apart) -> list[Row]:
    """The layers, the ones that lie above others last."""
    x = {"field": "at", "type": "temporal", "title": None, "scale": _days(canvas), "axis": _axis_of_days(canvas)}
    y = {"field": "number", "type": "quantitative"} | _numbers(canvas, title)
    channels = apart.channels
    at = {"x": x, "y": y, "color": channels["color"]}
    found = [
        _layer(
            {"type": "rule", "strokeWidth": 3, "opacity": 0.35},
            at | {"x": x | {"field": "from"}, "x2": {"field": "to"}},
        ),
        _layer({"type": "rule", "strokeWidth": 1.5}, at | {"y": y | {"field": "lower"}, "y2": {"field": "upper"}}),
    ]
    for name in ("low", "high"):
        if any(row[name] is not None and row["low"] != row["high"] for row in rows):
            cap = {"y": y | {"field": name}}
            found.append(
                _layer(
                    {"type": "tick", "size": 9, "thickness": 1.5, "orient": "horizontal"},
                    at | cap,
                    f"datum.{name} !== null && datum.low !== datum.high",
                )
            )
    for name, (across, up, shape) in _ARROWS.items():
        if any(row[name] is None for row in rows):
            mark = {"type": "point", "shape": shape, "size": 60, "filled": True, "opacity": 1}
            found.append(
                _layer(mark, at | {"x": x | {"field": across}, "y": y | {"field": up}}, f"datum.{name} === null")
            )
    for is_filled, test in ((True, "datum.value !== null"), (False, "datum.value === null")):
        if any((row["value"] is not None) == is_filled for row in rows):
            found.append(_layer(_MARK | {"filled": is_filled}, at | channels | _tooltip(), test))
    return found + _labels(rows, at)


_MARK: Final = {"type": "point", "size": 70, "strokeWidth": 2, "opacity": 1}


def _layer(mark: Row, encoding: Row, test: str = "") -> Row:
    return {"mark": mark, "encoding": encoding} | ({"transform": [{"filter": test}]} if test else {})


def _days(canvas: Canvas) -> Row:
    """The scale of days. In UTC a day is the same wherever the chart is looked at."""
    return {"type": "utc", "domain": [instant(canvas.days.first), instant(canvas.days.last)]}


def _axis_of_days(canvas: Canvas) -> Row:
    """Ticks that name their year, as there may be none at its beginning."""
    span = canvas.days.last - canvas.days.first
    form, ticks = next(told for days, told in _TICKS if span < days)
    return {"grid": False, "format": form, "tickCount": ticks, "labelOverlap": True}


def _numbers(canvas: Canvas, title: str) -> dict[str, Any]:
    """The scale and axis of numbers; large ones in millions, billions or trillions."""
    scale = {"domain": [canvas.numbers.first, canvas.numbers.last], "zero": False, "nice": False}
    largest = max(abs(canvas.numbers.first), abs(canvas.numbers.last))
    axis: Row = {"tickCount": 6}
    if largest >= 1e16:
        axis |= {"format": ".3~e"}
    elif largest >= 1e7:
        power, word = next(one for one in _POWERS if largest >= one[0])
        title = f"{title}, {word}"
        axis |= {"labelExpr": f"format(datum.value / {power:.0f}, ',.6~g')"}
    return {"title": title, "scale": scale, "axis": axis}


def _tooltip() -> Row:
    return {"tooltip": [{"field": name, "type": "nominal", "title": title} for name, title in _TOLD.items()]}


def _labels(rows: Sequence[Row], at: Row) -> list[Row]:
    """Labels beside their points, a layer for each place."""
    found = []
    for place, (alignment, right, down) in PLACES.items():
        if any(row["label"] == place for row in rows):
            mark = {
                "type": "text",
                "align": alignment,
                "baseline": {-1: "bottom", 0: "middle", 1: "top"}[down],
                "dx": right * GAP,
                "dy": down * GAP,
                "fontSize": look.TEXT_SIZE,
            }
            encoding = at | {"text": {"field": "text", "type": "nominal"}, "color": {"value": look.INK}}
            found.append(_layer(mark, encoding, f"datum.label === '{place}'"))
    return found
