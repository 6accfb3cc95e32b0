"""The index as a plain model: lists and sets in Python, with which the real one is compared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Connection

from app.store.database.engine import Database
from app.store.database.memory import MEMORY
from app.store.database.stored_tokens import find_tokens
from app.store.index.calendar import MONTH
from app.store.index.facts import ClaimFacts, ElementFacts, SpeakerFacts, Value, bucket_term, pair_term
from app.store.index.families import CLAIM, ELEMENTS, FAMILIES, SPEAKER, Family
from app.store.index.reader import View
from app.store.index.storing import Sizes
from app.store.index.word_terms import TEXT_END
from app.store.index.writing import IndexWriter

SMALL = Sizes(recent=2, recents=4, versions=5, entries=40, fan=2, large_fan=3)

WORDS = [b"a", b"ab", b"abc", b"b", b"ba", "ä".encode(), b"=x\x1f", b"=x\x1f1"]
LISTED = [b"a", b"ba", b"=x\x1f"]  # beginnings of several, of one, and of one that is itself a word
PAIRS = [7, 8, 7 + (1 << 16), 8 + (5 << 20)]  # two share a bucket
terms = st.lists(st.sampled_from(WORDS), unique=True, max_size=4)
days = st.one_of(st.just(0), st.integers(730_000, 730_100), st.integers(1, 3_652_059))
numbers = st.integers(0, 2**31 - 1)


@st.composite
def elements(draw: st.DrawFn, family: Family) -> list[ElementFacts]:
    """Some elements of one claim."""
    values = st.lists(numbers, min_size=len(family.columns) - 1, max_size=len(family.columns) - 1)
    return draw(st.lists(st.builds(ElementFacts, terms, values), max_size=2))


@st.composite
def claims(draw: st.DrawFn) -> ClaimFacts:
    """Facts of one version of a claim."""
    values: list[Value] = [draw(days), draw(days), *draw(st.lists(numbers, min_size=4, max_size=4))]
    inside = [draw(elements(family)) for family in ELEMENTS]
    pairs = draw(st.lists(st.sampled_from(PAIRS), unique=True, max_size=3))
    texts = draw(st.lists(st.text("ab ", max_size=5), min_size=3, max_size=3))
    return ClaimFacts(draw(terms), values, pairs, inside, TEXT_END.join(texts))


speakers = st.builds(SpeakerFacts, terms, numbers)


@dataclass
class Numbered:
    """One number of a family."""

    since: int
    terms: list[bytes]
    values: list[Any]
    pairs: list[int] = field(default_factory=list)
    tokens: str = ""
    until: int | None = None


class Model:
    """Everything that was written, by family and number."""

    def __init__(self) -> None:
        self.revision = 0
        self.given: dict[Family, list[Numbered]] = {family: [] for family in FAMILIES}

    def copy(self) -> Model:
        """Another that goes on by itself."""
        other = Model()
        other.revision, other.given = self.revision, {family: deepcopy(given) for family, given in self.given.items()}
        return other

    def add(self, facts: ClaimFacts) -> int:
        """As IndexWriter.add, for the revision that is being written."""
        self.given[CLAIM].append(Numbered(self.revision, facts.terms, facts.values, facts.pairs, facts.tokens))
        number = len(self.given[CLAIM])
        for family, inside in zip(ELEMENTS, facts.elements, strict=True):
            self.given[family] += [Numbered(self.revision, one.terms, [number, *one.values]) for one in inside]
        return number

    def add_speaker(self, facts: SpeakerFacts) -> int:
        """As IndexWriter.add_speaker."""
        self.given[SPEAKER].append(Numbered(self.revision, facts.terms, [facts.speaker]))
        return len(self.given[SPEAKER])

    def until(self, family: Family, revision: int) -> dict[int, Numbered]:
        """The numbers that were given until a revision."""
        return {number: one for number, one in zip(count(1), self.given[family]) if one.since <= revision}

    def current(self, family: Family, revision: int) -> set[int]:
        """The versions that are current at a revision."""
        until = self.until(family, revision).items()
        return {number for number, one in until if one.until is None or one.until > revision}


def write(
    connection: Connection, model: Model, added: list[ClaimFacts | SpeakerFacts], closed: list[tuple[Family, int]]
) -> None:
    """Write a revision into the index and the model. closed: numbers, of which those that exist are closed."""
    model.revision += 1
    writer = IndexWriter(connection, model.revision, SMALL)
    for facts in added:
        if isinstance(facts, ClaimFacts):
            assert writer.add(facts) == model.add(facts)
        else:
            assert writer.add_speaker(facts) == model.add_speaker(facts)
    for family, number in closed:
        given = model.given[family]
        if number <= len(given) and given[number - 1].until is None:
            given[number - 1].until = model.revision
            writer.close(family, [number])
    for family in FAMILIES:
        for term in WORDS:
            own = [n for n, one in zip(count(1), model.given[family]) if one.since == model.revision]
            assert list(writer.postings(family, [term])) == [n for n in own if term in model.given[family][n - 1].terms]
    writer.store()


def compare(view: View, model: Model) -> None:
    """Compare all that a view gives with the model."""
    for family in FAMILIES:
        _compare_family(view, model.until(family, view.revision), family)
    for family in (CLAIM, SPEAKER):
        assert set(view.visible(family)) == model.current(family, view.revision)
    given = model.until(CLAIM, view.revision)
    for place in range(3):
        texts: dict[int, str] = dict(find_tokens(view.connection, list(given), place, "no such words", ""))
        assert texts == {number: one.tokens.split(TEXT_END)[place] for number, one in given.items()}
    _compare_pairs(view, given)
    _compare_calendar(view, given)


def _compare_family(view: View, given: dict[int, Numbered], family: Family) -> None:
    last = view.last(family)
    assert last == len(given)
    having: dict[bytes, set[int]] = {term: set() for term in WORDS}
    for number, one in given.items():
        for term in one.terms:
            having[term].add(number)
    for term, numbers in having.items():
        assert {n for n in view.postings(family, term) if n <= last} == numbers
        begins = set().union(*(numbers for own, numbers in having.items() if own.startswith(term)))
        assert {n for n in view.beginning(family, term) if n <= last} == begins
    for term in LISTED:
        told = view.terms_beginning(family, term, 100)
        assert told == sorted(told)
        assert {own for own, numbers in having.items() if numbers and own.startswith(term)} <= set(told)
        assert view.terms_beginning(family, term, 2) == told[:2]
    for place, name in enumerate(family.columns):
        column = view.column(family, name)
        assert column.dtype == family.columns[name]
        assert column[1 : last + 1].tolist() == [one.values[place] for one in given.values()]


def _compare_pairs(view: View, given: dict[int, Numbered]) -> None:
    for pair in PAIRS:
        having = {number for number, one in given.items() if pair in one.pairs}
        sure = {number for number in view.postings(CLAIM, pair_term(pair)) if number in given}
        assert sure <= having
        assert having - sure <= set(view.postings(CLAIM, bucket_term(pair)))


def _compare_calendar(view: View, given: dict[int, Numbered]) -> None:
    years = view.calendar()
    assert [year.year for year in years] == sorted({year.year for year in years}, reverse=True)
    for year in years:
        assert [month for month, _ in year.months] == sorted({month for month, _ in year.months}, reverse=True)
        assert set(year.bitmap) == {number for _, bitmap in year.months for number in bitmap}
    found = {
        number: (year.year, month)
        for year in years
        for month, bitmap in year.months
        for number in bitmap
        if number in given
    }
    months = {number: one.values[0] // MONTH for number, one in given.items()}
    assert found == {number: (month // 12, month) for number, month in months.items()}


@contextmanager
def writing(database: Database) -> Iterator[Connection]:
    """A transaction that writes, past the database's lock and without its checkpoint, which waits for readers."""
    options = {"sqlite_writes": True, MEMORY: None}
    with database.engine.connect().execution_options(**options) as connection:
        connection.begin()
        yield connection
        connection.commit()
