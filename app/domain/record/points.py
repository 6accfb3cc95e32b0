"""Figures of one metric as points in time, with their numbers in one unit; and what is left out of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal, get_args

from app.domain.quantities.figures import KINDS
from app.domain.record.csv_columns import columns_without_lists
from app.domain.record.figures_out import PointOut

Row = dict[str, Any]
By = Literal["period", "said_on"]
Split = Literal["kind", "speaker"]
SPLITS: Final[tuple[Split, ...]] = get_args(Split)

POINT_COLUMNS: Final = columns_without_lists(PointOut)
_NUMBERS: Final = ("value", "low", "high")
_OF_ROW: Final = (
    "comparator", "kind", "change", "speaker", "claim", "position", "said_on", "period", "source", "verification"
)  # fmt: skip
_SHORT: Final = ("claim", "position", *_NUMBERS, "unit", "change", "as_stated")


def point_of(row: Row, by: By) -> Row:
    """A row of a figure (see figure_rows.py) as PointOut has it. Numbers of one that is not converted are as stated."""
    is_converted = "converted_value" in row
    numbers = {name: row[f"converted_{name}" if is_converted else name] for name in _NUMBERS}
    stated = {name: row[name] for name in (*_NUMBERS, "unit", "as_stated")}
    return {"on": row[by], **numbers, "stated": stated} | {name: row[name] for name in _OF_ROW}


def short_of(row: Row) -> Row:
    """A row as a figure that is left out is told."""
    return {name: row[name] for name in _SHORT}


def split_points(points: Iterable[Row], split: Iterable[Split]) -> list[Row]:
    """Points in series, changes always apart from amounts: each as SeriesOut has it, its points in their order."""
    apart = tuple(split)
    found: dict[tuple[Any, ...], Row] = {}
    for point in points:
        speaker = point["speaker"] if "speaker" in apart else None
        kind = point["kind"] if "kind" in apart else None
        key = (point["change"] or "", KINDS.index(kind) if kind else 0, int(speaker["id"][4:]) if speaker else 0)
        own = found.setdefault(key, {"kind": kind, "speaker": speaker, "change": point["change"], "points": []})
        own["points"].append(point)
    return [found[key] for key in sorted(found)]
