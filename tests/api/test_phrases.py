"""Phrases, in claims whose texts nearly have them: by whatever way they are found, each page has them all in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.database.engine import Database
from tests.api.conftest import find_as_many
from tests.conftest import ENGINES
from tests.importing import import_paths

Doc = dict[str, Any]

TEXTS: list[Doc] = [
    {"quote": "one two three"},
    {"quote": "one two, but two three"},  # has both pairs, and not the phrase
    {"quote": "words", "paraphrase": "zero one two three four"},
    {"quote": "words", "venue": "in One Two Three"},
    {"quote": "one two", "paraphrase": "two three"},
    {"quote": "one two threes"},
    {"quote": "three two one"},
    {"quote": "a one-two three"},
    {"paraphrase": "two three, one two"},
]
COPIES = 12  # of each: enough for pairs of words to have terms of their own
LIMIT = 7


@pytest.fixture(scope="module", params=ENGINES)
def client(
    request: pytest.FixtureRequest, new_database: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """Each text COPIES times, each time a year later; some are retracted."""
    claims = [
        text | {"key": f"{number}-{copy}", "said_on": str(2000 + copy)}
        for copy in range(COPIES)
        for number, text in enumerate(TEXTS)
    ]
    claims += [claim | {"key": f"gone-{claim['key']}", "retraction": {"kind": "record_error"}} for claim in claims[:20]]
    file: Path = tmp_path_factory.mktemp("phrases") / "claims.json"
    file.write_text(json.dumps({"source": {"title": "S"}, "claims": claims}))
    database = new_database(request.param)
    assert not import_paths(database, [file]).faults
    with TestClient(create_app(database)) as opened:
        yield opened


def has(words: str, text: str | None) -> bool:
    return text is not None and words in text.lower().replace("-", " ").replace(",", "")


def anywhere(words: str) -> Callable[[Doc], bool]:
    return lambda text: any(has(words, one) for one in text.values())


ASKED: dict[str, Callable[[Doc], bool]] = {
    '"one two three"': lambda text: anywhere("one two three")(text) and text != {"quote": "one two threes"},
    '"one two three*"': anywhere("one two three"),
    '"one two"': anywhere("one two"),
    '-"one two three"': lambda text: not ASKED['"one two three"'](text),
    'one -"two three*"': lambda text: anywhere("one")(text) and not anywhere("two three")(text),
    '-"one two" OR "three two one"': lambda text: not anywhere("one two")(text) or anywhere("three two one")(text),
    '"one two three" OR "three two one" words': lambda text: (
        has("words", text.get("quote")) and anywhere("one two three")(text)
    ),
}


def tier(q: str, text: Doc) -> int:
    """How near a phrase is: in the quote; in quote or paraphrase; anywhere. An excluded phrase is near nowhere."""
    near = {name: text.get(name) for name in ("quote", "paraphrase")}
    if ASKED[q]({"quote": near["quote"]} | {name: text.get(name) for name in text if q.startswith("-")}):
        return 0
    return 1 if ASKED[q](near | {name: text.get(name) for name in text if q.startswith("-")}) else 2


def wanted(q: str, sort: str) -> list[str]:
    """The keys of what is found, in order."""
    found = [
        (tier(q, text) if sort == "relevance" else 0, -copy, number)
        for copy in range(COPIES)
        for number, text in enumerate(TEXTS)
        if ASKED[q](text)
    ]
    return [f"{number}-{-copy}" for _, copy, number in sorted(found, reverse=sort == "said_on")]


def walk(client: TestClient, **asked: str) -> list[Doc]:
    pages: list[Doc] = [client.get("/v1/claims", params=asked | {"limit": str(LIMIT)}).json()]
    while pages[-1]["links"]["next"]:
        pages.append(client.get(pages[-1]["links"]["next"]).json())
        assert len(pages) < 100
    return pages


@pytest.mark.parametrize("few", [0, 3, 10_000])
@pytest.mark.parametrize("sort", ["-said_on", "said_on", "relevance"])
@pytest.mark.parametrize("q", ASKED)
def test_pages_have_all_that_has_the_phrase_and_nothing_else(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, q: str, sort: str, few: int
) -> None:
    find_as_many(monkeypatch, few)
    keys = wanted(q, sort)
    pages = walk(client, q=q, sort=sort)
    assert [claim["key"] for page in pages for claim in page["data"]] == keys
    total = pages[0]["meta"]["total"]
    assert total["value"] == len(keys) if total["relation"] == "eq" else LIMIT < total["value"] <= len(keys)
    assert all(page["meta"]["total"] == total for page in pages)
    lines = client.get("/v1/claims/export", params={"q": q, "sort": sort}).text.splitlines()
    assert [json.loads(line)["key"] for line in lines] == keys


def test_how_many_there_are_is_told_exactly_unless_very_many_would_have_to_be_looked_at(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"q": '"one two three"', "limit": "1"}
    assert client.get("/v1/claims", params=asked).json()["meta"]["total"]["relation"] == "eq"
    find_as_many(monkeypatch, 3)
    assert client.get("/v1/claims", params=asked).json()["meta"]["total"]["relation"] == "gte"
    for sort in ("recorded_at", "-recorded_at"):  # which look at all
        total = client.get("/v1/claims", params=asked | {"sort": sort}).json()["meta"]["total"]
        assert total == {"value": len(wanted('"one two three"', "-said_on")), "relation": "eq"}
