"""Speakers, organizations, sources and metrics in a row of a table, against those that the stored claim shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.domain.record.csv_columns import text_of
from app.domain.record.derived import ENDS
from app.domain.record.records_in import DateIn, SourceIn
from app.domain.record.removals import is_unnamed, own_of, whole_of
from app.domain.record.sent import SAME, fields_of, sent_of
from app.errors import FieldPath

Doc = dict[str, Any]


def named_by(kind: Any, shown: Doc | None, cells: Any) -> Any:
    """The record that cells name: another, or the one that is shown with changes from the other cells; SAME where there
    are none. None where the cells empty what it is known by.
    """
    if not isinstance(cells, dict):
        return SAME if shown and cells in (shown["id"], shown.get("name")) else cells
    said = whole_of(own_of(kind, cells))
    if not said:
        return None if shown and is_unnamed(kind, shown, cells) else SAME
    if shown is None:
        return said
    if names_another(kind, shown, said):
        own = {name: shown[name] for name in ("publisher", "published_on") if name in shown and name not in cells}
        by_title = kind is SourceIn and not {"id", "key", "url"} & said.keys()
        return said | {name: sent_of(fields_of(kind)[name], value) for name, value in own.items() if by_title and value}
    news = {
        name: value
        for name, value in said.items()
        if name not in ("id", "key") and not _is_shown(fields_of(kind)[name], shown.get(name), value)
    }
    return {"key": shown["key"]} | news if news else SAME


def names_another(kind: Any, shown: Doc, said: Doc) -> bool:
    """Whether a row names another record than the claim shows; its key decides, then its id, address or name.

    A source that has an address is known by that, and not by its title.
    """
    for name in ("key", "id"):
        if name in said:
            return bool(said[name] != shown[name])
    if kind is not SourceIn:
        return bool("name" in said and said["name"] != shown["name"])
    if "url" in said and shown["url"] is not None:
        return bool(said["url"] != shown["url"])
    return bool(shown["url"] is None and "title" in said and said["title"] != shown["title"])


def _is_shown(kind: Any, shown: Any, value: Any) -> bool:
    """Whether a reference shows what is said of it."""
    if shown is None:
        return False
    if kind is DateIn:
        given = value if isinstance(value, dict) else {"edtf": value}
        return all(shown.get(name) == text for name, text in given.items() if name not in ENDS)
    return bool(text_of(shown) == value)


def emptied_of(kind: Any, shown: Doc, cells: Doc) -> Iterator[tuple[FieldPath, Any]]:
    """Values that cells empty of the record shown: the way there, and the value. An id is each database's own."""
    for name, cell in cells.items():
        value = shown.get(name)
        if isinstance(cell, dict) and isinstance(value, dict) and fields_of(kind)[name] is DateIn:
            parts = {part: value[part] for part in ("edtf", "as_stated") if part in cell and cell[part] is None}
            yield from (((name, part), text) for part, text in parts.items() if text is not None)
        elif cell is None and value is not None and name != "id":
            yield (name,), value["edtf"] if isinstance(value, dict) else value
