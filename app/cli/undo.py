"""`onrecord undo`."""

from __future__ import annotations

import sys

import click

from app.cli.changes import counted, stored_as
from app.cli.opening import configured_database
from app.cli.output import say, telling
from app.cli.progress import progress
from app.cli.whole_number import REVISION, WholeNumber


@click.command("undo")
@click.argument("number", metavar="REVISION", type=WholeNumber(1, needed=REVISION))
@click.option("--comment", help="A note kept with the revision")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing")
def command(number: int, comment: str | None, dry_run: bool) -> None:
    """Take back what a revision did, in a new one: undo 12.

    Records that it changed are as before again, created ones end, ended or merged ones come back. Where any of them was
    edited since, nothing is done, and these are listed.
    """
    from app.errors import Conflict, NamedRecord
    from app.store.write.undo import undo_revision

    with configured_database() as database:
        database.require_migrated()
        try:
            with progress() as tell:
                done = undo_revision(database, number, comment=comment, dry_run=dry_run, progress=tell)
        except Conflict as error:
            for one in error.records:
                say(f"{one}: changed by revision {one.revision}", err=True)
            for shown in error.shown:
                more = f" and {shown.by_in_all - len(shown.by):,} more" if shown.by_in_all > len(shown.by) else ""
                say(f"{shown}: shown by {', '.join(map(str, shown.by))}{more}", err=True)
            say(f"onrecord: {error.detail}", err=True)
            sys.exit(1)
        for record_id, key in done.kept:
            say(f"{NamedRecord(record_id, key)} stays: it is shown by what came later")
        if done.kept_in_all > len(done.kept):
            say(f"and {done.kept_in_all - len(done.kept):,} more stay")
        if done.revision is None:
            say(f"revision {number} would be undone: {counted(done.counts)}")
            return
        sentence = f"revision {number} is undone; {stored_as(done.revision, done.counts)}"
        with telling(sentence):
            say(sentence)
