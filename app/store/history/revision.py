"""A revision: one committed change of the database. Numbers, ids and keys are given here, under the writer lock."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, literal_column, or_, select, update

from app.errors import BadRequest, Behind, Problem
from app.store.database import tables
from app.store.database.bulk_insert import chunks
from app.store.database.memory import MAX_ROWS, NotRemembered, State, memory_of
from app.store.database.statements import Sql, first_rows, run, taken_apart
from app.store.records.kinds import NOUNS

_NEWEST = select(func.coalesce(func.max(tables.Revision.number), 0))  # made once: every request asks it


def newest_revision(connection: Connection) -> int:
    """The number of the newest revision; 0 where nothing was ever written."""
    return connection.execute(_NEWEST).scalar_one()


def _state(connection: Connection) -> State | None:
    row = run(connection, Sql(newest_state)).one_or_none()
    return State(*row) if row else None


T = TypeVar("T")
MOST_KEYS = 200_000  # held in memory
BESIDE = 20  # keys before and after another that may be meant


@dataclass(frozen=True)
class Moment:
    """The revision that a request reads at.

    state: what the whole database is known by (see Memory). supposed: it is the state that was seen last, and what is
    answered must see the same.
    """

    revision: int
    newest: bool
    state: State | None = None
    supposed: bool = False

    def ask(self, connection: Connection, statement: Sql) -> tuple[Any, ...]:
        """The first column of a statement's rows, from memory where it was asked before of the same state.

        Raises NotRemembered where it was not, and the state is supposed.
        """
        memory = memory_of(connection)
        if memory is None or self.state is None:
            return tuple(run(connection, statement).scalars())
        key = (self.state, *taken_apart(statement))
        found = memory.answers.get(key)
        if found is None:
            if self.supposed:
                raise NotRemembered
            found = tuple(run(connection, statement).scalars())
            if len(found) <= MAX_ROWS:
                memory.answers.put(key, found)
        return found

    def mark(self, connection: Connection) -> str:
        """The revision's number, and what tells it from that of another history: another database, or a backup that was
        put back and written to.
        """
        if self.revision == 0 or self.state is None:
            return "0"
        time = self.state.recorded_at if self.newest else self.ask(connection, Sql(_time_of, self.revision))[0]
        return f"{self.revision}.{hashlib.blake2b(time.encode(), digest_size=4).hexdigest()}"

    def shown(self, since: Any, until: Any) -> ColumnElement[bool]:
        """Whether a version with these bounds was current then."""
        return shown_at(self.revision, since, until)


def shown_at(revision: Any, since: Any, until: Any) -> ColumnElement[bool]:
    """Whether a version with these bounds was current at a revision."""
    return and_(since <= revision, or_(until.is_(None), until > revision))


def _time_of(revision: Any) -> Select[Any]:
    return select(tables.Revision.recorded_at).where(tables.Revision.number == revision)


def moment_of(
    connection: Connection, revision: int | None = None, mark: str | None = None, as_of: int | datetime | None = None
) -> Moment:
    """The moment of a revision, by default the newest. mark: what its mark is to be. as_of: a revision, or a moment of
    time, which is that of the last revision until then.

    Raises BadRequest for a cursor of a revision that is yet to come, or of another history, and for an as_of that is
    yet to come. A revision's time is that of its beginning: while it is written, a moment after that still means the
    one before.
    """
    # With its time: a backup that is put back may come to the same number with other claims.
    state = _state(connection)
    if memory := memory_of(connection):
        memory.state = state
    newest = state.number if state else 0
    if revision is not None and revision > newest:
        raise _bad_cursor(f"it is of revision {revision}, and the newest here is {newest}")
    if as_of is not None and revision is None:  # a cursor, which is of the same as_of, stays where it began
        revision = as_of if isinstance(as_of, int) else _revision_at(connection, as_of)
        if revision > newest:
            raise _bad_as_of("as-of-future", f"revision {revision} is yet to come: the newest here is {newest}")
    moment = Moment(newest if revision is None else revision, revision in (None, newest), state)
    if mark is not None and moment.mark(connection) != mark:
        raise _bad_cursor(f"it is of another revision {revision} than is stored here")
    return moment


def _revision_at(connection: Connection, time: datetime) -> int:
    """The last revision until a moment; 0 before the first."""
    now = datetime.now(UTC)
    if time > now:
        raise _bad_as_of("as-of-future", f"{stored_time(time)} is yet to come: it is {stored_time(now)}")
    return int(run(connection, Sql(_last_until, stored_time(time))).scalar_one())


def _last_until(time: Any) -> Select[Any]:
    made = tables.Revision
    return select(func.coalesce(func.max(made.number), literal_column("0"))).where(made.recorded_at <= time)


def stored_time(moment: datetime) -> str:
    """A moment as it is stored: UTC with microseconds, so that the order of texts is that of time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _bad_as_of(code: str, detail: str) -> BadRequest:
    return BadRequest(f"as_of: {detail}", [Problem(("as_of",), code, detail, (), "query")], code=code)


def _bad_cursor(why: str) -> BadRequest:
    detail = f"{why}; start again without it"
    return BadRequest(f"cursor: {detail}", [Problem(("cursor",), "bad-cursor", detail, (), "query")], code="bad-cursor")


def require_seen(connection: Connection, revision: int | None) -> None:
    """Raise Behind where the database has not seen a revision yet, as a replica may not."""
    if revision is not None and revision > (newest := newest_revision(connection)):
        raise Behind(f"revision {revision} has not been seen yet; the newest here is {newest}")


def supposed_moment(connection: Connection, revision: int | None = None) -> Moment | None:
    """The moment of a revision if nothing was written since the last request; None where that cannot be."""
    memory = memory_of(connection)
    if memory is None or memory.state is None or (revision or 0) > memory.state.number:
        return None
    newest = memory.state.number
    return Moment(newest if revision is None else revision, revision in (None, newest), memory.state, supposed=True)


def newest_state() -> Select[Any]:
    """The template of the statement for the State of the newest revision."""
    made = tables.Revision
    return first_rows(
        select(made.number, made.recorded_at, made.merges).order_by(made.number.desc()), literal_column("1")
    )


class Revision:
    """The revision that a writing transaction makes. `counts` tells what it did; empty means that it made none."""

    def __init__(
        self, connection: Connection, *, actor: str, comment: str | None = None, at: datetime | None = None
    ) -> None:
        self.connection = connection
        before = _state(connection) or State(0, "", None)
        self.number = before.number + 1
        # A clock that was put back makes no revision older than the one before it.
        self.at = max(stored_time(at or datetime.now(UTC)), before.recorded_at)
        self.merges = before.merges or 0  # records that are merged, those of this revision included
        self.actor = actor
        self.comment = comment
        self.counts: Counter[str] = Counter()
        self.row: int | None = None  # the row being written, by caller's number
        self.place_of: Callable[[int], str] = lambda row: f"row {row}"  # where that stands, for messages
        self._warnings: list[tuple[int | None, Problem]] = []
        self._made: dict[str, int | None] = {}  # the rows that made speakers, sources and metrics, by their ids
        self._last_before: dict[str, int] = {}
        self._last_ids: dict[str, int] = {}
        self._ids: dict[tuple[str, str], str | None] = {}
        self._new_keys: list[dict[str, object]] = []

    def new_id(self, prefix: str, key: str) -> str:
        """The next id of a type (`spk_7`), which has this key from now on."""
        number = self.last_number(prefix) + 1
        self._last_before.setdefault(prefix, number - 1)
        self._last_ids[prefix] = number
        self._new_keys.append({"type": prefix, "id": number, "key": key})
        self._ids[prefix, key] = record_id = f"{prefix}_{number}"
        if prefix != "clm" and len(self._made) < MOST_KEYS:
            self._made[record_id] = self.row
        return record_id

    def told(self, record_id: str, key: str) -> str:
        """A record as messages name it: `spk_7 (key ann)`. One that this revision made is `the speaker ann (FILE:3)`:
        its id would be gone with a rollback.
        """
        prefix, _, number = record_id.partition("_")
        if prefix not in self._last_before or int(number) <= self._last_before[prefix]:
            return f"{record_id} (key {key})"
        row = self.row_of(record_id)
        place = f" ({self.place_of(row)})" if row is not None else ""
        return f"the {NOUNS[prefix][:-1]} {key}{place}"

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
        """The id of the record that has a key, in this revision or before."""
        if (prefix, key) not in self._ids:
            self.find_keys(prefix, [key])
        return self._ids[prefix, key]

    def find_keys(self, prefix: str, keys: list[str]) -> None:
        """Look up many keys at once, for `id_of`."""
        unknown = [key for key in dict.fromkeys(keys) if (prefix, key) not in self._ids]
        self._ids |= dict.fromkeys(((prefix, key) for key in unknown), None)
        kept = tables.RecordKey
        for some in chunks(unknown):
            found = select(kept.key, kept.id).where(kept.type == prefix, kept.key.in_(some))
            for key, number in self.connection.execute(found):
                self._ids[prefix, key] = f"{prefix}_{number}"

    def keys_beside(self, prefix: str, key: str) -> list[str]:
        """Some keys that stand beside a key in their order."""
        kept = tables.RecordKey
        own = select(kept.key).where(kept.type == prefix).limit(BESIDE)
        after = own.where(kept.key > key).order_by(kept.key)
        before = own.where(kept.key < key).order_by(kept.key.desc())
        return [one for some in (before, after) for one in self.connection.execute(some).scalars()]

    def free_key(self, prefix: str, wanted: str) -> str:
        """The wanted key, or the same with the first number behind it that makes it new."""
        key, n = wanted, 2
        while self.id_of(prefix, key) is not None:
            key, n = f"{wanted}-{n}", n + 1
        return key

    def flush(self) -> None:
        """Write the keys that were given."""
        if self._new_keys:
            self.connection.execute(insert(tables.RecordKey), self._new_keys)
            self._new_keys = []

    def forget(self) -> None:
        """Let go of the keys that were looked up, where they are many; those given here are written first."""
        if len(self._ids) > MOST_KEYS:
            self.flush()
            self._ids = {}

    def commit_counts(self) -> bool:
        """Write the row of this revision, where it changed anything. The transaction is the caller's to commit."""
        if not self.counts:
            return False
        self.flush()
        self._store_last_ids()
        row = {"number": self.number, "recorded_at": self.at, "actor": self.actor, "comment": self.comment}
        counts = msgspec.json.encode(dict(sorted(self.counts.items()))).decode()
        self.connection.execute(insert(tables.Revision), row | {"counts": counts, "merges": self.merges or None})
        return True

    def last_number(self, prefix: str) -> int:
        """The last number that was given to a type of record."""
        if prefix not in self._last_ids:
            stored = select(tables.IdCounter.last).where(tables.IdCounter.type == prefix)
            self._last_ids[prefix] = self.connection.execute(stored).scalar() or 0
        return self._last_ids[prefix]

    def _store_last_ids(self) -> None:
        counter = tables.IdCounter
        for prefix, last in self._last_ids.items():
            done = self.connection.execute(update(counter).where(counter.type == prefix).values(last=last))
            if done.rowcount == 0:
                self.connection.execute(insert(counter), {"type": prefix, "last": last})
