"""`onrecord mapping`."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from app.cli.opening import errors_told
from app.cli.output import say
from app.cli.whole_number import WholeNumber

if TYPE_CHECKING:
    from app.domain.record.field_paths import RecordKind

RECORDS: Final[tuple[RecordKind, ...]] = ("claim", "speaker", "source", "metric")


@click.group("mapping")
def command() -> None:
    """Mappings of foreign files: draft one, try it, and see which fields there are. They need no database."""


@command.command("suggest")
@click.argument("file", type=click.Path(path_type=Path))
def suggest(file: Path) -> None:
    """Draft a mapping of FILE, or of a folder of files, and print it.

    Its beginning is read: 1,000 records and 4 MB at most (of YAML, Markdown and workbooks all). Comments in the draft
    say what was seen of each column, and what a person has to decide.
    """
    with errors_told():
        from app.store.imports.drafts.draft import draft_mapping

        click.echo(draft_mapping(file), nl=False)


@command.command("check")
@click.argument("mapping", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--rows", default=3, show_default=True, type=WholeNumber(0, 1000), help="How many records are shown, the first ones"
)
def check(mapping: Path, files: tuple[Path, ...], rows: int) -> None:
    """Show what MAPPING makes of FILES: the first records beside what would be stored, and what is wrong.

    The first 1,000 records are tried. No database is needed, so nobody knows yet whether a claim is new.
    """
    with errors_told():
        from app.cli.mapping_check import print_trial
        from app.store.imports.mapping.mapping_file import read_mapping
        from app.store.imports.mapping.trial import try_mapping

        trial = try_mapping(read_mapping(mapping), files, rows)
        print_trial(trial)
        if trial.faults:
            sys.exit(1)


@command.command("fields")
@click.argument("record", type=click.Choice(RECORDS), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the JSON Schema of what a record takes")
@click.option("--markdown", is_flag=True, help="Print the page docs/fields.md")
def fields(record: RecordKind | None, as_json: bool, markdown: bool) -> None:
    """List the fields of records, as columns of tables and targets of mappings: type, meaning and example.

    RECORD leaves out the fields of the others.
    """
    records = (record,) if record else RECORDS
    if as_json:
        _print_schemas(records)
        return
    from app.cli.field_list import markdown_page, plain_lines, terminal_lines

    if markdown:
        click.echo(markdown_page(records), nl=False)
        return
    is_terminal = sys.stdout.isatty()
    for line in terminal_lines(records, shutil.get_terminal_size().columns) if is_terminal else plain_lines(records):
        say(line)


def _print_schemas(records: Sequence[RecordKind]) -> None:
    from app.domain.record.input_schemas import schema_of

    schemas = {record: schema_of(record) for record in records}
    told = schemas if len(records) > 1 else schemas[records[0]]
    click.echo(json.dumps(told, indent=2, ensure_ascii=False))
