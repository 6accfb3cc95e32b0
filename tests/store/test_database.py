"""Databases that cannot be used: one sentence that says what is wrong, and names the command that mends it."""

from __future__ import annotations

import os
import socket
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url

from app.errors import NotReady
from app.store.database.engine import Database
from app.store.upgrade.upgrade import migrate
from tests.conftest import ENGINES
from tests.importing import import_paths
from tests.store.stored import rows, write_files

ONE = "source: {title: T}\nclaims: [{key: one, quote: a}]\n"


def assert_not_ready(url: str, tmp_path: Path, *parts: str) -> None:
    """Both a reader and an import are refused, with one line in which all the parts stand."""
    folder = write_files(tmp_path / "seeds", one=ONE)
    for use in (lambda database: database.require_migrated(), lambda database: import_paths(database, [folder])):
        with pytest.raises(NotReady) as caught:
            _use(url, use)
        for part in parts:
            assert part in str(caught.value)
        assert "\n" not in str(caught.value)
        assert "SELECT" not in str(caught.value)


def _use(url: str, use: Callable[[Database], object]) -> None:
    database = Database(url, lock_timeout=0.2)
    try:
        use(database)
    finally:
        database.close()


def test_a_missing_file_names_the_command_and_is_not_made(tmp_path: Path) -> None:
    file = tmp_path / "none" / "missing.db"
    assert_not_ready(f"sqlite:///{file}", tmp_path, f"there is no database file {file}", "onrecord migrate")
    assert not file.parent.exists()


def test_a_file_without_tables_names_the_command(tmp_path: Path) -> None:
    file = tmp_path / "empty.db"
    file.touch()
    assert_not_ready(f"sqlite:///{file}", tmp_path, "onrecord migrate")


def test_a_file_with_the_tables_of_another_program_names_the_command(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE claims (words TEXT)")
    other.close()
    assert_not_ready(f"sqlite:///{file}", tmp_path, "onrecord migrate")


def test_a_server_without_tables_names_the_command(postgres: Callable[[], str], tmp_path: Path) -> None:
    assert_not_ready(postgres(), tmp_path, "onrecord migrate")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_schema_that_is_not_the_newest_is_told(new_database: Callable[[str], Database], engine: str) -> None:
    database = new_database(engine)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(NotReady, match=r"is at schema 0000, this version needs .*: run `onrecord migrate`"):
        database.require_migrated()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("These are my notes. " * 500)
    assert_not_ready(f"sqlite:///{file}", tmp_path, "the database file cannot be used", "not a database")
    assert file.read_text() == "These are my notes. " * 500


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    assert_not_ready(f"sqlite:///{tmp_path}/folder.db", tmp_path, "unable to open")


def test_a_lock_file_that_cannot_be_written_is_told(new_database: Callable[[str], Database], tmp_path: Path) -> None:
    database = new_database("sqlite")
    Path(f"{database.file}.lock").mkdir()
    with pytest.raises(NotReady, match="lock"):
        import_paths(database, [write_files(tmp_path / "seeds", one=ONE)])


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Root may write to everything, so root's tests of permissions run as somebody else."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_read_only_file_is_told_when_written(new_database: Callable[[str], Database]) -> None:
    made = new_database("sqlite")
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        folder = Path(name)
        seeds = write_files(folder / "seeds", one=ONE)
        import_paths(made, [seeds])
        made.close()
        file = folder / "read-only.db"
        file.write_bytes((made.file or Path()).read_bytes())
        file.chmod(0o444)
        Path(f"{file}.lock").touch()
        Path(f"{file}.lock").chmod(0o666)
        for path in (folder, seeds):
            path.chmod(0o755)
        database = Database(f"sqlite:///{file}", lock_timeout=0.2)
        with ordinary_user():
            with pytest.raises(NotReady, match="the database file cannot be used: "):
                import_paths(database, [seeds])
            database.close()


URLS = {
    "mysql://localhost/x": "mysql databases are not supported",
    "oracle://localhost/x": "oracle databases are not supported",
    "sqlite://": "sqlite databases are not supported",
    "sqlite:///:memory:": "not supported",
    "nonsense": "no database URL",
    "": "no database URL",
    "postgresql+asyncpg://onrecord@127.0.0.1:1/x": "",
    "postgresql://user:secret@127.0.0.1:notaport/x": "no database URL",
}


@pytest.mark.parametrize("url", URLS)
def test_a_url_that_names_no_database_of_ours_is_told(url: str) -> None:
    with pytest.raises(NotReady) as caught:
        _use(url, Database.require_migrated)
    assert URLS[url] in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+psycopg2", "postgresql+psycopg"])
def test_every_spelling_of_a_server_uses_our_driver(new_database: Callable[[str], Database], driver: str) -> None:
    url = new_database("postgresql").url.set(drivername=driver).render_as_string(hide_password=False)
    _use(url, Database.require_migrated)


def test_a_server_that_is_away_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"postgresql://onrecord:hush@127.0.0.1:{port}/onrecord"
    assert_not_ready(url, tmp_path, "the database does not answer")
    with pytest.raises(NotReady) as caught:
        _use(url, migrate)
    assert "hush" not in str(caught.value)


def test_a_database_that_the_server_has_not_is_told(postgres: Callable[[], str], tmp_path: Path) -> None:
    url = make_url(postgres()).set(database="nowhere").render_as_string(hide_password=False)
    assert_not_ready(url, tmp_path, "does not answer", '"nowhere" does not exist')


def test_the_password_is_never_shown() -> None:
    database = Database("postgresql://user:hush@127.0.0.1:1/x")
    assert "hush" not in database.shown
    database.close()


def test_a_connection_that_was_lost_is_made_anew(
    postgres: Callable[[], str], new_database: Callable[[str], Database]
) -> None:
    database = new_database("postgresql")
    assert rows(database, "SELECT 1") == [(1,)]
    _use(
        postgres(),
        lambda other: rows(
            other,
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name",
            name=database.url.database,
        ),
    )
    assert rows(database, "SELECT 1") == [(1,)]


def test_a_file_that_was_put_in_its_place_is_read(new_database: Callable[[str], Database], tmp_path: Path) -> None:
    first, second = new_database("sqlite"), new_database("sqlite")
    file = tmp_path / "one.ndjson"
    file.write_text('{"key": "k", "quote": "words", "source": {"title": "T"}}\n')
    assert import_paths(second, [file]).revision == 1
    assert rows(first, "SELECT count(*) FROM claims") == [(0,)]
    with second.write() as connection:
        assert connection is not None  # what was written is in the file itself after this
    second.close()
    assert first.file
    assert second.file
    for old in first.file.parent.glob(f"{first.file.name}-*"):
        old.unlink()
    second.file.replace(first.file)
    assert rows(first, "SELECT count(*) FROM claims") == [(1,)]
