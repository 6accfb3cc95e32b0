"""`onrecord retract`."""

from __future__ import annotations

import click

from app.cli.changes import counted, stored_as
from app.cli.import_options import actor_of
from app.cli.opening import configured_database
from app.cli.output import say, telling
from app.cli.progress import progress


@click.command("retract")
@click.option("--dataset", "name", metavar="NAME", required=True, help="The dataset whose claims are retracted")
@click.option(
    "--kind",
    type=click.Choice(["record_error", "source_correction", "speaker_withdrew"]),
    required=True,
    help="The mistake: of the record, of the source, or the speaker's own",
)
@click.option("--reason", help="Why, for people")
@click.option("--issuer", help="The publisher of the retraction")
@click.option("--comment", help="A note kept with the revision")
@click.option("--as", "actor", metavar="NAME", help="The name that histories show; retract by default")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing")
def command(
    name: str, kind: str, reason: str | None, issuer: str | None, comment: str | None, actor: str | None, dry_run: bool
) -> None:
    """Retract all claims of a dataset that are not retracted, as one revision: retract --dataset NAME --kind KIND.

    They stay readable, and say why; `onrecord undo` of that revision takes it back.
    """
    from sqlalchemy import Connection

    from app.store.database.garbage import collecting_rarely
    from app.store.write.edits import Author
    from app.store.write.retract_dataset import Retracted, retract_dataset
    from app.store.write.writing import write_once

    given = {"kind": kind, "reason": reason, "issuer": issuer}
    retraction = {field: value for field, value in given.items() if value is not None}
    author = Author(actor_of(actor, "retract"), comment)
    with configured_database() as database:
        database.require_migrated()
        with progress() as tell, collecting_rarely():

            def work(connection: Connection) -> Retracted:
                return retract_dataset(connection, name, retraction, author, progress=tell)

            done = write_once(database, work, dry_run=dry_run)
        if dry_run:
            say(f"the dataset {name} would be retracted: {counted(done.counts)}")
            return
        sentence = f"the dataset {name} is retracted; {stored_as(done.revision or 0, done.counts)}"
        with telling(sentence):
            say(sentence)
