"""`onrecord verify`."""

from __future__ import annotations

import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from app.cli.import_ import import_into, tell_waiting
from app.cli.import_options import WAIT
from app.cli.opening import configured_database
from app.cli.output import say
from app.cli.progress import progress

if TYPE_CHECKING:
    from app.cli.verify_report import VerifyReport
    from app.store.database.engine import Database


@click.command("verify")
@click.option("--source", "keys", multiple=True, metavar="KEY", help="Look at this source alone, by key or id; repeat")
@click.option(
    "--texts",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="First store the texts of this folder, as `onrecord import --texts DIR` does: KEY.txt is that of source KEY",
)
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON")
@click.option(
    "--report",
    "whole",
    type=click.File("w", encoding="utf-8", lazy=False, atomic=True),
    help="Write all of it to this file too; as JSON where it ends in .json",
)
def command(keys: tuple[str, ...], texts: Path | None, as_json: bool, whole: TextIO | None) -> None:
    """Look up the words of stored claims in the texts of their sources, and print what is found how, and what differs.

    Nothing is stored, but for --texts. A claim that is not found is a finding, and no failure; the nearest passage is
    a hint for people. Ends with exit code 1 where a text cannot be stored, or where a claim is stored otherwise than it
    is found, which is a fault to report. Retracted claims are left out.
    """
    from app.cli.verify_report import verify_report

    with configured_database() as database:
        database.require_migrated()
        stored = _store_texts(database, texts, as_json=as_json) if texts else None
        with progress() as tell:
            report = verify_report(database, keys, tell)
        _print(report, stored, as_json=as_json, whole=whole)
        if report.otherwise:
            sys.exit(1)


def _store_texts(database: Database, texts: Path, *, as_json: bool) -> str | None:
    """Store the texts of a folder, and print or give the report of that; end the command where anything is wrong."""
    from app.store.imports.import_options import ImportOptions
    from app.store.imports.importer import import_paths
    from app.store.imports.report import write_json
    from app.store.imports.watcher import Watcher

    options = ImportOptions(texts=texts, wait=WAIT, comment="verify --texts")
    if not as_json:
        if import_into(database, [], options).faults:
            sys.exit(1)
        return None
    report, told = import_paths(database, [], options, Watcher(waiting=tell_waiting)), StringIO()
    write_json(report, told)
    if report.faults:
        click.echo(told.getvalue(), nl=False)
        sys.exit(1)
    return told.getvalue()


def _print(report: VerifyReport, stored: str | None, *, as_json: bool, whole: TextIO | None) -> None:
    if whole is not None:
        if whole.name.endswith(".json"):
            report.write_json(whole, stored)
        else:
            whole.writelines(f"{line}\n" for line in report.all_lines())
        whole.flush()
    if as_json:
        report.write_json(sys.stdout, stored)
        return
    for line in report.lines():
        say(line)
    if report.otherwise:
        say(f"onrecord: {report.otherwise} stored otherwise than found: a fault to report", err=True)
