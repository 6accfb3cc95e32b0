"""`onrecord serve`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.address import bound, explained
from app.cli.import_ import import_into
from app.cli.interrupts import leave_termination
from app.cli.migrate import migrate_database
from app.cli.opening import configured_database

if TYPE_CHECKING:
    from socket import socket

STARTUP_FAILURE = 3  # exit code, as of uvicorn's own command


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, envvar="HOST")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), envvar="PORT")
@click.option("--migrate", "migrates", is_flag=True, help="First make the database, or bring it up to date")
@click.option(
    "--import",
    "seeds",
    multiple=True,
    type=click.Path(path_type=Path),
    help="First import this file or folder, if nothing is stored yet",
)
def command(host: str, port: int, migrates: bool, seeds: tuple[Path, ...]) -> None:
    """Serve the API."""
    with bound(host, port) as sockets:
        with configured_database() as database:
            if migrates:
                migrate_database(database)
            database.require_migrated()
            if seeds:
                report = import_into(database, list(seeds), {"only_first": True})
                if report.faults:
                    sys.exit(1)
        _run_server(host, sockets)


def _run_server(host: str, sockets: list[socket]) -> None:
    from app.main import create_app
    from app.server.server import Server

    shown = f"[{host}]" if ":" in host else host
    port = sockets[0].getsockname()[1]
    click.echo(f"\n  claims     http://{shown}:{port}/v1/claims")
    click.echo(f"  API docs   http://{shown}:{port}/docs\n")
    server = Server(create_app())
    leave_termination()
    try:
        server.run(sockets)
    except OSError as error:  # another that was bound at the same time listens by now
        sys.exit(explained(error, host, port))
    except KeyboardInterrupt:  # raised anew by the server when it has ended
        pass
    if not server.started:
        sys.exit(STARTUP_FAILURE)
