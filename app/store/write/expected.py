"""The state that a change of a record is made from: what `If-Match` names (RFC 9110 §13.1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from app.domain.record.records_in import parse_id
from app.errors import IfMatchNeeded, Problem, Stale
from app.store.database.fetching import fetch_rows
from app.store.records.document import Doc, decode, encode
from app.store.records.kinds import TABLES
from app.store.write.compare_records import changed_between

MOST_SHOWN: Final = 200  # characters of a value in a message

_OF_CLAIM: Final = "SELECT doc FROM claims JOIN documents USING (number) WHERE id = ? AND version = ? ORDER BY number"
_OF_RECORD: Final = "SELECT doc FROM {} WHERE id = ? AND version = ? ORDER BY since"


@dataclass(frozen=True, slots=True)
class Expected:
    """The states that a change may be made from. states: id and version of each; None for any that is stored."""

    states: frozenset[tuple[str, int]] | None = None

    def require(self, connection: Connection, doc: Doc) -> None:
        """Raise Stale where the record, whose current document this is, is in none of these states."""
        if self.states is None or (doc["id"], doc["version"]) in self.states:
            return
        own = sorted(version for record_id, version in self.states if record_id == doc["id"])
        if not own:
            raise Stale(
                f"the request is for no stored version of {doc['id']}, which is at version {doc['version']}:"
                " read it again"
            )
        raise _stale(connection, doc, "If-Match", own[-1])


def require_expected(connection: Connection, doc: Doc, expected: Expected | None, version: int | None = None) -> None:
    """The same of a change that must say what it is made from. version: that which its body names, if it does. Raises
    IfMatchNeeded where the request does not say.
    """
    if expected is None:
        told = f"{doc['id']} is stored: send the ETag that it was read with as If-Match, so that no other edit is lost"
        raise IfMatchNeeded(told)
    expected.require(connection, doc)
    if version is not None and version != doc["version"]:
        raise _stale(connection, doc, "the body", version)


def require_none_expected(expected: Expected | None, told: str) -> None:
    """Raise Stale where a change of a record that is not stored is to be made from a state that it has. told: which
    record that is, for the message.
    """
    if expected is not None and expected.states != frozenset():
        raise Stale(f"If-Match names a state of {told}, which is not stored: leave If-Match out to make it")


def _stale(connection: Connection, doc: Doc, where: str, version: int) -> Stale:
    """The error of a change that was made from another version than the current document. where: what names it."""
    named = f"{where} names version {version} of {doc['id']}, which is at version {doc['version']}"
    seen = _version(connection, doc["id"], version) if 0 < version < doc["version"] else None
    changes = changed_between(seen, doc) if seen else {}
    told = f"; what changed since: {', '.join(changes)}" if changes else ""
    return Stale(f"{named}{told}: read it again", [_changed(name, *pair) for name, pair in changes.items()])


def _version(connection: Connection, record_id: str, version: int) -> Doc | None:
    """The last document of a version of a record; None where there is none."""
    prefix = record_id[:3]
    statement = _OF_CLAIM if prefix == "clm" else _OF_RECORD.format(TABLES[prefix].__tablename__)
    rows = fetch_rows(connection, statement, parse_id(record_id, prefix), version)
    return decode(rows[-1][0]) if rows else None


def _changed(name: str, old: object, new: object) -> Problem:
    before, after = (_cut(encode(value)) for value in (old, new))
    return Problem((name,), "changed", f"was {before}, and is {after} by now")


def _cut(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"
