"""The process that carries out one import that was sent over HTTP: neither its memory nor its work is the server's.

It ends with its starter, which ends with the server, and when the import is cancelled. A transaction that is not
committed by then is none.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep, time
from typing import Final

import msgspec
from sqlalchemy import Connection, select

from app.errors import OnRecordError
from app.store.access.keys import require_valid
from app.store.database import tables
from app.store.database.engine import Database
from app.store.database.writer_turn import DRY_RUN
from app.store.imports.import_options import ImportOptions
from app.store.imports.importer import Report, import_paths
from app.store.imports.jobs.job import (
    BAD_ROWS,
    FILES,
    REJECTED,
    REPORT,
    STORING,
    Job,
    JobOutcome,
    JobProgress,
    State,
    lock_at,
)
from app.store.imports.jobs.job_folder import now
from app.store.imports.jobs.unpacking import Unpacked, unpack
from app.store.imports.planned_rows import Rows
from app.store.imports.readers.rejected import OF_RECORDS, OF_TABLES
from app.store.imports.report import RejectedFile, not_stored, write_json
from app.store.imports.watcher import Watcher

log = logging.getLogger("onrecord")

OFTEN: Final = 0.2  # seconds between two looks whether it is cancelled, and between two words of progress


class Order(msgspec.Struct, frozen=True):
    """The order of the server to the process: the job's folder, and how the database is opened."""

    place: str
    database: str
    lock_timeout: float
    pgbouncer: bool


class CancelledError(Exception):
    """The import was cancelled, or given up, before it was stored."""


def carry_out(order: Order) -> None:
    """Carry out the job that is named in an order."""
    job = Job(Path(order.place))
    threading.Thread(target=_end_when_cancelled, args=(job,), daemon=True).start()
    with lock_at(job.place / "process.lock"):
        application = "onrecord import" + (DRY_RUN if job.sent().options.dry_run else "")
        database = Database(
            order.database, lock_timeout=order.lock_timeout, application=application, pgbouncer=order.pgbouncer
        )
        try:
            _Work(job, database).run()
        finally:
            database.close()


def _end_when_cancelled(job: Job) -> None:
    while (outcome := job.outcome()) is None:
        sleep(OFTEN)
    if outcome.state in ("cancelled", "failed"):
        os._exit(1)


def _as_sent(rejected: RejectedFile) -> RejectedFile:
    """A file of rejected rows with its place as who has sent the rows would have it."""
    ending = OF_TABLES if rejected.place.endswith(OF_TABLES) else OF_RECORDS
    return rejected._replace(place=rejected.file + ending)


class _Work:
    """The work of one job."""

    def __init__(self, job: Job, database: Database) -> None:
        self._job = job
        self._sent = job.sent()
        self._database = database
        self._rows = Rows()
        self._told = 0.0
        self._stage = ("", 0.0)

    def run(self) -> None:
        """Carry it out, and say what became of it."""
        try:
            with self._rows:
                self._require_key()
                self._tell("checking", "checked", 0, None)
                self._end(self._import(unpack(self._job)))
        except CancelledError:
            pass
        except OnRecordError as error:
            self._fail(error.code, error.detail.replace(f"{self._job.place / FILES}/", ""))
        except Exception:
            log.exception("an error of ours, in the import %s", self._job.id)
            self._fail("internal", "this is a fault of the service; it is logged. Nothing is stored")
        finally:
            if self._job.is_decided and not self._is_storing():
                self._job.clear()

    def _require_key(self, connection: Connection | None = None) -> None:
        if connection is not None:
            require_valid(connection, self._sent.key_id, datetime.now(UTC))
            return
        with self._database.read() as reading:
            require_valid(reading, self._sent.key_id, datetime.now(UTC))

    def _import(self, unpacked: Unpacked) -> Report:
        watcher = Watcher(
            progress=self._progress,
            waiting=self._tell_waiting,
            tell=self._rows.take if self._sent.options.dry_run else None,
            decide=self._decide,
        )
        return import_paths(self._database, unpacked.paths, self._options(unpacked), watcher)

    def _options(self, unpacked: Unpacked) -> ImportOptions:
        return ImportOptions(
            **asdict(self._sent.options),
            texts=unpacked.texts,
            actor=self._sent.actor,
            rejected_to=lambda path: self._job.place / REJECTED / path.relative_to(unpacked.root),
            name_of=unpacked.names,
        )

    # Progress

    def _progress(self, what: str, done: int, every: int | None) -> None:
        state: State = "writing" if what == "prepared" else "checking"
        if self._stage[0] == state and monotonic() - self._told < OFTEN and done != every:
            return
        self._tell(state, what, done, every)

    def _tell_waiting(self, holder: str) -> None:
        self._tell("waiting", f"waiting for {holder}", 0, None)

    def _tell(self, state: State, what: str, done: int, every: int | None) -> None:
        self._told = monotonic()
        if self._stage[0] != state:
            self._stage = (state, time())
        self._job.tell(JobProgress(state=state, what=what, done=done, all=every, began=self._stage[1]))

    # The end

    def _decide(self, connection: Connection, report: Report) -> None:
        """The last step before all is kept: from here on it cannot be cancelled."""
        self._require_key(connection)
        self._write(report)
        number = report.revision
        stored = select(tables.Revision.recorded_at).where(tables.Revision.number == number)
        at = connection.execute(stored).scalar() if number is not None else None
        if not self._job.decide(JobOutcome(state=STORING, at=now(), revision=number, recorded_at=at)):
            raise CancelledError

    def _end(self, report: Report) -> None:
        self._write(report)  # with the warnings of what came after it was stored
        if report.is_refused:
            self._fail(BAD_ROWS, not_stored(report))
            return
        done = JobOutcome(state="done", at=now(), revision=report.revision)
        if not self._job.decide(done) and self._is_storing():
            self._job.settle(done)

    def _fail(self, code: str, detail: str) -> None:
        """Say that nothing is stored. The server looks up whether it was being stored, once this process has ended."""
        self._job.decide(JobOutcome(state="failed", at=now(), code=code, detail=detail))

    def _is_storing(self) -> bool:
        outcome = self._job.outcome()
        return outcome is not None and outcome.state == STORING

    def _write(self, report: Report) -> None:
        """Write the report. Raises BadImport where the disk is full."""
        report = replace(report, rejected_files=[_as_sent(one) for one in report.rejected_files])
        part = self._job.place / f"{REPORT}.part"
        with part.open("w", encoding="utf-8") as out:
            write_json(report, out, self._rows if report.dry_run and not report.is_refused else None)
        part.replace(self._job.place / REPORT)
