"""SQLite's write-ahead log is written back when nobody waits for it, and what is only there is not lost."""

from __future__ import annotations

import resource
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Connection, text

from app.store.access.keys import make_key
from app.store.database.engine import Database
from app.store.database.log_timer import LogTimer
from app.store.database.write_ahead_log import WriteAheadLog
from tests.api.keyed import bearer
from tests.importing import import_paths
from tests.local_http import post
from tests.server_process import server_process
from tests.store.contents import contents
from tests.store.stored import rows
from tests.store.test_full_disk import claims, log_of
from tests.waiting import comes_true

NEVER = 3600.0


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets for how many seconds nobody is to have written."""
    return lambda seconds: monkeypatch.setattr("app.store.database.log_timer.QUIET", seconds)


def write_rows(folder: Path, number: int = 1) -> Path:
    file = folder / f"{number}.ndjson"
    file.write_text(claims(number, "words " * 20))
    return file


def test_a_write_waits_for_the_log_alone_and_the_end_writes_it_back(
    new_database: Callable[[str], Database], tmp_path: Path, quiet: Callable[[float], None]
) -> None:
    quiet(NEVER)
    database = new_database("sqlite")
    assert database.file
    for number in (1, 2):
        import_paths(database, [write_rows(tmp_path, number)])
        assert log_of(database) > 0
    shutil.copyfile(database.file, tmp_path / "alone.db")
    with closing(sqlite3.connect(tmp_path / "alone.db")) as alone:
        assert alone.execute("SELECT count(*) FROM claims").fetchone() == (0,)
    database.close()
    assert log_of(database) == 0
    assert rows(database, "SELECT count(*) FROM claims") == [(2,)]


def test_the_log_is_written_back_when_nobody_has_written_for_a_while(
    new_database: Callable[[str], Database], tmp_path: Path, quiet: Callable[[float], None]
) -> None:
    quiet(0.0)
    database = new_database("sqlite")
    for number in (1, 2):  # as often as there is something to write back
        import_paths(database, [write_rows(tmp_path, number)])
        assert comes_true(lambda: log_of(database) == 0)
    assert rows(database, "SELECT count(*) FROM claims") == [(2,)]


def test_what_somebody_was_in_the_way_of_is_tried_again(quiet: Callable[[float], None]) -> None:
    quiet(0.0)
    answers = [True, False, False]
    timer = LogTimer(lambda: answers.pop())
    timer.start()
    assert comes_true(lambda: not answers)
    timer.stop()


@pytest.mark.parametrize("reads", [Database.read, Database.read_through])
def test_a_log_that_is_read_is_written_back_when_it_is_read_no_more(
    new_database: Callable[[str], Database],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    quiet: Callable[[float], None],
    reads: Callable[[Database], AbstractContextManager[Connection]],
) -> None:
    quiet(0.01)
    tried: list[bool] = []
    cut = WriteAheadLog.cut

    def try_it(log: WriteAheadLog, patience: float = 0) -> bool:
        tried.append(cut(log, patience))
        return tried[-1]

    monkeypatch.setattr(WriteAheadLog, "cut", try_it)
    database = new_database("sqlite")
    with reads(database) as connection:
        assert connection.execute(text("SELECT count(*) FROM claims")).scalar_one() == 0
        import_paths(database, [write_rows(tmp_path)])
        assert comes_true(lambda: len(tried) > 2)
        assert log_of(database) > 0
        assert not any(tried)
    assert comes_true(lambda: log_of(database) == 0)


def test_without_a_thread_the_next_write_or_the_end_writes_it_back(
    new_database: Callable[[str], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    database = new_database("sqlite")
    monkeypatch.setattr("app.store.database.log_timer.Thread.start", start)
    report = import_paths(database, [write_rows(tmp_path)], processes=1)
    assert (report.revision, list(report.warnings)) == (1, [])
    assert log_of(database) > 0
    database.close()
    assert log_of(database) == 0


def test_a_timer_that_was_stopped_begins_anew(quiet: Callable[[float], None]) -> None:
    calls: list[bool] = []
    timer = LogTimer(lambda: bool(calls.append(True) or True))  # type: ignore[func-returns-value]  # for its effect
    quiet(NEVER)
    timer.start()
    timer.stop()
    assert not calls
    quiet(0.0)
    timer.start()
    assert comes_true(lambda: bool(calls))
    timer.stop()


def test_a_disk_that_is_full_when_the_log_is_written_back_is_a_warning(
    new_database: Callable[[str], Database],
    tmp_path: Path,
    quiet: Callable[[float], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    quiet(0.0)
    database = new_database("sqlite")
    assert database.file
    database.close()
    with closing(sqlite3.connect(database.file)) as connection:
        connection.execute("VACUUM")  # no room is left over within the file
    file, (soft, hard) = write_rows(tmp_path, 40), resource.getrlimit(resource.RLIMIT_FSIZE)
    # Files may be as large as the database is: its log fits, and what is written back from it does not.
    resource.setrlimit(resource.RLIMIT_FSIZE, (database.file.stat().st_size, hard))
    try:
        assert import_paths(database, [file], processes=1).revision == 1
        assert comes_true(lambda: "SQLite's write-ahead log could not be written back: " in caplog.text)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert rows(database, "SELECT count(*) FROM claims") == [(40,)]
    database.close()
    assert log_of(database) == 0


def test_what_a_killed_server_had_only_in_its_log_is_there_for_who_opens_the_file_next(
    new_database: Callable[[str], Database], tmp_path: Path
) -> None:
    database = new_database("sqlite")
    assert database.file
    key = bearer(make_key(database, "desk", ["write"]).secret)
    database.close()
    left, alone = tmp_path / "left.db", tmp_path / "alone.db"
    with closing(sqlite3.connect(database.file)) as reader:  # whoever reads what was before is in the way of the rest
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM claims").fetchone() == (0,)
        with server_process(str(database.url), tmp_path) as server:
            for n in range(3):
                body = {"quote": f"words {n}", "source": {"title": "T"}}
                assert post(f"{server.url}/v1/claims", json=body, headers=key).status_code == 201
            server.process.kill()
            server.process.wait()
        for copy in (left, alone):
            shutil.copyfile(database.file, copy)
        shutil.copyfile(f"{database.file}-wal", f"{left}-wal")
        reader.rollback()
    with closing(sqlite3.connect(alone)) as connection:
        assert connection.execute("SELECT count(*) FROM claims").fetchone() == (0,)
    opened = Database(f"sqlite:///{left}")
    assert rows(opened, "SELECT count(*) FROM claims") == [(3,)]
    assert contents(opened) == contents(database)
    assert import_paths(opened, [write_rows(tmp_path)]).revision == 4
    opened.close()
