"""The imports of one database that were sent over HTTP: a folder that all processes of a machine share.

Nothing of it is in the database, whose lock an import holds while it tells how far it is.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Final

from filelock import FileLock
from sqlalchemy import select

from app.errors import BadRequest, Busy, ImportEnded, NotFound, NotReady, TooManyImports
from app.store.access.idempotent_answers import HEADER
from app.store.access.idempotent_answers import KEPT as REPEATABLE
from app.store.database import tables
from app.store.database.engine import UNKNOWN, Database
from app.store.database.times import stored_time
from app.store.database.writer_turn import Patience
from app.store.imports.jobs.job import BODY, FAILED_BY_US, STORING, Job, JobOutcome, Sent, is_held, lock_at

MOST_OPEN: Final = 20  # imports that wait or are under way
KEPT: Final = timedelta(days=7)  # how long what is said of an import that ended stays
A_CLAIM: Final = 350e-6  # seconds under the lock, where none is measured yet (DESIGN, 7)
AT_THE_END: Final = 2.0  # seconds from the last claim to the end, about
LOOK: Final = 5.0  # seconds to wait for the lock that a server of PostgreSQL has of a process that was killed
STOPPED: Final = "the server was stopped before the import was done; nothing is stored: send it again"


class Upload:
    """A body that a client sends, on its way to the disk. body: the file. It is gone where it is not accepted."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.size = 0
        self.lock = lock_at(place / "server.lock")
        self.lock.acquire(timeout=0)
        self._digest = hashlib.sha256()
        self.body = place / BODY
        self._body = self.body.open("xb")

    def write(self, data: bytes) -> None:
        """Take some more. Raises NotReady where the disk is full."""
        self.size += len(data)
        self._digest.update(data)
        try:
            self._body.write(data)
        except OSError as error:
            raise NotReady(f"{self.place} cannot be written: {error.strerror}") from error

    def end(self) -> str:
        """All is here; gives its SHA-256."""
        try:
            self._body.close()
        except OSError as error:
            raise NotReady(f"{self.place} cannot be written: {error.strerror}") from error
        return self._digest.hexdigest()

    def discard(self) -> None:
        """Leave nothing of it."""
        with suppress(OSError):
            self._body.close()
        shutil.rmtree(self.place, ignore_errors=True)
        self.lock.release()


class JobFolder:
    """All imports. place: the folder, which is made."""

    def __init__(self, place: Path, database: Database) -> None:
        self.place = place
        self._database = database

    def begin(self) -> Upload:
        """Begin to take what a client sends. Raises NotReady where the folder cannot be written."""
        try:
            with self._locked():
                place = self.place / f"up_{secrets.token_hex(8)}"
                place.mkdir(mode=0o700)
                return Upload(place)
        except OSError as error:
            raise NotReady(f"the folder for imports, {self.place}, cannot be written: {error.strerror}") from error

    def accept(self, upload: Upload, sent_as: Callable[[str], Sent]) -> tuple[Job, bool]:
        """Make a job of what was sent, or find the one that the same was made into before; and whether it is new. One
        that failed, and not for what was sent, is carried out anew.

        sent_as: gives what is kept of it by its id. Raises BadRequest where its Idempotency-Key was given to something
        else, and TooManyImports.
        """
        with self._locked():
            number = self._next_number()
            sent = sent_as(f"imp_{number}")
            if (first := self._sent_before(sent)) is not None:
                return first, False
            if sum(not self._is_over(job) for job in self.jobs()) >= MOST_OPEN:
                raise TooManyImports(f"{MOST_OPEN} imports wait, as many as may; try again when some are done")
            Job(upload.place).keep(sent)
            (self.place / "last").write_text(str(number))
            return Job(upload.place.rename(self.place / sent.id)), True

    def _next_number(self) -> int:
        try:
            last = int((self.place / "last").read_text())
        except (FileNotFoundError, ValueError):
            last = 0
        return 1 + max((last, *(job.number for job in self.jobs())))

    def _sent_before(self, sent: Sent) -> Job | None:
        if sent.repeatable is None:
            return None
        since = stored_time(datetime.now(UTC) - REPEATABLE)
        for job in self.jobs():
            other = job.sent()
            if (other.key_id, other.repeatable) != (sent.key_id, sent.repeatable) or other.created_at < since:
                continue
            if other.digest != sent.digest:
                told = f"another import, {job.id}, was sent with this key within a day; take a new key for each request"
                raise BadRequest.of(HEADER, "idempotency-mismatch", told, "header")
            if not self._is_failed_by_us(job):
                return job
        return None

    def _is_failed_by_us(self, job: Job) -> bool:
        outcome = job.outcome() if self._is_over(job) else None
        return outcome is not None and outcome.state == "failed" and outcome.code in FAILED_BY_US

    def jobs(self) -> list[Job]:
        """All of them, in the order in which they came."""
        found = [Job(place) for place in self.place.glob("imp_*") if place.name[4:].isdecimal()]
        return sorted(found, key=lambda job: job.number)

    def find(self, job_id: str) -> Job:
        """The job with an id, whose state is right: of one whose server has gone it is that. Raises NotFound."""
        for job in self.jobs():
            if job.id == job_id:
                self._is_over(job)
                return job
        raise NotFound(f"there is no import {job_id:.40}; they are deleted {KEPT.days} days after their end")

    def latest(self, number: int) -> list[Job]:
        """So many jobs at most, the newest first; the state of each is right, as of `find`."""
        found = self.jobs()[: -number - 1 : -1]
        for job in found:
            self._is_over(job)
        return found

    def cancel(self, job: Job, key: str) -> None:
        """Cancel a job: nothing of it will be stored. key: the name of that which it is cancelled with. Raises
        ImportEnded where it is over, or about to be stored.
        """
        told = f"the import was cancelled with the key {key}; nothing is stored"
        if job.decide(JobOutcome(state="cancelled", at=now(), code="cancelled", detail=told)):
            return
        outcome = job.outcome()
        state = outcome.state if outcome else STORING
        if state != "cancelled":
            what = "is stored at this moment" if state == STORING else f"is {state}"
            raise ImportEnded(f"the import {job.id} {what}, and cannot be cancelled")

    def is_turn_of(self, job: Job) -> bool:
        """Whether all that came before a job are over."""
        return all(self._is_over(other) for other in self.jobs() if other.number < job.number)

    def _is_over(self, job: Job) -> bool:
        """Whether a job has an outcome; one whose server has gone gets it now."""
        outcome = job.outcome()
        if outcome is not None and outcome.state != STORING:
            return True
        if job.is_alive():
            return outcome is not None
        self.settle(job)
        return True

    def settle(self, job: Job, why: str = STOPPED) -> None:
        """Say what became of a job that nobody works at any more. why: it has no outcome of its own."""
        if job.decide(JobOutcome(state="failed", at=now(), code="stopped", detail=why)):
            job.clear()
            return
        outcome = job.outcome()
        if outcome is not None and outcome.state == STORING:
            outcome = self._looked_up(outcome)
            if outcome is None:
                return
            job.settle(outcome)
        job.clear()

    def _looked_up(self, outcome: JobOutcome) -> JobOutcome | None:
        """The outcome of a job that was about to be stored when its process ended; None where it cannot be seen."""
        of_it = select(tables.Revision.recorded_at).where(tables.Revision.number == outcome.revision)
        try:
            with self._database.write(patience=Patience(LOOK)) as connection:  # so that nothing is about to be stored
                is_stored = connection.execute(of_it).scalar() == outcome.recorded_at
        except (Busy, NotReady):
            return None
        if outcome.revision is not None and is_stored:
            return JobOutcome(state="done", at=now(), revision=outcome.revision)
        return JobOutcome(
            state="failed", at=now(), code="stopped", detail=UNKNOWN if outcome.revision is None else STOPPED
        )

    def sweep(self, kept: timedelta = KEPT) -> list[str]:
        """Delete what servers that are gone have left, and what ended so long ago; the ids of the rest."""
        if not self.place.exists():
            return []
        with self._locked():
            for place in self.place.glob("up_*"):
                if not is_held(place / "server.lock"):
                    shutil.rmtree(place, ignore_errors=True)
            ended = stored_time(datetime.now(UTC) - kept)
            for job in self.jobs():
                outcome = job.outcome() if self._is_over(job) else None
                if outcome is None or outcome.state == STORING or job.is_alive():
                    continue
                job.clear()  # its server may have gone between its end and this
                if outcome.at <= ended:
                    shutil.rmtree(job.place, ignore_errors=True)
            return [job.id for job in self.jobs()]

    def seconds_left(self) -> int | None:
        """How long the lock will be held by an import that writes now, about; None where there is none."""
        for job in reversed(self.jobs()):
            if job.is_decided:
                continue
            progress = job.progress()
            if progress is not None and progress.state == "writing":
                took, left = time() - progress.began, (progress.all or 0) - progress.done
                each = took / progress.done if progress.done else A_CLAIM
                return 1 + int(each * left + AT_THE_END)
        return None

    def _locked(self) -> FileLock:
        self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid") and self.place.stat().st_uid != os.getuid():  # made by another, who could read it
            raise NotReady(
                f"the folder for imports, {self.place}, belongs to another user; name one in ONRECORD_IMPORTS"
            )
        return lock_at(self.place / "lock")


def now() -> str:
    """The time, as it is stored."""
    return stored_time(datetime.now(UTC))
