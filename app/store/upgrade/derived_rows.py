"""Documents → index entries and columns of the narrow tables, derived anew where words or index are of other versions.

Documents are the record, and stay as they are. Rows derived from them are made by the same functions that an import
uses, some versions at a time, and written where it differs (decisions 15, 22).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, bindparam, delete, func, or_, select, tuple_, update

from app.domain.record.records_in import parse_id
from app.errors import BadValue, NotReady
from app.store.database.bulk_insert import Progress, chunks, insert_rows, read_batches
from app.store.database.tables import (
    Assessment,
    Citation,
    Claim,
    Document,
    Figure,
    Metric,
    Role,
    Source,
    Speaker,
    SpeakerName,
    SpeakerWord,
    Topic,
)
from app.store.index.entries import entry_of, renew_entries
from app.store.records import rows
from app.store.records.document import Doc, decode
from app.store.records.kinds import NOUNS, TABLES
from app.store.records.source_identity import has_own_key, is_address
from app.store.write import stored_records

BATCH: Final = 1000  # versions read at a time
MOST_ALIKE: Final = 20  # addresses that are told of

# Derived columns of each table, by the word rules or of late, beside the index entries and SpeakerWord.
OF_CLAIMS: Final[dict[Any, tuple[str, ...]]] = {
    Claim: ("words_hash", "recorded_at"),
    Role: ("title_words", "title_folded"),
    Figure: ("dimension", "base_low", "base_high", "sort_key"),
    Topic: ("folded",),
    Citation: ("publisher", "published_from", "published_to"),
    Assessment: ("publisher_folded", "rating_folded"),
}
OF_RECORDS: Final[dict[str, dict[Any, tuple[str, ...]]]] = {
    "spk": {SpeakerName: ("folded",)},
    "src": {Source: ("publisher", "fingerprint", "address", "document")},
    "met": {Metric: ("folded",)},
}

_decoded = lru_cache(maxsize=1000)(decode)  # of speakers and sources: those of neighbouring claims are often the same


def derive_rows(connection: Connection, progress: Progress, documents_since: int) -> list[str]:
    """Derive the index and the narrow tables anew from the documents, in the caller's writing transaction; gives
    warnings for people. It takes no more memory for more claims; what is as it was is not written.

    documents_since: the revision since which a claim's documents are counted, and not its sources. The count is
    content: versions from before keep theirs.
    """
    for prefix in OF_RECORDS:
        _derive_records(connection, prefix, progress)
    _derive_claims(connection, progress, documents_since)
    _decoded.cache_clear()
    alike = (_told(*metrics) for metrics in _metrics_alike(connection))
    return [*alike, *_sources_alike(connection), *_sources_without_addresses(connection)]


# Claims


def _derive_claims(connection: Connection, progress: Progress, documents_since: int) -> None:
    done, every = 0, connection.execute(select(func.count()).select_from(Claim)).scalar_one()
    for batch in read_batches(connection, _claims_with_speakers(), (Claim.pos,), BATCH):
        made: dict[Any, list[Doc]] = defaultdict(list)
        entries = []
        docs = [decode(text) for *_, text, _ in batch]
        sources = _source_versions(connection, docs)
        for (pos, since, until, live, _, speaker), doc in zip(batch, docs, strict=True):
            try:
                for table, row in rows.rows_of(doc, pos, until):
                    made[table].append(row)
                shown = {doc["speaker"]["id"]: _decoded(speaker)} if speaker else {}
                cited = {one: _source_until(sources[one], until) for one in _sources_of(doc)}
                shown |= cited if since >= documents_since else {one: _alone(source) for one, source in cited.items()}
                entries.append((pos, live, entry_of(doc, shown)))
            except BadValue as error:  # a unit that an earlier version took
                told = "correct it with the version that stored it, then run `onrecord migrate`"
                raise NotReady(f"{doc['id']} (key {doc['key']}) says what is refused by now: {error} {told}") from error
        for table, columns in OF_CLAIMS.items():
            _renew(connection, table, columns, made[table], ("pos",))
        renew_entries(connection, entries)
        done += len(batch)
        progress("words of claims derived", done, every)


def _sources_of(doc: Doc) -> set[str]:
    return {citation["source"]["id"] for citation in doc["citations"]}


Versions = list[tuple[int, str]]  # of a source, latest first: since when, and its document


def _source_versions(connection: Connection, docs: list[Doc]) -> dict[str, Versions]:
    """The versions of the sources that claims cite, by id."""
    numbers = {one: parse_id(one, "src") for doc in docs for one in _sources_of(doc)}
    found: dict[int, Versions] = defaultdict(list)
    for some in chunks(sorted(filter(None, numbers.values()))):
        versions = select(Source.id, Source.since, Source.doc).where(Source.id.in_(some)).order_by(Source.since.desc())
        for number, since, text in connection.execute(versions):
            found[number].append((since, text))
    return {one: found[number or 0] for one, number in numbers.items()}


def _source_until(versions: Versions, until: int | None) -> Doc:
    """A source as it was when a version of a claim ended."""
    return _decoded(next(text for since, text in versions if until is None or since < until))


def _alone(source: Doc) -> Doc:
    """A source that counts as a document of its own, wherever it stands."""
    return source | {"url": None}


def _claims_with_speakers() -> Select[Any]:
    """Versions of claims, each with the speaker as it was at the version's end: by its last names a claim is found."""
    same = (
        Speaker.id == Claim.speaker_id,
        or_(Claim.until.is_(None), Speaker.since < Claim.until),
        or_(Speaker.until.is_(None), Speaker.until >= Claim.until),
    )
    versions: Any = select(Claim.pos, Claim.since, Claim.until, Claim.live, Document.doc, Speaker.doc)
    joined: Select[Any] = versions.join(Document, Document.pos == Claim.pos).outerjoin(Speaker, and_(*same))
    return joined


# Speakers, sources, metrics


def _derive_records(connection: Connection, prefix: str, progress: Progress) -> None:
    table, done = TABLES[prefix], 0
    every = connection.execute(select(func.count()).select_from(table)).scalar_one()
    versions: Any = select(table.id, table.since, table.until, table.doc)
    for batch in read_batches(connection, versions, (table.id, table.since), BATCH):
        made: dict[Any, list[Doc]] = defaultdict(list)
        for _, _, until, text in batch:
            for kind, row in stored_records.rows_of(prefix, decode(text)):
                if kind is not SpeakerWord or until is None:
                    made[kind].append(row)
        for kind, columns in OF_RECORDS[prefix].items():
            _renew(connection, kind, columns, made[kind], ("speaker_id" if prefix == "spk" else "id", "since"))
        if prefix == "spk":
            _renew_starts(connection, {row.id for row in batch if row.until is None}, made[SpeakerWord])
        done += len(batch)
        progress(f"words of {NOUNS[prefix]} derived", done, every)


def _renew_starts(connection: Connection, ids: set[int], made: list[Doc]) -> None:
    """Replace what the names of these speakers are found by while they are typed, where it differs."""
    speaker_words = SpeakerWord.__table__
    names = speaker_words.c.keys()
    wanted, stored = defaultdict(set), defaultdict(set)
    for row in made:
        wanted[row["speaker_id"]].add(tuple(row[name] for name in names))
    for found in connection.execute(select(speaker_words).where(speaker_words.c.speaker_id.in_(ids))):
        stored[found.speaker_id].add(tuple(found))
    changed = {one for one in ids if wanted[one] != stored[one]}
    connection.execute(delete(SpeakerWord).where(SpeakerWord.speaker_id.in_(changed)))
    insert_rows(connection, SpeakerWord, [row for row in made if row["speaker_id"] in changed])


def _metrics_alike(connection: Connection) -> Iterator[list[str]]:
    """The current metrics whose names fold alike, together: the id, key and name of each."""
    current = Metric.until.is_(None)
    several = select(Metric.folded).where(current).group_by(Metric.folded).having(func.count() > 1)
    found = select(Metric.folded, Metric.doc).where(current, Metric.folded.in_(several)).order_by(Metric.id)
    alike: dict[str, list[str]] = defaultdict(list)
    for folded, text in connection.execute(found):
        doc = decode(text)
        alike[folded].append(f"{doc['id']} (key {doc['key']}, {doc['name']})")
    yield from alike.values()


def _told(first: str, *others: str) -> str:
    return (
        f"the names of {first} and {', '.join(others)} count as the same by now: a claim that gives neither's key nor"
        " its name to the letter is refused; give all but one another name"
    )


def _sources_alike(connection: Connection) -> Iterator[str]:
    """Warnings of current sources at one address without keys of their own: an earlier release made one for
    each spelling.
    """
    current = Source.until.is_(None)
    several = select(Source.address).where(current).group_by(Source.address).having(func.count() > 1)
    found = select(Source.address, Source.doc).where(current, Source.address.in_(several)).order_by(Source.id)
    alike: dict[str | None, list[Doc]] = defaultdict(list)
    for address, text in connection.execute(found):
        alike[address].append(decode(text))
    spelt = [docs for docs in alike.values() if not all(map(has_own_key, docs))]
    for first, *others in spelt[:MOST_ALIKE]:
        named = ", ".join(f"{doc['id']} ({doc['url']})" for doc in others)
        yield (
            f"{first['id']} ({first['url']}) and {named} are at one address by now: a source at it that is neither"
            f" spelt so nor named by key is refused; merge them: onrecord merge {others[0]['id']} {first['id']}"
        )
    if len(spelt) > MOST_ALIKE:
        yield f"{len(spelt) - MOST_ALIKE:,} more addresses have several sources"


def _sources_without_addresses(connection: Connection) -> Iterator[str]:
    """A warning of current sources with invalid addresses: earlier releases took any text."""
    located: Any = select(Source.id, Source.since, Source.url).where(Source.until.is_(None), Source.url.is_not(None))
    batches = read_batches(connection, located, (Source.id, Source.since), BATCH)
    wrong = [f"src_{row.id} ({row.url!r:.80})" for batch in batches for row in batch if not is_address(row.url)]
    if wrong:
        what = "1 source is" if len(wrong) == 1 else f"{len(wrong):,} sources are"
        yield (
            f"{what} at what is no address, such as {', '.join(wrong[:3])}: a file that tells it is refused; define"
            " them with the address in full, or with none"
        )


def _renew(connection: Connection, kind: Any, columns: tuple[str, ...], made: list[Doc], own: tuple[str, ...]) -> None:
    """Set columns where they are not what was made. made: the rows of all versions of a stretch of the key `own`."""
    if not made:
        return
    table = kind.__table__
    keys = table.primary_key.columns.keys()
    span = tuple_(*(table.c[name] for name in own))
    first, last = (_values(row, own) for row in (made[0], made[-1]))
    stretch = select(*(table.c[name] for name in (*keys, *columns))).where(span >= first, span <= last)
    stored = {tuple(row[: len(keys)]): tuple(row[len(keys) :]) for row in connection.execute(stretch)}
    changed = [row for row in made if stored.get(_values(row, keys)) != _values(row, columns)]
    if changed:
        where = [table.c[name] == bindparam(f"its_{name}") for name in keys]
        renewed = update(table).where(*where).values({name: bindparam(f"new_{name}") for name in columns})
        connection.execute(
            renewed,
            [
                {f"its_{key}": row[key] for key in keys} | {f"new_{name}": row[name] for name in columns}
                for row in changed
            ],
        )


def _values(row: Doc, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)
