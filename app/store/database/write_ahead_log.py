"""SQLite's write-ahead log: when it is written back into the file, and by whom."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from threading import Lock
from typing import Final

from app.errors import Busy, NotReady
from app.store.database.connections import open_sqlite
from app.store.database.log_timer import LogTimer
from app.store.database.sqlite_file import PATIENCE, SqliteFile
from app.store.database.writer_turn import Patience

log = logging.getLogger("onrecord")

KEPT: Final = 1 << 22  # bytes of a log above which whoever has written, or read for long, cuts it at once


class WriteAheadLog:
    """The log of one file. A commit is safe there; each page that is read is looked for there first.

    A log is found by the name of its file, and SQLite takes it for that of any file of that name: so it is written back
    by a connection of its own, opened by the commit that made the log, which knows the file of before.
    """

    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self._own: sqlite3.Connection | None = None
        self._using = Lock()
        self._timer = LogTimer(self.cut)

    def after_commit(self) -> None:
        """Cut it now where it is long, else once nobody writes. The caller holds the file's lock."""
        self._open()
        if self._file.log_size > KEPT:
            self._checkpoint(PATIENCE)
        if self._file.log_size:
            self._timer.start()

    def after_reading(self) -> None:
        """Cut it where it is long: writes had to stay there for one that has read meanwhile."""
        if self._file.log_size > KEPT:
            self.cut()

    def cut(self, patience: float = 0) -> bool:
        """Write it back and cut it; False where somebody writes or reads it just now.

        patience: seconds for which those who read it are waited for.
        """
        if not self._file.log_size:
            return True
        try:
            with self._file.locked(Patience(0)):
                self._open()
                self._checkpoint(patience)
        except Busy:
            return False
        except NotReady:
            return True  # who may not write leaves it to others
        except sqlite3.Error as error:
            log.warning("SQLite's write-ahead log could not be written back: %s", error)
            return True
        return self._own is None or not self._file.log_size

    def leave(self) -> None:
        """Write it back into the file that was moved away. Raises NotReady where a log is left: it may be that file's,
        and would be taken for that of the file which stands there now.
        """
        self._checkpoint(PATIENCE)
        self._close()
        if self._file.log_size:
            raise NotReady(
                f"{self._file.path} was replaced while its write-ahead log was not written back: try again in a second;"
                f" if nobody writes, and the file there now is a whole database, remove {self._file.path}-wal"
            )

    def close(self) -> None:
        """Cut it, and leave it alone from now on."""
        self._timer.stop()
        self.cut(PATIENCE)
        self._close()

    def _open(self) -> None:
        with self._using:
            if self._own is None and self._file.is_same():
                self._own = open_sqlite(self._file.path)

    def _checkpoint(self, patience: float) -> None:
        with self._using:
            if self._own is not None:
                self._file.checkpoint(self._own, patience)

    def _close(self) -> None:
        with self._using:
            if self._own is not None:
                with closing(self._own):
                    self._own = None
