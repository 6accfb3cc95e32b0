"""Who may do what: keys as requests carry them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from app.api.access import require_scope
from app.main import create_app
from app.store.access.keys import make_key, revoke_key
from app.store.database.engine import Database


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def guarded(database: Database) -> FastAPI:
    """The API with an operation for each scope, which tells who calls."""
    app = create_app(database)

    @app.post("/v1/needs/{scope}")
    async def own(request: Request, scope: str) -> list[object]:
        caller = await require_scope(request, scope)
        return [caller.name, caller.key_id, sorted(caller.scopes)]

    return app


@pytest.fixture
def needing(database: Database) -> TestClient:
    return TestClient(guarded(database), raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("scope", "may"), [("read", "read"), ("write", "read write"), ("text", "read text"), ("admin", "read write text")]
)
def test_a_key_may_what_its_scopes_include(database: Database, needing: TestClient, scope: str, may: str) -> None:
    headers = bearer(make_key(database, "ann", [scope]).secret)
    for needed in ("read", "write", "text", "admin"):
        answer = needing.post(f"/v1/needs/{needed}", headers=headers)
        if needed == scope or needed in may.split():
            assert answer.status_code == 200
            assert answer.json()[:2] == ["ann", 1]
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "scope-needed")
            assert f"needs a key with the scope {needed}; the key ann has " in answer.json()["detail"]
            told = f'Bearer realm="OnRecord", error="insufficient_scope", scope="{needed}"'
            assert answer.headers["www-authenticate"] == told


@pytest.mark.parametrize(
    ("sent", "code", "told"),
    [
        (None, "key-needed", "send a key as `Authorization: Bearer onrecord_…`, one with the scope write"),
        ("Basic YTpi", "key-needed", "the Authorization header carries no key"),
        ("Bearer", "unknown-key", "no key of ours"),
        ("Bearer x", "unknown-key", "no key of ours"),
        ("Bearer onrecord_1_" + "0" * 64, "unknown-key", "there is no such key"),
        ("onrecord_1_" + "0" * 64, "unknown-key", "without the word Bearer"),
        ("Bearer é\x80'--", "unknown-key", "no key of ours"),
    ],
)  # fmt: skip
def test_without_a_key_that_is_known_nothing_is_done(
    database: Database, needing: TestClient, sent: str | None, code: str, told: str
) -> None:
    make_key(database, "ann", ["admin"])
    answer = needing.post("/v1/needs/write", headers=[(b"Authorization", sent.encode("latin-1"))] if sent else [])
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert told in answer.json()["detail"]
    assert "0" * 64 not in answer.text
    more = "" if code == "key-needed" else ', error="invalid_token"'
    assert answer.headers["www-authenticate"] == f'Bearer realm="OnRecord"{more}'
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_revoked_key_stops_at_once_and_is_told_so(database: Database, needing: TestClient) -> None:
    secret = make_key(database, "ann", ["write"]).secret
    assert needing.post("/v1/needs/write", headers=bearer(secret)).status_code == 200
    revoke_key(database, "ann")
    answer = needing.post("/v1/needs/write", headers=bearer(secret))
    assert (answer.status_code, answer.json()["code"]) == (401, "revoked-key")
    assert "the key ann was revoked at 20" in answer.json()["detail"]


def test_two_keys_are_none(database: Database, needing: TestClient) -> None:
    secret = make_key(database, "ann", ["write"]).secret
    answer = needing.post("/v1/needs/write", headers=[("Authorization", f"Bearer {secret}")] * 2)
    assert (answer.status_code, "more than once" in answer.json()["detail"]) == (401, True)


def test_the_scheme_is_written_in_any_letters(database: Database, needing: TestClient) -> None:
    secret = make_key(database, "ann", ["write"]).secret
    for scheme in ("bearer ", "BEARER ", "Bearer   "):
        assert needing.post("/v1/needs/write", headers={"Authorization": scheme + secret}).status_code == 200


def test_a_use_is_seen_in_the_list(database: Database, needing: TestClient, run: Callable[..., object]) -> None:
    secret = make_key(database, "ann", ["write"]).secret
    assert str(getattr(run(database, "keys", "list"), "stdout", "")).rstrip().endswith("-")
    needing.post("/v1/needs/write", headers=bearer(secret))
    assert not str(getattr(run(database, "keys", "list"), "stdout", "")).rstrip().endswith("-")
