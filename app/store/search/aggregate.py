"""Aggregates: claims that a query finds, counted by groups, and the figures of these measured in one unit.

Groups of an element's field are of the elements that meet the query's conditions on that element (see bound_to), and
several fields of one element are those of the same one. A claim counts once in a group.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection

from app.domain.quantities.units import decimal_of
from app.domain.query.aggregation import COUNT, Aggregation
from app.domain.query.groupings import Grouping
from app.errors import BadRequest
from app.store.index.fact_terms import values_by_term
from app.store.index.families import BY_NAME, CLAIM, FIGURE
from app.store.index.terms import LISTS
from app.store.records.document import Doc
from app.store.search.amounts import Amounts, Measured, read_amounts
from app.store.search.axes import (
    Axis,
    Claims,
    Ints,
    Value,
    date_axis,
    element_axis,
    read_versions,
    speaker_axis,
    term_axis,
)
from app.store.search.conditions import elements_asked
from app.store.search.matches import Matches, Search, matches_of
from app.store.search.tallies import MOST, Listed, Tally, Tallying, joined_tallies

LISTED: Final = dict(LISTS)


@dataclass(frozen=True)
class GroupRow:
    """One group: its values by the names of groupings, an unknown one as None; how many claims it has; and of how many
    figures which measures. Numbers of figures are None where nothing is measured.
    """

    group: dict[str, Any]
    count: int
    figures: int | None
    measures: dict[str, Decimal | None]


@dataclass(frozen=True)
class Aggregate:
    """Groups that were asked for. total: claims that were found. groups_total: groups that meet `having`. other_count:
    the counts of all groups that are not among the rows. spanning: claims whose date lies in several groups; None where
    they are not grouped by it. unit, not_measured: of measures.
    """

    rows: list[GroupRow]
    total: int
    groups_total: int
    other_count: int
    spanning: int | None
    unit: str | None
    not_measured: dict[str, int] | None
    revision: int
    tag: str
    notes: tuple[str, ...]


def find_groups(connection: Connection, search: Search, asked: Aggregation) -> Aggregate:
    """The groups of the claims that a search finds, as of its revision. Raises BadRequest and QueryTimeout."""
    moment = search.moment(connection)
    matches = matches_of(connection, search, moment)
    groups = Groups(matches, asked)
    chosen, groups_total = groups.chosen()
    return Aggregate(
        rows=groups.rows(chosen),
        total=len(matches.all),
        groups_total=groups_total,
        other_count=groups.other_count(chosen),
        spanning=groups.tallying.spanning,
        unit=groups.amounts.unit.text if groups.amounts else None,
        not_measured=groups.amounts.not_measured if groups.amounts else None,
        revision=moment.revision,
        tag=moment.tag,
        notes=matches.notes(len(matches.all)),
    )


class Groups:
    """The groups of the claims that match a search."""

    def __init__(self, matches: Matches, asked: Aggregation) -> None:
        self.asked = asked
        self._asking = matches.asking
        self._where = matches.search.where
        self._view = matches.view
        self.claims = Claims(self._view, matches.all)

    @cached_property
    def amounts(self) -> Amounts | None:
        """The amounts of figures, where any are measured."""
        return read_amounts(self.claims, self._where, self._asking) if self.asked.measures else None

    @cached_property
    def tallying(self) -> Tallying:
        """All that is to be counted. Raises BadRequest where there are more groups than can be told apart."""
        axes: dict[int, Axis] = {}
        lists: list[Listed] = []
        by_element: dict[str, list[int]] = {}
        for n, grouping in enumerate(self.asked.groupings):
            self._view.check_deadline()
            if grouping.field.element != CLAIM.name:
                by_element.setdefault(grouping.field.element, []).append(n)
            elif grouping.step:
                axes[n] = date_axis(self.claims, grouping.step)
            elif grouping.name == "speaker":
                axes[n] = speaker_axis(self.claims)
            else:
                positions, axis = term_axis(self.claims, grouping)
                if len(positions) == len(self.claims):
                    axes[n] = axis
                else:
                    lists.append(Listed(len(self.claims), positions, {n: axis}, is_set=True))
        lists += [self._listed(element, places) for element, places in by_element.items()]
        measured = None
        if self.amounts and FIGURE.name not in by_element:
            figures = np.arange(len(self.amounts.figures))
            measured = Listed(len(self.claims), self.amounts.positions, figures=figures)
        found = Tallying(len(self.claims), axes, lists, measured)
        if found.size > MOST:
            raise BadRequest.of("group_by", "too-many-groups", "so many groups cannot be told apart; ask for fewer")
        return found

    def _listed(self, element: str, places: list[int]) -> Listed:
        """A list with the values of its groupings, by their places."""
        family = BY_NAME[element]
        elements = self.claims.elements(family, elements_asked(self._where, element, self._asking))
        axes = {n: element_axis(self.claims, elements, self.asked.groupings[n]) for n in places}
        figures: Ints | None = None
        if family is FIGURE and self.amounts:
            measured = self.amounts.figures
            at = np.minimum(np.searchsorted(measured, elements.numbers), max(len(measured) - 1, 0))
            figures = np.where(measured[at] == elements.numbers, at, -1) if len(measured) else np.full(len(at), -1)
        return Listed(len(self.claims), elements.positions, axes, figures)

    @cached_property
    def tally(self) -> Tally:
        """All groups in their order, and their counts."""
        parts = []
        for part in self.tallying.parts():
            self._view.check_deadline()
            parts.append(part)
        return joined_tallies(parts)

    @cached_property
    def measured(self) -> Measured | None:
        """The measures of all groups."""
        return Measured.of(self.amounts, self.tally.combinations, self.tally.figures) if self.amounts else None

    # Which of them

    def chosen(self) -> tuple[Ints, int]:
        """The places of the groups that are told, in order; and how many meet the conditions on groups."""
        places: Ints = np.arange(len(self.tally.counts))
        for one in self.asked.having:
            found = self._measures(places, one.measure)
            places = places[[one.holds(value) for value in found]] if len(places) else places
        limit, name = self.asked.limit, self.asked.sort.lstrip("-")
        is_descending = self.asked.sort.startswith("-")
        if name == "group":
            return (places[::-1] if is_descending else places)[:limit], len(places)
        if name == COUNT:
            keys = self.tally.counts[places]
            return places[_first(-keys if is_descending else keys, limit)], len(places)
        values = dict(zip(places.tolist(), self._measures(places, name), strict=True))
        known = [place for place, value in values.items() if value is not None]
        ordered = sorted(known, key=lambda place: -values[place] if is_descending else values[place])
        unknown = [place for place, value in values.items() if value is None]
        return np.array([*ordered, *unknown][:limit], np.int64), len(places)

    def other_count(self, chosen: Ints) -> int:
        """The counts of all groups but those that are told."""
        return int(self.tally.counts.sum() - self.tally.counts[chosen].sum())

    def _measures(self, places: Ints, name: str) -> list[Any]:
        """The counts of groups, or one of their measures, exactly."""
        if name == COUNT or self.measured is None:
            return self.tally.counts[places].tolist()  # type: ignore[no-any-return]
        found = []
        for n, place in enumerate(places.tolist()):
            if n % 1_000 == 0:
                self._view.check_deadline()
            found.append(self.measured.measure(place, name))
        return found

    # Their values

    def rows(self, chosen: Ints) -> list[GroupRow]:
        """Groups with what they show."""
        versions = self.claims.numbers[self.tally.firsts[chosen]].tolist()
        docs = read_versions(self._view, versions) if versions else []
        return [self._row(place, doc) for place, doc in zip(chosen.tolist(), docs, strict=True)]

    def _row(self, place: int, doc: Doc) -> GroupRow:
        codes = self.tallying.codes_of(int(self.tally.combinations[place]))
        each = zip(self.asked.groupings, self.tallying.every_axis, codes, strict=True)
        group = {grouping.name: _shown(grouping, axis.value(code), doc) for grouping, axis, code in each}
        count, measured = int(self.tally.counts[place]), self.measured
        if measured is None:
            return GroupRow(group, count, None, {})
        amounts = {name: measured.measure(place, name) for name in self.asked.measures}
        measures = {name: None if amount is None else decimal_of(amount) for name, amount in amounts.items()}
        return GroupRow(group, count, measured.count(place), measures)


def _first(keys: Ints, limit: int) -> Ints:
    """The places of the smallest keys, in order; of equal ones those that come first."""
    if len(keys) > limit:
        edge = np.partition(keys, limit - 1)[limit - 1]
        better, equal = np.flatnonzero(keys < edge), np.flatnonzero(keys == edge)
        places = np.concatenate([better, equal[: limit - len(better)]])
        return places[np.argsort(keys[places], kind="stable")]
    return np.argsort(keys, kind="stable")


def _shown(grouping: Grouping, value: Value, doc: Doc) -> Any:
    """A value as it is shown, by the document of a claim of the group: as that spells it, or its record."""
    if value is None or isinstance(value, str):
        return value
    element, name = grouping.field.element, grouping.fact.name
    for one in [doc] if element == CLAIM.name else doc[LISTED[element]]:
        by_term = values_by_term(element, name, one)
        if value in by_term:
            return _record(grouping, one) if grouping.shown else by_term[value]
    raise LookupError(f"{doc['id']} has no {name} {value!r}")


def _record(grouping: Grouping, one: Doc) -> Doc:
    """The record that a claim or an element names, by the fields that are shown."""
    record = one[grouping.name.rpartition(".")[2]]
    return {name: record[name] for name in grouping.shown}
