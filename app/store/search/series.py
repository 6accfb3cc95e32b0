"""One metric over time: its figures as points, in one unit, kinds and speakers apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.record.points import By, Row, Split, point_of, split_points
from app.store.search.figures import rows_of
from app.store.search.metric_figures import MetricFigures


@dataclass(frozen=True)
class Series:
    """Points of a metric, the oldest first. total: how many there are, of which the newest are here."""

    of: MetricFigures
    by: By
    points: list[Row]
    total: int

    def document(self, split: Sequence[Split]) -> Row:
        """The answer, as SeriesPage has it."""
        meta = {
            "metric": self.of.told_metric(),
            "unit": self.of.unit.text,
            "by": self.by,
            "split": list(split),
            "total": {"value": self.total, "relation": "eq"},
            "left_out": self.of.told_left_out(),
            "revision": self.of.moment.revision,
        }
        return {"data": split_points(self.points, split), "meta": meta}


def read_series(of: MetricFigures, by: By, limit: int) -> Series:
    """The newest figures of a metric as points. Raises QueryTimeout."""
    numbers = of.in_time(by)
    points = [point_of(row, by) for row in rows_of(of.matches, numbers[-limit:])]
    return Series(of, by, points, len(numbers))
