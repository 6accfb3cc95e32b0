"""Every answer has the id of its request, and its type is not to be guessed."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from app.main import create_app
from app.store.database.engine import Database

ANSWERS = [
    ("GET", "/v1/claims?limit=1", 200),
    ("HEAD", "/v1/claims?limit=1", 200),
    ("GET", "/v1/claims/export?limit=1", 200),
    ("HEAD", "/v1/claims/export", 200),
    ("POST", "/v1/claims/search", 422),
    ("GET", "/v1/claims?nothing=1", 422),
    ("GET", "/v1/claims/clm_999", 404),
    ("GET", "/nothing", 404),
    ("PUT", "/v1/claims", 405),
    ("GET", "/docs", 200),
    ("GET", "/openapi.json", 200),
    ("GET", "/static-offline-docs/favicon.png", 200),
    ("GET", "/static-offline-docs/nothing", 404),
    ("GET", "/", 307),
    ("GET", "/healthz", 200),
]


@pytest.fixture(scope="module")
def client(seeded_databases: Callable[[str], Database]) -> Iterator[TestClient]:
    app = create_app(seeded_databases("sqlite"))

    @app.get("/fault")
    def fault() -> None:
        raise ZeroDivisionError

    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as opened:
        yield opened


def only(answer: Response, name: str) -> str:
    (value,) = answer.headers.get_list(name)
    return str(value)


@pytest.mark.parametrize(("method", "path", "status"), [*ANSWERS, ("GET", "/fault", 500)])
def test_an_answer_has_the_id_that_its_request_gave(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path, headers={"X-Request-Id": "job-7:a.b/c=+~@_1"})
    assert answer.status_code == status
    assert only(answer, "x-request-id") == "job-7:a.b/c=+~@_1"
    assert only(answer, "x-content-type-options") == "nosniff"
    if answer.headers.get("content-type") == "application/problem+json":
        assert answer.json()["request_id"] == "job-7:a.b/c=+~@_1"


def test_what_the_client_has_already_is_answered_under_an_id_too(client: TestClient) -> None:
    tag = client.get("/v1/claims").headers["etag"]
    answer = client.get("/v1/claims", headers={"If-None-Match": tag, "X-Request-Id": "again"})
    assert (answer.status_code, only(answer, "x-request-id")) == (304, "again")


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, '"', "<script>", "é", "a\tb", "a,b"])
def test_an_id_that_is_no_plain_word_makes_way_for_one_of_ours(client: TestClient, given: str) -> None:
    ids = [
        only(client.get("/v1/claims?x=1", headers=[(b"X-Request-Id", given.encode())]), "x-request-id")
        for _ in range(2)
    ]
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)
    assert ids[0] != ids[1]


def test_of_several_ids_none_is_taken(client: TestClient) -> None:
    answer = client.get("/healthz", headers=[("X-Request-Id", "a"), ("X-Request-Id", "b")])
    assert only(answer, "x-request-id") not in ("a", "b")


def test_the_log_tells_of_a_fault_by_the_same_id(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "onrecord"):
        client.get("/fault", headers={"X-Request-Id": "look-me-up"})
    assert "look-me-up internal" in caplog.text
