"""`onrecord mapping`."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from app.cli.output import say

if TYPE_CHECKING:
    from app.domain.record.field_paths import RecordKind

RECORDS: Final[tuple[RecordKind, ...]] = ("claim", "speaker", "source", "metric")


@click.group("mapping")
def command() -> None:
    """Mappings of foreign files: draft one, try it, and see which fields there are. They need no database."""


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
