"""Files → records → one revision, and the report of it.

Files are read and checked before the writer lock is taken, and what is right is kept on disk until it is written, so
that the size of an import is no matter of memory. By default all is stored or nothing: every problem of every row is
reported, with its file and line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from app.errors import BadRecord, Problem
from app.store.bulk import Progress
from app.store.check import Checked, check_rows
from app.store.db import Database
from app.store.dialects import Dialect
from app.store.files import Fault, RawRow, Reading, SourceFile, files_in, read_rows
from app.store.prefetch import hold
from app.store.render import Doc, decode
from app.store.resolve import Resolver
from app.store.revisions import Revision
from app.store.spool import Row, Spool
from app.store.write import BATCH, Outcome, Writer

RANKS = {"source": 0, "sources": 0, "speakers": 1, "metrics": 3, "claims": 4}  # speakers with tenures: 2

Tell = Callable[[str, Outcome], None]  # where a claim stands (file:line), and what became of it


@dataclass
class Report:
    """What an import did, or would have done. rows read = created + updated + unchanged + retracted + rejected."""

    dry_run: bool = False
    read: int = 0
    did: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    definitions: Counter[str] = field(default_factory=Counter)
    verifications: Counter[str] = field(default_factory=Counter)  # how many citations have which
    revision: int | None = None
    changes: dict[str, int] = field(default_factory=dict)  # what the revision did, other records included

    @property
    def counts(self) -> dict[str, int]:
        """How many claims were read, and what became of them. Where anything is wrong, all are rejected."""
        did = Counter[str]() if self.faults else self.did
        actions = {action: did[action] for action in ("created", "updated", "retracted", "unchanged")}
        return {"read": self.read, **actions, "rejected": self.read if self.faults else 0}


def import_paths(
    database: Database,
    paths: list[Path],
    *,
    texts: Path | None = None,
    dialect: Dialect | None = None,
    dry_run: bool = False,
    actor: str = "import",
    comment: str | None = None,
    at: datetime | None = None,
    processes: int | None = None,
    progress: Progress = lambda _what, _done, _all: None,
    tell: Tell = lambda _place, _outcome: None,
) -> Report:
    """Import files and folders of them as one revision.

    texts: a folder that holds the text of a source as `<source key>.txt`. dialect: how the tables are written. at: the
    time of the revision, now by default. processes: how many check rows, one for each core by default. tell: is told of
    each claim that could be written.
    Raises BadImport for a path that is not there, Busy and NotReady as Database.write does.
    """
    database.require_writes()
    with Spool() as spool:
        load = Load(spool, Report(dry_run), progress, tell)
        load.check(files_in(paths), Reading(texts, dialect or Dialect()), processes)
        try:
            with database.write(warn=load.report.warnings.append) as connection:
                load.store(Revision(connection, actor=actor, comment=comment, at=at))
                if load.report.revision is None:
                    raise _RollBackError
        except _RollBackError:
            pass
    return load.report


class _RollBackError(Exception):
    """Ends a transaction that is not to be kept."""


class Load:
    """One import: `check` reads the files, `store` writes what they hold."""

    def __init__(self, spool: Spool, report: Report, progress: Progress, tell: Tell) -> None:
        self.spool = spool
        self.report = report
        self.progress = progress
        self.tell = tell
        self._files: list[SourceFile] = []
        self._rows = 0

    # Outside the lock

    def check(self, paths: list[Path], reading: Reading, processes: int | None) -> None:
        """Read and check the files; what is right is spooled."""
        checked = check_rows(self._read(paths, reading), processes)
        while some := list(islice(checked, BATCH)):
            self.spool.add([self._row(file, raw, said) for (file, raw), said in some])
            self.progress("checked", self._rows, None)
        self.report.read += reading.refused
        self.report.faults += reading.faults
        self.report.warnings += reading.warnings
        self._tell_doubled_keys()

    def _read(self, paths: list[Path], reading: Reading) -> Iterator[tuple[tuple[int, RawRow], tuple[str, object]]]:
        for n, path in enumerate(paths):
            self._files.append(SourceFile(str(path), path))
            for raw in read_rows(self._files[n], reading):
                yield (n, raw._replace(value=None)), (raw.section, raw.value)

    def _row(self, file: int, raw: RawRow, said: Checked) -> Row:
        for problem in said.problems:
            self.report.faults.append(self._files[file].fault(problem, raw, said.long))
        self.report.read += raw.section == "claims"
        rank = 2 if said.tenures and raw.section == "speakers" else RANKS[raw.section]
        n, self._rows = self._rows, self._rows + 1
        return Row(n, file, raw.section, raw.step, raw.line, rank, said.long, said.key, said.frame)

    def _tell_doubled_keys(self) -> None:
        """A key that stands twice in an import with different content: all its rows are wrong."""
        last: Row | None = None
        first: Row | None = None
        for row in self.spool.doubled():
            if last is None or first is None or (last.section[:6], last.key) != (row.section[:6], row.key):
                first = last = row
                continue
            if last is first:
                self._fault(first, _doubled(row, self._place(row)))
            self._fault(row, _doubled(row, self._place(first)))
            last = row

    # Under the lock

    def store(self, revision: Revision) -> None:
        """Write the rows that are right, so that what only the database knows is told of them all."""
        writer, report = Writer(revision), self.report
        self._define_all(writer.resolver)
        rows, done, every = self.spool.claims(), 0, self.spool.right_claims()
        while some := list(islice(rows, BATCH)):
            writer.put_claims((row.n, decode(row.frame or "")) for row in some)
            self._take_outcomes(writer, {row.n: row for row in some})
            done += len(some)
            self.progress("stored", done, every)
        made = writer.finish(dry_run=report.dry_run or bool(report.faults))
        self._take_outcomes(writer, {})
        self._tell_problems(writer)
        report.warnings += writer.resolver.warnings
        report.faults.sort(key=lambda fault: (fault.file, fault.line))
        report.revision = revision.number if made else None
        report.changes = dict(revision.counts)

    def _take_outcomes(self, writer: Writer, rows: dict[int, Row]) -> None:
        for n, outcome in writer.take_outcomes().items():
            self.report.did[outcome.action] += 1
            self.report.verifications.update(outcome.verifications)
            self.tell(self._place(rows.get(n) or self.spool.row(n)), outcome)

    def _tell_problems(self, writer: Writer) -> None:
        wrong = self.spool.wrong_keys() | {key for n in writer.problems if (key := self.spool.row(n).key)}
        told = {_said(fault) for fault in self.report.faults}
        for n, problems in writer.problems.items():
            row = self.spool.row(n)
            for problem in problems:
                if not _follows(problem, row, wrong) and _said(self._told(row, problem)) not in told:
                    self._fault(row, problem)

    def _define_all(self, resolver: Resolver) -> None:
        """Make or change the records that files define. Names may change places: doubled ones are told at the end."""
        rows: dict[str, Row] = {}
        homes: dict[int, str] = {}  # the source of each file: groups and unnamed speakers belong to it
        for row, given in self._held_definitions(resolver):
            try:
                record_id, did = _define(row.section, given, resolver, homes.get(row.file))
            except BadRecord as error:
                for problem in error.problems:
                    self._fault(row, problem)
            else:
                self.report.definitions[did] += 1
                rows[record_id] = row._replace(frame=None)
                if row.section == "source":
                    homes[row.file] = record_id
        for record_id, problem in resolver.taken():
            if record_id in rows:
                self._fault(rows[record_id], problem)

    def _held_definitions(self, resolver: Resolver) -> Iterator[tuple[Row, Doc]]:
        """The definitions; what they may be found by is looked up for many at once."""
        rows = self.spool.definitions()
        while some := [(row, decode(row.frame or "")) for row in islice(rows, BATCH)]:
            for shelf, sections in resolver.shelves():
                hold(shelf, [given for row, given in some if row.section in sections])
            yield from some

    # Where things stand

    def _fault(self, row: Row, problem: Problem) -> None:
        self.report.faults.append(self._told(row, problem))

    def _told(self, row: Row, problem: Problem) -> Fault:
        raw = RawRow(row.section, row.step, row.line, None)
        return self._files[row.file].fault(problem, raw, row.long)

    def _place(self, row: Row) -> str:
        return f"{self._files[row.file].name}:{row.line}"


def _define(section: str, given: Doc, resolver: Resolver, home: str | None) -> tuple[str, str]:
    match section:
        case "source" | "sources":
            return resolver.define_source(given)
        case "speakers":
            return resolver.define_speaker(given, home)
    return resolver.define_metric(given)


def _doubled(row: Row, place: str) -> Problem:
    return Problem(("key",), "duplicate", f"{row.key} stands at {place} too, with different content")


def _said(fault: Fault) -> tuple[object, ...]:
    return fault.file, fault.line, fault.problem.path, fault.problem.code


def _follows(problem: Problem, row: Row, wrong: set[str]) -> bool:
    """Whether a problem is only that a claim which it names is rejected."""
    if problem.code != "unknown-claim" or row.section != "claims":
        return False
    return decode(row.frame or "")["relations"][int(problem.path[1])]["key"] in wrong
