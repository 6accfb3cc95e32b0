"""The look of charts: colours that are told from white and from dark grounds alike, shapes, sizes and letters."""

from __future__ import annotations

from typing import Any, Final

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
WIDTH: Final = 640  # pixels of what is drawn within the axes
TEXT_SIZE: Final = 12

INK: Final = (
    "#757575"  # of letters and axes: four and a half times as dark as white, and four times as light as #0d1117
)
COLOURS: Final = ("#2f7fd0", "#d0651b", "#2c9450", "#a25fd0", "#d6457a", "#0f8f99", "#9a7427")
OTHERS: Final = "#808080"
SHAPES: Final = ("circle", "square", "diamond", "cross", "triangle-up", "triangle-down", "stroke")

_GRID: Final = "#80808040"


def config() -> dict[str, Any]:
    """The config of all charts. Their ground is transparent, so that they stand on white and dark pages."""
    letters = {"labelColor": INK, "titleColor": INK, "labelFontSize": TEXT_SIZE, "titleFontSize": TEXT_SIZE}
    return {
        "background": "transparent",
        "font": "sans-serif",
        "view": {"stroke": None},
        "axis": letters
        | {"titleFontWeight": "normal", "domainColor": INK, "tickColor": INK, "gridColor": _GRID, "labelLimit": 260},
        "legend": letters | {"titleFontWeight": "normal", "labelLimit": 280, "symbolSize": 80},
        "title": {
            "anchor": "start",
            "frame": "group",
            "color": INK,
            "fontSize": 16,
            "subtitleColor": INK,
            "subtitleFontSize": TEXT_SIZE,
            "subtitlePadding": 6,
            "offset": 14,
        },
    }
