"""Conditions → clauses: what each filter means in the tables, and in the inverted index."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, exists, false, or_, select, true

from app.domain.fields import Condition, by_name
from app.domain.figures import asked_interval
from app.domain.units import Unit, parse_unit
from app.domain.words import Phrase, Word, parse_query, tokens
from app.errors import BadRequest, BadValue, Problem
from app.store.clauses import Clause, Part, Rows, Span, Words, claim, element_clause, listed
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
from app.store.revisions import Moment


def clauses_of(connection: Connection, conditions: tuple[Condition, ...], moment: Moment) -> list[Clause]:
    """The clauses of a query. Raises BadRequest for values without a unit, and for units that do not fit."""
    clauses = [MEANINGS[one.name](one, connection, moment) for one in conditions if one.name in MEANINGS]
    for element, make in ELEMENTS.items():
        own = tuple(one for one in conditions if one.element == element)
        if own:
            clauses.append(make(own, connection, moment))
    return clauses


# Claim


def _speaker(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    return _by_speaker(one.values)


def _speaker_name(one: Condition, connection: Connection, moment: Moment) -> Clause:
    return _by_speaker(speakers_named(connection, one.values, moment))


def _by_speaker(ids: tuple[int, ...]) -> Clause:
    terms = tuple(term("speaker", f"spk_{number}") for number in ids)
    return Clause(claim.speaker_id.in_(ids), (terms,), exact=True, ordered=(claim.speaker_id, ids))


def _speaker_kind(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    terms = tuple(term("speaker__kind", kind) for kind in one.values)
    return Clause(claim.speaker_kind.in_(one.values), (terms,), exact=True, ordered=(claim.speaker_kind, one.values))


def _topic(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    topics = tuple(folded(topic) for topic in one.values)
    rows = exists().where(Topic.pos == claim.pos, Topic.folded.in_(topics))
    return Clause(rows, (tuple(term("topic", topic) for topic in topics),), exact=True, ordered=(Topic.folded, topics))


def _relation(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    rows = exists().where(Relation.pos == claim.pos, Relation.type.in_(one.values))
    terms = tuple(term("relation__type", value) for value in one.values)
    return Clause(rows, (terms,), exact=True, ordered=(Relation.type, one.values))


def _has_figure(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    there = exists().where(Figure.pos == claim.pos)
    if one.values[0]:
        return Clause(~there, ((term("figure", None),),), exact=True)
    return Clause(there)


def _words(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    found = parse_query(one.values[0])
    if not found:
        return Clause(false(), spans=(Span(1, 0),))
    entry = IndexEntry
    every = entry.quote + BREAK + entry.paraphrase + BREAK + entry.context
    each = [every.contains(_spaced(what)) for what in found]
    # Some words at a time: SQLite refuses an expression that is deeper than 1,000.
    some = [exists().where(entry.pos == claim.pos, *each[start : start + 50]) for start in range(0, len(each), 50)]
    return Clause(and_(*some), words=Words(found), exact=True)


def _spaced(what: Word | Phrase) -> str:
    return spaced([what.text] if isinstance(what, Word) else what.words)


# Dates


def _meets(first: int, last: int) -> Clause:
    """The claims whose date shares a day with first … last.

    Those of up to 366 days begin within 366 days before it; the few longer ones are looked for apart.
    """
    rows = and_(claim.said_from <= last, claim.said_to >= first)
    low, high = position_range(max(first - LONG, 0))[0], position_range(last)[1]
    near = Span(low, high, (claim.said_to >= first,))
    return Clause(rows, spans=(near, Span(0, low - 1, (rows,), long=True)) if low else (near,))


def _said_on(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    return _meets(*days_of(one.values[0]))


def _said_from(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    return _meets(days_of(one.values[0])[0], OPEN_END)


def _said_until(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    return _meets(OPEN_START, days_of(one.values[0])[1])


def _said_within(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    first, last = days_of(one.values[0])
    rows = and_(claim.said_from >= first, claim.said_to <= last)
    return Clause(rows, spans=(Span(position_range(first)[0], position_range(last)[1], (rows,)),))


def _said_isnull(one: Condition, _connection: Connection, _moment: Moment) -> Clause:
    if one.values[0]:
        rows = claim.said_from.is_(None)
        return Clause(rows, ((term("said_on", None),),), exact=True, spans=(Span(*position_range(0)),))
    return Clause(claim.said_from.is_not(None), ((term("said_on", True),),), exact=True)


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
    found = [Role.title_words.contains(f" {word}") for word in words]
    return Part(and_(*found) if words else false(), words=Words(prefixes=words))


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
                first, last = days_of(one.values[0])
                parts.append(Part(and_(Figure.period_from <= last, Figure.period_to >= first)))
            case "figure__period__within":
                first, last = days_of(one.values[0])
                parts.append(Part(and_(Figure.period_from >= first, Figure.period_to <= last)))
    parts += _values(conditions, metrics, connection, moment)
    return element_clause(Figure, parts) if parts else Clause(true())


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
    dimension = Part(Figure.dimension == unit.dimension, (term("figure__unit", unit.dimension),), _ordered(unit))
    if not asked:
        return [dimension]
    certain = match is not None and match.values[0] == "certain"
    return [dimension, Part(_interval_rows(conditions, unit, asked, certain))]


def _ordered(unit: Unit) -> tuple[Any, tuple[Any, ...]]:
    return Figure.dimension, (unit.dimension,)


def _interval_rows(conditions: tuple[Condition, ...], unit: Unit, asked: dict[str, Decimal], certain: bool) -> Rows:
    """The expression for the asked values. Of °C and °F, changes are asked without their zero point, levels with it."""
    if not unit.offset:
        return _interval(conditions, unit, asked, certain, difference=False)
    return or_(
        and_(Figure.change.is_(None), _interval(conditions, unit, asked, certain, difference=False)),
        and_(Figure.change.is_not(None), _interval(conditions, unit, asked, certain, difference=True)),
    )


def _interval(
    conditions: tuple[Condition, ...], unit: Unit, asked: dict[str, Decimal], certain: bool, *, difference: bool
) -> Rows:
    try:
        interval = asked_interval(unit, difference=difference, **asked)
    except BadValue as error:
        name = next(one.name for one in conditions if one.name in VALUES)
        raise _bad(name, "bad-value", str(error)) from None
    if interval is None:
        return false()
    if certain:
        return and_(Figure.base_low >= interval.low, Figure.base_high <= interval.high)
    return and_(Figure.base_low <= interval.high, Figure.base_high >= interval.low)


def _unit_of_metric(connection: Connection, metrics: tuple[int, ...] | None, moment: Moment, name: str) -> Unit | None:
    """The unit of the one asked metric; BadRequest `unit-needed` where there is none."""
    if metrics is not None and not metrics:
        return parse_unit("count")  # no such metric: nothing matches in any unit
    units: set[str | None] = set()
    if metrics and len(metrics) == 1:
        found = select(Metric.unit).where(Metric.id == metrics[0], moment.shown(Metric.since, Metric.until))
        units = set(connection.execute(found).scalars()) or {"count"}
    if len(units) == 1 and None not in units:
        return parse_unit(str(units.pop()))
    raise _bad(name, "unit-needed", "values need a unit: add figure__unit, or one figure__metric that has a unit")


def _bad(name: str, code: str, detail: str) -> BadRequest:
    return BadRequest(f"{name}: {detail}", [Problem((name,), code, detail, where="query")], code=code)


# Names


def speakers_named(connection: Connection, names: Iterable[str], moment: Moment) -> tuple[int, ...]:
    """The ids of the speakers that go by any of these names, folded."""
    known = SpeakerName
    found = select(known.speaker_id).where(
        known.folded.in_([folded(name) for name in names]), moment.shown(known.since, known.until)
    )
    return tuple(sorted(set(connection.execute(found).scalars())))


def _metrics_named(connection: Connection, names: Iterable[str], moment: Moment) -> tuple[int, ...]:
    found = select(Metric.id).where(
        Metric.folded.in_([folded(name) for name in names]), moment.shown(Metric.since, Metric.until)
    )
    return tuple(sorted(set(connection.execute(found).scalars())))


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
