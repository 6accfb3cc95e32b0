"""A revision: one committed change of the database. Numbers, ids and keys are given here, under the writer lock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection, select

from app.errors import BadRecord, NamedRecord, NotReady, Problem
from app.store.database import tables
from app.store.database.bulk_insert import insert_values
from app.store.database.fetching import execute, fetch_rows
from app.store.database.times import stored_time
from app.store.history.doors import FILES, Door
from app.store.history.moment import newest_state
from app.store.records.key_hashes import key_hash
from app.store.records.kinds import NOUNS, TABLES

MOST_KEYS = 50_000  # held in memory
MOST_MADE = 200_000  # new records whose rows are remembered
_WITH_KEYS = "SELECT key, id FROM record_keys WHERE type = ? AND key IN ??"
_KEY = "SELECT key FROM record_keys WHERE type = ? AND id = ?"
_END = "SELECT max(until) FROM {} WHERE id = ?"
_ANY_ENDED = "SELECT 1 FROM ended_records LIMIT 1"
_ENDED = "SELECT id FROM ended_records WHERE type = ? AND id IN ??"
_ANY_PURGED = "SELECT 1 FROM ended_records WHERE key_hash IS NOT NULL LIMIT 1"
_PURGED = "SELECT key_hash, id, revision FROM ended_records WHERE type = ? AND key_hash IN ??"
_CURRENT = "SELECT id FROM {} WHERE until IS NULL AND id IN ??"
_ENDING = (
    "SELECT kind, revision FROM ended_records WHERE type = ? AND id = ? AND kind IN ('purged', 'undone')"
    " ORDER BY revision DESC"
)
_MERGED = "SELECT id FROM merges WHERE until IS NULL AND type = ? AND id IN ??"
_LAST_IDS = "SELECT type, last FROM id_counters"
_KEEP_LAST_ID = (
    "INSERT INTO id_counters (type, last) VALUES (?, ?) ON CONFLICT (type) DO UPDATE SET last = excluded.last"
)
_INSERT = (
    "INSERT INTO revisions (number, recorded_at, actor, comment, counts, merges, undoes, purged)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
BESIDE = 20  # keys before and after another that may be meant


class Revision:
    """The revision that a writing transaction makes. `counts` tells what it did; empty means that it made none."""

    def __init__(
        self, connection: Connection, *, actor: str, comment: str | None = None, at: datetime | None = None
    ) -> None:
        self.connection = connection
        before = newest_state(connection)
        self.number = before.number + 1
        # A clock that was put back makes no revision older than the one before it.
        self.at = max(stored_time(at or datetime.now(UTC)), before.recorded_at)
        self.merges = before.merges or 0  # records that are merged, those of this revision included
        self.purged = before.purged  # the last revision that purged records, this one included
        self.actor = actor
        self.comment = comment
        self.counts: Counter[str] = Counter()
        self.row: int | None = None  # the row being written, by caller's number
        self.door: Door = FILES
        self.place_of: Callable[[int], str] = lambda row: self.door.place.format(row=row)  # where that is, for messages
        self._warnings: list[tuple[int | None, Problem]] = []
        self._made: dict[str, int | None] = {}  # the rows that made speakers, sources and metrics, by their ids
        self._last_before: dict[str, int] = {}
        self._last_ids: dict[str, int] = {}
        self._last_stored: dict[str, int] = {}
        self._ids: dict[tuple[str, str], str | None] = {}
        self._new_keys: list[tuple[str, int, str]] = []
        self._ended: dict[tuple[str, str], int] = {}  # by key, records that ended
        self._revived: set[tuple[str, int]] = set()
        self._has_ended: bool | None = None
        self._purged: dict[tuple[str, str], str] = {}  # by key, what is said of records that were purged
        self._has_purged: bool | None = None
        self.undoes: int | None = None  # the revision that this one takes back

    def new_id(self, prefix: str, key: str) -> str:
        """The next id of a type (`spk_7`), which has this key from now on; or that of the ended record whose key it is:
        its next version is to be made. Raises BadRecord for the key of a purged record.
        """
        self.id_of(prefix, key)  # tells whose key it is
        if told := self.refusal(prefix, key):
            raise BadRecord(told, [Problem((), "purged", told)], code="purged")
        if (ended := self._ended.pop((prefix, key), None)) is not None:
            self._revived.add((prefix, ended))
            self._ids[prefix, key] = record_id = f"{prefix}_{ended}"
            return record_id
        number = self.last_number(prefix) + 1
        self._last_before.setdefault(prefix, number - 1)
        self._last_ids[prefix] = number
        self._new_keys.append((prefix, number, key))
        self._ids[prefix, key] = record_id = f"{prefix}_{number}"
        if prefix != "clm" and len(self._made) < MOST_MADE:
            self._made[record_id] = self.row
        return record_id

    def take_id(self, prefix: str, number: int, key: str) -> None:
        """Take a record's id and key from elsewhere, where its type's ids are given. Raises NotReady where the key is
        that of another record here.
        """
        known = self.id_of(prefix, key)
        if (ended := self._ended.pop((prefix, key), None)) is not None:
            self._ids[prefix, key] = known = f"{prefix}_{ended}"
        if known is None:
            self._last_ids[prefix] = max(self.last_number(prefix), number)
            self._new_keys.append((prefix, number, key))
            self._ids[prefix, key] = f"{prefix}_{number}"
        elif known != f"{prefix}_{number}":
            raise NotReady(f"the key {key} is that of {known} here, and of {prefix}_{number} there")

    def note_given(self, prefix: str, number: int) -> None:
        """Note that an id was given elsewhere, to a record that is not here: it is no other's."""
        self._last_ids[prefix] = max(self.last_number(prefix), number)

    def note_revived(self, prefix: str, numbers: Iterable[int]) -> None:
        """Note that ended records have current versions again."""
        self._revived.update((prefix, number) for number in numbers)

    def key_of(self, record_id: str) -> str:
        """The key of a record that was stored before."""
        prefix, _, number = record_id.partition("_")
        ((key,),) = fetch_rows(self.connection, _KEY, prefix, int(number))
        return str(key)

    def end_of(self, record_id: str) -> int:
        """The revision that ended the last version of a record; this one, where it has not ended."""
        prefix, _, number = record_id.partition("_")
        table = "claims" if prefix == "clm" else TABLES[prefix].__tablename__
        ((until,),) = fetch_rows(self.connection, _END.format(table), int(number))
        return int(until or self.number)

    def is_older(self, record_id: str) -> bool:
        """Whether an id was given before this revision."""
        prefix, _, number = record_id.partition("_")
        return prefix not in self._last_before or int(number) <= self._last_before[prefix]

    def told(self, record_id: str, key: str) -> str:
        """A record as messages name it: `spk_7 (key ann)`. One that this revision made is `the speaker ann (FILE:3)`:
        its id would be gone with a rollback.
        """
        if self.is_older(record_id):
            return str(NamedRecord(record_id, key))
        row = self.row_of(record_id)
        place = self.place_of(row) if row is not None else ""
        return f"the {NOUNS[record_id[:3]][:-1]} {key}" + (f" ({place})" if place else "")

    def row_of(self, record_id: str) -> int | None:
        """The row that made a speaker, source or metric in this revision, where that is remembered."""
        return self._made.get(record_id)

    def warn(self, problem: Problem) -> None:
        """Note a warning of the row that is written now; see `take_warnings`."""
        self._warnings.append((self.row, problem))

    def take_warnings(self) -> list[tuple[int | None, Problem]]:
        """The warnings so far, with the rows that they are of; each is given once."""
        warnings, self._warnings = self._warnings, []
        return warnings

    def id_of(self, prefix: str, key: str) -> str | None:
        """The id of the record that has a key, in this revision or before; None for one that has ended."""
        if (prefix, key) not in self._ids:
            self.find_keys(prefix, [key])
        return self._ids[prefix, key]

    def is_known(self, prefix: str, key: str) -> bool:
        """Whether a record has, or had, a key."""
        return self.id_of(prefix, key) is not None or (prefix, key) in self._ended or (prefix, key) in self._purged

    def refusal(self, prefix: str, key: str) -> str | None:
        """The sentence that refuses a key, where that is of a purged record. It was looked up before."""
        told = self.purge_of_key(prefix, key)
        return told and f"{told}: it is not stored again; {self.door.purged_key}"

    def purge_of_key(self, prefix: str, key: str) -> str | None:
        """The sentence that says that a key is of a purged record. It was looked up before."""
        return self._purged.get((prefix, key))

    def ending(self, record_id: str) -> str:
        """The words, behind `there is no spk_7`, that say how a record ended; none where it did not."""
        prefix, _, number = record_id.partition("_")
        rows = fetch_rows(self.connection, _ENDING, prefix, int(number))
        return f": it was {rows[0][0]} with revision {rows[0][1]}" if rows else ""

    def key_of_claim(self, claim_id: str) -> str:
        """The key of a claim that there is, or was."""
        kept = tables.RecordKey
        own = select(kept.key).where(kept.type == "clm", kept.id == int(claim_id.partition("_")[2]))
        key: str = self.connection.execute(own).scalar_one()
        return key

    def find_keys(self, prefix: str, keys: list[str]) -> None:
        """Look up many keys at once, for `id_of`."""
        unknown = [key for key in dict.fromkeys(keys) if (prefix, key) not in self._ids]
        self._ids |= dict.fromkeys(((prefix, key) for key in unknown), None)
        found: dict[str, int] = dict(fetch_rows(self.connection, _WITH_KEYS, prefix, unknown)) if unknown else {}
        ended = self.ended_among(prefix, list(found.values()))
        for key, number in found.items():
            if number in ended:
                self._ended[prefix, key] = number
            else:
                self._ids[prefix, key] = f"{prefix}_{number}"
        self._find_purged(prefix, [key for key in unknown if key not in found])

    def _find_purged(self, prefix: str, keys: list[str]) -> None:
        """Note which of these keys, that no record has, are of purged ones."""
        if self._has_purged is None:
            self._has_purged = bool(fetch_rows(self.connection, _ANY_PURGED))
        if not self._has_purged or not keys:
            return
        hashed = {key_hash(prefix, key): key for key in keys}
        for known, number, revision in fetch_rows(self.connection, _PURGED, prefix, [*hashed]):
            told = f"the key {hashed[known]} is that of {prefix}_{number}, which was purged with revision {revision}"
            self._purged[prefix, hashed[known]] = told

    def ended_among(self, prefix: str, numbers: list[int]) -> set[int]:
        """The records of these that have ended, and were not given again."""
        if self._has_ended is None:
            self._has_ended = bool(fetch_rows(self.connection, _ANY_ENDED))
        if not self._has_ended or not numbers:
            return set()
        ended = [number for (number,) in fetch_rows(self.connection, _ENDED, prefix, numbers)]
        table = "claims" if prefix == "clm" else TABLES[prefix].__tablename__
        current = fetch_rows(self.connection, _CURRENT.format(table), ended) if ended else []
        merged = fetch_rows(self.connection, _MERGED, prefix, ended) if ended else []
        again = {number for kind, number in self._revived if kind == prefix}
        return set(ended) - {number for (number,) in (*current, *merged)} - again

    def keys_beside(self, prefix: str, key: str) -> list[str]:
        """Some keys that stand beside a key in their order."""
        kept = tables.RecordKey
        own = select(kept.key).where(kept.type == prefix).limit(BESIDE)
        after = own.where(kept.key > key).order_by(kept.key)
        before = own.where(kept.key < key).order_by(kept.key.desc())
        return [one for some in (before, after) for one in self.connection.execute(some).scalars()]

    def free_key(self, prefix: str, wanted: str, is_same: Callable[[str], bool] = lambda _id: False) -> str:
        """The wanted key, or the same with the first number behind it that makes it new, or that of an ended record
        which is the same. is_same: tells that by its id.
        """
        key, n = wanted, 2
        while self.is_known(prefix, key):
            ended = self._ended.get((prefix, key))
            if ended is not None and is_same(f"{prefix}_{ended}"):
                break
            key, n = f"{wanted}-{n}", n + 1
        return key

    def flush(self) -> None:
        """Write the keys that were given."""
        if self._new_keys:
            insert_values(self.connection, "record_keys", ("type", "id", "key"), self._new_keys)
            self._new_keys = []

    def forget(self) -> None:
        """Let go of the keys that were looked up, where they are many; those given here are written first."""
        if len(self._ids) > MOST_KEYS:
            self.flush()
            self._ids, self._ended, self._purged = {}, {}, {}

    def commit_counts(self) -> bool:
        """Write the row of this revision, where it changed anything. The transaction is the caller's to commit."""
        if not self.counts:
            return False
        self.flush()
        self._store_last_ids()
        counts = msgspec.json.encode(dict(sorted(self.counts.items()))).decode()
        told = self.number, self.at, self.actor, self.comment, counts
        execute(self.connection, _INSERT, *told, self.merges or None, self.undoes, self.purged)
        return True

    def last_number(self, prefix: str) -> int:
        """The last number that was given to a type of record."""
        if not self._last_ids:
            self._read_last_ids()
        return self._last_ids[prefix]

    def _read_last_ids(self) -> None:
        """Read the last numbers of all types, before this revision gives any."""
        self._last_ids = dict.fromkeys(("clm", *TABLES), 0) | dict(fetch_rows(self.connection, _LAST_IDS))
        self._last_stored = dict(self._last_ids)

    def _store_last_ids(self) -> None:
        for prefix, last in self._last_ids.items():
            if last != self._last_stored[prefix]:
                execute(self.connection, _KEEP_LAST_ID, prefix, last)
