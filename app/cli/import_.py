"""`onrecord import`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypedDict

import click

from app.cli.import_options import actor_of, description_in, import_options, require_keeping, require_paths
from app.cli.interrupts import end_interrupted
from app.cli.opening import configured_database
from app.cli.output import close_quietly, say, telling
from app.cli.progress import progress
from app.store.database.garbage import collecting_rarely

if TYPE_CHECKING:
    from app.store.database.engine import Database
    from app.store.database.writer_turn import Patience
    from app.store.imports.dataset_label import Label
    from app.store.imports.importer import Report
    from app.store.imports.mapping.mapped_files import Mapping
    from app.store.imports.readers.dialects import Dialect, Quoting
    from app.store.imports.rejected_files import PlaceOf

UNTOLD = 3  # exit code of an import that stores nothing, and whose report could not be printed


class Options(TypedDict, total=False):
    """Options of an import beside its paths; see `import_paths`."""

    mapping: Mapping | None
    texts: Path | None
    dialect: Dialect
    patches: bool
    force: bool
    restores: bool
    only_first: bool
    dataset: Label | None
    expected: int | None
    actor: str
    patience: Patience
    keep_going: bool
    rejected_to: PlaceOf
    dry_run: bool
    comment: str | None


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
    texts: Path | None,
    keep_going: bool,
    rejected: Path | None,
    dry_run: bool,
    wait: float,
    comment: str | None,
    as_json: bool,
    whole: TextIO | None,
    patches: bool,
    force: bool,
    restores: bool,
    delimiter: str | None,
    quoting: Quoting | None,
    encoding: str | None,
    dataset: str | None,
    expect_claims: int | None,
    actor: str | None,
    **described: str | None,
) -> None:
    """Import files, or folders of them: all of it, or nothing. YAML, JSON, NDJSON, CSV, TSV, .xlsx, ClaimReview
    (.jsonld, .html); .gz, .bz2, .zip. Any other file with --mapping.

    The exit code is 0 where all is stored, or is stored already, and 1 where any row is rejected.
    """
    from app.store.database.writer_turn import Patience
    from app.store.imports.dataset_label import label_of_options
    from app.store.imports.readers.dialects import dialect_of

    require_paths(paths, texts, described.values())
    require_keeping(rejected, keep_going=keep_going)
    if mapping_file and (delimiter or quoting or encoding):
        raise click.UsageError("the mapping says how files are written: delimiter, quoting and encoding stand there")
    with configured_database() as database:
        mapping = _read_mapping(mapping_file)
        dialect = dialect_of(delimiter, quoting, encoding)
        label = label_of_options(dataset, description_in(described))
        database.require_migrated()
        options: Options = {"mapping": mapping, "texts": texts, "dry_run": dry_run, "comment": comment}
        options |= {"dialect": dialect, "patches": patches, "force": force, "restores": restores}
        options |= {"dataset": label, "expected": expect_claims, "actor": actor_of(actor, "import")}
        options |= {"keep_going": keep_going, "rejected_to": _places(rejected, paths)}
        options |= {"patience": Patience(wait, lambda holder: say(f"waiting for {holder}", err=True))}
        report = import_into(database, list(paths), options, as_json=as_json, whole=whole)
    if report.faults:
        sys.exit(1)


def _places(rejected: Path | None, paths: tuple[Path, ...]) -> PlaceOf:
    from app.store.imports.rejected_files import places_for

    return places_for(paths, rejected)


def _read_mapping(path: Path | None) -> Mapping | None:
    if path is None:
        return None
    with collecting_rarely():
        from app.store.imports.mapping.mapping_file import read_mapping
    return read_mapping(path)


def import_into(
    database: Database,
    paths: list[Path],
    options: Options | None = None,
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

    options = options or {}
    with progress() as shown, Rows() as rows:
        try:
            tell = rows.take if options.get("dry_run") else None
            report = import_paths(database, paths, **options, progress=shown, tell=tell)
        except KeyboardInterrupt:
            end_interrupted("nothing is stored")
        if report.is_skipped:
            names = " ".join(map(str, paths))
            say(f"{names} is not imported, for the database is not new: onrecord import {names} does it")
            return report
        print_safely(report, lambda: print_report(report, rows, as_json=as_json, whole=whole))
    return report


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
