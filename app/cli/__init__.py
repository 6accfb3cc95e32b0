"""The commands, one file each: `onrecord migrate`, `onrecord import`, `onrecord merge`, `onrecord keys`, …

To tell what a command takes needs no more than click: a file imports what its command works with when it runs.
"""

from __future__ import annotations

import re
from typing import Any

import click

from app.cli import (
    check,
    explain,
    export,
    follow,
    generate,
    import_,
    keys,
    mapping,
    merge,
    migrate,
    purge,
    push,
    retract,
    serve,
    undo,
    verify,
)
from app.cli.interrupts import end_interrupted, interruptible
from app.domain.text.controls import shown


class _Commands(click.Group):
    """The commands; what a misuse or an interrupt prints is one line that does nothing to the terminal."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """As in click."""
        try:
            return super().make_context(*args, **more)
        except click.ClickException as error:
            raise _harmless(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        """As in click; an interrupt ends the command with exit code 130, SIGTERM with 143."""
        try:
            with interruptible():
                return super().invoke(ctx)
        except click.ClickException as error:
            raise _harmless(error) from None
        except KeyboardInterrupt:
            end_interrupted()


def _harmless(error: click.ClickException) -> click.ClickException:
    """The error with what a terminal would obey as escapes; click's own lists have line breaks and tabs."""
    said = error.format_message()
    told = "".join(part if part in ("\n", "\t") else shown(part) for part in re.split(r"([\n\t])", said))
    if told == said:
        return error
    if isinstance(error, click.UsageError):
        return click.UsageError(told, error.ctx)
    return click.ClickException(told)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="onrecord")
def main() -> None:
    """OnRecord: a database of sourced claims behind a REST API.

    ONRECORD_DATABASE_URL names the database; by default it is the SQLite file var/onrecord.db.
    """


for _file in (
    migrate,
    import_,
    mapping,
    push,
    merge,
    undo,
    retract,
    purge,
    keys,
    serve,
    export,
    follow,
    check,
    verify,
    explain,
    generate,
):
    main.add_command(_file.command)
