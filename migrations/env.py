"""Runs migrations on the connection that `onrecord migrate` holds the lock with, or on the configured database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from alembic import context
from sqlalchemy import Connection, Index

from app.settings import settings
from app.store.database.engine import Database
from app.store.database.tables import Base


def _belongs(thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Whether autogenerate compares it: not the full-text table, nor indexes that are of the other dialect."""
    if kind == "table":
        return not (name or "").startswith("claim_fts")
    if isinstance(thing, Index) and kind == "index":
        made_if = getattr(thing, "_ddl_if", None)
        dialect = context.get_context().dialect.name
        return made_if is None or made_if.dialect == dialect or dialect in _several(made_if.dialect)
    return True


def _several(dialect: str | Collection[str] | None) -> Collection[str]:
    return () if dialect is None or isinstance(dialect, str) else dialect


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, include_object=_belongs, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with Database(settings().database_url).write(create=True) as opened:
        _run(opened)
