"""How each dialect finds current claims, in the order of their positions. Measured: see docs/decisions/0004-plans.md.

SQLite streams its full-text table, which answers every term and word in order. PostgreSQL reads an index ordered by
position where one filter decides; for more it counts the matches of its inverted indexes up to a cap: few are sorted,
many are met soon enough by a scan in order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    bindparam,
    cast,
    column,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
    union,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.types import BigInteger, UserDefinedType

from app.domain.words import Phrase, Word
from app.store import pages
from app.store.clauses import Clause, Rows, Span, Words, claim
from app.store.index import spaced, term, term_token
from app.store.models import Claim, IndexEntry
from app.store.pages import count_capped
from app.store.revisions import Moment

LONG = term("said_on", "long")
EVERYTHING = Span(0, (1 << 53) - 1, ())
NOTHING = Span(1, 0, ())

Cut = Callable[[Select[Any]], Select[Any]]
Part = Callable[[Cut], Select[Any]]  # given how to order and end a statement for positions: the statement


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


def _rest(clauses: list[Clause], span: Span, moment: Moment) -> list[Rows]:
    """What terms, words and positions leave open: expressions over `claims`."""
    rows = [clause.rows for clause in clauses if not clause.exact and not clause.spans]
    return [*rows, *span.rows, *([] if moment.newest else [claim.since <= moment.revision])]


def _inside(pos: Any, span: Span) -> list[Rows]:
    return [] if (span.low, span.high) == (EVERYTHING.low, EVERYTHING.high) else [pos.between(span.low, span.high)]


# SQLite


def _sqlite_part(_connection: Connection, clauses: list[Clause], span: Span, moment: Moment) -> tuple[Part, int | None]:
    match = match_expression(_terms_of(clauses, span), _words_of(clauses))
    rest = _rest(clauses, span, moment)
    if not match:
        return part_of(select(claim.pos).where(claim.live, *_inside(claim.pos, span), *rest)), None
    index = table("claim_fts", column("rowid", BigInteger))
    found = select(index.c.rowid.label("pos")).where(
        literal_column("claim_fts").op("MATCH")(bindparam(None, match, unique=True)), *_inside(index.c.rowid, span)
    )
    if rest:
        found = found.select_from(index).join(Claim, claim.pos == index.c.rowid).where(*rest)
    return part_of(found), None


def part_of(found: Select[Any]) -> Part:
    """A statement that is ordered and ended from outside alone."""
    return lambda cut: cut(found)


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
    rest = _rest(clauses, span, moment)
    if not terms and words == Words():
        return part_of(select(claim.pos).where(claim.live, *_inside(claim.pos, span), *rest)), None
    indexed = [clause for clause in clauses if clause.terms or clause.words != Words()]
    if len(indexed) == 1 and indexed[0].ordered and not span.long:
        return _by_ordered_index(indexed[0].ordered, span, rest), None
    matches = _index_rows(terms, words, by_index=True)
    count = count_capped(connection, select(IndexEntry.pos).where(*matches))
    decided = not rest and all(clause.exact for clause in clauses if clause.spans)
    known = count if decided else None
    if count <= pages.CAP:
        return part_of(_sorted_after(matches, span, rest)), known
    entry = IndexEntry
    scanned = select(claim.pos).join(entry, entry.pos == claim.pos).where(claim.live, *_inside(claim.pos, span))
    return part_of(scanned.where(*_index_rows(terms, words, by_index=False), *rest)), known


def _by_ordered_index(ordered: tuple[Any, tuple[Any, ...]], span: Span, rest: list[Rows]) -> Part:
    """One filter decides: its ordered index gives the positions of each value, each once and no more than needed."""
    own, values = ordered
    pos = own.table.c.pos.label("pos")
    each = [select(pos).where(own.table.c.live, own == value, *_inside(pos, span)) for value in values]
    if own.table is not Claim.__table__:
        each = [found.distinct() for found in each]
        if rest:
            each = [found.join(Claim, claim.pos == own.table.c.pos) for found in each]
    each = [found.where(*rest) for found in each]
    if len(each) == 1:
        return part_of(each[0])
    return lambda cut: cut(select(union(*(select(cut(found).subquery().c.pos) for found in each)).subquery().c.pos))


def _sorted_after(matches: list[Rows], span: Span, rest: list[Rows]) -> Select[Any]:
    """Few matches: all of them by the inverted index first, then the rest of the conditions, then the order."""
    few = select(IndexEntry.pos).where(*matches).cte().prefix_with("MATERIALIZED", dialect="postgresql")
    found = select(few.c.pos).where(*_inside(few.c.pos, span))
    return found.join(Claim, claim.pos == few.c.pos).where(*rest) if rest else found


def _index_rows(terms: list[tuple[int, ...]], words: Words, *, by_index: bool) -> list[Rows]:
    """The conditions on the index entry; without `by_index` in a form that the inverted indexes cannot serve."""
    entry = IndexEntry
    own_terms: Any = entry.terms if by_index else entry.terms.op("||")(text("'{}'::bigint[]"))
    own_words: Any = entry.words if by_index else entry.words.op("||")(text("''::tsvector"))
    rows: list[Any] = [entry.live]
    single = [choice[0] for choice in terms if len(choice) == 1]
    if single:
        rows.append(own_terms.op("@>")(_bigints(single)))
    rows += [own_terms.op("&&")(_bigints(list(choice))) for choice in terms if len(choice) > 1]
    if words.found or words.prefixes:
        rows.append(own_words.op("@@")(cast(lexeme_query(words), TsQuery())))
    return rows + [_phrase(what) for what in words.found if isinstance(what, Phrase)]


def _bigints(numbers: list[int]) -> Any:
    return cast(array([literal(number, BigInteger) for number in numbers]), IndexEntry.__table__.c.terms.type)


def _phrase(what: Phrase) -> Rows:
    entry = IndexEntry
    side_by_side = spaced(what.words)
    return or_(*(part.contains(side_by_side) for part in (entry.quote, entry.paraphrase, entry.context)))


def lexeme_query(words: Words) -> str:
    """The tsquery for words, the words of phrases, and prefixes: made of our own tokens, which need no escaping."""
    each = [one for what in words.found for one in ([what.text] if isinstance(what, Word) else what.words)]
    return " & ".join([f"'{word}'" for word in dict.fromkeys(each)] + [f"'{word}':*" for word in words.prefixes])
