"""One import that was sent over HTTP, as it is kept in files of its own folder.

`sent.json` says what was sent, and never changes. `progress.json` says how far it is. `outcome.json` decides what
becomes of it: whoever makes that file first does, be it the import that is about to store all, or whoever cancels it.
So nothing is stored once somebody was told that it is cancelled.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypeVar

import msgspec
from filelock import FileLock, Timeout

from app.store.imports.import_options import SentOptions

State: TypeAlias = Literal["waiting", "checking", "writing", "done", "failed", "cancelled"]
S = TypeVar("S", bound=msgspec.Struct)

STORING: Final = "storing"  # state of an outcome: it is about to be kept, and can be cancelled no more
BODY: Final = "body"  # name of the file with what was sent
FILES: Final = "files"  # folder with what is read: the body, or what was packed in it
BAD_ROWS: Final = "bad-rows"  # code of an import that failed for what its files hold
# Codes of imports that failed, and not for what was sent: the server ended, or erred; the database was away, or held.
FAILED_BY_US: Final = ("stopped", "internal", "not-ready", "busy")
REPORT: Final = "report.json"
REJECTED: Final = "rejected"  # folder with the files of rejected rows, as FILES has those that they are of


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """An import as it was sent. name: of the file, as its sender calls it. form: the suffixes that tell how the body is
    read: `.csv.gz`. texts: the folder of an archive that has texts of sources. actor, key_id: whose key it was.
    created_at: UTC. repeatable: the Idempotency-Key, with a digest of all that was sent.
    """

    id: str
    name: str
    form: str
    actor: str
    key_id: int
    created_at: str
    options: SentOptions
    texts: str | None = None
    repeatable: str | None = None
    digest: str = ""


class JobProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an import is. what: checked or prepared (to be stored, all at once). began: when it began with that
    (seconds since 1970).
    """

    state: State
    what: str
    done: int
    all: int | None
    began: float


class JobOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """How an import ended. state: as of jobs, or STORING. revision, recorded_at: what is stored, or about to be.
    code, detail: why nothing is.
    """

    state: str
    at: str
    revision: int | None = None
    recorded_at: str | None = None
    code: str | None = None
    detail: str | None = None


class Job:
    """The folder of one import. Its name is the id."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.id = place.name

    @property
    def number(self) -> int:
        """Its place among the others: they take turns by it."""
        return int(self.id.partition("_")[2])

    def sent(self) -> Sent:
        """The import as it was sent. Raises FileNotFoundError where the job is deleted."""
        return msgspec.json.decode((self.place / "sent.json").read_bytes(), type=Sent)

    def progress(self) -> JobProgress | None:
        """How far it is; None while it waits for its turn."""
        return self._read("progress.json", JobProgress)

    def outcome(self) -> JobOutcome | None:
        """How it ended, or STORING; None before."""
        return self._read("outcome.json", JobOutcome)

    @property
    def is_decided(self) -> bool:
        """Whether there is an outcome."""
        return (self.place / "outcome.json").exists()

    def tell(self, progress: JobProgress) -> None:
        """Say how far it is."""
        self._replace("progress.json", progress)

    def keep(self, sent: Sent) -> None:
        """Keep what was sent."""
        self._replace("sent.json", sent)

    def decide(self, outcome: JobOutcome) -> bool:
        """Decide what becomes of it; False where that was decided before."""
        part = self._part(outcome)
        try:
            os.link(part, self.place / "outcome.json")  # which fails where it is there
        except (FileExistsError, FileNotFoundError):  # or the part is cleared away, by whoever has decided
            return False
        finally:
            part.unlink(missing_ok=True)
        return True

    def settle(self, outcome: JobOutcome) -> None:
        """Say what became of it, for whoever has decided that it is stored."""
        self._replace("outcome.json", outcome)

    def is_alive(self) -> bool:
        """Whether the server that took it, or the process that works at it, is there."""
        return is_held(self.place / "server.lock") or is_held(self.place / "process.lock")

    def clear(self) -> None:
        """Delete what was sent, once it is of no use any more."""
        with suppress(FileNotFoundError):
            (self.place / BODY).unlink()
        shutil.rmtree(self.place / FILES, ignore_errors=True)
        for part in self.place.glob("*.part"):
            part.unlink(missing_ok=True)

    def _read(self, name: str, kind: type[S]) -> S | None:
        try:
            return msgspec.json.decode((self.place / name).read_bytes(), type=kind)
        except FileNotFoundError:
            return None

    def _replace(self, name: str, value: msgspec.Struct) -> None:
        self._part(value).replace(self.place / name)

    def _part(self, value: msgspec.Struct) -> Path:
        part = self.place / f"{secrets.token_hex(8)}.part"
        part.write_bytes(msgspec.json.encode(value))
        return part


def lock_at(path: Path) -> FileLock:
    """A lock that is given back when its process ends, however that does."""
    return FileLock(path, thread_local=False)


def is_held(path: Path) -> bool:
    """Whether somebody holds a lock."""
    if not path.exists():
        return False
    lock = lock_at(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except FileNotFoundError:
        return False
    lock.release()
    return False
