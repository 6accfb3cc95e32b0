"""Look-ups that a query makes before it is planned: names, keys and addresses → numbers, at a moment; remembered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal_column, or_, select, union

from app.domain.text.stems import stem_language
from app.store.database.statements import Sql
from app.store.database.tables import ClaimLanguage, Merge, Metric, RecordKey, Source, SpeakerIdentifier, SpeakerName
from app.store.history.revision import Moment, shown_at
from app.store.records.names import folded
from app.store.records.source_identity import address_of


def survivors(connection: Connection, prefix: str, ids: tuple[int, ...], moment: Moment) -> tuple[int, ...]:
    """The records of a type that these ids mean: of those that were merged by then, the survivors. Where nothing ever
    was, nothing is asked.
    """
    if moment.state is None or not moment.state.merges:
        return ids
    return tuple(sorted(set(moment.ask(connection, Sql(_survivors, prefix, ids, moment.revision)))))


def _survivors(prefix: Any, ids: tuple[Any, ...], revision: Any) -> Select[Any]:
    return _led_on(prefix, RecordKey.id.in_(ids), revision)


def _led_on(prefix: Any, which: ColumnElement[bool], revision: Any) -> Select[Any]:
    """The ids of records, known by id or key; for those that were merged the survivors'."""
    own = (Merge.type == RecordKey.type, Merge.id == RecordKey.id, shown_at(revision, Merge.since, Merge.until))
    found = select(func.coalesce(Merge.into_id, RecordKey.id)).select_from(RecordKey).outerjoin(Merge, and_(*own))
    return found.where(RecordKey.type == prefix, which)


def _or_survivors(
    prefix: str, own: Any, since: Any, until: Any, which: ColumnElement[bool], revision: Any
) -> Select[Any]:
    """The ids of records whose version then meets a condition, and the survivors of those whose last version did."""
    current = select(own).where(which, shown_at(revision, since, until))
    merged = select(Merge.into_id).join_from(Merge, own.class_, and_(own == Merge.id, until == Merge.ended))
    merged = merged.where(
        Merge.type == literal_column(f"'{prefix}'"), which, shown_at(revision, Merge.since, Merge.until)
    )
    return select(union(current, merged).subquery().c[0])


def speakers_named(connection: Connection, names: Iterable[str], moment: Moment) -> tuple[int, ...]:
    """The ids of the speakers that go by any of these names, folded, or have a part that did."""
    found = Sql(_speakers_named, tuple(folded(name) for name in names), moment.revision)
    return tuple(sorted(set(moment.ask(connection, found))))


def _speakers_named(names: tuple[Any, ...], revision: Any) -> Select[Any]:
    known = SpeakerName
    return _or_survivors("spk", known.speaker_id, known.since, known.until, known.folded.in_(names), revision)


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
    """The ids of the records of a type that have any of these keys, or have a part that did."""
    return tuple(sorted(set(moment.ask(connection, Sql(records_of_keys, prefix, keys, moment.revision)))))


def records_of_keys(prefix: Any, keys: tuple[Any, ...], revision: Any) -> Select[Any]:
    """The template for the same."""
    return _led_on(prefix, RecordKey.key.in_(keys), revision)


def sources_at(connection: Connection, addresses: tuple[str, ...], moment: Moment) -> tuple[int, ...]:
    """The ids of the sources at any of these addresses, or with a part that was."""
    found = Sql(sources_of_addresses, tuple(map(address_of, addresses)), moment.revision)
    return tuple(sorted(set(moment.ask(connection, found))))


def sources_of_addresses(addresses: tuple[Any, ...], revision: Any) -> Select[Any]:
    """The template for the same; addresses are as they are compared."""
    return _or_survivors("src", Source.id, Source.since, Source.until, Source.address.in_(addresses), revision)


def metrics_named(connection: Connection, names: Iterable[str], moment: Moment) -> tuple[int, ...]:
    """The ids of the metrics of these names, folded, or with a part of such a name."""
    found = Sql(metrics_of_names, tuple(folded(name) for name in names), moment.revision)
    return tuple(sorted(set(moment.ask(connection, found))))


def metrics_of_names(names: tuple[Any, ...], revision: Any) -> Select[Any]:
    """The template for the same; names are folded."""
    return _or_survivors("met", Metric.id, Metric.since, Metric.until, Metric.folded.in_(names), revision)


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
