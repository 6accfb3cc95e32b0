"""SQLite's write-ahead log: when it is written back into the file, and by whom."""

from __future__ import annotations

import logging
import sqlite3
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from app.errors import Busy, NotReady
from app.store.database.connections import sqlite_driver
from app.store.database.log_timer import LogTimer
from app.store.database.sqlite_file import SqliteFile
from app.store.database.writer_turn import Patience

log = logging.getLogger("onrecord")

KEPT: Final = 1 << 22  # bytes of a log above which whoever has written, or read for long, cuts it at once


class WriteAheadLog:
    """The log of one file. A commit is safe there; each page that is read is looked for there first."""

    def __init__(self, file: SqliteFile, engine: Engine) -> None:
        self._file = file
        self._engine = engine
        self._timer = LogTimer(self.cut)

    def after_commit(self, connection: Connection) -> None:
        """Cut it now where it is long, else once nobody writes. The caller holds the lock."""
        if self._file.log_size > KEPT:
            self._file.checkpoint(sqlite_driver(connection))
        else:
            self._timer.start()

    def after_reading(self) -> None:
        """Cut it where it is long: writes had to stay there for one that has read meanwhile."""
        if self._file.log_size > KEPT:
            self.cut()

    def close(self) -> None:
        """Cut it, and leave it alone from now on."""
        self._timer.stop()
        self.cut()

    def cut(self) -> bool:
        """Write it back and cut it, as far as readers let it; False where somebody writes just now."""
        if not self._file.log_size or not self._file.path.exists():
            return True
        try:
            with self._file.locked(Patience(0)), self._engine.connect() as connection:
                self._file.checkpoint(sqlite_driver(connection))
        except (Busy, NoConnection):
            return False
        except NotReady:
            pass  # who may not write leaves it to others
        except (DBAPIError, sqlite3.Error) as error:
            log.warning("SQLite's write-ahead log could not be written back: %s", error)
        return True
