"""The file of an SQLite database: whether it is still the same one, its lock, and its write-ahead log."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from time import monotonic

from filelock import FileLock, Timeout

from app.errors import NotReady
from app.store.database.failures import MIGRATE
from app.store.database.writer_turn import Note, Patience, take_turn

AGAIN = 0.01  # seconds after which a lock file is looked at again, where another process has it
PATIENCE = 0.2  # seconds that a checkpoint waits for readers of the log, of which each page is one

Sign = tuple[int, int, int, int, int]


class SqliteFile:
    """One file. lock_timeout: seconds that a writer waits for another before Busy. application: the program's name, for
    writers that wait for this one.

    replaced: told that another database stands there by now, so that nothing that is held of the old one is right, and
    whether it is another file, too.
    """

    def __init__(self, path: Path, lock_timeout: float, replaced: Callable[[bool], None], application: str) -> None:
        self.path = path
        self.lock_timeout = lock_timeout
        self._replaced = replaced
        self._application = application
        self._note = Note(Path(f"{path}.writer"), application)
        # Threads of this process queue on a lock of their own: who waits for that is woken, who waits for a lock file
        # looks at it again and again.
        self._here = Lock()
        self._lock = FileLock(f"{path}.lock", thread_local=False)
        self._sign: Sign | None = None
        self._is_changing = False  # by a checkpoint of this process
        self._changes = 0  # of these, so many

    def look(self) -> None:
        """Raise NotReady without the file. Where it was changed, begin anew.

        Connections do not see it where a file is overwritten in place: in the write-ahead log's mode they look for
        changes in the log alone. Only checkpoints change the file itself: those of this process are known, those of
        another are taken for another database, which costs new connections and nothing else.
        """
        if self._is_changing:
            return
        changes, found = self._changes, self._look()
        if found is None:
            raise NotReady(f"there is no database file {self.path}: {MIGRATE}")
        if found != self._sign and not self._is_changing and changes == self._changes:
            if self._sign is not None:
                self._replaced(found[:2] != self._sign[:2])
            self._sign = found

    def is_same(self) -> bool:
        """Whether the file that was seen last, if any was, still stands there."""
        found, seen = self._look(), self._sign
        return found is not None and (seen is None or found[:2] == seen[:2])

    def _look(self) -> Sign | None:
        try:
            found = os.stat(self.path)  # noqa: PTH116  # names may be too long for Path
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    @contextmanager
    def locked(self, patience: Patience | None = None) -> Iterator[None]:
        """Hold the lock file beside the database. Raises Busy.

        Writers and checkpoints hold it, in every process: below SQLite 3.51.3 two at a time can damage the file.
        """
        try:
            take_turn(self._acquire, self._note.read, patience or Patience(self.lock_timeout), self._application)
        except OSError as error:
            raise NotReady(f"the lock file {self._lock.lock_file} cannot be written: {error.strerror}") from error
        try:
            with self._note.left():
                yield
        finally:
            try:
                self._lock.release()
            finally:
                self._here.release()

    def _acquire(self, seconds: float) -> bool:
        """Wait for the lock file so many seconds, behind the other threads of this process."""
        until = monotonic() + seconds
        if not self._here.acquire(timeout=seconds):
            return False
        is_ours = False
        try:
            self._lock.acquire(timeout=max(0.0, until - monotonic()), poll_interval=AGAIN)
            is_ours = True
        except Timeout:
            pass
        finally:
            if not is_ours:
                self._here.release()
        return is_ours

    def checkpoint(self, connection: sqlite3.Connection, patience: float = PATIENCE) -> None:
        """Write the log back into the file and cut it off, as far as readers let it. The caller holds the lock.

        patience: seconds for which readers of the log are waited for.
        """
        is_known = self._sign in (None, self._look())
        self._is_changing = True
        try:
            (waited,) = connection.execute("PRAGMA busy_timeout").fetchone()
            connection.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
            try:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.execute(f"PRAGMA busy_timeout = {waited}")
            if is_known:
                self._sign = self._look()
        finally:
            self._changes += 1
            self._is_changing = False

    @property
    def log_size(self) -> int:
        """Bytes of the write-ahead log."""
        try:
            return os.stat(f"{self.path}-wal").st_size  # noqa: PTH116  # as above
        except OSError:
            return 0
