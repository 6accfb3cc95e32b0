"""The fields of records as the command lists them, as the page has them, and as their JSON Schemas take them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from app.api.write_docs import EXAMPLES
from app.cli.field_list import terminal_lines
from app.domain.record.field_paths import MODELS, RecordKind
from app.domain.record.input_schemas import schema_of
from app.domain.record.records_in import check_record
from app.domain.record.targets import targets_of
from tests.conftest import ROOT
from tests.domain.test_targets import ALL, record_with

SCHEMAS = {record: Draft202012Validator(schema_of(record)) for record in MODELS}
SHORT: list[dict[str, Any]] = [
    {"said_on": "2024-04", "role": "Prime Minister", "speaker": "spk_7", "source": "src_1", "via": "Kyodo"},
    {"role": {"title": "t", "organization": "Army"}, "source": {"title": "T"}, "locator": {"page": 12}},
    {"figures": [{"metric": "staff", "value": "1.50", "unit": "count", "kind": None}], "source": {"title": "T"}},
    {"topics": None, "speaker": None, "citations": [{"source": {"url": "https://a.example", "published_on": "2024"}}]},
]
WRONG: list[dict[str, Any]] = [
    {"source": {"title": "T"}, "rated_on": "2024"},
    {"source": {"title": "T"}, "assessments": [{"publisher": "P", "rating": "r", "ratedOn": "2024"}]},
    {"source": {"title": "T"}, "figures": [{"value": 3}]},
    {"source": {"title": "T"}, "figures": [{"metric": "m", "value": 3, "kind": "guess"}]},
    {"source": {"title": "T"}, "speaker": "Ann"},
    {"source": {"title": "T"}, "topics": "a"},
    {},
]


def test_a_pipe_gets_one_line_for_each_field(run: Callable[..., Result]) -> None:
    lines = run(None, "mapping", "fields", "claim").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [target.name for target in targets_of("claim")]
    (rated,) = (line for line in lines if line.startswith("assessments.0.rated_on "))
    assert rated.split("  ")[-1].strip() == "The date of the verdict. Example: 2015-01-14"
    every = run(None, "mapping", "fields").stdout.splitlines()
    assert len(every) == len(ALL)
    assert [line.split(":")[0] for line in (every[0], every[-1])] == ["claim", "metric"]


@pytest.mark.parametrize("width", [40, 80, 160])
def test_lines_are_no_longer_than_a_terminal_is_wide(width: int) -> None:
    lines = list(terminal_lines(tuple(MODELS), width))
    assert max(map(len, lines)) <= max(width, 80)
    heads = [line.split("  ")[0] for line in lines if line[:1] not in ("", " ") and not line.startswith("The fields")]
    assert heads == [target.name for _, target in ALL]


def test_the_page_of_the_fields_is_as_the_command_prints_it(run: Callable[..., Result]) -> None:
    done = run(None, "mapping", "fields", "--markdown")
    assert done.stdout == (ROOT / "docs" / "fields.md").read_text()
    assert "(docs/fields.md)" in (ROOT / "README.md").read_text()


def test_schemas_are_valid_and_printed_as_json(run: Callable[..., Result]) -> None:
    for record, validator in SCHEMAS.items():
        Draft202012Validator.check_schema(validator.schema)
        assert json.loads(run(None, "mapping", "fields", record, "--json").stdout) == schema_of(record)
    assert list(json.loads(run(None, "mapping", "fields", "--json").stdout)) == list(MODELS)


def test_the_schema_of_a_record_takes_what_the_record_takes(seeded_client: TestClient) -> None:
    sent: list[tuple[RecordKind, Any]] = [(record, record_with(record, target)) for record, target in ALL]
    sent += [("claim", {"quote": "q", **record}) for record in SHORT]
    sent += list(zip(MODELS, EXAMPLES.values(), strict=True))
    for record, value in sent:
        assert check_record(MODELS[record], value)[0], value
        assert [error.message for error in SCHEMAS[record].iter_errors(value)] == [], value
    for claim in seeded_client.get("/v1/claims").json()["data"]:
        SCHEMAS["claim"].validate(claim)


@pytest.mark.parametrize("value", WRONG)
def test_the_schema_of_a_claim_refuses_what_a_claim_refuses(value: dict[str, Any]) -> None:
    value = {"quote": "q", **value}
    assert check_record(MODELS["claim"], value)[0] is None
    assert not SCHEMAS["claim"].is_valid(value)


def test_every_field_of_a_schema_says_what_it_means() -> None:
    for validator in SCHEMAS.values():
        schema: Any = validator.schema
        objects = [schema, *(part for one in schema["$defs"].values() for part in one.get("anyOf", [one]))]
        fields = [field for one in objects for field in one.get("properties", {}).items()]
        assert fields
        assert [name for name, field in fields if not field.get("description")] == []


def test_bodies_of_requests_are_described_as_records_are(seeded_client: TestClient) -> None:
    described = seeded_client.get("/openapi.json").json()
    parts = described["components"]["schemas"]
    assert parts["AssessmentIn"]["properties"]["rated_on"]["description"] == "The date of the verdict."
    for record, (method, path) in {
        "claim": ("post", "/v1/claims"),
        "speaker": ("put", "/v1/speakers/by-key/{key}"),
        "metric": ("patch", "/v1/metrics/{id}"),
    }.items():
        schema = described["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
        whole = Draft202012Validator({**schema, "components": {"schemas": parts}})
        told = schema_of(record)["properties"]  # type: ignore[arg-type]  # names of records
        assert schema["properties"].keys() == told.keys()
        assert whole.is_valid({"note": "x"}) == (record != "claim" and "note" in told)
        assert not whole.is_valid({"notes": "x"})
