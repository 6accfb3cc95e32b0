"""The shape of documents: that of the models in records_out.py, with every field of this release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Any, get_args, get_origin

from sqlalchemy import Connection

from app.domain.record.model_fields import bare_type, fields_in_order, is_model
from app.errors import NotReady
from app.store.database.derived_versions import DOCUMENT_VERSION
from app.store.database.fetching import fetch_rows
from app.store.records.document import Doc, decode
from app.store.records.fields import MODELS, blank_value
from app.store.records.kinds import TABLES


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


_FIRST = {"documents": "number"} | {table.__tablename__: "id, since" for table in TABLES.values()}
_OLDEST = " UNION ALL ".join(
    f"SELECT doc FROM (SELECT doc FROM {table} ORDER BY {order} LIMIT 1) AS one"  # noqa: S608  # names of our own tables
    for table, order in _FIRST.items()
)


def require_whole(connection: Connection) -> None:
    """Raise NotReady where stored documents lack fields of this release, though they are of its version: whoever added
    a field forgot to count that up. The oldest document of each type is looked at.
    """
    for (text,) in fetch_rows(connection, _OLDEST):
        _require_whole(text)


@lru_cache(maxsize=16)  # the same ones with each write
def _require_whole(text: str) -> None:
    doc = decode(text)
    if lacking := list(_lacking(complete(doc["id"][:3], doc), doc)):
        told = f"{doc['id']} lacks {', '.join(lacking)}, though its document is of version {DOCUMENT_VERSION}"
        told = f"{told}, which is this release's"
        raise NotReady(f"{told}: count DOCUMENT_VERSION up in derived_versions.py, then run `onrecord migrate`")


def _lacking(whole: Any, part: Any, path: str = "") -> Iterator[str]:
    """The places of a whole value that another lacks."""
    match whole:
        case dict():
            for name, inner in whole.items():
                at = f"{path}.{name}" if path else name
                yield from _lacking(inner, part[name], at) if name in part else (at,)
        case list():
            for number, inner in enumerate(whole):
                yield from _lacking(inner, part[number], f"{path}.{number}")
