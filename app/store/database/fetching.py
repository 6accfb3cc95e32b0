"""Rows by the driver's own cursor: what reads of claims are made of, for which SQLAlchemy takes longer than the query.

A statement is a constant text for both engines: `?` stands for a value, and `IN ??` for a list of integers or of texts,
which is one value, however long it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Rows = list[tuple[Any, ...]]


AT_BEGIN = "onrecord_at_begin"  # the execution option of what follows BEGIN in each transaction
_BEGINS = "onrecord_begins"  # what a connection's `info` has for its next statement to begin with
_BEGIN = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def begin_with_next(connection: Connection) -> None:
    """Begin a transaction that sees one moment; in PostgreSQL together with the next statement of fetch_rows. Raises
    DBAPIError, as SQLAlchemy does: a deadline may come as early as here.
    """
    if connection.dialect.name == "sqlite":
        execute(connection, "BEGIN")
    else:
        connection.info[_BEGINS] = _BEGIN + connection.get_execution_options().get(AT_BEGIN, b"")


def fetch_rows(connection: Connection, statement: str, *values: Any) -> Rows:
    """The rows of a statement. Text comes as str, blobs as bytes. Raises DBAPIError, as SQLAlchemy does.

    The transaction is that of the connection, which must have begun, as Database.read begins it.
    """
    driver: Any = connection.connection.driver_connection
    try:
        if connection.dialect.name == "sqlite":
            return driver.execute(_for_sqlite(statement), _for_json_each(values)).fetchall()  # type: ignore[no-any-return]
        if begin := connection.info.pop(_BEGINS, None):
            if not values:
                return _begin_and_fetch(driver, begin, _for_postgresql(statement))
            driver.execute(begin)
        with driver.cursor(binary=True) as cursor:
            return cursor.execute(_for_postgresql(statement), values).fetchall()  # type: ignore[no-any-return]
    except _errors(connection) as error:
        raise _told(connection, statement, error) from error


def _begin_and_fetch(driver: Any, begin: bytes, statement: bytes) -> Rows:
    """Begin a transaction, and fetch the rows of its first statement, in one journey to the server."""
    with driver.cursor() as cursor:
        cursor.execute(b"%b; %b" % (begin, statement))
        while cursor.nextset():
            pass
        return cursor.fetchall()  # type: ignore[no-any-return]


def execute(connection: Connection, statement: str, *values: Any) -> None:
    """Run a statement that changes rows. Raises DBAPIError, as SQLAlchemy does."""
    driver: Any = connection.connection.driver_connection
    try:
        if connection.dialect.name == "sqlite":
            driver.execute(_for_sqlite(statement), _for_json_each(values))
        else:
            driver.execute(_for_postgresql(statement), values)
    except _errors(connection) as error:
        raise _told(connection, statement, error) from error


def execute_for_each(connection: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run a statement of SQLite that changes rows with the values of each row; PostgreSQL takes many rows by COPY or in
    arrays. Raises DBAPIError, as SQLAlchemy does.
    """
    driver: Any = connection.connection.driver_connection
    try:
        driver.executemany(statement, rows)
    except _errors(connection) as error:
        raise _told(connection, statement, error) from error


def _told(connection: Connection, statement: str, error: Exception) -> DBAPIError:
    """The error as SQLAlchemy tells it; a connection that is lost does not go back to the pool."""
    driver: Any = connection.connection.driver_connection
    is_lost = bool(getattr(driver, "closed", False))
    told = DBAPIError.instance(statement, None, error, _errors(connection), connection_invalidated=is_lost)
    if is_lost:
        connection.invalidate()
    assert isinstance(told, DBAPIError)  # noqa: S101  # narrows the type
    return told


def _errors(connection: Connection) -> type[Exception]:
    """The class of all that the driver of a connection raises. PostgreSQL's is loaded where there is one of it."""
    return connection.dialect.loaded_dbapi.Error


def _for_json_each(values: tuple[Any, ...]) -> list[Any]:
    return [msgspec.json.encode(value).decode() if isinstance(value, list) else value for value in values]


@lru_cache(maxsize=1000)
def _for_sqlite(statement: str) -> str:
    return statement.replace("IN ??", "IN (SELECT value FROM json_each(?))")


@lru_cache(maxsize=1000)
def _for_postgresql(statement: str) -> bytes:
    return statement.replace("%", "%%").replace("IN ??", "= ANY(%s)").replace("?", "%s").encode()
