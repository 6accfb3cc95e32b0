"""Speakers for a box that one types into: whose name has words that begin with the typed ones.

Each current name is indexed by its words from each of them on ("shinzo abe", "abe"), so that what is typed is the
beginning of an entry, and the entries of one beginning stand in order. A page of suggestions reads as many entries as
it shows, whatever the number of speakers; only where several words are typed are the entries of the longest read on
until enough of their names have the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, exists, select, tuple_

from app.domain.text.tokenizer import tokens
from app.store.database.tables import Speaker, SpeakerWord
from app.store.history.moment import Moment
from app.store.records.document import Doc, decode
from app.store.records.names import MAX_START
from app.store.search.lookups import Asking
from app.store.search.past_suggestions import past_entries

MORE: Final = 10  # entries read beyond the limit, at a time: a speaker can have several that fit
MAX_WORDS: Final = 30  # typed words that count, the longest: more would only take time to plan
LAST: Final = "\U0010ffff"  # sorts behind every letter, and is never part of a word

entry = SpeakerWord.__table__.c
Entries = Select[int, int, str]  # speaker, number of the name, words


@dataclass(frozen=True)
class Suggestion:
    """A speaker, and the alias that was found where it was not the name."""

    id: str
    key: str
    name: str
    kind: str | None
    alias: str | None


def suggest_speakers(connection: Connection, typed: str, limit: int, moment: Moment) -> list[Suggestion]:
    """Up to `limit` speakers of a moment, best first, each once: names that begin with what is typed, then names in
    which each typed word, in any order, begins a word. Each of both by the found words in the order of their code
    points, so that an equal name and a whole word come first, then by id. Without a word there are none.
    """
    found: dict[int, int] = {}  # speaker → which of its names
    for speaker_id, n in _fitting(connection, typed, limit, moment):
        found.setdefault(speaker_id, n)
        if len(found) == limit:
            break
    return _shown(connection, found, moment)


def _fitting(connection: Connection, typed: str, limit: int, moment: Moment) -> Iterator[tuple[int, int]]:
    """The speakers and numbers of names that fit, in order."""
    if not moment.newest:  # the entries are those of today
        yield from past_entries(Asking(connection, moment), _runs(typed)[:MAX_WORDS], " ".join(tokens(typed)))
        return
    for entries in _plans(typed):
        yield from _entries(connection, entries, limit + MORE)


def _plans(typed: str) -> Iterator[Entries]:
    """The statements for the entries that fit, best first."""
    runs = _runs(typed)
    if not runs:
        return
    every = select(entry.speaker_id, entry.n, entry.words)
    yield every.where(entry.begins, *_begin_with(entry.words, " ".join(tokens(typed))))
    others = [_has(run) for run in runs[1:MAX_WORDS]]
    yield every.where(*_begin_with(entry.words, runs[0]), *others)


def _runs(typed: str) -> list[str]:
    """The parts between blanks, as tokens ("安倍" is two of them, side by side), the longest first.

    One that begins another is left out: what begins with "shin" begins with "s".
    """
    runs = sorted({" ".join(tokens(part)) for part in typed.split()} - {""}, key=lambda run: (-len(run), run))
    return [run for at, run in enumerate(runs) if not any(longer.startswith(run) for longer in runs[:at])]


def _begin_with(words: Any, start: str) -> tuple[Any, Any]:
    """Tests that an entry begins so: a stretch of the index."""
    start = start[:MAX_START]
    return words >= start, words < start + LAST


def _has(run: str) -> Any:
    """A test that an entry's name has this."""
    other = SpeakerWord.__table__.alias().c
    same = other.speaker_id == entry.speaker_id, other.n == entry.n
    return exists().where(*same, *_begin_with(other.words, run))


def _entries(connection: Connection, entries: Entries, batch: int) -> Iterator[tuple[int, int]]:
    """The speakers and numbers of names of entries, in order. They are read as they are asked for, some at a time."""
    own = tuple_(entry.words, entry.speaker_id, entry.n)
    some = entries.order_by(*own.clauses).limit(batch)
    rows = connection.execute(some).all()
    while rows:
        yield from ((row.speaker_id, row.n) for row in rows)
        if len(rows) < batch:
            return
        rows = connection.execute(some.where(own > (rows[-1].words, rows[-1].speaker_id, rows[-1].n))).all()


def _shown(connection: Connection, found: dict[int, int], moment: Moment) -> list[Suggestion]:
    if not found:
        return []
    then = select(Speaker.id, Speaker.doc).where(Speaker.id.in_(found), moment.shown(Speaker.since, Speaker.until))
    docs = {number: decode(doc) for number, doc in connection.execute(then)}
    return [_suggestion(docs[number], n) for number, n in found.items()]


def _suggestion(doc: Doc, n: int) -> Suggestion:
    alias = doc["aliases"][n - 1] if n else None
    return Suggestion(doc["id"], doc["key"], doc["name"], doc["kind"], alias)
