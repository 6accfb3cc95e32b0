"""What in a claim's document follows from other records: roles by tenure, units by metric, what is verified."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.units import parse_unit
from app.errors import BadRecord, Problem
from app.store.render import Doc, show_references
from app.store.resolve import Resolver


def derive(doc: Doc, resolver: Resolver) -> None:
    """Fill in all that follows from other records: the role by tenure, what is shown of them, the verification."""
    fill_role(doc, resolver.records)
    show_references(doc, resolver.records)
    for citation in doc["citations"]:
        verify(doc, citation, resolver)


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
        raise BadRecord("a figure's unit does not fit", problems)


def unit_problem(figure: Doc, metric: Doc) -> Problem | None:
    """Why a figure's unit does not do, or None."""
    if figure["unit"] is None:
        return Problem((), "missing", f"neither the figure nor its metric {metric['name']} has a unit")
    if metric["unit"] is None or figure["change"] == "ratio":
        return None
    own, shared = parse_unit(figure["unit"]), parse_unit(metric["unit"])
    if own.dimension == shared.dimension:
        return None
    detail = f"{figure['unit']} ({own.dimension}) does not fit {metric['name']}, which is in {metric['unit']}"
    return Problem((), "wrong-dimension", f"{detail} ({shared.dimension})")


def fill_role(doc: Doc, records: Mapping[str, Doc]) -> None:
    """Where no role is stated, and exactly one tenure of the speaker covers all of said_on, that is the role."""
    if any(role["basis"] == "stated" for role in doc["roles"]) or not (doc["speaker"] and doc["said_on"]):
        return
    tenures = records[doc["speaker"]["id"]]["tenures"]
    covering = [tenure for tenure in tenures if _covers(tenure, doc["said_on"])]
    if len(covering) == 1:
        held = covering[0]
        some = {"title": held["title"], "organization": held["organization"], "status": "current"}
        doc["roles"] = [some | {"as_stated": None, "basis": "tenure"}]
    elif tenures:
        doc["roles"] = []


def _covers(tenure: Doc, said_on: Doc) -> bool:
    if said_on["earliest"] is None or said_on["latest"] is None:
        return False
    since, until = (tenure["since"] or {}).get("earliest"), (tenure["until"] or {}).get("latest")
    return (since is None or since <= said_on["earliest"]) and (until is None or said_on["latest"] <= until)


def verify(doc: Doc, citation: Doc, resolver: Resolver) -> None:
    """Say whether the quote, else the locator's exact words, stand in the source's text, and where."""
    locator = citation["locator"] or {}
    words = doc["quote"] or locator.get("exact")
    held = resolver.text_of(citation["source"]["id"]) if words else None
    if held is None or words is None:
        citation["verification"] = "unchecked"
        return
    place = held.locate(words, prefix=locator.get("prefix"), suffix=locator.get("suffix"))
    citation["verification"] = place.status
    found = {"start": place.start, "end": place.end, "gaps": list(place.gaps) or None}
    empty = dict.fromkeys(("exact", "prefix", "suffix", "start", "end", "page", "time", "gaps"))
    if place.start is not None or citation["locator"]:
        citation["locator"] = empty | locator | found
