"""Applying a revision of another server: its versions, merges and ends are stored as they are told, in one transaction.

Nothing is derived but what the index and the columns have of documents: ids, versions, times, verifications are the
server's. Texts of sources do not come along.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import groupby, islice
from typing import Final

from sqlalchemy import Connection

from app.domain.record.changes_in import ChangeIn, DatasetIn, RevisionIn
from app.errors import NotReady
from app.store.database.engine import Database
from app.store.database.fetching import fetch_rows
from app.store.history.following import note_followed, require_following
from app.store.history.revision import Revision
from app.store.index.writing import IndexWriter
from app.store.records.document import Doc, decode
from app.store.records.kinds import TABLES
from app.store.records.rows import number_of
from app.store.write.amending import Stored
from app.store.write.datasets import Datasets
from app.store.write.ends import note_ended
from app.store.write.merges import end_merges, write_merges
from app.store.write.purge import purge_copies
from app.store.write.record_versions import RecordVersions
from app.store.write.versions import Version, Versions
from app.store.write.writing import writing

BATCH: Final = 500
MOST_HELD: Final = 20_000  # sources in memory
_CURRENT: Final = "SELECT id, number, facts_hash, since FROM claims WHERE until IS NULL AND id IN ??"
_SOURCES: Final = "SELECT doc FROM sources WHERE until IS NULL AND id IN ??"


def apply_revision(database: Database, server: str, row: RevisionIn, changes: Iterable[ChangeIn]) -> bool:
    """Store a whole revision of a server; whether it purged records that the database had. Raises NotReady where that
    has revisions of its own, or is not at the one before; Busy as Database.write does.
    """
    with writing(database, is_copied=True) as connection:
        newest = require_following(connection)
        if row.number != newest + 1:
            raise NotReady(f"revision {row.number} was to be stored, and the newest here is {newest}")
        applying = Applying(connection, row)
        applying.describe(row.datasets)
        changes = iter(changes)
        while batch := [*islice(changes, BATCH)]:
            for (prefix, ends), some in groupby(batch, key=lambda one: (one.prefix, one.ends)):
                (applying.end if ends else applying.write)(prefix, [*some])
        is_purge = applying.finish()
        note_followed(connection, server, row.number)
    return is_purge


class Applying:
    """One revision, as it is stored."""

    def __init__(self, connection: Connection, row: RevisionIn) -> None:
        at = datetime.fromisoformat(row.recorded_at)
        self._connection = connection
        self._revision = Revision(connection, actor=row.actor, comment=row.comment, at=at)
        self._revision.counts, self._revision.undoes = Counter(row.counts), row.undoes
        self._merges = row.merges
        self._index = IndexWriter(connection, row.number)
        self._sources: dict[str, Doc] = {}
        self._purged: dict[str, list[int]] = defaultdict(list)  # ids of records that were purged there
        self._claims = Versions(self._revision, self._index, self._sources)
        self._records = {prefix: RecordVersions(connection, self._index, prefix) for prefix in TABLES}

    def describe(self, datasets: list[DatasetIn]) -> None:
        """Store what the revision did to datasets."""
        own = Datasets(self._revision)
        own.end_named([one.name for one in datasets if one.ended])
        own.replace({one.name: one.description for one in datasets if not one.ended})

    def write(self, prefix: str, changes: list[ChangeIn]) -> None:
        """Store versions of records of one type."""
        begun = [one for one in changes if one.type in ("created", "revived")]
        self._revision.find_keys(prefix, [one.key for one in begun if one.key is not None])
        for one in begun:
            self._revision.take_id(prefix, one.number, one.key or "")
        if begun:  # one that was merged may be so no longer
            end_merges(self._connection, prefix, [one.number for one in begun], self._revision.number)
        docs = [decode(bytes(one.document).decode()) for one in changes]
        if prefix == "clm":
            self._write_claims(docs)
        else:
            self._records[prefix].end([one.number for one in changes])
            self._records[prefix].write(docs)
        self._revision.forget()

    def _write_claims(self, docs: list[Doc]) -> None:
        self._hold_sources({citation["source"]["id"] for doc in docs for citation in doc["citations"]})
        stored = self._current_claims([number_of(doc["id"]) for doc in docs])
        self._claims.write(Version(doc, stored.get(number_of(doc["id"]))) for doc in docs)

    def _hold_sources(self, ids: set[str]) -> None:
        """Have the documents of sources at hand: they come before the claims that cite them."""
        if len(self._sources) > MOST_HELD:
            self._sources.clear()
        unknown = sorted(number_of(one) for one in ids if one not in self._sources)
        for (text,) in fetch_rows(self._connection, _SOURCES, unknown) if unknown else ():
            doc = decode(text)
            self._sources[doc["id"]] = doc

    def _current_claims(self, numbers: list[int]) -> dict[int, Stored]:
        rows = fetch_rows(self._connection, _CURRENT, numbers)
        return {own: Stored(number, facts_hash, {"revision": since}) for own, number, facts_hash, since in rows}

    def end(self, prefix: str, changes: list[ChangeIn]) -> None:
        """Store that records of one type are merged into others, or ended."""
        purged = [one.number for one in changes if one.type == "purged"]
        self._purged[prefix] += purged
        if purged:
            self._revision.note_given(prefix, max(purged))
        changes = [one for one in changes if one.type != "purged"]
        numbers, now = [one.number for one in changes], self._revision.number
        if prefix == "clm":
            self._claims.end([*self._current_claims(numbers).values()])
        else:
            self._records[prefix].end(numbers)
        merged: dict[int, list[int]] = defaultdict(list)
        for one in changes:
            if one.into is not None:
                merged[number_of(one.into)].append(one.number)
        for into, parts in merged.items():
            write_merges(self._connection, prefix, parts, into, now)
        if ended := [one.number for one in changes if one.type == "undone"]:
            note_ended(self._connection, prefix, ended, now, "undone")

    def finish(self) -> bool:
        """Make the revision, and take out of this database what was purged there; whether it had any of that."""
        self._revision.merges = self._merges
        if any(self._purged.values()):
            self._revision.purged = self._revision.number
        if not self._revision.commit_counts():
            raise NotReady(f"revision {self._revision.number} of the server does not say what it changed")
        self._index.store()
        return any(self._purged.values()) and purge_copies(self._connection, self._revision.number, self._purged)
