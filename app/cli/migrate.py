"""`onrecord migrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.cli.changes import stored_as
from app.cli.opening import configured_database
from app.cli.output import say, telling
from app.cli.progress import progress
from app.store.database.garbage import collecting_rarely

if TYPE_CHECKING:
    from app.store.database.engine import Database
    from app.store.upgrade.upgrade import Upgraded


@click.command("migrate")
def command() -> None:
    """Make the database, or bring its schema and all that is derived up to date."""
    with configured_database() as database:
        done = migrate_database(database)
        with telling(sentence := f"{database.shown} {_told(done)}"):
            say(sentence)


def _told(done: Upgraded) -> str:
    if not done.steps:
        return "is up to date"
    return f"is {'made' if done.is_new else 'upgraded'}: {done.steps}"


def migrate_database(database: Database) -> Upgraded:
    """Bring a database up to date; what was done. Shows how far it is; warnings go to the error stream."""
    with collecting_rarely():
        from app.store.upgrade.upgrade import migrate

    with progress() as tell:
        done = migrate(database, tell)
    with telling(f"{database.shown} is up to date"):
        for warning in done.warnings:
            say(f"warning: {warning}", err=True)
        if done.revision is not None:
            told = stored_as(done.revision, done.changes)
            say(f"what an earlier release derived wrongly is corrected, {told}")
    return done
