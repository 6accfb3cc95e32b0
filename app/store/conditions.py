"""Conditions → clauses: what each filter means in the tables, and in the inverted index."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Select, Text, and_, exists, literal_column, not_, or_, select

from app.domain.fields import Condition, by_name
from app.domain.figures import asked_interval
from app.domain.search_text import Phrase, Word, parse_query
from app.domain.units import Unit, parse_unit
from app.domain.words import tokens
from app.errors import BadRequest, BadValue, Problem
from app.store.clauses import (
    Clause,
    Expression,
    Part,
    Span,
    Words,
    claim,
    element_clause,
    lies_within,
    listed,
    meets,
    nothing,
    some,
)
from app.store.days import LONG, days_of
from app.store.index import BREAK, folded, spaced, term
from app.store.models import (
    OPEN_END,
    OPEN_START,
    Citation,
    Figure,
    IndexEntry,
    Metric,
    Relation,
    Role,
    SpeakerName,
    Topic,
    position_range,
)
from app.store.revisions import Moment, shown_at
from app.store.statements import Fixed, Sql


def clauses_of(connection: Connection, conditions: tuple[Condition, ...], moment: Moment) -> list[Clause]:
    """The clauses of a query. Raises BadRequest for values without a unit, and for units that do not fit."""
    clauses = [MEANINGS[one.name](one, connection, moment) for one in conditions if one.name in MEANINGS]
    for element, make in ELEMENTS.items():
        own = tuple(one for one in conditions if one.element == element)
        if own:
            clauses.append(make(own, connection, moment))
    return clauses


_SAID = Fixed(claim.said_from), Fixed(claim.said_to)
_PERIOD = Fixed(Figure.period_from), Fixed(Figure.period_to)
_BASE = Fixed(Figure.base_low), Fixed(Figure.base_high)


# Claim


def _speaker(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    return _by_speaker(one.values)


def _speaker_name(one: Condition, connection: Connection, moment: Moment) -> Clause:
    return _by_speaker(speakers_named(connection, one.values, moment))


def _by_speaker(ids: tuple[int, ...]) -> Clause:
    return _listed("speaker", claim.speaker_id, ids, lambda number: f"spk_{number}")


def _listed(field: str, column: Any, values: tuple[Any, ...], shown: Callable[[Any], object] = str) -> Clause:
    part = listed(field, column, values, shown)
    return Clause(part.rows, (part.terms or (),), exact=True, ordered=part.ordered)


def _speaker_kind(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    return _listed("speaker__kind", claim.speaker_kind, one.values)


def _topic(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    topics = tuple(folded(topic) for topic in one.values)
    return element_clause(Topic, [listed("topic", Topic.folded, topics)])


def _relation(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    return element_clause(Relation, [listed("relation__type", Relation.type, one.values)])


def _has_figure(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    there = Sql(some, Fixed(Figure))
    if one.values[0]:
        return Clause(Sql(not_, there), ((term("figure", None),),), exact=True)
    return Clause(there)


def _words(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    found = parse_query(one.values[0])
    if not found:
        return Clause(Sql(nothing), spans=(Span(1, 0),))
    return Clause(Sql(_have_words, tuple(_spaced(what) for what in found)), words=Words(found), exact=True)


def _have_words(found: tuple[Any, ...]) -> Expression:
    entry = IndexEntry
    between = literal_column(f"'{BREAK}'", Text)
    every = entry.quote + between + entry.paraphrase + between + entry.context
    each = [every.contains(what) for what in found]
    # Some words at a time: SQLite refuses an expression that is deeper than 1,000.
    some = [exists().where(entry.pos == claim.pos, *each[start : start + 50]) for start in range(0, len(each), 50)]
    return and_(*some)


def _spaced(what: Word | Phrase) -> str:
    return spaced([what.text] if isinstance(what, Word) else what.words)


# Dates


def _meets(first: int, last: int) -> Clause:
    """The claims whose date shares a day with first … last.

    Those of up to 366 days begin within 366 days before it; the few longer ones are looked for apart.
    """
    rows = Sql(meets, *_SAID, first, last)
    low, high = position_range(max(first - LONG, 0))[0], position_range(last)[1]
    near = Span(low, high, (Sql(_end_later, first),))
    return Clause(rows, spans=(near, Span(0, low - 1, (rows,), long=True)) if low else (near,))


def _end_later(first: Any) -> Expression:
    return and_(claim.said_to >= first)


def _said_on(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    return _meets(*days_of(one.values[0]))


def _said_from(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    return _meets(days_of(one.values[0])[0], OPEN_END)


def _said_until(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    return _meets(OPEN_START, days_of(one.values[0])[1])


def _said_within(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    first, last = days_of(one.values[0])
    rows = Sql(lies_within, *_SAID, first, last)
    return Clause(rows, spans=(Span(position_range(first)[0], position_range(last)[1], (rows,)),))


def _said_isnull(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    rows = Sql(_have_no_date)
    if one.values[0]:
        return Clause(rows, ((term("said_on", None),),), exact=True, spans=(Span(*position_range(0)),))
    return Clause(Sql(not_, rows), ((term("said_on", True),),), exact=True)


def _have_no_date() -> Expression:
    return claim.said_from.is_(None)


# Elements: what is asked of one role, one figure, one citation


def _role(conditions: tuple[Condition, ...], connection: Connection, moment: Moment) -> Clause:
    parts = []
    for one in conditions:
        match one.name:
            case "role__status":
                parts.append(listed("role__status", Role.status, one.values))
            case "role__title__contains":
                parts.append(_title(one.values[0]))
            case "organization__name":
                ids = speakers_named(connection, one.values, moment)
                parts.append(listed("organization", Role.organization_id, ids, lambda number: f"spk_{number}"))
    return element_clause(Role, parts)


def _title(text: str) -> Part:
    words = tuple(tokens(text))
    rows = Sql(_title_has, tuple(f" {word}" for word in words)) if words else Sql(nothing)
    return Part(rows, words=Words(prefixes=words))


def _title_has(words: tuple[Any, ...]) -> Expression:
    return and_(*(Role.title_words.contains(word) for word in words))


def _citation(conditions: tuple[Condition, ...], _connection: Connection, _moment: Moment) -> Clause:
    parts = []
    for one in conditions:
        match one.name:
            case "source":
                parts.append(listed("source", Citation.source_id, one.values, lambda number: f"src_{number}"))
            case "source__publisher":
                names = tuple(folded(name) for name in one.values)
                parts.append(listed("source__publisher", Citation.publisher, names))
            case "verification":
                parts.append(listed("verification", Citation.verification, one.values))
    return element_clause(Citation, parts)


def _figure(conditions: tuple[Condition, ...], connection: Connection, moment: Moment) -> Clause:
    parts = []
    metrics: tuple[int, ...] | None = None
    for one in conditions:
        match one.name:
            case "figure__metric" | "figure__metric__name":
                named = one.name.endswith("name")
                metrics = _metrics_named(connection, one.values, moment) if named else one.values
                parts.append(listed("figure__metric", Figure.metric_id, metrics, lambda number: f"met_{number}"))
            case "figure__kind":
                parts.append(listed("figure__kind", Figure.kind, one.values))
            case "figure__change":
                parts.append(listed("figure__change", Figure.change, one.values))
            case "figure__period":
                parts.append(Part(Sql(meets, *_PERIOD, *days_of(one.values[0]))))
            case "figure__period__within":
                parts.append(Part(Sql(lies_within, *_PERIOD, *days_of(one.values[0]))))
    parts += _values(conditions, metrics, connection, moment)
    return element_clause(Figure, parts)


VALUES = {"figure__value": "eq", **{f"figure__value__{name}": name for name in ("gt", "gte", "lt", "lte")}}


def _values(
    conditions: tuple[Condition, ...], metrics: tuple[int, ...] | None, connection: Connection, moment: Moment
) -> list[Part]:
    """What is asked of unit and values together: one interval, in base units."""
    asked: dict[str, Decimal] = {VALUES[one.name]: one.values[0] for one in conditions if one.name in VALUES}
    given = by_name(conditions, "figure__unit")
    unit: Unit | None = given.values[0] if given else None
    match = by_name(conditions, "figure__match")
    if match and not asked:
        raise _bad(
            "figure__match", "bad-combination", "it says how values match; give figure__value or figure__value__gte, …"
        )
    if unit is None and asked:
        unit = _unit_of_metric(connection, metrics, moment, next(one.name for one in conditions if one.name in VALUES))
    if unit is None:
        return []
    dimension = listed("figure__unit", Figure.dimension, (unit.dimension,))
    if not asked:
        return [dimension]
    certain = match is not None and match.values[0] == "certain"
    return [dimension, Part(_interval_rows(conditions, unit, asked, certain))]


def _interval_rows(conditions: tuple[Condition, ...], unit: Unit, asked: dict[str, Decimal], certain: bool) -> Sql:
    """The expression for the asked values. Of °C and °F, changes are asked without their zero point, levels with it."""
    if not unit.offset:
        return _interval(conditions, unit, asked, certain, difference=False)
    levels = _interval(conditions, unit, asked, certain, difference=False)
    return Sql(_of_levels_and_changes, levels, _interval(conditions, unit, asked, certain, difference=True))


def _of_levels_and_changes(levels: Expression, changes: Expression) -> Expression:
    return or_(and_(Figure.change.is_(None), levels), and_(Figure.change.is_not(None), changes))


def _interval(
    conditions: tuple[Condition, ...], unit: Unit, asked: dict[str, Decimal], certain: bool, *, difference: bool
) -> Sql:
    try:
        interval = asked_interval(unit, difference=difference, **asked)
    except BadValue as error:
        name = next(one.name for one in conditions if one.name in VALUES)
        raise _bad(name, "bad-value", str(error)) from None
    if interval is None:
        return Sql(nothing)
    return Sql(lies_within if certain else meets, *_BASE, interval.low, interval.high)


def _unit_of_metric(connection: Connection, metrics: tuple[int, ...] | None, moment: Moment, name: str) -> Unit | None:
    """The unit of the one asked metric; BadRequest `unit-needed` where there is none."""
    if metrics is not None and not metrics:
        return parse_unit("count")  # no such metric: nothing matches in any unit
    units: set[str | None] = set()
    if metrics and len(metrics) == 1:
        found = moment.ask(connection, Sql(_unit_of, metrics[0], moment.revision))
        units = set(found) or {"count"}
    if len(units) == 1 and None not in units:
        return parse_unit(str(units.pop()))
    raise _bad(name, "unit-needed", "values need a unit: add figure__unit, or one figure__metric that has a unit")


def _bad(name: str, code: str, detail: str) -> BadRequest:
    return BadRequest(f"{name}: {detail}", [Problem((name,), code, detail, where="query")], code=code)


# Names


def speakers_named(connection: Connection, names: Iterable[str], moment: Moment) -> tuple[int, ...]:
    """The ids of the speakers that go by any of these names, folded."""
    found = Sql(_speakers_named, tuple(folded(name) for name in names), moment.revision)
    return tuple(sorted(set(moment.ask(connection, found))))


def _speakers_named(names: tuple[Any, ...], revision: Any) -> Select[Any]:
    known = SpeakerName
    return select(known.speaker_id).where(known.folded.in_(names), shown_at(revision, known.since, known.until))


def _metrics_named(connection: Connection, names: Iterable[str], moment: Moment) -> tuple[int, ...]:
    found = Sql(_metrics_of_names, tuple(folded(name) for name in names), moment.revision)
    return tuple(sorted(set(moment.ask(connection, found))))


def _metrics_of_names(names: tuple[Any, ...], revision: Any) -> Select[Any]:
    return select(Metric.id).where(Metric.folded.in_(names), shown_at(revision, Metric.since, Metric.until))


def _unit_of(metric: Any, revision: Any) -> Select[Any]:
    return select(Metric.unit).where(Metric.id == metric, shown_at(revision, Metric.since, Metric.until))


Meaning = Callable[[Condition, Connection, Moment], Clause]

MEANINGS: dict[str, Meaning] = {
    "q": _words,
    "speaker": _speaker,
    "speaker__name": _speaker_name,
    "speaker__kind": _speaker_kind,
    "said_on": _said_on,
    "said_on__within": _said_within,
    "said_on__gte": _said_from,
    "said_on__lte": _said_until,
    "said_on__isnull": _said_isnull,
    "figure__isnull": _has_figure,
    "topic": _topic,
    "relation__type": _relation,
}
ELEMENTS: dict[str, Callable[[tuple[Condition, ...], Connection, Moment], Clause]] = {
    "role": _role,
    "figure": _figure,
    "citation": _citation,
}
