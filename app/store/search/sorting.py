"""A query in another order than by date → the template of its keys and positions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, func, literal_column, select

from app.domain.query.logic import And
from app.domain.query.query_text import parse_query
from app.domain.query.registry import Condition
from app.domain.query.tree import Some, Where
from app.errors import BadRequest, Problem
from app.store.database.statements import Fixed, Sql
from app.store.database.tables import COUNT_BITS, OPEN_END
from app.store.index.ranges import DAYS, day_leaves, meeting_terms
from app.store.search import orders, plans, results
from app.store.search.asking import Asking
from app.store.search.clauses import Clause, Expression, Span, claim
from app.store.search.conditions import clauses_of
from app.store.search.elements import figure_order
from app.store.search.formula import EVERYTHING, Formula, all_of, entry_test, none_of, terms, text_formula
from app.store.search.lookups import stemmed_languages
from app.store.search.orders import Built, by_position, read_key
from app.store.search.plans import WHOLE, Part, there_by

if TYPE_CHECKING:
    from app.store.search.page import Search

KINDS = {"recorded_at": "recorded", "figure__value": "value", "relevance": "tier"}  # the kind of key of each order
FIXED_KINDS = {kind: Fixed(kind) for kind in KINDS.values()}

TierParts = Callable[[tuple[Clause, ...]], list[Part]]  # clauses to be met as well → what gives the positions


def keyed_positions(parts: list[Part], search: Search, asking: Asking, tier_parts: TierParts) -> Sql:
    """The template of keys and positions in order. Raises BadRequest where the order needs what is not asked for."""
    if search.sort == "relevance":
        return _by_relevance(parts, search, asking, tier_parts)
    if search.sort in ("figure__value", "-figure__value"):
        return _by_value(parts, search, asking)
    return _by_recording(parts, search, asking)


def _start(search: Search, kind: str) -> tuple[Any, Any] | None:
    if search.start is None or search.start.key is None:
        return None
    return read_key(kind, search.start.key), search.start.position


def _by_recording(parts: list[Part], search: Search, asking: Asking) -> Sql:
    start, more = _start(search, "recorded"), (search.limit + 1, search.descending)
    lives, others = [part for part in parts if part.live], [part for part in parts if not part.live]
    if len(lives) != 1 or lives[0].few or not _are_many(lives, asking):
        return Sql(orders.few_by_recording, _positions(parts), start, *more)
    tests = (*_tests(search, asking), Sql(there_by, asking.moment.revision))
    return Sql(orders.many_by_recording, tests, _positions(others), start, *more)


def _by_value(parts: list[Part], search: Search, asking: Asking) -> Sql:
    asked = next((one for one in _outermost(search.where) if isinstance(one, Some) and one.element == "figure"), None)
    dimension, figures, all_have = figure_order(asked.where if asked else And(()), asking)
    start, more = _start(search, "value"), (search.limit + 1, search.descending)
    if not all_have or _are_few(parts, asking):
        return Sql(orders.few_by_value, _positions(parts), figures, start, *more)
    return Sql(orders.many_by_value, dimension, _tests(search, asking), figures, start, *more)


def _positions(parts: list[Part]) -> tuple[Sql, ...]:
    return tuple(part.positions for part in parts)


def _tests(search: Search, asking: Asking) -> tuple[Sql, ...]:
    return tuple(clause.test(asking.dialect) for clause in clauses_of(search.where, asking))


def _are_few(parts: list[Part], asking: Asking) -> bool:
    """Whether all that is found is sorted: it is little; or some of it is in no index that is in the order."""
    if len(parts) > 1 or not asking.moment.newest or parts[0].few or not parts[0].live:
        return True
    return not _are_many(parts, asking)


def _are_many(parts: list[Part], asking: Asking) -> bool:
    return bool(asking.moment.ask(asking.connection, Sql(_nth, _positions(parts), results.CAP)))


def _nth(parts: tuple[Built, ...], before: Any) -> Select[Any]:
    """The position that so many of what is found come before."""
    every = by_position(parts, None, before + literal_column("1"), True).subquery()  # positions run down
    cut: Select[Any] = select(every.c.pos).order_by(every.c.pos.desc()).limit(literal_column("1")).offset(before)
    return cut


# Relevance


def _by_relevance(parts: list[Part], search: Search, asking: Asking, tier_parts: TierParts) -> Sql:
    """Four tiers: of the newest matches those with all words in the quote, in quote or paraphrase, and anywhere; then
    the rest.
    """
    start = _start(search, "tier")
    if asking.dialect == "postgresql" and (start is None or start[0] < orders.LAST_TIER):
        return _by_rank(parts, search, asking, tier_parts, start)
    tiers = []
    for tier, clauses in enumerate(_tiers(parts, search, asking), 1):
        found = tier_parts(clauses) if start is None or tier >= start[0] else []
        if found:
            tiers.append((tier, _positions(found)))
    begins = start[1] if start and tiers and tiers[0][0] == start[0] else None
    if start is None and tiers and _fills(tiers[0][1], search.limit + 1, asking):
        tiers = tiers[:1]  # rows of no other tier are looked for in all ranked ones
    return Sql(orders.by_tier, tuple(tiers), begins, search.limit + 1)


def _fills(positions: tuple[Sql, ...], most: int, asking: Asking) -> bool:
    """Whether there are so many of them."""
    (number,) = asking.moment.ask(asking.connection, Sql(_number, positions, most))
    return bool(number == most)


def _number(parts: tuple[Built, ...], most: Any) -> Select[Any]:
    return select(func.count()).select_from(by_position(parts, None, most, True).subquery())


def _by_rank(
    parts: list[Part], search: Search, asking: Asking, tier_parts: TierParts, start: tuple[Any, Any] | None
) -> Sql:
    """PostgreSQL's index does not tell texts apart, so that to look for a tier would be to test all matches: the newest
    ones are found, and each is tested.
    """
    in_quote, in_words = (entry_test(_words_in(search, asking, texts), asking.dialect) for texts in (1, 2))
    oldest = _oldest_ranked(parts, asking)
    older = tier_parts((_below(oldest[0]),)) if oldest else []
    newest = tier_parts((_from(oldest[0]),)) if oldest else parts
    tests, most = (in_quote, in_words), search.limit + 1
    ranked = Sql(orders.by_rank, _positions(newest), tests, results.CAP, _positions(older), start, most)
    if _are_few(parts, asking) or (start is not None and start[0] > 1):
        return ranked
    first = (*_tests(search, asking), in_quote)
    bounds = oldest[0] if oldest else None, (plans.NEAR, plans.NEAR_EACH, plans.NEAR_MOST)
    return Sql(orders.near_or_ranked, first, *bounds, ranked, start[1] if start else None, most)


def _oldest_ranked(parts: list[Part], asking: Asking) -> tuple[Any, ...]:
    """The position of the oldest match that has a tier of its own; none where all have."""
    if len(parts) == 1 and parts[0].few:
        return ()
    return asking.moment.ask(asking.connection, Sql(_nth, _positions(parts), max(results.CAP - 1, 0)))


def _tiers(parts: list[Part], search: Search, asking: Asking) -> Iterator[tuple[Clause, ...]]:
    in_quote, in_words = (_words_in(search, asking, texts) for texts in (1, 2))
    oldest = _oldest_ranked(parts, asking)
    newest = (_from(oldest[0]),) if oldest else ()
    yield (Clause(in_quote), *newest)
    yield (Clause(all_of([in_words, none_of(in_quote)])), *newest)
    yield (Clause(none_of(in_words)), *newest)
    if oldest:
        yield (_below(oldest[0]),)


def _words_in(search: Search, asking: Asking, texts: int) -> Formula:
    """The formula of search texts, in the first so many texts of a claim."""
    asked = [one for one in _outermost(search.where) if isinstance(one, Condition) and one.name == "q"]
    if not asked:
        detail = "relevance is of a search text: give q, or another order"
        raise BadRequest(
            f"sort: {detail}", [Problem(("sort",), "bad-combination", detail, where="query")], code="bad-combination"
        )
    languages = stemmed_languages(asking.connection, asking.moment)
    found = [parsed for one in asked if (parsed := parse_query(one.values[0]))]
    return all_of(text_formula(one, languages, texts) for one in found)


def is_relevant(where: Where) -> bool:
    """Whether what is found can be ordered by relevance: a search text is to be met in any case."""
    return any(isinstance(one, Condition) and one.name == "q" for one in _outermost(where))


def _outermost(where: Where) -> Iterator[Where]:
    """Conditions always required: the where itself, or the parts of its outermost and."""
    if isinstance(where, And):
        for part in where.parts:
            yield from _outermost(part)
    else:
        yield where


def _from(position: int) -> Clause:
    day = position >> COUNT_BITS
    dated = terms(meeting_terms("said_on", DAYS, day_leaves(day, OPEN_END))) if day else EVERYTHING
    return Clause(dated, Sql(_at_or_above, position), spans=(Span(position, WHOLE.high),))


def _below(position: int) -> Clause:
    return Clause(EVERYTHING, Sql(_before, position), spans=(Span(WHOLE.low, position - 1),))


def _at_or_above(position: Any) -> Expression:
    return and_(claim.pos >= position)


def _before(position: Any) -> Expression:
    return and_(claim.pos < position)
