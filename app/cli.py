"""The commands: `onrecord migrate`, `onrecord import`, `onrecord merge`, `onrecord serve`, `onrecord generate`."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile, SpooledTemporaryFile, gettempdir
from typing import BinaryIO, cast

import click

from app.domain import generate
from app.errors import BadImport, OnRecordError
from app.settings import settings
from app.store.bulk import Progress
from app.store.db import Database
from app.store.load import Report, import_paths
from app.store.merging import merge_records
from app.store.render import decode, encode
from app.store.write import Outcome

UNTOLD = 3  # exit code of an import whose report could not be printed
LONG = 20_000  # claims whose generation shows its progress


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="onrecord")
def main() -> None:
    """OnRecord: a database of sourced claims behind a REST API.

    ONRECORD_DATABASE_URL names the database; by default it is the SQLite file var/onrecord.db.
    """


@main.command()
def migrate() -> None:
    """Make the database, or bring its schema and its index of words up to date."""
    with _database() as database:
        _migrate(database)
        click.echo(f"{database.shown} is up to date")


@main.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--texts",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with the texts of sources: SOURCE_KEY.txt",
)
@click.option("--dry-run", is_flag=True, help="Tell what would be done, and store nothing")
@click.option("--comment", help="A note kept with the revision")
def import_command(paths: tuple[Path, ...], texts: Path | None, dry_run: bool, comment: str | None) -> None:
    """Import files, or folders of them: all of it, or nothing. YAML, JSON, NDJSON, CSV, TSV; .gz and .bz2 of those."""
    gc.set_threshold(100_000, 50, 100)  # what a batch makes is let go with it: looking for more took 14 % of the time
    with _database() as database:
        database.require_migrated()
        report = _import(database, list(paths), texts, dry_run, comment)
    if report.faults:
        sys.exit(1)


@main.command("merge")
@click.argument("merged", metavar="FROM")
@click.argument("into")
@click.option("--comment", help="A note kept with the revision")
def merge_command(merged: str, into: str, comment: str | None) -> None:
    """Merge a speaker, source or metric into another of the same kind, both by id: spk_2 spk_1.

    Its claims show INTO from then on, and its id, key and names lead there. It is not taken back.
    """
    with _database() as database:
        database.require_migrated()
        done = merge_records(database, merged, into, comment=comment)
        click.echo(f"{done.merged} is merged into {done.into}; {_stored(done.revision, done.changes)}")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, envvar="HOST")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), envvar="PORT")
@click.option("--migrate", "migrates", is_flag=True, help="First make the database, or bring it up to date")
@click.option(
    "--import", "seeds", multiple=True, type=click.Path(path_type=Path), help="First import this file or folder"
)
def serve(host: str, port: int, migrates: bool, seeds: tuple[Path, ...]) -> None:
    """Serve the API."""
    with _database() as database:
        if migrates:
            _migrate(database)
        database.require_migrated()
        if seeds:
            report = _import(database, list(seeds), None, False, None)
            if report.faults:
                sys.exit(1)
    _run_server(host, port)


@main.command("generate")
@click.option("--claims", default=1000, show_default=True, type=click.IntRange(0, generate.MAX_CLAIMS), help="How many")
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0, generate.MAX_SEED), help="Another seed, other claims"
)
@click.option("--edits", is_flag=True, help="Those of the same claims that change later, as they are then")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file to write")
def generate_command(claims: int, seed: int, edits: bool, output: Path | None) -> None:
    """Write invented claims as NDJSON, for benches and demonstrations.

    First the metrics and the speakers that are defined, then the claims. The same seed gives the same bytes, and fewer
    claims are the beginning of more. Import the file, then the one that --edits writes.
    """
    records = generate.generate_edits(claims, seed) if edits else generate.generate(claims, seed)
    with _writing(output) as out, _generating(claims, out) as tell:
        for record in records:
            out.write(generate.as_line(record))
            tell(record)


@contextmanager
def _writing(output: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that is there when all of it is written. What goes wrong is one sentence."""
    part: Path | None = None
    try:
        if output is None:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        with NamedTemporaryFile(dir=output.parent, prefix=f".{output.name}.", delete=False) as out:
            part = Path(out.name)
            yield cast(BinaryIO, out)
        part.chmod(0o644)
        part.replace(output)
    except BrokenPipeError:
        raise
    except OSError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        if output is None:
            _close_quietly()
        click.echo(f"onrecord: {output or 'the output'} cannot be written: {error.strerror}", err=True)
        sys.exit(1)
    except BaseException:
        if part is not None:
            part.unlink(missing_ok=True)
        raise


@contextmanager
def _generating(claims: int, output: BinaryIO) -> Iterator[Callable[[generate.Doc], None]]:
    """Shows how far a long generation is, where that does not stand between the lines that it writes."""
    if claims < LONG or not sys.stderr.isatty() or output.isatty():
        yield lambda _record: None
        return
    with click.progressbar(length=claims, label="generating", file=sys.stderr) as bar:

        def tell(record: generate.Doc) -> None:
            done = generate.number_of(record)
            if done - bar.pos >= LONG // 10:
                bar.update(done - bar.pos)

        yield tell
        bar.update(claims - bar.pos)


def _run_server(host: str, port: int) -> None:
    import uvicorn

    from app.main import create_app

    shown = f"[{host}]" if ":" in host else host
    click.echo(f"\n  claims     http://{shown}:{port}/v1/claims")
    click.echo(f"  API docs   http://{shown}:{port}/docs\n")
    uvicorn.run(create_app(), host=host, port=port, log_level="warning")


@contextmanager
def _database() -> Iterator[Database]:
    """The configured database; an error that the caller can cause ends the command with one sentence."""
    try:
        database = Database(settings().database_url, lock_timeout=settings().lock_timeout)
        try:
            yield database
        finally:
            database.close()
    except OnRecordError as error:
        click.echo(f"onrecord: {error.detail}", err=True)
        for problem in error.problems:
            click.echo(f"  {problem}", err=True)
        sys.exit(1)


def _migrate(database: Database) -> None:
    with _progress() as progress:
        warnings = database.migrate(progress)
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)


def _import(database: Database, paths: list[Path], texts: Path | None, dry_run: bool, comment: str | None) -> Report:
    with _progress() as progress, _Notes(dry_run) as notes:
        report = import_paths(
            database, paths, texts=texts, dry_run=dry_run, comment=comment, progress=progress, tell=notes.take
        )
        try:
            _print_report(report, notes)
        except BrokenPipeError:
            raise
        except OSError as error:
            click.echo(f"onrecord: the report cannot be written: {error.strerror}; {_end_of(report)}", err=True)
            _close_quietly()
            sys.exit(UNTOLD)
    return report


def _close_quietly() -> None:
    """What could not be printed is not tried again at the end."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123  # for the rest of the process


@contextmanager
def _progress() -> Iterator[Progress]:
    """Shows how many rows are done: one line on a terminal, a line for every 10,000 in a pipe."""
    told = 0
    terminal = sys.stderr.isatty()

    def tell(what: str, done: int, every: int | None) -> None:
        nonlocal told
        of = f" of {every:,}" if every is not None else ""
        if terminal:
            click.echo(f"\r{what} {done:,}{of}\x1b[K", err=True, nl=False)
        elif done // 10_000 != told // 10_000 and done:
            click.echo(f"{what} {done:,}{of}", err=True)
        told = done

    try:
        yield tell
    finally:
        if terminal and told:
            click.echo("\r\x1b[K", err=True, nl=False)


class _Notes:
    """What is to be told of single claims, kept until the end: in a file, as it may be much."""

    def __init__(self, dry_run: bool) -> None:
        self._dry_run = dry_run
        self._file = SpooledTemporaryFile(1 << 20, "w+", encoding="utf-8", newline="")  # noqa: SIM115  # closed by exit

    def __enter__(self) -> _Notes:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def take(self, place: str, outcome: Outcome) -> None:
        """Note what is to be told of a claim."""
        for status in {"not_found", "ambiguous"} & set(outcome.verifications):
            self._note("warning", f"{place}: {outcome.key}: its words are {status} in the text of the source")
        if outcome.alike:
            self._note("warning", f"{place}: {outcome.key} may be a duplicate of {', '.join(outcome.alike)}")
        if self._dry_run:
            self._note("row", f"{place}: {outcome.action} {outcome.key}")
            for name, (old, new) in outcome.changes.items():
                self._note("row", f"    {name}: {encode(old)} → {encode(new)}")

    def _note(self, kind: str, line: str) -> None:
        try:
            self._file.write(encode([kind, line]) + "\n")
        except OSError as error:
            raise BadImport(f"what is to be told cannot be kept in {gettempdir()}: {error.strerror}") from error

    def echo(self) -> None:
        """Print it all: warnings on the error stream."""
        self._file.seek(0)
        for kept in self._file:
            kind, line = decode(kept)
            click.echo(f"warning: {line}" if kind == "warning" else line, err=kind == "warning")


def _print_report(report: Report, notes: _Notes) -> None:
    for fault in report.faults:
        click.echo(str(fault), err=True)
    for warning in report.warnings:
        click.echo(f"warning: {warning}", err=True)
    if not report.faults:
        notes.echo()
    counts = ", ".join(f"{number} {what}" for what, number in report.counts.items())
    click.echo(f"claims: {counts}")
    if report.verifications.keys() - {"unchecked"} and not report.faults:
        found = ", ".join(f"{number} {what}" for what, number in sorted(report.verifications.items()))
        click.echo(f"citations: {found}")
    click.echo(_end_of(report))


def _end_of(report: Report) -> str:
    if report.faults:
        plural = "problem" if len(report.faults) == 1 else "problems"
        return f"nothing is stored: {len(report.faults)} {plural}"
    if report.dry_run:
        return f"dry run: nothing is stored; it would be: {_told(report.changes) or 'nothing, all is as it was'}"
    if report.revision is None:
        return "nothing to store: all is as it was"
    return _stored(report.revision, report.changes)


def _stored(revision: int, changes: dict[str, int]) -> str:
    return f"stored as revision {revision}: {_told(changes)}"


def _told(changes: dict[str, int]) -> str:
    return ", ".join(f"{number} {what.replace('_', ' ')}" for what, number in sorted(changes.items()))


if __name__ == "__main__":
    main()
