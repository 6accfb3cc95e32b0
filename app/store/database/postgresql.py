"""How SQLAlchemy connects to PostgreSQL. Imported where a database of it is opened: its driver takes a tenth of the
start of a command that opens another.
"""

from __future__ import annotations

import select
from functools import partial
from math import ceil
from time import monotonic
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from app.store.database.fetching import AT_BEGIN

# A plan made while a table was small, or for a common value, must not be kept for what comes later.
_OPTIONS = "-c timezone=UTC -c plan_cache_mode=force_custom_plan -c statement_timeout={}"
# A pooler takes no options at the start, and another server does not know what was prepared.
_POOLED: dict[str, Any] = {"prepare_threshold": None}
IDLE = 30.0  # seconds after which the network between may have forgotten a connection


def make_engine(
    url: URL, pool_size: int, max_overflow: int, statement_timeout: float, application: str, *, pooled: bool
) -> Engine:
    """statement_timeout: seconds. pooled: PgBouncer stands between, and gives a server for each transaction."""
    # Behind the deadlines of reads: a server stops a query even where word from here does not reach it.
    limit = ceil(statement_timeout * 1000)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=max_overflow,
        hide_parameters=True,  # errors are logged, and what is stored is not for the log
        isolation_level="REPEATABLE READ",
        connect_args={
            **(_POOLED if pooled else {"options": _OPTIONS.format(limit)}),
            "connect_timeout": 10,
            **({} if "application_name" in url.query else {"application_name": application}),
        },
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "checkin", _note_return)
    event.listen(engine, "checkout", _require_alive)
    event.listen(engine, "handle_error", _close_cursor)
    if pooled:
        event.listen(engine, "begin", partial(_begin_pooled, limit))
        return engine.execution_options(**{AT_BEGIN: b"; " + _limit(limit)})
    return engine


def _limit(milliseconds: int) -> bytes:
    return b"SET LOCAL statement_timeout = %d" % milliseconds


def _begin_pooled(milliseconds: int, connection: Connection) -> None:
    """Limit statements for each transaction: what a session is told, another client's would be as well."""
    _set_local(connection, _limit(milliseconds))


def begin_unlimited(connection: Connection) -> None:
    """Begin a transaction whose statements may take any time."""
    connection.begin()
    _set_local(connection, _limit(0))


def _set_local(connection: Connection, statement: bytes) -> None:
    try:
        connection.connection.cursor().execute(statement)
    except psycopg.Error as error:
        raise DBAPIError.instance("SET LOCAL", None, error, psycopg.Error) from error


class _ServerCursor(psycopg.ServerCursor[Any]):
    """A cursor of the server that is closed here, too, where the server has gone: psycopg leaves it open."""

    def close(self) -> None:
        try:
            super().close()
        except psycopg.OperationalError:
            super().close()  # the connection now knows that it is lost, and asks no server


def _prepare(connection: Any, _record: ConnectionPoolEntry) -> None:
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
