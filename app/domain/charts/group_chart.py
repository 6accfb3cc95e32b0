"""A chart of groups of claims, as a specification of Vega-Lite: bars of counts and sums, marks of other measures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from app.domain.charts import look, told
from app.domain.query.aggregation import COUNT, Aggregation
from app.domain.record.points import Row
from app.errors import BadRequest

MOST_GROUPS: Final = 60  # that are drawn: of more none could be read
MOST_GROUPINGS: Final = 2
HEIGHT: Final = 300  # pixels within the axes, of dates
LONGEST_LABEL: Final = 20
LETTERS_OF_DATE: Final = 56  # pixels of a date below its bar

_STEP: Final = 24  # pixels of a bar with the gap beside it
_UNKNOWN: Final = "unknown"
_SPREAD: Final = ("figure.value:min", "figure.value:max")
_LEAST: Final = "least"
_MOST: Final = "most"
_BAR: Final = {"type": "bar"}
_POINT: Final = {"type": "point", "filled": True, "size": 70, "opacity": 1}
_TOOLTIP: Final = [{"field": name, "type": "nominal"} for name in ("group", "part", "text", "count")]


def group_chart(found: Row, asked: Aggregation) -> Row:
    """The chart of an aggregate. found: as AggregateOut has it. Raises BadRequest where groups are by more than two
    fields.
    """
    names = [grouping.name for grouping in asked.groupings]
    if len(names) > MOST_GROUPINGS:
        told_of = f"a chart shows groups by {MOST_GROUPINGS} fields at most, not {len(names)}; leave one out"
        raise BadRequest.of("group_by", "bad-combination", told_of)
    measure = asked.measures[0] if asked.measures else COUNT
    is_dated = bool(asked.groupings and asked.groupings[0].step)
    every = _told_apart([_row(group, names, asked.measures, measure) for group in found["data"]])
    rows = [row for row in every if row["measured"] is not None and not (is_dated and row["group"] == _UNKNOWN)]
    drawn = rows[:MOST_GROUPS]
    subtitle = told.lines_of(_subtitle(found["meta"], every, rows, is_dated=is_dated))
    title = f"{_measure_text(measure)} by {' and '.join(map(_name_text, names))}" if names else _measure_text(measure)
    layers = _layers(drawn, asked, measure, found["meta"]["unit"])
    return {
        "$schema": look.SCHEMA,
        "description": f"{title}: {_description(drawn)} {' '.join(subtitle)}",
        "title": {"text": told.title_lines(title), "subtitle": subtitle},
        "config": look.config(),
        "width": look.WIDTH,
        "height": HEIGHT if is_dated else {"step": _STEP},
        "data": {"values": drawn},
        "layer": layers,
    }


def _told_apart(rows: list[Row]) -> list[Row]:
    """Rows whose labels are of one record each: where several have one name, their ids are beside it."""
    for label in ("group", "part"):
        ids: dict[str, set[str]] = {}
        for row in rows:
            ids.setdefault(row[label], set()).add(row[f"{label}_id"])
        for row in rows:
            if len(ids[row[label]]) > 1:
                row[label] = f"{row[label]} ({row[f'{label}_id']})"
    return rows


def _row(group: Row, names: Sequence[str], measures: Sequence[str], measure: str) -> Row:
    """A group as it is drawn: its label, and its number exactly."""
    values = [group["group"][name] for name in names] or ["all"]
    (own, own_id), (part, part_id) = _label(values[0]), _label(values[1]) if len(values) > 1 else (None, None)
    number = group[measure]
    text = "" if number is None else told.number_text(number)
    spread = {_LEAST: group[_SPREAD[0]], _MOST: group[_SPREAD[1]]} if set(_SPREAD) <= set(measures) else {}
    label = text if len(text) <= LONGEST_LABEL else f"≈ {number:,.6g}"
    named = {"group": own, "group_id": own_id, "part": part, "part_id": part_id}
    return named | {"count": group["count"], "measured": number, "text": text, "label": label} | spread


def _label(value: Any) -> tuple[str, str]:
    """The label of a value, and what tells it from others of that label."""
    if isinstance(value, dict):
        return told.short_name(value.get("name") or value.get("title") or value["id"]), value["id"]
    return (_UNKNOWN, "") if value is None else (told.short_name(str(value)), str(value))


def _name_text(name: str) -> str:
    """`said_on:year` as `year said`, `source.publisher` as `source publisher`."""
    field, _, step = name.partition(":")
    return f"{step} said" if step else field.replace(".", " ").replace("_", " ")


def _measure_text(measure: str) -> str:
    return "Claims" if measure == COUNT else f"{measure.rpartition(':')[2].capitalize()} of figures"


def _subtitle(meta: Row, every: Sequence[Row], rows: Sequence[Row], *, is_dated: bool) -> list[str]:
    """How many claims were found, and what is not drawn of them."""
    undated = [row for row in every if is_dated and row["group"] == _UNKNOWN]
    counts = {
        "{} without a date": sum(row["count"] for row in undated),
        "{} with a date that lies in several groups": meta["spanning"] or 0,
        "{} in groups beyond the limit": meta["other_count"],
        f"{{}} groups beyond {MOST_GROUPS}": max(len(rows) - MOST_GROUPS, 0),
        "{} groups without a number": len(every) - len(rows) - sum(row["measured"] is not None for row in undated),
    }
    for reason, count in (meta["not_measured"] or {}).items():
        counts[f"{{}} figures not measured ({reason.replace('_', ' ')})"] = count
    out = [text.format(f"{count:,}") for text, count in counts.items() if count]
    claims = "1 claim" if meta["total"]["value"] == 1 else f"{meta['total']['value']:,} claims"
    grey = "Parts without a name are grey." if len({row["part"] for row in rows}) > len(look.COLOURS) else ""
    return [f"{claims} found.", *([f"Not drawn: {', '.join(out)}."] if out else []), *([grey] if grey else [])]


def _description(drawn: Sequence[Row]) -> str:
    """The first groups with their numbers."""
    named = [f"{row['group']}{', ' + row['part'] if row['part'] else ''} {row['text']}" for row in drawn[:5]]
    return f"{'; '.join(named)}{'; and others' if len(drawn) > len(named) else ''}." if named else "no groups."


def _layers(rows: Sequence[Row], asked: Aggregation, measure: str, unit: str | None) -> list[Row]:
    """Bars or marks, their spread where it is measured, and labels where nothing is above each other."""
    is_bar, parted = measure == COUNT or measure.endswith(":sum"), len(asked.groupings) > 1
    is_dated = bool(asked.groupings and asked.groupings[0].step)
    at, of = ("x", "y") if is_dated else ("y", "x")
    named = _groups(rows, asked.groupings[0].step if is_dated else "")
    number = _numbers(measure, unit) | {"scale": {"zero": True} if is_bar else {"zero": False, "padding": 24}}
    colour = _colours(rows) if parted else {"value": look.COLOURS[0]}
    encoding = {at: named, of: number, "color": colour, "tooltip": _TOOLTIP}
    found: list[Row] = [{"mark": _BAR if is_bar else _POINT, "encoding": encoding}]
    if not is_bar and any(_LEAST in row for row in rows):
        spread = encoding | {of: number | {"field": _LEAST}, f"{of}2": {"field": _MOST}}
        found.append({"mark": {"type": "rule", "strokeWidth": 1.5}, "encoding": spread})
    if not parted and not is_dated:
        text = {"text": {"field": "label", "type": "nominal"}, "color": {"value": look.INK}}
        place = {"align": "left", "dx": 4} if is_bar else {"align": "center", "dy": -10}
        label = {"type": "text", "fontSize": look.TEXT_SIZE} | place
        found.append({"mark": label, "encoding": {at: named, of: number} | text})
    return found


def _groups(rows: Sequence[Row], step: str) -> Row:
    """The axis of groups: in the order of the answer, dates in that of time, years without a claim among them."""
    labels = list(dict.fromkeys(row["group"] for row in rows))
    axis: Row = {}
    if step:
        labels.sort()
        if (
            step == "year"
            and labels
            and all(map(str.isdigit, labels))
            and int(labels[-1]) - int(labels[0]) < MOST_GROUPS
        ):
            labels = [f"{year:04}" for year in range(int(labels[0]), int(labels[-1]) + 1)]
        axis = {"labelAngle": 0 if len(labels) * LETTERS_OF_DATE <= look.WIDTH else -90}
    scale = {"domain": labels, "paddingInner": 0.25, "paddingOuter": 0.2}
    return {"field": "group", "type": "nominal", "title": None, "sort": None, "axis": axis, "scale": scale}


def _numbers(measure: str, unit: str | None) -> Row:
    """The axis of counts, or of what is measured."""
    title = "claims" if measure == COUNT else told.unit_text(unit or COUNT)
    axis = {"tickCount": 6} | ({"tickMinStep": 1} if measure == COUNT else {})
    return {"field": "measured", "type": "quantitative", "title": title, "axis": axis}


def _colours(rows: Sequence[Row]) -> Row:
    """Colours of the parts of groups, those with most claims first; others are grey."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["part"]] += row["count"]
    ordered = [part for part, _ in counts.most_common()]
    colours = [*look.COLOURS, *[look.OTHERS] * len(ordered)][: len(ordered)]
    legend = {"title": None, "orient": "bottom", "columns": 3, "values": ordered[: len(look.COLOURS)]}
    return {"field": "part", "type": "nominal", "scale": {"domain": ordered, "range": colours}, "legend": legend}
