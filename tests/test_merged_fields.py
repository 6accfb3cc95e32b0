"""Merges of speakers, sources and metrics, field by field of their models: gains, and what is told of others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from fastapi.testclient import TestClient
from pydantic import BaseModel

from app.domain.record.records_out import MetricOut, SourceOut, SpeakerOut, Stamps
from app.store.access.keys import make_key
from app.store.database.engine import Database
from app.store.imports.importer import Report

Doc = dict[str, Any]
Merge = Callable[[str, str], dict[str, str]]

MODELS: dict[str, type[BaseModel]] = {"speakers": SpeakerOut, "sources": SourceOut, "metrics": MetricOut}
OURS = {*Stamps.model_fields, "id", "version", "key"}
ELSEWHERE = {"source"}  # of groups and unnamed speakers
# Of each field a value, and another that contradicts it. The names are one: so is the record.
SENT: dict[str, dict[str, tuple[Any, Any]]] = {
    "speakers": {
        "name": ("One", "One"),
        "kind": ("organization", "person"),
        "aliases": (["Uno"], ["Eins"]),
        "identifiers": ({"isni": "1"}, {"isni": "2"}),
        "tenures": ([{"title": "mayor", "since": "2001", "until": "2005"}],
                    [{"title": "mayor", "since": "2002", "until": "2006"}]),
        "note": ("tall", "short"),
    },
    "sources": {
        "title": ("One", "One"),
        "kind": ("article", "report"),
        "authors": (["Ann Lee"], ["Bob Hill"]),
        "publisher": ("Pub", "Press"),
        "url": ("https://a.example/1", "https://a.example/2"),
        "archive_url": ("https://b.example/1", "https://b.example/2"),
        "published_on": ("2020", "2021-02"),
        "accessed_on": ("2022", "2023"),
        "language": ("en", "fr"),
        "note": ("long", "brief"),
        "text": ("alpha beta gamma", "delta"),
    },
    "metrics": {"name": ("staff", "crew"), "definition": ("people", "hands"), "unit": ("m", "km")},
}  # fmt: skip
SHOWN_AS = {"text": "text_sha256"}
BOTH = {"aliases", "identifiers"}  # the survivor has those of both
LEAD_ON = {"name", "title"}
NOUNS = [*SENT]


@pytest.fixture
def headers(database: Database) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_key(database, 'desk', ['write']).secret}"}


@pytest.fixture
def put(client: TestClient, headers: dict[str, str]) -> Callable[[str, str, Doc], str]:
    """Records a speaker, source or metric with a key; its id."""

    def send(noun: str, key: str, body: Doc) -> str:
        answer = client.put(f"/v1/{noun}/by-key/{key}", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    return send


@pytest.fixture(params=["cli", "http"])
def merge(
    request: pytest.FixtureRequest,
    database: Database,
    client: TestClient,
    headers: dict[str, str],
    run: Callable[..., Result],
) -> Merge:
    """Merges a record into another, by id; what is warned of, by field."""

    def by_command(merged: str, into: str) -> dict[str, str]:
        done = run(database, "merge", merged, into)
        assert done.exit_code == 0, done.output
        told = [line.removeprefix("warning: ").split(": ", 1) for line in done.stderr.splitlines()]
        return {one[0]: one[1] for one in told}

    def by_http(merged: str, into: str) -> dict[str, str]:
        noun = {"spk": "speakers", "src": "sources", "met": "metrics"}[merged[:3]]
        answer = client.post(f"/v1/{noun}/{merged}/merge", json={"into": into}, headers=headers)
        assert answer.status_code == 200, answer.text
        told = json.loads(answer.headers.get("onrecord-warnings", "[]"))
        assert {one["code"] for one in told} <= {"not-taken"}
        return {one["name"].removeprefix("/"): one["detail"] for one in told}

    return by_command if request.param == "cli" else by_http


def whole(noun: str, which: int) -> Doc:
    return {name: values[which] for name, values in SENT[noun].items()}


def bare(noun: str) -> Doc:
    name = "title" if noun == "sources" else "name"
    return {name: "some metric" if noun == "metrics" else SENT[noun][name][0]}


def content(client: TestClient, noun: str, record_id: str) -> Doc:
    """What was given of a record, the one that it is by now."""
    doc = client.get(f"/v1/{noun}/{record_id}").json()
    return {name: value for name, value in doc.items() if name not in OURS}


@pytest.mark.parametrize("noun", NOUNS)
def test_these_are_all_fields(noun: str) -> None:
    sent = {SHOWN_AS.get(name, name) for name in SENT[noun]}
    assert sent == MODELS[noun].model_fields.keys() - OURS - ELSEWHERE


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("bare_first", [True, False])
def test_a_survivor_gains_each_field_that_it_lacks(
    client: TestClient, put: Callable[[str, str, Doc], str], merge: Merge, noun: str, bare_first: bool
) -> None:
    bodies = {"bare": bare(noun), "whole": whole(noun, 0)}
    ids = {key: put(noun, key, bodies[key]) for key in sorted(bodies, reverse=not bare_first)}
    before = content(client, noun, ids["whole"])
    assert all(before[name] for name in before.keys() - ELSEWHERE)
    assert merge(ids["whole"], ids["bare"]) == {}
    after = content(client, noun, ids["bare"])
    assert after | {"name": before.get("name")} == before | {"name": before.get("name")}


@pytest.mark.parametrize("noun", NOUNS)
def test_a_survivor_of_one_that_lacks_fields_is_as_it_was(
    client: TestClient, put: Callable[[str, str, Doc], str], merge: Merge, noun: str
) -> None:
    into, merged = put(noun, "whole", whole(noun, 0)), put(noun, "bare", bare(noun))
    before = client.get(f"/v1/{noun}/{into}").json()
    assert merge(merged, into) == {}
    assert client.get(f"/v1/{noun}/{into}").json() == before


@pytest.mark.parametrize("noun", NOUNS)
def test_each_field_that_contradicts_is_kept_and_told(
    client: TestClient, put: Callable[[str, str, Doc], str], merge: Merge, noun: str
) -> None:
    # A person is no organization: the other way it is refused.
    into, merged = put(noun, "into", whole(noun, 0)), put(noun, "merged", whole(noun, 1))
    before = content(client, noun, into)
    told = merge(merged, into)
    assert told.keys() == SENT[noun].keys() - BOTH - LEAD_ON
    assert all(
        f"{into} (key " in one and "keeps its own" in one and "is in its history" in one for one in told.values()
    )
    after = content(client, noun, into)
    assert {name: after[name] for name in after.keys() - BOTH} == {name: before[name] for name in before.keys() - BOTH}
    for name in BOTH & after.keys():
        assert after[name] != before[name]


def test_a_source_is_found_by_what_it_gained_and_by_what_it_was_found_by(
    database: Database,
    client: TestClient,
    put: Callable[[str, str, Doc], str],
    merge: Merge,
    import_yaml: Callable[..., Report],
    run: Callable[..., Result],
) -> None:
    titled = "claims: [{key: t, quote: words, source: {title: Two}}]"
    assert not import_yaml(titled).faults
    assert not import_yaml("claims: [{key: c, quote: words, source: {key: one, title: One, publisher: Pub}}]").faults
    assert merge("src_2", "src_1").keys() == {"title"}
    assert client.get("/v1/claims?source__publisher=Pub").json()["meta"]["total"]["value"] == 2
    assert import_yaml(titled).revision is None
    third = put("sources", "three", {"title": "Three"})
    merge("src_1", third)
    assert import_yaml(titled).revision is None
    report = import_yaml("claims: [{key: u, quote: other words, source: {title: Three}}]")
    assert (len(report.faults), report.changes) == (0, {"created": 1})
    for number in ("5", "3"):
        assert run(database, "undo", number).exit_code == 0
    assert import_yaml(titled).revision is None
