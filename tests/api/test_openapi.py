"""The API's description: true, whole, and read without internet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.domain.documents import (
    ClaimOut,
    ClaimPage,
    Health,
    MetricOut,
    MetricPage,
    SourceOut,
    SourcePage,
    SpeakerOut,
    SpeakerPage,
)
from app.domain.fields import parameters
from app.main import create_app
from app.store.db import Database

Doc = dict[str, Any]

LISTS = ("claims", "speakers", "sources", "metrics")
OPERATIONS = [
    *(f"/v1/{name}" for name in LISTS),
    *(f"/v1/{name}/{{id}}" for name in LISTS),
    "/v1/claims/by-key/{key}",
    "/v1/claims/fields",
    "/v1/speakers/suggest",
    "/healthz",
    "/readyz",
]
SEARCH = "/v1/claims/search"  # the one that is posted  # fmt: skip
MERGED = [f"/v1/{name}/{{id}}" for name in LISTS if name != "claims"]  # what may be part of another
ANSWERS = {  # besides 200
    "/healthz": [],
    "/readyz": ["503"],
    "/v1/claims": ["304", "406", "422", "503"],
    "/v1/claims/fields": ["304", "422"],
}

# Examples that find nothing by themselves in the seed, and why.
ALONE_FIND_NOTHING = {
    ("claims", "figure__value"): "a value needs a unit or a metric",
    ("claims", "figure__value__gt"): "a value needs a unit or a metric",
    ("claims", "figure__value__gte"): "a value needs a unit or a metric",
    ("claims", "figure__value__lt"): "a value needs a unit or a metric",
    ("claims", "figure__value__lte"): "a value needs a unit or a metric",
    ("claims", "figure__match"): "it says how values match",
    ("sources", "url"): "the address of the seed's one source is unknown",
}


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def api(request: pytest.FixtureRequest, seeded_databases: Callable[[str], Database]) -> Iterator[TestClient]:
    """The API on the seed, opened once for the many requests here."""
    with TestClient(create_app(seeded_databases(request.param)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def described(seeded_databases: Callable[[str], Database]) -> Doc:
    """The OpenAPI document."""
    with TestClient(create_app(seeded_databases("sqlite"))) as client:
        document: Doc = client.get("/openapi.json").json()
    return document


def example_of(parameter: Doc) -> Any:
    """The example of a parameter, whichever of the two ways it is given."""
    named = parameter.get("examples", {})
    return named["example"]["value"] if "example" in named else parameter.get("example")


def query_parameters(described: Doc, resource: str) -> dict[str, Doc]:
    found = described["paths"][f"/v1/{resource}"]["get"]["parameters"]
    return {parameter["name"]: parameter for parameter in found if parameter["in"] == "query"}


# The document


def test_every_operation_is_described_and_no_other(described: Doc) -> None:
    assert sorted(described["paths"]) == sorted([*OPERATIONS, SEARCH])
    assert all(list(path) == ["post" if name == SEARCH else "get"] for name, path in described["paths"].items())


@pytest.mark.parametrize("path", OPERATIONS)
def test_an_operation_says_what_it_is_and_what_it_answers(described: Doc, path: str) -> None:
    operation = described["paths"][path]["get"]
    for told in ("operationId", "summary", "description", "tags"):
        assert operation[told], told
    assert set(operation["tags"]) <= {tag["name"] for tag in described["tags"]}
    answers = dict(operation["responses"])
    shape = answers.pop("200")["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert shape in described["components"]["schemas"]
    missing = ["404"] if "{" in path else []
    merged = ["308"] if path in MERGED else []
    wanted = ANSWERS.get(path, ["304", *merged, *missing, "422", "503"])
    assert sorted(answers) == wanted
    assert "content" not in answers.pop("304", {"description": ""})
    for answer in answers.values():
        assert answer["description"]
        problem = answer["content"]["application/problem+json"]["schema"]
        assert problem == {"$ref": "#/components/schemas/ProblemOut"}
        assert list(answer["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("path", [path for path in OPERATIONS if path.startswith("/v1/")])
def test_the_headers_that_an_answer_has_are_described(api: TestClient, described: Doc, path: str) -> None:
    operation = described["paths"][path]["get"]
    assert [one["name"] for one in operation["parameters"] if one["in"] == "header"] == ["If-None-Match"]
    prefix = {"claims": "clm", "speakers": "spk", "sources": "src", "metrics": "met"}[path.split("/")[2]]
    asked = path.format(id=f"{prefix}_1", key=api.get("/v1/claims/clm_1").json()["key"])
    if path.removeprefix("/v1/") in LISTS and prefix != "src":
        asked += "?limit=1"
    answer = api.get(asked, params={"q": "ka"} if path.endswith("suggest") else None)
    told = {name.lower() for name in operation["responses"]["200"]["headers"]}
    known = {"etag", "vary", "cache-control", "link", "content-location"}
    elsewhere = {"onrecord-revision"} | ({"link"} if prefix == "src" else set())  # of exports, and of longer lists
    assert answer.headers.keys() & known == told - elsewhere
    kept = api.get(str(answer.url), headers={"If-None-Match": answer.headers["etag"]})
    assert kept.status_code == 304
    assert {name.lower() for name in operation["responses"]["304"]["headers"]} <= set(kept.headers)


def test_operation_ids_are_told_apart(described: Doc) -> None:
    ids = [operation["operationId"] for path in described["paths"].values() for operation in path.values()]
    assert len(set(ids)) == len(ids)


def test_every_reference_leads_somewhere(described: Doc) -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
            value = list(value.values())
        for one in value if isinstance(value, list) else ():
            yield from references(one)

    found = set(references(described))
    assert len(found) > 10
    for reference in found:
        place: Any = described
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place


def test_every_filter_of_the_registry_is_a_parameter_in_its_order(described: Doc) -> None:
    known = [parameter.name for parameter in parameters()]
    described_here = list(query_parameters(described, "claims"))
    assert described_here[: len(known)] == known
    assert sorted(described_here[len(known) :]) == [
        "as_of", "count", "cursor", "fields", "format", "highlight", "limit", "min_revision", "sort"
    ]  # fmt: skip


@pytest.mark.parametrize("name", [parameter.name for parameter in parameters()])
def test_a_filter_is_described_with_type_description_and_example(described: Doc, name: str) -> None:
    registered = next(one for one in parameters() if one.name == name)
    parameter = query_parameters(described, "claims")[name]
    assert (parameter["in"], parameter["required"]) == ("query", False)
    assert parameter["description"] == registered.operator.description
    schema = parameter["schema"]
    assert (schema["type"] == "array") == registered.operator.many
    one = schema["items"] if registered.operator.many else schema
    assert one["type"] in ("string", "number", "boolean", "integer")
    assert tuple(one.get("enum", ())) == registered.operator.choices
    shown = example_of(parameter)
    assert shown == ([registered.operator.example] if registered.operator.many else registered.operator.example)


NOT_IN_THE_SEED = {  # its one source has no address, its speakers no identifiers, nobody assessed its claims
    "sources?url", "claims?source__url", "claims?speaker__identifier", "claims?assessment__publisher",
    "claims?assessment__rating",
}  # fmt: skip
EVERY_PARAMETER = [f"claims?{parameter.name}" for parameter in parameters()]
EVERY_PARAMETER += ["claims?sort", "claims?limit", "speakers?key", "speakers?name", "speakers?kind", "speakers?limit"]
EVERY_PARAMETER += ["speakers/suggest?q"]
EVERY_PARAMETER += ["sources?key", "sources?publisher", "sources?kind", "sources?url", "metrics?key", "metrics?name"]


@pytest.mark.parametrize("parameter", EVERY_PARAMETER)
def test_the_example_of_a_parameter_finds_something_in_the_seed(
    api: TestClient, described: Doc, parameter: str
) -> None:
    resource, name = parameter.split("?")
    asked: dict[str, Any] = {name: example_of(query_parameters(described, resource)[name])}
    if name.startswith("figure__value"):
        asked["figure__unit"] = "count/day" if asked[name] == "9000" else "count"
    elif name == "figure__match":
        asked |= {"figure__value": "4000", "figure__unit": "count"}
    answer = api.get(f"/v1/{resource}", params=asked)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["data"] != []) == (f"{resource}?{name}" not in NOT_IN_THE_SEED)


@pytest.mark.parametrize(("resource", "name"), ALONE_FIND_NOTHING)
def test_an_example_that_cannot_stand_alone_finds_nothing(
    api: TestClient, described: Doc, resource: str, name: str
) -> None:
    answer = api.get(f"/v1/{resource}", params={name: example_of(query_parameters(described, resource)[name])})
    assert answer.status_code == 422 or answer.json()["data"] == []


@pytest.mark.parametrize(
    ("resource", "record_id", "model", "page"),
    [
        ("claims", "clm", ClaimOut, ClaimPage),
        ("speakers", "spk", SpeakerOut, SpeakerPage),
        ("sources", "src", SourceOut, SourcePage),
        ("metrics", "met", MetricOut, MetricPage),
    ],
)
def test_what_is_answered_has_the_shape_that_is_described(
    api: TestClient, resource: str, record_id: str, model: type[BaseModel], page: type[BaseModel]
) -> None:
    answer = api.get(f"/v1/{resource}?limit=500")
    page.model_validate_json(answer.content, strict=True)
    assert answer.headers["content-type"] == "application/json"
    records = answer.json()["data"]
    assert len(records) == {"claims": 38, "speakers": 24, "sources": 1, "metrics": 8}[resource]
    for record in records:
        assert record["id"].startswith(record_id)
        alone = api.get(f"/v1/{resource}/{record['id']}")
        model.model_validate_json(alone.content, strict=True)
        assert list(alone.json()) == list(model.model_fields)[3:] + list(model.model_fields)[:3]
        assert alone.json() == record


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_has_the_shape_that_is_described(api: TestClient, path: str) -> None:
    Health.model_validate_json(api.get(path).content, strict=True)


# The pages that people read


class Links(HTMLParser):
    """The addresses that a page loads or names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, _tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attributes if name in ("src", "href", "spec-url", "data")]


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_documentation_loads_nothing_from_elsewhere(api: TestClient, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert not re.findall(r"https?:|['\"(]//|@import|fonts\.g", answer.text)
    links = Links()
    links.feed(answer.text)
    named = links.found + re.findall(r"url: '([^']+)'", answer.text)
    assert [one for one in named if one.endswith(".js")]
    assert "/openapi.json" in named
    for one in named:
        assert one.startswith("/")
        asset = api.get(one)
        assert asset.status_code == 200, one
        assert len(asset.content) > 100, one


def test_style_sheets_of_the_documentation_load_nothing_from_elsewhere(api: TestClient) -> None:
    style = api.get("/static-offline-docs/swagger-ui.css").text
    assert not [one for one in re.findall(r"url\(([^)]*)\)|@import ([^;]*)", style) if "http" in "".join(one)[:12]]


def test_the_root_leads_to_the_documentation(api: TestClient) -> None:
    answer = api.get("/")
    assert answer.history[0].status_code == 307
    assert answer.url.path == "/docs"


# Attacks that are made from the document itself


BOUNDED = settings(
    max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("path", [*OPERATIONS, SEARCH])
def test_requests_made_from_the_document_are_answered_as_it_says(seeded: Database, path: str) -> None:
    app = create_app(seeded)
    operation = schemathesis.openapi.from_dict(app.openapi())[path]["POST" if path == SEARCH else "GET"]
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    asked = 0

    with TestClient(app, raise_server_exceptions=False) as client:

        @settings(
            max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(st.one_of([operation.as_strategy(mode) for mode in schemathesis.GenerationMode]))
        def attack(case: schemathesis.Case[Any]) -> None:
            send(case)

        def send(case: schemathesis.Case[Any]) -> None:
            nonlocal asked
            sent = case.as_transport_kwargs(base_url="http://testserver")
            given = {name: sent[name] for name in ("params", "headers", "json", "data") if sent.get(name) is not None}
            if isinstance(body := given.pop("data", None), (str, bytes)):
                given["content"] = body
            answer = client.request(sent["method"], sent["url"], **given)
            is_behind = answer.status_code == 503 and answer.json()["code"] == "behind"  # asked for by min_revision
            case.validate_response(answer, checks=checks[1:] if is_behind else checks)
            asked += 1

        attack()
        for prefix in ("clm", "spk", "src", "met"):  # no id that is made up is that of a record
            if "{id}" in path:
                send(operation.Case(path_parameters={"id": f"{prefix}_1"}))
        if "{key}" in path:
            for key in ("japan-cyber-2024/shimada-1", "nothing", "a/b%2F.", "日本", "%", "?#"):
                send(operation.Case(path_parameters={"key": key}))
    assert asked
