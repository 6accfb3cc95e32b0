"""The texts of sources: handed out to keys with the scope `text`, and to nobody else in any answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.store.access.keys import make_key
from app.store.database.engine import Database
from tests.api.keyed import Open, asked, bearer
from tests.api.test_access import operations

SHOWN = "We hired 1,500 people"  # what a claim quotes
HIDDEN = ("Zanzibar", "quixotic", "marmalade")  # words of the text far from what is quoted
FILLER = "Filler. " * 60
TEXT = f"{HIDDEN[0]} stood at the beginning.\r\n{FILLER}{SHOWN}, said Ann Lee. {FILLER}{HIDDEN[1]} é 😀 end"
SECOND = f"{HIDDEN[2]} came later. {SHOWN}, she said."
SOURCE = {"key": "t", "title": "The budget", "url": "https://a.example/t", "text": TEXT}
CLAIM: dict[str, Any] = {"key": "b/1", "speaker": {"name": "Ann Lee"}, "quote": SHOWN, "source": {"key": "t"}}
EXPORTED = ("format=ndjson", "format=csv")


@pytest.fixture
def secrets(database: Database) -> dict[str, dict[str, str]]:
    """Headers with a key of each scope, and with none."""
    scopes = ("read", "write", "text", "admin")
    return {scope: bearer(make_key(database, f"{scope}er", [scope]).secret) for scope in scopes} | {"": {}}


@pytest.fixture
def held(client: TestClient, secrets: dict[str, dict[str, str]]) -> TestClient:
    """The API on a database with a source that has a text, another one before, and a claim that was found in both."""
    writes = secrets["write"]
    assert client.post("/v1/sources", json=SOURCE, headers=writes).status_code == 201
    assert client.post("/v1/claims", json=CLAIM, headers=writes).json()["citations"][0]["verification"] == "verbatim"
    changed = client.patch("/v1/sources/src_1", json={"text": SECOND}, headers=writes | {"If-Match": "*"})
    assert changed.status_code == 200
    return client


def test_a_text_is_given_as_it_was_to_keys_that_may_read_texts(
    held: TestClient, secrets: dict[str, dict[str, str]]
) -> None:
    for scope in ("text", "admin"):
        now = held.get("/v1/sources/src_1/text", headers=secrets[scope])
        assert (now.status_code, now.content) == (200, SECOND.encode())
        assert now.headers["content-type"] == "text/plain; charset=utf-8"
        for query in ("as_of=2", "version=1"):
            then = held.get(f"/v1/sources/src_1/text?{query}", headers=secrets[scope])
            assert then.content == TEXT.encode()
    claim = held.get("/v1/claims/clm_1?as_of=2").json()
    place = claim["citations"][0]["locator"]
    assert TEXT[place["start"] : place["end"]] == SHOWN
    kept = held.get("/v1/sources/src_1/text", headers=secrets["text"] | {"If-None-Match": now.headers["etag"]})
    assert (kept.status_code, kept.content) == (304, b"")


def test_a_text_is_given_to_nobody_else(held: TestClient, secrets: dict[str, dict[str, str]]) -> None:
    for scope, status in (("", 401), ("read", 403), ("write", 403)):
        for path in ("/v1/sources/src_1/text", "/v1/sources/src_9/text", "/v1/sources/none/text?as_of=2"):
            for more in ({}, {"If-None-Match": "*"}):
                for method in ("GET", "HEAD"):
                    answer = held.request(method, path, headers=secrets[scope] | more)
                    assert answer.status_code == status
                    assert answer.headers["www-authenticate"]
                    assert "etag" not in answer.headers


def test_a_source_without_a_text_says_so(held: TestClient, secrets: dict[str, dict[str, str]]) -> None:
    held.post("/v1/sources", json={"title": "Another"}, headers=secrets["write"])
    for path, code in (("src_2/text", "no-text"), ("src_3/text", "not-found"), ("clm_1/text", "not-found")):
        answer = held.get(f"/v1/sources/{path}", headers=secrets["text"])
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    into = held.post("/v1/sources/src_2/merge", json={"into": "src_1"}, headers=secrets["write"])
    assert into.status_code == 200
    moved = held.get("/v1/sources/src_2/text", headers=secrets["text"], follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (308, "/v1/sources/src_1/text")


def words_in(answer: Any) -> list[str]:
    """The hidden words that an answer has in its body or headers."""
    told = answer.text + str(answer.headers)
    return [word for word in HIDDEN if word in told]


def reads(client: TestClient) -> Iterator[str]:
    """Paths that read, of every operation of the document: of revisions and versions, and of words of the texts."""
    for path, method, said in operations(client):
        if method != "get" or said["security"][0].get("key"):
            continue
        plain = path.replace("{number}", "1").replace("{key}", "t" if "source" in path else "b/1")
        prefix = {"claims": "clm", "speakers": "spk", "sources": "src", "metrics": "met"}.get(path.split("/")[2], "")
        plain = plain.replace("{id}", f"{prefix}_1")
        names = {one["name"] for one in said["parameters"]}
        plain = f"{plain}?q={HIDDEN[0]}" if path.endswith("suggest") else plain
        plain = f"{plain}?metric=met_1" if path.endswith("statements-over-time") else plain
        yield plain
        yield from (f"{plain}{'&' if '?' in plain else '?'}as_of={n}" for n in (1, 2, 3) if "as_of" in names)
        yield from (f"{plain}?version={n}" for n in (1, 2) if "version" in names)
        yield from (f"{plain}?q={word}&highlight=true" for word in (*HIDDEN, SHOWN) if "highlight" in names)
        yield from (f"{plain}?{one}" for one in EXPORTED if path.endswith("export"))
        yield from (f"{plain}?renderings=true" for _ in "1" if "renderings" in names)
    yield "/v1/changes?since=0&limit=100"


def test_no_answer_to_a_reader_has_a_word_of_a_text(held: TestClient, secrets: dict[str, dict[str, str]]) -> None:
    paths = list(reads(held))
    assert len(paths) > 60
    for path in paths:
        answer = held.get(path, headers=secrets["read"])
        assert answer.status_code in (200, 404), (path, answer.text)
        assert [one for one in words_in(answer) if one not in path] == [], path
        if "q=" in path and SHOWN not in path:  # the texts are not searched
            assert answer.json()["data"] == []


def test_no_answer_to_a_writer_has_a_word_of_a_text(held: TestClient, secrets: dict[str, dict[str, str]]) -> None:
    """Neither a dry run nor an error nor a warning, whatever is asked about the words beside what is quoted."""
    guesses: list[tuple[str, str, Any]] = [
        ("PATCH", "/v1/sources/src_1", {"text": "Another"}),
        ("PATCH", "/v1/sources/src_1", {"text": None}),
        ("PUT", "/v1/sources/by-key/t", {"title": "The budget"}),
        ("POST", "/v1/sources", SOURCE | {"text": "x"}),
        ("POST", "/v1/claims", CLAIM | {"key": "b/2", "source": {"key": "t", "text": "x"}}),
        ("POST", "/v1/claims", CLAIM | {"key": "b/2", "quote": "not there at all"}),
        ("POST", "/v1/claims", CLAIM | {"key": "b/2", "quote": "We hired 1 500 persons"}),
        ("PATCH", "/v1/claims/clm_1", {"quote": f"{SHOWN} and more"}),
        ("PATCH", "/v1/claims/clm_1", {"citations": [{"source": "src_1", "locator": {"prefix": "came", "start": 1}}]}),
        ("POST", "/v1/revisions/3/undo", None),
    ]
    for method, path, body in guesses:
        for query, tag in (("?dry_run=true", "*"), ("?dry_run=true", '"src_1-v1"')):
            answer = held.request(method, path + query, json=body, headers=secrets["write"] | {"If-Match": tag})
            assert answer.status_code in (200, 409, 412, 422), answer.text
            assert words_in(answer) == [], (path, body)
    made = held.post("/v1/sources", json=SOURCE | {"key": "u", "url": None, "title": "U"}, headers=secrets["write"])
    assert (made.status_code, words_in(made)) == (201, [])


def test_a_text_that_is_refused_is_not_told(held: TestClient, secrets: dict[str, dict[str, str]]) -> None:
    """Messages show what was sent, and no more of it than helps; of a text nothing."""
    for text in (f"{HIDDEN[0]}\x00", f"{HIDDEN[0]} \ud800", {"of": HIDDEN[0]}, [HIDDEN[0]]):
        body = json.dumps(SOURCE | {"key": "u", "text": text})
        headers = secrets["write"] | {"Content-Type": "application/json"}
        answer = held.post("/v1/sources", content=body, headers=headers)
        assert (answer.status_code, words_in(answer)) == (422, [])


def test_what_stands_between_the_parts_of_an_elided_quote_is_shown_and_short(
    held: TestClient, secrets: dict[str, dict[str, str]]
) -> None:
    """It is told because who reads the quote must see what it leaves out; a gap that is not short is no quote."""
    long = held.patch("/v1/sources/src_1", json={"text": TEXT}, headers=secrets["write"] | {"If-Match": "*"})
    assert long.status_code == 200
    for words, status in ((f"{SHOWN} … Ann Lee", "elided"), (f"{HIDDEN[0]} stood … said Ann Lee", "not_found")):
        body = CLAIM | {"key": None, "quote": words}
        answer = held.post("/v1/claims?dry_run=true", json=body, headers=secrets["write"])
        citation = answer.json()["citations"][0]
        assert citation["verification"] == status
        assert (citation["locator"] or {}).get("gaps") == ([", said "] if status == "elided" else None)


def test_the_scope_of_texts_writes_nothing(serving: Open, secrets: dict[str, dict[str, str]]) -> None:
    client = serving()
    for path, method, said in operations(client):
        if said["security"][0].get("key") in (["write"], ["admin"]):
            assert asked(client, path, method, secrets["text"]) == (403, "scope-needed")
