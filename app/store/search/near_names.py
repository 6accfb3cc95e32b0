"""Names that are spelt like one that was asked for, among those that claims have. The search is bounded.

Of topics, titles, publishers and ratings, whose columns no index of every engine holds, those of the newest SAMPLE rows
are looked at: they hold nearly every one that is used often. Of speakers those with a word that begins like an asked
one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from rapidfuzz import fuzz

from app.domain.text.tokenizer import tokens
from app.store.database.fetching import fetch_rows
from app.store.records.document import decode
from app.store.records.names import folded
from app.store.records.source_identity import document_of
from app.store.search.lookups import Asking, language_tags

SAMPLE: Final = 10_000  # rows whose names are looked at
ENTRIES: Final = 200  # names of speakers that are looked at for each word
MAX_WORDS: Final = 4  # words of a name that are looked for
MOST: Final = 5  # near names
ALIKE: Final = 70  # from here on two names are near: "cyber defense" and "cyber defence" are so by 92
LAST: Final = "\U0010ffff"

Candidates = Callable[[Asking, str], Iterable[str]]


def near_names(parameter: str, value: str, asking: Asking) -> tuple[str, ...]:
    """Up to MOST names that a parameter may be asked for in place of one, the nearest first."""
    if parameter == "source__url":
        return tuple(_elsewhere(asking, value))
    candidates = CANDIDATES.get(parameter)
    return nearest(value, candidates(asking, value)) if candidates else ()


def told_near(parameter: str, names: Iterable[str]) -> str:
    """The part of a note on near names, after 'nothing has the asked one'."""
    shown = ", ".join(map(repr, names))
    what = "the same document is at" if parameter == "source__url" else "near:"
    return f"; {what} {shown}" if shown else ""


def nearest(value: str, names: Iterable[str]) -> tuple[str, ...]:
    """Up to MOST of the names that are spelt like the value, the nearest first."""
    wanted, own = _words(value), folded(value)
    ranked = {(-_likeness(wanted, _words(name)), name) for name in names if folded(name) != own}
    return tuple(name for likeness, name in sorted(ranked) if -likeness >= ALIKE)[:MOST]


def _words(name: str) -> list[str]:
    return tokens(name) or [name]


def _likeness(wanted: list[str], words: list[str]) -> float:
    """How alike two names are, 0 to 100: nearly the same where one has all words of the other, in whatever order."""
    if set(wanted) <= set(words) or set(words) <= set(wanted):
        return 95
    one, other = " ".join(wanted), " ".join(words)
    return max(fuzz.ratio(one, other, score_cutoff=ALIKE), fuzz.token_sort_ratio(one, other, score_cutoff=ALIKE))


_NEWEST = "SELECT {0} AS name FROM {1} ORDER BY number DESC, n DESC LIMIT ?"


def _named(statement: str) -> Candidates:
    """The names that a statement gives, which is told how many rows to look at."""
    return lambda asking, _value: sorted(name for (name,) in fetch_rows(asking.connection, statement, SAMPLE))


def _newest(column: str, table: str) -> Candidates:
    """The different values among the newest rows of a list's table."""
    rows = _NEWEST.format(column, table)
    return _named(f"SELECT DISTINCT name FROM ({rows}) AS newest WHERE name IS NOT NULL")  # noqa: S608  # our own names


_SPEAKERS = (  # the current names with a word that begins so, in the order of their words
    "SELECT known.name FROM speaker_words AS entry JOIN speaker_names AS known"
    " ON known.speaker_id = entry.speaker_id AND known.n = entry.n AND known.until IS NULL"
    " WHERE entry.words >= ? AND entry.words < ? ORDER BY entry.words, entry.speaker_id, entry.n LIMIT ?"
)


def _speakers(asking: Asking, value: str) -> Iterator[str]:
    longest = sorted(set(tokens(value)), key=lambda word: (-len(word), word))
    for word in longest[:MAX_WORDS]:
        found = fetch_rows(asking.connection, _SPEAKERS, word[:3], word[:3] + LAST, ENTRIES)
        yield from (name for (name,) in found)


_PUBLISHERS = (
    "SELECT publisher, min(id) FROM sources WHERE until IS NULL AND publisher IS NOT NULL AND id IN"  # noqa: S608
    f" (SELECT name FROM ({_NEWEST.format('source_id', 'citations')}) AS newest) GROUP BY publisher"
)
_SOURCES = "SELECT doc FROM sources WHERE until IS NULL AND id IN ??"


def _publishers(asking: Asking, value: str) -> Iterator[str]:
    """Near publishers as one of their sources spells them: their column has them folded."""
    different: dict[str, int] = dict(fetch_rows(asking.connection, _PUBLISHERS, SAMPLE))
    numbers = [different[name] for name in nearest(value, different)]
    for (doc,) in fetch_rows(asking.connection, _SOURCES, numbers):
        yield decode(doc)["publisher"]


_OF_DOCUMENT = "SELECT doc FROM sources WHERE until IS NULL AND document = ? ORDER BY id LIMIT ?"


def _elsewhere(asking: Asking, url: str) -> Iterator[str]:
    """The addresses of sources that are perhaps the document at an address; tracking parameters make others of one."""
    docs = fetch_rows(asking.connection, _OF_DOCUMENT, document_of(url), MOST)
    yield from dict.fromkeys(decode(doc)["url"] for (doc,) in docs)


def _languages(asking: Asking, value: str) -> list[str]:
    """Tags of the same language, or of one that is written by the same letters."""
    letters = set(value.partition("-")[0])
    return [tag for tag in language_tags(asking, SAMPLE) if tag and set(tag.partition("-")[0]) == letters]


CANDIDATES: dict[str, Candidates] = {
    "topic": _newest("topic", "topics"),
    "topic__all": _newest("topic", "topics"),
    "role__title": _newest("title", "roles"),
    "assessment__rating": _newest("rating", "assessments"),
    "assessment__publisher": _newest("publisher", "assessments"),
    "source__publisher": _publishers,
    "speaker__name": _speakers,
    "organization__name": _speakers,
    "figure__metric__name": _named("SELECT name FROM metrics WHERE until IS NULL ORDER BY id LIMIT ?"),
    "dataset": _named("SELECT name FROM datasets WHERE until IS NULL ORDER BY id LIMIT ?"),
    "language": _languages,
    "language__exact": _languages,
}
