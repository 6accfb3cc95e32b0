"""A fault after a commit is no failure, and SQLite's write-ahead log gives its space back."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.errors import BadImport, NoRoom
from app.main import create_app
from app.store.access.keys import make_key
from app.store.database import connections
from app.store.database.connections import WRITING
from app.store.database.engine import Database
from app.store.imports.readers import workbook
from tests.importing import import_paths
from tests.store.books import book
from tests.store.stored import is_empty, rows, write_files

ROOT = Path(__file__).parents[2]
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
from app.cli import main
main()
"""


def claims(number: int, words: str) -> str:
    lines = [f'{{"key": "k{n}", "quote": "{words} {n}", "source": {{"title": "T"}}}}' for n in range(number)]
    return "\n".join(lines) + "\n"


def log_of(database: Database) -> int:
    """Bytes of the write-ahead log."""
    log = Path(f"{database.file}-wal")
    return log.stat().st_size if log.exists() else 0


def test_a_disk_that_is_full_after_the_commit_is_a_warning(
    new_database: Callable[[str], Database], tmp_path: Path
) -> None:
    database = new_database("sqlite")
    file = tmp_path / "many.ndjson"
    file.write_text(claims(40, "words " * 20))
    database.close()
    assert database.file
    with closing(sqlite3.connect(database.file)) as connection:
        connection.execute("VACUUM")  # no room is left over within the file
    # Files may be as large as the database is: its log fits, and what is written back from it does not.
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(database.file.stat().st_size), "import", str(file)],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={"ONRECORD_DATABASE_URL": database.url.render_as_string(), "PATH": "/usr/bin"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "SQLite's write-ahead log could not be written back: " in done.stderr
    assert "stored as revision 1" in done.stdout
    assert done.returncode == 0
    assert rows(database, "SELECT count(*) FROM claims") == [(40,)]


def test_a_disk_that_is_full_before_the_commit_stores_nothing(
    new_database: Callable[[str], Database], tmp_path: Path
) -> None:
    database = new_database("sqlite")
    file = tmp_path / "one.ndjson"
    file.write_text(claims(40, "words " * 20))
    database.close()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(Exception, match=r"cannot|damaged"):
            import_paths(database, [file], processes=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert rows(database, "SELECT count(*) FROM claims") == [(0,)]
    assert import_paths(database, [file], processes=1).revision == 1


@pytest.fixture
def full(new_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Database, str]]:
    """A database without records on a disk that has no room for more, until `monkeypatch.undo`; and a key to write."""
    database = new_database("sqlite")
    secret = make_key(database, "desk", ["write"]).secret
    ((pages,),) = rows(database, "PRAGMA page_count")
    prepare = connections._prepare_sqlite

    def prepare_full(connection: sqlite3.Connection, record: object) -> None:
        prepare(connection, record)
        connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite tells of both alike

    monkeypatch.setattr(connections, "_prepare_sqlite", prepare_full)
    opened = Database(database.url.render_as_string())
    yield opened, secret
    opened.close()


def test_an_import_and_a_write_over_http_say_that_the_disk_is_full_and_store_nothing(
    full: tuple[Database, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, secret = full
    (file := tmp_path / "many.ndjson").write_text(claims(200, "words " * 200))
    with pytest.raises(NoRoom, match=r"^the database cannot store more: database or disk is full$"):
        import_paths(database, [file], processes=1)
    given = {"key": "large", "quote": "words " * 3_000, "source": {"title": "T", "text": "text " * 100_000}}
    headers = {"Authorization": f"Bearer {secret}"}
    with TestClient(create_app(database), headers=headers) as client:
        answer = client.post("/v1/claims", json=given)
        assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
        assert answer.json()["detail"] == "the database cannot store more at the moment"
        assert client.get("/v1/claims").json()["data"] == []
    database.close()
    monkeypatch.undo()
    roomy = Database(database.url.render_as_string())
    assert rows(roomy, "SELECT count(*) FROM record_keys") == [(0,)]
    assert import_paths(roomy, [file], processes=1).counts["created"] == 200
    with TestClient(create_app(roomy), headers=headers) as client:
        assert client.post("/v1/claims", json=given).status_code == 201
    roomy.close()


def test_a_folder_for_temporary_files_without_room_is_told_and_nothing_is_stored(
    database: Database, tmp_path: Path
) -> None:
    lines = [{"type": "source", "key": f"s{n}", "title": "T", "text": "words " * 20_000} for n in range(60)]
    (file := tmp_path / "sources.ndjson").write_text("\n".join(map(json.dumps, lines)))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(BadImport, match=r"cannot be kept in the folder for temporary files \(SQLITE_TMPDIR"):
            import_paths(database, [file], processes=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert is_empty(database)


def test_a_workbook_whose_texts_find_no_room_is_told(
    new_database: Callable[[str], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = new_database("sqlite")
    monkeypatch.setattr(workbook, "HELD", 1)
    file = book(tmp_path / "a.xlsx", {"S": ""}, [f"<t>{'words ' * 40_000}</t>"])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(BadImport, match=r"a.xlsx: parts of it cannot be kept in .*\(TMPDIR\): File too large"):
            import_paths(database, [file], dry_run=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("where", ["sqlite_file.SqliteFile.checkpoint", "connections.set_sqlite"])
def test_an_interrupt_after_the_commit_is_a_warning(
    new_database: Callable[[str], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    database = new_database("sqlite")
    monkeypatch.setattr("app.store.database.write_ahead_log.KEPT", 0)

    def interrupt(_of: object, settings: object, *_: object) -> None:
        if settings is not WRITING:  # which is set before
            monkeypatch.undo()
            raise KeyboardInterrupt

    monkeypatch.setattr(f"app.store.database.{where}", interrupt)
    report = import_paths(database, [write_files(tmp_path / "seeds", one="source: {title: T}\nclaims: []\n")])
    assert report.revision == 1
    assert list(map(str, report.warnings)) == ["all is stored, but afterwards something failed: KeyboardInterrupt"]


def test_an_interrupt_while_new_speakers_are_compared_is_a_warning_where_they_are_stored(
    new_database: Callable[[str], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_namesakes: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.store.write.newcomers.Namesakes.pairs", interrupt)
    database = new_database("sqlite")
    files = [
        write_files(tmp_path / "seeds", one="source: {title: T}\nclaims: [{key: k, quote: q, speaker: {name: A}}]\n")
    ]
    with pytest.raises(KeyboardInterrupt):
        import_paths(database, files, dry_run=True)
    report = import_paths(database, files)
    assert report.revision == 1
    assert list(map(str, report.warnings)) == ["new speakers were not compared with others: interrupted"]


def test_a_long_log_gives_its_space_back_after_each_write_and_each_long_reader(
    new_database: Callable[[str], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = new_database("sqlite")
    monkeypatch.setattr("app.store.database.write_ahead_log.KEPT", 0)
    for n, words in enumerate(("some", "other")):
        (tmp_path / f"{n}.ndjson").write_text(claims(20, words))
    import_paths(database, [tmp_path / "0.ndjson"])
    assert log_of(database) == 0
    with database.read_through() as reader:
        assert reader.exec_driver_sql("SELECT count(*) FROM claims").scalar_one() == 20
        import_paths(database, [tmp_path / "1.ndjson"])
        assert log_of(database) > 0
        assert reader.exec_driver_sql("SELECT count(*) FROM claims").scalar_one() == 20
    assert log_of(database) == 0
    assert rows(database, "SELECT count(*) FROM claims") == [(40,)]


def test_the_log_gives_its_space_back_at_the_end_though_others_have_the_file_open(
    new_database: Callable[[str], Database], tmp_path: Path
) -> None:
    database = new_database("sqlite")
    (tmp_path / "0.ndjson").write_text(claims(20, "some"))
    with closing(sqlite3.connect(database.file or "")) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM claims").fetchone()
        import_paths(database, [tmp_path / "0.ndjson"])
        other.rollback()
        assert log_of(database) > 0
        database.close()
        assert log_of(database) == 0
        assert other.execute("SELECT count(*) FROM claims").fetchone() == (20,)
