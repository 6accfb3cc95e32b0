"""The report of an import, as it is printed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile, gettempdir
from typing import TextIO

from app.cli.changes import counted, stored_as
from app.cli.output import say
from app.domain.text.controls import shown
from app.errors import BadImport
from app.store.database.notices import Notices
from app.store.imports.importer import Report
from app.store.imports.report import lines_of, write_json
from app.store.records.document import Doc, decode, encode
from app.store.write.outcomes import Outcome


class Rows:
    """The planned changes of a dry run, kept until the end: in a file, as they may be many."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(1 << 20, "w+", encoding="utf-8", newline="")  # noqa: SIM115  # closed by exit

    def __enter__(self) -> Rows:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def take(self, place: str, outcome: Outcome) -> None:
        """Note what becomes of a claim or a record."""
        file, _, line = place.rpartition(":")
        said = {"file": file or None, "line": int(line) if line else None}
        said |= {"type": outcome.what, "action": outcome.action, "key": outcome.key}
        try:
            self._file.write(encode(said | {"changes": outcome.changes}) + "\n")
        except OSError as error:
            raise BadImport(f"what is to be told cannot be kept in {gettempdir()}: {error.strerror}") from error

    def __iter__(self) -> Iterator[Doc]:
        """The outcome for each claim, and for each stored record that is changed.

        {file, line, type, action, key, changes: {field: [old, new]}}; file and line are null where no row tells it.
        """
        self._file.seek(0)
        yield from map(decode, self._file)


def print_report(report: Report, rows: Rows, *, as_json: bool = False, whole: TextIO | None = None) -> None:
    """Print what an import did: problems and warnings on the error stream, counts on the other; or all of it as JSON.

    whole: a file that gets every problem and warning. Raises OSError where something cannot be written.
    """
    told = None if report.faults or not report.dry_run else rows
    if whole is not None:
        _write_whole(report, told, whole)
    if as_json:
        write_json(report, sys.stdout, told)
        sys.stdout.flush()
        return
    for line in (*lines_of(report.faults), *lines_of(report.warnings, "warning: ")):
        say(line, err=True)
    for line in (*_lines(told or ()), *lines_of(report.texts or Notices())):
        say(line)
    for line in _summary(report):
        say(line)


def _write_whole(report: Report, rows: Rows | None, out: TextIO) -> None:
    if out.name.endswith(".json"):
        write_json(report, out, rows)
    else:
        out.writelines(f"{shown(str(notice))}\n" for notice in report.faults)
        out.writelines(f"warning: {shown(str(notice))}\n" for notice in report.warnings)
        out.writelines(f"{shown(line)}\n" for line in _all_lines(report, rows))
    out.flush()


def _all_lines(report: Report, rows: Rows | None) -> Iterator[str]:
    """All except problems and warnings, in full."""
    yield from _lines(rows or ())
    yield from map(str, report.texts or ())
    yield from _summary(report)


def _lines(rows: Rows | tuple[()]) -> Iterator[str]:
    for row in rows:
        what = "" if row["type"] == "claim" else f"{row['type']} "
        place = f"{row['file']}:{row['line']}: " if row["file"] else ""
        yield f"{place}{row['action']} {what}{row['key']}"
        yield from (f"    {name}: {encode(old)} → {encode(new)}" for name, (old, new) in row["changes"].items())


def _summary(report: Report) -> Iterator[str]:
    """The counts, and what is stored."""
    if report.faults:
        yield f"claims: {report.read} read, {report.wrong} wrong; an import is all or nothing"
    else:
        yield "claims: " + ", ".join(f"{number} {what}" for what, number in report.counts.items())
    if report.verifications.keys() - {"unchecked"} and not report.faults:
        yield "citations: " + ", ".join(f"{number} {what}" for what, number in sorted(report.verifications.items()))
    if report.texts is not None:
        yield _texts(report, len(report.texts))
    yield end_of(report)


def _texts(report: Report, found: int) -> str:
    left = report.unused_texts
    if not (left and report.faults):
        return f"texts: {found} found their source, {left} did not"
    others = "the other one" if left == 1 else f"the other {left:,}"
    return f"texts: {found} found their source; {others} may belong to sources of rejected records"


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
