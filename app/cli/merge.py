"""`onrecord merge`."""

from __future__ import annotations

import click

from app.cli.changes import counted, stored_as
from app.cli.opening import configured_database
from app.cli.output import say, telling


@click.command("merge")
@click.argument("merged", metavar="FROM")
@click.argument("into")
@click.option("--comment", help="A note kept with the revision")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing")
def command(merged: str, into: str, comment: str | None, dry_run: bool) -> None:
    """Merge a claim, speaker, source or metric into another of the same kind, both by id: spk_2 spk_1.

    Claims show INTO from then on, and the id, key and names of FROM lead there. INTO gains what it lacks: of a
    duplicate claim its citations, assessments, topics and relations, and no words. `onrecord undo` takes it back.
    """
    from app.store.imports.report import lines_of
    from app.store.write.merge import merge_records

    with configured_database() as database:
        database.require_migrated()
        done = merge_records(database, merged, into, comment=comment, dry_run=dry_run)
        if done.revision is None:
            sentence = f"{done.merged} would be merged into {done.into}: {counted(done.changes)}"
        else:
            sentence = f"{done.merged} is merged into {done.into}; {stored_as(done.revision, done.changes)}"
        with telling(sentence):
            for line in lines_of(done.warnings, "warning: "):
                say(line, err=True)
            say(sentence)
