"""Words are found as people type them: joined or apart, with any apostrophe, and numbers with any separator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.database.engine import Database
from tests.importing import import_paths

CLAIMS: dict[str, dict[str, Any]] = {
    "dont": {"quote": "We don’t have sick days", "language": "en"},
    "homme": {"quote": "C’est l'homme qui l’a dit", "language": "fr"},
    "shimada": {"quote": "It is Shimada’s plan", "language": "en"},
    "us": {"quote": "The U.S. spent more", "language": "en"},
    "lost": {"quote": "We lost 1,500 people", "language": "en"},
    "perdu": {"quote": "Nous avons perdu 2\u202f500 hommes", "language": "fr"},
    "verloren": {"quote": "Wir haben 3.500 Leute verloren", "language": "de"},
    "share": {"quote": "It fell by 3.500 percent", "language": "en"},
    "years": {"quote": "In 2019 500 people came, 10-15 a day", "language": "en"},
    "plans": {"quote": "The F-35 and COVID-19 plans", "language": "en"},
    "joined": {"quote": "The f35 dont fly 4500 km", "language": "en"},
    "japan": {"quote": "Japan agreed", "language": "en"},
    "japans": {"quote": "Japan’s answer came", "language": "en"},
    "unknown": {"quote": "Congress waited, Japan too"},
    "fleet": {"quote": "Two F-35s, and policy-makers of the 2020s", "language": "en"},
    "near": {"quote": "It is 10km away, or 1,200km", "language": "en"},
    "far": {"quote": "It is 10 km away, not 2 days", "language": "en"},
    "walk": {"quote": "A walk of 6.5km, or 7200km", "language": "en"},
    "walks": {"quote": "A walk of 6.5 km, or 7,200 km", "language": "en"},
    "wood": {"quote": "A wood of 12km²"},
    "woods": {"quote": "A wood of 12 km²"},
    "kittens": {"quote": "It had 8 kittens in 1960, not in 2020", "language": "en"},
    "sixties": {"quote": "An 8K film of the 1960s", "language": "en"},
    "run": {"quote": "He ran 42km"},
    "minister": {"quote": "De minister zegt niets", "language": "nl"},
    "school": {"quote": "قالت المدرسة إن علي هنا", "language": "ar"},
    "names": {
        "paraphrase": "Nothing",
        "speaker": {"name": "Jean-Luc O’Brien", "kind": "person"},
        "roles": [{"title": "Vice-chair of the U.N."}],
        "venue": "told Al-Monitor",
    },
}

FOUND = {
    "dont": ["dont", "joined"],
    "don't": ["dont", "joined"],
    "don’t": ["dont", "joined"],
    '"we dont have"': ["dont"],
    '"we don\'t have"': ["dont"],
    '"don t"': ["dont"],
    "homme -perdu": ["homme"],
    "l’homme": ["homme"],
    "lhomme": ["homme"],
    "Shimada": ["shimada"],
    "shimadas": ["shimada"],
    "US": ["us"],
    "U.S.": ["us"],
    '"the us spent"': ["us"],
    '"the U.S. spent"': ["us"],
    "1500": ["lost"],
    "1,500": ["lost"],
    "1 500": ["lost"],
    "1.500": ["lost"],
    '"lost 1500 people"': ["lost"],
    "2500": ["perdu"],
    "2’500": ["perdu"],
    "3500": ["verloren"],
    "3.500": ["share", "verloren"],
    "4 500": ["joined"],
    "4,500": ["joined"],
    "2019500": [],
    "1015": [],
    "1 50": [],
    "F35": ["fleet", "joined", "plans"],
    "f-35": ["fleet", "joined", "plans"],
    "F-35s": ["fleet", "joined", "plans"],
    "f35's": ["fleet", "joined", "plans"],
    '"f-35"': ["joined", "plans"],
    '"f-35s"': ["fleet"],
    "F 35": ["plans"],
    "2020": ["kittens"],
    "2020's": ["fleet"],
    "policy-maker": ["fleet"],
    "policymaker’s": ["fleet"],
    '"policy-maker"': [],
    "10 km": ["far", "near"],
    "10km": ["far", "near"],
    '"10 km away"': ["far", "near"],
    '"10km away"': ["far", "near"],
    '"10 km*"': ["far", "near"],
    "6.5 km": ["walk", "walks"],
    "6.5km": ["walk", "walks"],
    '"of 6.5 km"': ["walk", "walks"],
    "7 200km": ["walk", "walks"],
    "7200km": ["walk", "walks"],
    "12 km²": ["wood", "woods"],
    "12km2": ["wood", "woods"],
    "8K*": ["sixties"],
    "kittens -8k*": ["kittens"],
    '"8 k*"': ["kittens", "sixties"],
    "1960's": ["sixties"],
    "1960s": ["sixties"],
    "1960": ["kittens"],
    "1200 km": ["near"],
    "1,200 km": ["near"],
    "2nd": [],
    "10": ["far", "years"],
    "Japan": ["japan", "japans", "unknown"],
    "Japan's": ["japan", "japans", "unknown"],
    "JAPAN’S": ["japan", "japans", "unknown"],
    "japans": ["japan", "japans"],
    '"Japan\'s"': ["japans"],
    '"japans answer"': ["japans"],
    "congress's": ["unknown"],
    "answer -Japan's": [],
    "covid19": ["plans"],
    "COVID 19": ["plans"],
    '"f35 and covid-19 plan*"': ["plans"],
    "mini": [],
    "ministers": ["minister"],
    "مدرسه": ["school"],
    "على": ["school"],
    "obrien": ["names"],
    '"jeanluc o\'brien"': ["names"],
    '"vicechair of the un"': ["names"],
    "-don't dont": [],
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def typed(request: pytest.FixtureRequest, new_database: Any, tmp_path_factory: Any) -> Iterator[TestClient]:
    """The API on a database that has these claims, on each engine in turn."""
    database: Database = new_database(request.param)
    file: Path = tmp_path_factory.mktemp("typed") / "typed.yaml"
    claims = [{"key": key} | claim for key, claim in CLAIMS.items()]
    file.write_text(yaml.safe_dump({"source": {"title": "T"}, "claims": claims}))
    assert not import_paths(database, [file]).faults
    with TestClient(create_app(database)) as client:
        yield client


def found_by(client: TestClient, **query: str) -> dict[str, Any]:
    """The claims that a query finds, by key."""
    answer = client.get("/v1/claims", params={"highlight": "true", "q": "OR"} | query)
    assert answer.status_code == 200, answer.text
    return {claim["key"]: claim for claim in answer.json()["data"]}


@pytest.mark.parametrize("q", FOUND)
def test_words_are_found_as_they_are_typed(typed: TestClient, q: str) -> None:
    found = found_by(typed, q=q)
    assert sorted(found) == FOUND[q]
    for claim in found.values():
        assert claim["highlights"]


@pytest.mark.parametrize(
    ("q", "key", "marked"),
    [
        ("dont", "dont", ["don’t"]),
        ("1500", "lost", ["1,500"]),
        ("2500", "perdu", ["2\u202f500"]),
        ("US", "us", ["U.S"]),
    ],
)
def test_what_was_typed_is_marked_as_the_text_has_it(typed: TestClient, q: str, key: str, marked: list[str]) -> None:
    claim = found_by(typed, q=q)[key]
    assert [claim["quote"][start:end] for start, end in claim["highlights"]["quote"]] == marked


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("speaker__name__contains", "obrien"), ("speaker__name__contains", "O'Brien jean"),
        ("speaker__name__contains", "JeanLuc"), ("role__title__contains", "vicechair"),
        ("role__title__contains", "UN"), ("venue__contains", "almon"),
    ],
)  # fmt: skip
def test_words_of_names_titles_and_venues_are_found_as_they_are_typed(typed: TestClient, name: str, value: str) -> None:
    answer = typed.get("/v1/claims", params={name: value})
    assert [claim["key"] for claim in answer.json()["data"]] == ["names"]


@pytest.mark.parametrize(
    ("q", "missing"),
    [
        ("42 km zebra", "'zebra'"),
        ("1 200 km zebra", "'zebra'"),
        ("42 kg zebra", "'42' or 'kg' or 'zebra'"),
        ("10 kg", "'kg'"),
    ],
)
def test_a_note_misses_no_number_that_is_there_with_its_unit(typed: TestClient, q: str, missing: str) -> None:
    answer = typed.get("/v1/claims", params={"q": q}).json()
    assert answer["data"] == []
    assert answer["meta"]["notes"] == [f"q: no claim has {missing}"]
