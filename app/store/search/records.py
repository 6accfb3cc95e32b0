"""One record as it is now, by its id or key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from app.domain.record.records_in import parse_id
from app.errors import BadValue, Merged, NotFound, check_text
from app.store.database.fetching import fetch_rows
from app.store.records.kinds import NOUNS, TABLES


@dataclass(frozen=True)
class Record:
    """One record as it is stored: its document, and the revision in which that was rendered."""

    id: str
    version: int
    revision: int
    document: str


_CLAIM = (
    "SELECT c.id, c.version, c.since, d.doc FROM claims c JOIN documents d ON d.number = c.number"
    " WHERE c.until IS NULL AND c.id = {id}"
)
_CURRENT = "SELECT id, version, since, doc FROM {} WHERE id = ? AND until IS NULL"
_BY_ID: Final = {"clm": _CLAIM.format(id="?")} | {
    prefix: _CURRENT.format(table.__tablename__) for prefix, table in TABLES.items()
}
_BY_KEY = _CLAIM.format(id="(SELECT k.id FROM record_keys k WHERE k.type = 'clm' AND k.key = ?)")
_MERGED = "SELECT into_id FROM merges WHERE type = ? AND id = ? AND until IS NULL"
_ELSE: Final = {  # ways to find a record whose id is unknown
    "clm": "/v1/claims/by-key/… finds it by its key",
    "spk": "/v1/speakers?key=… or ?name=… finds it by its key or name",
    "src": "/v1/sources?key=… or ?url=… finds it by its key or address",
    "met": "/v1/metrics?key=… or ?name=… finds it by its key or name",
}


def read_record(connection: Connection, prefix: str, record_id: str) -> Record:
    """The current claim (`clm`), retracted ones too, speaker (`spk`), source (`src`) or metric (`met`) with this id.

    Raises NotFound, and Merged for one that is part of another by now.
    """
    noun, number = NOUNS.get(prefix, "claims")[:-1], parse_id(record_id, prefix)
    if number is None:
        told = f"{record_id[:80]!r} is not the id of a {noun}; it looks like {prefix}_12"
        raise NotFound(f"{told}; {_ELSE[prefix]}")
    for found, *more in fetch_rows(connection, _BY_ID[prefix], number):
        return Record(f"{prefix}_{found}", *more)
    for (into,) in fetch_rows(connection, _MERGED, prefix, number) if prefix in NOUNS else ():
        raise Merged(f"{record_id} was merged into {prefix}_{into}", NOUNS[prefix], f"{prefix}_{into}")
    raise NotFound(f"there is no {noun} {record_id}")


def read_claim_by_key(connection: Connection, key: str) -> Record:
    """The claim with this key as it is now, retracted ones too. Raises NotFound, for what cannot be a key as well."""
    asked = f"claim with the key {key[:600]!r}"
    try:
        check_text(key)
    except BadValue as error:
        raise NotFound(f"there is no {asked}: {error}") from None
    for number, *more in fetch_rows(connection, _BY_KEY, key):
        return Record(f"clm_{number}", *more)
    raise NotFound(f"there is no {asked}")
