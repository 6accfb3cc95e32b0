"""The database of a command, and the errors that end one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from app.cli.output import say
from app.store.database.garbage import collecting_rarely

if TYPE_CHECKING:
    from app.store.database.engine import Database


@contextmanager
def configured_database() -> Iterator[Database]:
    """The configured database; an error that the caller can cause ends the command with one sentence."""
    with collecting_rarely():
        from app.settings import settings
        from app.store.database.engine import Database
        from app.store.database.writer_turn import DRY_RUN

    with errors_told():
        command = click.get_current_context()
        application = f"onrecord {command.info_name}" + (DRY_RUN if command.params.get("dry_run") else "")
        database = Database(
            settings().database_url,
            lock_timeout=settings().lock_timeout,
            application=application,
            pgbouncer=settings().pgbouncer,
        )
        try:
            yield database
        finally:
            database.close()


@contextmanager
def errors_told() -> Iterator[None]:
    """A block in which an error that the caller can cause ends the command with one sentence."""
    from app.errors import OnRecordError

    try:
        yield
    except OnRecordError as error:
        say(f"onrecord: {error.detail}", err=True)
        for problem in error.problems:
            say(f"  {problem}", err=True)
        sys.exit(1)
