"""The units of a claim's figures: stated, kept as stored, or those of their metrics.

A figure that is stored keeps its unit, whatever its metric's becomes: amounts never change by a factor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from app.domain.quantities.units import fits_metric, parse_unit
from app.domain.record.records_in import parse_id
from app.errors import BadRecord, BadValue, Problem
from app.store.database.fetching import fetch_rows
from app.store.history.revision import Revision
from app.store.records.document import Doc, named
from app.store.records.intervals import interval_in_base
from app.store.write.merges import Merges
from app.store.write.record_changes import Change
from app.store.write.showing import Showing

CODE: Final = "other-unit"
_AMOUNT: Final = ("value", "low", "high", "comparator", "change")  # a figure with another of these is another
_PAST: Final = "SELECT unit FROM metrics WHERE id = ? AND unit IS NOT NULL ORDER BY since DESC"


class _Metrics(Protocol):
    """The metrics of one revision, as References has them."""

    revision: Revision
    merges: Merges
    showing: Showing

    @property
    def records(self) -> Mapping[str, Doc]: ...

    def last(self, record_id: str) -> Doc: ...

    def stored(self, record_id: str) -> Doc | None: ...


class FigureUnits:
    """Gives figures their units within one revision, and tells where an amount may be meant in another."""

    def __init__(self, metrics: _Metrics) -> None:
        self._metrics = metrics
        self._past: dict[tuple[str, int], list[str]] = {}  # units of stored metrics, by id and version

    def take(self, doc: Doc, stored: Doc | None) -> list[Problem]:
        """Fill in the units of a claim's figures that state none, with warnings. stored: its current document. Raises
        BadRecord where a figure has none, or one that does not fit its metric; ratios of change fit any.
        """
        warnings, problems = [], []
        for n, figure in enumerate(doc["figures"]):
            if figure["unit"] is None:
                figure["unit"], told = self._unit_of(n, figure, stored["figures"] if stored else [])
                if told:
                    warnings.append(Problem(("figures", n, "unit"), CODE, f"{told}: write the unit"))
            if problem := unit_problem(figure, self._metrics.records[figure["metric"]["id"]]):
                problems.append(problem.under("figures", n, "unit"))
        if problems:
            raise BadRecord.of(problems)
        return warnings

    def require_own(self, merged: str, unit: str) -> None:
        """Raise BadRecord where a definition of a merged metric has another unit than figures without one would get."""
        last, into = self._metrics.last(merged), self._metrics.records[self._metrics.merges.survivor(merged)]
        own = last["unit"] or into["unit"]
        if own and not _is_same(own, unit):
            told = f"{unit} contradicts {own}, the unit of {named(last)}, which was merged into {named(into)}"
            told += ": figures without a unit would be read in that; write the units of figures"
            raise BadRecord(told, [Problem(("unit",), "contradiction", told)])

    def tell_changed(self, change: Change) -> None:
        """Warn of a stored metric that gets another unit."""
        old, new, row = change
        past = [one for one in self._units_of(old["id"]) if new["unit"] and not _is_same(one, new["unit"])]
        if past and old["unit"] != new["unit"]:
            before, self._metrics.revision.row = self._metrics.revision.row, row
            self._tell_left(old, past, f"a figure without a unit is in {new['unit']} from now on")
            self._metrics.revision.row = before

    def tell_merged(self, old: Doc, new: Doc) -> None:
        """Warn of a metric of another unit that becomes part of one. old: the merged one. new: the survivor."""
        if old["unit"] and new["unit"] and not _is_same(old["unit"], new["unit"]):
            told = f"a figure without a unit is in {new['unit']} by the name or key of {named(new)}"
            self._tell_left(old, [old["unit"]], f"{told}, and in {old['unit']} by those of {named(old)}")

    def _tell_left(self, metric: Doc, units: list[str], told: str) -> None:
        """Warn of stored figures of a metric that are in these units."""
        for unit in units:
            if number := self._metrics.showing.figures_in(metric["id"], unit):
                left = "1 stored figure is" if number == 1 else f"{number:,} stored figures are"
                stay = "stays" if number == 1 else "stay"
                detail = f"{left} in {unit}, the unit of {named(metric)} so far, and {stay} so; {told}"
                self._metrics.revision.warn(Problem(("unit",), CODE, detail))

    def _unit_of(self, n: int, figure: Doc, stored: list[Doc]) -> tuple[str | None, str]:
        """The unit of a figure that states none, and what is to be told of it. stored: the figures of the claim."""
        metric = self._metrics.records[figure["metric"]["id"]]
        now: str | None = metric["unit"]
        if (kept := self._kept(n, figure, stored)) is not None:
            is_told = now is not None and not _is_same(kept, now)
            return kept, f"stored in {kept}, and stays so; the unit of {metric['name']} is {now} now" if is_told else ""
        found = figure["metric"].get("found", metric["id"])
        if found != metric["id"] and (own := self._metrics.last(found)["unit"]):
            if now is None or _is_same(own, now):
                return own, ""
            before = self._metrics.last(found)["name"]
            return own, f"taken as {own}, the unit of {before} before it was merged; that of {metric['name']} is {now}"
        past = [one for one in self._units_of(found) if now and not _is_same(one, now)]
        told = f"taken as {now}, the unit of {metric['name']}, which was {' and '.join(past)} before" if past else ""
        return now, told

    def _kept(self, n: int, figure: Doc, stored: list[Doc]) -> str | None:
        """The unit of the same figure in the stored claim, at its place or elsewhere."""
        for other in (*stored[n : n + 1], *stored):
            survivor = self._metrics.merges.survivor(other["metric"]["id"])
            if survivor == figure["metric"]["id"] and all(other[name] == figure[name] for name in _AMOUNT):
                unit: str = other["unit"]
                return unit
        return None

    def _units_of(self, metric_id: str) -> list[str]:
        """The units that a metric has, and had before this revision, the last first, each once."""
        stored = self._metrics.merges.last(metric_id) or self._metrics.stored(metric_id)
        if stored is None:
            return []
        known = (metric_id, stored["version"])
        if known not in self._past:
            own = [stored["unit"]] if stored["unit"] else []
            self._past[known] = list(dict.fromkeys([*own, *(self._read(metric_id) if stored["version"] > 1 else ())]))
        return self._past[known]

    def _read(self, metric_id: str) -> Iterator[str]:
        rows = fetch_rows(self._metrics.revision.connection, _PAST, parse_id(metric_id, "met"))
        return (unit for (unit,) in rows)


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


def _is_same(one: str, other: str) -> bool:
    """Whether amounts are the same in both units, however they are spelt."""
    if one == other:
        return True
    first, second = parse_unit(one), parse_unit(other)
    return (first.dimension, first.factor, first.offset) == (second.dimension, second.factor, second.offset)
