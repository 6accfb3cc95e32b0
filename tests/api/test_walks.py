"""Walks through all pages while others write: each claim of the first page's moment once, as it was then."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.database.engine import Database
from tests.api.conftest import find_as_many
from tests.importing import import_paths
from tests.store.stored import write_files

Doc = dict[str, Any]
Write = Callable[[], None]

CLAIMS = 60
SORTS = [
    "sort=-said_on", "sort=said_on", "sort=-recorded_at", "sort=recorded_at",
    "sort=-updated_at", "sort=updated_at",
    "sort=figure__value&figure__unit=count", "sort=-figure__value&figure__unit=count", "q=words", "status=any",
]  # fmt: skip


def claim(number: int, said: str) -> Doc:
    return {
        "key": f"c{number}", "speaker": {"key": "ann"}, "said_on": f"20{number % 20:02}",
        "quote" if number % 3 else "paraphrase": f"words {said}",
        "figures": [{"metric": "staff", "value": number % 7, "unit": "count"}],
    }  # fmt: skip


@pytest.fixture
def write(database: Database, tmp_path: Path) -> Write:
    """Makes the next revision: claims come, change, go, and their speaker gets another name."""
    numbers = count()

    def run() -> None:
        n = next(numbers)
        claims = [claim(number, f"of revision {n}") for number in range(n, CLAIMS, max(n, 1))]
        claims += [claim(CLAIMS + 10 * n + new, "that are new") for new in range(10 if n else 0)]
        if n:
            claims[0] |= {"retraction": {"kind": "record_error"}}
        file = tmp_path / f"{n}.json"
        speakers = [{"key": "ann", "name": f"Ann {n}", "kind": "person"}]
        file.write_text(json.dumps({"source": {"key": "s", "title": "S"}, "speakers": speakers, "claims": claims}))
        assert not import_paths(database, [file], processes=1).faults

    run()
    return run


def walk(ask: Callable[[str | None], Doc], between: Write = lambda: None) -> tuple[list[Doc], int]:
    """All claims of all pages, and the revision that they tell."""
    page = ask(None)
    found, revision = list(page["data"]), page["meta"]["revision"]
    while page["page"]["next_cursor"]:
        between()
        page = ask(page["page"]["next_cursor"])
        assert page["meta"]["revision"] == revision
        found += page["data"]
    return found, revision


def test_walks_in_every_order_give_each_claim_of_their_moment_once(client: TestClient, write: Write) -> None:
    def ask(query: str, more: str) -> Doc:
        page: Doc = client.get(f"/v1/claims?{query}&{more}").json()
        return page

    wholes = {query: ask(query, "limit=500")["data"] for query in SORTS}
    pages = {query: [ask(query, "limit=17")] for query in SORTS}
    for _ in range(CLAIMS // 17):  # all go on by a page between two writes
        write()
        for query, given in pages.items():
            given.append(ask(query, f"limit=17&cursor={given[-1]['page']['next_cursor']}"))
    for query, whole in wholes.items():
        found = [one for page in pages[query] for one in page["data"]]
        assert found == whole, query
        assert len({one["id"] for one in found}) == len(found) == CLAIMS, query
        assert pages[query][-1]["page"]["next_cursor"] is None, query
        assert {page["meta"]["revision"] for page in pages[query]} == {1}, query
        assert ask(query, "limit=500")["data"] != whole, query
        assert ask(query, "limit=500&as_of=1")["data"] == whole, query


def test_a_walk_of_a_search_gives_each_claim_of_its_moment_once(client: TestClient, write: Write) -> None:
    where = {"or": [{"field": "q", "value": "words"}, {"field": "topic", "value": "none"}]}

    def ask(cursor: str | None) -> Doc:
        answer = client.post("/v1/claims/search", json={"where": where, "limit": 17, "cursor": cursor})
        assert answer.status_code == 200, answer.text
        page: Doc = answer.json()
        return page

    whole = client.post("/v1/claims/search", json={"where": where, "limit": 500}).json()["data"]
    assert walk(ask, write)[0] == whole
    other = client.post("/v1/claims/search", json={"limit": 17, "cursor": ask(None)["page"]["next_cursor"]})
    assert (other.status_code, other.json()["code"]) == (422, "cursor-mismatch")
    assert other.json()["errors"][0]["name"] == "/cursor"


def test_a_walk_beside_a_writer_gives_each_claim_once(client: TestClient, write: Write) -> None:
    over = threading.Event()

    def write_on() -> None:
        for _ in range(8):
            if not over.is_set():
                write()

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        for _ in range(3):
            found, revision = walk(
                lambda cursor: client.get(
                    "/v1/claims", params={"limit": 5} | ({"cursor": cursor} if cursor else {})
                ).json()
            )
            then = client.get(f"/v1/claims?limit=500&as_of={revision}").json()["data"]
            assert found == then
    finally:
        over.set()
        writer.join()


def test_the_past_is_asked_for_by_revision_and_by_moment(client: TestClient, write: Write) -> None:
    first = client.get("/v1/claims?limit=500&q=words").json()["data"]
    moment = first[0]["updated_at"]
    cursor = client.get("/v1/claims?limit=5").json()["page"]["next_cursor"]
    write()
    for as_of in ("1", moment):
        then = client.get("/v1/claims", params={"limit": "500", "q": "words", "as_of": as_of}).json()
        assert (then["data"], then["meta"]["revision"]) == (first, 1)
    assert client.get("/v1/claims?as_of=0").json()["meta"] == {"total": {"value": 0, "relation": "eq"}, "revision": 0}
    for query, code in (
        ("as_of=3", "as-of-future"),
        ("as_of=2999-01-01", "as-of-future"),
        (f"limit=5&as_of=2&cursor={cursor}", "cursor-mismatch"),
    ):
        answer = client.get(f"/v1/claims?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_day_of_the_past_is_its_end_as_in_filters(new_database: Callable[[str], Database], tmp_path: Path) -> None:
    database = new_database("sqlite")
    seeds = write_files(tmp_path, one="source: {title: T}\nclaims: [{key: one, quote: a}]\n")
    import_paths(database, [seeds], at=datetime(2026, 3, 5, 15, tzinfo=UTC))
    with TestClient(create_app(database)) as client:
        for day, total in (("2026-03-04", 0), ("2026-03-05", 1), ("2026-03-06", 1)):
            for name in ("as_of", "recorded_at__lte"):
                found = client.get("/v1/claims", params={name: day}).json()["meta"]["total"]["value"]
                assert (name, day, found) == (name, day, total)
        today = datetime.now(UTC).date().isoformat()
        answer = client.get("/v1/claims", params={"as_of": today})
        assert (answer.status_code, answer.json()["code"]) == (422, "as-of-future")


def test_what_is_found_is_counted_unless_no_number_is_asked_for(
    client: TestClient, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    find_as_many(monkeypatch, 3)
    for query in ("", "topic__isnull=true", "q=words", "status=any", "said_on=2003", "as_of=1"):
        number = len(client.get(f"/v1/claims?limit=500&{query}").json()["data"])
        totals = {
            how: client.get(f"/v1/claims?limit=2&{query}&count={how}").json() for how in ("exact", "capped", "none")
        }
        assert totals["exact"]["meta"]["total"] == {"value": number, "relation": "eq"}
        assert totals["capped"]["meta"]["total"] == totals["exact"]["meta"]["total"]
        assert totals["none"]["meta"]["total"] is None
        following = client.get(totals["none"]["links"]["next"]).json()
        assert following["meta"]["total"] is None


def test_an_answer_waits_for_no_revision_that_is_not_there(client: TestClient, write: Write) -> None:
    assert client.get("/v1/claims?min_revision=1").status_code == 200
    for answer in (client.get("/v1/claims?min_revision=2"), client.post("/v1/claims/search", json={"min_revision": 2})):
        assert (answer.status_code, answer.json()["code"]) == (503, "behind")
    write()
    assert client.get("/v1/claims?min_revision=2").status_code == 200
