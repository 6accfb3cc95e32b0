"""`onrecord migrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.cli.opening import configured_database
from app.cli.progress import progress

if TYPE_CHECKING:
    from app.store.db import Database


@click.command("migrate")
def command() -> None:
    """Make the database, or bring its schema and its index of words up to date."""
    with configured_database() as database:
        migrate_database(database)
        click.echo(f"{database.shown} is up to date")


def migrate_database(database: Database) -> None:
    """Bring a database up to date. Shows how far it is; warnings go to the error stream."""
    with progress() as tell:
        warnings = database.migrate(tell)
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
