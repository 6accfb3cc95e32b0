"""The database: engines, snapshots, the one writer, and what differs by dialect."""

from __future__ import annotations

import os
import select
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import ceil
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from app.domain.words import WORD_RULES
from app.errors import Busy, NotReady, QueryTimeout
from app.store.bulk import Progress
from app.store.deadlines import WATCH, Deadline
from app.store.memory import MEMORY, Memory
from app.store.word_rules import derive_anew, recorded_rules

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
WRITER_LOCK = 0x6F6E7265636F7264  # "onrecord": the advisory lock that writers queue on
ALONE = "onrecord_alone"  # what a connection notes of itself while it begins no transactions
MIGRATE = "run `onrecord migrate`"
_USUAL = {"mmap_size": 1 << 30, "cache_size": -65536}  # of an SQLite connection: bytes; minus kB
_SPARING = {"mmap_size": 0, "cache_size": -8192}

_WRITING: dict[str, dict[str, Any]] = {
    "sqlite": {"sqlite_writes": True, MEMORY: None},
    # Each statement sees what was committed before the lock was given, not before it was asked for.
    "postgresql": {"isolation_level": "READ COMMITTED", MEMORY: None},
}


class Database:
    """One database, of either dialect. Reads see one snapshot; writers take turns.

    lock_timeout: seconds that a writer waits for another before Busy.
    statement_timeout: seconds that the queries of a reader may take before QueryTimeout.
    """

    def __init__(
        self, url: str, *, lock_timeout: float = 10.0, statement_timeout: float = 10.0, pool_size: int = 8
    ) -> None:
        self.url = _parse_url(url)
        self.lock_timeout = lock_timeout
        self.statement_timeout = statement_timeout
        self.dialect = self.url.get_backend_name()
        # The file of an SQLite database.
        self.file = Path(self.url.database or "") if self.dialect == "sqlite" else None
        self.is_within = self.dialect == "sqlite"  # this process: asking it waits for nobody else
        self._file_id: tuple[int, int] | None = None  # device and inode: another file may come to the same name
        self._memory = Memory()
        self.engine = _make_engine(self.url, pool_size, statement_timeout).execution_options(**{MEMORY: self._memory})

    def forget(self) -> None:
        """Ask everything anew: for whoever puts other data into the database than revisions do."""
        self._memory.forget()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    @contextmanager
    def read(self, deadline: Deadline | None = None) -> Iterator[Connection]:
        """A connection whose statements all see one moment. Raises NotReady where the database is away.

        deadline: of its queries, in statement_timeout by default. Then the one that runs is stopped, and QueryTimeout
        raised.
        """
        deadline = deadline or Deadline(self.statement_timeout)
        with self._connected() as connection:
            block = None
            try:
                with WATCH.within(deadline, _stopper(connection)) as block:
                    yield connection
            finally:
                # What stops PostgreSQL goes another way than queries do, and may come after the next one.
                if block and block.was_stopped and self.dialect == "postgresql":
                    connection.invalidate()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        self._require_file()
        with self._as_told(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def read_through(self) -> Iterator[Connection]:
        """The same for who reads much, once, in any time: SQLite then keeps little of the file in memory."""
        with self._connected() as connection:
            if self.dialect == "postgresql":
                _begin_unlimited(connection)
                yield connection
                return
            _set_sqlite(connection, _SPARING)
            try:
                yield connection
            finally:
                connection.rollback()
                _set_sqlite(connection, _USUAL)

    @contextmanager
    def write(self, *, create: bool = False) -> Iterator[Connection]:
        """The one writing transaction: committed at the end of the block, rolled back by an error.

        Raises Busy where another writer keeps the lock, NotReady where the database is away. `create` makes a missing
        SQLite file.
        """
        if not create:
            self._require_file()
        with self._writer_lock(), self._as_told(), self.engine.connect() as connection:
            connection = connection.execution_options(**_WRITING[self.dialect])
            with connection.begin():
                if self.dialect == "postgresql":
                    self._take_advisory_lock(connection)
                yield connection
            if self.dialect == "sqlite":
                _checkpoint(connection)

    def migrate(self, progress: Progress = lambda _what, _done, _all: None) -> list[str]:
        """Bring the schema to the newest revision, and stored words to today's rules, as one writing transaction.

        Returns warnings, for people. Raises NotReady where the database is of a newer version than this.
        """
        if self.file:
            try:
                self.file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise NotReady(f"the folder {self.file.parent} cannot be made: {error.strerror}") from error
        with self.write(create=True) as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise NotReady(f"the database {self.shown} is at a schema that this version does not know") from error
            self._require_older_rules(recorded_rules(connection))
            warnings = derive_anew(connection, progress)
        self.forget()
        return warnings

    def require_migrated(self) -> None:
        """Raise NotReady, naming the command, where the schema is not the newest, or words are of other rules."""
        with self.read() as connection:
            found, wanted = MigrationContext.configure(connection).get_current_revision(), newest_schema()
            rules = recorded_rules(connection) if found == wanted else WORD_RULES
        if found != wanted:
            state = "has no tables yet" if found is None else f"is at schema {found}, this version needs {wanted}"
            raise NotReady(f"the database {self.shown} {state}: {MIGRATE}")
        self._require_older_rules(rules)
        if rules != WORD_RULES:
            state = f"has the words of rules {rules}, this version needs those of rules {WORD_RULES}"
            raise NotReady(f"the database {self.shown} {state}: {MIGRATE}")

    def _require_older_rules(self, found: int) -> None:
        if found > WORD_RULES:
            state = f"has the words of rules {found}, this version knows rules up to {WORD_RULES}"
            newer = "use the version whose `onrecord migrate` made them"
            raise NotReady(f"the database {self.shown} {state}: {newer}")

    @property
    def shown(self) -> str:
        """The URL without its password."""
        return self.url.render_as_string(hide_password=True)

    def _require_file(self) -> None:
        """Raise NotReady without the file; where another was put in its place, begin anew with that one."""
        if self.file is None:
            return
        try:
            found = os.stat(self.file)  # noqa: PTH116  # names may be too long for Path
        except OSError:
            raise NotReady(f"there is no database file {self.file}: {MIGRATE}") from None
        own = (found.st_dev, found.st_ino)
        if self._file_id not in (None, own):
            self.engine.dispose()
            self.forget()
        self._file_id = own

    @contextmanager
    def _writer_lock(self) -> Iterator[None]:
        """In SQLite a lock file beside the database, held for checkpoints too (their race can corrupt below 3.51.3)."""
        if self.file is None:
            yield
            return
        lock = FileLock(f"{self.file}.lock", timeout=self.lock_timeout, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            raise Busy(f"another writer held the lock for {self.lock_timeout:g} s; try again") from None
        except OSError as error:
            raise NotReady(f"the lock file {lock.lock_file} cannot be written: {error.strerror}") from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _as_told(self) -> Iterator[None]:
        """Tell a query that took too long, and a database that is away, full or without tables, from our faults."""
        try:
            yield
        except DBAPIError as error:
            if _was_stopped(error):
                limit = f"the query was stopped: it may take {self.statement_timeout:g} s"
                raise QueryTimeout(f"{limit}; narrow it by more filters, or try again later") from error
            sentence = _sentence(error)
            if sentence is None:
                raise
            raise NotReady(sentence) from error

    def _take_advisory_lock(self, connection: Connection) -> None:
        """Wait for the lock for so long, and then for nothing: what is written takes the time that it takes."""
        wait = f"{int(self.lock_timeout * 1000)}"
        local = "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', :wait, true)"
        connection.execute(text(local), {"wait": wait})
        try:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) == "55P03":  # lock_not_available
                raise Busy(f"another writer held the lock for {self.lock_timeout:g} s; try again") from None
            raise


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """A block of one statement, which sees one moment by itself: no transaction is begun and ended around it.

    In PostgreSQL that saves two round trips, in SQLite handing the interpreter lock to and fro six times.
    """
    if connection.in_transaction():
        yield
        return
    driver: Any = connection.connection.driver_connection
    connection.info[ALONE] = True
    if connection.dialect.name == "postgresql":
        driver.autocommit = True
    try:
        yield
    finally:
        connection.rollback()
        if not connection.invalidated:
            connection.info[ALONE] = False
            if connection.dialect.name == "postgresql":
                driver.autocommit = False


def alembic_config() -> Config:
    """Alembic's settings: where the migrations are."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def newest_schema() -> str:
    """The revision that the migrations lead to."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise NotReady(f"no migrations are found in {MIGRATIONS}")
    return head


def _parse_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise NotReady("ONRECORD_DATABASE_URL is no database URL; write sqlite:///FILE or postgresql://…") from error
    backend = parsed.get_backend_name()
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    raise NotReady(f"{backend} databases are not carried; write sqlite:///FILE or postgresql://…")


# Connections beside those of the pool: for ten exports (settings allow no more) and eleven that begin, for two slow
# queries, and for one that is asked without a thread.
SPARE = 24


def _make_engine(url: URL, pool_size: int, statement_timeout: float) -> Engine:
    if url.get_backend_name() == "postgresql":
        # Behind the deadlines of reads: a server stops a query even where word from here does not reach it.
        limit = f"-c statement_timeout={ceil(statement_timeout * 1000)}"
        engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=SPARE,
            isolation_level="REPEATABLE READ",
            # A plan made while a table was small, or for a common value, must not be kept for what comes later.
            connect_args={
                "options": f"-c timezone=UTC -c plan_cache_mode=force_custom_plan {limit}",
                "connect_timeout": 10,
            },
        )
        event.listen(engine, "checkin", _note_return)
        event.listen(engine, "checkout", _require_alive)
        event.listen(engine, "handle_error", _close_cursor)
        return engine
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=SPARE, connect_args={"isolation_level": None, "timeout": 10}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


STOPPING = 2.0  # seconds that PostgreSQL may take to hear that a query is to be stopped
IDLE = 30.0  # seconds after which the network between may have forgotten a connection


def _close_cursor(context: ExceptionContext) -> None:
    """SQLAlchemy leaves a cursor open where the server has gone."""
    executed: Any = context.execution_context
    if context.is_disconnect and executed is not None and executed.cursor is not None:
        executed.cursor.close()


def _note_return(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["returned"] = monotonic()


def _require_alive(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Let the pool replace a connection that the server has closed. To ask it each time would be a round trip more:
    a server that closes a connection says so, and what it said waits to be read.
    """
    try:
        if monotonic() - record.info.get("returned", monotonic()) < IDLE and not _has_said_something(connection):
            return
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError(str(error)) from error


def _has_said_something(connection: Any) -> bool:
    """Whether something waits to be read; always where that cannot be seen without waiting (Windows has no poll)."""
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # a revision that was told of is not lost by a power cut
    cursor.execute("PRAGMA wal_autocheckpoint = 0")  # checkpoints are the writer's, under the lock
    for name, value in _USUAL.items():
        cursor.execute(f"PRAGMA {name} = {value}")
    cursor.close()


def _stopper(connection: Connection) -> Callable[[], object]:
    """What stops the query that a connection runs, from another thread."""
    driver: Any = connection.connection.driver_connection
    return driver.interrupt if connection.dialect.name == "sqlite" else partial(driver.cancel_safe, timeout=STOPPING)


def _begin_unlimited(connection: Connection) -> None:
    """Begin a transaction in PostgreSQL whose statements may take any time."""
    connection.begin()
    try:
        connection.connection.cursor().execute("SET LOCAL statement_timeout = 0")
    except psycopg.Error as error:
        raise DBAPIError.instance("SET LOCAL", None, error, psycopg.Error) from error


def _set_sqlite(connection: Connection, settings: dict[str, int]) -> None:
    driver = _sqlite_driver(connection)
    for name, value in settings.items():
        driver.execute(f"PRAGMA {name} = {value}")


def _sqlite_driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101  # narrows the type
    return driver


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("sqlite_writes", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif not connection.info.get(ALONE):
        # Past SQLAlchemy, which takes 20 µs more. It takes no lock yet, and so cannot fail.
        _sqlite_driver(connection).execute("BEGIN")


def _checkpoint(connection: Connection) -> None:
    _sqlite_driver(connection).execute("PRAGMA wal_checkpoint(PASSIVE)")


def _was_stopped(error: DBAPIError) -> bool:
    """Whether a query was stopped from outside: by its deadline, in PostgreSQL by an administrator as well."""
    if isinstance(error.orig, sqlite3.OperationalError):
        return str(error.orig) == "interrupted"
    return getattr(error.orig, "sqlstate", None) == "57014"  # query_canceled


def _sentence(error: DBAPIError) -> str | None:
    said = str(error.orig).split("\n")[0]
    state = getattr(error.orig, "sqlstate", None)
    if state == "42P01" or "no such table" in said or "no such column" in said:
        return f"the database has not the tables of this version: {MIGRATE}"
    if state in ("53100", "53200") or "disk is full" in said:
        return f"the database cannot store more: {said}"
    if state == "55P03":
        return "a table is in use by another program for too long; try again"
    if "malformed" in said or "disk I/O error" in said:
        return f"the database file is damaged or cannot be read or written: {said}"
    if "file is not a database" in said or "readonly database" in said or "unable to open" in said:
        return f"the database file cannot be used: {said}"
    if "database is locked" in said:
        return "the database is locked by another program"
    away = state is None or state[:2] in ("08", "57", "28", "3D")
    if away and isinstance(error, OperationalError) and not isinstance(error.orig, sqlite3.Error):
        return f"the database does not answer: {said}"
    return None
