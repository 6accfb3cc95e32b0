"""`onrecord import`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypedDict

import click

from app.cli.interrupts import end_interrupted
from app.cli.opening import configured_database
from app.cli.output import close_quietly, say, telling
from app.cli.progress import progress
from app.store.database.garbage import collecting_rarely

if TYPE_CHECKING:
    from app.store.database.engine import Database
    from app.store.database.writer_turn import Patience
    from app.store.imports.importer import Report
    from app.store.imports.readers.dialects import Dialect, Quoting

UNTOLD = 3  # exit code of an import that stores nothing, and whose report could not be printed


class Options(TypedDict, total=False):
    """Options of an import beside its paths; see `import_paths`."""

    texts: Path | None
    dialect: Dialect
    patches: bool
    force: bool
    restores: bool
    only_first: bool
    patience: Patience
    dry_run: bool
    comment: str | None


@click.command("import")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--texts",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with the texts of sources: KEY.txt, in folders where a key has slashes (https:/a.example/x.txt)",
)
@click.option("--patch", "patches", is_flag=True, help="YAML, JSON and NDJSON set what they name; the rest stays")
@click.option("--force", is_flag=True, help="Carry out rows whose claim was changed since their `version` too")
@click.option(
    "--restore",
    "restores",
    is_flag=True,
    help="Take back retractions: of whole claims that have none, and where a row or patch says status: active",
)
@click.option("--delimiter", help="What separates the cells of tables: , or ; or \\t or another character")
@click.option(
    "--quoting",
    type=click.Choice(["minimal", "none"]),
    help="Of tables: minimal, quotes enclose cells, over several lines too; none, they are letters like others",
)
@click.option("--encoding", help="Of tables: cp1252, utf-16, or what else Python reads; UTF-8 by default")
@click.option("--dry-run", is_flag=True, help="Tell what would be done, and store nothing")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=600,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for another writer, once all rows are checked",
)
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
) -> None:
    """Import files, or folders of them: all of it, or nothing. YAML, JSON, NDJSON, CSV, TSV; .gz and .bz2 of those."""
    from app.store.database.writer_turn import Patience
    from app.store.imports.readers.dialects import dialect_of

    if not (paths or texts):
        raise click.UsageError("name a file or folder to import, or --texts DIR for texts of stored sources alone")
    with configured_database() as database:
        dialect = dialect_of(delimiter, quoting, encoding)
        database.require_migrated()
        options: Options = {"texts": texts, "dry_run": dry_run, "comment": comment}
        options |= {"dialect": dialect, "patches": patches, "force": force, "restores": restores}
        options |= {"patience": Patience(wait, lambda holder: say(f"waiting for {holder}", err=True))}
        report = import_into(database, list(paths), options, as_json=as_json, whole=whole)
    if report.faults:
        sys.exit(1)


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
        from app.cli.reports import Rows, end_of, print_report
        from app.store.imports.importer import import_paths

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
        try:
            if report.revision is not None:
                with telling(end_of(report)):
                    print_report(report, rows, as_json=as_json, whole=whole)
                return report
            print_report(report, rows, as_json=as_json, whole=whole)
        except KeyboardInterrupt:
            end_interrupted(end_of(report))
        except BrokenPipeError:
            raise
        except OSError as error:
            say(f"onrecord: the report cannot be written: {error.strerror}; {end_of(report)}", err=True)
            close_quietly()
            sys.exit(UNTOLD)
    return report
