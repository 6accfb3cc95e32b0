"""The derived parts of a claim's document: roles by tenure, units by metric, what is verified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from app.domain.quantities.units import fits_metric, parse_unit
from app.errors import BadRecord, BadValue, Problem
from app.store.records.document import Doc, show_references
from app.store.records.intervals import interval_in_base
from app.store.write.places import Place, verify
from app.store.write.resolver import Resolver
from app.store.write.roles import fill_roles


def derive(doc: Doc, resolver: Resolver, places: Sequence[Place | None] = ()) -> None:
    """Fill in all that follows from other records: roles by tenure, what is shown of them, the verification.

    places: of the citations, where they are known.
    """
    derive_shown(doc, resolver)
    for citation, place in zip_longest(doc["citations"], places):
        verify(doc, citation, resolver.texts, place)


def derive_shown(doc: Doc, resolver: Resolver) -> None:
    """The same where the texts of sources are as they were."""
    fill_roles(doc, resolver.records)
    show_references(doc, resolver.records.shown)


def take_units(doc: Doc, records: Mapping[str, Doc]) -> None:
    """A figure without a unit has its metric's; any other unit must fit the metric, save for ratios of change."""
    problems = []
    for n, figure in enumerate(doc["figures"]):
        metric = records[figure["metric"]["id"]]
        figure["unit"] = figure["unit"] or metric["unit"]
        problem = unit_problem(figure, metric)
        if problem:
            problems.append(problem.under("figures", n, "unit"))
    if problems:
        raise BadRecord.of(problems)


def unit_problem(figure: Doc, metric: Doc) -> Problem | None:
    """Why a figure's unit does not do, or None."""
    if figure["unit"] is None:
        detail = f"neither the figure nor its metric {metric['name']} has a unit; write count for a number of things"
        return Problem((), "missing", detail)
    own = parse_unit(figure["unit"])
    try:
        interval_in_base(figure)
    except BadValue as error:
        return Problem((), "bad-value", str(error), error.suggestions)
    shared = parse_unit(metric["unit"]) if metric["unit"] else own
    if fits_metric(own, shared, figure["change"]):
        return None
    detail = f"{own} does not fit {metric['name']}, which is in {shared}"
    right = f"write {shared.text} or a unit that converts into it, or name another metric"
    if fits_metric(own, shared, "difference"):
        right = f"they are what percentages differ by: write change difference, or the value in {shared.text}"
    return Problem((), "wrong-dimension", f"{detail}; {right}")
