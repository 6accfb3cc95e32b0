"""Clauses: what a filter means, as an expression over `claims`, and in the inverted index.

Every clause has its full meaning as an expression (`rows`). Most have index terms as well, which narrow the search, or
decide it alone (`exact`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false

from app.domain.search_text import Phrase, Word
from app.store.index import term
from app.store.models import Claim
from app.store.statements import Fixed, Sql

Rows = Sql  # of which an expression over `claims` is made
Expression = ColumnElement[bool]
claim = Claim.__table__.c


@dataclass(frozen=True)
class Words:
    """What must be found in the words of a claim: each a word, a phrase, or (in prefixes) the beginning of a word."""

    found: tuple[Word | Phrase, ...] = ()
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Span:
    """A stretch of positions in which a date clause holds where `rows` do; `long`: only dates of over 366 days."""

    low: int
    high: int
    rows: tuple[Rows, ...] = ()
    long: bool = False


@dataclass(frozen=True)
class Clause:
    """One filter, to be met together with the others.

    terms: each a choice of index terms of which the claim has one. exact: terms and words decide it without `rows`.
    ordered: the column whose index gives its claims in order, with the values.
    spans: disjoint stretches of positions that hold all its claims; they take the place of `rows`.
    """

    rows: Rows
    terms: tuple[tuple[int, ...], ...] = ()
    words: Words = Words()
    exact: bool = False
    ordered: tuple[Fixed, tuple[Any, ...]] | None = None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Part:
    """One condition on an element: its expression, and the terms that it implies, if any."""

    rows: Rows
    terms: tuple[int, ...] | None = None
    ordered: tuple[Fixed, tuple[Any, ...]] | None = None
    words: Words = Words()


def element_clause(table: Any, parts: list[Part]) -> Clause:
    """A clause that one element meets all the parts; a single part with terms is decided by them."""
    rows = Sql(some, Fixed(table), tuple(part.rows for part in parts))
    terms = tuple(part.terms for part in parts if part.terms is not None)
    words = Words((), tuple(prefix for part in parts for prefix in part.words.prefixes))
    if len(parts) == 1 and parts[0].terms is not None:
        return Clause(rows, terms, exact=True, ordered=parts[0].ordered)
    return Clause(rows, terms, words)


def listed(field: str, column: Any, values: tuple[Any, ...], shown: Callable[[Any], object] = str) -> Part:
    """A part that a column has one of several values; `shown` gives a value as the index has it."""
    terms = tuple(term(field, shown(value)) for value in values)
    return Part(Sql(any_of, Fixed(column), values), terms, (Fixed(column), values))


# Templates


def some(table: Any, parts: tuple[Expression, ...] = ()) -> Expression:
    """The claim has an element that meets all the parts."""
    # Of what stands around it, it is of the claim alone: a plan may read the same table.
    return exists().where(table.pos == claim.pos, *parts).correlate(Claim)


def any_of(column: Any, values: tuple[Any, ...]) -> Expression:
    """The column has one of the values."""
    found: Expression = column.in_(list(values))
    return found


def meets(low: Any, high: Any, first: Any, last: Any) -> Expression:
    """The interval of two columns has something in common with first … last."""
    return and_(low <= last, high >= first)


def lies_within(low: Any, high: Any, first: Any, last: Any) -> Expression:
    """The interval of two columns has nothing outside first … last."""
    return and_(low >= first, high <= last)


def nothing() -> Expression:
    """No claim at all."""
    return false()
