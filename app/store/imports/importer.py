"""Files → records → one revision, and the report of it.

Files are read and checked before the writer lock is taken, and what is right is kept on disk until it is written, so
that the size of an import is no matter of memory. By default all is stored or nothing: every problem of every row is
reported, with its file and line. An import that keeps going leaves wrong rows out; where the lock shows some that are,
all is rolled back and the rest stored anew, until none is: docs/decisions/0050-rejected-rows.md.
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Final

from app.errors import OnRecordError, Problem
from app.store.database.engine import Database
from app.store.database.garbage import collecting_rarely
from app.store.database.notices import Notice
from app.store.history.following import require_unfollowing
from app.store.history.moment import newest_revision
from app.store.history.revision import Revision
from app.store.imports.attempt import Attempt
from app.store.imports.checked_files import CheckedFiles
from app.store.imports.import_options import ImportOptions
from app.store.imports.merged_rows import store_merged
from app.store.imports.readers.file_paths import files_in, passed_over
from app.store.imports.readers.files import Reading
from app.store.imports.rejected_files import RejectedFiles
from app.store.imports.report import Report as Report
from app.store.imports.row_notices import RowNotices
from app.store.imports.staging import Spool
from app.store.imports.text_folder import TextFolder
from app.store.imports.watcher import Watcher
from app.store.write.newcomers import Newcomers
from app.store.write.writing import writing

BY_DEFAULT: Final = ImportOptions()
UNWATCHED: Final = Watcher()


def import_paths(
    database: Database,
    paths: list[Path],
    options: ImportOptions = BY_DEFAULT,
    watcher: Watcher = UNWATCHED,
    *,
    processes: int | None = None,
) -> Report:
    """Import files and folders of them as one revision.

    processes: how many check rows, one for each core by default. Raises BadImport for a path that is not there,
    Conflict where the database follows a server; Busy and NotReady as Database.write does; and what the options raise.
    """
    if options.only_first and _has_revision(database):
        return Report(options.dry_run, is_skipped=True)
    database.require_writes()
    with database.read() as snapshot:
        require_unfollowing(snapshot)
    with Spool() as spool, collecting_rarely():
        load = Load(spool, options, watcher)
        load.check(paths, processes)
        with RejectedFiles(spool, load.notices.files, options.rejected_to) as rejected:
            newcomers = load.store(database, rejected)
            rejected.keep()
        if newcomers is not None:
            _compare_speakers(database, load.notices, newcomers)
    return load.report


def _has_revision(database: Database) -> bool:
    with database.read() as connection:
        return newest_revision(connection) > 0


class _RollBackError(Exception):
    """Ends a transaction that is not to be kept."""


class Load:
    """One import: `check` reads the files, `store` writes what they hold."""

    def __init__(self, spool: Spool, options: ImportOptions, watcher: Watcher) -> None:
        self.report = Report(options.dry_run, keeps_going=options.keep_going)
        self.notices = RowNotices(spool, self.report)
        self._options = options
        self._watcher = watcher
        label = options.label()
        self.report.dataset = label and label.name
        self._texts = self._read_texts()
        self._unread = 0  # rows that are told by their files alone

    def _read_texts(self) -> TextFolder | None:
        return TextFolder(self._options.texts, self._options.name_of) if self._options.texts else None

    # Outside the lock

    def check(self, paths: list[Path], processes: int | None) -> None:
        """Read and check the files; what is right is spooled. Files in the folders that are not read are told."""
        options, report = self._options, self.report
        mapping = options.mapping
        reading = Reading(options.dialect(), report.faults, report.warnings, options.patch, name_of=options.name_of)
        reading.dataset, reading.mapping = report.dataset, mapping
        files = mapping.files_in(paths) if mapping else files_in(paths)
        CheckedFiles(self.notices, self._watcher.progress).check(files, reading, processes)
        self._unread = reading.refused
        report.keeps_going &= not reading.is_misread
        self._require_number(options.expect_claims)
        self._tell_passed_over([] if mapping else paths, files, reading)

    def _require_number(self, expected: int | None) -> None:
        """Report another number of claims than was expected; rows that are skipped are none."""
        read, skipped = self.report.read - self.report.skipped, self.report.skipped
        if expected is not None and read != expected:
            self.report.keeps_going = False
            rows = "1 row was" if skipped == 1 else f"{skipped:,} rows were"
            told = f"{read:,} claims were read" + (f" ({rows} skipped)" if skipped else "")
            problem = Problem((), "unexpected-number", f"{told}; {expected:,} were expected")
            self.report.faults.add(Notice("", 0, problem))

    def _tell_passed_over(self, paths: list[Path], files: list[Path], reading: Reading) -> None:
        """Warn of files in the folders that are not read. files: those that are read as records."""
        read = {path.resolve() for path in (*reading.texts, *files)}
        if self._texts is not None:
            read |= self._texts.files
        told = dict(passed_over(paths, read))
        if self._texts is not None:
            told |= self._texts.passed_over({*read, *(path.resolve() for path in told)})
        for path, reason in told.items():
            self.report.warnings.add(Notice(reading.name_of(path), 0, Problem((), "passed-over", reason)))

    # Under the lock

    def store(self, database: Database, rejected: RejectedFiles) -> Newcomers | None:
        """Store what is right, in as many attempts as it takes to know which rows are wrong. Gives the new speakers,
        unless all is refused.
        """
        texts, warnings = self._texts, len(self.report.warnings)
        while True:
            self.report.forget_attempt(warnings)
            attempt = Attempt(self.notices, self._options, self._watcher, texts, self._unread)
            if self.report.keeps_going and not self.report.dry_run:
                self.report.rejected_files = rejected.write()
            self._carry_out(attempt, database, rejected)
            if not attempt.is_to_be_repeated:
                return attempt.newcomers
            texts = self._read_texts()

    def _carry_out(self, attempt: Attempt, database: Database, rejected: RejectedFiles) -> None:
        options, report = self._options, self.report
        try:
            patience = options.patience(self._watcher.waiting)
            with writing(database, warn=report.warn, patience=patience) as connection:
                if options.only_first and newest_revision(connection):
                    report.is_skipped = True
                    raise _RollBackError
                attempt.store(Revision(connection, actor=options.actor, comment=options.comment, at=options.at))
                if attempt.is_right:
                    store_merged(connection, self.notices, options)
                if not attempt.is_to_be_kept:
                    raise _RollBackError
                rejected.keep()
                if self._watcher.decide is not None:
                    self._watcher.decide(connection, report)
        except _RollBackError:
            pass


def _compare_speakers(database: Database, notices: RowNotices, new: Newcomers) -> None:
    """Warn of new speakers that may be one with others, of names that fit several, and of former names."""
    report, stored = notices.report, notices.report.revision is not None
    try:
        with database.read_through() as connection:
            each = (new.alike, new.sharing, new.same_named, new.renamed)
            for n, problem in chain.from_iterable(tell(connection, stored=stored) for tell in each):
                notices.warn(None if n is None else notices.spool.row(n), problem)
    except OnRecordError as error:  # all is stored
        report.warn(f"new speakers were not compared with others: {error.detail}")
    except KeyboardInterrupt:
        if report.revision is None:
            raise
        report.warn("new speakers were not compared with others: interrupted")
