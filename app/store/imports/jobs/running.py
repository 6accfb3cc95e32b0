"""The imports that this server has taken: each waits for its turn, and is carried out by a process of its own."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from time import monotonic
from typing import Final

from filelock import FileLock

from app.store.imports.jobs.job import Job, JobOutcome
from app.store.imports.jobs.job_folder import STOPPED, JobFolder, Upload, now
from app.store.imports.jobs.process import Order
from app.store.imports.jobs.starter import Starters

log = logging.getLogger("onrecord")

OFTEN: Final = 0.1  # seconds between two looks whether it is a job's turn
PATIENCE: Final = 5.0  # seconds that a server that ends gives to an import that is stored at this moment
ENDED: Final = "the process that carried out the import ended from outside; nothing is stored: send it again"
STARTERS: Final = Starters()  # of this process, whichever server in it asks


@dataclass(frozen=True)
class Opening:
    """How a process opens the database. url: with its password."""

    url: str
    lock_timeout: float
    pgbouncer: bool = False


class Running:
    """The jobs of one server. folder: where they are kept."""

    def __init__(self, folder: JobFolder, opening: Opening) -> None:
        self.folder = folder
        self._opening = opening
        self._closing = threading.Event()
        self._threads: dict[threading.Thread, Job] = {}

    def start(self, job: Job, upload: Upload) -> None:
        """Carry out a job, when its turn comes. upload: whose lock says that this server is there."""
        thread = threading.Thread(target=self._run, args=(job, upload.lock), name=job.id, daemon=True)
        self._threads[thread] = job
        thread.start()

    def close(self) -> None:
        """End: what is not stored yet never will be."""
        self._closing.set()
        for job in list(self._threads.values()):
            job.decide(JobOutcome(state="failed", at=now(), code="stopped", detail=STOPPED))
        ends = monotonic() + PATIENCE
        for thread in list(self._threads):
            thread.join(max(0.0, ends - monotonic()))

    def _run(self, job: Job, lock: FileLock) -> None:
        why = ENDED
        try:
            if self._is_its_turn(job):
                self._carry_out(job)
        except Exception:
            log.exception("the import %s could not be carried out", job.id)
            why = "the import could not be carried out: this is a fault of the service; it is logged"
        finally:
            lock.release()
            self.folder.settle(job, why)
            self._threads.pop(threading.current_thread(), None)
            self.folder.sweep()

    def _is_its_turn(self, job: Job) -> bool:
        """Wait for it; False where the job is over before."""
        while not self.folder.is_turn_of(job):
            if job.is_decided or self._closing.wait(OFTEN):
                return False
        return not job.is_decided

    def _carry_out(self, job: Job) -> None:
        opening = self._opening
        STARTERS.carry_out(Order(str(job.place.resolve()), opening.url, opening.lock_timeout, opening.pgbouncer))
