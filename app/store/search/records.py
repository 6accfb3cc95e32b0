"""One record by its id or key: as it is now, as it was at a revision, or one of its versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from app.domain.record.records_in import parse_id
from app.errors import BadValue, Gone, Merged, NotFound, check_text
from app.store.database.fetching import fetch_rows
from app.store.history.moment import moment_of
from app.store.records.key_hashes import key_hash
from app.store.records.kinds import NOUNS, TABLES
from app.store.records.rows import number_of


@dataclass(frozen=True)
class Record:
    """One record as it is stored: its document, and the revision in which that was rendered."""

    id: str
    version: int
    revision: int
    document: str


@dataclass(frozen=True)
class Asked:
    """The state of a record that is asked for: as of a revision or a moment, or a version; by default as it is now."""

    as_of: int | datetime | None = None
    version: int | None = None


NOW: Final = Asked()
RESOURCES: Final = NOUNS | {"clm": "claims"}
PARTS: Final = {
    "clm": ("citation", "history", "related"),
    "spk": ("history",),
    "src": ("history", "text"),
    "met": ("history",),
}

_SHOWN: Final = "{0}since <= ? AND ({0}until IS NULL OR {0}until > ?)"
_WHEN: Final = {
    "now": "r.until IS NULL",
    "then": _SHOWN.format("r."),
    "version": "r.version = ? ORDER BY r.since DESC LIMIT 1",
}
_ROWS: Final = {
    "clm": "SELECT r.id, r.version, r.since, d.doc FROM claims r JOIN documents d ON d.number = r.number"
} | {
    prefix: f"SELECT r.id, r.version, r.since, r.doc FROM {table.__tablename__} r"  # noqa: S608  # one of three
    for prefix, table in TABLES.items()
}
_ID: Final = "?"
_OF_KEY: Final = "(SELECT k.id FROM record_keys k WHERE k.type = '{}' AND k.key = ?)"
_NUMBER: Final = "SELECT id FROM record_keys WHERE type = ? AND key = ?"
_MERGED: Final = f"SELECT into_id FROM merges WHERE type = ? AND id = ? AND {_SHOWN.format('')}"  # noqa: S608  # our own
_ENDED: Final = (
    "SELECT e.kind, e.revision, r.recorded_at FROM ended_records e JOIN revisions r ON r.number = e.revision"
    " WHERE e.type = ? AND e.id = ? AND e.revision <= ? AND e.kind = 'undone' ORDER BY e.revision DESC LIMIT 1"
)
_PURGED: Final = (  # what is gone is gone at every revision
    "SELECT e.kind, e.revision, r.recorded_at, r.comment FROM ended_records e JOIN revisions r ON r.number = e.revision"
    " WHERE e.type = ? AND e.id = ? AND e.kind <> 'undone' ORDER BY e.revision DESC LIMIT 1"
)
_HASHED: Final = "SELECT id FROM ended_records WHERE type = ? AND key_hash = ?"
_FIRST: Final = (
    "SELECT v.number, v.recorded_at FROM revisions v WHERE v.number = (SELECT min(since) FROM {} WHERE id = ?)"
)
_LAST: Final = "SELECT max(version) FROM {} WHERE id = ?"
_ELSE: Final = {  # ways to find a record whose id is unknown
    "clm": "/v1/claims/by-key/… finds it by its key",
    "spk": "/v1/speakers?key=… or ?name=… finds it by its key or name",
    "src": "/v1/sources?key=… or ?url=… finds it by its key or address",
    "met": "/v1/metrics?key=… or ?name=… finds it by its key or name",
}


def read_record(connection: Connection, prefix: str, record_id: str, asked: Asked = NOW) -> Record:
    """The claim (`clm`), retracted ones too, speaker (`spk`), source (`src`) or metric (`met`) with this id.

    Raises NotFound, where it was made later with the revision that made it; Merged for one that was part of another
    then, and Gone for one that had ended; BadRequest as moment_of does.
    """
    number = number_of_id(prefix, record_id)
    return _found(connection, prefix, _ID, number, asked) or _absent(connection, prefix, number, record_id, asked)


def read_record_by_key(connection: Connection, prefix: str, key: str, asked: Asked = NOW) -> Record:
    """The record with this key. Raises the same; NotFound for what cannot be a key as well."""
    told = f"with the key {key[:600]!r}"
    try:
        check_text(key)
    except BadValue as error:
        raise NotFound(f"there is no {noun_of(prefix)} {told}: {error}") from None
    if found := _found(connection, prefix, _OF_KEY.format(prefix), key, asked):
        return found
    numbers = fetch_rows(connection, _NUMBER, prefix, key) or fetch_rows(
        connection, _HASHED, prefix, key_hash(prefix, key)
    )
    if not numbers and (path := _path_meant(connection, prefix, key)):
        raise NotFound(f"there is no {noun_of(prefix)} {told}; by id it is {path}")
    return _absent(connection, prefix, numbers[0][0] if numbers else None, told, asked)


def _path_meant(connection: Connection, prefix: str, key: str) -> str | None:
    """The path of a part of a record, where it was asked for behind the record's key."""
    own, _, part = key.rpartition("/")
    numbers = fetch_rows(connection, _NUMBER, prefix, own) if part in PARTS[prefix] else ()
    return f"/v1/{RESOURCES[prefix]}/{prefix}_{numbers[0][0]}/{part}" if numbers else None


def noun_of(prefix: str) -> str:
    """A type of record, as messages name it."""
    return RESOURCES[prefix][:-1]


def number_of_id(prefix: str, record_id: str) -> int:
    """The number in an id of this type. Raises NotFound for another text."""
    number = parse_id(record_id, prefix)
    if number is None:
        told = f"{record_id[:80]!r} is not the id of a {noun_of(prefix)}; it looks like {prefix}_12"
        raise NotFound(f"{told}; {_ELSE[prefix]}")
    return number


def _found(connection: Connection, prefix: str, which: str, value: Any, asked: Asked) -> Record | None:
    when, values = _when(connection, asked)
    statement = f"{_ROWS[prefix]} WHERE r.id = {which} AND {_WHEN[when]}"
    for number, *more in fetch_rows(connection, statement, value, *values):
        return Record(f"{prefix}_{number}", *more)
    return None


def _when(connection: Connection, asked: Asked) -> tuple[str, list[int]]:
    """The name of the condition on versions, and its values."""
    if asked.version is not None:
        return "version", [asked.version]
    if asked.as_of is None:
        return "now", []
    return "then", [moment_of(connection, as_of=asked.as_of).revision] * 2


def _absent(connection: Connection, prefix: str, number: int | None, told: str, asked: Asked) -> Record:
    """Raise the error that says why there is no such record."""
    noun = noun_of(prefix)
    table = "claims" if prefix == "clm" else TABLES[prefix].__tablename__
    first = fetch_rows(connection, _FIRST.format(table), number) if number is not None else []
    own = f"{prefix}_{number}"
    for purge in fetch_rows(connection, _PURGED, prefix, number) if number is not None else ():
        _require_not_purged(connection, table, own, asked, *purge)
    if number is None or not first:
        raise NotFound(f"there is no {noun} {told}")
    if asked.version is not None:
        ((last,),) = fetch_rows(connection, _LAST.format(table), number)
        raise NotFound(f"{own} has no version {asked.version}: its last is {last}")
    revision = moment_of(connection, as_of=asked.as_of).revision
    for (into,) in fetch_rows(connection, _MERGED, prefix, number, revision, revision):
        raise Merged(f"{own} was merged into {prefix}_{into}", RESOURCES[prefix], f"{prefix}_{into}")
    ((since, at),) = first
    if since > revision:
        raise NotFound(f"there was no {own} as of revision {revision}: it exists since revision {since} ({at})")
    for kind, ended, at in fetch_rows(connection, _ENDED, prefix, number, revision):
        raise Gone(f"{own} was {kind} with revision {ended} ({at})", code=kind)
    raise RuntimeError(f"{own} has no version at revision {revision}, and nothing says why")


def _require_not_purged(
    connection: Connection, table: str, own: str, asked: Asked, kind: str, revision: int, at: str, reason: str | None
) -> None:
    """Raise Gone for a record that was purged, or of which versions were that may be the one that is asked for."""
    why = f": {reason}" if reason else ""
    if kind == "purged":
        raise Gone(f"{own} was purged with revision {revision} ({at}){why}", code="purged")
    if asked.version is not None:
        ((last,),) = fetch_rows(connection, _LAST.format(table), number_of(own))
        is_gone = asked.version < last
    else:
        is_gone = moment_of(connection, as_of=asked.as_of).revision < revision
    if is_gone:
        told = f"versions of {own} from before were purged with revision {revision} ({at}){why}"
        raise Gone(told, code="purged")
