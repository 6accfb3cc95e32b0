"""A search → the figures that it finds, each a row of its own, in an order: a page of them, or all.

A figure is chosen by the conditions on figures that it meets itself, and by those that its claim meets. Its number
leads to the version of its claim, and so to its place in that document: no other documents are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from app.domain.quantities.units import Unit
from app.domain.query.registry import PARAMETERS
from app.domain.record.figure_rows import Row, figure_row
from app.store.database.stored_documents import read_documents
from app.store.history.moment import Moment
from app.store.index.bitmaps import Numbers
from app.store.index.fact_terms import asked_term
from app.store.index.families import CLAIM, FIGURE
from app.store.index.positions import position_of
from app.store.index.reader import View
from app.store.records.document import Doc, decode_lines, encode
from app.store.search.conditions import formula_of_figures, unit_sorted_by
from app.store.search.evaluation import Evaluation, places_of
from app.store.search.lookups import Asking
from app.store.search.matches import Search, matches_of, why_nothing
from app.store.search.notes import notes_on_dates, notes_on_words
from app.store.search.ranges import numbers_until
from app.store.search.results import Page, Place, Total

FigureSort = Literal["-said_on", "said_on", "-value", "value"]
FIGURE_SORTS: Final[tuple[FigureSort, ...]] = get_args(FigureSort)

AT_ONCE: Final = 1_000  # rows of a chunk of an export
POSITION_BITS: Final = 7  # of a figure's place among those of its claim, of which there are at most 100


@dataclass(frozen=True)
class FigureSearch:
    """A search for figures. search: its conditions, moment, limit and place. convert_to: the unit of numbers beside."""

    search: Search
    sort: FigureSort = "-said_on"
    convert_to: Unit | None = None


@dataclass(frozen=True)
class FigureMatches:
    """The figures that a search finds at a moment."""

    asked: FigureSearch
    asking: Asking

    @property
    def view(self) -> View:
        """The index at the moment."""
        return self.asking.view

    @cached_property
    def numbers(self) -> Numbers:
        """The numbers of all figures that are found, ascending. Raises BadRequest and QueryTimeout."""
        formula = formula_of_figures(self.asked.search.where, self.asking)
        return numbers_until(Evaluation(self.view).find(formula, FIGURE), self.view.last(FIGURE))

    @cached_property
    def versions(self) -> Numbers:
        """The versions of claims that these figures are of, in the order of the figures."""
        return self._owners[self.numbers]

    @property
    def _owners(self) -> NDArray[Any]:
        return self.view.column(FIGURE, "version")

    def places(self, numbers: Numbers) -> Numbers:
        """The places of figures among those of their claims, from 0 on."""
        return places_of(numbers, self._owners)

    def count_not_in(self, unit: Unit) -> int:
        """How many of the figures are of another dimension than a unit is."""
        return len(self.numbers) - int(self.is_of(unit).sum())

    def is_of(self, unit: Unit) -> NDArray[np.bool_]:
        """Which of the figures are of the dimension of a unit."""
        return self.which_have(asked_term(PARAMETERS["figure__unit"], unit))

    def which_have(self, term: bytes) -> NDArray[np.bool_]:
        """Which of the figures have a term."""
        last = self.view.last(FIGURE)
        has_it = np.zeros(last + 1, bool)
        has_it[numbers_until(self.view.postings(FIGURE, term), last)] = True
        return has_it[self.numbers]

    # The order

    def page(self) -> tuple[Numbers, Place | None]:
        """The figures of the page that is asked for, and where it ended, if there are more."""
        limit = self.asked.search.limit
        found = self.first(limit + 1, self.asked.search.after)
        return found[:limit], self._place(found[limit - 1]) if len(found) > limit else None

    def first(self, count: int, after: Place | None = None) -> Numbers:
        """The first figures in the order that is asked for, or the first after a place. Raises BadRequest."""
        keys = self._keys
        chosen = np.arange(len(self.numbers))
        if after is not None:
            chosen = chosen[_is_after(keys, self._keys_of(after))]
        found: Numbers = self.numbers[_first(keys, chosen, count)]
        return found

    @cached_property
    def _keys(self) -> list[NDArray[Any]]:
        """The sort keys of the figures, one after the other, the smallest first."""
        positions = self.view.positions()[self.versions]
        keys: list[NDArray[Any]] = [positions, self.numbers.astype(np.int64)]
        if self._by_value:
            keys = [-self._values, *keys]
        return [-key for key in keys] if self._is_mirrored else keys

    def _keys_of(self, place: Place) -> list[Any]:
        """The keys of the figure at a place."""
        position = position_of(place.day, place.number >> POSITION_BITS)
        same = self.numbers[self.view.positions()[self.versions] == position]
        until = same[self.places(same) <= place.number & (1 << POSITION_BITS) - 1]
        keys = [position, int(until[-1]) if len(until) else 0]
        if self._by_value:
            keys = [inf if place.key is None else -place.key, *keys]
        return [-key for key in keys] if self._is_mirrored else keys

    @property
    def _by_value(self) -> bool:
        return self.asked.sort in ("-value", "value")

    @property
    def _is_mirrored(self) -> bool:
        return self.asked.sort in ("said_on", "value")

    @cached_property
    def _values(self) -> NDArray[np.float64]:
        """The values that are sorted by; those of another dimension are below all. Raises BadRequest `unit-needed`."""
        unit = self.asked.convert_to or unit_sorted_by(self.asked.search.where, self.asking)
        return np.where(self.is_of(unit), self.view.column(FIGURE, "value")[self.numbers], -inf)

    def _place(self, number: Any) -> Place:
        """The place of a figure."""
        at = int(np.searchsorted(self.numbers, number))
        version = int(self.versions[at])
        claim, day = (int(self.view.column(CLAIM, name)[version]) for name in ("claim", "first_day"))
        value = float(self._values[at]) if self._by_value else None
        own = (claim << POSITION_BITS) + int(self.places(np.array([number]))[0])
        return Place(own, day, None if value == -inf else value)


def _is_after(keys: list[NDArray[Any]], place: list[Any]) -> NDArray[np.bool_]:
    """Which come after a place: keys are compared one after the other."""
    key, *rest = keys
    is_after: NDArray[np.bool_] = key > place[0]
    return is_after | ((key == place[0]) & _is_after(rest, place[1:])) if rest else is_after


def _first(keys: list[NDArray[Any]], chosen: NDArray[Any], count: int) -> NDArray[Any]:
    """The first `count` of some, in order: only what may be among them is sorted."""
    kept, lacking = [], count
    for key in keys:
        if len(chosen) <= lacking:
            break
        own = key[chosen]
        edge = np.partition(own, lacking - 1)[lacking - 1]
        kept.append(chosen[own < edge])
        chosen, lacking = chosen[own == edge], lacking - len(kept[-1])
    some = np.concatenate([*kept, chosen[:lacking]])
    return some[np.lexsort([key[some] for key in reversed(keys)])]


# Rows


def rows_of(matches: FigureMatches, numbers: Numbers) -> list[Row]:
    """The rows of some figures, in their order: the document of each claim is read once."""
    versions = matches.view.column(FIGURE, "version")[numbers].tolist()
    by_version = documents_by_version(matches.asking.connection, versions)
    unit = matches.asked.convert_to
    return [
        figure_row(by_version[version], place, unit)
        for version, place in zip(versions, matches.places(numbers).tolist(), strict=True)
    ]


def documents_by_version(connection: Connection, versions: list[int]) -> dict[int, Doc]:
    """The documents of some versions of claims, each read once."""
    wanted = list(dict.fromkeys(versions))
    return dict(zip(wanted, decode_lines(read_documents(connection, wanted, b"\n")), strict=True))


def matches_of_figures(connection: Connection, asked: FigureSearch, moment: Moment) -> FigureMatches:
    """The figures of a search at a moment."""
    return FigureMatches(asked, Asking(connection, moment))


def find_figures(connection: Connection, asked: FigureSearch) -> Page:
    """The page that a search asks for, as of its revision. Raises BadRequest and QueryTimeout."""
    search, moment = asked.search, asked.search.moment(connection)
    matches = matches_of_figures(connection, asked, moment)
    numbers, end = matches.page()
    counted = search.total or Total(len(matches.numbers), "eq")
    notes: tuple[str, ...] = ()
    if not search.after:
        meant = (*notes_on_words(search.where), *notes_on_dates(search.where))
        notes = (*meant, *(() if len(numbers) else _why_nothing(matches)))
    unit = asked.convert_to
    more: dict[str, object] = {"not_converted": matches.count_not_in(unit)} if unit else {}
    documents = b",\n".join(encode(row).encode() for row in rows_of(matches, numbers))
    return Page(documents, end, counted, moment.revision, moment.mark, notes, tag=moment.tag, more=more)


def _why_nothing(matches: FigureMatches) -> tuple[str, ...]:
    """Why no figure was found: as of claims, or that those that are found have none."""
    of_claims = matches_of(matches.asking.connection, matches.asked.search, matches.asking.moment)
    found = of_claims.total().value
    told = "1 claim matches, and has" if found == 1 else f"{found:,} claims match, and have"
    return (f"{told} no such figures",) if found else why_nothing(of_claims)


class FigureExport:
    """All figures that a search finds, as of `revision`, for as long as its connection stays in the transaction.

    most: how many at most. Raises BadRequest and QueryTimeout.
    """

    def __init__(self, connection: Connection, asked: FigureSearch, most: int | None = None) -> None:
        self.asked = asked
        self._matches = matches_of_figures(connection, asked, asked.search.moment(connection))
        moment = self._matches.asking.moment
        self.revision, self.mark, self.tag = moment.revision, moment.mark, moment.tag
        self._numbers = self._matches.first(most or max(1, len(self._matches.numbers)))

    def chunks(self) -> Iterator[list[Row]]:
        """The rows, some hundreds at a time."""
        for at in range(0, len(self._numbers), AT_ONCE):
            yield rows_of(self._matches, self._numbers[at : at + AT_ONCE])
