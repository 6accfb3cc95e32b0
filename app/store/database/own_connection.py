"""A connection to an SQLite file that stays open for one thread: to take one from the pool, and to begin and end a
transaction of SQLAlchemy's, takes several times as long as to read a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.pool import Pool

from app.store.database.connections import sqlite_driver


class OwnConnection:
    """One connection of an engine, opened when it is first needed, and anew when the engine's pool is another."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._pool: Pool | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The connection, in a transaction that sees one moment."""
        connection = self._opened()
        driver = sqlite_driver(connection)
        driver.execute("BEGIN")
        try:
            yield connection
        finally:
            driver.rollback()

    def _opened(self) -> Connection:
        if self._connection is None or self._pool is not self._engine.pool:
            self.close()
            self._pool = self._engine.pool
            self._connection = self._engine.connect()
            self._connection.begin()  # for SQLAlchemy there is one transaction without end
            sqlite_driver(self._connection).rollback()
        return self._connection

    def close(self) -> None:
        """Give it back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
