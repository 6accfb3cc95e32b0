"""Files → records → one revision, and the report of it.

Files are read and checked before the writer lock is taken, and what is right is kept on disk until it is written, so
that the size of an import is no matter of memory. By default all is stored or nothing: every problem of every row is
reported, with its file and line. An import that keeps going leaves wrong rows out; where the lock shows some that are,
all is rolled back and the rest stored anew, until none is: docs/decisions/0050-rejected-rows.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from pathlib import Path

from sqlalchemy import Connection

from app.errors import OnRecordError, Problem, near
from app.store.database.bulk_insert import Progress
from app.store.database.engine import Database
from app.store.database.garbage import collecting_rarely
from app.store.database.notices import Notice
from app.store.database.writer_turn import Patience
from app.store.history.following import require_unfollowing
from app.store.history.moment import newest_revision
from app.store.history.revision import Revision
from app.store.imports.changes import changes_of
from app.store.imports.checked_files import RANKS, CheckedFiles
from app.store.imports.dataset_label import Label
from app.store.imports.defined import DefinedRecords
from app.store.imports.patch_rows import decode_notices, told_of_lacks
from app.store.imports.readers.archives import beside
from app.store.imports.readers.dialects import Dialect
from app.store.imports.readers.file_paths import files_in, passed_over
from app.store.imports.readers.files import MappedFiles, Reading
from app.store.imports.readers.names import NameOf, name_of_path
from app.store.imports.rejected_files import PlaceOf, RejectedFiles
from app.store.imports.related_rows import reject_related
from app.store.imports.report import Report as Report
from app.store.imports.row_notices import RowNotices
from app.store.imports.staging import Row, Spool, given_by
from app.store.imports.text_folder import TextFolder
from app.store.records.document import decode, encode
from app.store.write.compare import emptied, told_of_emptied
from app.store.write.earlier_versions import MOST
from app.store.write.newcomers import Newcomers
from app.store.write.outcomes import Outcome, warnings_of
from app.store.write.resolver import Resolver
from app.store.write.writer import BATCH, Writer
from app.store.write.writing import writing

# Where a row stands (file:line; "" for what none tells), and what became of the claim or record that it changes
Tell = Callable[[str, Outcome], None]
Decide = Callable[[Connection, Report], None]  # on the transaction that is about to be kept


def import_paths(
    database: Database,
    paths: list[Path],
    *,
    mapping: MappedFiles | None = None,
    texts: Path | None = None,
    dialect: Dialect | None = None,
    patches: bool = False,
    force: bool = False,
    restores: bool = False,
    only_first: bool = False,
    dataset: Label | None = None,
    expected: int | None = None,
    keep_going: bool = False,
    rejected_to: PlaceOf = beside,
    dry_run: bool = False,
    actor: str = "import",
    comment: str | None = None,
    at: datetime | None = None,
    processes: int | None = None,
    patience: Patience | None = None,
    progress: Progress = lambda _what, _done, _all: None,
    tell: Tell | None = None,
    decide: Decide | None = None,
    name_of: NameOf = name_of_path,
) -> Report:
    """Import files and folders of them as one revision.

    mapping: what tells how records are made of foreign files; see read_mapping. texts: a folder with texts of sources;
    see TextFolder. dialect: how the tables are written.
    patches: claims of YAML, JSON and NDJSON set what they name alone. force: rows made from an older version of their
    claim are carried out too. restores: retractions are taken back that rows do not have any more, or say so.
    only_first: nothing is done where the database has a revision. dataset: of the claims that name none. expected: how
    many claims there are to be: with another number nothing is stored. keep_going: right rows are stored though others
    are wrong, which are written to files; rejected_to: see RejectedFiles. at: the time of the
    revision, now by default. processes: how many check rows, one for each core by default. patience: how long it
    waits for another writer, once the rows are checked. tell: is told of each claim, and of each stored record that is
    changed, when all is written and not yet kept; of nothing where a row is refused. decide: is called when all is
    written and about to be kept, which what it raises prevents. name_of: gives the names that files have in the report.
    Raises BadImport for a path that is not there, Conflict where the database follows a server; Busy and NotReady
    as Database.write does.
    """
    if only_first and _has_revision(database):
        return Report(dry_run, is_skipped=True)
    database.require_writes()
    with database.read() as snapshot:
        require_unfollowing(snapshot)
    with Spool() as spool, collecting_rarely():
        load = Load(spool, Report(dry_run, keeps_going=keep_going), progress, tell)
        load.read_texts = lambda: TextFolder(texts, name_of) if texts else None
        load.texts = load.read_texts()
        reading = Reading(dialect or Dialect(), load.report.faults, load.report.warnings, patches, name_of=name_of)
        load.label = dataset
        reading.dataset = load.report.dataset = dataset and dataset.name
        reading.mapping = mapping
        files = mapping.files_in(paths) if mapping else files_in(paths)
        load.check(files, reading, processes)
        load.require_number(expected)
        load.tell_passed_over([] if mapping else paths, files, reading)
        with RejectedFiles(spool, load.files, rejected_to) as rejected:
            while load.is_to_be_stored:
                load.begin(rejected)
                try:
                    with writing(database, warn=load.report.warn, patience=patience) as connection:
                        if only_first and newest_revision(connection):
                            load.report.is_skipped = True
                            raise _RollBackError
                        load.store(Revision(connection, actor=actor, comment=comment, at=at), force, restores=restores)
                        if load.report.revision is None and not load.is_noted:
                            raise _RollBackError
                        rejected.keep()
                        if decide is not None:
                            decide(connection, load.report)
                except _RollBackError:
                    pass
            rejected.keep()
        load.compare_speakers(database)
    return load.report


def _has_revision(database: Database) -> bool:
    with database.read() as connection:
        return newest_revision(connection) > 0


class _RollBackError(Exception):
    """Ends a transaction that is not to be kept."""


class Load:
    """One import: `check` reads the files, `store` writes what they hold."""

    def __init__(self, spool: Spool, report: Report, progress: Progress, tell: Tell | None) -> None:
        self.spool = spool
        self.report = report
        self.progress = progress
        self.tell = tell
        self.read_texts: Callable[[], TextFolder | None] = lambda: None
        self.texts: TextFolder | None = None
        self.label: Label | None = None
        self.is_to_be_stored = True  # until it is, or cannot be
        self.is_noted = False  # whether there is something to keep beside the record, be there a revision or not
        self._warnings: int | None = None  # those of reading, once there is an attempt to store
        self._rejected_keys: list[str] = []  # of claims that the attempt to store has shown to be wrong
        self._unread = 0  # rows that are told by their files alone
        self._notices = RowNotices(spool, report)
        self.files = self._notices.files
        self._newcomers: Newcomers | None = None
        self._emptied: Counter[str] = Counter()  # updates that take a field from a claim
        self._moved: Counter[tuple[str, str]] = Counter()  # claims, by the datasets from which and to which they go

    def check(self, paths: list[Path], reading: Reading, processes: int | None) -> None:
        """Read and check the files, outside the lock; what is right is spooled."""
        CheckedFiles(self._notices, self.progress).check(paths, reading, processes)
        self._unread = reading.refused
        self.report.keeps_going &= not reading.is_misread

    def begin(self, rejected: RejectedFiles) -> None:
        """Begin to store, for the first time or anew: nothing is told of an attempt that was rolled back."""
        report, self.is_to_be_stored, self._rejected_keys = self.report, False, []
        if self._warnings is None:
            self._warnings = len(report.warnings)
        else:
            report.warnings.forget_after(self._warnings)
            self.texts = self.read_texts()
        for counts in (report.did, report.verifications, report.definitions, self._emptied, self._moved):
            counts.clear()
        self.spool.forget_outcomes()
        if report.keeps_going and not report.dry_run:
            report.rejected_files = rejected.write()

    def require_number(self, expected: int | None) -> None:
        """Report another number of claims than was expected; rows that are skipped are none."""
        read, skipped = self.report.read - self.report.skipped, self.report.skipped
        if expected is not None and read != expected:
            self.report.keeps_going = False
            rows = "1 row was" if skipped == 1 else f"{skipped:,} rows were"
            told = f"{read:,} claims were read" + (f" ({rows} skipped)" if skipped else "")
            problem = Problem((), "unexpected-number", f"{told}; {expected:,} were expected")
            self.report.faults.add(Notice("", 0, problem))

    # Under the lock

    def store(self, revision: Revision, force: bool = False, *, restores: bool = False) -> None:
        """Write the rows that are right, so that what only the database knows is told of them all."""
        writer, report = Writer(revision, force=force), self.report
        rejected = self.spool.rejected()
        self._notices.place_of = writer.place_of
        revision.place_of = lambda n: self._notices.place(self.spool.row(n))
        writer.resolver.texts.outside = self.texts
        writer.told = lambda: self._take(writer, {})
        if self.label and self.label.description:
            writer.datasets.describe(*self.label)
        DefinedRecords(self._notices).store(writer.resolver)
        rows, done, every = self.spool.claims(), 0, self.spool.right_claims()
        while some := list(islice(rows, BATCH)):
            writer.put_rows([given_by(row, restores=restores) for row in some])
            self._take(writer, {row.n: row for row in some})
            done += len(some)
            self.progress("prepared", done, every)  # stored by the commit, all at once
        self._give_texts(writer.resolver)
        made = writer.finish(dry_run=report.dry_run or report.is_refused or self.spool.rejected() > rejected)
        self._take(writer, {})  # faults that only the end shows, among them
        self.is_to_be_stored = self.spool.rejected() > rejected
        if self.is_to_be_stored:  # anew, without these
            reject_related(self._notices, revision, self._rejected_keys)
            report.revision, self.is_noted, self._newcomers = None, False, None
            return
        self.is_noted = writer.resolver.definitions.is_changed and not (report.dry_run or report.is_refused)
        self._tell_changes(writer)
        report.verifications = +report.verifications  # without those that none has any more
        self._notices.tell_followers()
        self._emptied.update(writer.verified.emptied)
        self._tell_emptied()
        self._tell_moved()
        self._tell_not_compared(writer)
        report.revision = revision.number if made else None
        report.changes = dict(revision.counts)
        self._count_rejected()
        if report.is_refused:  # nothing of it is stored, nor would be
            report.changes, report.verifications, report.definitions = {}, Counter(), Counter()
        self._newcomers = None if report.is_refused else writer.resolver.newcomers

    def _count_rejected(self) -> None:
        if self.report.keeps_going:
            self.report.rejected = self.spool.rejected(["claims"]) + self._unread
            defined = self.spool.rejected(one for one in RANKS if one != "claims")
            self.report.definitions += Counter({"rejected": defined})  # which leaves out none

    def tell_passed_over(self, paths: list[Path], files: list[Path], reading: Reading) -> None:
        """Warn of files in the folders that are not read. files: those that are read as records."""
        read = {path.resolve() for path in (*reading.texts, *files)}
        if self.texts is not None:
            read |= self.texts.files
        told = dict(passed_over(paths, read))
        if self.texts is not None:
            told |= self.texts.passed_over({*read, *(path.resolve() for path in told)})
        for path, reason in told.items():
            self.report.warnings.add(Notice(reading.name_of(path), 0, Problem((), "passed-over", reason)))

    def _give_texts(self, resolver: Resolver) -> None:
        """Give stored sources that no row names their texts, and report which texts found a source."""
        if self.texts is None:
            return
        resolver.revision.row = None
        for place, problem in resolver.texts.take_stored():
            notice = Notice(place, 0, problem)
            if not self.report.faults.has(notice):  # it may be stored anew
                self.report.faults.add(notice)
        self.report.texts, self.report.unused_texts = self.texts.found, self.texts.left
        for notice in self.texts.unused() if not self.report.has_refused_rows else ():
            self.report.warnings.add(notice)

    # When all is written

    def compare_speakers(self, database: Database) -> None:
        """Warn of new speakers that may be one with others, of names that fit several, and of former names."""
        new, stored = self._newcomers, self.report.revision is not None
        if new is None:
            return
        try:
            with database.read_through() as connection:
                each = (new.alike, new.sharing, new.same_named, new.renamed)
                for n, problem in chain.from_iterable(tell(connection, stored=stored) for tell in each):
                    self._notices.warn(None if n is None else self.spool.row(n), problem)
        except OnRecordError as error:  # all is stored
            self.report.warn(f"new speakers were not compared with others: {error.detail}")
        except KeyboardInterrupt:
            if self.report.revision is None:
                raise
            self.report.warn("new speakers were not compared with others: interrupted")

    # Outcomes of rows

    def _take(self, writer: Writer, rows: dict[int, Row]) -> None:
        """Report what became of rows."""
        for n, problems in writer.take_problems().items():
            row = rows.get(n) or self.spool.row(n)
            for notice in self._lacks(row, writer) if row.lacks and not problems else ():
                self._notices.reject(row, notice)
                self.report.faults.add(notice)
            self._notices.refuse(row, problems)
            if row.key is not None:
                self.spool.add_wrong([("clm", row.key, n)])
                self._rejected_keys += [row.key] if self.report.keeps_going else []
        for number, warning in writer.revision.take_warnings():
            self._notices.warn(None if number is None else rows.get(number) or self.spool.row(number), warning)
        outcomes = writer.outcomes.take()
        if self.tell is not None and not self.report.is_refused:
            self.spool.add_outcomes((n, encode(vars(replace(outcome, changes={})))) for n, outcome in outcomes.items())
        for n, outcome in outcomes.items():
            row = rows.get(n) or self.spool.row(n)
            self.report.did[outcome.action] += 1
            self.report.verifications.update(outcome.verifications)
            restored = ("retraction",) if outcome.action == "restored" else ()  # which was asked for
            lost = emptied(outcome.changes, is_of_group=self.files[row.file].is_grouped)
            self._emptied.update(name for name in lost if name not in restored)
            self._moved.update([tuple(outcome.changes["dataset"])] if "dataset" in outcome.changes else ())
            for warning in warnings_of(outcome):
                self._notices.warn(row, warning)
        self.report.verifications.update(writer.verified.take())

    def _lacks(self, row: Row, writer: Writer) -> list[Notice]:
        """Notices of what a row lacks as a claim, when its key is of none."""
        near_by = near(row.key, writer.revision.keys_beside("clm", row.key)) if row.key else ()
        return told_of_lacks(row.key, near_by, decode_notices(row.lacks or "[]"), decode(row.patch or "{}"))

    def _tell_emptied(self) -> None:
        """Tell how many claims lose which field: what a whole claim leaves out becomes null."""
        if self._emptied and not self.report.is_refused:
            self.report.warn(told_of_emptied(self._emptied), "emptied")

    def _tell_moved(self) -> None:
        """Tell how many claims go from one dataset to another."""
        for (old, new), number in self._moved.items() if not self.report.is_refused else ():
            if old and new:
                claims = "1 claim goes" if number == 1 else f"{number:,} claims go"
                self.report.warn(f"{claims} from the dataset {old} to {new}", "other-dataset")

    def _tell_not_compared(self, writer: Writer) -> None:
        """Warn where there were more earlier versions than an import looks at."""
        for looked_at_all, what, code in (
            (writer.outcomes.looked_at_all, "edited claims", "taken-back"),
            (writer.resolver.changes.looked_at_all, "edited records", "record-back"),
        ):
            if not looked_at_all:
                told = f"so many {what} were changed that only {MOST:,} earlier versions were compared with them"
                self.report.warn(told, code)

    def _tell_changes(self, writer: Writer) -> None:
        """Tell of each change by what is stored before and after it: later rows change what earlier ones have made."""
        if self.tell is not None and not self.report.is_refused:
            for n, outcome in changes_of(writer, self.spool):
                self.tell("" if n is None else self._notices.place(self.spool.row(n)), outcome)
