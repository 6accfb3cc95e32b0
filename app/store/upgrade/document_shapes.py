"""Documents of earlier releases → the shape of this one: fields that they lack are added, blank.

The shape is that of the models in records_out.py, so a new field is written down once. Nothing else of a document
changes: neither a value nor the order of the fields that it has.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final, get_args, get_origin

from sqlalchemy import Connection, bindparam, func, select, update

from app.domain.record.model_fields import bare_type, fields_in_order, is_model
from app.store.database.bulk_insert import Progress, read_batches
from app.store.database.tables import Document
from app.store.records.document import Doc, decode, encode
from app.store.records.fields import MODELS, blank_value
from app.store.records.kinds import NOUNS, TABLES

BATCH: Final = 1000  # documents read at a time


def complete(prefix: str, doc: Doc) -> Doc:
    """The document with every field of this release: those that it lacks are null, lists and objects empty."""
    whole: Doc = _completing(MODELS[prefix])(doc)
    return whole


@cache
def _completing(annotation: Any) -> Callable[[Any], Any]:
    """Gives the function that completes a value of a type."""
    kind = bare_type(annotation)
    if get_origin(kind) is list:
        element = _completing(get_args(kind)[0])
        return lambda value: [element(one) for one in value] if value else value
    if not (is_model(kind)):
        return lambda value: value
    names = fields_in_order(kind)
    fields = [(name, _completing(kind.model_fields[name].annotation), blank_value(kind, name)) for name in names]

    def filled(value: Any) -> Any:
        if value is None:
            return None
        whole = {name: finish(value[name]) if name in value else blank for name, finish, blank in fields}
        return whole | {name: own for name, own in value.items() if name not in whole}

    return filled


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
