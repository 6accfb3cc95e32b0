"""Many rows at once, in and out. To insert, SQLite runs one statement for all of them, PostgreSQL copies them in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, tuple_
from sqlalchemy.exc import DBAPIError

from app.store.database.fetching import execute_for_each

T = TypeVar("T")
Row = tuple[Any, ...]
Progress = Callable[[str, int, int | None], None]  # task, rows done, and rows in all if known


def insert_rows(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    """Insert rows of a table (a model), all with the same columns."""
    if not rows:
        return
    names = tuple(rows[0])
    insert_values(connection, table.__tablename__, names, map(itemgetter(*names), rows))


def insert_values(connection: Connection, table: str, names: tuple[str, ...], rows: Iterable[Row]) -> None:
    """Insert rows whose values stand in the order of `names`. Values go to the driver as they are."""
    if connection.dialect.name == "sqlite":
        execute_for_each(connection, _insert(table, names), rows)
    else:
        _copy(connection, f"COPY {table} ({', '.join(names)}) FROM STDIN", rows)


@lru_cache(maxsize=100)
def _insert(table: str, names: tuple[str, ...]) -> str:
    places = ", ".join("?" * len(names))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"  # noqa: S608  # names of our own tables


def _copy(connection: Connection, statement: str, rows: Iterable[Row]) -> None:
    driver: Any = connection.connection.driver_connection
    errors = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except errors as error:  # as SQLAlchemy would tell it, for who handles its errors
        raise DBAPIError.instance(statement, None, error, errors) from error


def update_values(connection: Connection, table: str, names: tuple[str, ...], rows: Sequence[tuple[int, ...]]) -> None:
    """Set columns of whole numbers in many rows. names: of the key and of these columns, in the order of each row."""
    if not rows:
        return
    key, *others = names
    if connection.dialect.name == "sqlite":
        places = ", ".join(f"{name} = ?" for name in others)
        statement = f"UPDATE {table} SET {places} WHERE {key} = ?"  # noqa: S608  # names of our own tables
        execute_for_each(connection, statement, ((*row[1:], row[0]) for row in rows))
        return
    places = ", ".join(f"{name} = given.{name}" for name in others)
    arrays = ", ".join(["%s::bigint[]"] * len(names))
    statement = f"UPDATE {table} SET {places} FROM unnest({arrays}) AS given({', '.join(names)})"  # noqa: S608  # as above
    connection.exec_driver_sql(
        f"{statement} WHERE {table}.{key} = given.{key}", tuple(map(list, zip(*rows, strict=True)))
    )


def empty_tables(connection: Connection, tables: Iterable[str]) -> None:
    """Take all rows out of tables."""
    emptied = "TRUNCATE TABLE" if connection.dialect.name == "postgresql" else "DELETE FROM"
    for table in tables:
        connection.exec_driver_sql(f"{emptied} {table}")


def read_batches(
    connection: Connection, statement: Select[Any], keys: tuple[Any, ...], size: int
) -> Iterator[Sequence[Any]]:
    """The rows of a statement, `size` at a time, in the order of a key that its first columns are."""
    some = statement.order_by(*keys).limit(size)
    batch = connection.execute(some).all()
    while batch:
        yield batch
        if len(batch) < size:
            return
        batch = connection.execute(some.where(tuple_(*keys) > tuple(batch[-1][: len(keys)]))).all()


def chunks(items: list[T], size: int = 500) -> list[list[T]]:
    """The items in lists of at most `size`: a statement takes only so many parameters."""
    return [items[start : start + size] for start in range(0, len(items), size)]
