"""A purge's plan: which records go, what goes with them, and which records stay and are rendered without them.

It only reads, so that it can be shown before anything is done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from app.errors import BadRequest, NotFound, check_text
from app.store.database.bulk_insert import chunks
from app.store.database.fetching import Rows, fetch_rows
from app.store.index.facts import fact
from app.store.index.families import CLAIM
from app.store.index.reader import index_of
from app.store.records.document import decode
from app.store.records.key_hashes import key_hash
from app.store.records.kinds import TABLES
from app.store.records.rows import number_of
from app.store.write.redacting import Gone, claim_without
from app.store.write.showing import COLUMNS

TYPES: Final = ("clm", "spk", "src", "met")
_ID: Final = re.compile("(clm|spk|src|met)_([1-9][0-9]{0,15})")

_KEY: Final = "SELECT key FROM record_keys WHERE type = ? AND id = ?"
_KEYED: Final = "SELECT type, id FROM record_keys WHERE key = ? ORDER BY type, id"
_PURGED: Final = "SELECT revision FROM ended_records WHERE kind = 'purged' AND type = ? AND id = ?"
_HASHED: Final = "SELECT id, revision FROM ended_records WHERE key_hash = ? AND type = ?"
_MERGED: Final = "SELECT into_id FROM merges WHERE until IS NULL AND type = ? AND id = ?"
_PARTS: Final = "SELECT m.id, k.key FROM merges m JOIN record_keys k ON k.type = m.type AND k.id = m.id"
_PARTS_OF: Final = f"{_PARTS} WHERE m.until IS NULL AND m.type = ? AND m.into_id IN ?? ORDER BY m.id"
_CURRENT: Final = (
    "SELECT doc FROM claims JOIN documents USING (number) WHERE until IS NULL AND number IN ?? ORDER BY number"
)
_ENDED: Final = (
    "SELECT DISTINCT c.id, k.key FROM claims c JOIN record_keys k ON k.type = 'clm' AND k.id = c.id"
    " WHERE NOT EXISTS (SELECT 1 FROM claims n WHERE n.id = c.id AND n.until IS NULL) AND c.number IN ??"
)
_VERSIONS: Final = "SELECT number FROM claims WHERE id IN ??"
_RELATED: Final = "SELECT number FROM relations WHERE claim_id IN ??"
_CITED: Final = "SELECT DISTINCT source_id FROM citations WHERE number IN ??"
_CITING: Final = "SELECT source_id, number FROM citations WHERE source_id IN ??"
_WITH_TEXT: Final = "SELECT DISTINCT id FROM sources WHERE text_sha256 IS NOT NULL AND id IN ??"
_SPEAKERS: Final = (
    "SELECT DISTINCT speaker_id FROM tenures WHERE organization_id IN ??",
    "SELECT DISTINCT id FROM speakers WHERE source_id IN ??",
)


@dataclass
class Plan:
    """A purge's effect. records: by type, the ids and keys of the records that go. purged: those asked for that are
    gone already, with the revision. blocking: claims that would have to go as well, and were not asked for.

    versions: numbers of the versions of claims that go, others' than these records' included: they show one of them.
    naming: those that stay, and name a purged claim in a relation. speakers: that name a purged record. sources: whose
    text goes, since only purged claims were found in it.
    """

    records: dict[str, dict[int, str]] = field(default_factory=lambda: {prefix: {} for prefix in TYPES})
    purged: list[tuple[str, int]] = field(default_factory=list)
    blocking: list[str] = field(default_factory=list)
    versions: set[int] = field(default_factory=set)
    naming: set[int] = field(default_factory=set)
    speakers: set[int] = field(default_factory=set)
    sources: set[int] = field(default_factory=set)

    @property
    def gone(self) -> Gone:
        """The ids of the records that go."""
        return {f"{prefix}_{number}" for prefix, some in self.records.items() for number in some}


def plan_purge(connection: Connection, names: Iterable[str], *, with_claims: bool) -> Plan:
    """The plan of purging records by their ids or keys, with those that were merged into them. with_claims: also the
    current claims that cannot stay without them.

    Raises NotFound for a name that is neither, and BadRequest for a key that several records have.
    """
    plan = Plan()
    for name in dict.fromkeys(names):
        _add(connection, plan, name)
    for prefix, own in plan.records.items():
        own.update(_rows(connection, _PARTS_OF, [*own], prefix))
    _add_claims(connection, plan, with_claims=with_claims)
    find_mentions(connection, plan)
    return plan


def _add(connection: Connection, plan: Plan, name: str) -> None:
    """Add the record that goes by a name."""
    prefix, number, key = _named(connection, name)
    if key is not None:
        for (into,) in fetch_rows(connection, _MERGED, prefix, number):
            told = f"{prefix}_{number} is part of {prefix}_{into} by now, which has its names: purge that, and both go"
            raise BadRequest.of("ID", "merged", told, "path")
        plan.records[prefix][number] = key
    else:
        ((revision,),) = fetch_rows(connection, _PURGED, prefix, number)
        plan.purged.append((f"{prefix}_{number}", revision))


def _named(connection: Connection, name: str) -> tuple[str, int, str | None]:
    """The type, number and key of the record with this id or key; no key, where it is purged already."""
    if asked := _ID.fullmatch(name):
        prefix, number = asked[1], int(asked[2])
        for (key,) in fetch_rows(connection, _KEY, prefix, number):
            return prefix, number, key
        if fetch_rows(connection, _PURGED, prefix, number):
            return prefix, number, None
    found = fetch_rows(connection, _KEYED, check_text(name))
    if len(found) > 1:
        told = " and ".join(f"{prefix}_{number}" for prefix, number in found)
        raise BadRequest.of("KEY", "ambiguous", f"{name} is the key of {told}; give the id", "path")
    if found:
        return found[0][0], found[0][1], name
    for prefix in TYPES:
        for number, _ in fetch_rows(connection, _HASHED, key_hash(prefix, name), prefix):
            return prefix, number, None
    raise NotFound(f"there is no record with the id or key {name[:600]!r}; an id looks like clm_12")


def _add_claims(connection: Connection, plan: Plan, *, with_claims: bool) -> None:
    """Add the claims that cannot stay without what goes: those that have ended anyway; current ones, or note that they
    are in the way.
    """
    gone, found = plan.gone, dict[int, str]()
    showing = versions_showing(connection, plan.records)
    for (text,) in _rows(connection, _CURRENT, sorted(showing)):
        doc = decode(text)
        if doc["id"] not in gone and claim_without(doc, gone) is None:
            found[number_of(doc["id"])] = doc["key"]
    ended: dict[int, str] = dict(_rows(connection, _ENDED, sorted(showing)))
    if not with_claims:
        plan.blocking = [f"clm_{number} (key {key})" for number, key in found.items()]
        found = {}
    plan.records["clm"] |= found | ended
    plan.records["clm"].update(_rows(connection, _PARTS_OF, [*found], "clm"))


def find_mentions(connection: Connection, plan: Plan) -> None:
    """Find what shows the records that go, which the plan has already."""
    claims = [*plan.records["clm"]]
    plan.versions = {number for (number,) in _rows(connection, _VERSIONS, claims)}
    plan.versions |= versions_showing(connection, plan.records)
    plan.naming = {number for (number,) in _rows(connection, _RELATED, claims)} - plan.versions
    mentioned = zip(_SPEAKERS, ("spk", "src"), strict=True)
    found = {one for text, prefix in mentioned for (one,) in _rows(connection, text, [*plan.records[prefix]])}
    plan.speakers = found - plan.records["spk"].keys()
    plan.sources = _losing_texts(connection, plan, claims)


def _losing_texts(connection: Connection, plan: Plan, claims: list[int]) -> set[int]:
    """The sources with a text in which no claim was found but those that go."""
    own = [number for (number,) in _rows(connection, _VERSIONS, claims)]
    cited = {one for (one,) in _rows(connection, _CITED, own)} - plan.records["src"].keys()
    others = {source for source, number in _rows(connection, _CITING, [*cited]) if number not in plan.versions}
    return {one for (one,) in _rows(connection, _WITH_TEXT, [*(cited - others)])}


def versions_showing(connection: Connection, records: dict[str, dict[int, str]]) -> set[int]:
    """The versions of claims, ended ones too, that show any of these speakers, sources or metrics."""
    found: set[int] = set()
    for prefix in TABLES:
        for table, column in COLUMNS[prefix]:
            statement = f"SELECT number FROM {table} WHERE {column} IN ??"  # noqa: S608  # names of our own
            found.update(number for (number,) in _rows(connection, statement, [*records[prefix]]))
    view = index_of(connection).at(connection)
    terms = [(CLAIM, fact("retraction_source", f"src_{number}")) for number in records["src"]]
    return found.union(*view.each_postings(terms))


def _rows(connection: Connection, statement: str, numbers: list[int], *before: str) -> Rows:
    """The rows of a statement that ends in a list of numbers, some of them at a time."""
    return [row for some in chunks(numbers, 5_000) for row in fetch_rows(connection, statement, *before, some)]
