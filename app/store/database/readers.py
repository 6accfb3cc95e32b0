"""Connections that stay open for pages. To take one from SQLAlchemy's pool, and to begin and end a transaction by it,
takes several times as long as SQLite needs for a page, and in PostgreSQL three journeys to the server in place of one.

Their statements go by fetch_rows alone.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import Pool


class Readers:
    """The connections of one engine, opened as they are needed, and anew when the engine's pool is another."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: deque[tuple[Pool, Connection]] = deque()

    def __len__(self) -> int:
        return len(self._idle)

    def close(self) -> None:
        """Give them back."""
        while self._idle:
            _close(self._idle.pop()[1])

    def take(self) -> tuple[Pool, Connection]:
        """One of them, to be given back. Threads may take several at a time."""
        while self._idle:
            try:
                pool, connection = self._idle.pop()
            except IndexError:  # another thread was first
                break
            if pool is self._engine.pool and _is_alive(connection):
                return pool, connection
            _close(connection)
        return self._engine.pool, self._opened()

    def _opened(self) -> Connection:
        connection = self._engine.connect()
        connection.begin()  # for SQLAlchemy there is one transaction without end
        driver: Any = connection.connection.driver_connection
        driver.rollback()
        if connection.dialect.name == "postgresql":
            driver.autocommit = True  # transactions are begun by us, with their first statement
        return connection

    def give_back(self, pool: Pool, connection: Connection) -> None:
        """End its transaction, and let others have it."""
        if not connection.invalidated:
            driver: Any = connection.connection.driver_connection
            try:
                driver.commit()  # of nothing; after a rollback psycopg forgets what is prepared
            except Exception:  # whatever it is, this one is used no more
                connection.invalidate()
            else:
                _note_return(connection)
                self._idle.append((pool, connection))
                return
        connection.close()


def _is_alive(connection: Connection) -> bool:
    if connection.dialect.name == "sqlite":
        return True
    from app.store.database.postgresql import require_alive  # there, the driver is loaded

    try:
        require_alive(connection.connection.driver_connection, connection.info)
    except DisconnectionError:
        connection.invalidate()
        return False
    return True


def _note_return(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        from app.store.database.postgresql import note_return

        note_return(connection.info)


def _close(connection: Connection) -> None:
    if connection.dialect.name == "postgresql" and not connection.invalidated:
        driver: Any = connection.connection.driver_connection
        driver.autocommit = False
    try:
        connection.close()
    except DBAPIError:
        connection.invalidate()
        connection.close()
