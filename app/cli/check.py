"""`onrecord check`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

from app.cli.opening import configured_database
from app.cli.output import say
from app.cli.progress import progress
from app.cli.whole_number import WholeNumber

if TYPE_CHECKING:
    from app.store.database.bulk_insert import Progress
    from app.store.database.engine import Database


@click.command("check")
@click.option("--most", default=100, show_default=True, type=WholeNumber(1), help="Differences to print")
@click.option("--processes", type=WholeNumber(1, 64), help="How many derive what the index should have")
def command(most: int, processes: int | None) -> None:
    """Compare the index, the rows and the documents of all versions, and say what differs.

    Documents are the record: everything else is made of them, and `onrecord migrate` makes the index anew. Ends with
    exit code 1 where something differs. Others may write meanwhile: one moment is compared.
    """
    with configured_database() as database:
        database.require_migrated()
        with progress() as tell:
            found = list(islice(_differences(database, tell, processes), most + 1))
        for difference in found[:most]:
            say(difference)
        if found:
            said = f"more than {most} differences" if len(found) > most else f"differences: {len(found)}"
            say(f"onrecord: {said}", err=True)
            sys.exit(1)
        say(f"{database.shown}: index, rows and documents are alike")


def _differences(database: Database, tell: Progress, processes: int | None) -> Iterator[str]:
    from app.store.upgrade.index_differences import index_differences
    from app.store.upgrade.row_differences import row_differences

    with database.read_through() as connection:
        yield from row_differences(connection, tell)
        yield from index_differences(connection, tell, processes)
