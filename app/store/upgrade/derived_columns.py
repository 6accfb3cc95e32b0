"""Documents → the columns of speakers, sources and metrics that word rules decide, derived anew where those are others.

Documents are the record, and stay as they are. Columns are made by the same functions that an import uses, some
versions at a time, and written where they differ (decisions 15, 22).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, select, tuple_, update

from app.store.database.bulk_insert import Progress, insert_rows, read_batches
from app.store.database.tables import Metric, Source, SpeakerName, SpeakerWord
from app.store.records.document import Doc, decode
from app.store.records.kinds import NOUNS, TABLES
from app.store.write import record_rows

BATCH: Final = 1000  # versions read at a time

# Derived columns of each table, beside all of SpeakerWord.
DERIVED: Final[dict[str, dict[Any, tuple[str, ...]]]] = {
    "spk": {SpeakerName: ("folded",)},
    "src": {Source: ("publisher", "fingerprint", "address", "document")},
    "met": {Metric: ("folded",)},
}


def derive_columns(connection: Connection, progress: Progress) -> None:
    """Derive the columns anew from the documents of all versions, in the caller's writing transaction."""
    for prefix in DERIVED:
        _derive_versions(connection, prefix, progress)


def _derive_versions(connection: Connection, prefix: str, progress: Progress) -> None:
    table, done = TABLES[prefix], 0
    every = connection.execute(select(func.count()).select_from(table)).scalar_one()
    versions: Any = select(table.id, table.since, table.until, table.doc)
    for batch in read_batches(connection, versions, (table.id, table.since), BATCH):
        made: dict[Any, list[Doc]] = defaultdict(list)
        for _, _, until, text in batch:
            for kind, row in record_rows.rows_of(prefix, decode(text)):
                if kind is not SpeakerWord or until is None:
                    made[kind].append(row)
        for kind, columns in DERIVED[prefix].items():
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
