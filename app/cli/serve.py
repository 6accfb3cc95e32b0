"""`onrecord serve`."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.address import bound, explained, shared
from app.cli.import_ import import_into
from app.cli.interrupts import leave_termination
from app.cli.migrate import migrate_database
from app.cli.opening import configured_database
from app.cli.whole_number import WholeNumber
from app.store.database.garbage import collecting_rarely

if TYPE_CHECKING:
    from socket import socket

    from fastapi import FastAPI


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, envvar="HOST")
@click.option("--port", default=8000, show_default=True, type=WholeNumber(0, 65535), envvar="PORT")
@click.option("--migrate", "migrates", is_flag=True, help="First make the database, or bring it up to date")
@click.option(
    "--import",
    "seeds",
    multiple=True,
    type=click.Path(path_type=Path),
    help="First import this file or folder, if nothing is stored yet",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=WholeNumber(1, 64),
    envvar="WORKERS",
    help="Processes that serve; limits of connections, threads and exports are of each",
)
def command(host: str, port: int, migrates: bool, seeds: tuple[Path, ...], workers: int) -> None:
    """Serve the API."""
    if workers > 1 and sys.platform == "win32":
        raise click.UsageError("several workers need process groups, which Windows has not")
    with bound(host, port) as sockets:
        with configured_database() as database:
            if migrates:
                migrate_database(database)
            database.require_migrated()
            if seeds:
                from app.store.imports.import_options import ImportOptions

                report = import_into(database, list(seeds), ImportOptions(only_first=True))
                if report.faults:
                    sys.exit(1)
        _tell_addresses(host, sockets)
        sys.exit(_serve(host, sockets) if workers == 1 else _serve_by_workers(sockets, workers))


def _tell_addresses(host: str, sockets: list[socket]) -> None:
    shown = f"[{host}]" if ":" in host else host
    port = sockets[0].getsockname()[1]
    click.echo(f"\n  claims     http://{shown}:{port}/v1/claims")
    click.echo(f"  API docs   http://{shown}:{port}/docs\n")


def _serve(host: str, sockets: list[socket]) -> int:
    with collecting_rarely():
        from app.server.server import Server
        from app.server.workers import STARTUP_FAILURE

    server = Server(_make_app())
    leave_termination()
    try:
        server.run(sockets)
    except OSError as error:  # another that was bound at the same time listens by now
        sys.exit(explained(error, host, sockets[0].getsockname()[1]))
    except KeyboardInterrupt:  # raised anew by the server when it has ended
        pass
    return 0 if server.started else STARTUP_FAILURE


def _serve_by_workers(sockets: list[socket], number: int) -> int:
    from app.server.workers import Workers

    with shared(sockets, number) as each:
        return Workers(_make_app, each).run()


def _make_app() -> FastAPI:
    with collecting_rarely():
        from app.main import create_app

        app = create_app()
    gc.freeze()  # to look through all that is there for good would take a tenth of a second of somebody's request
    return app
