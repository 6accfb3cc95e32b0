"""Scrubbing: what was deleted goes out of the files of the database, too, where deleting only frees its place.

SQLite: the file is written anew (VACUUM), and its log cut. PostgreSQL: every table is written anew with its indexes
(VACUUM FULL), once no reader is left that may see the rows of before; and the statistics that the planner has of them,
which hold values. The operator sees to the server's own log of writes, to replicas and to backups.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.errors import NotReady
from app.store.database.connections import sqlite_driver
from app.store.database.engine import Database
from app.store.database.sqlite_file import SqliteFile
from app.store.database.tables import Base

PAUSE: Final = 0.2  # seconds between two looks at who still reads

Tell = Callable[[str], object]

_READERS: Final = text(
    "SELECT application_name, pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_xmin IS NOT NULL AND backend_type <> 'autovacuum worker'"
    " AND age(backend_xmin) >= age(CAST(:since AS xid)) UNION ALL"
    " SELECT 'the replication slot ' || slot_name, active_pid FROM pg_replication_slots WHERE xmin IS NOT NULL"
    " AND age(xmin) >= age(CAST(:since AS xid)) LIMIT 1"
)
# ANALYZE leaves the statistics of a table as they are that is empty by now; a column that is given a type has none.
_STALE: Final = text(
    "SELECT s.tablename, quote_ident(s.attname) AS name, format_type(a.atttypid, a.atttypmod) AS type, c.collname"
    " FROM pg_stats s JOIN pg_attribute a ON a.attrelid = CAST(quote_ident(s.tablename) AS regclass)"
    " AND a.attname = s.attname LEFT JOIN pg_collation c ON c.oid = a.attcollation AND c.collname <> 'default'"
    " WHERE s.schemaname = current_schema() AND s.tablename = :table"
)
STATISTICS: Final = "pg_catalog.pg_statistic"
_FILE: Final = text("SELECT pg_relation_filenode(CAST(:table AS regclass))")


def scrub(database: Database, tell: Tell, seconds: float = 60.0) -> list[str]:
    """Write the files of a database anew without what was deleted; gives what is left to do, in sentences.

    tell: is told of each step. seconds: for how long it waits for readers that may see what was deleted. Raises
    NotReady where they do not end, or the disk has no room for another copy, and Busy as Database.write does.
    """
    if database.file:
        _scrub_sqlite(database, tell, seconds)
        return []
    with database.as_told(), database.engine.connect() as connection:
        try:
            return _scrub_postgresql(
                connection.execution_options(isolation_level="AUTOCOMMIT"), database.lock_timeout, tell, seconds
            )
        finally:
            connection.invalidate()  # with what was set for it


def _scrub_sqlite(database: Database, tell: Tell, seconds: float) -> None:
    assert database.file is not None  # noqa: S101  # narrows the type
    file = SqliteFile(database.file, database.lock_timeout, lambda _: None, "onrecord purge")
    with file.locked(), database.engine.connect() as connection:
        driver = sqlite_driver(connection)
        tell("writing the file anew takes a while where it is large")
        try:
            driver.execute("VACUUM")
            _cut_log(file, driver, seconds)
        except sqlite3.Error as error:
            raise NotReady(f"the file {database.file} could not be written anew: {error}") from error


def _cut_log(file: SqliteFile, driver: sqlite3.Connection, seconds: float) -> None:
    """Write the log back and cut it off: readers of its older pages are waited for."""
    until = monotonic() + seconds
    while True:
        file.checkpoint(driver)
        if not file.log_size:
            return
        if monotonic() > until:
            raise NotReady("readers hold older pages of SQLite's log, which could not be cut")
        sleep(PAUSE)


def _scrub_postgresql(connection: Connection, lock_timeout: float, tell: Tell, seconds: float) -> list[str]:
    _set(connection, "statement_timeout", 0)
    _set(connection, "lock_timeout", max(1, int(lock_timeout * 1000)))
    _await_readers(connection, tell, seconds)
    for table in Base.metadata.sorted_tables:
        tell(f"the table {table.name} is written anew")
        if not _rewritten(connection, table.name, "FULL, ANALYZE"):
            raise NotReady(f"the table {table.name} was not written anew: its owner has to run this")
        _forget_statistics(connection, table.name)
    left = []
    if not _rewritten(connection, STATISTICS, "FULL"):
        told = "earlier statistics may still hold values: let a superuser, or the owner of the database, run"
        left.append(f"{told} VACUUM FULL {STATISTICS}")
    try:
        connection.exec_driver_sql("CHECKPOINT")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":  # insufficient_privilege
            raise
        left.append("the files of before go with PostgreSQL's next checkpoint: let a superuser run CHECKPOINT")
    return left


def _rewritten(connection: Connection, table: str, how: str) -> bool:
    """Write a table anew; whether it was. PostgreSQL passes by one that is another's, with a warning alone."""
    before = connection.execute(_FILE, {"table": table}).scalar_one()
    connection.exec_driver_sql(f"VACUUM ({how}) {table}")
    return bool(connection.execute(_FILE, {"table": table}).scalar_one() != before)


def _forget_statistics(connection: Connection, table: str) -> None:
    if connection.exec_driver_sql(f"SELECT 1 FROM {table} LIMIT 1").first() is not None:  # noqa: S608  # one of ours
        return
    for _, name, kind, collation in connection.execute(_STALE, {"table": table}).all():
        collated = f' COLLATE "{collation}"' if collation else ""
        connection.exec_driver_sql(f"ALTER TABLE {table} ALTER COLUMN {name} TYPE {kind}{collated}")


def _set(connection: Connection, name: str, value: Any) -> None:
    connection.execute(text("SELECT set_config(:name, :value, false)"), {"name": name, "value": str(value)})


def _await_readers(connection: Connection, tell: Tell, seconds: float) -> None:
    """Wait until nobody may see what was deleted until now: VACUUM would leave it for them."""
    since = connection.execute(text("SELECT CAST(CAST(pg_current_xact_id() AS xid) AS text)")).scalar_one()
    until, told = monotonic() + seconds, False
    while (reader := connection.execute(_READERS, {"since": since}).first()) is not None:
        who = f"{reader[0] or 'another program'} (process {reader[1]})"
        if monotonic() > until:
            raise NotReady(f"{who} still reads what the database was before; end it, or wait for its end")
        if not told:
            tell(f"waiting for {who}, which still reads what the database was before")
        told = True
        sleep(PAUSE)
