"""`onrecord import`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from app.cli.import_options import OF_TABLES, actor_of, import_options, require_keeping, require_paths
from app.cli.interrupts import end_interrupted
from app.cli.opening import configured_database
from app.cli.output import close_quietly, say, telling
from app.cli.progress import progress
from app.store.database.garbage import collecting_rarely

if TYPE_CHECKING:
    from app.store.database.engine import Database
    from app.store.imports.import_options import ImportOptions
    from app.store.imports.importer import Report
    from app.store.imports.mapping.mapped_files import Mapping
    from app.store.imports.rejected_files import PlaceOf

UNTOLD = 3  # exit code of an import that stores nothing, and whose report could not be printed


@click.command("import")
@import_options
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="YAML file that tells how records are made of files that were not made for this: see docs/mappings.md",
)
@click.option("--as", "actor", metavar="NAME", help="The name that histories show; import by default")
def command(
    paths: tuple[Path, ...],
    mapping_file: Path | None,
    rejected: Path | None,
    as_json: bool,
    whole: TextIO | None,
    actor: str | None,
    **stated: Any,
) -> None:
    """Import files, or folders of them: all of it, or nothing. YAML, JSON, NDJSON, CSV, TSV, .xlsx, ClaimReview
    (.jsonld, .html); .gz, .bz2, .zip. Any other file with --mapping.

    The exit code is 0 where all is stored, or is stored already, and 1 where any row is rejected.
    """
    require_paths(paths, stated)
    require_keeping(rejected, stated)
    if mapping_file and any(stated[name] for name in OF_TABLES):
        raise click.UsageError("the mapping says how files are written: delimiter, quoting and encoding stand there")
    stated["actor"] = actor_of(actor, "import")
    with configured_database() as database:
        options = _checked(mapping_file, stated, _places(rejected, paths))
        database.require_migrated()
        report = import_into(database, list(paths), options, as_json=as_json, whole=whole)
    if report.faults:
        sys.exit(1)


def _places(rejected: Path | None, paths: tuple[Path, ...]) -> PlaceOf:
    from app.store.imports.rejected_files import places_for

    return places_for(paths, rejected)


def _checked(mapping_file: Path | None, stated: dict[str, Any], rejected_to: PlaceOf) -> ImportOptions:
    """The options that are stated. Raises BadImport for what is wrong with them."""
    from app.store.imports.dataset_label import label_of_options
    from app.store.imports.import_options import ImportOptions

    options = ImportOptions(**stated, mapping=_read_mapping(mapping_file), rejected_to=rejected_to)
    options.dialect()
    label_of_options(options.dataset, options.description())
    return options


def _read_mapping(path: Path | None) -> Mapping | None:
    if path is None:
        return None
    with collecting_rarely():
        from app.store.imports.mapping.mapping_file import read_mapping
    return read_mapping(path)


def import_into(
    database: Database,
    paths: list[Path],
    options: ImportOptions,
    *,
    as_json: bool = False,
    whole: TextIO | None = None,
) -> Report:
    """Import files, and print the report as `print_report` does. Ends the command where nothing is stored and that
    cannot be printed.
    """
    with collecting_rarely():
        from app.cli.reports import print_report
        from app.store.imports.importer import import_paths
        from app.store.imports.planned_rows import Rows
        from app.store.imports.watcher import Watcher

    with progress() as shown, Rows() as rows:
        try:
            tell = rows.take if options.dry_run else None
            report = import_paths(database, paths, options, Watcher(progress=shown, waiting=tell_waiting, tell=tell))
        except KeyboardInterrupt:
            end_interrupted("nothing is stored")
        if report.is_skipped:
            names = " ".join(map(str, paths))
            say(f"{names} is not imported, for the database is not new: onrecord import {names} does it")
            return report
        print_safely(report, lambda: print_report(report, rows, as_json=as_json, whole=whole))
    return report


def tell_waiting(holder: str) -> None:
    """Say which other writer a command waits for."""
    say(f"waiting for {holder}", err=True)


def print_safely(report: Report, print_it: Callable[[], None]) -> None:
    """Print a report. Ends the command where nothing is stored and that cannot be printed."""
    from app.cli.reports import end_of

    try:
        if report.revision is not None:
            with telling(end_of(report)):
                print_it()
            return
        print_it()
    except KeyboardInterrupt:
        end_interrupted(end_of(report))
    except BrokenPipeError:
        raise
    except OSError as error:
        say(f"onrecord: the report cannot be written: {error.strerror}; {end_of(report)}", err=True)
        close_quietly()
        sys.exit(UNTOLD)
