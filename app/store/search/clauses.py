"""Clauses: what a filter means to the inverted index, and what is left to be checked on the rows it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func

from app.store.database.statements import Fixed, Sql
from app.store.database.tables import Claim
from app.store.records.index_terms import term
from app.store.search.formula import (
    EVERYTHING,
    Formula,
    all_hold,
    all_of,
    any_holds,
    any_of,
    entry_test,
    fails,
    none_of,
    terms,
)

Rows = Sql  # of which an expression over `claims` is made
Expression = ColumnElement[bool]
Ordered = tuple[Fixed, tuple[Any, ...]]  # a column whose index gives its claims in order, with values
claim = Claim.__table__.c


@dataclass(frozen=True)
class Span:
    """A stretch of positions in which a date clause holds where `rows` do; `long`: only dates of over 366 days."""

    low: int
    high: int
    rows: tuple[Rows, ...] = ()
    long: bool = False


@dataclass(frozen=True)
class Clause:
    """One condition, to be met together with others.

    formula: what the inverted index knows of it: all that meets the clause meets the formula. rows: its full meaning as
    an expression over `claims`, where the formula alone does not decide. ordered: see Ordered. spans: disjoint
    stretches of positions that hold all its claims; a plan may take them in place of formula and rows.
    """

    formula: Formula
    rows: Rows | None = None
    ordered: Ordered | None = None
    spans: tuple[Span, ...] = ()

    def test(self, dialect: str) -> Rows:
        """Its full meaning, as an expression over `claims`."""
        return self.rows or entry_test(self.formula, dialect)

    def test_of_rows(self, dialect: str) -> Rows:
        """The same, of narrow rows instead of a whole index entry where these tell: for claims that no index finds."""
        if self.rows is None and self.ordered is not None:
            return Sql(_has_value, *self.ordered)
        return self.test(dialect)


def _has_value(own: Any, values: tuple[Any, ...]) -> Expression:
    if own.table is Claim.__table__:
        return func.coalesce(own.in_(values), false())
    return exists().where(own.table.c.pos == claim.pos, own.in_(values)).correlate(Claim)


def both(parts: Iterable[Clause], dialect: str) -> Clause:
    """All of the clauses, as one."""
    return _joined(list(parts), all_of, all_hold, dialect)


def either(parts: Iterable[Clause], dialect: str) -> Clause:
    """Any of the clauses."""
    return _joined(list(parts), any_of, any_holds, dialect)


def _joined(parts: list[Clause], join: Callable[..., Formula], hold: Callable[..., Any], dialect: str) -> Clause:
    if len(parts) == 1:
        return parts[0]
    formula = join([part.formula for part in parts])
    if all(part.rows is None for part in parts):
        return Clause(formula)
    return Clause(formula, Sql(hold, tuple(part.test(dialect) for part in parts)))


def neither(part: Clause) -> Clause:
    """The negation of the clause."""
    return Clause(none_of(part.formula)) if part.rows is None else Clause(EVERYTHING, Sql(fails, part.rows))


# One element


@dataclass(frozen=True)
class Part:
    """A filter on one element: for the index, and as an expression over the element's table.

    decides: some element meets it if, and only if, the claim meets the formula.
    """

    formula: Formula
    rows: Rows
    decides: bool
    ordered: Ordered | None = None


def all_parts(parts: list[Part]) -> Part:
    """All of it, of the same element."""
    if len(parts) == 1:
        return parts[0]
    return Part(all_of(part.formula for part in parts), Sql(all_hold, tuple(part.rows for part in parts)), not parts)


def any_part(parts: list[Part]) -> Part:
    """Any of it."""
    if len(parts) == 1:
        return parts[0]
    rows = Sql(any_holds, tuple(part.rows for part in parts))
    return Part(any_of(part.formula for part in parts), rows, all(part.decides for part in parts))


def no_part(part: Part) -> Part:
    """An element that does not meet it: what others of the claim do says nothing of that."""
    return Part(EVERYTHING, Sql(fails, part.rows), False)


def element_clause(table: Any, part: Part, there: Formula) -> Clause:
    """A clause that some element meets the part. there: that the claim has an element at all."""
    if part.decides and part.formula != EVERYTHING:
        return Clause(part.formula, ordered=part.ordered)
    return Clause(all_of([part.formula, there]), Sql(some, Fixed(table), (part.rows,)))


def listed(field: str, column: Any, values: tuple[Any, ...], shown: Callable[[Any], object] = str) -> Part:
    """A part that a column has one of several values; `shown` gives a value as the index has it."""
    rows = Sql(any_value, Fixed(column), values)
    return Part(terms(term(field, shown(value)) for value in values), rows, True, (Fixed(column), values))


# Templates


def some(table: Any, parts: tuple[Expression, ...] = ()) -> Expression:
    """The claim has an element that meets all the parts."""
    # Of what stands around it, it is of the claim alone: a plan may read the same table.
    return exists().where(table.pos == claim.pos, *parts).correlate(Claim)


def any_value(column: Any, values: tuple[Any, ...]) -> Expression:
    """The column has one of the values."""
    found: Expression = column.in_(list(values)) if values else false()
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
