"""The orders of lists of claims: a plain reading."""

from __future__ import annotations

from datetime import datetime
from math import inf

from app.domain.quantities.units import parse_unit
from app.domain.query.query_text import SearchText, parse_query
from tests.oracle import element_holds, has_words
from tests.oracle_values import in_base, unit_of_metric
from tests.tree import Doc, Filters, World, element_of, leaf_of, values_of


def in_order(found: list[Doc], sort: str, filters: Filters, world: World) -> list[Doc]:
    """The claims that filters find, newest first, in another order."""
    mirrored = found[::-1]
    match sort:
        case "-said_on":
            return found
        case "said_on":
            return mirrored
        case "relevance":
            wanted = parse_query(dict(filters)["q"][0])
            if wanted is None:
                return []
            return sorted(found, key=lambda claim: tier(wanted, claim, world))
        case "-recorded_at" | "-updated_at":
            return sorted(found, key=lambda claim: datetime.fromisoformat(claim[sort[1:]]), reverse=True)
        case "recorded_at" | "updated_at":
            return sorted(mirrored, key=lambda claim: datetime.fromisoformat(claim[sort]))
        case "-figure__value":
            return sorted(found, key=lambda claim: max(keys_of(claim, filters, world)), reverse=True)
    assert sort == "figure__value", sort
    return sorted(mirrored, key=lambda claim: min(keys_of(claim, filters, world)))


def tier(wanted: SearchText, claim: Doc, world: World) -> int:
    """How near the words are to what was said."""
    tiers = (("quote",), ("quote", "paraphrase"))
    return next((n for n, places in enumerate(tiers) if has_words(wanted, claim, world, places)), len(tiers))


def keys_of(claim: Doc, filters: Filters, world: World) -> list[float]:
    """The values, in base units, of a claim's figures that the filters find; below all others where none of them has
    the dimension of what is asked for (a metric has changes by a ratio as well)."""
    bound = [leaf for leaf in (leaf_of(*one) for one in filters) if element_of(leaf) == "figure"]
    units = [values_of(leaf)[0] for leaf in bound if leaf["field"] == "figure__unit"]
    dimension = parse_unit(units[0] if units else unit_of_metric(bound, world)).dimension
    return [
        value_of(figure)
        for figure in claim["figures"]
        if element_holds({"and": bound}, figure, world) and parse_unit(figure["unit"]).dimension == dimension
    ] or [-inf]


def value_of(figure: Doc) -> float:
    """The sort key of a figure: its value in base units; of one that has bounds alone, the lower."""
    value = figure["low"] if figure["value"] is None else figure["value"]
    return in_base(value, figure["unit"], difference=figure["change"] is not None)
