"""The values that claims have: topics, publishers and ratings, with counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.database.engine import Database
from tests.importing import import_paths

CLAIMS: list[dict[str, Any]] = [
    {"key": "a", "topics": ["Cyber defence", "Budget"], "assessments": [{"publisher": "P", "rating": "Mostly False"}]},
    {"key": "b", "topics": ["cyber  defence"], "assessments": [{"publisher": "P", "rating": "Mostly True"}]},
    {"key": "c", "topics": ["Élections"], "assessments": [{"publisher": "P", "rating": "Mostly false"}]},
    {"key": "d", "topics": ["self-defence", "cyber crime"]},
    {"key": "e", "topics": ["gone"], "retraction": {"kind": "record_error"}},
    {"key": "f"},
]


@pytest.fixture
def client(database: Database, tmp_path: Path) -> Any:
    whole = [claim | {"quote": claim["key"], "source": {"title": "T", "publisher": "The Press"}} for claim in CLAIMS]
    for n, claims in enumerate((whole[:1], whole)):
        (tmp_path / f"{n}.yaml").write_text(yaml.safe_dump({"claims": claims}, allow_unicode=True))
        assert not import_paths(database, [tmp_path / f"{n}.yaml"]).faults
    with TestClient(create_app(database)) as made:
        yield made


def found(client: TestClient, path: str, **query: Any) -> list[tuple[str, int]]:
    answer = client.get(f"/v1/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return [(one["name"], one["claims"]) for one in answer.json()["data"]]


def test_topics_come_with_counts_the_commonest_first(client: TestClient) -> None:
    every = [("Cyber defence", 2), ("Budget", 1), ("cyber crime", 1), ("Élections", 1), ("self-defence", 1)]
    assert found(client, "topics") == every
    assert found(client, "topics", limit=2) == every[:2]
    assert client.get("/v1/topics?limit=2").json()["meta"] == {"total": 5, "revision": 2}
    assert found(client, "topics", as_of=1) == [("Budget", 1), ("Cyber defence", 1)]
    for name, number in every:
        counted = client.get("/v1/claims", params={"topic": name}).json()["meta"]["total"]["value"]
        assert counted == number


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("cyb", ["Cyber defence", "cyber crime"]),
        ("DEF cyber", ["Cyber defence"]),
        ("def", ["Cyber defence", "self-defence"]),
        ("elec", ["Élections"]),
        ("efence", []),
        ("-", []),
        ("def -", []),
        ("gone", []),
    ],
)
def test_typed_words_begin_words_of_a_topic(client: TestClient, typed: str, names: list[str]) -> None:
    assert [name for name, _ in found(client, "topics/suggest", q=typed)] == names
    assert [name for name, _ in found(client, "topics", q=typed)] == names


def test_ratings_and_publishers_are_suggested(client: TestClient) -> None:
    assert found(client, "ratings/suggest", q="most")[0] == ("Mostly False", 2)
    assert found(client, "publishers/suggest", q="pre") == [("The Press", 5)]
    assert found(client, "publishers/suggest", q="  ") == []


def test_what_does_not_fit_is_refused(client: TestClient) -> None:
    for path, name, meant in (("topics?qq=x", "qq", ["q"]), ("topics/suggest?q=x&limits=3", "limits", ["limit"])):
        (problem,) = client.get(f"/v1/{path}").json()["errors"]
        assert (problem["name"], problem["did_you_mean"]) == (name, meant)
    assert client.get("/v1/topics/suggest").status_code == 422


def units(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/units", params=query)
    assert answer.status_code == 200, answer.text
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


def test_units_tell_their_names_and_exact_factors(empty_client: TestClient) -> None:
    assert units(empty_client, unit="km", limit=1) == [
        {"symbol": "km", "name": "kilometer", "plural": "kilometers", "dimension": "length", "factor": "1000",
         "offset": "0", "names": ["kilometer", "kilometers", "kilometre", "kilometres", "km"]}
    ]  # fmt: skip
    (fahrenheit,) = units(empty_client, q="fahr")
    assert (fahrenheit["factor"], fahrenheit["offset"]) == ("5/9", "45967/180")
    assert [one["symbol"] for one in units(empty_client, q="german mark")] == ["DEM", "DDM"]
    assert units(empty_client, q="no such unit") == []


def test_a_unit_that_is_made_of_others_is_read(empty_client: TestClient) -> None:
    own, *others = units(empty_client, unit="count/day")
    assert (own["symbol"], own["dimension"], own["factor"], others) == ("count/d", "count·time^-1", "1/86400", [])
    (refused,) = empty_client.get("/v1/units?unit=kmh").json()["errors"]
    assert (refused["name"], bool(refused["did_you_mean"])) == ("unit", True)


@pytest.fixture
def empty_client(seeded_databases: Callable[[str], Database]) -> Any:
    with TestClient(create_app(seeded_databases("sqlite"))) as made:
        yield made
