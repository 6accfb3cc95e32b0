"""`onrecord push`."""

from __future__ import annotations

import sys
from contextlib import closing
from math import ceil
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Final, TextIO

import click

from app.cli.import_ import print_safely
from app.cli.import_options import DESCRIBING, import_options, require_keeping, require_paths
from app.cli.interrupts import end_interrupted
from app.cli.opening import errors_told
from app.cli.output import say
from app.cli.progress import progress
from app.store.database.garbage import collecting_rarely

if TYPE_CHECKING:
    from app.cli.pushed_server import Import, PushedServer
    from app.store.database.bulk_insert import Progress
    from app.store.imports.jobs.packing import Archive

OFTEN: Final = 0.25  # seconds between two questions how far it is
NOTHING: Final = "nothing is stored"
NOT_KNOWN: Final = "whether it is stored is not known; push it again, which changes nothing if it is"


@click.command("push")
@import_options
@click.option("--url", required=True, help="Where OnRecord is served: https://claims.example.org")
@click.option("--key", envvar="ONRECORD_KEY", help="A key with the scope write; better in ONRECORD_KEY")
@click.option("--mapping", hidden=True, expose_value=False, callback=lambda _context, _option, given: _refuse(given))
def command(
    paths: tuple[Path, ...],
    texts: Path | None,
    as_json: bool,
    whole: TextIO | None,
    url: str,
    key: str | None,
    keep_going: bool,
    rejected: Path | None,
    dry_run: bool,
    patches: bool,
    force: bool,
    restores: bool,
    wait: float,
    **options: str | int | None,
) -> None:
    """Import files, or folders of them, into the database that a server at URL has: as `onrecord import` does it there.

    Ctrl-C cancels it, unless it is stored by then. The exit code is 0 where all is stored, or is stored already, and 1
    where any row is rejected.
    """
    require_paths(paths, texts, (str(given) for name, given in options.items() if given and name in DESCRIBING))
    require_keeping(rejected, keep_going=keep_going)
    with collecting_rarely():
        from app.cli.fetched_rejects import fetch_rejected
        from app.cli.pushed_server import PushedServer
        from app.cli.reports import print_report
        from app.store.imports.jobs.packing import Archive
        from app.store.imports.read_report import read_report
        from app.store.imports.rejected_files import places_for
        from app.store.imports.report import rejected_json

    flags = {"dry_run": dry_run, "keep_going": keep_going, "patch": patches, "force": force, "restore": restores}
    asked = {name: "true" for name, is_set in flags.items() if is_set} | {"wait": str(ceil(wait))}
    asked |= {name: str(value) for name, value in options.items() if value is not None}
    with errors_told(), closing(PushedServer(url, key)) as server, progress() as tell:
        archive = Archive(list(paths), texts)
        job = _carried_out(server, archive, asked, tell)
        text = job.report_text
        if text is None:
            say(f"onrecord: {job.error.detail if job.error else job.state}", err=True)
            sys.exit(1)
        report, rows = read_report(text)
        report.dataset = asked.get("dataset")
        if report.rejected_files:
            place_of = places_for(paths, rejected)
            told = rejected_json(report)
            report.rejected_files = fetch_rejected(server, job.id, archive, place_of, report.rejected_files)
            text = text.replace(told, rejected_json(report), 1)
    print_safely(report, lambda: print_report(report, rows, as_json=as_json, whole=whole, text=text))
    if report.faults:
        sys.exit(1)


def _refuse(mapping: str | None) -> None:
    """Refuse a mapping."""
    if mapping is not None:
        right = "import there, where the database is, by onrecord import --mapping"
        raise click.UsageError(f"a mapping is never sent to a server, for its expressions would be run there: {right}")


def _carried_out(server: PushedServer, archive: Archive, asked: dict[str, str], tell: Progress) -> Import:
    """Send an import, and wait until it is over."""
    job: Import | None = None
    try:
        job = server.send(archive, asked, tell)
        while not job.is_over:
            _show(job, tell)
            sleep(OFTEN)
            job = server.ask(job.id)
    except KeyboardInterrupt:
        job = job or (server.find_sent() if archive.is_read else None)
        end_interrupted(_cancelled(server, job) if job else NOT_KNOWN if archive.is_read else NOTHING)
    return job


def _show(job: Import, tell: Progress) -> None:
    if job.progress is not None and job.state != "waiting":
        tell(job.progress.what, job.progress.done, job.progress.all)


def _cancelled(server: PushedServer, job: Import) -> str:
    """Cancel an import; gives what became of it."""
    from app.errors import NotReady

    try:
        if server.cancel(job.id):
            return NOTHING
        while not job.is_over:
            sleep(OFTEN)
            job = server.ask(job.id)
    except (NotReady, KeyboardInterrupt):
        return NOT_KNOWN
    text = job.report_text
    if text is None:
        return NOTHING
    from app.cli.reports import end_of
    from app.store.imports.read_report import read_report

    return end_of(read_report(text)[0])
