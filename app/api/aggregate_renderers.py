"""Aggregates in each format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from app.api.renderers import csv_lines
from app.domain.charts.group_chart import group_chart
from app.domain.query.aggregation import COUNT, Aggregation
from app.store.records.document import encode
from app.store.search.aggregate import Aggregate, GroupRow

Links: TypeAlias = dict[str, str | None]
GroupRenderer: TypeAlias = Callable[[Aggregate, Aggregation, Links | None], bytes]


def groups_as_json(found: Aggregate, _asked: Aggregation, links: Links | None) -> bytes:
    """The groups, and the totals around them."""
    return encode(_document(found, links)).encode()


def _document(found: Aggregate, links: Links | None) -> dict[str, Any]:
    meta = {
        "total": {"value": found.total, "relation": "eq"},
        "revision": found.revision,
        "groups_total": found.groups_total,
        "other_count": found.other_count,
        "spanning": found.spanning,
        "unit": found.unit,
        "not_measured": found.not_measured,
    }
    meta |= {"notes": found.notes} if found.notes else {}
    return {"data": [_group(row) for row in found.rows], "meta": meta} | ({"links": links} if links else {})


def groups_as_chart(found: Aggregate, asked: Aggregation, _links: Links | None) -> bytes:
    """The chart of the groups, as a specification of Vega-Lite."""
    return encode(group_chart(_document(found, None), asked)).encode()


def _group(row: GroupRow) -> dict[str, Any]:
    own = {"group": row.group, "count": row.count}
    return own if row.figures is None else own | {"figures": row.figures} | row.measures


def groups_as_csv(found: Aggregate, asked: Aggregation, _links: Links | None) -> bytes:
    """A header and a row for each group; the columns follow from what is asked."""
    return csv_lines(_table(found, asked))


def _table(found: Aggregate, asked: Aggregation) -> Iterator[list[str]]:
    columns = [column for grouping in asked.groupings for column in grouping.columns]
    yield [*columns, COUNT, *(("figures", *asked.measures) if asked.measures else ())]
    for row in found.rows:
        cells: list[Any] = []
        for grouping in asked.groupings:
            value = row.group[grouping.name]
            cells += [value and value[part] for part in grouping.shown] or [value]
        cells.append(row.count)
        if asked.measures:
            cells += [row.figures, *(row.measures[name] for name in asked.measures)]
        yield ["" if cell is None else str(cell) for cell in cells]
