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
from app.store.imports.importer import import_paths
from app.store.upgrade.index_differences import index_differences

Put = Callable[..., None]
GERMAN = {"key": "g", "title": "G", "language": "de-AT"}
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
