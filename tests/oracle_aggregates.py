"""Aggregates of claims: a plain count, one claim at a time, over the documents that the API gives."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

from app.domain.quantities.units import parse_unit
from app.domain.text.tokenizer import fold_name
from tests.oracle import element_holds, found_by
from tests.oracle_values import unit_of_metric
from tests.tree import LISTS, Doc, Tree, World, element_of, leaves_in, name_of, values_of

Key = str | None  # a value as it is compared; a record's id; None for an unknown one

ON_ELEMENTS: dict[str, tuple[str, Callable[[Doc], Any]]] = {  # the list, and the value of one of it
    "role.title": ("role", lambda role: role["title"]),
    "organization": ("role", lambda role: role["organization"]),
    "figure.metric": ("figure", lambda figure: figure["metric"]),
    "figure.kind": ("figure", lambda figure: figure["kind"]),
    "source": ("citation", lambda citation: citation["source"]),
    "source.publisher": ("citation", lambda citation: citation["source"]["publisher"]),
    "verification": ("citation", lambda citation: citation["verification"]),
    "assessment.publisher": ("assessment", lambda assessment: assessment["publisher"]),
    "assessment.rating": ("assessment", lambda assessment: assessment["rating"]),
}
ON_CLAIMS: dict[str, Callable[[Doc], list[Any]]] = {
    "language": lambda claim: [claim["language"]],
    "status": lambda claim: [claim["status"]],
    "topic": lambda claim: claim["topics"] or [None],
    "dataset": lambda claim: [claim["dataset"]],
    "speaker": lambda claim: [claim["speaker"]],
    "speaker.kind": lambda claim: [claim["speaker"] and claim["speaker"]["kind"]],
}
DATES = {"said_on:month": 7, "said_on:year": 4, "said_on:decade": 3}  # characters of a day that tell the group
OWN_FILTERS = {  # filters that ask for the values of a facet
    "language": ("language", "language__exact"),
    "status": ("status",),
    "topic": ("topic", "topic__all", "topic__not", "topic__isnull"),
    "dataset": ("dataset", "dataset__isnull"),
    "speaker": ("speaker", "speaker__not", "speaker__isnull", "speaker__key", "speaker__identifier", "speaker__name",
                "speaker__name__contains"),
    "speaker.kind": ("speaker__kind", "speaker__kind__isnull"),
    "role.title": ("role__title", "role__title__contains"),
    "organization": ("organization", "organization__key", "organization__name"),
    "figure.metric": ("figure__metric", "figure__metric__key", "figure__metric__name"),
    "figure.kind": ("figure__kind",),
    "source": ("source", "source__key", "source__url"),
    "source.publisher": ("source__publisher",),
    "verification": ("verification",),
    "assessment.publisher": ("assessment__publisher",),
    "assessment.rating": ("assessment__rating",),
} | dict.fromkeys(
    DATES, ("said_on", "said_on__within", "said_on__gte", "said_on__lte", "said_on__isnull", "said_on__precision")
)  # fmt: skip


@dataclass
class Group:
    """The claims of a group, the ways its values are spelt, and the amounts of its figures by where they stand."""

    claims: set[str] = field(default_factory=set)
    spelt: set[tuple[str, ...]] = field(default_factory=set)
    amounts: dict[tuple[str, int], Fraction] = field(default_factory=dict)


@dataclass
class Counted:
    """All groups by their values; and what is in none of them."""

    groups: dict[tuple[Key, ...], Group] = field(default_factory=dict)
    total: int = 0
    spanning: int = 0
    not_measured: dict[str, int] = field(
        default_factory=lambda: {"change": 0, "other_dimension": 0, "no_value": 0},
    )


def counted(tree: Tree, names: tuple[str, ...], world: World, unit: str | None = None) -> Counted:
    """The groups of the claims that a tree finds. unit: in which their figures are measured."""
    found = Counted()
    for claim in found_by(tree, world):
        found.total += 1
        measured = dict(amounts_of(claim, tree, world, unit, found.not_measured)) if unit else {}
        if any(spans(claim["said_on"]) and span_of(claim["said_on"], DATES[name]) for name in names if name in DATES):
            found.spanning += 1
            continue
        for values, place in rows_of(claim, names, tree, world):
            group = found.groups.setdefault(tuple(map(compared, names, values)), Group())
            group.claims.add(claim["id"])
            group.spelt.add(tuple(map(spelling, values)))
            own = measured if place is None else {one: measured[one] for one in (place,) if one in measured}
            group.amounts |= {(claim["id"], one): amount for one, amount in own.items()}
    return found


def spans(when: Doc | None) -> bool:
    """Whether a date is known at all."""
    return when is not None and not (when["earliest"] is None and when["latest"] is None)


def span_of(when: Doc, length: int) -> bool:
    """Whether a known date lies in several groups: its ends differ, or one is open."""
    return when["earliest"] is None or when["latest"] is None or when["earliest"][:length] != when["latest"][:length]


def rows_of(
    claim: Doc, names: tuple[str, ...], tree: Tree, world: World
) -> Iterator[tuple[tuple[Any, ...], int | None]]:
    """The combinations of values of a claim; each with the place of its figure, where figures are grouped by."""
    each: list[list[dict[str, Any]]] = []
    for name in names:
        if name in DATES:
            day = claim["said_on"]["earliest"] if spans(claim["said_on"]) else None
            text = day and day[: DATES[name]] + ("X" if name == "said_on:decade" else "")
            each.append([{name: text}])
        elif name in ON_CLAIMS:
            each.append([{name: value} for value in ON_CLAIMS[name](claim)])
    for element in dict.fromkeys(ON_ELEMENTS[name][0] for name in names if name in ON_ELEMENTS):
        own = [name for name in names if name in ON_ELEMENTS and ON_ELEMENTS[name][0] == element]
        rows = [
            {name: ON_ELEMENTS[name][1](one) for name in own} | ({"figure": place} if element == "figure" else {})
            for place, one in asked_elements(claim, element, tree, world)
        ]
        each.append(rows or [dict.fromkeys(own) | ({"figure": -1} if element == "figure" else {})])
    for parts in product(*each):
        row = {name: value for part in parts for name, value in part.items()}
        yield tuple(row[name] for name in names), row.get("figure")


def asked_elements(claim: Doc, element: str, tree: Tree, world: World) -> Iterator[tuple[int, Doc]]:
    """The elements of a claim that meet any of what is asked of one in the outermost and; all where nothing is."""
    bound = list(bound_in(tree, element))
    for place, one in enumerate(claim[LISTS[element]]):
        if not bound or any(element_holds(part, one, world) for part in bound):
            yield place, one


def bound_in(tree: Tree, element: str) -> Iterator[Tree]:
    """What a tree asks of one element of a list, joined by and to all else."""
    if "and" in tree:
        for part in tree["and"]:
            yield from bound_in(part, element)
    elif tree.get("some") == element:
        yield tree["where"]
    elif "field" in tree and element_of(tree) == element:
        yield tree


def amounts_of(
    claim: Doc, tree: Tree, world: World, unit: str, not_measured: dict[str, int]
) -> Iterator[tuple[int, Fraction]]:
    """The exact amounts of the figures of a claim that are asked for, by their places."""
    to, asks_changes = parse_unit(unit), False
    for part in bound_in(tree, "figure"):
        asks_changes |= any(name_of(leaf) == "figure__change" for leaf in leaves_in(part))
    for place, figure in asked_elements(claim, "figure", tree, world):
        own = parse_unit(figure["unit"])
        if figure["change"] is not None and not asks_changes:
            not_measured["change"] += 1
        elif own.dimension != to.dimension:
            not_measured["other_dimension"] += 1
        elif figure["value"] is None:
            not_measured["no_value"] += 1
        else:
            shift = own.offset - to.offset if figure["change"] is None else 0
            yield place, (Fraction(str(figure["value"])) * own.factor + shift) / to.factor


def compared(name: str, value: Any) -> Key:
    """A value as it is told from others."""
    if isinstance(value, dict):
        return str(value["id"])
    if value is None:
        return None
    if name in (*DATES, "dataset"):
        return str(value)
    return str(value).lower() if name == "language" else fold_name(value) or str(value)


def spelling(value: Any) -> str:
    """A value as an answer may show it."""
    return str(value.get("name", value.get("title"))) if isinstance(value, dict) else str(value)


def place_of(key: tuple[Key, ...]) -> tuple[Any, ...]:
    """Where a group stands: records by the numbers in their ids, texts by their letters, unknown ones last."""
    return tuple((one is None, number_of(one), (one or "").encode()) for one in key)


def number_of(value: Key) -> int:
    """The number in an id."""
    prefix, _, number = (value or "").partition("_")
    return int(number) if prefix in ("spk", "src", "met") and number.isdigit() else 0


FUNCTIONS: dict[str, Callable[[list[Fraction]], Fraction]] = {
    "min": min,
    "max": max,
    "mean": lambda amounts: sum(amounts, Fraction(0)) / len(amounts),
    "median": statistics.median,
    "sum": lambda amounts: sum(amounts, Fraction(0)),
}


def unit_asked(tree: Tree, world: World) -> str | None:
    """The unit that a query string asks for figures in."""
    leaves = [leaf for part in bound_in(tree, "figure") for leaf in leaves_in(part)]
    units = [values_of(leaf)[0] for leaf in leaves if name_of(leaf) == "figure__unit"]
    return units[0] if units else unit_of_metric(leaves, world) if leaves else None


def ordered(groups: Iterable[tuple[Key, ...]]) -> list[tuple[Key, ...]]:
    """Groups in their order."""
    return sorted(groups, key=place_of)
