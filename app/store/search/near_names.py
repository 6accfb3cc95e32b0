"""Names that are spelt like one that was asked for, among those that claims have. The search is bounded.

Of topics, titles, publishers and ratings, whose columns no index of every engine holds, those of the newest SAMPLE rows
are looked at: they hold nearly every one that is used often. Of speakers those with a word that begins like an asked
one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from rapidfuzz.distance import Indel
from sqlalchemy import Select, and_, select

from app.domain.text.tokenizer import tokens
from app.store.database.statements import Fixed, Sql, first_rows, run
from app.store.database.tables import (
    Assessment,
    Citation,
    ClaimLanguage,
    Metric,
    Role,
    Source,
    SpeakerName,
    SpeakerWord,
    Topic,
)
from app.store.records.document import decode
from app.store.records.names import folded
from app.store.records.source_identity import document_of
from app.store.search.asking import Asking

SAMPLE: Final = 10_000  # rows whose names are looked at
ENTRIES: Final = 200  # names of speakers that are looked at for each word
MAX_WORDS: Final = 4  # words of a name that are looked for
MOST: Final = 5  # near names
ALIKE: Final = 0.7  # from here on two names are near: "cyber defense" and "cyber defence" are so by 0.92
LAST: Final = "\U0010ffff"

Candidates = Callable[[Asking, str], Iterable[str]]


def near_names(parameter: str, value: str, asking: Asking) -> tuple[str, ...]:
    """Up to MOST names that a parameter may be asked for in place of one, the nearest first."""
    if parameter == "source__url":
        return tuple(_elsewhere(asking, value))
    candidates = CANDIDATES.get(parameter)
    if candidates is None:
        return ()
    return nearest(value, candidates(asking, value))


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
    """How alike two names are, 0 to 1: nearly the same where one has all words of the other, in whatever order."""
    if set(wanted) <= set(words) or set(words) <= set(wanted):
        return 0.95
    return max(_ratio(" ".join(wanted), " ".join(words)), _ratio(" ".join(sorted(wanted)), " ".join(sorted(words))))


def _ratio(one: str, other: str) -> float:
    """The share of letters that two texts have in common, in order; 0 where it is less than what is near."""
    return Indel.normalized_similarity(one, other, score_cutoff=ALIKE)


def _sampled(column: Any) -> Candidates:
    own = Fixed(column)
    return lambda asking, _value: sorted(
        {row[0] for row in run(asking.connection, Sql(_newest, own, SAMPLE)) if row[0]}
    )


def _newest(column: Any, most: Any) -> Select[Any]:
    """The different values among the newest rows of a list's table."""
    table = column.class_
    some = first_rows(select(column.label("name")).order_by(table.pos.desc(), table.n.desc()), most).subquery()
    return select(some.c.name).distinct()


def _speakers(asking: Asking, value: str) -> Iterator[str]:
    longest = sorted(set(tokens(value)), key=lambda word: (-len(word), word))
    for word in longest[:MAX_WORDS]:
        found = Sql(_speakers_like, word[:3], word[:3] + LAST, ENTRIES)
        yield from (row[0] for row in run(asking.connection, found))


def _speakers_like(start: Any, end: Any, most: Any) -> Select[Any]:
    """The current names with a word that begins so, in the order of their words."""
    entry = SpeakerWord
    same = SpeakerName.speaker_id == entry.speaker_id, SpeakerName.n == entry.n, SpeakerName.until.is_(None)
    found = select(SpeakerName.name).select_from(entry).join(SpeakerName, and_(*same))
    found = found.where(entry.words >= start, entry.words < end)
    return first_rows(found.order_by(entry.words, entry.speaker_id, entry.n), most)


def _metrics(asking: Asking, _value: str) -> Iterator[str]:
    yield from (row[0] for row in run(asking.connection, Sql(_current_metrics, SAMPLE)))


def _current_metrics(most: Any) -> Select[Any]:
    return first_rows(select(Metric.name).where(Metric.until.is_(None)).order_by(Metric.id), most)


def _publishers(asking: Asking, value: str) -> Iterator[str]:
    """Near publishers as one of their sources spells them: citations know them folded."""
    different: dict[str, int] = {}
    for source_id, publisher in run(asking.connection, Sql(_newest_citations, SAMPLE)):
        if publisher is not None:
            different[publisher] = min(source_id, different.get(publisher, source_id))
    numbers = tuple(different[name] for name in nearest(value, different))
    docs = run(asking.connection, Sql(_sources_of, numbers)).scalars() if numbers else ()
    yield from (publisher for doc in docs if (publisher := decode(doc)["publisher"]))


def _newest_citations(most: Any) -> Select[Any]:
    some = first_rows(
        select(Citation.source_id, Citation.publisher).order_by(Citation.pos.desc(), Citation.n.desc()), most
    ).subquery()
    return select(some.c.source_id, some.c.publisher).distinct()


def _sources_of(numbers: tuple[Any, ...]) -> Select[Any]:
    return select(Source.doc).where(Source.id.in_(numbers), Source.until.is_(None))


def _elsewhere(asking: Asking, url: str) -> Iterator[str]:
    """The addresses of sources that are perhaps the document at an address; tracking parameters make others of one."""
    docs = run(asking.connection, Sql(_of_document, document_of(url), MOST)).scalars()
    yield from dict.fromkeys(decode(doc)["url"] for doc in docs)


def _of_document(document: Any, most: Any) -> Select[Any]:
    found = select(Source.doc).where(Source.document == document, Source.until.is_(None))
    return first_rows(found.order_by(Source.id), most)


def _languages(asking: Asking, value: str) -> Iterator[str]:
    """Tags of the same language, or of one that is written by the same letters."""
    primary = value.partition("-")[0]
    for tag in run(asking.connection, Sql(_known_languages)).scalars():
        if set(tag.partition("-")[0]) == set(primary) or tag.partition("-")[0] == primary:
            yield tag


def _known_languages() -> Select[Any]:
    return select(ClaimLanguage.language)


CANDIDATES: dict[str, Candidates] = {
    "topic": _sampled(Topic.topic),
    "topic__all": _sampled(Topic.topic),
    "role__title": _sampled(Role.title),
    "assessment__rating": _sampled(Assessment.rating),
    "assessment__publisher": _sampled(Assessment.publisher),
    "source__publisher": _publishers,
    "speaker__name": _speakers,
    "organization__name": _speakers,
    "figure__metric__name": _metrics,
    "language": _languages,
    "language__exact": _languages,
}
