"""The commands, one file each: `onrecord migrate`, `onrecord import`, `onrecord merge`, `onrecord serve`, …

To tell what a command takes needs no more than click: a file imports what its command works with when it runs.
"""

from __future__ import annotations

import click

from app.cli import generate, import_, merge, migrate, serve


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="onrecord")
def main() -> None:
    """OnRecord: a database of sourced claims behind a REST API.

    ONRECORD_DATABASE_URL names the database; by default it is the SQLite file var/onrecord.db.
    """


for _file in (migrate, import_, merge, serve, generate):
    main.add_command(_file.command)
