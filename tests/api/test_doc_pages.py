"""The pages of the API's description: they begin with what works, and run nothing but what is ours."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from app.api.claim_queries import ClaimQuery
from app.main import create_app
from app.store.database.engine import Database

PAGES = ("/docs", "/redoc")


@pytest.fixture(scope="module")
def client(seeded_databases: Callable[[str], Database]) -> Iterator[TestClient]:
    """The API on one engine: no page asks a database."""
    with TestClient(create_app(seeded_databases("sqlite"))) as opened:
        yield opened


def policy_of(client: TestClient, path: str) -> dict[str, list[str]]:
    rules = client.get(path).headers["content-security-policy"].split("; ")
    return {name: sources for name, *sources in (rule.split() for rule in rules)}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_may_load_nothing_from_elsewhere(client: TestClient, path: str) -> None:
    policy = policy_of(client, path)
    assert policy["default-src"] == ["'none'"]
    known = {"'none'", "'self'", "'unsafe-inline'", "data:", "blob:"}
    assert {one for sources in policy.values() for one in sources if not one.startswith("'sha256-")} <= known
    assert policy["connect-src"] == ["'self'"]
    assert {policy[name][0] for name in ("base-uri", "form-action", "frame-ancestors")} == {"'none'"}


@pytest.mark.parametrize("path", PAGES)
def test_the_scripts_of_a_page_and_no_others_may_run(client: TestClient, path: str) -> None:
    inside = re.findall(r"<script>(.*?)</script>", client.get(path).text, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in inside]
    assert policy_of(client, path)["script-src"] == ["'self'", *(f"'sha256-{one}'" for one in digests)]
    assert len(inside) == {"/docs": 2, "/redoc": 0}[path]
    assert not re.search(r"<[^>]+ on\w+=", client.get(path).text)


def test_other_answers_have_no_policy(client: TestClient) -> None:
    assert "content-security-policy" not in client.get("/v1/claims?limit=1").headers


def test_the_list_of_claims_is_open_and_ready_to_be_tried(client: TestClient) -> None:
    page = client.get("/docs").text
    tag, operation = re.findall(r'"#/(\w+)/(\w+)"', page)[0]
    described = client.get("/openapi.json").json()["paths"]["/v1/claims"]["get"]
    assert (described["tags"], described["operationId"]) == ([tag], operation)
    assert '"tryItOutEnabled": true' in page
    assert '"deepLinking": true' in page
    assert '"validatorUrl": null' in page


def test_each_group_of_parameters_has_a_heading_before_its_first(client: TestClient) -> None:
    page = client.get("/docs").text
    headed = re.findall(r'data-param-name="(\w+)"\]\[data-param-in="query"\] > td:first-of-type', page)
    told = [one["name"] for one in client.get("/openapi.json").json()["paths"]["/v1/claims"]["get"]["parameters"]]
    assert headed == sorted(headed, key=told.index)
    assert headed == [
        "q", "id", "speaker", "role__isnull", "said_on__isnull", "figure__isnull", "source", "assessment__isnull",
        "related_to", "cursor",
    ]  # fmt: skip
    assert set(headed) <= set(ClaimQuery.model_fields)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_behind_a_prefix_loads_its_scripts_there(seeded_databases: Callable[[str], Database], path: str) -> None:
    with TestClient(create_app(seeded_databases("sqlite")), root_path="/db") as client:
        assert "/db/static-offline-docs/" in client.get(f"/db{path}").text
