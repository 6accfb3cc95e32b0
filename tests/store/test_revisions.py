"""Revisions: numbers in the order of commits, ids without gaps, writers that take turns, nothing half written."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from app.errors import Busy
from app.store.database.engine import Database
from app.store.history.moment import newest_revision
from app.store.imports.importer import Report
from tests.importing import import_paths
from tests.store.stored import everything, rows, write_files
from tests.store.writers import begin_import, start_stalled_writer, url_of

ONE = "source: {title: T}\nclaims: [{key: one, quote: a}]\n"


def file_of(writer: int, number: int) -> str:
    """Five claims of one writer, with records of its own and records that all writers share."""
    claims = "".join(
        f"  - {{key: w{writer}/{number}/{n}, quote: words {writer} {number} {n}, said_on: 2024-01-0{n + 1},"
        f" speaker: {{name: {who}}}}}\n"
        for n, who in enumerate(["Ann", "Ann", "Bo", f"Writer {writer}", f"Writer {writer}"])
    )
    return f"source: {{title: Shared}}\nclaims:\n{claims}"


def assert_gapless(database: Database, revisions: int, claims: int) -> None:
    """Revision numbers and ids have no gaps, and every claim is there once."""
    assert [n for (n,) in rows(database, "SELECT number FROM revisions ORDER BY number")] == list(
        range(1, revisions + 1)
    )
    assert rows(database, "SELECT count(*), count(DISTINCT id), max(id) FROM claims WHERE until IS NULL") == [
        (claims,) * 3
    ]
    for kind, last in rows(database, "SELECT type, last FROM id_counters"):
        numbers = rows(database, "SELECT id FROM record_keys WHERE type = :kind ORDER BY id", kind=kind)
        assert [n for (n,) in numbers] == list(range(1, last + 1)), kind
    assert rows(database, "SELECT DISTINCT since FROM claims ORDER BY since") == [(n,) for n in range(1, revisions + 1)]


def test_revisions_are_numbered_in_the_order_of_commits(database: Database, import_yaml: Callable[..., Report]) -> None:
    given = [import_yaml(file_of(1, number)).revision for number in range(3)]
    assert given == [1, 2, 3]
    assert_gapless(database, 3, 15)


def test_refused_tried_and_empty_imports_take_no_number_and_no_id(
    database: Database, import_yaml: Callable[..., Report]
) -> None:
    import_yaml(file_of(1, 1))
    import_yaml(file_of(1, 2) + "  - {key: bad}\n")
    import_yaml(file_of(1, 3), dry_run=True)
    import_yaml(file_of(1, 1))
    import_yaml("source: {title: Shared}\nclaims:\n  - {quote: x, relations: [{type: updates, key: nowhere}]}\n")
    assert import_yaml(file_of(1, 4)).revision == 2
    assert_gapless(database, 2, 10)


class Reader:
    """Reads again and again what each newest revision shows, until told to stop."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.stop = threading.Event()
        self.seen: dict[int, frozenset[int]] = {}
        self.errors: list[str] = []

    def run(self) -> None:
        """Note the numbers of all versions up to the newest revision, and check those noted before."""
        while True:
            last = self.stop.is_set()
            with self.database.read() as connection:
                newest = newest_revision(connection)
                found = connection.execute(text("SELECT since, number FROM claims")).all()
            for revision, numbers in [*self.seen.items(), (newest, None)]:
                now = frozenset(number for since, number in found if since <= revision)
                if numbers is not None and now != numbers:
                    self.errors.append(f"revision {revision} showed {len(numbers)} rows, and later {len(now)}")
            self.seen[newest] = frozenset(number for _, number in found)
            if any(since > newest for since, _ in found):
                self.errors.append(f"rows after {newest} in the snapshot of {newest}")
            if last:
                return


def test_eight_threads_lose_nothing_and_no_reader_sees_the_past_change(database: Database, tmp_path: Path) -> None:
    files = [
        [write_files(tmp_path / f"{w}-{n}", claims=file_of(w, n)) / "claims.yaml" for n in range(3)] for w in range(8)
    ]
    start = threading.Barrier(8)

    def write(mine: list[Path]) -> list[int]:
        start.wait()
        return [import_paths(database, [file]).revision or 0 for file in mine]

    reader = Reader(database)
    with ThreadPoolExecutor(9) as pool:
        reading = pool.submit(reader.run)
        try:
            given = list(pool.map(write, files))
        finally:
            reader.stop.set()
        reading.result()
    assert sorted(number for some in given for number in some) == list(range(1, 25))
    assert all(some == sorted(some) for some in given)
    assert_gapless(database, 24, 120)
    assert rows(database, "SELECT count(*) FROM speakers WHERE until IS NULL") == [(10,)]
    assert rows(database, "SELECT count(*) FROM sources WHERE until IS NULL") == [(1,)]
    assert reader.errors == []
    assert max(reader.seen) == 24


def test_four_processes_lose_nothing(database: Database, tmp_path: Path) -> None:
    processes = [
        begin_import(database, write_files(tmp_path / str(w), **{f"f{n}": file_of(w, n) for n in range(8)}))
        for w in range(4)
    ]
    for process in processes:
        code, said, errors = process.said()
        assert (code, process.end()) == (0, 0), said
        holders = ("waiting for onrecord import ", "waiting for another writer")  # which has not left its note yet
        assert [line for line in errors.splitlines() if not line.startswith(holders)] == []
        assert "40 created" in said
    assert_gapless(database, 4, 160)
    if database.dialect == "sqlite":
        assert rows(database, "PRAGMA integrity_check") == [("ok",)]


def test_a_writer_that_waits_too_long_is_told_that_another_is_busy(database: Database, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "seeds", one=ONE)
    waiting = Database(url_of(database), lock_timeout=0.2)
    try:
        with database.write(), pytest.raises(Busy, match=r"0\.2 s"):
            import_paths(waiting, [folder])
        assert import_paths(waiting, [folder]).revision == 1
    finally:
        waiting.close()


def test_readers_do_not_wait_for_a_writer(database: Database, tmp_path: Path) -> None:
    import_paths(database, [write_files(tmp_path / "seeds", one=ONE)])
    process = start_stalled_writer(database)
    try:
        assert rows(database, "SELECT count(*) FROM claims") == [(1,)]
    finally:
        process.kill()


def test_a_killed_writer_leaves_nothing_behind_and_the_next_import_works(database: Database, tmp_path: Path) -> None:
    import_paths(database, [write_files(tmp_path / "seeds", one=ONE)])
    before = everything(database)
    process = start_stalled_writer(database)
    assert process.kill() == -9
    assert everything(database) == before
    assert import_paths(database, [write_files(tmp_path / "more", two=ONE.replace("one", "two"))]).revision == 2
    assert_gapless(database, 2, 2)
    if database.dialect == "sqlite":
        assert rows(database, "PRAGMA integrity_check") == [("ok",)]


def test_an_error_inside_a_write_rolls_everything_back(database: Database, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "seeds", one=ONE)

    def fail(_what: str, _done: int, every: int | None) -> None:
        if every:  # rows are being stored
            raise ZeroDivisionError

    before = everything(database)
    with pytest.raises(ZeroDivisionError):
        import_paths(database, [folder], progress=fail)
    assert everything(database) == before
    assert import_paths(database, [folder]).revision == 1


def test_a_snapshot_stays_while_others_write(database: Database, import_yaml: Callable[..., Report]) -> None:
    import_yaml(file_of(1, 1))
    statement = text("SELECT count(*) FROM claims")
    with database.read() as connection:
        first = connection.execute(statement).scalar_one()
        import_yaml(file_of(1, 2))
        assert connection.execute(statement).scalar_one() == first == 5
        assert newest_revision(connection) == 1
    assert rows(database, "SELECT count(*) FROM claims") == [(10,)]
