"""`onrecord import`."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.opening import configured_database
from app.cli.output import close_quietly
from app.cli.progress import progress

if TYPE_CHECKING:
    from app.store.db import Database
    from app.store.load import Report

UNTOLD = 3  # exit code of an import whose report could not be printed


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--texts",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with the texts of sources: SOURCE_KEY.txt",
)
@click.option("--dry-run", is_flag=True, help="Tell what would be done, and store nothing")
@click.option("--comment", help="A note kept with the revision")
def command(paths: tuple[Path, ...], texts: Path | None, dry_run: bool, comment: str | None) -> None:
    """Import files, or folders of them: all of it, or nothing. YAML, JSON, NDJSON, CSV, TSV; .gz and .bz2 of those."""
    gc.set_threshold(100_000, 50, 100)  # what a batch makes is let go with it: looking for more took 14 % of the time
    with configured_database() as database:
        database.require_migrated()
        report = import_into(database, list(paths), texts, dry_run, comment)
    if report.faults:
        sys.exit(1)


def import_into(
    database: Database,
    paths: list[Path],
    texts: Path | None = None,
    dry_run: bool = False,
    comment: str | None = None,
) -> Report:
    """Import files, and print the report. Ends the command where that cannot be printed."""
    from app.cli.reports import Notes, end_of, print_report
    from app.store.load import import_paths

    with progress() as tell, Notes(dry_run) as notes:
        report = import_paths(
            database, paths, texts=texts, dry_run=dry_run, comment=comment, progress=tell, tell=notes.take
        )
        try:
            print_report(report, notes)
        except BrokenPipeError:
            raise
        except OSError as error:
            click.echo(f"onrecord: the report cannot be written: {error.strerror}; {end_of(report)}", err=True)
            close_quietly()
            sys.exit(UNTOLD)
    return report
