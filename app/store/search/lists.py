"""Lists of speakers, sources and metrics, in the order of their ids."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, func, literal, select

from app.store.records.kinds import NOUNS, TABLES
from app.store.records.names import folded
from app.store.search.lookups import Asking, ids_found
from app.store.search.near_names import near_names, told_near
from app.store.search.notes import MAX_NEAR, SHOWN, note_behind
from app.store.search.results import Page, Place, Total

CAP = 10_000  # totals are counted so far


def find_records(
    asking: Asking,
    prefix: str,
    filters: dict[str, Any],
    *,
    limit: int,
    after: Place | None = None,
    total: Total | None = None,
    is_past: bool = False,
) -> Page:
    """A page of records in the order of ids, as of a moment. after: where the page before it ended. is_past: whether a
    moment was asked for, so that the answer is always the same.

    filters, where given: `key`, `name` (any of a speaker's names, folded), `kind`, `kind__isnull`, `publisher` (folded)
    and `url`. Keys, names and addresses of merged records find the survivors.
    """
    table: Any = TABLES[prefix]
    connection, moment = asking.connection, asking.moment
    found = select(table.id, table.doc).where(*_conditions(asking, prefix, table, filters))
    count = total or _total(connection, found)
    if after is not None:
        found = found.where(table.id > after.number)
    rows = connection.execute(found.order_by(table.id).limit(limit + 1)).all()
    end = Place(rows[limit - 1].id) if len(rows) > limit else None
    documents = ",\n".join(row.doc for row in rows[:limit]).encode()
    notes = () if rows or after is not None else _notes(asking, prefix, table, filters, is_past)
    return Page(documents, end, count, moment.revision, moment.mark, notes)


def _total(connection: Connection, found: Select[Any]) -> Total:
    """How many rows a statement has, counted up to the cap."""
    rows = found.with_only_columns(literal(1)).limit(CAP + 1).subquery()
    counted = connection.execute(select(func.count()).select_from(rows)).scalar_one()
    return Total(min(counted, CAP), "gte" if counted > CAP else "eq")


_LOOKED_UP = {"key": "key", "name": "name", "url": "address"}
_NAMES = {  # parameters for names of records in lists of claims
    ("spk", "name"): "speaker__name",
    ("met", "name"): "figure__metric__name",
    ("src", "publisher"): "source__publisher",
    ("src", "url"): "source__url",
}


def _notes(asking: Asking, prefix: str, table: Any, filters: dict[str, Any], is_past: bool) -> tuple[str, ...]:
    """Which of the values that are asked for no record has; with near names, which are those of today, only where no
    moment was asked for.
    """
    if behind := note_behind(asking.connection):
        return (behind,)

    def is_there(name: str, value: str) -> bool:
        found = select(table.id).where(*_conditions(asking, prefix, table, {name: value}))
        return asking.connection.execute(found.limit(1)).first() is not None

    notes = []
    for name, value in filters.items():
        if not isinstance(value, str) or is_there(name, value):
            continue
        parameter = _NAMES.get((prefix, name), "")
        names = () if is_past else near_names(parameter, value, asking)
        told = told_near(parameter, [one for one in names if is_there(name, one)][:MAX_NEAR])
        notes.append(f"{name} {value[:SHOWN]!r} is that of no {NOUNS[prefix][:-1]}{told}")
    return tuple(notes)


def _conditions(asking: Asking, prefix: str, table: Any, filters: dict[str, Any]) -> list[Any]:
    conditions = [asking.moment.shown(table.since, table.until)]
    for name, value in filters.items():
        if value is None:
            continue
        if name in _LOOKED_UP:
            conditions.append(table.id.in_(ids_found(_LOOKED_UP[name], prefix, [value], asking)))
        elif name == "kind__isnull":
            conditions.append(table.kind.is_(None) if value else table.kind.is_not(None))
        else:
            conditions.append(getattr(table, name) == (folded(value) if name == "publisher" else value))
    return conditions
