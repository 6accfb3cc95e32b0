"""`onrecord import`."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

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
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON, every problem in it")
@click.option(
    "--report",
    "whole",
    type=click.File("w", encoding="utf-8", lazy=False, atomic=True),
    help="Write every problem and warning to this file too; as JSON where it ends in .json",
)
def command(
    paths: tuple[Path, ...],
    texts: Path | None,
    dry_run: bool,
    comment: str | None,
    as_json: bool,
    whole: TextIO | None,
) -> None:
    """Import files, or folders of them: all of it, or nothing. YAML, JSON, NDJSON, CSV, TSV; .gz and .bz2 of those."""
    gc.set_threshold(100_000, 50, 100)  # what a batch makes is let go with it: looking for more took 14 % of the time
    with configured_database() as database:
        database.require_migrated()
        report = import_into(database, list(paths), texts, dry_run, comment, as_json=as_json, whole=whole)
    if report.faults:
        sys.exit(1)


def import_into(
    database: Database,
    paths: list[Path],
    texts: Path | None = None,
    dry_run: bool = False,
    comment: str | None = None,
    *,
    as_json: bool = False,
    whole: TextIO | None = None,
) -> Report:
    """Import files, and print the report as `print_report` does. Ends the command where that cannot be printed."""
    from app.cli.reports import Rows, end_of, print_report
    from app.store.load import import_paths

    with progress() as tell, Rows(dry_run) as rows:
        report = import_paths(
            database, paths, texts=texts, dry_run=dry_run, comment=comment, progress=tell, tell=rows.take
        )
        try:
            print_report(report, rows, as_json=as_json, whole=whole)
        except BrokenPipeError:
            raise
        except OSError as error:
            click.echo(f"onrecord: the report cannot be written: {error.strerror}; {end_of(report)}", err=True)
            close_quietly()
            sys.exit(UNTOLD)
    return report
