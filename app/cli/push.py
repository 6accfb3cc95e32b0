"""`onrecord push`."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from app.cli.import_ import print_safely
from app.cli.import_options import import_options, require_keeping, require_paths
from app.cli.interrupts import end_interrupted
from app.cli.opening import errors_told
from app.cli.output import say
from app.cli.progress import progress
from app.store.database.garbage import collecting_rarely

if TYPE_CHECKING:
    from app.cli.pushed_server import Import, PushedServer
    from app.store.database.bulk_insert import Progress
    from app.store.imports.import_options import SentOptions
    from app.store.imports.jobs.packing import Archive
    from app.store.imports.rejected_files import PlaceOf
    from app.store.imports.report import Report
    from app.store.records.document import Doc

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
    rejected: Path | None,
    as_json: bool,
    whole: TextIO | None,
    url: str,
    key: str | None,
    **stated: Any,
) -> None:
    """Import files, or folders of them, into the database that a server at URL has: as `onrecord import` does it there.

    Ctrl-C cancels it, unless it is stored by then. The exit code is 0 where all is stored, or is stored already, and 1
    where any row is rejected.
    """
    require_paths(paths, stated | {"texts": texts})
    require_keeping(rejected, stated)
    with collecting_rarely():
        from app.cli.pushed_server import PushedServer
        from app.cli.reports import print_report
        from app.store.imports.import_options import SentOptions
        from app.store.imports.jobs.packing import Archive
        from app.store.imports.rejected_files import places_for

    options, place_of = SentOptions(**stated), places_for(paths, rejected)
    with errors_told(), closing(PushedServer(url, key)) as server, progress() as tell:
        archive = Archive(list(paths), texts)
        job = _carried_out(server, archive, options, tell)
        report, rows, said = _reported(server, job, archive, place_of)
        report.dataset = options.dataset
    print_safely(report, lambda: print_report(report, rows, as_json=as_json, whole=whole, said=said))
    if report.faults:
        sys.exit(1)


def _reported(server: PushedServer, job: Import, archive: Archive, place_of: PlaceOf) -> tuple[Report, list[Doc], Doc]:
    """The report of an import, its rows, and all of it as JSON. Ends the command where there is none."""
    from app.cli.fetched_rejects import fetch_rejected
    from app.store.imports.read_report import read_report

    said = job.read_report()
    if said is None:
        say(f"onrecord: {job.error.detail if job.error else job.state}", err=True)
        sys.exit(1)
    report, rows = read_report(said)
    if report.rejected_files:
        report.rejected_files = fetch_rejected(server, job.id, archive, place_of, report.rejected_files)
        said["rejected_files"] = [file._asdict() for file in report.rejected_files]
    return report, rows, said


def _refuse(mapping: str | None) -> None:
    """Refuse a mapping."""
    if mapping is not None:
        right = "import there, where the database is, by onrecord import --mapping"
        raise click.UsageError(f"a mapping is never sent to a server, for its expressions would be run there: {right}")


def _carried_out(server: PushedServer, archive: Archive, options: SentOptions, tell: Progress) -> Import:
    """Send an import, and wait until it is over."""
    job: Import | None = None
    try:
        job = server.send(archive, options, tell)
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
    said = job.read_report()
    if said is None:
        return NOTHING
    from app.cli.reports import end_of
    from app.store.imports.read_report import read_report

    return end_of(read_report(said)[0])
