"""Look-ups that a query makes before it is a formula: names, keys and addresses → numbers of records, at a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from app.domain.query.registry import PARAMETERS
from app.domain.text.stems import stem_language
from app.store.database.fetching import fetch_rows
from app.store.database.memory import memory_of
from app.store.history.moment import Moment, State
from app.store.index.families import CLAIM
from app.store.index.reader import View
from app.store.records.names import folded
from app.store.records.source_identity import address_of

Ids = tuple[int, ...]
MAX_LANGUAGES: Final = 1000  # tags that are looked at


@dataclass(frozen=True)
class Asking:
    """The target of a query: a database at a moment, and its index as it was then."""

    connection: Connection
    moment: Moment
    view: View


_SHOWN = "since <= ? AND (until IS NULL OR until > ?)"
_LED_ON = (
    "SELECT coalesce(m.into_id, k.id) FROM record_keys k LEFT JOIN merges m"
    " ON m.type = k.type AND m.id = k.id AND m.since <= ? AND (m.until IS NULL OR m.until > ?)"
    " WHERE k.type = ? AND k.{column} IN ??"
)
_LED_ON_IDS, _LED_ON_KEYS = _LED_ON.format(column="id"), _LED_ON.format(column="key")


def survivors(prefix: str, ids: Iterable[int], asking: Asking) -> Ids:
    """The records of a type that these ids mean: of those that were merged by then, the survivors. Where nothing ever
    was, nothing is asked.
    """
    if not asking.moment.state.merges:
        return tuple(ids)
    return _led_on(_LED_ON_IDS, prefix, list(ids), asking.connection, asking.moment)


def records_keyed(connection: Connection, prefix: str, keys: Iterable[str], moment: Moment) -> Ids:
    """The ids of the records of a type that have any of these keys, or have a part that did."""
    return _led_on(_LED_ON_KEYS, prefix, list(keys), connection, moment)


def _led_on(statement: str, prefix: str, asked: list[Any], connection: Connection, moment: Moment) -> Ids:
    return _ids(fetch_rows(connection, statement, moment.revision, moment.revision, prefix, asked))


def _or_survivors(prefix: str, table: str, own: str, column: str) -> tuple[str, str]:
    """Statements for the records whose version then has one of some values, and for the survivors of those whose last
    version did.
    """
    current = f"SELECT {own} FROM {table} WHERE {column} IN ?? AND {_SHOWN}"  # noqa: S608  # names of our own
    merged = (
        f"SELECT m.into_id FROM merges m JOIN {table} t ON t.{own} = m.id AND t.until = m.ended"  # noqa: S608
        f" WHERE m.type = '{prefix}' AND t.{column} IN ?? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)"
    )
    return current, merged


_BY_NAME: Final = {
    "spk": _or_survivors("spk", "speaker_names", "speaker_id", "folded"),
    "met": _or_survivors("met", "metrics", "id", "folded"),
}
_BY_ADDRESS: Final = _or_survivors("src", "sources", "id", "address")


def _found(statements: tuple[str, str], asked: list[str], connection: Connection, moment: Moment) -> Ids:
    if not asked:
        return ()
    current, merged = statements
    bounds = (moment.revision, moment.revision)
    rows = fetch_rows(connection, current, asked, *bounds)
    if moment.state.merges:
        rows += fetch_rows(connection, merged, asked, *bounds)
    return _ids(rows)


def records_named(connection: Connection, prefix: str, names: Iterable[str], moment: Moment) -> Ids:
    """The ids of the speakers or metrics that go by any of these names, folded, or have a part that did."""
    return _found(_BY_NAME[prefix], [folded(name) for name in names], connection, moment)


def sources_at(connection: Connection, addresses: Iterable[str], moment: Moment) -> Ids:
    """The ids of the sources at any of these addresses, or with a part that was."""
    compared = [own for address in addresses if (own := address_of(address))]
    return _found(_BY_ADDRESS, compared, connection, moment)


_IDENTIFIED = f"SELECT speaker_id FROM speaker_identifiers WHERE scheme = ? AND value IN ?? AND {_SHOWN}"  # noqa: S608


def speakers_identified(connection: Connection, identifiers: Iterable[tuple[str, str]], moment: Moment) -> Ids:
    """The ids of the speakers that have any of these identifiers: (scheme, value)."""
    by_scheme = defaultdict(list)
    for scheme, value in identifiers:
        by_scheme[scheme].append(value)
    each = [
        fetch_rows(connection, _IDENTIFIED, scheme, values, moment.revision, moment.revision)
        for scheme, values in by_scheme.items()
    ]
    return _ids(row for rows in each for row in rows)


def _ids(rows: Iterable[tuple[Any, ...]]) -> Ids:
    return tuple(sorted({row[0] for row in rows}))


_BY: Final[dict[str, Callable[[Connection, str, Iterable[Any], Moment], Ids]]] = {
    "name": records_named,
    "key": records_keyed,
    "identifier": lambda connection, _, values, moment: speakers_identified(connection, values, moment),
    "address": lambda connection, _, values, moment: sources_at(connection, values, moment),
}


def ids_found(by: str, prefix: str, values: Iterable[Any], asking: Asking) -> Ids:
    """The ids of the records of a type that a filter asks for by a name, key, identifier or address."""
    return _BY[by](asking.connection, prefix, values, asking.moment)


_UNITS = f"SELECT unit FROM metrics WHERE id IN ?? AND {_SHOWN}"  # noqa: S608  # text of our own


def units_of(metrics: Ids, asking: Asking) -> tuple[str | None, ...]:
    """The units of metrics, in no order; None for one that has none yet."""
    revision = asking.moment.revision
    return tuple(unit for (unit,) in fetch_rows(asking.connection, _UNITS, list(metrics), revision, revision))


_TAG: Final = f"={PARAMETERS['language__exact'].fact}\x1f".encode()
Languages = tuple[tuple[str, tuple[str, ...]], ...]  # code of each with stems, and the first subtags that mean it


class _Remembered:
    """The languages at the state that was seen last."""

    def __init__(self) -> None:
        self.languages: tuple[State, Languages] | None = None


def languages_of(asking: Asking) -> Languages:
    """The languages of claims."""
    memory, state = memory_of(asking.connection), asking.moment.state
    remembered = memory.part(_Remembered) if memory else _Remembered()
    found = remembered.languages
    if found is None or found[0] != state:
        remembered.languages = found = state, _languages(asking.view)
    return found[1]


def _languages(view: View) -> Languages:
    subtags: dict[str, dict[str, None]] = defaultdict(dict)
    for term in view.terms_beginning(CLAIM, _TAG, MAX_LANGUAGES):
        subtag = term[len(_TAG) :].decode().partition("-")[0]
        if code := stem_language(subtag):
            subtags[code][subtag] = None
    return tuple((code, tuple(some)) for code, some in sorted(subtags.items()))
