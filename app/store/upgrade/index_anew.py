"""The index made anew from all stored versions of claims and speakers, revision by revision, as writing makes it.

Versions keep their numbers. Each has the facts of its own document, with what its sources were when it ended. Several
processes derive the facts, some versions at a time, so that memory is flat and a million claims take minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import Connection, func, select

from app.errors import BadValue, NotReady
from app.store.database.bulk_insert import Progress, read_batches, update_values
from app.store.database.fetching import fetch_rows
from app.store.database.processes import in_processes, processes_here
from app.store.database.tables import Citation, Claim, Document, Revision, Speaker
from app.store.index.facts import ClaimFacts, SpeakerFacts
from app.store.index.families import CLAIM, ELEMENTS, SPEAKER, Family
from app.store.index.terms import claim_facts, facts_hash, speaker_facts
from app.store.records.document import Doc, decode, named
from app.store.records.rows import words_hash
from app.store.upgrade.index_maker import IndexMaker

BATCH: Final = 500  # versions that one process derives at once
FEW: Final = 4 * BATCH  # versions that are not worth starting processes for
READ: Final = 5_000  # speakers, and ends of versions, read at a time

Facts: TypeAlias = ClaimFacts | SpeakerFacts


class Beginning(NamedTuple):
    """A version begins."""

    family: Family
    number: int
    facts: Facts


class End(NamedTuple):
    """A version ends."""

    family: Family
    number: int


Event: TypeAlias = tuple[int, Beginning | End | None]  # in a revision; None: the revision itself

BLANK: Final[dict[Family, Facts]] = {  # of a number whose version was replaced by its own revision
    CLAIM: ClaimFacts([], [0, -1, 0, 0, 0, 0], [], [[] for _ in ELEMENTS], ""),
    SPEAKER: SpeakerFacts([], 0),
}


def make_index(connection: Connection, progress: Progress, documents_since: int, processes: int | None = None) -> None:
    """Make the index anew, in the caller's writing transaction, and the hashes that claims have beside it.

    documents_since: the revision since which a claim's documents are counted, and not its sources. The count is
    content: versions from before keep theirs.
    """
    maker = IndexMaker(connection)
    events = merge(
        ((number, None) for number in _revisions(connection)),
        _with_holes(CLAIM, _claims(connection, progress, documents_since, processes_here(processes))),
        _with_holes(SPEAKER, _speakers(connection)),
        _ends(connection, CLAIM, Claim),
        _ends(connection, SPEAKER, Speaker),
        key=itemgetter(0),
    )
    for revision, own in groupby(events, key=itemgetter(0)):
        _make_revision(maker, revision, own)
    maker.finish()


def _make_revision(maker: IndexMaker, revision: int, events: Iterable[Event]) -> None:
    maker.begin_revision(revision)
    ended: dict[Family, list[int]] = {CLAIM: [], SPEAKER: []}
    for _, change in events:
        match change:
            case End(family, number):
                ended[family].append(number)
            case Beginning(family, number, facts):
                given = maker.add(facts) if isinstance(facts, ClaimFacts) else maker.add_speaker(facts)
                if number != given:
                    raise RuntimeError(f"the {family.name} version {number} was to be {given} of the index")
    maker.end_revision(ended)


def _revisions(connection: Connection) -> Iterator[int]:
    """The revisions, of which some have no version of claims and speakers."""
    numbers: Any = select(Revision.number)
    for batch in read_batches(connection, numbers, (Revision.number,), READ):
        yield from (row.number for row in batch)


def _with_holes(family: Family, versions: Iterable[tuple[int, Beginning]]) -> Iterator[Event]:
    """The versions of a family, and in their places the numbers that have none: they end when they begin."""
    after = 1
    for revision, version in versions:
        for hole in range(after, version.number):
            yield revision, Beginning(family, hole, BLANK[family])
            yield revision, End(family, hole)
        yield revision, version
        after = version.number + 1


def _ends(connection: Connection, family: Family, table: Any) -> Iterator[Event]:
    """The ends of versions, by revision."""
    ended = select(table.until, table.number).where(table.until.is_not(None)).order_by(table.until, table.number)
    with connection.execute(ended, execution_options={"yield_per": READ}) as rows:
        for until, number in rows:
            yield until, End(family, number)


def _speakers(connection: Connection) -> Iterator[tuple[int, Beginning]]:
    return ((since, Beginning(SPEAKER, number, facts)) for number, since, facts in facts_of_speakers(connection))


def facts_of_speakers(connection: Connection) -> Iterator[tuple[int, int, SpeakerFacts]]:
    """All stored versions of speakers in the order of their numbers: number, since when, and facts."""
    versions: Any = select(Speaker.number, Speaker.since, Speaker.doc)
    for batch in read_batches(connection, versions, (Speaker.number,), READ):
        for number, since, text in batch:
            yield number, since, speaker_facts(decode(text))


# Claims

Versions: TypeAlias = list[tuple[int, str]]  # of a source, latest first: since when, and its document


class Stored(NamedTuple):
    """Stored versions of claims, for a process that derives their facts.

    claims: since, until and document of each. sources: those that they cite, by number.
    """

    claims: list[tuple[int, int | None, str]]
    sources: dict[int, Versions]
    documents_since: int


class Derived(NamedTuple):
    """Facts and hashes of them. facts: a list of ClaimFacts, encoded. hashes: of words and facts, for each."""

    facts: bytes
    hashes: list[tuple[int, int]]


Mark: TypeAlias = list[tuple[int, int, tuple[int, int]]]  # the number of each, since when, and its stored hashes

_encode: Final = msgspec.msgpack.Encoder().encode
decode_facts: Final = msgspec.msgpack.Decoder(list[ClaimFacts]).decode


def _claims(
    connection: Connection, progress: Progress, documents_since: int, processes: int
) -> Iterator[tuple[int, Beginning]]:
    for mark, derived in derived_facts(connection, progress, documents_since, processes):
        wanted = zip(mark, derived.hashes, strict=True)
        renewed = [(number, *hashes) for (number, _, stored), hashes in wanted if stored != hashes]
        update_values(connection, "claims", ("number", "words_hash", "facts_hash"), renewed)
        for (number, since, _), facts in zip(mark, decode_facts(derived.facts), strict=True):
            yield since, Beginning(CLAIM, number, facts)


def derived_facts(
    connection: Connection, progress: Progress, documents_since: int, processes: int
) -> Iterator[tuple[Mark, Derived]]:
    """The facts of all stored versions of claims, some at a time, in the order of their numbers."""
    done, every = 0, connection.execute(select(func.count()).select_from(Claim)).scalar_one()
    parts = _stored_parts(connection, documents_since)
    shared = processes > 1 and every > FEW
    for mark, derived in _shared(parts, processes) if shared else _derived_here(parts):
        yield mark, derived
        done += len(mark)
        progress("claims indexed", done, every)


def _shared(parts: Iterator[tuple[Mark, Stored]], processes: int) -> Iterator[tuple[Mark, Derived]]:
    try:
        yield from in_processes(_derive, parts, processes)
    except BrokenProcessPool:
        said = "a process that indexes claims was ended from outside, or could not start"
        raise NotReady(f"{said}; the database is as it was, try again") from None


def _derived_here(parts: Iterable[tuple[Mark, Stored]]) -> Iterator[tuple[Mark, Derived]]:
    yield from ((mark, _derive(part)) for mark, part in parts)


def _stored_parts(connection: Connection, documents_since: int) -> Iterator[tuple[Mark, Stored]]:
    versions: Any = select(
        Claim.number, Claim.since, Claim.until, Claim.words_hash, Claim.facts_hash, Document.doc
    ).join(Document, Document.number == Claim.number)
    for batch in read_batches(connection, versions, (Claim.number,), BATCH):
        mark = [(row.number, row.since, (row.words_hash, row.facts_hash)) for row in batch]
        sources = _source_versions(connection, batch[0].number, batch[-1].number)
        yield mark, Stored([(row.since, row.until, row.doc) for row in batch], sources, documents_since)


_OF_SOURCES: Final = "SELECT id, since, doc FROM sources WHERE id IN ?? ORDER BY since DESC"


def _source_versions(connection: Connection, first: int, last: int) -> dict[int, Versions]:
    """The versions of the sources that a stretch of claims' versions cites."""
    cited = select(Citation.source_id).where(Citation.number.between(first, last)).distinct()
    ids = list(connection.execute(cited).scalars())
    found: dict[int, Versions] = {number: [] for number in ids}
    for number, since, text in fetch_rows(connection, _OF_SOURCES, ids):
        found[number].append((since, text))
    return found


def _derive(part: Stored) -> Derived:
    """Derive facts of claims. Raises NotReady for a claim that says what is refused by now."""
    docs = [decode(text) for _, _, text in part.claims]
    found = []
    for doc, (since, until, _) in zip(docs, part.claims, strict=True):
        cited = {citation["source"]["id"] for citation in doc["citations"]}
        sources = {one: _source_until(part.sources[int(one[4:])], until) for one in cited}
        if since < part.documents_since:
            sources = {one: _alone(source) for one, source in sources.items()}
        try:
            found.append(claim_facts(doc, sources))
        except BadValue as error:  # a unit that an earlier version took
            told = "correct it with the version that stored it, then run `onrecord migrate`"
            raise NotReady(f"{named(doc)} says what is refused by now: {error} {told}") from None
    return Derived(
        _encode(found), [(words_hash(doc), facts_hash(facts)) for doc, facts in zip(docs, found, strict=True)]
    )


def _source_until(versions: Versions, until: int | None) -> Doc:
    """A source as it was when a version of a claim ended."""
    return _decoded(next(text for since, text in versions if until is None or since < until))


_decoded = lru_cache(maxsize=1000)(decode)  # those of neighbouring claims are often the same


def _alone(source: Doc) -> Doc:
    """A source that counts as a document of its own, wherever it stands."""
    return source | {"url": None}
