"""Fields that are named by a path with dots in an object are told as the objects to write, in every form of record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.domain.record.records_in import ClaimIn, SourceIn, SpeakerIn, check_record
from app.store.access.keys import make_key
from app.store.database.engine import Database
from tests.importing import import_paths

CLAIM: dict[str, Any] = {"key": "a/1", "quote": "we hired", "source": {"title": "T"}}
TOLD = "there is no such field, for objects hold each other here: write "


@pytest.fixture
def writer(client: TestClient, database: Database) -> TestClient:
    client.headers["Authorization"] = f"Bearer {make_key(database, 'desk', ['write']).secret}"
    return client


@pytest.mark.parametrize(
    ("name", "value", "objects"),
    [
        ("speaker.name", "Bo", '{"speaker": {"name": "Bo"}}'),
        ("roles.0.position", "mayor", '{"roles": [{"title": "mayor"}]}'),
        ("speaker__name", "Bo", '{"speaker": {"name": "Bo"}}'),
        ("figures.0.value", 3, '{"figures": [{"value": 3}]}'),
        ("figures[1].value", 3.5, '{"figures": […, {"value": …}]}'),
        ("figures.value", 3, '{"figures": [{"value": 3}]}'),
        ("citations.0.source.url", "https://a.example", '{"citations": [{"source": {"url": "https://a.example"}}]}'),
        ("source.url", "https://a.example", '{"source": {"url": "https://a.example"}}'),
        ("locator.page", "x" * 41, '{"locator": {"page": …}}'),
        ("role/title", None, '{"role": {"title": …}}'),
        ("said_on.edtf", "2024", '{"said_on": {"edtf": "2024"}}'),
        ("topics.0", "pay", '{"topics": ["pay"]}'),
        ("speaker.identifiers.isni", "1", '{"speaker": {"identifiers": {"isni": "1"}}}'),
    ],
)
def test_a_path_with_dots_is_told_as_objects(name: str, value: object, objects: str) -> None:
    [problem] = check_record(ClaimIn, CLAIM | {name: value})[1]
    assert str(problem) == f"{name}: {TOLD}{objects}"


def test_a_misspelt_path_is_a_question() -> None:
    [problem] = check_record(ClaimIn, CLAIM | {"speaker.nmae": "Bo"})[1]
    assert (problem.detail, problem.did_you_mean) == ("there is no such field", ('{"speaker": {"name": "Bo"}}',))


def test_paths_into_one_object_are_told_together() -> None:
    named = {"speaker.name": "Bo", "figures.0.value": 3, "speaker.kind": "person", "figures.0.unit": "kg"}
    problems = check_record(ClaimIn, CLAIM | named | {"figures.2.value": 4})[1]
    speaker = '{"speaker": {"name": "Bo", "kind": "person"}}'
    figures = '{"figures": [{"value": 3, "unit": "kg"}, …, {"value": 4}]}'
    shown = {problem.field: problem.detail.removeprefix(TOLD) for problem in problems}
    assert shown == {name: speaker if "speaker" in name else figures for name in (*named, "figures.2.value")}
    many = {f"speaker.identifiers.s{n}": "1" for n in range(10)}
    assert sorted({problem.detail.count('": "1"') for problem in check_record(ClaimIn, CLAIM | many)[1]}) == [1, 9]


@pytest.mark.parametrize(
    "name", ["a.b", "notes.1", "quote.x", "https://a.example", ".", "0.speaker", "speaker." * 5_000]
)
def test_what_is_no_path_of_fields_is_not(name: str) -> None:
    [problem] = check_record(ClaimIn, CLAIM | {name: "Bo"})[1]
    assert TOLD not in str(problem)


def test_paths_below_an_object_are_told_from_there() -> None:
    assert '{"isni": "1"}' in str(check_record(ClaimIn, CLAIM | {"speaker": {"identifiers.isni": "1"}})[1][0])
    assert '[{"title": "mayor"}]' in str(check_record(SpeakerIn, {"name": "Bo", "tenures.0.title": "mayor"})[1][0])
    assert '{"edtf": "2024"}' in str(check_record(SourceIn, {"title": "T", "published_on.edtf": "2024"})[1][0])


def test_requests_are_told_it(writer: TestClient) -> None:
    assert writer.post("/v1/claims", json=CLAIM).status_code == 201
    told = f'{TOLD}{{"speaker": {{"name": "Bo"}}}}'
    for answer in (
        writer.post("/v1/claims", json=CLAIM | {"key": "a/2", "speaker.name": "Bo"}),
        writer.put("/v1/claims/by-key/a/1", json=CLAIM | {"speaker.name": "Bo"}, headers={"If-Match": "*"}),
        writer.patch("/v1/claims/clm_1", json={"speaker.name": "Bo"}, headers={"If-Match": "*"}),
    ):
        assert answer.status_code == 422
        [error] = answer.json()["errors"]
        assert (error["detail"], error.get("did_you_mean", [])) == (told, [])
    answer = writer.patch("/v1/sources/src_1", json={"published_on.edtf": "2024"}, headers={"If-Match": "*"})
    assert '{"published_on": {"edtf": "2024"}}' in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ndjson", json.dumps(CLAIM | {"speaker.name": "Bo"})),
        ("a.json", json.dumps({"claims": [CLAIM | {"speaker.name": "Bo"}]})),
        ("a.yaml", "claims: [{key: a/1, quote: we hired, source: {title: T}, speaker.name: Bo}]"),
    ],
)
@pytest.mark.parametrize("patches", [False, True])
def test_files_are_told_it(database: Database, tmp_path: Path, name: str, content: str, patches: bool) -> None:
    (tmp_path / name).write_text(content)
    [fault] = import_paths(database, [tmp_path / name], patch=patches).faults
    assert f'{TOLD}{{"speaker": {{"name": "Bo"}}}}' in str(fault.problem)
