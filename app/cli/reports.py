"""The report of an import, as it is printed."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO

from app.cli.changes import counted, stored_as
from app.cli.output import say
from app.domain.text.controls import shown
from app.store.database.notices import Notices
from app.store.imports.importer import Report
from app.store.imports.report import lines_of, not_stored, write_json, write_said
from app.store.records.document import Doc, encode

MOST_FILES = 20  # of rejected rows, that are printed


def print_report(
    report: Report, rows: Iterable[Doc], *, as_json: bool = False, whole: TextIO | None = None, said: Doc | None = None
) -> None:
    """Print what an import did: problems and warnings on the error stream, counts on the other; or all of it as JSON.

    whole: a file that gets every problem and warning. said: all of it as JSON has it, where that is there already.
    Raises OSError where something cannot be written.
    """
    told = None if report.is_refused or not report.dry_run else rows
    if whole is not None:
        _write_whole(report, told, whole, said)
    if as_json:
        _write_json(report, told, sys.stdout, said)
        sys.stdout.flush()
        return
    for line in (*lines_of(report.faults), *lines_of(report.warnings, "warning: ")):
        say(line, err=True)
    for line in (*_lines(told or ()), *lines_of(report.texts or Notices())):
        say(line)
    for line in _summary(report):
        say(line)


def _write_json(report: Report, rows: Iterable[Doc] | None, out: TextIO, said: Doc | None) -> None:
    if said is None:
        write_json(report, out, rows)
    else:
        write_said(said, out)


def _write_whole(report: Report, rows: Iterable[Doc] | None, out: TextIO, said: Doc | None) -> None:
    if out.name.endswith(".json"):
        _write_json(report, rows, out, said)
    else:
        out.writelines(f"{shown(str(notice))}\n" for notice in report.faults)
        out.writelines(f"warning: {shown(str(notice))}\n" for notice in report.warnings)
        out.writelines(f"{shown(line)}\n" for line in _all_lines(report, rows))
    out.flush()


def _all_lines(report: Report, rows: Iterable[Doc] | None) -> Iterator[str]:
    """All except problems and warnings, in full."""
    yield from _lines(rows or ())
    yield from map(str, report.texts or ())
    yield from _summary(report)


def _lines(rows: Iterable[Doc]) -> Iterator[str]:
    for row in rows:
        what = "" if row["type"] == "claim" else f"{row['type']} "
        place = f"{row['file']}:{row['line']}: " if row["file"] else ""
        yield f"{place}{row['action']} {what}{row['key']}"
        yield from (f"    {name}: {encode(old)} → {encode(new)}" for name, (old, new) in row["changes"].items())


def _summary(report: Report) -> Iterator[str]:
    """The counts, and what is stored."""
    if report.is_refused:
        counts = f"{report.read} read, {report.wrong} wrong" if report.read else "none read"
        counts += f", {report.skipped} skipped" if report.skipped else ""
        is_unexpected = any(kind.code == "unexpected-number" for kind in report.faults.kinds())  # whatever goes on
        yield f"claims: {counts}" + ("" if is_unexpected else "; an import is all or nothing")
    else:
        yield "claims: " + ", ".join(f"{number} {what}" for what, number in report.told_counts.items())
    if report.verifications.keys() - {"unchecked"} and not report.is_refused:
        yield "citations: " + ", ".join(f"{number} {what}" for what, number in sorted(report.verifications.items()))
    if report.texts is not None:
        yield _texts(report, len(report.texts))
    for file in report.rejected_files[:MOST_FILES]:
        rows = "1 row is" if file.rows == 1 else f"{file.rows:,} rows are"
        again = f" with --dataset {shlex.quote(report.dataset)}" if report.dataset else ""
        yield f"rejected: {rows} in {file.place}, to be mended and imported{again}"
    if (more := len(report.rejected_files) - MOST_FILES) > 0:
        yield f"rejected: rows of {more:,} more files are beside these"
    yield end_of(report)


def _texts(report: Report, found: int) -> str:
    left = report.unused_texts
    if not (left and report.has_refused_rows):
        return f"texts: {found} found their source, {left} did not"
    others = "the other one" if left == 1 else f"the other {left:,}"
    return f"texts: {found} found their source; {others} may belong to sources of rejected records"


def end_of(report: Report) -> str:
    """The sentence that says what is stored."""
    if report.is_refused:
        return not_stored(report)
    if report.dry_run:
        return f"dry run: nothing is stored; it would be: {counted(report.changes) or 'nothing, all is as it was'}"
    if report.revision is None:
        return "nothing to store: all is as it was"
    return stored_as(report.revision, report.changes)
