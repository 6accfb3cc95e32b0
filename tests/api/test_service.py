"""When the database is away: 503, and nothing about files or addresses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.database.engine import Database

PATHS = ("/v1/claims", "/v1/claims/clm_1", "/v1/speakers", "/v1/sources/src_1", "/readyz")


def away(tmp_path: Path) -> list[str]:
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"\xff" * 8192)
    empty = tmp_path / "empty.db"
    empty.touch()
    urls = [f"sqlite:///{path}" for path in (tmp_path / "missing.db", damaged, empty)]
    return [*urls, "postgresql://nobody:hush@127.0.0.1:1/none"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("number", range(4))
def test_a_database_that_is_away_is_503_without_its_address(tmp_path: Path, path: str, number: int) -> None:
    with TestClient(create_app(Database(away(tmp_path)[number])), raise_server_exceptions=False) as client:
        answer = client.get(path)
        assert client.get("/healthz").json() == {"status": "ok"}
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.headers["retry-after"]
    for secret in (str(tmp_path), "127.0.0.1", "hush", "nobody", "SELECT"):
        assert secret not in answer.text


def test_a_service_finds_its_database_again(new_database: Callable[[str], Database]) -> None:
    database = new_database("sqlite")
    assert database.file is not None
    with TestClient(create_app(database)) as client:
        assert client.get("/readyz").status_code == 200
        hidden = database.file.rename(database.file.with_suffix(".away"))
        assert client.get("/readyz").status_code == 503
        hidden.rename(database.file)
        assert client.get("/v1/claims").status_code == 200
