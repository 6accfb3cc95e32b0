"""Values of one metric that contradict each other: pairs of figures whose intervals have no number in common.

All pairs are counted, a stretch of figures against all others at a time, on columns of the index; documents are read of
the pairs that are shown, and of the claims that have the same values as these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.domain.quantities.figures import CHANGES, KINDS
from app.domain.record.attribution import count_independent
from app.domain.record.differing import Stated, periods_of, reasons
from app.domain.record.figure_rows import Row, figure_row, numbers_in
from app.store.index.bitmaps import Numbers
from app.store.index.facts import fact
from app.store.index.families import CLAIM, FIGURE
from app.store.records.document import Doc
from app.store.records.source_identity import documents_of
from app.store.search.figures import documents_by_version
from app.store.search.metric_figures import MetricFigures

AskedPeriods = Literal["overlapping", "equal", "any"]

MOST_COMPARED: Final = 10_000  # figures: 100 million pairs, looked at in about a second
AT_ONCE: Final = 1_000_000  # pairs between two looks at the deadline
MOST_COUNTED: Final = 100  # claims with one value whose documents are counted

_OF_CITATION: Final = ("source", "via", "verification")


class Pair(NamedTuple):
    """Two figures by their places among those that are compared: all of the lower's interval is below the other's."""

    lower: int
    higher: int


@dataclass(frozen=True)
class Compared:
    """The figures of a metric that are compared, and their columns. periods: how their periods are to lie."""

    of: MetricFigures
    periods: AskedPeriods

    @cached_property
    def numbers(self) -> Numbers:
        """The numbers of the figures: of very many those said last."""
        return self.of.in_time("said_on")[-MOST_COMPARED:]

    @cached_property
    def claims(self) -> NDArray[Any]:
        """The claim of each, by the number in its id."""
        claims: NDArray[Any] = self.of.matches.view.column(CLAIM, "claim")[self.of.versions(self.numbers)]
        return claims

    @cached_property
    def places(self) -> Numbers:
        """The place of each among the figures of its claim."""
        return self.of.matches.places(self.numbers)

    @cached_property
    def bounds(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The lower and upper end of each, in base units."""
        low, high = (self.of.matches.view.column(FIGURE, name)[self.numbers] for name in ("low", "high"))
        return low, high

    @cached_property
    def days(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The first and last day of each one's period; the first after the last where that is unknown."""
        return self.of.days(self.numbers, "period")

    @cached_property
    def kinds(self) -> NDArray[Any]:
        """The kind of each, by its place among KINDS."""
        return self._which("figure__kind", KINDS)

    @cached_property
    def changes(self) -> NDArray[Any]:
        """The kind of change of each, by its place among CHANGES; -1 for amounts."""
        return self._which("figure__change", CHANGES)

    def _which(self, name: str, values: tuple[str, ...]) -> NDArray[Any]:
        found = np.full(len(self.numbers), -1)
        at = np.searchsorted(self.of.matches.numbers, self.numbers)
        for place, value in enumerate(values):
            found[self.of.matches.which_have(fact(name, value))[at]] = place
        return found

    def pairs(self, limit: int) -> tuple[list[Pair], int]:
        """The first pairs, and how many there are: those of one kind first, then those of equal periods, then by the
        gap as a share of the greater end, the widest first. Raises QueryTimeout.
        """
        total, found, ranks = 0, np.zeros((0, 2), np.int64), np.zeros(0)
        for lower, higher in self._stretches():
            total += len(lower)
            found = np.concatenate([found, np.stack([lower, higher], axis=1)])
            ranks = np.concatenate([ranks, self._ranks(lower, higher)])
            best = self._best(found, ranks, limit)
            found, ranks = found[best], ranks[best]
        return [Pair(*pair) for pair in found.tolist()], total

    def _stretches(self) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
        """All pairs, a stretch of lower ones at a time."""
        low, high = self.bounds
        size = max(1, AT_ONCE // max(1, len(low)))
        for first in range(0, len(low), size):
            self.of.matches.view.check_deadline()
            some = np.arange(first, min(first + size, len(low)))
            apart = high[some][:, None] < low[None, :]
            apart &= self.claims[some][:, None] != self.claims[None, :]
            apart &= self.changes[some][:, None] == self.changes[None, :]
            apart &= self._are_of_one_time(some)
            lower, higher = np.nonzero(apart)
            yield some[lower], higher

    def _are_of_one_time(self, some: NDArray[Any]) -> NDArray[np.bool_]:
        """Whether the periods of some figures lie to those of all as they are to."""
        first, last = self.days
        if self.periods == "any":
            return np.ones((len(some), len(first)), bool)
        if self.periods == "equal":
            same: NDArray[np.bool_] = (first[some][:, None] == first) & (last[some][:, None] == last)
            return same
        overlap: NDArray[np.bool_] = (first[some][:, None] <= last) & (first <= last[some][:, None])
        return overlap

    def _ranks(self, lower: NDArray[Any], higher: NDArray[Any]) -> NDArray[np.float64]:
        low, high = self.bounds
        first, last = self.days
        end, begin = high[lower], low[higher]
        share = (begin - end) / np.maximum(np.abs(begin), np.abs(end))  # of two different numbers: above 0, at most 2
        of_one_time = (first[lower] == first[higher]) & (last[lower] == last[higher]) & (first[lower] <= last[lower])
        ranks: NDArray[np.float64] = (1 - share / 2) + ~of_one_time + 2.0 * (self.kinds[lower] != self.kinds[higher])
        return ranks

    def _best(self, pairs: NDArray[Any], ranks: NDArray[np.float64], limit: int) -> NDArray[Any]:
        """The places of the first pairs, in order; of equal ranks those of the oldest claims."""
        some = np.arange(len(ranks))
        if len(ranks) > limit:
            some = some[ranks <= np.partition(ranks, limit - 1)[limit - 1]]
        lower, higher = pairs[some].T
        claims, places = self.claims, self.places
        keys = (places[higher], claims[higher], places[lower], claims[lower], ranks[some])
        return some[np.lexsort(keys)][:limit]

    def like(self, at: int) -> NDArray[Any]:
        """The places of the figures with the same interval, kind, change and period as one."""
        is_same = np.ones(len(self.numbers), bool)
        for column in (*self.bounds, *self.days, self.kinds, self.changes):
            is_same &= column == column[at]
        return np.flatnonzero(is_same)


@dataclass(frozen=True)
class Disagreements:
    """The pairs that are shown, and how many there are."""

    compared: Compared
    pairs: list[Pair]
    total: int

    def document(self) -> Row:
        """The answer, as DisagreementPage has it. Raises QueryTimeout."""
        of, compared = self.compared.of, self.compared
        relation = "eq" if len(of.parts[0]) == len(compared.numbers) else "gte"
        meta = {
            "metric": of.told_metric(),
            "unit": of.unit.text,
            "periods": compared.periods,
            "total": {"value": self.total, "relation": relation},
            "compared": len(compared.numbers),
            "left_out": of.told_left_out(),
            "revision": of.moment.revision,
        }
        return {"data": [self._shown(pair) for pair in self.pairs], "meta": meta}

    @cached_property
    def _like(self) -> dict[int, NDArray[Any]]:
        """Of each figure that is shown those with the same value, each claim once."""
        shown = {at for pair in self.pairs for at in pair}
        return {at: self._one_a_claim(self.compared.like(at)) for at in shown}

    def _one_a_claim(self, places: NDArray[Any]) -> NDArray[Any]:
        return places[np.sort(np.unique(self.compared.claims[places], return_index=True)[1])]

    @cached_property
    def _documents(self) -> dict[int, Doc]:
        """The documents of the claims that are shown or counted, by the places of their figures."""
        wanted = set(self._like) | {int(at) for some in self._like.values() for at in some[-MOST_COUNTED:]}
        places = sorted(wanted)
        versions = self.compared.of.versions(self.compared.numbers[places]).tolist() if places else []
        by_version = documents_by_version(self.compared.of.matches.asking.connection, versions)
        return {at: by_version[version] for at, version in zip(places, versions, strict=True)}

    def _shown(self, pair: Pair) -> Row:
        self.compared.of.matches.view.check_deadline()
        lower, higher = (self._stated(at) for at in pair)
        unit = self.compared.of.unit
        end, begin = numbers_in(lower.figure, unit)["high"], numbers_in(higher.figure, unit)["low"]
        return {
            "lower": self._side(pair.lower),
            "higher": self._side(pair.higher),
            "gap": Decimal(begin or 0) - Decimal(end or 0),
            "periods": periods_of(lower.figure["period"], higher.figure["period"]),
            "why": reasons(lower, higher),
        }

    def _stated(self, at: int) -> Stated:
        return Stated(self._documents[at], int(self.compared.places[at]))

    def _side(self, at: int) -> Row:
        claim = self._documents[at]
        same = self._like[at]
        counted = [self._documents[int(one)] for one in same[-MOST_COUNTED:]]
        citations = [citation for one in counted for citation in one["citations"]]
        documents = documents_of({one["source"]["id"]: one["source"] for one in citations}.values())
        row = figure_row(claim, int(self.compared.places[at]), self.compared.of.unit)
        row["citations"] = [
            {name: one[name] for name in ("source", "via", "verification")} for one in claim["citations"]
        ]
        row["support"] = {
            "claims": len(same),
            "documents": len(set(documents.values())),
            "independent": count_independent(citations, documents),
            "counted_claims": len(counted),
        }
        return row


def find_disagreements(of: MetricFigures, periods: AskedPeriods, limit: int) -> Disagreements:
    """The pairs of figures of a metric whose intervals do not meet, `limit` at most. Raises QueryTimeout."""
    compared = Compared(of, periods)
    return Disagreements(compared, *compared.pairs(limit))
