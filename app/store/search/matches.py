"""A search → the versions that it finds, as far as they need to be known, their order, and a page of documents.

Phrases of several words are checked on texts. Where they may be in many versions, a page by date is filled from the
newest on, and the total is reported as a lower bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Final

from pyroaring import BitMap
from sqlalchemy import Connection

from app.domain.query.registry import Sort
from app.domain.query.tree import Where
from app.errors import BadRequest
from app.store.database.stored_documents import read_documents
from app.store.history.moment import Moment, moment_of
from app.store.index.families import CLAIM, FIGURE
from app.store.index.reader import View
from app.store.records.document import decode
from app.store.search.conditions import figures_sorted_by, formula_of
from app.store.search.evaluation import Evaluation, evaluate
from app.store.search.formula import Formula, OfElement
from app.store.search.lookups import Asking, languages_by_version
from app.store.search.notes import note_behind, notes_of, notes_on_dates, notes_on_words
from app.store.search.order import Group, NoSuchPlace, Order, by_figure, place_of
from app.store.search.phrases import Reading, has_phrase
from app.store.search.relevance import nearness, tier_formulas, tiers
from app.store.search.results import Page, Place, Total

MANY: Final = 20_000  # versions that may have a phrase above which not all are checked for a page
STRETCH: Final = 200  # of these that are looked at first to fill a page, then twice as many
LONGEST_STRETCH: Final = 5_000


@dataclass(frozen=True)
class Search:
    """A search. as_of: a revision, or a moment. after: where the page before it ended; revision, mark, total: of the
    first page. count: whether to count. with_languages: whether to tell by which languages words are searched.
    """

    where: Where
    sort: Sort = "-said_on"
    limit: int = 50
    after: Place | None = None
    as_of: int | datetime | None = None
    revision: int | None = None
    mark: str | None = None
    total: Total | None = None
    count: bool = True
    with_languages: bool = False

    def moment(self, connection: Connection) -> Moment:
        """The moment that it is asked of. Raises BadRequest as moment_of does."""
        return moment_of(connection, self.revision, self.mark, self.as_of)


@dataclass(frozen=True)
class Matches:
    """The versions that match the conditions of a search at a moment.

    See matches_of, which makes it.
    """

    search: Search
    asking: Asking
    formula: Formula

    @property
    def view(self) -> View:
        """The index at the moment."""
        return self.asking.view

    @cached_property
    def all(self) -> BitMap:
        """All matches, phrases checked. Raises QueryTimeout."""
        return evaluate(self.formula, self.view)

    def order(self) -> Order:
        """The order of all matches. Raises BadRequest where it needs what is not asked for."""
        view, keys = self.view, None
        match self.search.sort.lstrip("-"):
            case "relevance":
                return Order(view, tiers(view, self.all, nearness(self.search.where, self.asking)))
            case "figure__value":
                asked = figures_sorted_by(self.search.where, self.asking)
                evaluation = Evaluation(view)
                have = evaluation.find(OfElement(FIGURE.name, asked), within=self.all)
                versions, figures = evaluation.elements(FIGURE, asked, self.all)
                return by_figure(
                    view, self.all, have, versions, view.column(FIGURE, "value")[figures], self._is_mirrored
                )
            case "recorded_at" | "updated_at" as column:
                keys = view.column(CLAIM, column)[: view.last(CLAIM) + 1]
        return Order(view, [Group(self.all, keys=keys)], self._is_mirrored)

    @property
    def _is_mirrored(self) -> bool:
        return self.search.sort in ("said_on", "recorded_at", "updated_at", "figure__value")

    def page(self) -> tuple[list[int], Place | None, Total]:
        """The numbers of the versions on the page, where it ended if there are more, and how many matches there are.

        Raises BadRequest as `order` does, and for a cursor whose place is in no part of the order; QueryTimeout.
        """
        search = self.search
        try:
            if self._surely is not None:
                return self._filled(len(self._surely))
            numbers, end = self.order().page(search.limit, search.after)
        except NoSuchPlace:
            told = "its place is none of this order; start again without it"
            raise BadRequest.of("cursor", "bad-cursor", told) from None
        return numbers, end, Total(len(self.all), "eq")

    def total(self) -> Total:
        """How many matches there are; at least, where phrases would have to be checked in many versions."""
        return Total(len(self.all), "eq") if self._surely is None else self.page()[2]

    def notes(self, found: int) -> tuple[str, ...]:
        """Notes on what was perhaps meant otherwise, and on why nothing was found, if that is so."""
        meant = (*notes_on_words(self.search.where), *notes_on_dates(self.search.where))
        return (*meant, *(() if found else why_nothing(self)))

    # Many versions that may have a phrase

    @cached_property
    def _surely(self) -> BitMap | None:
        """Versions that surely match, where phrases would have to be checked in many other versions and need not be."""
        if not has_phrase(self.formula) or self.search.sort not in ("-said_on", "said_on", "relevance"):
            return None
        possible = self._possible(self.formula)
        sure = possible & Evaluation(self.view, Reading.SURE).find(self.formula, within=possible)
        return sure if len(possible) - len(sure) > MANY else None

    def _possible(self, formula: Formula) -> BitMap:
        return Evaluation(self.view, Reading.POSSIBLE).find(formula) & self.view.visible(CLAIM)

    def _filled(self, least: int) -> tuple[list[int], Place | None, Total]:
        """A page of the first versions that are found to have the phrases. least: matches that are known."""
        search = self.search
        page = list(islice(self._checked(search.after), search.limit + 1))
        if len(page) > search.limit:
            key, number = page[search.limit - 1]
            end, total = place_of(self.view, number, key), Total(max(len(page), least), "gte")
        else:
            end, total = None, Total(len(page), "gte" if search.after else "eq")
        return [number for _, number in page[: search.limit]], end, total

    def _checked(self, after: Place | None) -> Iterator[tuple[int | None, int]]:
        """Keys and numbers of versions that are found to match, in order, from a place on."""
        formulas: dict[int | None, Formula] = {None: self.formula}
        if self.search.sort == "relevance":
            formulas = dict(enumerate(tier_formulas(self.formula, nearness(self.search.where, self.asking))))
        if after is not None and after.key not in formulas:
            raise NoSuchPlace
        for key, formula in formulas.items():
            if after is not None and after.key != key:
                continue
            group = Group(self._possible(formula), key)
            order = Order(self.view, [group], self._is_mirrored)
            size = STRETCH
            while True:
                numbers, after = order.page(size, after)
                found = Evaluation(self.view).find(formula, within=BitMap(numbers))
                yield from ((key, number) for number in numbers if number in found)
                if after is None:
                    break
                size = min(2 * size, LONGEST_STRETCH)


def matches_of(connection: Connection, search: Search, moment: Moment) -> Matches:
    """The matches of a search at a moment. Raises BadRequest for values without a unit, or in one that does not fit."""
    asking = Asking(connection, moment)
    return Matches(search, asking, formula_of(search.where, asking))


def find_claims(connection: Connection, search: Search) -> Page:
    """The page that a search asks for, as of its revision. Raises BadRequest and QueryTimeout."""
    moment = search.moment(connection)
    matches = matches_of(connection, search, moment)
    numbers, end, total = matches.page()
    counted = (search.total or total) if search.count else None
    notes = () if search.after else matches.notes(len(numbers))
    documents = read_documents(connection, numbers)
    languages: tuple[str | None, ...] = ()
    if search.with_languages and numbers:
        versions = zip(numbers, map(decode, documents.split(b",\n")), strict=True)
        languages = tuple(languages_by_version(matches.asking, dict(versions)))
    return Page(documents, end, counted, moment.revision, moment.mark, notes, languages, moment.tag)


def why_nothing(matches: Matches) -> tuple[str, ...]:
    """Why nothing was found, as notes."""
    search, asking = matches.search, matches.asking
    if behind := note_behind(asking.connection):
        return (behind,)

    def count(where: Where) -> Total:
        return Matches(Search(where), asking, formula_of(where, asking)).total()

    return notes_of(search.where, asking, count, as_of=search.as_of is not None)
