"""Documents of earlier releases → the shape of this one: fields that they lack are added, blank.

The shape is that of the models in records_out.py, so a new field is written down once. Nothing else of a document
changes: neither a value nor the order of the fields that it has.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select, update

from app.store.database.bulk_insert import Progress, read_batches
from app.store.database.tables import Document
from app.store.records.document import decode, encode
from app.store.records.kinds import NOUNS, TABLES
from app.store.records.shapes import complete

BATCH: Final = 1000  # documents read at a time


def complete_documents(connection: Connection, progress: Progress) -> None:
    """Complete every stored document, closed versions too, in the caller's writing transaction."""
    _complete_table(connection, "clm", Document, (Document.number,), progress)
    for prefix, table in TABLES.items():
        _complete_table(connection, prefix, table, (table.id, table.since), progress)


def _complete_table(connection: Connection, prefix: str, table: Any, keys: tuple[Any, ...], progress: Progress) -> None:
    every = connection.execute(select(func.count()).select_from(table)).scalar_one()
    where = [key == bindparam(f"its_{key.name}") for key in keys]
    renew = update(table).where(*where).values(doc=bindparam("new_doc"))
    done = 0
    for batch in read_batches(connection, select(*keys, table.doc), keys, BATCH):
        changed = []
        for *values, text in batch:
            whole = encode(complete(prefix, decode(text)))
            if whole != text:
                named = {f"its_{key.name}": value for key, value in zip(keys, values, strict=True)}
                changed.append(named | {"new_doc": whole})
        if changed:
            connection.execute(renew, changed)
        done += len(batch)
        progress(f"documents of {'claims' if prefix == 'clm' else NOUNS[prefix]} completed", done, every)
