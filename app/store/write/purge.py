"""Purging: content that must be gone, by a court's order or as personal data, is taken out of all that is stored.

The only thing that removes anything of the record. A tombstone stays: type, id, revision and reason, and a hash
of the key, so that no import brings the record back. See docs/decisions/0046-purge.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select, update

from app.errors import BadRecord, NotFound
from app.store.database import tables
from app.store.database.bulk_insert import chunks, insert_values
from app.store.database.engine import Database
from app.store.database.fetching import fetch_rows
from app.store.history.following import require_unfollowing
from app.store.history.revision import Revision
from app.store.index.writing import IndexWriter
from app.store.records.document import Doc, decode
from app.store.records.key_hashes import key_hash
from app.store.records.kinds import NOUNS
from app.store.records.rows import number_of
from app.store.write.amending import current_versions
from app.store.write.ends import note_ended
from app.store.write.erasing import erase
from app.store.write.purge_plan import Plan, find_mentions, plan_purge
from app.store.write.record_versions import RecordVersions
from app.store.write.redacting import claim_without, source_without_text, speaker_without
from app.store.write.versions import Version, Versions
from app.store.write.writing import writing

BATCH: Final = 500  # documents that are rendered at once
MOST_TOLD: Final = 20  # claims that an error names
_ENDED: Final = ("type", "id", "revision", "kind", "key_hash")

_SOURCES: Final = "SELECT doc FROM sources WHERE until IS NULL AND id IN ??"
_DOCUMENTS: Final = "SELECT doc FROM {} WHERE until IS NULL AND id IN ??"
_KEYS: Final = "SELECT id, key FROM record_keys WHERE type = ? AND id IN ??"
_CLAIMS_OF: Final = "SELECT DISTINCT id FROM claims WHERE number IN ??"


@dataclass(frozen=True)
class Asked:
    """A purge that is asked for: names are ids or keys. reason: shown to all. with_claims: also the claims that cannot
    stay without them. forgets_keys: not even hashes of the keys stay. comments: revisions whose comments go.
    """

    names: tuple[str, ...]
    reason: str
    with_claims: bool = False
    forgets_keys: bool = False
    comments: tuple[int, ...] = ()


@dataclass(frozen=True)
class Purged:
    """The result of a purge. revision: None where all was purged before."""

    plan: Plan
    revision: int | None
    changes: dict[str, int]


def read_plan(database: Database, asked: Asked) -> Plan:
    """The plan of a purge, which is not carried out. Raises as plan_purge does."""
    with database.read_through() as connection:
        return _plan(connection, asked)


def purge_records(database: Database, asked: Asked, *, actor: str = "purge", shown: Plan | None = None) -> Purged:
    """Purge records, as one revision. shown: the plan that was agreed to.

    Raises BadRecord where claims show what is to go that cannot stay without it, and were not asked for, or where
    another plan follows by now than was shown; NotFound for a revision of `comments` that there is not; and as
    plan_purge and Database.write do. The purged content is in free pages of the files until `scrub`.
    """
    with writing(database, is_copied=True) as connection:
        plan = _plan(connection, asked)
        _require_agreed(plan, shown)
        _forget_comments(connection, asked.comments)
        if not plan.gone:
            return Purged(plan, None, {})
        revision = Revision(connection, actor=actor, comment=asked.reason)
        _write_revision(revision, plan)
        _write_tombstones(connection, revision.number, plan, forgets_keys=asked.forgets_keys)
        erase(connection, plan)
        return Purged(plan, revision.number, dict(revision.counts))


def _plan(connection: Connection, asked: Asked) -> Plan:
    """The plan. A copy purges what its server purges; where nothing is left, its files may be written anew."""
    plan = plan_purge(connection, asked.names, with_claims=asked.with_claims)
    if plan.gone:
        require_unfollowing(connection)
    return plan


def _require_agreed(plan: Plan, shown: Plan | None) -> None:
    if plan.blocking:
        told = f"{', '.join(plan.blocking[:MOST_TOLD])}{', …' if len(plan.blocking) > MOST_TOLD else ''}"
        said = f"{len(plan.blocking)} current claims would have nothing left without it: {told}"
        raise BadRecord(f"{said}; give --with-claims to purge them as well, or change their speaker or source first")
    if shown is not None and shown.gone != plan.gone:
        raise BadRecord("the database was changed meanwhile, and other records would go than were shown; do it again")


def _forget_comments(connection: Connection, numbers: Iterable[int]) -> None:
    """Blank comments of revisions. Raises BadRecord for a revision that there is not."""
    own = tables.Revision
    for number in numbers:
        if connection.execute(select(own.number).where(own.number == number)).first() is None:
            raise NotFound(f"there is no revision {number} whose comment could be blanked")
        connection.execute(update(own).where(own.number == number).values(comment=None))


def _write_revision(revision: Revision, plan: Plan) -> None:
    """Write the revision, with what stays as it is from now on: rendered without what goes."""
    index = IndexWriter(revision.connection, revision.number)
    _render_claims(revision, index, plan)
    _render_records(revision, index, plan)
    for prefix, own in plan.records.items():
        revision.counts["purged" if prefix == "clm" else f"{NOUNS[prefix]}_purged"] += len(own)
    revision.purged = revision.number
    revision.counts = +revision.counts  # without those of 0
    revision.commit_counts()
    index.store()


def _render_claims(revision: Revision, index: IndexWriter, plan: Plan) -> None:
    sources: dict[str, Doc] = {}
    versions, gone = Versions(revision, index, sources), plan.gone
    for numbers in chunks(sorted(plan.versions | plan.naming), BATCH):
        stored = [(one, claim_without(one.doc, gone)) for one in current_versions(revision.connection, numbers)]
        kept = [Version(doc | {"revision": revision.number}, one) for one, doc in stored if doc is not None]
        cited = {number_of(one["source"]["id"]) for version in kept for one in version.doc["citations"]}
        found = fetch_rows(revision.connection, _SOURCES, sorted(cited)) if cited else []
        sources.clear()
        sources.update((doc["id"], doc) for doc in (decode(text) for (text,) in found))
        versions.write(kept)
        revision.counts["rendered"] += len(kept)


def _render_records(revision: Revision, index: IndexWriter, plan: Plan) -> None:
    for prefix, ids in (("spk", plan.speakers), ("src", plan.sources)):
        versions, statement = RecordVersions(revision.connection, index, prefix), _DOCUMENTS.format(NOUNS[prefix])
        for numbers in chunks(sorted(ids), BATCH):
            stored = [decode(text) for (text,) in fetch_rows(revision.connection, statement, numbers)]
            docs = [speaker_without(doc, plan.gone) if prefix == "spk" else source_without_text(doc) for doc in stored]
            changed = [new | {"revision": revision.number} for new, doc in zip(docs, stored, strict=True) if new != doc]
            if changed:
                versions.end([number_of(doc["id"]) for doc in changed])
                versions.write(changed)


def purge_copies(connection: Connection, revision: int, numbers: dict[str, list[int]]) -> bool:
    """Purge what a database that follows has of records that were purged on its server, with the revision that is being
    stored; whether it had any. numbers: of the ids, by type.
    """
    plan = Plan()
    for prefix, own in numbers.items():
        plan.records[prefix] = dict(fetch_rows(connection, _KEYS, prefix, own))
        note_ended(connection, prefix, sorted(set(own) - plan.records[prefix].keys()), revision, "purged")
    find_mentions(connection, plan)
    if plan.gone or plan.naming or plan.versions:
        _write_tombstones(connection, revision, plan, forgets_keys=False)
        erase(connection, plan)
    return bool(plan.gone)


def _write_tombstones(connection: Connection, now: int, plan: Plan, *, forgets_keys: bool) -> None:
    rows = [
        (prefix, number, now, "purged", None if forgets_keys else key_hash(prefix, key))
        for prefix, own in plan.records.items()
        for number, key in own.items()
    ]
    for some in chunks(sorted(plan.versions), BATCH):
        claims = {number for (number,) in fetch_rows(connection, _CLAIMS_OF, some)} - plan.records["clm"].keys()
        rows += [("clm", number, now, "thinned", None) for number in claims]
    insert_values(connection, "ended_records", _ENDED, sorted(set(rows), key=str))
