"""Comparing rows with documents: the document of a version is the record, and all its other rows follow from it.

Everything is read as it is stored; each difference is told in a line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, func, select, tuple_

from app.domain.record.records_in import parse_id
from app.store.database import tables
from app.store.database.bulk_insert import Progress, read_batches
from app.store.database.fetching import fetch_rows
from app.store.database.tables import Base, Claim, Document, RecordKey
from app.store.records.document import Doc, decode
from app.store.records.kinds import NOUNS, TABLES
from app.store.records.rows import COLUMNS, rows_of
from app.store.write import record_rows

BATCH: Final = 1_000  # versions that are compared at once

_ALONE: Final = "SELECT number FROM {} WHERE number NOT IN (SELECT number FROM {}) ORDER BY number"
_PARTS_OF_SPEAKERS: Final = (tables.SpeakerName, tables.SpeakerIdentifier, tables.Tenure)
_ENDS: Final[dict[str, Any]] = {"clm": Claim, **TABLES}  # the tables whose versions follow each other

Key = tuple[Any, ...]
Rows = dict[Key, tuple[Any, ...]]  # by what tells a row from the others of its table


def row_differences(connection: Connection, progress: Progress) -> Iterator[str]:
    """Each difference between what is stored of claims, speakers, sources and metrics and their documents."""
    yield from _claim_differences(connection, progress)
    for prefix in TABLES:
        yield from _record_differences(connection, prefix, progress)
    for prefix, table in _ENDS.items():
        yield from _order_differences(connection, prefix, table)


def _claim_differences(connection: Connection, progress: Progress) -> Iterator[str]:
    for one, other in (("claims", "documents"), ("documents", "claims")):
        alone = fetch_rows(connection, _ALONE.format(one, other))
        yield from (f"{one} {number}: it has no row in {other}" for (number,) in alone)
    done, every, described = 0, _count(connection, Claim), _described(connection)
    versions: Any = select(Document.number, Document.doc, Claim.facts_hash)
    versions = versions.join(Claim, Claim.number == Document.number)
    for batch in read_batches(connection, versions, (Document.number,), BATCH):
        docs = {row.number: decode(row.doc) for row in batch}
        right: dict[str, Rows] = {table: {} for table in COLUMNS}
        for row in batch:
            for table, values in rows_of(docs[row.number], row.number, row.facts_hash):
                right[table][values[: _key_length(table)]] = values
        for table, rows in right.items():
            yield from _told(table, _stored_of_claims(connection, table, batch[0].number, batch[-1].number), rows)
        yield from _key_differences(connection, "clm", docs.values())
        yield from (f"{doc['id']}: {told}" for doc in docs.values() if (told := _undescribed(doc, described)))
        done += len(batch)
        progress("claims compared", done, every)


def _described(connection: Connection) -> dict[str, list[tuple[int, int | None]]]:
    """The first revision of each version of a dataset, and the one that ended it, by name."""
    found: dict[str, list[tuple[int, int | None]]] = defaultdict(list)
    for name, since, until in fetch_rows(connection, "SELECT name, since, until FROM datasets"):
        found[name].append((since, until))
    return found


def _undescribed(doc: Doc, described: dict[str, list[tuple[int, int | None]]]) -> str | None:
    """The difference of a claim whose dataset had no row when it was written."""
    name, revision = doc["dataset"], doc["revision"]
    if name is None or any(since <= revision < (until or revision + 1) for since, until in described.get(name, ())):
        return None
    return f"its dataset {name} has no row as of revision {revision}"


def _key_length(table: str) -> int:
    return 2 if COLUMNS[table][1] == "n" else 1


def _stored_of_claims(connection: Connection, table: str, first: int, last: int) -> Rows:
    """The rows of a table with these versions; that a version has ended is no part of its document."""
    names = ", ".join(("NULL" if name == "until" else name) for name in COLUMNS[table])
    statement = f"SELECT {names} FROM {table} WHERE number BETWEEN ? AND ?"  # noqa: S608  # names of our own
    return {row[: _key_length(table)]: tuple(row) for row in fetch_rows(connection, statement, first, last)}


def _record_differences(connection: Connection, prefix: str, progress: Progress) -> Iterator[str]:
    table: Any = TABLES[prefix]
    done, every = 0, _count(connection, table)
    columns = (table.number,) if prefix == "spk" else ()
    for batch in read_batches(
        connection, select(table.id, table.since, table.until, table.doc, *columns), (table.id, table.since), BATCH
    ):
        docs = [decode(row.doc) for row in batch]
        right: dict[Any, Rows] = {one: {} for one in (table, *(_PARTS_OF_SPEAKERS if prefix == "spk" else ()))}
        for row, doc in zip(batch, docs, strict=True):
            for made, values in record_rows.rows_of(prefix, doc, getattr(row, "number", 0)):
                if made is not tables.SpeakerWord:
                    right[made][_key_of(made, values)] = _values(made, values)
        for made, rows in right.items():
            yield from _told(made.__tablename__, _stored_of_records(connection, made, table, batch), rows)
        if prefix == "spk":
            yield from _word_differences(connection, batch, docs)
        yield from _key_differences(connection, prefix, docs)
        done += len(batch)
        progress(f"{NOUNS[prefix]} compared", done, every)


def _key_of(table: type[Base], values: Doc) -> Key:
    return tuple(values[column.name] for column in table.__table__.primary_key)


def _values(table: type[Base], values: Doc) -> tuple[Any, ...]:
    return tuple(values.get(column.name) for column in table.__table__.columns if column.name != "until")


def _stored_of_records(connection: Connection, made: Any, table: Any, batch: Sequence[Any]) -> Rows:
    own = made.id if made is table else made.speaker_id
    key = tuple_(own, made.since)
    first, last = (tuple_(row.id, row.since) for row in (batch[0], batch[-1]))
    rows = connection.execute(select(*made.__table__.columns).where(key >= first, key <= last)).mappings()
    return {_key_of(made, dict(row)): _values(made, dict(row)) for row in rows}


def _word_differences(connection: Connection, batch: Sequence[Any], docs: list[Doc]) -> Iterator[str]:
    """The typeahead entries, which there are of current names alone."""
    current = {row.id: (doc, row.number) for row, doc in zip(batch, docs, strict=True) if row.until is None}
    entry = tables.SpeakerWord
    rows = connection.execute(select(*entry.__table__.columns).where(entry.speaker_id.in_(current))).mappings()
    right: Rows = {}
    for doc, number in current.values():
        for made, values in record_rows.rows_of("spk", doc, number):
            if made is entry:
                right[_key_of(made, values)] = _values(made, values)
    yield from _told(entry.__tablename__, {_key_of(entry, dict(row)): _values(entry, dict(row)) for row in rows}, right)


def _key_differences(connection: Connection, prefix: str, docs: Iterable[Doc]) -> Iterator[str]:
    wanted = {parse_id(doc["id"], prefix): doc["key"] for doc in docs}
    known = select(RecordKey.id, RecordKey.key).where(RecordKey.type == prefix, RecordKey.id.in_(wanted))
    keys = {row.id: row.key for row in connection.execute(known)}
    yield from (f"{prefix}_{one}: another key than in its document" for one in wanted if keys.get(one) != wanted[one])


def _order_differences(connection: Connection, prefix: str, table: Any) -> Iterator[str]:
    """Versions of one record that do not follow each other: each ends where the next one begins, or the record ends."""
    ends, thinned = _ends_of(connection, prefix), _thinned(connection, prefix)
    after = func.lead(table.since).over(partition_by=table.id, order_by=table.since)
    rows = connection.execute(select(table.id, table.since, table.until, after.label("next_since")))
    for row in rows:
        if row.until != row.next_since and (row.id, row.until) not in ends and row.id not in thinned:
            yield f"{prefix}_{row.id}: its version since {row.since} ends at {row.until}, not at {row.next_since}"


def _ends_of(connection: Connection, prefix: str) -> set[tuple[int, int]]:
    """The ends of records: those that were merged, undone or purged, each with the revision."""
    merge, ended = tables.Merge, tables.EndedRecord
    merged = connection.execute(select(merge.id, merge.ended).where(merge.type == prefix))
    undone = connection.execute(select(ended.id, ended.revision).where(ended.type == prefix))
    return {(number, revision) for number, revision in (*merged, *undone)}


def _thinned(connection: Connection, prefix: str) -> set[int]:
    """The claims of which versions were purged, between others."""
    ended = tables.EndedRecord
    own = select(ended.id).where(ended.type == prefix, ended.kind == "thinned")
    return set(connection.execute(own).scalars())


def _count(connection: Connection, table: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _told(table: str, stored: Rows, right: Rows) -> Iterator[str]:
    for key in sorted(stored.keys() | right.keys(), key=repr):
        if key not in stored:
            yield f"{table} {_shown(key)}: the row is missing"
        elif key not in right:
            yield f"{table} {_shown(key)}: the row is too many"
        elif stored[key] != right[key]:
            yield f"{table} {_shown(key)}: another row than its document makes"


def _shown(key: Key) -> str:
    return ", ".join(map(str, key))
