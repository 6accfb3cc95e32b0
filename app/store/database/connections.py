"""Engines: how SQLAlchemy connects to each dialect, and what of a connection is the driver's own."""

from __future__ import annotations

import select
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from math import ceil
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from app.store.database.fetching import AT_BEGIN

USUAL = {"mmap_size": 1 << 30, "cache_size": -65536}  # of an SQLite connection: bytes; minus kB
SPARING = {"mmap_size": 0, "cache_size": -8192}
WRITING = USUAL | {"mmap_size": 0}  # an import looks all over the file: mapped, a gigabyte of it would stay resident
# Connections beside those of the pool: for ten exports (settings allow no more) and eleven that begin, for two slow
# queries, and for one that is asked without a thread.
SPARE = 24


def make_engine(url: URL, pool_size: int, statement_timeout: float, application: str, *, pooled: bool) -> Engine:
    """pooled: PgBouncer stands between, and gives a server for each transaction."""
    if url.get_backend_name() == "postgresql":
        # Behind the deadlines of reads: a server stops a query even where word from here does not reach it.
        limit = ceil(statement_timeout * 1000)
        engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=SPARE,
            hide_parameters=True,  # errors are logged, and what is stored is not for the log
            isolation_level="REPEATABLE READ",
            connect_args={
                **(_POOLED if pooled else {"options": _OPTIONS.format(limit)}),
                "connect_timeout": 10,
                **({} if "application_name" in url.query else {"application_name": application}),
            },
        )
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "checkin", _note_return)
        event.listen(engine, "checkout", _require_alive)
        event.listen(engine, "handle_error", _close_cursor)
        if pooled:
            event.listen(engine, "begin", partial(_begin_pooled, limit))
            return engine.execution_options(**{AT_BEGIN: b"; " + _limit(limit)})
        return engine
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=SPARE,
        hide_parameters=True,  # as above
        connect_args={"isolation_level": None, "timeout": 10},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


# A plan made while a table was small, or for a common value, must not be kept for what comes later.
_OPTIONS = "-c timezone=UTC -c plan_cache_mode=force_custom_plan -c statement_timeout={}"
# A pooler takes no options at the start, and another server does not know what was prepared.
_POOLED: dict[str, Any] = {"prepare_threshold": None}


def _limit(milliseconds: int) -> bytes:
    return b"SET LOCAL statement_timeout = %d" % milliseconds


def _begin_pooled(milliseconds: int, connection: Connection) -> None:
    """Limit statements for each transaction: what a session is told, another client's would be as well."""
    _set_local(connection, _limit(milliseconds))


STOPPING = 2.0  # seconds that PostgreSQL may take to hear that a query is to be stopped
IDLE = 30.0  # seconds after which the network between may have forgotten a connection


class _ServerCursor(psycopg.ServerCursor[Any]):
    """A cursor of the server that is closed here, too, where the server has gone: psycopg leaves it open."""

    def close(self) -> None:
        try:
            super().close()
        except psycopg.OperationalError:
            super().close()  # the connection now knows that it is lost, and asks no server


def _prepare_postgresql(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.server_cursor_factory = _ServerCursor


def _close_cursor(context: ExceptionContext) -> None:
    """SQLAlchemy leaves a cursor open where the server has gone."""
    executed: Any = context.execution_context
    if context.is_disconnect and executed is not None and executed.cursor is not None:
        executed.cursor.close()


def _note_return(_connection: Any, record: ConnectionPoolEntry) -> None:
    note_return(record.info)


def note_return(info: dict[Any, Any]) -> None:
    """Note in a connection's `info` when it was used last."""
    info["returned"] = monotonic()


def _require_alive(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Let the pool replace a connection that the server has closed."""
    require_alive(connection, record.info)


def require_alive(connection: Any, info: dict[Any, Any]) -> None:
    """Raise DisconnectionError where the server has closed a connection. To ask it each time would be a round trip
    more: a server that closes a connection says so, and what it said waits to be read.
    """
    try:
        if monotonic() - info.get("returned", monotonic()) < IDLE and not _has_said_something(connection):
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
    for name, value in USUAL.items():
        cursor.execute(f"PRAGMA {name} = {value}")
    cursor.close()


def open_sqlite(file: Path) -> sqlite3.Connection:
    """A connection beside SQLAlchemy's, for any thread, one at a time."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    _prepare_sqlite(connection, None)
    return connection


def stopper(connection: Connection) -> Callable[[], object]:
    """A function that stops a connection's query from another thread."""
    driver: Any = connection.connection.driver_connection
    return driver.interrupt if connection.dialect.name == "sqlite" else partial(driver.cancel_safe, timeout=STOPPING)


def begin_unlimited(connection: Connection) -> None:
    """Begin a transaction in PostgreSQL whose statements may take any time."""
    connection.begin()
    _set_local(connection, _limit(0))


def _set_local(connection: Connection, statement: bytes) -> None:
    try:
        connection.connection.cursor().execute(statement)
    except psycopg.Error as error:
        raise DBAPIError.instance("SET LOCAL", None, error, psycopg.Error) from error


@contextmanager
def set_meanwhile(connection: Connection, settings: dict[str, int]) -> Iterator[None]:
    """Set SQLite otherwise than as usual, in a block; nothing in PostgreSQL."""
    if connection.dialect.name != "sqlite":
        yield
        return
    set_sqlite(connection, settings)
    try:
        yield
    finally:
        with suppress(sqlite3.Error):  # it would read a little slower, and hide what the block has raised
            set_sqlite(connection, USUAL)


def set_sqlite(connection: Connection, settings: dict[str, int]) -> None:
    driver = sqlite_driver(connection)
    for name, value in settings.items():
        driver.execute(f"PRAGMA {name} = {value}")


def sqlite_driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101  # narrows the type
    return driver


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("sqlite_writes", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Past SQLAlchemy, which takes 20 µs more. It takes no lock yet, and so cannot fail.
        sqlite_driver(connection).execute("BEGIN")
