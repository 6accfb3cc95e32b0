"""The schema: where its migrations are, which is the newest, and which one a database has.

Only a migration needs Alembic itself: to import it takes a tenth of what a server or a command takes to begin.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from app.errors import NotReady

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"


def alembic_config() -> Config:
    """Alembic's settings: where the migrations are."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def newest_schema() -> str:
    """The revision that the migrations lead to: their files are numbered in their order."""
    numbers = [file.name.partition("_")[0] for file in MIGRATIONS.glob("versions/[0-9]*_*.py")]
    if not numbers:
        raise NotReady(f"no migrations are found in {MIGRATIONS}")
    return max(numbers)


def schema_of(connection: Connection) -> str | None:
    """The revision that a database is at; None where it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision
