"""The database: engines, snapshots, the one writer, and what differs by dialect."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from app.errors import Busy, NoRoom, NotMigrated, NotReady, OnRecordError, QueryTimeout, Stopping
from app.store.database.connections import (
    SPARING,
    WRITING,
    make_engine,
    set_meanwhile,
    stopper,
)
from app.store.database.deadlines import DEADLINE, WATCH, Deadline, limit_told
from app.store.database.derived_versions import names_behind, newer_names, stored_versions, versions_told
from app.store.database.failures import FULL, MIGRATE, NO_WRITES, sentence_of, was_stopped
from app.store.database.fetching import begin_with_next
from app.store.database.memory import MEMORY, Memory
from app.store.database.readers import Readers
from app.store.database.schema import newest_schema, schema_of
from app.store.database.sqlite_file import SqliteFile
from app.store.database.urls import parse_url, shown_url
from app.store.database.write_ahead_log import WriteAheadLog
from app.store.database.writer_turn import Patience, holder_in_postgresql, take_turn

log = logging.getLogger("onrecord")

UNKNOWN = (
    "the database went away while it was told to store; whether it did is not known: do the same again, which changes"
    " nothing if it did"
)
UNTOLD = "interrupted while it was stored; do the same again, which changes nothing if it was"
WRITER_LOCK = 0x6F6E7265636F7264  # "onrecord": the advisory lock that writers queue on

_WRITING: dict[str, dict[str, Any]] = {
    "sqlite": {"sqlite_writes": True, MEMORY: None},
    # Each statement sees what was committed before the lock was given, not before it was asked for.
    "postgresql": {"isolation_level": "READ COMMITTED", MEMORY: None},
}


Snapshot: TypeAlias = Connection  # one that reads: all its statements see one moment
Transaction: TypeAlias = Connection  # the one that writes


class Database:
    """One database, of either dialect. Reads see one snapshot; writers take turns.

    lock_timeout: seconds that a writer waits for another before Busy.
    statement_timeout: seconds that the queries of a reader may take before QueryTimeout.
    pgbouncer: it stands before PostgreSQL, in transaction mode.
    application: the program's name, for others that wait for this one to write.
    """

    def __init__(
        self,
        url: str,
        *,
        lock_timeout: float = 10.0,
        statement_timeout: float = 10.0,
        pool_size: int = 8,
        application: str = "onrecord",
        pgbouncer: bool = False,
    ) -> None:
        self.url = parse_url(url)
        self.lock_timeout = lock_timeout
        self._application = application
        self.statement_timeout = statement_timeout
        self.dialect = self.url.get_backend_name()
        # The file of an SQLite database.
        self.file = Path(self.url.database or "") if self.dialect == "sqlite" else None
        self._sqlite = SqliteFile(self.file, lock_timeout, self._begin_anew, application) if self.file else None
        self.is_within = self.dialect == "sqlite"  # this process: asking it waits for nobody else
        self.memory = Memory()
        self._deadlines: set[Deadline] = set()  # of the blocks that read now
        self._is_broken_off = False
        self.engine = make_engine(
            self.url, pool_size, statement_timeout, application, pooled=pgbouncer
        ).execution_options(**{MEMORY: self.memory})
        self._log = WriteAheadLog(self._sqlite) if self._sqlite else None
        self.readers = Readers(self.engine)

    def forget(self) -> None:
        """Ask everything anew: for whoever puts other data into the database than revisions do."""
        self.memory.forget()

    def _begin_anew(self, is_another: bool) -> None:
        """Use new connections. Memory stays: what is in it is compared with the state that each request reads.

        is_another: the log still belongs to the file of before, and new connections would take it for this one's.
        """
        if is_another and self._log:
            self._log.leave()
        self.engine.dispose()

    def close(self) -> None:
        """Give back every connection, and what SQLite's log takes on the disk."""
        self.readers.close()
        if self._log:
            self._log.close()
        self.engine.dispose()

    def break_off(self) -> None:
        """Stop everything that reads now, at the end of the service."""
        self._is_broken_off = True
        for deadline in list(self._deadlines):
            deadline.end()

    @contextmanager
    def read(self, deadline: Deadline | None = None) -> Iterator[Connection]:
        """A connection whose statements all see one moment. Raises NotReady where the database is away.

        deadline: of its queries, in statement_timeout by default. Then the one that runs is stopped, and QueryTimeout
        raised.
        """
        with self._connected() as connection, self._until(deadline or Deadline(self.statement_timeout), connection):
            connection.begin()
            yield connection

    @contextmanager
    def read_page(self, deadline: Deadline | None = None) -> Iterator[Connection]:
        """The same for a page, whose statements go by fetch_rows alone: on a connection that stays open.
        It does what `read` does by blocks within blocks, each as long as a statement.
        """
        deadline = deadline or Deadline(self.statement_timeout)
        if self._sqlite:
            self._sqlite.look()
        block = None
        try:
            pool, connection = self.readers.take()
            try:
                self._deadlines.add(deadline)
                connection.info[DEADLINE] = deadline
                block = WATCH.enter(deadline, stopper(connection))
                begin_with_next(connection)
                yield connection
            finally:
                if block:
                    WATCH.leave(block)
                    if block.was_stopped and self.dialect == "postgresql":
                        connection.invalidate()  # as below
                self._deadlines.discard(deadline)
                self.readers.give_back(pool, connection)
        except (DBAPIError, NoConnection) as error:
            if block and block.was_stopped and isinstance(error, DBAPIError):
                raise self._stopped() from error
            self._tell(error)

    @contextmanager
    def read_through(self) -> Iterator[Connection]:
        """The same for who reads much, once, in any time: SQLite then keeps little of the file in memory."""
        with self._connected() as connection, self._until(Deadline(inf), connection):
            if self._sqlite is None:
                from app.store.database.postgresql import begin_unlimited  # there, the driver is loaded

                begin_unlimited(connection)
                yield connection
                return
            with set_meanwhile(connection, SPARING):
                connection.begin()
                try:
                    yield connection
                finally:
                    connection.rollback()
        if self._log:
            self._log.after_reading()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        if self._sqlite:
            self._sqlite.look()
        with self.as_told(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def _until(self, deadline: Deadline, connection: Connection) -> Iterator[None]:
        self._deadlines.add(deadline)
        connection.info[DEADLINE] = deadline
        block = None
        try:
            with WATCH.within(deadline, stopper(connection)) as block:
                yield
        except DBAPIError as error:
            if block and block.was_stopped:  # however the driver tells it: who stopped it knows
                raise self._stopped() from error
            raise
        finally:
            self._deadlines.discard(deadline)
            # A cancel request goes another way than queries do, and may come after the next one.
            if block and block.was_stopped and self.dialect == "postgresql":
                connection.invalidate()

    def _stopped(self) -> OnRecordError:
        if self._is_broken_off:
            return Stopping()
        return QueryTimeout(limit_told(self.statement_timeout))

    @contextmanager
    def write(
        self,
        *,
        create: bool = False,
        warn: Callable[[str], object] = log.warning,
        patience: Patience | None = None,
    ) -> Iterator[Connection]:
        """The one writing transaction: committed at the end of the block, rolled back by an error.

        Raises Busy where another writer holds the lock for longer than lock_timeout, or as `patience` says; NotReady
        where the database is away or takes no writes. A failure after the commit is no error any more: all is stored,
        and `warn` gets it. create: makes a missing SQLite file.
        """
        patience = patience or Patience(self.lock_timeout)
        committing = stored = False
        try:
            with self._alone_writing(create, patience), self.as_told(), self.engine.connect() as connection:
                connection = connection.execution_options(**_WRITING[self.dialect])
                with set_meanwhile(connection, WRITING):
                    with connection.begin():
                        if self.dialect == "postgresql":
                            self._take_advisory_lock(connection, patience)
                        yield connection
                        committing = True
                    stored = True
                if self._log:
                    self._log.after_commit()
        except (Exception, KeyboardInterrupt) as error:
            if stored:
                warn(f"all is stored, but afterwards something failed: {_told(error)}")
                return
            if committing and isinstance(error, KeyboardInterrupt):
                raise NotReady(UNTOLD) from error
            if committing and _is_lost(error):
                raise NotReady(UNKNOWN) from error
            raise

    @contextmanager
    def _alone_writing(self, create: bool, patience: Patience) -> Iterator[None]:
        if self._sqlite is None:
            yield
            return
        if not create:
            self._sqlite.look()
        with self._sqlite.locked(patience):
            if self._sqlite.path.exists():
                self._sqlite.look()
            yield

    def require_migrated(self) -> None:
        """Raise NotReady, naming the command, where the schema or anything derived is not of this release."""
        with self.read() as connection:
            found, wanted = schema_of(connection), newest_schema()
            stored = stored_versions(connection) if found == wanted else {}
        if found != wanted:
            state = "has no tables yet" if found is None else f"is at schema {found}, this version needs {wanted}"
            raise NotMigrated(self.shown, f"{state}: {MIGRATE}")
        self.require_no_newer(stored)
        if behind := names_behind(stored):
            raise NotMigrated(self.shown, f"has {versions_told(stored, behind)}: {MIGRATE}")

    def require_no_newer(self, stored: dict[str, int]) -> None:
        if newer := newer_names(stored):
            made = "use the release whose `onrecord migrate` made them"
            raise NotMigrated(self.shown, f"has {versions_told(stored, newer)}: {made}")

    def require_writes(self) -> None:
        """Raise NotReady where the database takes no writes: before much is read that is to be written."""
        if self.dialect == "postgresql":
            with self.read() as connection:
                _require_writes(connection)

    @property
    def shown(self) -> str:
        """The URL without its password."""
        return shown_url(self.url)

    @contextmanager
    def as_told(self) -> Iterator[None]:
        """Tell a query that took too long, and a database that is away, full or without tables, from our faults."""
        try:
            yield
        except (DBAPIError, NoConnection) as error:
            self._tell(error)

    def _tell(self, error: DBAPIError | NoConnection) -> NoReturn:
        if isinstance(error, NoConnection):
            raise Busy("every connection to the database is in use; try again") from error
        if was_stopped(error):
            raise self._stopped() from error
        sentence = sentence_of(error)
        if sentence is None:
            raise error
        raise (NoRoom if sentence.startswith(FULL) else NotReady)(sentence) from error

    def _take_advisory_lock(self, connection: Connection, patience: Patience) -> None:
        """Wait for the lock. After it, writing takes the time that it takes, but waits for no table longer than
        lock_timeout."""
        _require_writes(connection)
        set_local(connection, "statement_timeout", "0")

        def acquire(seconds: float) -> bool:
            if seconds == 0:
                tried = text("SELECT pg_try_advisory_xact_lock(:key)")
                return bool(connection.execute(tried, {"key": WRITER_LOCK}).scalar_one())
            try:
                with connection.begin_nested():  # so that the transaction lives on where the lock does not come
                    set_local(connection, "lock_timeout", f"{max(1, int(seconds * 1000))}")
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) == "55P03":  # lock_not_available
                    return False
                raise
            return True

        take_turn(acquire, lambda: holder_in_postgresql(connection, WRITER_LOCK), patience, self._application)
        set_local(connection, "lock_timeout", f"{max(1, int(self.lock_timeout * 1000))}")


def set_local(connection: Connection, name: str, value: str) -> None:
    """Set a parameter of PostgreSQL until the transaction ends."""
    connection.execute(text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value})


def _require_writes(connection: Connection) -> None:
    if connection.execute(text("SELECT current_setting('transaction_read_only')")).scalar_one() == "on":
        raise NotReady(NO_WRITES)


def _told(error: BaseException) -> str:
    """An error in one line."""
    return str(error).split("\n")[0] or type(error).__name__


def _is_lost(error: BaseException) -> bool:
    """Whether an error is of a connection that is no more."""
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and cause.connection_invalidated
