"""Runs migrations on the connection that `onrecord migrate` holds the lock with, or on the configured database."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from app.settings import settings
from app.store.database.engine import Database
from app.store.database.tables import Base


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with Database(settings().database_url).write(create=True) as opened:
        _run(opened)
