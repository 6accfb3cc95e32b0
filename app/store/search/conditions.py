"""Conditions → clauses: what each filter on a claim as a whole means, and how trees of them are put together.

Filters on one element, such as a figure or a role, are in elements.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import and_

from app.domain.query.logic import And, Not, Or
from app.domain.query.query_text import parse_query
from app.domain.query.registry import Condition
from app.domain.query.tree import Some, Where
from app.domain.text.tokenizer import tokens
from app.store.database.statements import Fixed, Sql
from app.store.database.tables import OPEN_END, OPEN_START, Topic, position_range
from app.store.history.revision import stored_time
from app.store.index.ranges import DAYS, MOMENTS, day_leaves, inner_terms, meeting_terms, moment_leaf
from app.store.records.days import LONG, days_of
from app.store.records.index_terms import term
from app.store.records.names import folded
from app.store.search.asking import Asking
from app.store.search.clauses import Clause, Expression, Span, both, claim, either, lies_within, listed, meets, neither
from app.store.search.elements import some_clause
from app.store.search.formula import EVERYTHING, NOTHING, Mark, all_of, none_of, terms, text_formula
from app.store.search.lookups import records_keyed, speakers_identified, speakers_named, stemmed_languages, survivors


def clauses_of(where: Where, asking: Asking) -> list[Clause]:
    """The clauses that are to be met together. Raises BadRequest for values without a unit, and for units that do not
    fit.
    """
    if isinstance(where, And):
        return [clause for part in where.parts for clause in clauses_of(part, asking)]
    return [clause_of(where, asking)]


def clause_of(where: Where, asking: Asking) -> Clause:
    """A tree as one clause."""
    match where:
        case And(parts):
            return both((clause_of(part, asking) for part in parts), asking.dialect)
        case Or(parts):
            return either((clause_of(part, asking) for part in parts), asking.dialect)
        case Not(part):
            return neither(clause_of(part, asking))
        case Some(element, inner):
            return some_clause(element, inner, asking)
    if where.element != "claim":
        return some_clause(where.element, where, asking)
    return MEANINGS[where.name](where, asking)


# The claim


def _words(one: Condition, asking: Asking) -> Clause:
    found = parse_query(one.values[0])
    if found is None:
        return Clause(NOTHING, spans=(Span(1, 0),))
    return Clause(text_formula(found, stemmed_languages(asking.connection, asking.moment)))


def _status(one: Condition, asking: Asking) -> Clause:
    """Live rows are active, others are looked at by status: it is known while a statement is made."""
    return Clause(EVERYTHING if one.values[0] in ("any", asking.status) else NOTHING)


def _id(one: Condition, _asking: Asking) -> Clause:
    return Clause(terms(term("id", number) for number in one.values))


def _key(one: Condition, asking: Asking) -> Clause:
    found = records_keyed(asking.connection, "clm", one.values, asking.moment)
    return Clause(terms(term("id", number) for number in found))


def _language(one: Condition, _asking: Asking) -> Clause:
    if "*" in one.values:
        return Clause(none_of(terms([term("language", None)])))
    return Clause(terms(term("language", tag) for tag in one.values))


def _language_exact(one: Condition, _asking: Asking) -> Clause:
    return Clause(terms(term("language__exact", tag) for tag in one.values))


def _venue(one: Condition, _asking: Asking) -> Clause:
    return Clause(_begins_with("v", one.values[0]))


def _begins_with(letter: str, text: str) -> Any:
    words = tokens(text)
    return all_of(Mark(letter + word) for word in words) if words else NOTHING


def _topic(one: Condition, _asking: Asking) -> Clause:
    part = listed("topic", Topic.folded, tuple(folded(topic) for topic in one.values))
    return Clause(part.formula, ordered=part.ordered)


def _topic_all(one: Condition, _asking: Asking) -> Clause:
    return Clause(all_of(terms([term("topic", folded(topic))]) for topic in one.values))


def _topic_not(one: Condition, _asking: Asking) -> Clause:
    return Clause(none_of(terms(term("topic", folded(topic)) for topic in one.values)))


def _absent(name: str) -> Callable[[Condition, Asking], Clause]:
    def meaning(one: Condition, _asking: Asking) -> Clause:
        there = terms([term(name, None)])
        return Clause(there if one.values[0] else none_of(there))

    return meaning


def _source_count(one: Condition, _asking: Asking) -> Clause:
    number = one.values[0]
    return Clause(terms([term("source__count", number)]) if number else EVERYTHING)


_LAST_MOMENT = moment_leaf(datetime.max)


def _recorded_from(one: Condition, _asking: Asking) -> Clause:
    leaves = (moment_leaf(one.values[0]), _LAST_MOMENT)
    return Clause(
        terms(meeting_terms("recorded_at", MOMENTS, leaves)), Sql(_recorded_after, stored_time(one.values[0]))
    )


def _recorded_until(one: Condition, _asking: Asking) -> Clause:
    leaves = (0, moment_leaf(one.values[0]))
    return Clause(
        terms(meeting_terms("recorded_at", MOMENTS, leaves)), Sql(_recorded_before, stored_time(one.values[0]))
    )


def _recorded_after(moment: Any) -> Expression:
    return and_(claim.recorded_at >= moment)


def _recorded_before(moment: Any) -> Expression:
    return and_(claim.recorded_at <= moment)


# Speaker


def _speaker(one: Condition, asking: Asking) -> Clause:
    return _by_speaker(survivors(asking.connection, "spk", one.values, asking.moment))


def _speaker_not(one: Condition, asking: Asking) -> Clause:
    return neither(_speaker(one, asking))


def _speaker_name(one: Condition, asking: Asking) -> Clause:
    return _by_speaker(speakers_named(asking.connection, one.values, asking.moment))


def _speaker_key(one: Condition, asking: Asking) -> Clause:
    return _by_speaker(records_keyed(asking.connection, "spk", one.values, asking.moment))


def _speaker_identifier(one: Condition, asking: Asking) -> Clause:
    return _by_speaker(speakers_identified(asking.connection, one.values, asking.moment))


def _by_speaker(ids: tuple[int, ...]) -> Clause:
    part = listed("speaker", claim.speaker_id, ids, lambda number: f"spk_{number}")
    return Clause(part.formula, ordered=part.ordered)


def _speaker_contains(one: Condition, _asking: Asking) -> Clause:
    return Clause(_begins_with("n", one.values[0]))


def _speaker_kind(one: Condition, _asking: Asking) -> Clause:
    part = listed("speaker__kind", claim.speaker_kind, one.values)
    return Clause(part.formula, ordered=part.ordered)


# When


_SAID = Fixed(claim.said_from), Fixed(claim.said_to)


def _meets(first: int, last: int) -> Clause:
    """The claims whose date shares a day with first … last.

    Claims whose last day is up to 366 days after the first begin within 366 days before it; the few longer ones are
    looked for apart.
    """
    rows = Sql(meets, *_SAID, first, last)
    low, high = position_range(max(first - LONG, 0))[0], position_range(last)[1]
    near = Span(low, high, (Sql(_end_later, first),))
    spans = (near, Span(0, low - 1, (rows,), long=True)) if low else (near,)
    return Clause(terms(meeting_terms("said_on", DAYS, day_leaves(first, last))), spans=spans)


def _end_later(first: Any) -> Expression:
    return and_(claim.said_to >= first)


def _said_on(one: Condition, _asking: Asking) -> Clause:
    return _meets(*days_of(one.values[0]))


def _said_from(one: Condition, _asking: Asking) -> Clause:
    return _meets(days_of(one.values[0])[0], OPEN_END)


def _said_until(one: Condition, _asking: Asking) -> Clause:
    return _meets(OPEN_START, days_of(one.values[0])[1])


def _said_within(one: Condition, _asking: Asking) -> Clause:
    first, last = days_of(one.values[0])
    rows = Sql(lies_within, *_SAID, first, last)
    formula = terms(inner_terms("said_on", DAYS, day_leaves(first, last)))
    return Clause(formula, rows, spans=(Span(position_range(first)[0], position_range(last)[1], (rows,)),))


def _said_isnull(one: Condition, _asking: Asking) -> Clause:
    if one.values[0]:
        return Clause(terms([term("said_on", None)]), spans=(Span(*position_range(0), (Sql(_have_no_date),)),))
    return Clause(terms([term("said_on", True)]))


def _have_no_date() -> Expression:
    return claim.said_from.is_(None)


def _precision(one: Condition, _asking: Asking) -> Clause:
    return Clause(terms(term("said_on__precision", value) for value in one.values))


MEANINGS: dict[str, Callable[[Condition, Asking], Clause]] = {
    "q": _words,
    "id": _id,
    "key": _key,
    "language": _language,
    "language__exact": _language_exact,
    "status": _status,
    "quote__isnull": _absent("quote"),
    "venue__contains": _venue,
    "topic": _topic,
    "topic__all": _topic_all,
    "topic__not": _topic_not,
    "topic__isnull": _absent("topic"),
    "recorded_at__gte": _recorded_from,
    "recorded_at__lte": _recorded_until,
    "speaker": _speaker,
    "speaker__not": _speaker_not,
    "speaker__isnull": _absent("speaker"),
    "speaker__key": _speaker_key,
    "speaker__identifier": _speaker_identifier,
    "speaker__name": _speaker_name,
    "speaker__name__contains": _speaker_contains,
    "speaker__kind": _speaker_kind,
    "speaker__kind__isnull": _absent("speaker__kind"),
    "said_on": _said_on,
    "said_on__within": _said_within,
    "said_on__gte": _said_from,
    "said_on__lte": _said_until,
    "said_on__isnull": _said_isnull,
    "said_on__precision": _precision,
    "role__isnull": _absent("role"),
    "figure__isnull": _absent("figure"),
    "assessment__isnull": _absent("assessment"),
    "source__count__gte": _source_count,
}
