"""The imports that this server has taken: each waits for its turn, and is carried out by a process of its own."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

import msgspec
from filelock import FileLock

import app
from app.store.imports.jobs.job import Job, Outcome
from app.store.imports.jobs.job_folder import STOPPED, JobFolder, Upload, now
from app.store.imports.jobs.process import Order

log = logging.getLogger("onrecord")

OFTEN: Final = 0.1  # seconds between two looks whether it is a job's turn
PATIENCE: Final = 5.0  # seconds that a server that ends gives to an import that is stored at this moment
ENDED: Final = "the process that carried out the import ended from outside; nothing is stored: send it again"
# Semaphores of the processes that check rows are left behind when an import is ended at once. Python's tracker of
# resources, which inherits these options, clears them away, and would warn of them in the server's log.
QUIET: Final = ("-W", "ignore:resource_tracker:UserWarning")
PROGRAM: Final = """
import sys
sys.path.append(sys.argv[1])
from app.store.database.garbage import collect_rarely
collect_rarely()  # before modules are loaded
from app.store.imports.jobs.process import main
main()
"""


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
            job.decide(Outcome(state="failed", at=now(), code="stopped", detail=STOPPED))
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
        order = Order(os.getpid(), str(job.place.resolve()), opening.url, opening.lock_timeout, opening.pgbouncer)
        root = Path(app.__file__ or "").parent.parent
        # Its standard input ends with this process, and it with that; it is no part of the terminal's group, whose
        # interrupts are for the server.
        command = [sys.executable, "-P", *QUIET, "-c", PROGRAM, str(root)]
        with subprocess.Popen(  # noqa: S603  # ourselves
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        ) as process:
            assert process.stdin is not None  # noqa: S101  # narrows the type
            process.stdin.write(msgspec.json.encode(order) + b"\n")
            process.stdin.flush()
            process.wait()
