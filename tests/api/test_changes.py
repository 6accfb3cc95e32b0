"""The changes: each once, in order, with its document, whatever the size of pages; as pages and as events."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from app.api import events
from app.domain.record.answers_out import ChangesOut
from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.write.merge import merge_records
from app.store.write.undo import undo_revision
from tests.api.served import Served, connections_in_use, serving, settings_of
from tests.local_http import NO_CERTIFICATES
from tests.store.stored import rows
from tests.waiting import PATIENCE, comes_true

Doc = dict[str, Any]
Import = Callable[..., Report]

FIRST = """\
source: {key: s, title: T, publisher: Reuters}
speakers: [{key: bob, name: Bob, kind: person}, {key: robert, name: Robert, kind: person}]
metrics: [{key: staff, name: staff, unit: count}]
claims:
  - {key: one, speaker: {key: bob}, quote: alpha, figures: [{metric: {key: staff}, value: 1.10}]}
  - {key: two, speaker: {key: robert}, quote: "beta “ß”"}
"""
EDITED = "source: {key: s, title: T, publisher: Reuters}\nclaims: [{key: two, speaker: {key: robert}, quote: gamma}]\n"
RETRACTED = EDITED.replace("quote: gamma", "quote: gamma, retraction: {kind: record_error, reason: wrong}")
NEW = "source: {key: s}\nclaims: [{key: new, quote: delta}]\n"
RENAMED = "speakers: [{key: bob, name: Bob Miles, kind: person}]\n"
TOLD = [
    (1, "created", "source", "s"),
    (1, "created", "metric", "staff"),
    (1, "created", "speaker", "bob"),
    (1, "created", "speaker", "robert"),
    (1, "created", "claim", "one"),
    (1, "created", "claim", "two"),
    (2, "updated", "claim", "two"),
    (3, "retracted", "claim", "two"),
    (4, "updated", "speaker", "bob"),
    (4, "rendered", "claim", "one"),
    (5, "updated", "speaker", "bob"),
    (5, "rendered", "claim", "two"),
    (5, "merged", "speaker", "robert"),
]


@pytest.fixture
def story(import_yaml: Import, database: Database) -> None:
    """Five revisions."""
    for text in (FIRST, EDITED, RETRACTED, RENAMED):
        assert not import_yaml(text).faults
    found = dict(rows(database, "SELECT key, id FROM record_keys WHERE type = 'spk'"))
    merge_records(database, f"spk_{found['robert']}", f"spk_{found['bob']}", actor="ann", comment="the same")


def asked(client: TestClient, **query: object) -> Doc:
    answer = client.get("/v1/changes", params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    ChangesOut.model_validate_json(answer.content, strict=True)
    page: Doc = answer.json()
    return page


def told(page: Doc) -> list[tuple[object, ...]]:
    return [(one["revision"], one["type"], one["record"], one["key"]) for one in page["data"]]


def walked(client: TestClient, limit: int, since: str = "0") -> Iterator[Doc]:
    """All pages."""
    while True:
        page = asked(client, since=since, limit=limit)
        yield page
        assert page["next"] != since
        since = page["next"]
        if not page["meta"]["has_more"]:
            return


@pytest.mark.usefixtures("story")
def test_each_change_is_told_once_and_in_order(client: TestClient) -> None:
    page = asked(client)
    assert told(page) == TOLD
    assert page["revision_complete"]
    assert page["meta"] == {"revision": 5, "has_more": False, "documents": page["meta"]["documents"]}
    assert [one["into"] for one in page["data"]] == [None] * 12 + ["spk_1"]
    merge = page["revisions"][-1]
    assert (merge["number"], merge["actor"], merge["comment"], merge["merges"]) == (5, "ann", "the same", 1)
    assert merge["counts"]["speakers_merged"] == 1


@pytest.mark.usefixtures("story")
def test_what_is_undone_is_told(client: TestClient, database: Database, import_yaml: Import) -> None:
    undo_revision(database, 5)
    undo_revision(database, 3)
    import_yaml(NEW)
    undo_revision(database, 8)
    import_yaml(NEW)
    page = asked(client, since=5)
    assert [one for one in told(page) if one[2] != "source"] == [
        (6, "revived", "speaker", "robert"),
        (6, "updated", "speaker", "bob"),
        (6, "rendered", "claim", "two"),
        (7, "restored", "claim", "two"),
        (8, "created", "claim", "new"),
        (9, "undone", "claim", "new"),
        (10, "revived", "claim", "new"),
    ]
    assert [one["undoes"] for one in page["revisions"]] == [5, 3, None, 8, None]
    assert page["data"][-1]["document"]["version"] == 2


@pytest.mark.usefixtures("story")
def test_a_document_is_that_of_its_version_byte_for_byte(client: TestClient, database: Database) -> None:
    text = client.get("/v1/changes").text
    stored = rows(database, "SELECT doc FROM documents")
    for table in ("speakers", "sources", "metrics"):
        stored += rows(database, f"SELECT doc FROM {table}")  # noqa: S608  # our own names
    assert len(stored) == len(TOLD) - 1
    for (doc,) in stored:
        assert text.count(f'"document":{doc}}}') == 1
    for one in json.loads(text)["data"]:
        if one["document"]:
            assert (one["id"], one["key"], one["revision"]) == tuple(
                one["document"][name] for name in ("id", "key", "revision")
            )


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 7, 12, 13])
def test_pages_of_any_size_tell_the_same(client: TestClient, limit: int) -> None:
    pages = [*walked(client, limit)]
    assert [one for page in pages for one in told(page)] == TOLD
    assert all(len(page["data"]) == limit for page in pages[:-1])
    whole = [one["number"] for page in pages for one in page["revisions"][: None if page["revision_complete"] else -1]]
    assert whole == [1, 2, 3, 4, 5]
    for page in pages:
        last = page["data"][-1]["revision"]
        assert [one["number"] for one in page["revisions"]] == [*range(page["data"][0]["revision"], last + 1)]
        so_far = [one for one in TOLD if one[0] == last]
        assert page["revision_complete"] == (told(page)[-1] == so_far[-1])


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize("large", [0, 1500])
def test_a_page_ends_early_where_documents_are_large(
    client: TestClient, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.search.feed.LARGE", large)
    monkeypatch.setattr("app.store.search.feed.AT_ONCE", 2)
    pages = [*walked(client, 500)]
    assert [one for page in pages for one in told(page)] == TOLD
    assert len(pages) > 2


@pytest.mark.usefixtures("story")
def test_the_number_of_a_revision_is_a_place(client: TestClient) -> None:
    assert told(asked(client, since=3)) == [one for one in TOLD if one[0] > 3]
    end = asked(client, since=5)
    assert (end["data"], end["revisions"], end["revision_complete"]) == ([], [], True)
    assert end["next"] == asked(client)["next"] == asked(client, since=end["next"])["next"]


def test_nothing_is_told_of_an_empty_database(client: TestClient) -> None:
    page = asked(client)
    assert (page["data"], page["next"], page["meta"]["has_more"]) == ([], "0", False)


@pytest.mark.usefixtures("story")
def test_a_revision_without_changes_of_records_is_passed(client: TestClient, database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO revisions (number, recorded_at, actor, counts) VALUES (6, '2099-01-01T00:00:00.000000Z', 'x',"
            " '{}')"
        )
    page = asked(client, since=5)
    assert (page["data"], page["revision_complete"]) == ([], True)
    assert [one["number"] for one in page["revisions"]] == [6]
    assert page["next"].startswith("6.")


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize(
    ("since", "code"),
    [
        ("6", "since-future"), ("5.00000000", "other-history"), ("4.00000000.3.2", "other-history"),
        ("0.00000000", "other-history"), ("x", "bad-since"), ("", "bad-since"), ("-1", "bad-since"),
        ("1.5", "bad-since"), ("٣", "bad-since"), ("1.00000000.12.1", "bad-since"), ("9" * 16, "bad-since"),
    ],
)  # fmt: skip
def test_a_place_that_is_none_here_is_refused_with_what_to_do(client: TestClient, since: str, code: str) -> None:
    answer = client.get("/v1/changes", params={"since": since})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == code
    assert [one["name"] for one in problem["errors"]] == ["since"]
    assert ("since=0" in problem["detail"]) == (code != "bad-since")


@pytest.mark.usefixtures("story")
def test_an_unchanged_page_is_not_sent_again(client: TestClient, import_yaml: Import) -> None:
    tag = client.get("/v1/changes?since=2").headers["etag"]
    assert client.get("/v1/changes?since=2", headers={"If-None-Match": tag}).status_code == 304
    import_yaml(RENAMED.replace("Miles", "Hill"))
    assert client.get("/v1/changes?since=2", headers={"If-None-Match": tag}).status_code == 200


# Waiting


@pytest.fixture
def served(database: Database) -> Iterator[Served]:
    """The API on a port."""
    with settings_of(READ_TIMEOUT="600"), serving(database) as running:
        yield running


def changes_of(served: Served) -> str:
    return served.url.replace("claims", "changes")


def waiters(served: Served) -> int:
    taken: int = served.app.state.waiting.places_taken
    return taken


@pytest.mark.usefixtures("story")
def test_a_long_poll_returns_when_a_revision_comes(served: Served, import_yaml: Import) -> None:
    with ThreadPoolExecutor() as pool, httpx.Client(verify=NO_CERTIFICATES, timeout=PATIENCE) as client:
        poll = pool.submit(client.get, changes_of(served), params={"since": "5", "wait": "60"})
        assert comes_true(lambda: waiters(served) == 1)
        assert comes_true(lambda: connections_in_use(served.database) == 0)
        import_yaml(RENAMED.replace("Miles", "Hill"))
        assert [one["type"] for one in poll.result().json()["data"]] == ["updated", "rendered", "rendered"]
        over = client.get(changes_of(served), params={"since": "6", "wait": "1"}).json()
        assert (over["data"], over["next"][:2]) == ([], "6.")
        assert client.get(changes_of(served), params={"since": "5", "wait": "60"}).json()["data"]  # nothing to wait for
        assert comes_true(lambda: waiters(served) == 0)


@pytest.mark.usefixtures("story")
def test_waiting_takes_no_thread_and_a_client_that_leaves_no_place(served: Served, import_yaml: Import) -> None:
    asking = b"GET /v1/changes?since=5&wait=60 HTTP/1.1\r\nHost: x\r\n\r\n"
    port = served.socket.getsockname()[1]
    threads = threading.active_count()
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(300)]
    for one in clients:
        one.settimeout(PATIENCE)
        one.sendall(asking)
    assert comes_true(lambda: waiters(served) == 300)
    assert threading.active_count() < threads + 20
    assert httpx.get(f"{served.url}/clm_1", verify=NO_CERTIFICATES, timeout=PATIENCE).status_code == 200
    for one in clients[:200]:
        one.close()
    assert comes_true(lambda: waiters(served) == 100)
    import_yaml(RENAMED.replace("Miles", "Hill"))
    for one in clients[200:]:
        assert one.recv(12) == b"HTTP/1.1 200"
        one.close()
    assert comes_true(lambda: waiters(served) == 0)


@pytest.mark.usefixtures("story")
def test_no_more_wait_than_may(database: Database) -> None:
    with (
        settings_of(WAITERS="1"),
        serving(database) as served,
        ThreadPoolExecutor() as pool,
        httpx.Client(verify=NO_CERTIFICATES, timeout=PATIENCE) as client,
    ):
        poll = pool.submit(client.get, changes_of(served), params={"since": "5", "wait": "60"})
        assert comes_true(lambda: waiters(served) == 1)
        for headers in ({}, {"Accept": "text/event-stream"}):
            refused = client.get(changes_of(served), params={"since": "5", "wait": "60"}, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (503, "busy")
            assert refused.headers["retry-after"]
        served.app.state.stopping = True  # a wait ends when the server does
        assert poll.result().json()["data"] == []


# Events


def read_events(lines: Iterator[str], count: int) -> list[dict[str, str]]:
    """The next events of a stream, without comments."""
    found: list[dict[str, str]] = []
    event: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line == "":
            found += [event] if "data" in event else []
            event = {}
        else:
            event[name] = value
        if len(found) == count:
            return found
    raise AssertionError(f"it ended after {found}")


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize("limit", [2, 100])
def test_events_tell_the_same_and_go_on(served: Served, import_yaml: Import, limit: int) -> None:
    asking: Doc = {"url": changes_of(served), "headers": {"Accept": "text/event-stream"}, "params": {"limit": limit}}
    with httpx.Client(verify=NO_CERTIFICATES, timeout=PATIENCE) as client:
        with client.stream("GET", **asking) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.iter_lines()
            found = read_events(lines, len(TOLD) + 5)
            assert told({"data": [json.loads(one["data"]) for one in found if one["event"] == "change"]}) == TOLD
            whole = [json.loads(one["data"])["number"] for one in found if one["event"] == "revision"]
            assert whole == [1, 2, 3, 4, 5]
            assert found[6]["event"] == "revision"  # after its six changes
            assert comes_true(lambda: connections_in_use(served.database) == 0)
            import_yaml(RENAMED.replace("Miles", "Hill"))
            new = read_events(lines, 4)
            assert [one["event"] for one in new] == ["change"] * 3 + ["revision"]
        for at in (0, 3, 6, 10):  # it goes on inside of a revision, too
            asking["headers"]["Last-Event-ID"] = found[at]["id"]
            with client.stream("GET", **asking) as stream:
                assert read_events(stream.iter_lines(), 2) == found[at + 1 : at + 3]
    assert comes_true(lambda: waiters(served) == 0)


@pytest.mark.usefixtures("story")
def test_a_quiet_stream_sends_comments_and_ends_with_the_server(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT", 0.01)
    asking: Doc = {"headers": {"Accept": "text/event-stream"}, "params": {"since": "5"}, "timeout": PATIENCE}
    with httpx.stream("GET", changes_of(served), verify=NO_CERTIFICATES, **asking) as stream:
        lines = stream.iter_lines()
        assert [next(lines) for _ in range(4)] == ["retry: 2000", "", ":", ""]
        served.app.state.stopping = True
        assert set(lines) <= {":", ""}  # its end is a proper one
    assert comes_true(lambda: waiters(served) == 0)


@pytest.mark.usefixtures("story")
def test_a_stream_that_cannot_begin_is_a_problem(client: TestClient) -> None:
    answer = client.get("/v1/changes?since=9", headers={"Accept": "text/event-stream"})
    assert (answer.status_code, answer.json()["code"]) == (422, "since-future")
    headers = client.head("/v1/changes", headers={"Accept": "text/event-stream"})
    assert headers.headers["content-type"].startswith("text/event-stream")
    assert client.app.state.waiting.places_taken == 0  # type: ignore[attr-defined]  # of our app


@pytest.mark.usefixtures("story")
@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/json, text/event-stream;q=0.5"])
def test_json_is_given_where_events_are_not_preferred(client: TestClient, accept: str) -> None:
    assert client.get("/v1/changes", headers={"Accept": accept}).headers["content-type"] == "application/json"
