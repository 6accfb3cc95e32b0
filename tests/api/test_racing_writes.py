"""Writers at the same time: no edit is lost, and a request that is sent twice is carried out once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from app.main import create_app
from app.store.access.idempotent_answers import KEPT
from app.store.access.keys import make_key
from app.store.database.engine import Database
from app.store.database.tables import IdempotentAnswer
from app.store.database.times import stored_time
from tests.store.stored import rows
from tests.store.writers import Beside
from tests.waiting import PATIENCE

Doc = dict[str, Any]
CLAIM: Doc = {"key": "b/1", "quote": "we hired 1,500", "source": {"title": "T"}}


@pytest.fixture
def key(database: Database) -> str:
    return make_key(database, "desk", ["write"]).secret


@pytest.fixture
def writer(database: Database, key: str) -> Iterator[TestClient]:
    headers = {"Authorization": f"Bearer {key}"}
    with TestClient(create_app(database), headers=headers, raise_server_exceptions=False) as client:
        yield client


def append(client: TestClient, topic: str) -> int:
    """Add a topic to the claim, as a client that reads before it writes, and reads again when it was too late; how
    often it was.
    """
    late = 0
    while True:
        read = client.get("/v1/claims/clm_1")
        body = {"topics": [*read.json()["topics"], topic]}
        status = client.patch("/v1/claims/clm_1", json=body, headers={"If-Match": read.headers["etag"]}).status_code
        if status == 200:
            return late
        assert status == 412
        late += 1


def append_beside(pipe: Connection, url: str, key: str, name: str, number: int) -> None:
    """Add topics in a process beside the test."""
    database = Database(url, lock_timeout=PATIENCE, statement_timeout=PATIENCE)
    with TestClient(create_app(database), headers={"Authorization": f"Bearer {key}"}) as client:
        pipe.send("ready")
        pipe.recv()
        pipe.send(sum(append(client, f"{name} {n}") for n in range(number)))
    database.close()


def test_edits_of_two_threads_are_all_there(writer: TestClient, database: Database) -> None:
    writer.post("/v1/claims", json=CLAIM)
    topics = [f"topic {n}" for n in range(12)]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda topic: append(writer, topic), topics))
    doc = writer.get("/v1/claims/clm_1").json()
    assert sorted(doc["topics"]) == sorted(topics)
    assert doc["version"] == 13
    assert rows(database, "SELECT count(*) FROM revisions") == [(13,)]


def test_edits_of_two_processes_are_all_there(writer: TestClient, database: Database, key: str) -> None:
    writer.post("/v1/claims", json=CLAIM)
    beside = [Beside(append_beside, database, key, name, 4) for name in ("one", "two")]
    for one in beside:
        assert one.said() == "ready"
    for one in beside:
        one.tell_to_end()
    for one in beside:
        assert one.said() >= 0
        assert one.end() == 0
    topics = writer.get("/v1/claims/clm_1").json()["topics"]
    assert sorted(topics) == sorted(f"{name} {n}" for name in ("one", "two") for n in range(4))


def test_of_two_that_make_one_key_one_does(writer: TestClient) -> None:
    with ThreadPoolExecutor(4) as threads:
        statuses = threads.map(
            lambda n: writer.post("/v1/claims", json=CLAIM | {"venue": str(n)}).status_code, range(4)
        )
        assert sorted(statuses) == [201, 409, 409, 409]


def test_a_request_that_is_sent_again_is_carried_out_once(writer: TestClient, database: Database) -> None:
    head = {"Idempotency-Key": "3f1c-9"}
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda _: writer.post("/v1/claims", json=CLAIM, headers=head), range(3)))
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.content for answer in answers}) == 1
    assert sorted("idempotency-replayed" in answer.headers for answer in answers) == [False, True, True]
    again = writer.post("/v1/claims", json=CLAIM, headers=head)
    for name in ("etag", "location", "onrecord-revision", "onrecord-action"):
        assert again.headers[name] == answers[0].headers[name]
    assert rows(database, "SELECT count(*) FROM revisions") == [(1,)]


def test_an_idempotency_key_is_of_one_request_of_one_api_key_for_a_day(writer: TestClient, database: Database) -> None:
    head = {"Idempotency-Key": "k"}
    assert writer.post("/v1/claims", json=CLAIM, headers=head).status_code == 201
    for path, body in (
        ("/v1/claims", CLAIM | {"venue": "x"}),
        ("/v1/claims?comment=x", CLAIM),
        ("/v1/speakers", {"name": "Bob"}),
    ):
        answer = writer.post(path, json=body, headers=head)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-mismatch")
    other = {"Authorization": f"Bearer {make_key(database, 'other', ['write']).secret}"}
    assert writer.post("/v1/claims", json=CLAIM, headers=head | other).status_code == 409
    assert (
        writer.post("/v1/claims", json=CLAIM | {"key": "b/2", "quote": "else"}, headers=head | other).status_code == 201
    )
    for wrong in ("", "a b", "ü", "x" * 256):
        answer = writer.post("/v1/claims", json=CLAIM, headers=[(b"Idempotency-Key", wrong.encode())])
        assert (answer.status_code, answer.json()["errors"][0]["name"]) == (422, "Idempotency-Key")
    with database.write() as connection:
        past = stored_time(datetime.now(UTC) - KEPT - timedelta(seconds=1))
        connection.execute(update(IdempotentAnswer).values(answered_at=past))
    assert writer.post("/v1/claims", json=CLAIM, headers=head).status_code == 409
    assert writer.post("/v1/claims", json=CLAIM | {"key": "b/3", "quote": "new"}, headers=head).status_code == 201
    assert rows(database, "SELECT count(*) FROM idempotent_answers") == [(1,)]


def test_what_failed_is_tried_again(writer: TestClient) -> None:
    head = {"Idempotency-Key": "k"}
    assert writer.post("/v1/claims", json=CLAIM | {"quote": ""}, headers=head).status_code == 422
    assert writer.post("/v1/claims", json=CLAIM, headers=head).status_code == 201
