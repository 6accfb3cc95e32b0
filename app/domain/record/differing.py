"""Why two figures of one metric may differ though both were said: what their claims tell of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, get_args

from app.domain.quantities.units import parse_unit
from app.domain.text.tokenizer import fold_name

Doc = Mapping[str, Any]

Periods = Literal["equal", "overlapping", "apart", "unknown"]
Reason = Literal[
    "kind", "period", "comparator", "rounding", "unit", "said_later", "same_speaker", "relation", "same_source", "via"
]  # fmt: skip
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)


@dataclass(frozen=True)
class Stated:
    """A figure of a claim. position: its place among the claim's figures."""

    claim: Doc
    position: int

    @property
    def figure(self) -> Doc:
        """The figure."""
        found: Doc = self.claim["figures"][self.position]
        return found

    @property
    def id(self) -> str:
        """The id of the claim."""
        return str(self.claim["id"])


def reasons(one: Stated, other: Stated) -> list[dict[str, str]]:
    """Why two figures whose intervals do not meet may differ: each with a code and in words."""
    found = [
        *_of_figures(one, other),
        *_of_saying(one, other),
        *_of_relations(one, other),
        *_of_sources(one, other),
    ]
    return [{"code": code, "detail": detail} for code, detail in found]


def periods_of(one: Doc | None, other: Doc | None) -> Periods:
    """How two dates lie to each other, by their first and last days; open ends are unbounded."""
    if _is_unknown(one) or _is_unknown(other):
        return "unknown"
    first, second = _bounds(one), _bounds(other)
    if first == second:
        return "equal"
    return "overlapping" if first[0] <= second[1] and second[0] <= first[1] else "apart"


def _is_unknown(when: Doc | None) -> bool:
    return when is None or (when["earliest"] is None and when["latest"] is None)


def _bounds(when: Doc | None) -> tuple[str, str]:
    """The days of a date as texts, in whose order days are; open ends lie beyond all of them."""
    return ((when and when["earliest"]) or "", (when and when["latest"]) or "~")


_Told = Iterator[tuple[Reason, str]]


def _of_figures(one: Stated, other: Stated) -> _Told:
    first, second = one.figure, other.figure
    if first["kind"] != second["kind"]:
        yield "kind", f"{one.id} has a figure of the kind {first['kind']}, {other.id} of the kind {second['kind']}"
    if periods_of(first["period"], second["period"]) != "equal":
        yield "period", f"{one.id} is about {_shown(first['period'])}, {other.id} about {_shown(second['period'])}"
    for stated in (one, other):
        if stated.figure["comparator"] != "exactly":
            yield "comparator", f"{stated.id} says {stated.figure['comparator']}"
    if first["unit"] != second["unit"]:
        yield "unit", f"{one.id} is in {parse_unit(first['unit'])}, {other.id} in {parse_unit(second['unit'])}"
    elif told := _rounded(first, second):
        yield "rounding", told


def _shown(when: Doc | None) -> str:
    return "a period that is not told" if _is_unknown(when) else str(when and when["edtf"])


def _rounded(one: Doc, other: Doc) -> str | None:
    """Which of two values in one unit is the other one rounded to its last digit that is not a zero."""
    values = [figure["value"] for figure in (one, other)]
    if None in values:
        return None
    first, second = (Decimal(value) for value in values)
    for rough, fine in ((first, second), (second, first)):
        if rough and abs(rough - fine) * 2 <= _last_place(rough):
            return f"{fine:f} rounded may be {rough:f}"
    return None


def _last_place(value: Decimal) -> Decimal:
    """The worth of one in the last digit that is not a zero: 100 of 2200."""
    exponent = value.normalize().as_tuple().exponent
    return Decimal((0, (1,), exponent if isinstance(exponent, int) else 0))


def _of_saying(one: Stated, other: Stated) -> _Told:
    speakers = [stated.claim["speaker"] and stated.claim["speaker"]["id"] for stated in (one, other)]
    dates = [stated.claim["said_on"] for stated in (one, other)]
    earlier, later = _in_time(one, other)
    if later and earlier:
        when, before = later.claim["said_on"]["edtf"], earlier.claim["said_on"]["edtf"]
        yield "said_later", f"{later.id} was said later ({when}) than {earlier.id} ({before}), and may revise it"
    if speakers[0] and speakers[0] == speakers[1]:
        name = one.claim["speaker"]["name"]
        if later and earlier:
            told = f"by {later.id}, {name} may have corrected {earlier.id}"
        else:
            told = f"{name} said both" + ("" if all(dates) else ", and not both have a date")
        yield "same_speaker", told


def _in_time(one: Stated, other: Stated) -> tuple[Stated | None, Stated | None]:
    """The claim that was said before, and the one after it, where that is certain."""
    for before, after in ((one, other), (other, one)):
        first, second = before.claim["said_on"], after.claim["said_on"]
        if first and second and first["latest"] and second["earliest"] and first["latest"] < second["earliest"]:
            return before, after
    return None, None


def _of_relations(one: Stated, other: Stated) -> _Told:
    for stated, named in ((one, other), (other, one)):
        for relation in stated.claim["relations"]:
            if relation["claim"] == named.id:
                yield "relation", f"{stated.id} {relation['type']} {named.id}"


def _of_sources(one: Stated, other: Stated) -> _Told:
    cited = [{citation["source"]["id"] for citation in stated.claim["citations"]} for stated in (one, other)]
    for shared in sorted(cited[0] & cited[1]):
        yield "same_source", f"{shared} has both"
    ways = [_ways(stated.claim) for stated in (one, other)]
    for shared in sorted(ways[0].keys() & ways[1].keys()):
        yield "via", f"both are told by way of {ways[0][shared]}"
    for (stated, own), named in zip(((one, ways[0]), (other, ways[1])), (other, one), strict=True):
        for name in sorted(own.keys() & _origins(named.claim)):
            yield "via", f"{stated.id} is told by way of {own[name]}, where {named.id} is from"


def _ways(claim: Doc) -> dict[str, str]:
    """By way of whom a claim's sources have it, by folded names."""
    return {fold_name(one["via"]): one["via"] for one in claim["citations"] if one["via"]}


def _origins(claim: Doc) -> set[str]:
    """The folded names of the publishers and titles of a claim's sources, and of its speaker."""
    sources = [one["source"] for one in claim["citations"]]
    names = [source[name] for source in sources for name in ("publisher", "title")]
    names += [claim["speaker"]["name"]] if claim["speaker"] else []
    return {fold_name(name) for name in names if name}
