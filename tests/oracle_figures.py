"""Figures as rows: a plain reading, one figure at a time, over the documents that the API gives."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import inf
from typing import Any

from app.domain.quantities.units import parse_unit
from tests.oracle import holds
from tests.oracle_orders import value_of
from tests.oracle_values import unit_of_metric
from tests.tree import Doc, Filters, Tree, World, element_of, leaf_of, leaves_in, name_of, values_of

Place = tuple[Doc, int]  # a claim, and the place of one of its figures


def figures_found_by(tree: Tree, world: World) -> list[Place]:
    """The figures that a tree finds: each as if it were the only one of its claim; by date, then as they arrived."""
    if not any(name_of(leaf) == "status" for leaf in leaves_in(tree)):
        tree = {"and": [tree, leaf_of("status", ["active"])]}
    newest_first = sorted(world.claims, key=lambda one: (one["said_on"] or {}).get("earliest") or "", reverse=True)
    return [
        (claim, place)
        for claim in newest_first
        for place, figure in enumerate(claim["figures"])
        if holds(tree, claim | {"figures": [figure]}, world)
    ]


def in_figure_order(found: list[Place], sort: str, unit: str | None) -> list[Place]:
    """The same in another order. unit: of the dimension by whose values they are sorted; others are below all."""

    def value(place: Place) -> float:
        figure = place[0]["figures"][place[1]]
        fits = parse_unit(figure["unit"]).dimension == parse_unit(unit or "").dimension
        return value_of(figure) if fits else -inf

    ordered = sorted(found, key=value, reverse=True) if "value" in sort else found
    return ordered if sort.startswith("-") else ordered[::-1]


def unit_asked(filters: Filters, world: World) -> str:
    """The unit that filters on figures ask for, or that of their metric."""
    bound = [leaf for leaf in (leaf_of(*one) for one in filters) if element_of(leaf) == "figure"]
    units = [values_of(leaf)[0] for leaf in bound if leaf["field"] == "figure__unit"]
    return units[0] if units else unit_of_metric(bound, world)


def row_of(claim: Doc, place: int) -> Doc:
    """The row of one figure of a claim."""
    figure, role, cited = claim["figures"][place], (claim["roles"] or [None])[0], claim["citations"][0]
    row: Doc = {"claim": {name: claim[name] for name in ("id", "key", "status")}, "position": place}
    row |= {"speaker": claim["speaker"], "said_on": claim["said_on"], "source": cited["source"]}
    row |= {"role": role and {name: role[name] for name in ("title", "organization", "status")}}
    return (
        row | {name: figure[name] for name in figure if name != "equivalents"} | {"verification": cited["verification"]}
    )


def exact(value: Any, unit: str, other: str, *, is_change: bool) -> Fraction:
    """A value in another unit, exactly."""
    one, two = parse_unit(unit), parse_unit(other)
    offset = Fraction(0) if is_change else one.offset - two.offset
    return (Fraction(str(value)) * one.factor + offset) / two.factor


def ends(number: Fraction) -> bool:
    """Whether the decimals of a number end."""
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def converted_faults(row: Doc, unit: str) -> Iterator[str]:
    """What is wrong with the converted numbers of a row."""
    fits = parse_unit(row["unit"]).dimension == parse_unit(unit).dimension
    if row["converted_unit"] != (unit if fits else None) or (row["not_converted"] is None) != fits:
        yield f"{row['unit']} in {unit}: {row['converted_unit']}, {row['not_converted']}"
    for name in ("value", "low", "high"):
        given, found = row[name], row[f"converted_{name}"]
        if given is None or not fits:
            if found is not None:
                yield f"{name} is {found}"
            continue
        wanted = exact(given, row["unit"], unit, is_change=row["change"] is not None)
        if abs(Fraction(str(found)) - wanted) > (0 if ends(wanted) else abs(wanted) * Fraction(1, 10**37)):
            yield f"{name}: {given} {row['unit']} is {found} {unit}"
