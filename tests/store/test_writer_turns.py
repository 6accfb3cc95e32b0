"""Writers take turns: who waits is told whom for, and an import that waits loses nothing of its work."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from threading import current_thread
from typing import Any

import pytest
from filelock import FileLock

from app.errors import Busy, NotReady
from app.store.database.engine import Database
from app.store.database.writer_turn import Note, Patience
from tests.importing import import_paths
from tests.store.stored import write_files
from tests.waiting import PATIENCE

ONE = "source: {title: T}\nclaims: [{key: one, quote: a}]\n"
HOLDER = r"onrecord import \(process [0-9]+\), which has been writing since [0-9]{4}-.* UTC"


def other(database: Database, **options: Any) -> Database:
    return Database(database.url.render_as_string(hide_password=False), **options)


def test_an_import_waits_its_turn_and_is_told_whom_for(database: Database, tmp_path: Path) -> None:
    writing = other(database, application="onrecord import")
    told: Queue[str] = Queue()
    with ThreadPoolExecutor() as threads:
        with writing.write():
            paths = [write_files(tmp_path / "seeds", one=ONE)]
            report = threads.submit(import_paths, database, paths, wait=PATIENCE, waiting=told.put)
            assert re.fullmatch(HOLDER, told.get(timeout=PATIENCE))
            assert not report.done()
        assert report.result(timeout=PATIENCE).revision == 1
    writing.close()


def test_patience_that_ends_says_who_holds_the_lock(database: Database) -> None:
    writing = other(database, application="onrecord import")
    with writing.write():
        for patience in (Patience(0), Patience(0.05)):
            with pytest.raises(Busy, match=rf"the lock was held for {patience.seconds:g} s by {HOLDER}; try again"):
                database.write(patience=patience).__enter__()
    with database.write():
        pass
    writing.close()


def test_threads_of_one_process_take_turns(database: Database) -> None:
    def write() -> None:
        with database.write(patience=Patience(PATIENCE)):
            pass

    with ThreadPoolExecutor(4) as threads:
        with database.write():
            with pytest.raises(Busy, match=r"by onrecord \(process [0-9]+\)"):
                threads.submit(database.write(patience=Patience(0.05)).__enter__).result()
            waiting = [threads.submit(write) for _ in range(4)]
        for one in waiting:
            one.result(timeout=PATIENCE)


def test_a_thread_that_waits_for_another_does_not_look_at_the_lock_file(
    new_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, looked, told = new_database("sqlite"), [], Queue[str]()
    acquire = FileLock.acquire

    def counted(self: FileLock, *given: Any, **named: Any) -> Any:
        looked.append(current_thread())
        return acquire(self, *given, **named)

    def write() -> None:
        with database.write(patience=Patience(PATIENCE, told.put)):
            pass

    monkeypatch.setattr(FileLock, "acquire", counted)
    with ThreadPoolExecutor(2) as threads:
        with database.write():
            waiting = [threads.submit(write) for _ in range(2)]
            for _ in waiting:
                told.get(timeout=PATIENCE)  # it has waited so long that it is told whom for
            assert looked == [current_thread()]
        for one in waiting:
            one.result(timeout=PATIENCE)
    assert len(looked) == 3


def test_a_lock_file_that_cannot_be_had_keeps_nobody_waiting_behind_it(
    new_database: Callable[[str], Database],
) -> None:
    database = new_database("sqlite")
    lock = Path(f"{database.file}.lock")
    lock.unlink(missing_ok=True)
    lock.mkdir()
    for _ in range(2):
        with pytest.raises(NotReady, match=r"the lock file .* cannot be written"):
            database.write(patience=Patience(0)).__enter__()
    lock.rmdir()
    with database.write(patience=Patience(0)):
        pass


def test_a_note_that_cannot_be_written_or_read_stops_nobody(tmp_path: Path) -> None:
    for path in (tmp_path / "none/a.writer", tmp_path):
        note = Note(path, "onrecord")
        with note.left():
            assert note.read() is None
    (tmp_path / "a.writer").write_text("{")
    assert Note(tmp_path / "a.writer", "onrecord").read() is None
