"""The statements that a database is asked, by SQLAlchemy and by the driver's own cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from app.store.database import fetching
from app.store.database.engine import Database


@contextmanager
def each_statement(database: Database, note: Callable[[str], object]) -> Iterator[None]:
    """A block in which `note` gets each statement before it is run."""

    def listen(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        note(statement)

    def noting(form: Callable[[str], Any]) -> Callable[[str], Any]:
        def formed(statement: str) -> Any:
            note(statement)
            return form(statement)

        return formed

    event.listen(database.engine, "before_cursor_execute", listen)
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("_for_sqlite", "_for_postgresql"):
                patch.setattr(fetching, name, noting(getattr(fetching, name)))
            yield
    finally:
        event.remove(database.engine, "before_cursor_execute", listen)


@contextmanager
def recorded(database: Database) -> Iterator[list[str]]:
    """The statements that a database is asked inside the block, save the one that begins a transaction."""
    asked: list[str] = []

    def note(statement: str) -> None:
        if statement != "BEGIN":
            asked.append(statement)

    with each_statement(database, note):
        yield asked
