"""Look-ups that a query makes before it is a formula: names, keys and addresses → numbers of records, at a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

from sqlalchemy import Connection

from app.domain.query.registry import PARAMETERS
from app.domain.text.stems import stem_language
from app.store.database.fetching import Rows, fetch_rows
from app.store.database.memory import memory_of
from app.store.history.moment import Moment, State
from app.store.index.cache import size_of
from app.store.index.facts import fact
from app.store.index.families import CLAIM
from app.store.index.reader import View, view_at
from app.store.index.terms import WORDS_LANGUAGE, goes_by_source
from app.store.records.document import Doc, decode
from app.store.records.names import folded
from app.store.records.source_identity import address_of

Ids = tuple[int, ...]
T = TypeVar("T")

MAX_LANGUAGES: Final = 1000  # tags that are looked at
MOST_REMEMBERED: Final = 10_000  # look-ups
LONGEST_REMEMBERED: Final = 2_000  # bytes of what is looked up: clients choose how long that is


@dataclass(frozen=True)
class Asking:
    """The target of a query: a database at a moment."""

    connection: Connection
    moment: Moment

    @cached_property
    def view(self) -> View:
        """The index as it was then."""
        return view_at(self.connection, self.moment)

    def rows(self, statement: str, *values: Any) -> Rows:
        """The rows of a statement that ends in the revision, twice; from memory, where they were asked for before."""
        revision = self.moment.revision
        asked = (statement, revision, *(tuple(value) if isinstance(value, list) else value for value in values))
        return remembered(self, asked, lambda: fetch_rows(self.connection, statement, *values, revision, revision))


class Remembered:
    """Results of look-ups at a state."""

    def __init__(self, state: State | None = None) -> None:
        self.state = state
        self.found: dict[Hashable, Any] = {}


class Latest:
    """Results of look-ups at the state that was seen last."""

    def __init__(self) -> None:
        self.remembered = Remembered()


def remembered(asking: Asking, asked: tuple[Any, ...], read: Callable[[], T]) -> T:
    """The result of `read`, which must not be changed; from memory, where the same was asked at the same state."""
    memory, state = memory_of(asking.connection), asking.moment.state
    if memory is None:
        return read()
    latest = memory.part(Latest)
    own = latest.remembered
    if own.state != state or len(own.found) >= MOST_REMEMBERED:
        latest.remembered = own = Remembered(state)
    found: T | None = own.found.get(asked)
    if found is None:
        found = read()
        if size_of(asked) <= LONGEST_REMEMBERED:
            own.found[asked] = found
    return found


_SHOWN = "since <= ? AND (until IS NULL OR until > ?)"
_SURVIVORS = f"SELECT id, into_id FROM merges WHERE type = ? AND id IN ?? AND {_SHOWN}"  # noqa: S608  # text of our own
_KEYED = "SELECT id FROM record_keys WHERE type = ? AND key IN ??"
_IDENTIFIED = f"SELECT speaker_id FROM speaker_identifiers WHERE scheme = ? AND value IN ?? AND {_SHOWN}"  # noqa: S608
_SOURCES = "SELECT doc FROM sources WHERE id IN ??"  # in all versions
_UNITS = f"SELECT unit FROM metrics WHERE id IN ?? AND {_SHOWN}"  # noqa: S608
_FOUND = "SELECT {id} FROM {table} WHERE {column} IN ?? AND " + _SHOWN  # noqa: S608
_FOUND_BEFORE = (  # the survivors of records whose last version was found so
    "SELECT m.into_id FROM merges m JOIN {table} t ON t.{id} = m.id AND t.until = m.ended WHERE m.type = ?"
    " AND t.{column} IN ?? AND m.since <= ? AND (m.until IS NULL OR m.until > ?)"
)
_COLUMNS: Final = {
    "name": {
        "spk": {"table": "speaker_names", "id": "speaker_id", "column": "folded"},
        "met": {"table": "metrics", "id": "id", "column": "folded"},
    },
    "address": {"src": {"table": "sources", "id": "id", "column": "address"}},
}
_COMPARED: Final[dict[str, Callable[[str], str | None]]] = {"name": folded, "address": address_of}


def survivors(prefix: str, ids: Iterable[int], asking: Asking) -> Ids:
    """The records of a type that these ids mean: of those that were merged by then, the survivors. Where nothing ever
    was, nothing is asked.
    """
    numbers = list(ids)
    merged: dict[int, int] = dict(asking.rows(_SURVIVORS, prefix, numbers)) if asking.moment.state.merges else {}
    return tuple(sorted({merged.get(number, number) for number in numbers}))


def ids_found(by: str, prefix: str, values: Iterable[Any], asking: Asking) -> Ids:
    """The ids of the records of a type that have any of some names, keys, identifiers or addresses, or have a part that
    did.
    """
    match by:
        case "key":
            rows = fetch_rows(asking.connection, _KEYED, prefix, list(values))
            return survivors(prefix, (number for (number,) in rows), asking)
        case "identifier":
            by_scheme = defaultdict(list)
            for scheme, value in values:
                by_scheme[scheme].append(value)
            rows = [row for scheme, same in by_scheme.items() for row in asking.rows(_IDENTIFIED, scheme, same)]
        case _:
            names = _COLUMNS[by][prefix]
            compared = [own for value in values if (own := _COMPARED[by](value))]
            rows = asking.rows(_FOUND.format(**names), compared)
            if asking.moment.state.merges:
                rows = [*rows, *asking.rows(_FOUND_BEFORE.format(**names), prefix, compared)]
    return tuple(sorted({row[0] for row in rows}))


def units_of(metrics: Ids, asking: Asking) -> tuple[str | None, ...]:
    """The units of metrics, in no order; None for one that has none yet."""
    return tuple(unit for (unit,) in asking.rows(_UNITS, list(metrics)))


_TAG: Final = fact(PARAMETERS["language__exact"].fact, None)
_OF_WORDS: Final = fact(WORDS_LANGUAGE, None)
Languages = tuple[tuple[str, tuple[str, ...]], ...]  # code of each with stems, and the tags that mean it


def languages_of(asking: Asking) -> Languages:
    """The languages that claims' words are stemmed by."""
    return remembered(asking, ("languages",), lambda: _languages(asking))


def _languages(asking: Asking) -> Languages:
    tags = defaultdict(list)
    for tag in _values(asking, _OF_WORDS, MAX_LANGUAGES):
        if code := stem_language(tag):
            tags[code].append(tag)
    return tuple((code, tuple(same)) for code, same in sorted(tags.items()))


def languages_by_version(asking: Asking, versions: Mapping[int, Doc]) -> list[str | None]:
    """The language that the words of each of some versions of claims are searched by. versions: documents by number.

    The index has it of a claim that goes by its source: one of those that the source ever had.
    """
    cited = {doc["citations"][0]["source"]["id"] for doc in versions.values() if goes_by_source(doc)}
    sources = fetch_rows(asking.connection, _SOURCES, [int(source[4:]) for source in cited]) if cited else []
    tags = sorted({tag.lower() for (doc,) in sources if (tag := decode(doc)["language"])})
    found = asking.view.each_postings((CLAIM, fact(WORDS_LANGUAGE, tag)) for tag in tags)
    by_source = {
        number: tag for tag, numbers in zip(tags, found, strict=True) for number in versions if number in numbers
    }
    return [by_source.get(number) if goes_by_source(doc) else doc["language"] for number, doc in versions.items()]


def language_tags(asking: Asking, most: int) -> Iterator[str]:
    """The language tags of claims, in order."""
    return _values(asking, _TAG, most)


def _values(asking: Asking, fact_of: bytes, most: int) -> Iterator[str]:
    for term in asking.view.terms_beginning(CLAIM, fact_of, most):
        yield term[len(fact_of) :].decode()
