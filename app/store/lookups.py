"""Look-ups that a query makes before it is planned: names, keys and addresses → numbers, at a moment; remembered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, and_, or_, select

from app.domain.stems import stem_language
from app.store.models import ClaimLanguage, Metric, RecordKey, Source, SpeakerIdentifier, SpeakerName
from app.store.names import folded
from app.store.revisions import Moment, shown_at
from app.store.statements import Sql


def speakers_named(connection: Connection, names: Iterable[str], moment: Moment) -> tuple[int, ...]:
    """The ids of the speakers that go by any of these names, folded."""
    found = Sql(_speakers_named, tuple(folded(name) for name in names), moment.revision)
    return tuple(sorted(set(moment.ask(connection, found))))


def _speakers_named(names: tuple[Any, ...], revision: Any) -> Select[Any]:
    known = SpeakerName
    return select(known.speaker_id).where(known.folded.in_(names), shown_at(revision, known.since, known.until))


def speakers_identified(
    connection: Connection, identifiers: tuple[tuple[str, str], ...], moment: Moment
) -> tuple[int, ...]:
    """The ids of the speakers that have any of these identifiers: (scheme, value)."""
    found = Sql(_speakers_identified, identifiers, moment.revision)
    return tuple(sorted(set(moment.ask(connection, found))))


def _speakers_identified(identifiers: tuple[tuple[Any, Any], ...], revision: Any) -> Select[Any]:
    known = SpeakerIdentifier
    any_of = or_(*(and_(known.scheme == scheme, known.value == value) for scheme, value in identifiers))
    return select(known.speaker_id).where(any_of, shown_at(revision, known.since, known.until))


def records_keyed(connection: Connection, prefix: str, keys: tuple[str, ...], moment: Moment) -> tuple[int, ...]:
    """The ids of the records of a type that have any of these keys."""
    return tuple(sorted(moment.ask(connection, Sql(_records_keyed, prefix, keys))))


def _records_keyed(prefix: Any, keys: tuple[Any, ...]) -> Select[Any]:
    return select(RecordKey.id).where(RecordKey.type == prefix, RecordKey.key.in_(keys))


def sources_at(connection: Connection, addresses: tuple[str, ...], moment: Moment) -> tuple[int, ...]:
    """The ids of the sources at any of these addresses."""
    found = Sql(_sources_at, addresses, moment.revision)
    return tuple(sorted(set(moment.ask(connection, found))))


def _sources_at(addresses: tuple[Any, ...], revision: Any) -> Select[Any]:
    return select(Source.id).where(Source.url.in_(addresses), shown_at(revision, Source.since, Source.until))


def metrics_named(connection: Connection, names: Iterable[str], moment: Moment) -> tuple[int, ...]:
    """The ids of the metrics of these names, folded."""
    found = Sql(_metrics_of_names, tuple(folded(name) for name in names), moment.revision)
    return tuple(sorted(set(moment.ask(connection, found))))


def _metrics_of_names(names: tuple[Any, ...], revision: Any) -> Select[Any]:
    return select(Metric.id).where(Metric.folded.in_(names), shown_at(revision, Metric.since, Metric.until))


def units_of(connection: Connection, metrics: tuple[int, ...], moment: Moment) -> tuple[str | None, ...]:
    """The units of metrics, in no order; None for one that has none yet."""
    return moment.ask(connection, Sql(_units_of, metrics, moment.revision))


def _units_of(metrics: tuple[Any, ...], revision: Any) -> Select[Any]:
    return select(Metric.unit).where(Metric.id.in_(metrics), shown_at(revision, Metric.since, Metric.until))


def stemmed_languages(connection: Connection, moment: Moment) -> tuple[str, ...]:
    """The codes of the languages of claims that have stems."""
    tags = moment.ask(connection, Sql(_languages))
    return tuple(sorted({code for tag in tags if (code := stem_language(tag))}))


def _languages() -> Select[Any]:
    return select(ClaimLanguage.language)
