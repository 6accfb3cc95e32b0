"""Refusals of writes that name what has ended, is purged, or says something else by now: why, and the way on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from fastapi.testclient import TestClient

from app.store.access.keys import make_key
from app.store.database.engine import Database

Doc = dict[str, Any]
Send = Callable[..., Any]


@pytest.fixture
def send(client: TestClient, database: Database) -> Send:
    own = {"Authorization": f"Bearer {make_key(database, 'desk', ['write']).secret}"}
    headers = own | {"If-Match": "*"}

    def sent(method: str, path: str, body: Doc | None = None) -> Any:
        return client.request(method, f"/v1/{path}", json=body, headers=headers if method == "PATCH" else own)

    return sent


def told(answer: Any, status: int, code: str) -> str:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return str(answer.text)


SAID = {"quote": "we hired many", "source": {"key": "s", "title": "T", "text": "we hired many"}, "topics": ["pay"]}


def test_a_change_of_an_undone_record_names_the_ways_back(send: Send) -> None:
    assert send("POST", "claims", SAID | {"key": "a/1 x"}).status_code == 201
    assert send("POST", "claims", {"key": "b", "quote": "b", "source": {"key": "s"}}).status_code == 201
    assert send("POST", "revisions/1/undo").status_code == 201
    for method, path, body in (
        ("PATCH", "claims/clm_1", {"venue": "x"}),
        ("DELETE", "claims/clm_1?kind=record_error", None),
        ("POST", "claims/clm_1/merge", {"into": "clm_2"}),
        ("POST", "claims/clm_2/merge", {"into": "clm_1"}),
    ):
        said = told(send(method, path, body), 410, "undone")
        assert "POST /v1/revisions/3/undo takes that back" in said
        assert "PUT /v1/claims/by-key/a/1%20x records it again" in said
    assert send("PUT", "claims/by-key/a/1%20x", SAID).status_code == 201


def test_what_names_a_purged_record_is_told_so(send: Send, database: Database, run: Callable[..., Result]) -> None:
    for key in ("imp/1", "imp/2"):
        body = {"key": key, "quote": key, "source": {"key": "s", "title": "T"}, "speaker": {"name": f"Ann {key}"}}
        assert send("POST", "claims", body).status_code == 201
    done = run(database, "purge", "spk_1", "--with-claims", "--yes", "--reason", "an order")
    assert done.exit_code == 0, done.output
    own = {"key": "new", "quote": "new", "source": {"key": "s"}}
    by_key = told(send("POST", "claims", own | {"relations": [{"type": "answers", "key": "imp/1"}]}), 422, "purged")
    assert "clm_1, which was purged with revision 3: leave the relation out" in by_key
    for more in ({"relations": [{"type": "answers", "claim": "clm_1"}]}, {"speaker": {"id": "spk_1"}}):
        assert "_1: it was purged with revision 3" in told(send("POST", "claims", own | more), 422, "unknown-id")


def test_a_claim_without_a_key_that_has_other_words_by_now_is_told_so(send: Send) -> None:
    assert send("POST", "claims", SAID).status_code == 201
    assert "has others" not in told(send("POST", "claims", SAID | {"venue": "x"}), 409, "duplicate")
    assert send("PATCH", "claims/clm_1", {"quote": "we hired some"}).status_code == 200
    assert "it was recorded with these words, and has others by now" in told(
        send("POST", "claims", SAID), 409, "duplicate"
    )


def test_what_null_does_not_take_away_is_told(send: Send) -> None:
    assert send("POST", "claims", SAID).status_code == 201
    said = told(send("PATCH", "claims/clm_1", {"source": None}), 422, "bad-value")
    assert "source: null names no source" in said
    assert "locator" not in said
    answer = send("PATCH", "sources/src_1", {"text": None})
    assert (answer.status_code, answer.headers["onrecord-action"]) == (200, "unchanged")
    (warning,) = json.loads(answer.headers["onrecord-warnings"])
    assert (warning["code"], warning["name"]) == ("not-emptied", "/text")
