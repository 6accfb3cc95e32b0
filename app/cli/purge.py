"""`onrecord purge`."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from app.cli.changes import stored_as
from app.cli.opening import configured_database
from app.cli.output import say
from app.cli.whole_number import REVISION, WholeNumber

if TYPE_CHECKING:
    from app.store.database.engine import Database
    from app.store.write.purge import Asked
    from app.store.write.purge_plan import Plan

NOUNS: Final = {"clm": "claim", "spk": "speaker", "src": "source", "met": "metric"}
SCRUB: Final = "onrecord purge --scrub"
SURE: Final = "This cannot be undone. Purge them?"


@click.command("purge")
@click.argument("names", metavar="ID|KEY…", nargs=-1)
@click.option("--reason", help="Why, as the tombstone shows it to everybody")
@click.option(
    "--with-claims", is_flag=True, help="Purge the claims as well that cannot stay without their speaker or source"
)
@click.option("--forget-keys", is_flag=True, help="Store no hash of the keys: an import may bring the records back")
@click.option(
    "--comment-of",
    "comments",
    multiple=True,
    type=WholeNumber(1, needed=REVISION),
    help="Blank the comment of this revision as well",
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and do nothing")
@click.option("--yes", is_flag=True, help="Do not ask")
@click.option("--scrub", is_flag=True, help="Only write the files anew, where an earlier purge could not")
def command(
    names: tuple[str, ...],
    reason: str | None,
    with_claims: bool,
    forget_keys: bool,
    comments: tuple[int, ...],
    dry_run: bool,
    yes: bool,
    scrub: bool,
) -> None:
    """Take records out of everything that is stored, for good: claims, speakers, sources and metrics by id or key.

    Their content goes from every version, the index, texts and the changes of before, and its bytes from the files of
    the database, which are written anew. A tombstone stays: who asks for the record is told when and why it was purged.
    Purging what is purged writes the files anew once more. Backups, replicas and logs are yours to see to.
    """
    if scrub:
        if names:
            raise click.UsageError("--scrub goes without records: it writes the files anew, whatever was purged")
    elif not names:
        raise click.UsageError("give the records by id or key, or --scrub")
    elif reason is None and not dry_run:
        raise click.UsageError("--reason is needed: the tombstone shows it")
    from app.store.write.purge import Asked

    with configured_database() as database:
        database.require_migrated()
        _require_server_itself()
        if names:
            asked = Asked(names, reason or "", with_claims, forget_keys, comments)
            if not _purge(database, asked, dry_run=dry_run, sure=yes):
                return
        _forget_imports(database)
        _scrub(database)


def _require_server_itself() -> None:
    from app.errors import NotReady
    from app.settings import settings

    if settings().pgbouncer:
        raise NotReady("a purge writes tables anew, past PgBouncer: name PostgreSQL itself in ONRECORD_DATABASE_URL")


def _purge(database: Database, asked: Asked, *, dry_run: bool, sure: bool) -> bool:
    """Show the plan and carry it out; whether the files are to be written anew."""
    from app.store.write.purge import purge_records, read_plan

    plan = read_plan(database, asked)
    _show(plan, asked)
    if dry_run:
        return False
    if plan.gone and not plan.blocking and not sure:
        if not sys.stdin.isatty():
            raise click.UsageError("give --yes where nobody can be asked")
        click.confirm(SURE, abort=True)
    done = purge_records(database, asked, shown=plan)
    if done.revision is not None:
        say(stored_as(done.revision, done.changes))
    return True


def _show(plan: Plan, asked: Asked) -> None:
    for record_id, revision in plan.purged:
        say(f"{record_id} was purged already, with revision {revision}")
    for prefix, own in plan.records.items():
        for number, key in sorted(own.items()):
            say(f"to be purged: {NOUNS[prefix]} {prefix}_{number} (key {key})")
    for claim in plan.blocking:
        say(f"in the way: claim {claim}, which would have no speaker or source left; --with-claims purges it as well")
    told = {
        "versions of claims that go": len(plan.versions),
        "versions of claims whose relations lose the key": len(plan.naming),
        "speakers that no longer name it": len(plan.speakers),
        "sources that lose their text": len(plan.sources),
        "comments that are blanked": len(asked.comments),
    }
    if plan.gone:
        say("; ".join(f"{what}: {number}" for what, number in told.items()))


def _forget_imports(database: Database) -> None:
    """Delete files and reports of imports that were sent over HTTP, and are over: what they hold is not known."""
    from app.main import imports_folder
    from app.store.imports.jobs.job_folder import JobFolder

    left = JobFolder(imports_folder(database), database).sweep(timedelta(0))
    if left:
        told = f"{', '.join(left)} {'are' if len(left) > 1 else 'is'} under way, and may hold it in files"
        say(f"warning: {told}: when they are over, run {SCRUB}", err=True)


def _scrub(database: Database) -> None:
    from app.errors import OnRecordError
    from app.store.database.scrubbing import scrub

    try:
        left = scrub(database, lambda step: say(step, err=True))
    except OnRecordError as error:
        say(
            f"onrecord: nothing answers with it any more, but its bytes are still in the files: {error.detail}",
            err=True,
        )
        say(f"  then run {SCRUB}", err=True)
        sys.exit(1)
    for sentence in left:
        say(f"warning: {sentence}", err=True)
    say(f"the files of {database.shown} are written anew")
