"""`onrecord serve`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.cli.import_ import import_into
from app.cli.migrate import migrate_database
from app.cli.opening import configured_database


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, envvar="HOST")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), envvar="PORT")
@click.option("--migrate", "migrates", is_flag=True, help="First make the database, or bring it up to date")
@click.option(
    "--import", "seeds", multiple=True, type=click.Path(path_type=Path), help="First import this file or folder"
)
def command(host: str, port: int, migrates: bool, seeds: tuple[Path, ...]) -> None:
    """Serve the API."""
    with configured_database() as database:
        if migrates:
            migrate_database(database)
        database.require_migrated()
        if seeds:
            report = import_into(database, list(seeds))
            if report.faults:
                sys.exit(1)
    _run_server(host, port)


def _run_server(host: str, port: int) -> None:
    import uvicorn

    from app.main import create_app

    shown = f"[{host}]" if ":" in host else host
    click.echo(f"\n  claims     http://{shown}:{port}/v1/claims")
    click.echo(f"  API docs   http://{shown}:{port}/docs\n")
    uvicorn.run(create_app(), host=host, port=port, log_level="warning")
