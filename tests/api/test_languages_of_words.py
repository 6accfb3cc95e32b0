"""Words of a claim that states no language are stemmed by that of its first source, as it is at each revision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.database.engine import Database
from app.store.search import lookups
from app.store.upgrade.index_differences import index_differences
from app.store.write.merge import merge_records
from tests.importing import import_paths

Put = Callable[..., None]
GERMAN = {"key": "g", "title": "G", "language": "de-AT"}
ENGLISH = {"key": "e", "title": "E", "language": "en"}
NONE = {"key": "n", "title": "N"}
WORDS = {"quote": "Die Häuser kosten 3.500 Euro"}


@pytest.fixture
def put(database: Database, tmp_path: Path) -> Put:
    """Imports claims that cite sources, in one revision, and finds the index as it should be."""

    def run(claims: list[dict[str, Any]], **more: Any) -> None:
        file = tmp_path / "claims.yaml"
        file.write_text(yaml.safe_dump({"claims": claims} | more))
        assert not import_paths(database, [file]).faults
        with database.read() as connection:
            assert list(index_differences(connection, lambda *_told: None, 1)) == []

    return run


@pytest.fixture
def client(database: Database) -> Iterator[TestClient]:
    with TestClient(create_app(database)) as client:
        yield client


def found(client: TestClient, q: str, **query: Any) -> list[str]:
    """The keys of the claims that a search text finds, in order."""
    answer = client.get("/v1/claims", params={"q": q} | query)
    assert answer.status_code == 200, answer.text
    return sorted(claim["key"] for claim in answer.json()["data"])


def test_the_first_source_tells_the_language_of_words_that_have_none(put: Put, client: TestClient) -> None:
    other = {"key": "o", "title": "O"}
    claims = [
        {"key": "of the source", "citations": [{"source": GERMAN}]} | WORDS,
        {"key": "of its own", "language": "en", "citations": [{"source": {"key": "g"}}]} | WORDS,
        {"key": "translated", "translated_from": "de", "citations": [{"source": {"key": "g"}}]} | WORDS,
        {"key": "of the second", "citations": [{"source": other}, {"source": {"key": "g"}}]} | WORDS,
        {"key": "of the first", "citations": [{"source": {"key": "g"}}, {"source": {"key": "o"}}]} | WORDS,
    ]
    put(claims)
    assert found(client, "haus") == ["of the first", "of the source"]
    assert found(client, "3500") == ["of the first", "of the source"]  # where a comma marks decimals
    assert len(found(client, "häuser")) == 5
    assert found(client, "häuser", language="de") == []  # the claims themselves state none


def test_a_name_is_stemmed_by_the_language_of_the_source(put: Put, client: TestClient) -> None:
    claims = [
        {"key": key, "quote": "a", "speaker": {"name": "Runners United"}, "source": source}
        for key, source in (
            ("en", {"key": "e", "title": "E", "language": "EN-gb"}),
            ("none", {"key": "n", "title": "N"}),
        )
    ]
    put(claims)
    assert found(client, "runner") == ["en"]
    assert found(client, "runners") == ["en", "none"]


def test_what_is_found_by_the_language_of_the_source_is_marked(put: Put, client: TestClient) -> None:
    put([{"key": "k", "source": GERMAN} | WORDS])
    asked = {"field": "q", "value": "haus 3500"}
    body = {"where": asked, "highlight": True}
    for answer in (
        client.get("/v1/claims", params={"q": "haus 3500", "highlight": "true"}),
        client.post("/v1/claims/search", json=body),
    ):
        (claim,) = answer.json()["data"]
        assert [claim["quote"][start:end] for start, end in claim["highlights"]["quote"]] == ["Häuser", "3.500"]
        assert claim["language"] is None


def test_words_are_marked_however_many_languages_there_are(
    put: Put, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "MAX_LANGUAGES", 2)
    tags = ["en-AU", "en-GB", "en-NZ", "en-ZA"]
    put(
        [{"key": tag, "quote": "houses", "language": tag, "source": dict(ENGLISH)} for tag in tags]
        + [{"key": "source", "quote": "houses", "source": {"key": "z", "title": "Z", "language": "en-ZW"}}]
        + [{"key": "none", "quote": "house", "translated_from": "de", "source": ENGLISH}]
    )
    answer = client.get("/v1/claims", params={"q": "house", "highlight": "true"})
    marked = {claim["key"]: claim["highlights"].get("quote") for claim in answer.json()["data"]}
    assert marked == {key: [[0, 6]] for key in [*tags, "source"]} | {"none": [[0, 5]]}


def test_an_edit_of_the_language_of_a_source_is_one_of_how_words_are_found(put: Put, client: TestClient) -> None:
    put([{"key": "k", "quote": "houses", "source": GERMAN | {"language": None}}])
    assert found(client, "house") == []
    put([], source=GERMAN | {"language": "en"})
    assert found(client, "house") == ["k"]
    put([], source=GERMAN | {"language": "ja"})
    assert [found(client, "house", as_of=revision) for revision in (1, 2, 3)] == [[], ["k"], []]


def test_a_source_that_is_stored_or_named_by_its_key_tells_the_language_too(put: Put, client: TestClient) -> None:
    put([{"key": "a", "source": GERMAN} | WORDS, {"key": "b", "source": {"key": "g"}} | WORDS])
    put([{"key": "c", "source": {"key": "g"}} | WORDS, {"key": "d", "source": {"key": "g", "title": "G"}} | WORDS])
    assert found(client, "haus") == ["a", "b", "c", "d"]


@pytest.mark.parametrize(("merged", "into", "then"), [("n", "e", ["e", "n"]), ("e", "n", ["e", "n"])])
def test_a_merged_source_tells_the_language_that_both_have_then(
    put: Put, client: TestClient, database: Database, merged: str, into: str, then: list[str]
) -> None:
    put([{"key": source["key"], "quote": "houses", "source": source} for source in (NONE, ENGLISH)])
    assert found(client, "house") == ["e"]
    ids = {source["key"]: source["id"] for source in client.get("/v1/sources").json()["data"]}
    merge_records(database, ids[merged], ids[into])
    put([])  # checks the index
    assert found(client, "house") == then
    assert found(client, "house", as_of=1) == ["e"]


def test_a_source_may_gain_its_language_later_in_an_import(put: Put, client: TestClient) -> None:
    put([{"key": "a", "quote": "houses", "source": NONE}, {"key": "b", "quote": "houses", "source": ENGLISH}])
    put(
        [
            {"key": "c", "quote": "houses", "source": NONE},
            {"key": "d", "quote": "houses", "source": NONE | {"language": "en"}},
        ]
    )
    assert found(client, "house") == ["a", "b", "c", "d"]
    assert found(client, "house", as_of=1) == ["b"]


def test_an_edit_of_a_claim_may_change_how_its_words_are_found(put: Put, client: TestClient) -> None:
    english_first = {"citations": [{"source": {"key": "e"}}, {"source": {"key": "n"}}]}
    retracted = {"status": "retracted", "retraction": {"kind": "record_error"}}
    versions: list[dict[str, Any]] = [
        {"citations": [{"source": NONE}, {"source": ENGLISH}]},
        english_first,
        english_first | {"translated_from": "de"},
        english_first | {"translated_from": "de", "language": "en"},
        english_first | {"translated_from": None, "language": None} | retracted,
    ]
    for version in versions:
        put([{"key": "k", "quote": "houses"} | version])
    each = [found(client, "house", as_of=revision, status="any") for revision in range(1, 6)]
    assert each == [[], ["k"], [], ["k"], ["k"]]
    put([], source=ENGLISH | {"language": "ja"})
    assert found(client, "house", status="any") == []
