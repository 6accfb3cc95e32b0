"""GET /v1/speakers/suggest: speakers whose names have words that begin with what is typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.domain.record.answers_out import SuggestionsOut
from app.domain.text.tokenizer import tokens
from app.main import create_app
from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.records.names import starts_of
from tests.importing import import_paths

# name → aliases; ids are given in this order
SPEAKERS: dict[str, list[str]] = {
    "Shinzo Abe": ["安倍晋三", "Abe Shinzo"],
    "Kobo Abe": ["安部公房"],
    "Abe": [],
    "Abebe Bikila": [],
    "Abe Fortas": [],
    "Abélard": [],
    "Lincoln Society": ["Friends of Honest Abe", "Abe's Friends"],
    "Conan O’Brien": [],
    "Flann O'Brien": ["Brian O'Nolan"],
    "Jean-Luc Godard": [],
    "Δημήτρης Αβραμόπουλος": ["Dimitris Avramopoulos"],
    "Сергей Лавров": [],
    "محمد بن سلمان": [],
    "דוד בן־גוריון": ["David Ben-Gurion"],
    "नरेन्द्र मोदी": [],
    "김정은": [],
    "Ölaf Šćhölz": [],
    "U.S. State Department": ["State"],
    "101 Strings": [],
}
IDS = {name: f"spk_{number}" for number, name in enumerate(SPEAKERS, 1)}

# Typed texts, and the speakers found, best first: (name, alias that was found)
CASES: list[tuple[str, list[tuple[str, str | None]]]] = [
    (
        "abe",
        [("Abe", None), ("Abe Fortas", None), ("Lincoln Society", "Abe's Friends"), ("Shinzo Abe", "Abe Shinzo"),
         ("Abebe Bikila", None), ("Abélard", None), ("Kobo Abe", None)],
    ),
    ("abe ", [("Abe", None), ("Abe Fortas", None), ("Lincoln Society", "Abe's Friends"), ("Shinzo Abe", "Abe Shinzo"),
              ("Abebe Bikila", None), ("Abélard", None), ("Kobo Abe", None)]),
    ("ABEL", [("Abélard", None)]),
    ("abél", [("Abélard", None)]),
    ("shinzo abe", [("Shinzo Abe", None)]),
    ("shinzo a", [("Shinzo Abe", None)]),
    ("abe shi", [("Shinzo Abe", "Abe Shinzo")]),
    ("sh abe", [("Shinzo Abe", None)]),
    ("abe kob", [("Kobo Abe", None)]),
    ("honest f", [("Lincoln Society", "Friends of Honest Abe")]),
    ("honest lincoln", []),  # no name has both
    ("o'brien", [("Conan O’Brien", None), ("Flann O'Brien", None)]),
    ("o’br", [("Conan O’Brien", None), ("Flann O'Brien", None)]),
    ("obrien", []),
    ("jean-l", [("Jean-Luc Godard", None)]),
    ("luc", [("Jean-Luc Godard", None)]),
    ("安", [("Shinzo Abe", "安倍晋三"), ("Kobo Abe", "安部公房")]),
    ("安倍", [("Shinzo Abe", "安倍晋三")]),
    ("安倍 晋", [("Shinzo Abe", "安倍晋三")]),
    ("晋三", [("Shinzo Abe", "安倍晋三")]),
    ("倍安", []),
    ("αβρ", [("Δημήτρης Αβραμόπουλος", None)]),
    ("ΑΒΡΑΜΌΠΟΥΛΟΣ", [("Δημήτρης Αβραμόπουλος", None)]),
    ("лав", [("Сергей Лавров", None)]),
    ("سلم", [("محمد بن سلمان", None)]),
    ("גור", [("דוד בן־גוריון", None)]),
    ("मो", [("नरेन्द्र मोदी", None)]),
    ("김", [("김정은", None)]),
    ("scholz", [("Ölaf Šćhölz", None)]),
    ("olaf sch", [("Ölaf Šćhölz", None)]),
    ("state", [("U.S. State Department", "State")]),
    ("u.s", [("U.S. State Department", None)]),
    ("101", [("101 Strings", None)]),
    ("1", [("101 Strings", None)]),
    ("zzz", []),
    ("", []),
    ("   ", []),
    ("…!?'\"%_*", []),
]  # fmt: skip


def seed(database: Database, path: Any) -> None:
    speakers = [{"name": name, "kind": "person", "aliases": aliases} for name, aliases in SPEAKERS.items()]
    path.write_text(yaml.safe_dump({"speakers": speakers}, allow_unicode=True, sort_keys=False))
    assert not import_paths(database, [path]).faults


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def api(
    request: pytest.FixtureRequest, new_database: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """The API on the speakers above, opened once for the many requests here."""
    database = new_database(request.param)
    seed(database, tmp_path_factory.mktemp("speakers") / "speakers.yaml")
    with TestClient(create_app(database), raise_server_exceptions=False) as client:
        yield client


def suggest(client: TestClient, typed: str, **more: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/speakers/suggest", params={"q": typed, **more})
    assert answer.status_code == 200, answer.text
    SuggestionsOut.model_validate_json(answer.content, strict=True)
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def shown(found: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(one["name"], one["alias"]) for one in found]


@pytest.mark.parametrize(("typed", "found"), CASES)
def test_who_is_found_by_what_is_typed_best_first(
    api: TestClient, typed: str, found: list[tuple[str, str | None]]
) -> None:
    answer = suggest(api, typed)
    assert shown(answer) == found
    assert [one["id"] for one in answer] == [IDS[name] for name, _ in found]


def test_a_suggestion_has_what_a_list_needs(api: TestClient) -> None:
    one = suggest(api, "kobo")[0]
    assert one == {"id": "spk_2", "key": "kobo-abe", "name": "Kobo Abe", "kind": "person", "alias": None}
    assert api.get(f"/v1/speakers/{one['id']}").json()["name"] == one["name"]
    assert api.get("/v1/speakers/suggest?q=kobo").json()["meta"] == {"revision": 1}


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 50])
def test_fewer_suggestions_are_the_first_of_more(api: TestClient, limit: int) -> None:
    assert suggest(api, "abe", limit=limit) == suggest(api, "abe", limit=50)[:limit]


@pytest.mark.parametrize(
    ("query", "name", "code"),
    [("q=a&limit=0", "limit", "bad-value"), ("q=a&limit=51", "limit", "bad-value"),
     ("q=a&limit=x", "limit", "bad-value"), ("limit=3", "q", "missing"), ("", "q", "missing"),
     ("q=a&q=b", "q", "repeated"), ("q=" + "a" * 1001, "q", "bad-value"),
     ("q=a&cursor=x", "cursor", "unknown-parameter"), ("name=abe&q=a", "name", "unknown-parameter"),
     ("q=%FF", "q", "bad-encoding")],
)  # fmt: skip
def test_a_query_that_cannot_be_meant_is_refused(api: TestClient, query: str, name: str, code: str) -> None:
    answer = api.get(f"/v1/speakers/suggest?{query}")
    assert answer.status_code == 422
    assert (name, code) in [(one["name"], one["code"]) for one in answer.json()["errors"]]


@pytest.mark.parametrize(
    "typed",
    ["%", "_", "'%20OR%20''='", "%22", "%EF%BF%BF", "%F4%8F%BF%BF", "%E2%80%AE", "a" * 1000,
     "%E5%AE%89" * 1000,
     "+".join("abcdefghijklmnopqrstuvwxyz"), "a+b+" * 250, "+".join(f"{n}" for n in range(250)), "%CC%81", "NEAR(a",
     "%EF%B7%BA" * 300],
)  # fmt: skip
def test_any_text_is_valid(api: TestClient, typed: str) -> None:
    assert api.get(f"/v1/speakers/suggest?q={typed}").status_code == 200


words = st.sampled_from(
    ["abe", "ab", "a", "shinzo", "sh", "安", "安倍", "o'brien", "friends", "of", "b", "bikila", "st", "u.s", " "]
)


@settings(max_examples=60, deadline=None)
@given(typed=st.lists(words, min_size=1, max_size=3).map(" ".join))
def test_found_are_just_those_with_a_name_in_which_each_typed_word_begins_one(api: TestClient, typed: str) -> None:
    def fits(name: str) -> bool:
        own = f" {' '.join(tokens(name))}"
        return all(f" {' '.join(tokens(part))}" in own for part in typed.split())

    wanted = {name for name, aliases in SPEAKERS.items() if any(map(fits, (name, *aliases)))}
    found = suggest(api, typed, limit=50)
    assert {one["name"] for one in found} == (wanted if tokens(typed) else set())
    assert len({one["id"] for one in found}) == len(found)
    for one in found:
        assert fits(one["alias"] or one["name"])


def test_both_engines_suggest_the_same(seeded_databases: Callable[[str], Database]) -> None:
    answers = []
    for engine in ("sqlite", "postgresql"):
        with TestClient(create_app(seeded_databases(engine))) as client:
            answers.append([client.get(f"/v1/speakers/suggest?q={typed}").content for typed in "abcdefghijklmnops"])
    assert answers[0] == answers[1]


# Current names


def test_former_names_find_nobody(client: TestClient, database: Database, import_yaml: Callable[..., Report]) -> None:
    import_yaml("speakers: [{key: ada, name: Ada Lovelace, kind: person, aliases: [Countess]}]")
    import_yaml("speakers: [{key: ada, name: Augusta King, aliases: [Lady Lovelace]}]")
    assert [shown(suggest(client, typed)) for typed in ("ada", "countess", "lady", "king")] == [
        [], [], [("Augusta King", "Lady Lovelace")], [("Augusta King", None)],
    ]  # fmt: skip
    import_yaml("speakers: [{key: ada, name: Augusta King, aliases: []}]")
    assert shown(suggest(client, "lady")) == []
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM speaker_words")).scalar() == 2


def test_a_name_that_is_changed_twice_in_one_import_stands_once(
    client: TestClient, database: Database, import_yaml: Callable[..., Report]
) -> None:
    claims = "".join(f"  - {{key: k{n}, speaker: {{name: Ann Lee}}, quote: word {n}}}\n" for n in range(501))
    late = "  - {key: last, speaker: {name: Ann Lee, aliases: [Annie]}, quote: the last word}\n"
    assert not import_yaml(f"source: {{key: s, title: S}}\nclaims:\n{claims}{late}").faults
    assert shown(suggest(client, "ann")) == [("Ann Lee", None)]
    assert shown(suggest(client, "anni")) == [("Ann Lee", "Annie")]
    with database.read() as connection:
        found = connection.execute(text("SELECT n, words, begins FROM speaker_words ORDER BY n, words")).all()
    assert [tuple(row) for row in found] == [(0, "ann lee", True), (0, "lee", False), (1, "annie", True)]


def test_a_speaker_with_many_names_that_fit_takes_one_place(
    client: TestClient, import_yaml: Callable[..., Report]
) -> None:
    aliases = ", ".join(f"ann {n:03} ann" for n in range(100))
    import_yaml(
        f"speakers: [{{key: a, name: Ann, kind: person, aliases: [{aliases}]}}, {{key: b, name: Bea, kind: person}},"
        " {key: c, name: Ann Zed, kind: person}, {key: d, name: Bo Ann, kind: person}]"
    )
    assert [one["key"] for one in suggest(client, "ann", limit=3)] == ["a", "c", "d"]
    assert [one["key"] for one in suggest(client, "ann", limit=2)] == ["a", "c"]


def test_the_words_of_a_name_from_each_of_them_on() -> None:
    assert starts_of("Jean-Luc  GODARD") == [("jean luc godard", True), ("luc godard", False), ("godard", False)]
    assert starts_of("…") == []
    assert starts_of("a a") == [("a a", True), ("a", False)]


@pytest.mark.parametrize("letter", ["a ", "ﷺ", "㌖", "日", "\U0001f600a"])
def test_the_longest_names_can_be_stored_and_found(
    client: TestClient, import_yaml: Callable[..., Report], letter: str
) -> None:
    name = (letter * 512).encode()[:510].decode(errors="ignore").strip()
    report = import_yaml(yaml.safe_dump({"speakers": [{"key": "long", "name": name, "kind": "person"}]}))
    assert not report.faults, [str(fault) for fault in report.faults]
    assert [one["key"] for one in suggest(client, name)] == ["long"]
    assert [one["key"] for one in suggest(client, tokens(name)[-1])] == ["long"]
