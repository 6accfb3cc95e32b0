"""How each dialect finds current claims, in the order of their positions. Measured: see docs/decisions/0004-plans.md.

SQLite streams its full-text table, which answers every formula in order. PostgreSQL reads an index ordered by position
where one filter decides; for more it counts the matches of its inverted index up to a cap: few are sorted; many are met
soon by a scan in order, and where they are not, all of them are sorted after all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    cast,
    column,
    false,
    func,
    literal_column,
    select,
    table,
    union,
    union_all,
)  # fmt: skip
from sqlalchemy.types import BigInteger

from app.domain.query.registry import MAX_VALUES
from app.store.database.statements import Sql, first_rows
from app.store.database.tables import Claim, IndexEntry
from app.store.records.index_terms import term
from app.store.search import results
from app.store.search.asking import Asking
from app.store.search.clauses import Clause, Expression, Ordered, Rows, Span, claim
from app.store.search.formula import (
    EVERYTHING,
    Formula,
    TsQuery,
    all_of,
    entry_test,
    is_exact,
    match_text,
    narrowed,
    terms,
    vector_query,
)

LONG = terms([term("said_on", "long")])
WHOLE = Span(0, (1 << 53) - 1, ())
NOWHERE = Span(1, 0, ())

NEAR, NEAR_EACH, NEAR_MOST = 6_000, 4, 100_000  # claims that it looks at in order: so many, and for each that is wanted

Inside = tuple[Any, Any] | None  # the first and last position that may come


@dataclass(frozen=True)
class Cut:
    """How a statement for positions is ordered and ended. order: gives it an order, and where that begins, where one is
    asked for. most: how many are wanted, all by default. descending: whether the order is; None without one. streams: a
    great many are wanted, the first of them soon.
    """

    order: Callable[[Select[Any]], Select[Any]] = lambda found: found
    most: Any = None
    descending: bool | None = None
    streams: bool = False

    def __call__(self, found: Select[Any]) -> Select[Any]:
        """The statement, cut."""
        ordered = self.order(found)
        return ordered if self.most is None else first_rows(ordered, self.most)


@dataclass(frozen=True)
class Part:
    """Some of the matches. The result of `positions` gives the statement, for a given order and end.

    few: True if known to be at most results.CAP. live: they are current and active, and so in the ordered indexes.
    """

    positions: Sql
    few: bool = False
    live: bool = True


def part_of(found: Sql, *, few: bool = False, live: bool = True) -> Part:
    """A statement for positions that is ordered and ended from outside alone."""
    return Part(Sql(_cut_outside, found), few, live)


def _cut_outside(found: Select[Any]) -> Callable[[Cut], Select[Any]]:
    return lambda cut: cut(found)


def live_parts(clauses: list[Clause], asking: Asking) -> tuple[list[Part], int | None]:
    """Disjoint parts with the positions of live claims that meet all clauses, and their number where that is known
    already (one above the cap: at least so many).
    """
    plan = _sqlite_part if asking.dialect == "sqlite" else _postgres_part
    planned = [plan(clauses, span, asking) for span in spans_of(clauses)]
    return [part for part, _ in planned], planned[0][1] if len(planned) == 1 else None


def spans_of(clauses: list[Clause]) -> list[Span]:
    """The stretches of positions in which all date clauses can hold: disjoint, at least one."""
    spans = [WHOLE]
    for clause in clauses:
        if clause.spans:
            spans = [both for one in spans for other in clause.spans if (both := _both(one, other))]
    return spans or [NOWHERE]


def _both(one: Span, other: Span) -> Span | None:
    low, high = max(one.low, other.low), min(one.high, other.high)
    return Span(low, high, (*one.rows, *other.rows), one.long or other.long) if low <= high else None


def _formula_of(clauses: list[Clause], span: Span) -> Formula:
    asked = all_of(clause.formula for clause in clauses if not clause.spans)
    return all_of([asked, LONG]) if span.long else asked


def _rest(clauses: list[Clause], span: Span, asking: Asking) -> tuple[Rows, ...]:
    """Tests beside index and positions: expressions over `claims`."""
    rows = [clause.rows for clause in clauses if clause.rows is not None and not clause.spans]
    if asking.dialect == "postgresql":
        inexact = [
            clause.formula for clause in clauses if not (clause.rows or clause.spans or is_exact(clause.formula))
        ]
        rows += [entry_test(formula, asking.dialect) for formula in inexact]
    moment = asking.moment
    return (*rows, *span.rows, *(() if moment.newest else (Sql(there_by, moment.revision),)))


def there_by(revision: Any) -> Expression:
    """A version was there at a revision already."""
    return and_(claim.since <= revision)


def _inside(span: Span) -> Inside:
    return None if (span.low, span.high) == (WHOLE.low, WHOLE.high) else (span.low, span.high)


def _between(pos: Any, inside: Inside) -> list[Expression]:
    return [] if inside is None else [pos.between(*inside)]


def in_order(inside: Inside, rest: tuple[Expression, ...]) -> Select[Any]:
    """The rows of `claims` in their order, and a test of each."""
    return select(claim.pos).where(claim.live, *_between(claim.pos, inside), *rest)


# SQLite


def _sqlite_part(clauses: list[Clause], span: Span, asking: Asking) -> tuple[Part, int | None]:
    formula, rest = _formula_of(clauses, span), _rest(clauses, span, asking)
    # The table looks for the next match beyond the last position as well, unless the date is part of what must match.
    formula = _dated(formula, clauses) if _is_asked(formula) else formula
    if formula == EVERYTHING:
        return part_of(Sql(in_order, _inside(span), rest)), None
    return part_of(Sql(matching, match_text(formula), _inside(span), rest)), None


def _dated(formula: Formula, clauses: list[Clause]) -> Formula:
    """The formula, and the terms of the dates that positions decide."""
    return all_of([formula, *(clause.formula for clause in clauses if clause.spans)])


def _is_asked(formula: Formula) -> bool:
    return formula not in (EVERYTHING, LONG)


def matching(match: Any, inside: Inside, rest: tuple[Expression, ...]) -> Select[Any]:
    """The positions that the full-text table gives, in order, and a test of each."""
    index = table("claim_fts", column("rowid", BigInteger))
    found = select(index.c.rowid.label("pos")).where(
        literal_column("claim_fts").op("MATCH")(match), *_between(index.c.rowid, inside)
    )
    if rest:
        found = found.select_from(index).join(Claim, claim.pos == index.c.rowid).where(*rest)
    return found


# PostgreSQL


def _postgres_part(clauses: list[Clause], span: Span, asking: Asking) -> tuple[Part, int | None]:
    formula, rest, inside = _formula_of(clauses, span), _rest(clauses, span, asking), _inside(span)
    asked = narrowed(formula)
    if asked == EVERYTHING:
        return part_of(Sql(in_order, inside, rest)), None
    if asked == LONG:
        return part_of(Sql(_long_in_order, inside, rest)), None
    if ordered := _ordered_of(clauses, span):
        return Part(Sql(_by_ordered_index, *ordered, inside, rest)), None
    query = vector_query(narrowed(_dated(formula, clauses)))
    (count,) = asking.moment.ask(asking.connection, Sql(_counted_matches, query, results.CAP + 1))
    known = count if not rest and inside is None else None
    few = count <= results.CAP
    if few and not span.long:
        return Part(Sql(_sorted, query, inside, rest), few=True), known
    # Few or not, the next of long dates are soon looked at, and often one is all that is wanted of them.
    near, test = (NEAR, NEAR_EACH, NEAR_MOST), entry_test(asked, asking.dialect)
    return Part(Sql(_near_or_sorted, query, test, inside, rest, near, span.long), few=few), known


def _ordered_of(clauses: list[Clause], span: Span) -> Ordered | None:
    """The ordered index that decides, where one filter alone asks the inverted one."""
    asked = [clause for clause in clauses if not clause.spans and clause.formula != EVERYTHING]
    ordered = asked[0].ordered if len(asked) == 1 and not span.long else None
    # A name may be that of thousands of unnamed speakers.
    return ordered if ordered and len(ordered[1]) <= MAX_VALUES else None


def _long_in_order(inside: Inside, rest: tuple[Expression, ...]) -> Select[Any]:
    """The few claims of long dates have an index of their own."""
    return in_order(inside, rest).where(claim.said_long)


def _by_ordered_index(
    own: Any, values: tuple[Any, ...], inside: Inside, rest: tuple[Expression, ...]
) -> Callable[[Cut], Select[Any]]:
    """One filter decides: its ordered index gives the positions of each value, each once and no more than needed."""
    pos = own.table.c.pos.label("pos")
    each = [select(pos).where(own.table.c.live, own == value, *_between(pos, inside)) for value in values]
    if own.table is not Claim.__table__:
        each = [found.distinct() for found in each]
        if rest:
            each = [found.join(Claim, claim.pos == own.table.c.pos) for found in each]
    each = [found.where(*rest) for found in each]
    if len(each) == 1:
        return _cut_outside(each[0])
    return lambda cut: cut(select(union(*(select(cut(found).subquery().c.pos) for found in each)).subquery().c.pos))


def _matches(query: Any) -> list[Expression]:
    entry: Any = IndexEntry
    return [entry.live, entry.words.op("@@", is_comparison=True)(cast(query, TsQuery()))]


def _counted_matches(query: Any, most: Any) -> Select[Any]:
    found = first_rows(select(IndexEntry.pos).where(*_matches(query)), most)
    return select(func.count()).select_from(found.subquery())


def _sorted(query: Any, inside: Inside, rest: tuple[Expression, ...]) -> Callable[[Cut], Select[Any]]:
    """All matches by the inverted index first, then the order, then the rest of the conditions, one by one."""
    return lambda cut: _cut_matches(cut, select(IndexEntry.pos).where(*_matches(query)), inside, rest)


def _cut_matches(cut: Cut, matches: Select[Any], inside: Inside, rest: tuple[Expression, ...]) -> Select[Any]:
    every = matches.cte().prefix_with("MATERIALIZED", dialect="postgresql")
    found = select(every.c.pos).where(*_between(every.c.pos, inside))
    if not rest:
        return cut(found)
    if cut.descending is None:
        return cut(found.join(Claim, claim.pos == every.c.pos).where(*rest))
    ordered = cut.order(found).offset(literal_column("0")).subquery()  # which is sorted before any is tested
    met = select(and_(*rest)).select_from(Claim).where(claim.pos == ordered.c.pos).scalar_subquery()
    return cut(select(ordered.c.pos).where(func.coalesce(met, false())))


def _near_or_sorted(
    query: Any, test: Expression, inside: Inside, rest: tuple[Expression, ...], near: tuple[Any, Any, Any], long: bool
) -> Callable[[Cut], Select[Any]]:
    """Many matches: those among the next claims in order, and where these are fewer than wanted, all of them sorted.

    Many are met soon, unless they are nearly all at the other end, as those of a year long ago.
    """

    def cut_both(cut: Cut) -> Select[Any]:
        tests = (test, *rest)
        if cut.streams:
            return cut(_long_in_order(inside, tests) if long else in_order(inside, tests))
        if cut.most is None or cut.descending is None:
            return _sorted(query, inside, rest)(cut)
        those = [claim.said_long] if long else []
        next_ones = cut(in_order(inside, tests).where(is_near(cut, inside, *near, *those), *those))
        found = next_ones.cte().prefix_with("MATERIALIZED")
        number = select(func.count()).select_from(found).scalar_subquery()
        matches = select(IndexEntry.pos).where(*_matches(query), number < cut.most)
        every = _cut_matches(cut, matches, inside, rest).subquery()
        both = union_all(select(found.c.pos).where(number >= cut.most), select(every.c.pos))
        return select(both.subquery().c.pos)

    return cut_both


def is_near(cut: Cut, inside: Inside, some: Any, each: Any, at_most: Any, *those: Any) -> ColumnElement[bool]:
    """Whether a claim is among the next in order: not beyond the last of them, found by the index alone.

    those: conditions of an index in the order of positions.
    """
    number = func.least(cast(cut.most, BigInteger) * cast(each, BigInteger) + some, at_most)
    next_ones = cut.order(select(claim.pos).where(claim.live, *_between(claim.pos, inside), *those))
    last: Any = next_ones.limit(literal_column("1")).offset(number).scalar_subquery()
    if cut.descending:
        return claim.pos >= func.coalesce(last, literal_column(str(WHOLE.low)))
    return claim.pos <= func.coalesce(last, literal_column(str(WHOLE.high)))
