"""Matching: what was said before is found by other words for it, on both engines alike, and at a revision for good."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.database.engine import Database
from app.store.imports.importer import import_paths
from tests.conftest import ENGINES

Doc = dict[str, Any]

SOURCE = {"source": {"title": "Morning news", "url": "https://example.org/1"}}
YEN: Doc = {"metric": "fines", "value": "23000000", "unit": "JPY", "comparator": "at_most"}
CLAIMS: dict[str, Doc] = {
    "vaccine": {"quote": "This vaccine alters your genes", "topics": ["health"]},
    "dna": {"paraphrase": "Vaccines change the DNA of patients.", "topics": ["health"]},
    "dog-man": {"quote": "man bites dog"},
    "man-dog": {"quote": "dog bites man"},
    "fine": {"quote": "the fine may be that high", "figures": [YEN]},
    "troops": {"quote": "we have 4,000 soldiers there"},
    "fewer": {"quote": "we have 5,000 soldiers there"},
    "fires": {"quote": "Arsonists lit most of the Australian bush fires"},
    "kangaroo": {"quote": "We saved them all", "source": {"title": "Kangaroos in a hospital", "url": "https://k.example"}},
    "named": {"quote": "I was never there", "speaker": {"name": "Zebulon Quist", "kind": "person"}},
    "deutsch": {"quote": "Die Häuser sind in Gift getaucht", "language": "de"},
    "english": {"quote": "A gift for the houses", "language": "en"},
    "gone": {"quote": "The parrot is deceased", "retraction": {"kind": "record_error"}},
}  # fmt: skip
TEXTS = {
    "other words": ("A doctor says that the vaccine is altering genes", "vaccine"),
    "misspelt": ("arsonits in Austrlian bushes", "fires"),
    "a tag": ("#AustralianFires were arson", "fires"),
    "joined": ("australianbushfires", "fires"),
    "order of words": ("the man bites the dog!", "dog-man"),
    "other order": ("so the dog bites the man", "man-dog"),
    "number as a word": ("fined 23 million yen", "fine"),
    "number in other notation": ("there are 4 000 of them", "troops"),
    "number with a scale": ("there are 4 thousand of them", "troops"),
    "title of the source": ("kangaroo photo", "kangaroo"),
    "name of the speaker": ("Quist denies it", "named"),
    "stem of its language": ("Haus und Gifte", "deutsch"),
    "stem of another language": ("the house, and gifts", "english"),
    "address left out": ("deceased https://example.org/vaccine/genes parrot dog", "dog-man"),
}


def matched(client: TestClient, text: str, **options: Any) -> list[Doc]:
    answer = client.post("/v1/claims/match", json={"text": text, **options})
    assert answer.status_code == 200, answer.text
    found: list[Doc] = answer.json()["data"]
    return found


def keys(found: list[Doc]) -> list[str]:
    return [one["claim"]["key"] for one in found]


@pytest.fixture(scope="module")
def clients(new_database: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory) -> dict[str, TestClient]:
    """The claims, on each engine."""
    file: Path = tmp_path_factory.mktemp("matching") / "claims.json"
    claims = [{"key": key, "speaker": None, "language": "en"} | SOURCE | one for key, one in CLAIMS.items()]
    file.write_text(json.dumps({"metrics": [{"key": "fines", "name": "fines", "unit": "JPY"}], "claims": claims}))
    databases = {engine: new_database(engine) for engine in ENGINES}
    for database in databases.values():
        assert [str(one) for one in import_paths(database, [file]).faults] == []
    return {name: TestClient(create_app(one), raise_server_exceptions=False) for name, one in databases.items()}


@pytest.fixture(scope="module", params=ENGINES)
def api(request: pytest.FixtureRequest, clients: dict[str, TestClient]) -> TestClient:
    return clients[request.param]


@pytest.mark.parametrize(("text", "key"), TEXTS.values(), ids=TEXTS)
def test_a_claim_is_found_first_by(api: TestClient, text: str, key: str) -> None:
    assert keys(matched(api, text))[:1] == [key]


def test_each_claim_is_its_own_best_match_and_both_engines_give_the_same_order(clients: dict[str, TestClient]) -> None:
    for key, one in CLAIMS.items():
        text = one.get("quote") or one["paraphrase"]
        both = [matched(client, text, where={"field": "status", "value": "any"}) for client in clients.values()]
        assert keys(both[0])[0] == key
        assert [[hit["claim"]["id"], hit["score"], hit["why"]] for hit in both[0]] == [
            [hit["claim"]["id"], hit["score"], hit["why"]] for hit in both[1]
        ]
        scores = [hit["score"] for hit in both[0]]
        assert scores == sorted(scores, reverse=True)


def test_why_has_the_words_and_amounts_in_common_the_weightiest_first(api: TestClient) -> None:
    (first, *_) = matched(api, "the soldeirs: four, or 4 thousand soldier there")
    assert set(first["why"]["terms"]) == {"soldiers", "there"}
    assert first["why"]["figures"] == ["4,000"]
    (fine, *_) = matched(api, "up to 23,000,000 yen")
    assert fine["why"]["figures"] == ["23000000 JPY"]


@pytest.mark.parametrize("text", ["xylophone quartzite", "?! …", "日本"])
def test_nothing_in_common_is_nothing_found(api: TestClient, text: str) -> None:
    assert matched(api, text) == []


def test_what_is_found_meets_the_conditions(api: TestClient) -> None:
    text = "the vaccine changes genes of a man with a dog"
    assert keys(matched(api, text, where={"field": "topic", "value": "health"})) == ["dna", "vaccine"]
    assert len(matched(api, text, limit=1)) == 1
    assert keys(matched(api, "deceased parrot")) == []
    assert keys(matched(api, "deceased parrot", where={"field": "status", "value": "retracted"})) == ["gone"]


def test_a_long_text_is_compared_by_its_first_words(api: TestClient) -> None:
    text = "vaccine genes " + " ".join(f"w{number}" for number in range(3000))
    answer = api.post("/v1/claims/match", json={"text": text[:20_000]}).json()
    assert keys(answer["data"])[0] == "vaccine"
    assert answer["meta"]["notes"] == ["the first 300 different words of the text are compared"]


BAD = {
    "empty": ({"text": " "}, "/text", "is empty; write what was said"),
    "missing": ({}, "/text", None),
    "too long": ({"text": "a" * 20_001}, "/text", "has 20,001 characters; at most 20,000 are compared"),
    "no text": ({"text": 5}, "/text", "a text is needed here"),
    "NUL": ({"text": "a\0b"}, "/text", None),
    "unknown option": ({"text": "a", "cursor": "x"}, "/cursor", None),
    "too many": ({"text": "a", "limit": 101}, "/limit", None),
    "bad tree": ({"text": "a", "where": {"field": "topik", "value": "x"}}, "/where/field", None),
    "a revision to come": ({"text": "a", "as_of": 99}, "/as_of", None),
}


@pytest.mark.parametrize(("body", "place", "told"), BAD.values(), ids=BAD)
def test_what_cannot_be_asked_is_told_at_its_place(api: TestClient, body: Doc, place: str, told: str | None) -> None:
    answer = api.post("/v1/claims/match", json=body)
    assert answer.status_code == 422, answer.text
    (problem,) = answer.json()["errors"]
    assert (problem["in"], problem["name"]) == ("body", place)
    assert told is None or problem["detail"] == told


def test_what_is_similar_to_a_claim_is_not_itself(api: TestClient) -> None:
    (own,) = (hit["claim"] for hit in matched(api, CLAIMS["troops"]["quote"], limit=1))
    answer = api.get(f"/v1/claims/{own['id']}/similar?limit=2")
    assert keys(answer.json()["data"])[0] == "fewer"
    again = api.get(f"/v1/claims/{own['id']}/similar?limit=2", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert api.get("/v1/claims/clm_999/similar").status_code == 404


def test_an_answer_as_of_a_revision_is_the_same_after_later_imports(
    client: TestClient, import_yaml: Callable[..., Any]
) -> None:
    def import_claims(*quotes: str) -> None:
        claims = [{"key": quote, "quote": quote, "speaker": None} for quote in quotes]
        assert not import_yaml(json.dumps({"source": {"title": "Of dogs"}, "claims": claims})).faults

    def ask(as_of: int | None) -> bytes:
        body = {"text": "the dog ate 4,000 cats", "as_of": as_of}
        return client.post("/v1/claims/match", json=body).content

    import_claims("a dog ate cats", "no dog has 4,000 cats", "cats and dogs")
    before = ask(None)
    assert len(json.loads(before)["data"]) == 3
    import_claims("the dog ate 4,000 cats", "dog", "cat", "ate", "no dog has 4,000 mice", "der Hund")
    assert ask(1) == before
    assert ask(None) != before
