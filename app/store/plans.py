"""How each dialect finds current claims, in the order of their positions. Measured: see docs/decisions/0004-plans.md.

SQLite streams its full-text table, which answers every term and word in order. PostgreSQL reads an index ordered by
position where one filter decides; for more it counts the matches of its inverted indexes up to a cap: few are sorted,
many are met soon enough by a scan in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, cast, column, func, literal_column, or_, select, table, text, union
from sqlalchemy.types import BigInteger, UserDefinedType

from app.domain.fields import MAX_VALUES
from app.domain.search_text import Phrase, Word
from app.store import pages
from app.store.clauses import Clause, Expression, Rows, Span, Words, claim
from app.store.index import spaced, term, term_token
from app.store.models import Claim, IndexEntry
from app.store.revisions import Moment
from app.store.statements import Array, Sql, first_rows

LONG = term("said_on", "long")
EVERYTHING = Span(0, (1 << 53) - 1, ())
NOTHING = Span(1, 0, ())

Cut = Callable[[Select[Any]], Select[Any]]
Inside = tuple[Any, Any] | None  # the first and last position that may come


@dataclass(frozen=True)
class Part:
    """Some of what is found. What `positions` makes gives the statement, told how to order and end it."""

    positions: Sql


def part_of(found: Sql) -> Part:
    """A statement for positions that is ordered and ended from outside alone."""
    return Part(Sql(_cut_outside, found))


def _cut_outside(found: Select[Any]) -> Callable[[Cut], Select[Any]]:
    return lambda cut: cut(found)


def live_parts(connection: Connection, clauses: list[Clause], moment: Moment) -> tuple[list[Part], int | None]:
    """What gives the positions of live claims that meet all clauses, disjoint, and their number where that is known
    already (one above the cap: at least so many).
    """
    plan = _sqlite_part if connection.dialect.name == "sqlite" else _postgres_part
    planned = [plan(connection, clauses, span, moment) for span in spans_of(clauses)]
    return [part for part, _ in planned], planned[0][1] if len(planned) == 1 else None


def spans_of(clauses: list[Clause]) -> list[Span]:
    """The stretches of positions in which all date clauses can hold: disjoint, at least one."""
    spans = [EVERYTHING]
    for clause in clauses:
        if clause.spans:
            spans = [both for one in spans for other in clause.spans if (both := _both(one, other))]
    return spans or [NOTHING]


def _both(one: Span, other: Span) -> Span | None:
    low, high = max(one.low, other.low), min(one.high, other.high)
    return Span(low, high, (*one.rows, *other.rows), one.long or other.long) if low <= high else None


def _terms_of(clauses: list[Clause], span: Span) -> list[tuple[int, ...]]:
    terms = [choice for clause in clauses for choice in clause.terms]
    return [*terms, (LONG,)] if span.long else terms


def _words_of(clauses: list[Clause]) -> Words:
    return Words(
        tuple(what for clause in clauses for what in clause.words.found),
        tuple(prefix for clause in clauses for prefix in clause.words.prefixes),
    )


def _rest(clauses: list[Clause], span: Span, moment: Moment) -> tuple[Rows, ...]:
    """What terms, words and positions leave open: expressions over `claims`."""
    rows = [clause.rows for clause in clauses if not clause.exact and not clause.spans]
    return (*rows, *span.rows, *(() if moment.newest else (Sql(_there_by, moment.revision),)))


def _there_by(revision: Any) -> Expression:
    return and_(claim.since <= revision)


def _inside(span: Span) -> Inside:
    return None if (span.low, span.high) == (EVERYTHING.low, EVERYTHING.high) else (span.low, span.high)


def _between(pos: Any, inside: Inside) -> list[Expression]:
    return [] if inside is None else [pos.between(*inside)]


def _in_order(inside: Inside, rest: tuple[Expression, ...]) -> Select[Any]:
    """The rows of `claims` in their order, and a test of each."""
    return select(claim.pos).where(claim.live, *_between(claim.pos, inside), *rest)


# SQLite


def _sqlite_part(_connection: Connection, clauses: list[Clause], span: Span, moment: Moment) -> tuple[Part, int | None]:
    match = match_expression(_terms_of(clauses, span), _words_of(clauses))
    rest = _rest(clauses, span, moment)
    if not match:
        return part_of(Sql(_in_order, _inside(span), rest)), None
    return part_of(Sql(_matching, match, _inside(span), rest)), None


def _matching(match: Any, inside: Inside, rest: tuple[Expression, ...]) -> Select[Any]:
    index = table("claim_fts", column("rowid", BigInteger))
    found = select(index.c.rowid.label("pos")).where(
        literal_column("claim_fts").op("MATCH")(match), *_between(index.c.rowid, inside)
    )
    if rest:
        found = found.select_from(index).join(Claim, claim.pos == index.c.rowid).where(*rest)
    return found


def match_expression(terms: list[tuple[int, ...]], words: Words) -> str:
    """The FTS5 query for choices of terms and for words: made of our own tokens, so that nothing in it is syntax."""
    parts = ["terms : (" + " OR ".join(f'"{term_token(one)}"' for one in choice) + ")" for choice in terms]
    anywhere = "{quote paraphrase context} : "
    for what in words.found:
        found = what.text if isinstance(what, Word) else " ".join(what.words)
        parts.append(f'({anywhere}"{found}")')
    parts += [f'(context : "{prefix}" *)' for prefix in words.prefixes]
    return " AND ".join(parts)


# PostgreSQL


class TsQuery(UserDefinedType[str]):
    """PostgreSQL's type of text queries."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Its name in SQL."""
        return "tsquery"


def _postgres_part(
    connection: Connection, clauses: list[Clause], span: Span, moment: Moment
) -> tuple[Part, int | None]:
    terms, words = _terms_of(clauses, span), _words_of(clauses)
    rest, inside = _rest(clauses, span, moment), _inside(span)
    if not terms and words == Words():
        return part_of(Sql(_in_order, inside, rest)), None
    indexed = [clause for clause in clauses if clause.terms or clause.words != Words()]
    if not indexed:
        return part_of(Sql(_long_in_order, inside, rest)), None
    ordered = indexed[0].ordered if len(indexed) == 1 and not span.long else None
    if ordered and len(ordered[1]) <= MAX_VALUES:  # a name may be that of thousands of unnamed speakers
        return Part(Sql(_by_ordered_index, *ordered, inside, rest)), None
    matches = _matches(terms, words)
    (count,) = moment.ask(connection, Sql(_counted_matches, matches, pages.CAP + 1))
    known = count if not rest and all(clause.exact for clause in clauses if clause.spans) else None
    return part_of(Sql(_sorted_after if count <= pages.CAP else _tested_in_order, matches, inside, rest)), known


def _long_in_order(inside: Inside, rest: tuple[Expression, ...]) -> Select[Any]:
    """The few claims of long dates have an index of their own."""
    return _in_order(inside, rest).where(claim.said_long)


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


Matches = Callable[..., list[Expression]]  # given whether the inverted indexes may serve: conditions on the entry


def _counted_matches(matches: Matches, most: Any) -> Select[Any]:
    found = first_rows(select(IndexEntry.pos).where(*matches(by_index=True)), most)
    return select(func.count()).select_from(found.subquery())


def _sorted_after(matches: Matches, inside: Inside, rest: tuple[Expression, ...]) -> Select[Any]:
    """Few matches: all of them by the inverted index first, then the rest of the conditions, then the order."""
    few = select(IndexEntry.pos).where(*matches(by_index=True)).cte().prefix_with("MATERIALIZED", dialect="postgresql")
    found = select(few.c.pos).where(*_between(few.c.pos, inside))
    return found.join(Claim, claim.pos == few.c.pos).where(*rest) if rest else found


def _tested_in_order(matches: Matches, inside: Inside, rest: tuple[Expression, ...]) -> Select[Any]:
    """Many matches: the claims in their order, and a test of each."""
    found = select(claim.pos).join(IndexEntry, IndexEntry.pos == claim.pos)
    return found.where(claim.live, *_between(claim.pos, inside), *matches(by_index=False), *rest)


def _matches(terms: list[tuple[int, ...]], words: Words) -> Sql:
    """What the index entry must have: all of some terms, one of each choice, words, and phrases."""
    single = Array(choice[0] for choice in terms if len(choice) == 1)
    choices = tuple(Array(choice) for choice in terms if len(choice) > 1)
    phrases = tuple(spaced(what.words) for what in words.found if isinstance(what, Phrase))
    return Sql(_index_rows, single or None, choices, lexeme_query(words) or None, phrases)


def _index_rows(single: Any, choices: tuple[Any, ...], words: Any, phrases: tuple[Any, ...]) -> Matches:
    """The conditions on the index entry; without `by_index` in a form that the inverted indexes cannot serve."""
    entry = IndexEntry
    texts = (entry.quote, entry.paraphrase, entry.context)

    def rows(*, by_index: bool) -> list[Expression]:
        own_terms: Any = entry.terms if by_index else entry.terms.op("||")(text("'{}'::bigint[]"))
        own_words: Any = entry.words if by_index else entry.words.op("||")(text("''::tsvector"))
        numbers = entry.__table__.c.terms.type
        found: list[Any] = [entry.live]
        if single is not None:
            found.append(own_terms.op("@>")(cast(single, numbers)))
        found += [own_terms.op("&&")(cast(choice, numbers)) for choice in choices]
        if words is not None:
            found.append(own_words.op("@@")(cast(words, TsQuery())))
        return found + [or_(*(part.contains(phrase) for part in texts)) for phrase in phrases]

    return rows


def lexeme_query(words: Words) -> str:
    """The tsquery for words, the words of phrases, and prefixes: made of our own tokens, which need no escaping."""
    each = [one for what in words.found for one in ([what.text] if isinstance(what, Word) else what.words)]
    return " & ".join([f"'{word}'" for word in dict.fromkeys(each)] + [f"'{word}':*" for word in words.prefixes])
