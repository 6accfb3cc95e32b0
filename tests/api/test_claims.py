"""Claims on the seed: what the article says, by query and by key; and what they can be asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from fastapi.testclient import TestClient

from app.domain.query.registry import FIELDS, parameters
from app.domain.record.answers_out import ClaimFieldsOut
from app.main import create_app
from app.store.database.engine import Database
from app.store.imports.importer import Report

# (query, the keys of the claims that it finds, without the name of the source)
QUERIES = [
    ("speaker__name=Kazuhisa%20Shimada", ["shimada-1", "shimada-2", "shimada-3"]),
    ("speaker__name=kazuhisa+SHIMADA", ["shimada-1", "shimada-2", "shimada-3"]),
    ("speaker__name=Ituro%20Nishimoto", ["nishimoto-1", "nishimoto-2"]),
    ("speaker__name=nobody", []),
    ("figure__value__gte=9000&figure__unit=count/day", ["police-agency-1"]),
    ("figure__value__gte=375&figure__unit=count/h", ["police-agency-1"]),
    ("figure__unit=JPY&figure__value__gte=20000000", ["kihara-2"]),
    ("figure__unit=JPY&figure__value__gte=20000000&figure__match=certain", []),
    ("figure__unit=JPY&figure__value__lte=23000000&figure__match=certain", ["kihara-2"]),
    ("figure__value=50&figure__unit=percent", ["nishimoto-1"]),
    ("figure__value=0.5&figure__unit=ratio", ["nishimoto-1"]),
    ("said_on__within=2022", ["blair-1", "japan-1", "kishida-3", "kishida-4", "kishida-5", "japan-2"]),
    ("said_on=2022", ["blair-1", "japan-1", "kishida-3", "kishida-4", "kishida-5", "japan-2"]),
    ("said_on=2022-07-01", ["blair-1", "japan-1", "kishida-3", "kishida-4", "kishida-5", "japan-2"]),
    ("said_on__within=2022-07-01", []),
    (
        "said_on__gte=2024-04-30",
        ["kishida-1", "kishida-2", "defense-ministry-3", "defense-ministry-4", "defense-ministry-5"],
    ),
    ("said_on__lte=2021", []),
    ("q=%22political%20theater%22", ["greenwalt-1"]),
    ("q=%22theater%20political%22", []),
    ("q=theater+political", ["greenwalt-1"]),
    ("q=%E2%80%A6%21%22", []),
    ("organization__name=Pacific%20Forum", ["manantan-1"]),
    ("role__status=former&role__title__contains=intelligence", ["blair-1"]),
    ("relation__type=jointly", ["defense-ministry-2", "foreign-ministry-1"]),
    ("figure__period=2022&figure__unit=count/day", ["police-agency-2"]),
    ("figure__metric__name=Core+cyber+defence+personnel&figure__value=4000", ["kishida-4"]),
    ("status=retracted", []),
]  # fmt: skip


def keys(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"/v1/claims?{query}")
    assert answer.status_code == 200, answer.text
    return [claim["key"].split("/")[1] for claim in answer.json()["data"]]


@pytest.mark.parametrize(("query", "found"), QUERIES)
def test_a_query_finds_what_the_article_says(seeded_client: TestClient, query: str, found: list[str]) -> None:
    assert keys(seeded_client, query) == found


@pytest.mark.parametrize(
    "query", ["limit=500", "sort=said_on", "q=japan", "figure__isnull=true", *(q for q, _ in QUERIES)]
)
def test_both_engines_give_the_same_bytes(seeded_databases: Callable[[str], Database], query: str) -> None:
    answers = []
    for engine in ("sqlite", "postgresql"):
        with TestClient(create_app(seeded_databases(engine))) as client:
            answers.append(client.get(f"/v1/claims?{query}").content)
    assert answers[0] == answers[1]


# By key

KEYS = [
    "plain", "a/b/c", "by-key", "fields", "by-key/a", "clm_1", "a b", " a", "a+b", "a%2Fb", "a%b", "100%", "a?b", "a#b",
    "a//b", "/a", "a/", "a.b", "...", "a/./..b", ".a", "日本/安倍", "é", "e\u0301", "a\nb", "a\n", "a\tb", "a;b,c=d&e",
    "<a>'\"", "\U0001f600", "\ufffd", "sha256:0f", "http://example.org/x?y=z#w", "a" * 512, "日" * 170, "A/B/C",
]  # fmt: skip


@pytest.fixture
def keyed(client: TestClient, import_yaml: Callable[..., Report]) -> TestClient:
    """A claim with each of the keys, whose quote is the key's number."""
    claims = [{"key": key, "quote": str(number)} for number, key in enumerate(KEYS)]
    report = import_yaml(yaml.safe_dump({"source": {"key": "s", "title": "S"}, "claims": claims}, allow_unicode=True))
    assert not report.faults
    return client


def test_a_claim_is_found_by_any_key_and_by_no_other(keyed: TestClient) -> None:
    for number, key in enumerate(KEYS):
        answer = keyed.get(f"/v1/claims/by-key/{quote(key, safe='')}")
        assert answer.status_code == 200, (key, answer.text)
        assert (answer.json()["key"], answer.json()["quote"]) == (key, str(number))
        assert answer.headers["content-location"] == f"/v1/claims/{answer.json()['id']}"
        by_id = keyed.get(answer.headers["content-location"])
        assert by_id.content == answer.content
        assert by_id.headers["etag"] == answer.headers["etag"]
    for key in ("a/b", "a/b/c/", "PLAIN", "a\u0301", "a\n\n", "%61", "", "a" * 513):
        assert keyed.get(f"/v1/claims/by-key/{quote(key, safe='')}").status_code == 404, key


def test_slashes_of_a_key_may_stand_as_they_are(keyed: TestClient) -> None:
    for key in ("a/b/c", "by-key/a", "a//b", "/a", "a/", "日本/安倍"):
        answer = keyed.get(f"/v1/claims/by-key/{quote(key)}")
        assert answer.json()["key"] == key


@pytest.mark.parametrize("key", ["nothing", "a/b", "日本", "clm_1", 'x"y'])
def test_a_key_that_no_claim_has_is_named(seeded_client: TestClient, key: str) -> None:
    answer = seeded_client.get(f"/v1/claims/by-key/{quote(key)}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert key in answer.json()["detail"]


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [("%00", 404, "not-found"), ("a%00b", 404, "not-found"), ("%FF", 422, "bad-encoding"),
     ("%ED%A0%80", 422, "bad-encoding"), ("a%C3", 422, "bad-encoding"), ("%", 404, "not-found"),
     ("a" * 16_000, 404, "not-found"), ("a" * 20_000, 414, "uri-too-long"),
     ("itsuro-nishimoto", 404, "not-found"), ("x?key=y", 422, "unknown-parameter")],
)  # fmt: skip
def test_what_cannot_be_a_key_is_refused_with_the_reason(
    seeded_client: TestClient, sent: str, status: int, code: str
) -> None:
    answer = seeded_client.get(f"/v1/claims/by-key/{sent}")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert len(answer.content) < 2000


def test_a_key_is_read_where_the_path_before_it_is_spelt_otherwise(seeded_client: TestClient) -> None:
    answer = seeded_client.get("/v1/claims/by%2Dkey/japan-cyber-2024/shimada-1")
    assert answer.json()["id"] == "clm_16"


def test_a_retracted_claim_is_read_by_its_key(client: TestClient, import_yaml: Callable[..., Report]) -> None:
    one = "source: {key: s, title: S}\nclaims:\n  - {key: a/1, quote: one}\n"
    import_yaml(one)
    before = client.get("/v1/claims/by-key/a/1")
    import_yaml(one.replace("one}", "one, retraction: {kind: record_error}}"))
    after = client.get("/v1/claims/by-key/a/1", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert (after.json()["status"], after.json()["version"]) == ("retracted", 2)
    assert client.get("/v1/claims").json()["data"] == []


# Fields


@pytest.fixture(scope="module")
def fields(seeded_databases: Callable[[str], Database]) -> dict[str, Any]:
    """The answer of /v1/claims/fields."""
    with TestClient(create_app(seeded_databases("sqlite"))) as client:
        answer = client.get("/v1/claims/fields")
        ClaimFieldsOut.model_validate_json(answer.content, strict=True)
        told: dict[str, Any] = answer.json()
    return told


def test_the_fields_that_are_told_are_those_of_the_registry(fields: dict[str, Any]) -> None:
    assert [one["name"] for one in fields["data"]] == [field.name for field in FIELDS]
    assert [one["element"] for one in fields["data"]] == [field.element for field in FIELDS]
    told = [operator["parameter"] for one in fields["data"] for operator in one["operators"]]
    assert told == [parameter.name for parameter in parameters()]


def test_fields_and_the_description_of_the_api_say_the_same(
    seeded_databases: Callable[[str], Database], fields: dict[str, Any]
) -> None:
    paths = create_app(seeded_databases("sqlite")).openapi()["paths"]
    by_name = {one["name"]: one for one in paths["/v1/claims"]["get"]["parameters"]}
    exported = {one["name"]: one for one in paths["/v1/claims/export"]["get"]["parameters"]}
    for operator in [operator for one in fields["data"] for operator in one["operators"]]:
        parameter = by_name.pop(operator["parameter"])
        schema = parameter["schema"]
        example = [operator["example"]] if operator["repeatable"] else operator["example"]
        assert parameter["description"].startswith(operator["description"])
        assert example in schema.get("examples", ()) or f"={example}&" in parameter["description"]
        assert operator["repeatable"] == (schema["type"] == "array")
        assert operator["choices"] == schema.get("items", schema).get("enum")
        assert operator["parameter"].endswith(operator["operator"]) or operator["operator"] == "eq"
    assert fields["sorts"] == by_name["sort"]["schema"]["enum"]
    assert fields["formats"] == [by_name["format"]["schema"]["const"], *exported["format"]["schema"]["enum"]]


def test_lists_can_be_sorted_by_the_sortable_fields_and_no_others(
    seeded_client: TestClient, fields: dict[str, Any]
) -> None:
    for one in fields["data"]:
        for sort in (one["name"], f"-{one['name']}"):
            asked = {"sort": sort, "figure__unit": "count"}
            answer = seeded_client.get("/v1/claims", params=asked)
            assert (answer.status_code == 200) == one["sortable"] == (sort in fields["sorts"]), sort


def test_a_metric_that_is_asked_for_twice_is_one(seeded_client: TestClient) -> None:
    metrics = seeded_client.get("/v1/metrics").json()["data"]
    metric = next(one["id"] for one in metrics if one["unit"])
    once = seeded_client.get(f"/v1/claims?figure__value__gte=0&figure__metric={metric}")
    twice = seeded_client.get(f"/v1/claims?figure__value__gte=0&figure__metric={metric}&figure__metric={metric}")
    assert once.status_code == twice.status_code == 200
    assert once.json()["data"] == twice.json()["data"] != []


def test_a_date_a_speaker_and_a_topic_are_groups_and_a_search_text_is_not(fields: dict[str, Any]) -> None:
    groupable = {one["name"] for one in fields["data"] if one["groupable"]}
    assert {"said_on", "speaker", "topic"} <= groupable
    assert not {"q", "figure__value", "figure__match", "figure"} & groupable
