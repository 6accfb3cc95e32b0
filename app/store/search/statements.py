"""The figures that one speaker gave of a metric over time, each beside the one before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import Connection

from app.domain.quantities.figures import Interval, meets
from app.domain.query.registry import PARAMETERS, Condition
from app.domain.record.points import Row
from app.domain.record.records_in import parse_id
from app.store.history.moment import moment_of
from app.store.records.document import Doc, decode
from app.store.records.intervals import interval_in_base
from app.store.search.lookups import Asking, survivors
from app.store.search.metric_figures import MetricAsked, MetricFigures, figures_of_metric
from app.store.search.records import Asked, number_of_id, read_record
from app.store.search.series import read_series

_SHOWN = ("id", "key", "name", "kind")


@dataclass(frozen=True)
class Statements:
    """The figures that a speaker gave of a metric. speaker: its document."""

    speaker: Doc
    of: MetricFigures

    def document(self, limit: int) -> Row:
        """The newest of them, as StatementsPage has them. Raises QueryTimeout."""
        series = read_series(self.of, "said_on", limit)
        told = series.document(("kind",))
        meta = {name: told["meta"][name] for name in ("metric", "unit", "total", "left_out", "revision")}
        return {
            "data": [
                {"kind": one["kind"], "change": one["change"], "points": _compared(one["points"])}
                for one in told["data"]
            ],
            "meta": {"speaker": {name: self.speaker[name] for name in _SHOWN}} | meta,
        }


def statements_of(connection: Connection, speaker_id: str, asked: MetricAsked) -> Statements:
    """The statements of a speaker. The id of a metric that was merged means the survivor.

    Raises what read_record and figures_of_metric do.
    """
    speaker = decode(read_record(connection, "spk", speaker_id, Asked(asked.as_of)).document)
    own = Condition(PARAMETERS["speaker"], (parse_id(speaker["id"], "spk"),))
    asking = Asking(connection, moment_of(connection, as_of=asked.as_of))
    (metric,) = survivors("met", [number_of_id("met", asked.metric_id)], asking)
    asked = replace(asked, metric_id=f"met_{metric}", conditions=(*asked.conditions, own))
    return Statements(speaker, figures_of_metric(connection, asked))


def _compared(points: list[Row]) -> list[Row]:
    """Points, each with how it compares with the one before."""
    return [
        point | {"since_before": _since(before, point) if before else None}
        for before, point in zip([None, *points], points, strict=False)
    ]


def _since(before: Row, point: Row) -> Row:
    values = before["value"], point["value"]
    return {
        "claim": before["claim"],
        "position": before["position"],
        "meets": meets(_interval(before), _interval(point)),
        "difference": None if None in values else Decimal(values[1]) - Decimal(values[0]),
    }


def _interval(point: Row) -> Interval:
    return interval_in_base(point | {name: point["stated"][name] for name in ("low", "high", "unit")})
