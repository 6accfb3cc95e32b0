"""Series of a metric in each format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from app.api.renderers import csv_lines
from app.domain.charts.series_chart import MOST_DRAWN, series_chart
from app.domain.record.csv_columns import row_writer
from app.domain.record.points import POINT_COLUMNS, Split
from app.store.records.document import encode
from app.store.search.series import Series

SeriesRenderer: TypeAlias = Callable[[Series, Sequence[Split]], bytes]  # split: by what points are apart


def series_as_json(series: Series, split: Sequence[Split]) -> bytes:
    """The series, and what is left out of them."""
    return encode(series.document(split)).encode()


def series_as_csv(series: Series, _split: Sequence[Split]) -> bytes:
    """A row for each point, in the order of time; its kind, speaker and change are columns."""
    return csv_lines([POINT_COLUMNS, *map(row_writer(POINT_COLUMNS), series.points)])


def series_as_chart(series: Series, split: Sequence[Split]) -> bytes:
    """The chart of the newest points, as a specification of Vega-Lite."""
    newest = replace(series, points=series.points[-MOST_DRAWN:])
    return encode(series_chart(newest.document(split))).encode()
