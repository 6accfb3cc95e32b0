"""A database file that is overwritten while it is served: every path answers from what stands there then."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.database.engine import Database
from tests.importing import import_paths
from tests.store.test_full_disk import log_of
from tests.waiting import comes_true

LATER = "/v1/claims?speaker__name=newer+one"
GETS = (
    "/v1/claims", "/v1/claims?q=words", "/v1/claims/export?format=ndjson", "/v1/claims/export?format=csv",
    "/v1/claims/clm_1",
    "/v1/claims/by-key/one", "/v1/claims?speaker__name=Ann", "/v1/speakers", "/v1/speakers/spk_1", "/v1/sources",
    "/v1/speakers/suggest?q=an", LATER, "/readyz",
)  # fmt: skip
TREE = {"where": {"field": "q", "op": "eq", "value": "words"}}


def write_claim(folder: Path, name: str, words: str) -> Path:
    file = folder / name
    file.write_text(
        f'{{"key": "one", "speaker": {{"name": "Ann", "kind": "person", "key": "ann"}}, "quote": "{words} words",'
        f' "source": {{"title": "{words} title"}}}}\n{{"key": "{words}", "quote": "more {words} words",'
        f' "speaker": {{"name": "{words} one", "kind": "person"}},'
        ' "source": {"title": "T"}}\n'
    )
    return file


def copy_over(backup: Path, live: Path) -> None:
    """As `cp` does: the same file, other bytes."""
    shutil.copyfile(backup, live)


def move_over(backup: Path, live: Path) -> None:
    """As `mv` does: another file of the same name."""
    shutil.copyfile(backup, live.with_suffix(".new"))
    live.with_suffix(".new").replace(live)


def restore_over(backup: Path, live: Path) -> None:
    """As `.restore` of SQLite's shell does: page by page, through the log."""
    with closing(sqlite3.connect(backup)) as source, closing(sqlite3.connect(live)) as target:
        source.backup(target)


def ask_all(client: TestClient, tags: dict[str, str]) -> dict[str, tuple[int, bytes]]:
    found = {}
    for path in GETS:
        headers = {"If-None-Match": tags[path]} if path in tags else {}
        answer = client.get(path, headers=headers)
        found[path] = answer.status_code, answer.content
    posted = client.post("/v1/claims/search", json=TREE)
    return found | {"tree": (posted.status_code, posted.content)}


def import_and_end(database: Database, file: Path) -> None:
    """As the command does, which leaves nothing in the log."""
    with closing(Database(database.url.render_as_string())) as importing:
        import_paths(importing, [file])


@pytest.mark.parametrize("put_back", [copy_over, move_over, restore_over])
def test_a_backup_that_is_put_back_is_answered_from_on_every_path(
    new_database: Callable[[str], Database], tmp_path: Path, put_back: Callable[[Path, Path], None]
) -> None:
    database = new_database("sqlite")
    assert database.file
    import_and_end(database, write_claim(tmp_path, "old.ndjson", "old"))
    backup = tmp_path / "backup.db"
    shutil.copyfile(database.file, backup)
    with TestClient(create_app(database), raise_server_exceptions=False) as client:
        expected = ask_all(client, {})
        import_and_end(database, write_claim(tmp_path, "new.ndjson", "new"))
        for _ in range(2):  # what is asked for again comes from memory
            newer = ask_all(client, {})
        tags = {path: client.get(path).headers["etag"] for path in GETS if path != "/readyz"}
        same = {path for path in tags if newer[path] == expected[path]}
        assert same == {"/v1/speakers/spk_1"}  # whose tag is still right
        put_back(backup, database.file)
        assert ask_all(client, tags) == expected | dict.fromkeys(same, (304, b""))
        assert import_paths(database, [write_claim(tmp_path, "new.ndjson", "newer")]).revision == 2
        assert b"newer words" in client.get("/v1/claims/clm_1").content
        assert len(client.get(LATER).json()["data"]) == 1


@pytest.mark.parametrize("put_back", [move_over, restore_over])
def test_a_backup_that_is_put_back_right_after_a_write_has_nothing_of_it(
    new_database: Callable[[str], Database],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    put_back: Callable[[Path, Path], None],
) -> None:
    monkeypatch.setattr("app.store.database.log_timer.QUIET", 3600.0)  # what is written stays in the log
    database = new_database("sqlite")
    assert database.file
    import_and_end(database, write_claim(tmp_path, "old.ndjson", "old"))
    backup = tmp_path / "backup.db"
    shutil.copyfile(database.file, backup)
    with TestClient(create_app(database), raise_server_exceptions=False) as client:
        expected = ask_all(client, {})
        import_paths(database, [write_claim(tmp_path, "new.ndjson", "new")])
        assert ask_all(client, {}) != expected
        put_back(backup, database.file)
        assert ask_all(client, {}) == expected
        assert import_paths(database, [write_claim(tmp_path, "new.ndjson", "newer")]).revision == 2
    with closing(sqlite3.connect(database.file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_log_that_another_process_left_is_not_taken_for_that_of_the_file_that_is_put_back(
    new_database: Callable[[str], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.database.log_timer.QUIET", 3600.0)
    database = new_database("sqlite")
    assert database.file
    import_and_end(database, write_claim(tmp_path, "old.ndjson", "old"))
    backup = tmp_path / "backup.db"
    shutil.copyfile(database.file, backup)
    with (
        closing(Database(database.url.render_as_string())) as other,
        TestClient(create_app(database), raise_server_exceptions=False) as client,
    ):
        expected = ask_all(client, {})  # whose pages leave no connection of the old file idle
        import_paths(other, [write_claim(tmp_path, "new.ndjson", "new")])
        assert ask_all(client, {}) != expected
        move_over(backup, database.file)
        answer = client.get("/v1/claims")
        assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
        other.close()  # which writes it back where it belongs
        assert ask_all(client, {}) == expected
    with closing(sqlite3.connect(database.file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_own_writes_are_not_taken_for_another_database(
    new_database: Callable[[str], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.database.log_timer.QUIET", 0.0)
    database = new_database("sqlite")
    with database.read():
        pass
    pool = database.engine.pool
    import_paths(database, [write_claim(tmp_path, "old.ndjson", "old")])
    assert comes_true(lambda: log_of(database) == 0)
    with database.read():
        pass
    assert database.engine.pool is pool
