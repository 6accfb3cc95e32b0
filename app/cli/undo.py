"""`onrecord undo`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from app.cli.changes import counted, stored_as
from app.cli.opening import configured_database
from app.cli.output import say, telling
from app.cli.progress import progress
from app.cli.whole_number import REVISION, WholeNumber

if TYPE_CHECKING:
    from app.errors import Conflict
    from app.store.write.undo import Undone


@click.command("undo")
@click.argument("number", metavar="[REVISION]", type=WholeNumber(1, needed=REVISION), required=False)
@click.option("--dataset", metavar="NAME", help="In place of a revision: all that brought claims of this dataset in")
@click.option("--comment", help="A note kept with the revision")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing")
def command(number: int | None, dataset: str | None, comment: str | None, dry_run: bool) -> None:
    """Take back what a revision did, in a new one: undo 12. Or all that brought a dataset in: undo --dataset NAME.

    Records that it changed are as before again, created ones end, ended or merged ones come back. Where any of them was
    edited since, nothing is done, and these are listed.
    """
    if (number is None) == (dataset is None):
        raise click.UsageError("name a revision, as in `onrecord undo 12`, or a dataset, with --dataset NAME")
    from app.errors import Conflict

    with configured_database() as database:
        database.require_migrated()
        try:
            with progress() as tell:
                if dataset is not None:
                    from app.store.write.undo_dataset import undo_dataset

                    done = undo_dataset(database, dataset, comment=comment, dry_run=dry_run, progress=tell)
                else:
                    from app.store.write.undo import undo_revision

                    one = undo_revision(database, number or 0, comment=comment, dry_run=dry_run, progress=tell)
                    done = [one]
        except Conflict as error:
            _tell_conflict(error)
            sys.exit(1)
        for undone in done:
            _tell(undone, dry_run)


def _tell_conflict(error: Conflict) -> None:
    for one in error.records:
        say(f"{one}: changed by revision {one.revision}", err=True)
    for shown in error.shown:
        more = f" and {shown.by_in_all - len(shown.by):,} more" if shown.by_in_all > len(shown.by) else ""
        say(f"{shown}: shown by {', '.join(map(str, shown.by))}{more}", err=True)
    say(f"onrecord: {error.detail}", err=True)


def _tell(done: Undone, dry_run: bool) -> None:
    from app.errors import NamedRecord

    for one in done.kept:
        say(f"{NamedRecord(one.id, one.key)} stays: {one.reason}")
    if done.kept_in_all > len(done.kept):
        say(f"and {done.kept_in_all - len(done.kept):,} more stay")
    if dry_run or done.revision is None:
        say(f"revision {done.undoes} would be undone: {counted(done.counts)}")
        return
    sentence = f"revision {done.undoes} is undone; {stored_as(done.revision, done.counts)}"
    with telling(sentence):
        say(sentence)
