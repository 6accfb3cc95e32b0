"""Engines: how SQLAlchemy connects to each dialect, and what of a connection is the driver's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from app.store.database.fetching import execute

USUAL = {"mmap_size": 1 << 30, "cache_size": -65536}  # of an SQLite connection: bytes; minus kB
SPARING = {"mmap_size": 0, "cache_size": -8192}
WRITING = {"mmap_size": 0}  # an import looks all over the file: mapped, a gigabyte of it would stay resident
# Connections beside those of the pool: for ten exports (settings allow no more) and eleven that begin, for two slow
# queries, and for one that is asked without a thread.
SPARE = 24
STOPPING = 2.0  # seconds that PostgreSQL may take to hear that a query is to be stopped


def make_engine(url: URL, pool_size: int, statement_timeout: float, application: str, *, pooled: bool) -> Engine:
    """pooled: PgBouncer stands between, and gives a server for each transaction."""
    if url.get_backend_name() == "postgresql":
        from app.store.database import postgresql  # its driver takes a tenth of a command's start

        return postgresql.make_engine(url, pool_size, SPARE, statement_timeout, application, pooled=pooled)
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=SPARE,
        hide_parameters=True,  # errors are logged, and what is stored is not for the log
        connect_args={"isolation_level": None, "timeout": 10},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


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
            set_sqlite(connection, {name: USUAL[name] for name in settings})


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
        execute(connection, "BEGIN IMMEDIATE")  # past SQLAlchemy, as below
    else:
        # SQLAlchemy takes 20 µs more. It takes no lock yet, and so cannot fail.
        sqlite_driver(connection).execute("BEGIN")
