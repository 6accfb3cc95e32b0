"""The API's description: true, whole, and read without internet."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
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

from app.api import formats
from app.api.disagreements import DisagreementQuery
from app.domain.query.registry import parameters
from app.domain.record.answers_out import (
    ClaimPage,
    Health,
    MetricPage,
    SourcePage,
    SpeakerPage,
)
from app.domain.record.records_out import ClaimOut, MetricOut, SourceOut, SpeakerOut
from app.main import create_app
from app.store.access.keys import make_key
from app.store.database.engine import Database
from tests.asked import cases
from tests.conftest import SEED
from tests.importing import import_paths

Doc = dict[str, Any]

LISTS = ("claims", "speakers", "sources", "metrics")
AGGREGATE = "/v1/claims/aggregate"
CITATION = "/v1/claims/{id}/citation"
OPERATIONS = [
    *(f"/v1/{name}" for name in LISTS),
    *(f"/v1/{name}/{{id}}" for name in LISTS),
    *(f"/v1/{name}/{{id}}/history" for name in LISTS),
    "/v1/revisions",
    "/v1/revisions/{number}",
    *(f"/v1/{name}/by-key/{{key}}" for name in LISTS),
    "/v1/claims/{id}/related",
    CITATION,
    AGGREGATE,
    "/v1/claims/{id}/similar",
    "/v1/claims/fields",
    "/v1/figures",
    "/v1/metrics/{id}/series",
    "/v1/metrics/{id}/disagreements",
    "/v1/speakers/{id}/statements-over-time",
    "/v1/speakers/suggest",
    "/v1/topics",
    "/v1/topics/suggest",
    "/v1/publishers/suggest",
    "/v1/ratings/suggest",
    "/v1/units",
    "/v1/datasets",
    "/v1/datasets/{name}",
    "/v1/changes",
    "/healthz",
    "/readyz",
]
DATASET = "/v1/datasets/{name}"  # of which the seed has none: see test_datasets
IN_THE_SEED = [path for path in OPERATIONS if path != DATASET]
EXPORT = "/v1/claims/export"  # which gives no JSON
FIGURES = "/v1/figures/export"
OF_SEVERAL_FORMATS: dict[str, Collection[formats.Format]] = {
    EXPORT: formats.EXPORTS,
    FIGURES: formats.FIGURES,
    CITATION: formats.CITATIONS,
    "/v1/metrics/{id}/series": formats.SERIES,
    AGGREGATE: formats.GROUPS,
    "/v1/claims/{id}": formats.CLAIMS,
    "/v1/claims/by-key/{key}": formats.CLAIMS,
}
TEXT = "/v1/sources/{id}/text"  # which needs a key: see test_source_texts
NEEDED = {"suggest": {"q": "ka"}, "statements-over-time": {"metric": "met_3"}}  # of the last part of a path
POSTED = ("/v1/claims/search", "/v1/claims/match", EXPORT, "/v1/figures/search", AGGREGATE)
# Routes of records that may be part of another, or have ended
RECORDS = [
    *(f"/v1/{name}/{one}" for name in LISTS for one in ("{id}", "by-key/{key}")),
    "/v1/claims/{id}/related",
    CITATION,
    "/v1/metrics/{id}/series",
    "/v1/metrics/{id}/disagreements",
    "/v1/speakers/{id}/statements-over-time",
    "/v1/claims/{id}/similar",
]
WRITES = [  # method, path, and what it answers besides 200
    *(("post", f"/v1/{name}", "201 401 403 409 413 414 415 422 429 503") for name in LISTS),
    *(("put", f"/v1/{name}/by-key/{{key}}", "201 401 403 409 412 413 414 415 422 428 429 503") for name in LISTS),
    *(("patch", f"/v1/{name}/{{id}}", "401 403 404 409 410 412 413 414 415 422 428 429 503") for name in LISTS),
    *(("post", f"/v1/{name}/{{id}}/merge", "401 403 404 409 410 412 413 414 415 422 429 503") for name in LISTS),
    ("delete", "/v1/claims/{id}", "401 403 404 409 410 412 413 414 415 422 428 429 503"),
    *(
        ("post", path, "201 401 403 404 409 413 414 415 422 429 503")
        for path in ("/v1/revisions/{number}/undo", "/v1/datasets/{name}/retract")
    ),
]
IMPORTS = [
    ("/v1/imports", "get"),
    ("/v1/imports", "post"),
    ("/v1/imports/{id}", "get"),
    ("/v1/imports/{id}", "delete"),
    ("/v1/imports/{id}/rejected", "get"),
]
ANSWERS = {  # besides 200
    "/healthz": [],
    "/readyz": ["503"],
    "/v1/claims/fields": ["304", "406", "414", "422"],
    "/v1/units": ["304", "406", "414", "422"],
    "/v1/changes": ["304", "406", "414", "422", "503"],
}

# Parameters without an example of their own, and why they cannot stand alone.
NOT_ALONE = {
    ("claims", "figure__value"): "a value needs a unit or a metric",
    ("claims", "figure__value__gt"): "a value needs a unit or a metric",
    ("claims", "figure__value__gte"): "a value needs a unit or a metric",
    ("claims", "figure__value__lt"): "a value needs a unit or a metric",
    ("claims", "figure__value__lte"): "a value needs a unit or a metric",
    ("claims", "figure__match"): "it says how values match",
    ("claims", "highlight"): "it shows where the words of q stand",
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
    """The example of a parameter; None where it has none."""
    return parameter["schema"].get("examples", [None])[0]


def query_parameters(described: Doc, resource: str) -> dict[str, Doc]:
    found = described["paths"][f"/v1/{resource}"]["get"]["parameters"]
    return {parameter["name"]: parameter for parameter in found if parameter["in"] == "query"}


# The document


def test_every_operation_is_described_and_no_other(described: Doc) -> None:
    known = {(path, "get") for path in (*OPERATIONS, EXPORT, FIGURES, TEXT)} | {(path, "post") for path in POSTED}
    known |= {(path, method) for method, path, _ in WRITES} | set(IMPORTS)
    assert {(path, method) for path, methods in described["paths"].items() for method in methods} == known


@pytest.mark.parametrize("path", [*OPERATIONS, *POSTED])
def test_what_is_no_export_answers_in_one_shape(described: Doc, path: str) -> None:
    """Clients of typed languages have one type for each answer."""
    for method, operation in described["paths"][path].items():
        content = operation["responses"]["200"]["content"]
        if (several := OF_SEVERAL_FORMATS.get(path)) and (method == "get" or path in (EXPORT, AGGREGATE)):
            assert list(content) == [one.media_types[0] for one in several]
            continue
        assert list(content) == ["application/json"]
        shape = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert shape in described["components"]["schemas"]


@pytest.mark.parametrize("path", [*OPERATIONS, EXPORT, FIGURES])
def test_an_operation_says_what_it_is_and_what_it_answers(described: Doc, path: str) -> None:
    operation = described["paths"][path]["get"]
    for told in ("operationId", "summary", "description", "tags"):
        assert operation[told], told
    assert set(operation["tags"]) <= {tag["name"] for tag in described["tags"]}
    answers = dict(operation["responses"])
    answers.pop("200")
    missing = ["404"] if "{" in path else []
    merged, ended = (["308"], ["410"]) if path in RECORDS else ([], [])
    refused = ["406"] if path.startswith("/v1/") else []
    refused += ["501"] if any(one.extra for one in OF_SEVERAL_FORMATS.get(path, ())) else []
    long = ["414"] if any(one["in"] == "query" for one in operation.get("parameters", ())) else []
    gate = ["401", "429"] if path.startswith("/v1/") else []
    wanted = ANSWERS.get(path, ["304", *merged, *missing, *refused, *ended, *long, "422", "503"])
    assert sorted(answers) == sorted([*gate, *wanted])
    assert "content" not in answers.pop("304", {"description": ""})
    for answer in answers.values():
        assert answer["description"]
        problem = answer["content"]["application/problem+json"]["schema"]
        assert problem == {"$ref": "#/components/schemas/ProblemOut"}
        assert list(answer["content"]) == ["application/problem+json"]


@pytest.mark.parametrize(("method", "path", "answers"), WRITES)
def test_a_write_says_what_it_is_and_what_it_answers(described: Doc, method: str, path: str, answers: str) -> None:
    operation = described["paths"][path][method]
    for told in ("operationId", "summary", "description", "tags"):
        assert operation[told], told
    assert sorted(operation["responses"]) == ["200", *answers.split()]
    for status in {"200", "201"} & operation["responses"].keys():
        headers = {"ETag", "OnRecord-Action", "OnRecord-Revision", "OnRecord-Warnings"}
        headers = {"Location", "OnRecord-Revision"} if path.endswith(("undo", "retract")) else headers
        assert operation["responses"][status]["headers"].keys() >= headers
        assert list(operation["responses"][status]["content"]) == ["application/json"]
    named = {one["name"]: one["required"] for one in operation["parameters"] if one["in"] == "header"}
    matches = {"patch": True, "delete": True, "put": False}.get(method, False if path.endswith("merge") else None)
    wanted = {} if matches is None else {"If-Match": matches}
    assert named == wanted | ({"Idempotency-Key": False} if method == "post" else {})


@pytest.mark.parametrize("path", [*(path for path in IN_THE_SEED if path.startswith("/v1/")), EXPORT, FIGURES])
def test_the_headers_that_an_answer_has_are_described(api: TestClient, described: Doc, path: str) -> None:
    operation = described["paths"][path]["get"]
    assert [one["name"] for one in operation["parameters"] if one["in"] == "header"] == ["If-None-Match"]
    prefix = {"claims": "clm", "speakers": "spk", "sources": "src", "metrics": "met"}.get(path.split("/")[2], "")
    shown = {one["name"]: example_of(one) for one in operation["parameters"] if one["in"] == "path"}
    asked = path.format_map(
        shown | {"number": 1, "key": api.get(f"/v1/{path.split('/')[2]}/{prefix}_1").json().get("key")}
    )
    if path.removeprefix("/v1/") in (*LISTS, "figures") and prefix != "src":
        asked += "?limit=1"
    answer = api.get(asked, params=NEEDED.get(path.rpartition("/")[2]))
    told = {name.lower() for name in operation["responses"]["200"]["headers"]}
    known = {"etag", "vary", "cache-control", "link", "content-location", "content-disposition"}
    known |= {"onrecord-build", "onrecord-revision"}
    elsewhere = (
        {"link"}
        if prefix == "src" or "/history" in path or path in ("/v1/revisions", "/v1/datasets", EXPORT, FIGURES)
        else set()
    )  # of longer ones
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


FIRST = [
    "q", "speaker__name", "speaker__name__contains", "organization__name", "topic", "said_on", "said_on__within",
    "said_on__gte", "said_on__lte", "sort", "limit",
]  # fmt: skip


@pytest.mark.parametrize("resource", ["claims", "claims/export", "figures", "figures/export"])
def test_what_people_try_first_comes_first_and_the_rest_in_the_order_of_the_registry(
    described: Doc, resource: str
) -> None:
    rest = [parameter.name for parameter in parameters() if parameter.name not in FIRST]
    told = list(query_parameters(described, resource))
    assert told[: len(FIRST) + len(rest)] == [*FIRST, *rest]
    options = {"as_of", "format", "min_revision"} | ({"cursor"} if not resource.endswith("export") else set())
    options |= {"convert_to"} if resource.startswith("figures") else {"count", "fields"}
    assert set(told[len(FIRST) + len(rest) :]) == options | ({"highlight", "facets"} if resource == "claims" else set())


@pytest.mark.parametrize("name", [parameter.name for parameter in parameters()])
def test_a_filter_is_described_with_type_description_and_example(described: Doc, name: str) -> None:
    registered = next(one for one in parameters() if one.name == name)
    parameter = query_parameters(described, "claims")[name]
    assert (parameter["in"], parameter["required"]) == ("query", False)
    assert parameter["description"].startswith(registered.operator.description)
    schema = parameter["schema"]
    assert (schema["type"] == "array") == registered.operator.many
    one = schema["items"] if registered.operator.many else schema
    assert one["type"] in ("string", "number", "boolean", "integer")
    assert tuple(one.get("enum", ())) == registered.operator.choices
    shown = [registered.operator.example] if registered.operator.many else registered.operator.example
    if ("claims", name) in NOT_ALONE:
        assert f"`{name}={shown}&" in parameter["description"]
        assert example_of(parameter) is None
    else:
        assert example_of(parameter) == shown


def test_values_are_described_as_they_are_sent(described: Doc) -> None:
    python = re.compile(r"`([^`]*=)?(True|False|None)\b")
    told = [one["description"] for _, _, operation in operations(described) for one in operation.get("parameters", ())]
    assert not [one for one in told if python.search(one)]
    dry_run = next(one for one in described["paths"]["/v1/claims"]["post"]["parameters"] if one["name"] == "dry_run")
    assert "Example: `true`." in dry_run["description"]


NOT_IN_THE_SEED = {  # its one source has no address, its speakers no identifiers, nobody assessed its claims, and
    # these are of no dataset
    "claims?dataset", "datasets?as_of", "datasets?limit", "datasets?format",
    "sources?url", "claims?source__url", "claims?speaker__identifier", "claims?assessment__publisher",
    "claims?assessment__rating", "ratings/suggest?q", "ratings/suggest?limit", "ratings/suggest?format",
    "ratings/suggest?as_of",
}  # fmt: skip
NOT_IN_THE_SEED |= {one.replace("claims?", "claims/aggregate?") for one in NOT_IN_THE_SEED if one.startswith("claims?")}
NOT_IN_THE_SEED |= {  # what these examples find there has no figure
    f"figures?{name}"
    for name in (
        "assessment__publisher", "assessment__rating", "dataset", "id", "key", "organization", "organization__key",
        "organization__name", "q", "related_to", "related_to__key", "relation__type", "role__status", "role__title",
        "source__url", "speaker", "speaker__identifier", "speaker__key", "speaker__name", "speaker__name__contains",
        "venue__contains",
    )
}  # fmt: skip
NOT_IN_THE_SEED |= {  # where values on a metric that contradict each other are not of one period
    f"metrics/{{id}}/disagreements?{name}" for name in DisagreementQuery.model_fields if name != "periods"
}
NOT_IN_THE_SEED |= {
    f"{path}?{name}"
    for path, names in {
        "metrics/{id}/series": "said_on said_on__lte said_on__within speaker speaker__key speaker__name figure__change"
        " figure__kind figure__period__within dataset",
        "speakers/{id}/statements-over-time": "metric dataset figure__change figure__period figure__period__within"
        " said_on__gte",
    }.items()
    for name in names.split()
}


def operations(described: Doc) -> list[tuple[str, str, Doc]]:
    return [(method, path, one) for path, methods in described["paths"].items() for method, one in methods.items()]


def examples_in(parameter: Doc) -> list[Any]:
    """Every example of a parameter: its own, its schema's, and those of the items of its list."""
    schema = parameter["schema"]
    own = [parameter["example"]] if "example" in parameter else []
    return [*own, *schema.get("examples", ()), *([one] for one in schema.get("items", {}).get("examples", ()))]


def requests_shown(described: Doc) -> Iterator[tuple[str, str, Doc, Any]]:
    """The requests that the document's examples are: method, path, parameters and body. Each example of a parameter
    alone with what is required, and all that the documentation page fills in; with each example of a body.
    """
    for method, path, operation in operations(described):
        parameters = operation.get("parameters", [])
        needed = {one["name"]: one["example"] for one in parameters if one["required"]}
        filled = {one["name"]: one["example"] for one in parameters if "example" in one}
        alone = [{one["name"]: example} for one in parameters for example in examples_in(one)]
        content = operation.get("requestBody", {}).get("content", {}).values()
        for body in [example["value"] for one in content for example in one.get("examples", {}).values()] or [None]:
            yield from ((method, path, needed | asked, body) for asked in (filled, *alone))


def test_every_example_of_the_document_is_answered(api: TestClient, described: Doc) -> None:
    silent = set()
    for method, path, asked, body in requests_shown(described):
        if (method, path) in {one[:2] for one in WRITES} or (path, method) in IMPORTS or path in (TEXT, DATASET):
            continue  # as below, and in test_imports
        query = {name: value for name, value in asked.items() if f"{{{name}}}" not in path}
        answer = api.request(method, path.format(**asked), params=query, **({"json": body} if body else {}))
        assert answer.status_code == 200, (method, path, asked, answer.text)
        if answer.headers["content-type"] == "application/json" and answer.json().get("data") == []:
            silent |= {f"{path.removeprefix('/v1/')}?{name}" for name in query}
    assert silent == NOT_IN_THE_SEED, (
        f"examples that find nothing in the seed: {sorted(silent - NOT_IN_THE_SEED)}, and that do by now:"
        f" {sorted(NOT_IN_THE_SEED - silent)}. Give the filter's row in registry.py an example that finds something, or"
        " put it into NOT_IN_THE_SEED where the seed has nothing of the kind"
    )


def test_every_example_of_a_write_is_carried_out(database: Database, described: Doc) -> None:
    import_paths(database, [SEED])
    key = make_key(database, "writer", ["write"]).secret
    headers = {"Authorization": f"Bearer {key}", "If-Match": "*"}
    writes = {one[:2] for one in WRITES}
    with TestClient(create_app(database), headers=headers) as client:
        for method, path, asked, body in requests_shown(described):
            if (method, path) in writes and path not in (
                "/v1/sources/{id}/merge",  # the seed has one source
                "/v1/datasets/{name}/retract",  # and no dataset
            ):
                parameters = described["paths"][path][method]["parameters"]
                shown = {one["name"]: example_of(one) for one in parameters}
                query = {
                    one["name"]: asked[one["name"]]
                    for one in parameters
                    if one["in"] == "query" and one["name"] in asked
                }
                needed = {"dry_run": "true"} | ({"kind": shown["kind"]} if method == "delete" else {})
                answer = client.request(method, path.format(**shown), params=query | needed, json=body)
                assert answer.status_code == 200, (method, path, asked, answer.text)


def test_every_parameter_has_an_example_that_can_stand_alone(described: Doc) -> None:
    without = {
        (path.removeprefix("/v1/"), parameter["name"])
        for method, path, operation in operations(described)
        for parameter in operation.get("parameters", ())
        if not examples_in(parameter) and parameter["in"] != "header" and parameter["name"] != "cursor"
    }
    others = ("claims/aggregate", "claims/export", "figures", "figures/export")
    elsewhere = {(other, name) for other in others for _, name in NOT_ALONE if name != "highlight"}
    assert without == NOT_ALONE.keys() | elsewhere
    lists = [one["schema"] for *_, operation in operations(described) for one in operation.get("parameters", ())]
    assert all(one["items"]["examples"] for one in lists if one["type"] == "array")


@pytest.mark.parametrize(("resource", "name"), NOT_ALONE)
def test_an_example_that_cannot_stand_alone_is_told_with_what_it_needs(
    api: TestClient, described: Doc, resource: str, name: str
) -> None:
    described_here = query_parameters(described, resource)[name]["description"]
    (asked,) = re.findall(r"`([^`]*=[^`]*)`", described_here)
    answer = api.get(f"/v1/{resource}?{asked}")
    assert answer.status_code == 200
    assert answer.json()["data"]


def test_a_list_of_claims_is_filled_in_and_finds_something(api: TestClient, described: Doc) -> None:
    filled = {name: one["example"] for name, one in query_parameters(described, "claims").items() if "example" in one}
    assert len(filled) > 1
    assert api.get("/v1/claims", params=filled).json()["data"]


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


BOUNDED = settings(cases(5), database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def attacked(described: Doc) -> Any:
    """The document as what makes requests of it reads it."""
    return schemathesis.openapi.from_dict(described)


@pytest.mark.parametrize(
    ("method", "path"),
    [*(("GET", path) for path in (*OPERATIONS, EXPORT, TEXT)), *(("POST", path) for path in POSTED)],
)
def test_requests_made_from_the_document_are_answered_as_it_says(
    api: TestClient, attacked: Any, method: str, path: str
) -> None:
    operation = attacked[path][method]
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    asked = 0

    @BOUNDED
    @given(st.one_of([operation.as_strategy(mode) for mode in schemathesis.GenerationMode]))
    def attack(case: schemathesis.Case[Any]) -> None:
        send(case)

    def send(case: schemathesis.Case[Any]) -> None:
        nonlocal asked
        sent = case.as_transport_kwargs(base_url="http://testserver")
        given = {name: sent[name] for name in ("params", "headers", "json", "data") if sent.get(name) is not None}
        if isinstance(body := given.pop("data", None), (str, bytes)):
            given["content"] = body
        answer = api.request(sent["method"], sent["url"], **given)
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
