"""The report of an import, as it is printed."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile, gettempdir

import click

from app.cli.changes import counted, stored_as
from app.errors import BadImport
from app.store.load import Report
from app.store.render import decode, encode
from app.store.write import Outcome


class Notes:
    """What is to be told of single claims, kept until the end: in a file, as it may be much."""

    def __init__(self, dry_run: bool) -> None:
        self._dry_run = dry_run
        self._file = SpooledTemporaryFile(1 << 20, "w+", encoding="utf-8", newline="")  # noqa: SIM115  # closed by exit

    def __enter__(self) -> Notes:
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


def print_report(report: Report, notes: Notes) -> None:
    """Print what an import did: faults and warnings on the error stream, counts on the other."""
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
    click.echo(end_of(report))


def end_of(report: Report) -> str:
    """The sentence that says what is stored."""
    if report.faults:
        plural = "problem" if len(report.faults) == 1 else "problems"
        return f"nothing is stored: {len(report.faults)} {plural}"
    if report.dry_run:
        return f"dry run: nothing is stored; it would be: {counted(report.changes) or 'nothing, all is as it was'}"
    if report.revision is None:
        return "nothing to store: all is as it was"
    return stored_as(report.revision, report.changes)
