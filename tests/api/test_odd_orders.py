"""Events in an odd order: at the same time, too late, twice, or of a client that is gone."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.access.keys import make_key, revoke_key
from app.store.database.engine import Database
from tests.api.keyed import bearer
from tests.api.served import Served, serving
from tests.server_process import read_to_end
from tests.store.contents import contents
from tests.store.stored import rows
from tests.waiting import PATIENCE

Doc = dict[str, Any]
CLAIM: Doc = {"key": "b/1", "quote": "we hired 1,500", "source": {"key": "t", "title": "T"}}
BODIES: Doc = {
    "claims": CLAIM,
    "speakers": {"kind": "person"},
    "sources": {"publisher": "AP"},
    "metrics": {"unit": "count"},
}
ANY = {"If-Match": "*"}


@pytest.fixture
def secret(database: Database) -> str:
    return make_key(database, "desk", ["write"]).secret


@pytest.fixture
def writer(database: Database, secret: str) -> Iterator[TestClient]:
    """The API, for a client that may write."""
    app = create_app(database)
    with TestClient(app, headers=bearer(secret), raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@pytest.fixture
def served(database: Database) -> Iterator[Served]:
    with serving(database) as running:
        yield running


def made(client: TestClient, number: int, **more: Any) -> str:
    """The id of a new claim."""
    body = CLAIM | {"key": f"b/{number}", "quote": f"we hired {number},500"} | more
    answer = client.post("/v1/claims", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def revisions(database: Database) -> int:
    return len(rows(database, "SELECT number FROM revisions"))


# Records that became something else meanwhile


@pytest.mark.parametrize("noun", ["claims", "speakers", "sources", "metrics"])
def test_what_was_merged_is_changed_by_no_request(writer: TestClient, database: Database, noun: str) -> None:
    """A client that follows redirects would edit the survivor, which it never named."""
    name = {"claims": "quote", "sources": "title"}.get(noun, "name")
    bodies = [BODIES[noun] | {"key": f"b/{n}", name: f"we hired {n}"} for n in (1, 2)]
    into, merged = (writer.post(f"/v1/{noun}", json=body).json()["id"] for body in bodies)
    assert writer.post(f"/v1/{noun}/{merged}/merge", json={"into": into}).status_code == 200
    before = contents(database)
    requests: list[tuple[str, str, Doc | None]] = [
        ("PATCH", merged, {}),
        ("PATCH", f"{merged}?dry_run=true", {"key": "b/2"}),
        ("POST", f"{merged}/merge", {"into": into}),
        ("PUT", "by-key/b/2", bodies[1]),
        ("POST", "", bodies[1]),
    ]
    requests += [("DELETE", f"{merged}?kind=record_error", None)] if noun == "claims" else []
    for method, path, body in requests:
        answer = writer.request(method, f"/v1/{noun}/{path}".rstrip("/"), json=body, headers=ANY)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (409, "merged"), (method, path, answer.text)
        tagless = writer.request(method, f"/v1/{noun}/{path}".rstrip("/"), json=body)
        assert tagless.json() | {"request_id": ""} == problem | {"request_id": ""}
        assert problem["merged_into"] == {"id": into, "key": "b/1", "url": f"/v1/{noun}/{into}"}
        assert f"{merged} (key b/2) was merged into {into} (key b/1)" in problem["detail"]
        assert "location" not in answer.headers
    assert contents(database) == before
    for path in (merged, f"{merged}/history"):
        assert writer.get(f"/v1/{noun}/{path}").status_code == (308 if path == merged else 200)
    third = writer.post(f"/v1/{noun}", json=third_of(noun)).json()["id"]
    told = f"{merged} (key b/2) was merged into {into} (key b/1), and is changed no more: "
    for own, other, right in (
        (merged, into, "there is nothing left to merge"),
        (into, merged, "there is nothing left to merge"),
        (merged, merged, "there is nothing left to merge"),
        (third, merged, f"name {into} in `into` if that one is meant"),
        (merged, third, f"send the request for {into} if that one is meant"),
    ):
        for query in ("", "?dry_run=true"):
            problem = writer.post(f"/v1/{noun}/{own}/merge{query}", json={"into": other}).json()
            assert (problem["status"], problem["code"], problem["detail"]) == (409, "merged", told + right)
            assert problem["merged_into"]["id"] == into
    assert writer.post(f"/v1/{noun}/{third}/merge", json={"into": third}).json()["code"] == "same-record"


def third_of(noun: str) -> Doc:
    return CLAIM | {"key": "b/3", "quote": "other"} if noun == "claims" else {"key": "b/3", KNOWN_BY[noun]: "Third"}


KNOWN_BY = {"speakers": "name", "sources": "title", "metrics": "name"}


@pytest.mark.parametrize(
    ("noun", "one", "other"),
    [
        ("speakers", {"name": "Ann Lee"}, {"name": "Bob Roy"}),
        ("sources", {"title": "One"}, {"title": "Two"}),
        ("sources", {"url": "https://a.example/one"}, {"url": "https://a.example/two"}),
        ("metrics", {"name": "staff"}, {"name": "crew"}),
    ],
)
def test_a_record_without_a_key_that_was_merged_is_not_made_again(
    writer: TestClient, database: Database, noun: str, one: Doc, other: Doc
) -> None:
    into, merged = (writer.post(f"/v1/{noun}", json=body).json() for body in (one, other))
    assert writer.post(f"/v1/{noun}/{merged['id']}/merge", json={"into": into["id"]}).status_code == 200
    before = contents(database)
    for body in (other, {"key": merged["key"]} | other):
        problem = writer.post(f"/v1/{noun}", json=body).json()
        assert (problem["status"], problem["code"]) == (409, "merged"), problem
        assert problem["merged_into"]["id"] == into["id"]
        assert f"{merged['id']} (key {merged['key']}) was merged into {into['id']} (key {into['key']})" in str(problem)
    assert contents(database) == before
    assert writer.post(f"/v1/{noun}", json=one).json()["code"] == "duplicate"
    named = {"sources": {"url": "https://a.example/3"}, "metrics": {"name": "else"}}.get(noun, {})
    assert writer.post(f"/v1/{noun}", json={"key": "own"} | other | named).json()["key"] == "own"  # as the answer says


def test_a_claim_without_a_key_that_was_merged_is_not_made_again(writer: TestClient, database: Database) -> None:
    one = made(writer, 1)
    keyless = {name: value for name, value in CLAIM.items() if name != "key"}
    other = writer.post("/v1/claims", json=keyless).json()
    assert writer.post(f"/v1/claims/{other['id']}/merge", json={"into": one}).status_code == 200
    before = contents(database)
    answer = writer.post("/v1/claims", json=keyless)
    assert (answer.status_code, answer.json()["code"]) == (409, "merged"), answer.text
    assert answer.json()["merged_into"]["id"] == one
    assert f"{other['id']} (key {other['key']}) was merged into {one} (key b/1)" in answer.json()["detail"]
    assert contents(database) == before


def test_what_was_undone_meanwhile_is_gone_until_its_key_is_given_again(writer: TestClient, database: Database) -> None:
    one = made(writer, 1)
    tag = writer.get(f"/v1/claims/{one}").headers["etag"]
    assert writer.post("/v1/revisions/1/undo").status_code == 201
    before = contents(database)
    for method, body in (("PATCH", {"venue": "x"}), ("DELETE", None)):
        for match in (tag, "*"):
            path = f"/v1/claims/{one}?{'' if body else 'kind=record_error'}"
            answer = writer.request(method, path, json=body, headers={"If-Match": match})
            assert (answer.status_code, answer.json()["code"]) == (410, "undone")
    assert contents(database) == before
    assert made(writer, 1) == one
    late = writer.patch(f"/v1/claims/{one}", json={"venue": "x"}, headers={"If-Match": tag})
    assert late.status_code == 412  # it is another version than was read


@pytest.mark.parametrize(("noun", "body"), [("speakers", {"name": "Zoe"}), ("sources", {"title": "Z"}),
                                            ("metrics", {"name": "z"}),
                                            ("claims", {"quote": "z", "source": {"title": "Z"}})])  # fmt: skip
def test_a_key_that_is_given_again_revives_its_record(writer: TestClient, noun: str, body: dict[str, object]) -> None:
    def put(query: str = "") -> tuple[int, str]:
        answer = writer.put(f"/v1/{noun}/by-key/z{query}", json=body)
        return answer.status_code, answer.headers["onrecord-action"]

    assert put() == (201, "created")
    assert writer.post("/v1/revisions/1/undo").status_code == 201
    assert put("?dry_run=true") == (200, "revived")
    assert put() == (201, "revived")
    record_id = writer.get(f"/v1/{noun}/by-key/z").json()["id"]
    assert writer.get(f"/v1/{noun}/{record_id}/history").json()["data"][0]["action"] == "revived"


def test_an_undo_of_an_undo_of_an_undo(writer: TestClient, database: Database) -> None:
    one = made(writer, 1)
    writer.patch(f"/v1/claims/{one}", json={"venue": "x"}, headers=ANY)
    for number in range(2, 8):
        assert writer.post(f"/v1/revisions/{number}/undo").status_code == 201
        assert writer.get(f"/v1/claims/{one}").json()["venue"] == (None if number % 2 == 0 else "x")
    for number in (0, 3, 99, 10**20):
        assert writer.post(f"/v1/revisions/{number}/undo").status_code in (404, 409)
    assert revisions(database) == 8


def test_of_an_undo_and_an_edit_at_the_same_time_one_is_refused(writer: TestClient, database: Database) -> None:
    one = made(writer, 1)
    for number in range(4):
        tag = writer.patch(f"/v1/claims/{one}", json={"venue": str(number)}, headers=ANY).headers["etag"]
        newest = revisions(database)
        with ThreadPoolExecutor(2) as threads:
            undone = threads.submit(writer.post, f"/v1/revisions/{newest}/undo")
            edited = threads.submit(
                writer.patch, f"/v1/claims/{one}", json={"topics": ["a"]}, headers={"If-Match": tag}
            )
        statuses = (undone.result().status_code, edited.result().status_code)
        assert statuses in ((201, 412), (409, 200))
        if statuses[1] == 200:
            writer.patch(f"/v1/claims/{one}", json={"topics": []}, headers=ANY)
        assert revisions(database) == newest + (1 if statuses[0] == 201 else 2)


def test_a_retracted_claim_is_retracted_again_or_stays(writer: TestClient, database: Database) -> None:
    one = made(writer, 1)
    for query, action in (("kind=record_error", "retracted"), ("kind=record_error", "unchanged")):
        answer = writer.delete(f"/v1/claims/{one}?{query}", headers=ANY)
        assert (answer.status_code, answer.headers["onrecord-action"]) == (200, action)
    assert revisions(database) == 2


def test_a_claim_bears_on_itself_in_no_way(writer: TestClient, database: Database) -> None:
    one = made(writer, 1)
    before = contents(database)
    for own in ({"claim": one}, {"key": "b/1"}):
        relations = [{"type": "supports"} | own]
        changed = writer.patch(f"/v1/claims/{one}", json={"relations": relations}, headers=ANY)
        assert changed.status_code == 422, changed.text
    new = writer.post("/v1/claims", json=CLAIM | {"key": "b/9", "relations": [{"type": "supports", "key": "b/9"}]})
    assert new.status_code == 422
    assert contents(database) == before


@pytest.mark.parametrize("name", ["topics", "citations", "figures", "assessments", "relations", "roles"])
def test_lists_that_are_too_long_are_refused(writer: TestClient, database: Database, name: str) -> None:
    one = made(writer, 1)
    element: Any = {
        "topics": "a topic", "citations": {"source": {"title": "T"}}, "assessments": {"publisher": "P", "rating": "x"},
        "figures": {"metric": "staff", "value": 1, "unit": "count"}, "relations": {"type": "supports", "claim": one},
        "roles": {"title": "envoy"},
    }[name]  # fmt: skip
    for count in (101, 10_000):
        answer = writer.patch(f"/v1/claims/{one}", json={name: [element] * count}, headers=ANY)
        assert (answer.status_code, len(answer.content) < 10_000) == (422, True)
    assert revisions(database) == 1


# On the wire


def talk(served: Served, sent: bytes, secret: str | None = None) -> bytes:
    """All that is answered on one connection."""
    with socket.create_connection(served.socket.getsockname(), timeout=PATIENCE) as connection:
        connection.sendall(sent.replace(b"KEY", (secret or "").encode()))
        return read_to_end(connection)


HEAD = b"Host: x\r\nAuthorization: Bearer KEY\r\nContent-Type: application/json\r\n"
LAST = b"Connection: close\r\n"
BODY = json.dumps(CLAIM).encode()


def sized(body: bytes, told: int | None = None) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body) if told is None else told, body)


def chunked(body: bytes) -> bytes:
    parts = (body[at : at + 10] for at in range(0, len(body), 10))
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def test_a_body_in_chunks_is_a_body(served: Served, secret: str) -> None:
    sent = b"POST /v1/claims HTTP/1.1\r\n" + HEAD + LAST + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(BODY)
    assert talk(served, sent, secret).startswith(b"HTTP/1.1 201")


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(BODY),
        b"Content-Length: 3\r\nContent-Length: %d\r\n\r\n" % len(BODY),
        b"Content-Length: +%d\r\n\r\n" % len(BODY),
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: %d0000000000000000000000\r\n\r\n" % len(BODY),
        b"Transfer-Encoding: gzip\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_body_whose_length_is_in_doubt_is_not_read(
    served: Served, database: Database, secret: str, framing: bytes
) -> None:
    answer = talk(served, b"POST /v1/claims HTTP/1.1\r\n" + HEAD + framing + BODY, secret)
    assert answer.startswith(b"HTTP/1.1 4")
    assert b"201 Created" not in answer
    assert revisions(database) == 0


def test_a_request_within_a_body_is_none(served: Served, database: Database, secret: str) -> None:
    """A body that nobody reads is passed over, whatever it looks like."""
    inner = b"POST /v1/claims HTTP/1.1\r\n" + HEAD + sized(BODY)
    outer = (
        (b"DELETE /v1/claims/clm_1?kind=record_error HTTP/1.1\r\n", b"If-Match: *\r\n"),
        (b"GET /v1/claims HTTP/1.1\r\n", b""),
        (b"POST /v1/nothing HTTP/1.1\r\n", b""),
        (b"OPTIONS /v1/claims HTTP/1.1\r\n", b""),
    )
    for line, more in outer:
        talk(served, line + HEAD + more + LAST + sized(inner.replace(b"KEY", secret.encode())), secret)
    assert revisions(database) == 0


def test_a_body_that_does_not_come_whole_writes_nothing(served: Served, database: Database, secret: str) -> None:
    for told, sent in ((len(BODY) + 5, BODY), (len(BODY), BODY[:-5])):
        with socket.create_connection(served.socket.getsockname(), timeout=PATIENCE) as connection:
            head = b"POST /v1/claims HTTP/1.1\r\n" + HEAD.replace(b"KEY", secret.encode())
            connection.sendall(head + sized(sent, told))
        assert served.becomes_free()
    assert revisions(database) == 0
    short = b"POST /v1/claims HTTP/1.1\r\n" + HEAD + LAST + sized(BODY, len(BODY) - 5)
    assert talk(served, short, secret).startswith(b"HTTP/1.1 422")
    assert revisions(database) == 0


def test_a_client_that_leaves_before_the_answer_asks_again(served: Served, database: Database, secret: str) -> None:
    """Its write is there once, whether it was under way when the client left or had not begun."""
    sent = b"POST /v1/claims HTTP/1.1\r\n" + HEAD + b"Idempotency-Key: k\r\n" + sized(BODY)
    with socket.create_connection(served.socket.getsockname(), timeout=PATIENCE) as connection:
        connection.sendall(sent.replace(b"KEY", secret.encode()))
    again = talk(served, sent.replace(b"Content-Type", b"Connection: close\r\nContent-Type"), secret)
    assert again.startswith(b"HTTP/1.1 201")
    assert served.becomes_free()
    assert revisions(database) == 1


def test_a_key_is_revoked_between_two_requests_of_a_connection(served: Served, database: Database, secret: str) -> None:
    bodies = [json.dumps(CLAIM | {"key": f"b/{n}", "quote": f"we hired {n}"}).encode() for n in (1, 2)]
    first, second = (b"POST /v1/claims HTTP/1.1\r\n" + HEAD.replace(b"KEY", secret.encode()) + sized(b) for b in bodies)
    with socket.create_connection(served.socket.getsockname(), timeout=PATIENCE) as connection:
        connection.sendall(first)
        assert connection.recv(12) == b"HTTP/1.1 201"
        revoke_key(database, "desk")
        connection.sendall(second.replace(b"Host: x\r\n", b"Host: x\r\nConnection: close\r\n"))
        assert b"HTTP/1.1 401 Unauthorized" in read_to_end(connection)
    assert revisions(database) == 1
