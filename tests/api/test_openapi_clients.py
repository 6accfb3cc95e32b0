"""The API's description is of use to programs: validators pass it, and a generated client lists claims."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from openapi_spec_validator import validate

from app.main import create_app
from app.store.db import Database
from tests.api.test_exports import serving

IDS = [
    "list_claims", "search_claims", "list_claim_fields", "get_claim_by_key", "get_claim", "list_speakers",
    "suggest_speakers", "get_speaker", "list_sources", "get_source", "list_metrics", "get_metric", "health", "ready",
]  # fmt: skip


@pytest.fixture(scope="module")
def document(seeded_databases: Callable[[str], Database]) -> dict[str, Any]:
    """The OpenAPI document."""
    with TestClient(create_app(seeded_databases("sqlite"))) as client:
        found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_operations_keep_their_names(document: dict[str, Any]) -> None:
    found = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert sorted(found) == sorted(IDS)


def test_the_example_of_a_search_finds_something(
    document: dict[str, Any], seeded_databases: Callable[[str], Database]
) -> None:
    body = document["paths"]["/v1/claims/search"]["post"]["requestBody"]["content"]["application/json"]
    example = body["examples"]["search"]["value"]
    with TestClient(create_app(seeded_databases("sqlite"))) as client:
        assert client.post("/v1/claims/search", json=example).json()["data"]


@pytest.fixture
def generated(
    document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Any]]:
    """Imports modules of a client that is generated from the document."""
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    (tmp_path / "config.yaml").write_text("post_hooks: []\n")
    command = [
        sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--config", "config.yaml",
        "--meta", "none", "--output-path", "onrecord_client",
    ]  # fmt: skip
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    yield lambda name: importlib.import_module(f"onrecord_client.{name}")
    for name in [one for one in sys.modules if one.split(".")[0] == "onrecord_client"]:
        del sys.modules[name]


def test_a_generated_client_lists_claims(
    generated: Callable[[str], Any], seeded_databases: Callable[[str], Database]
) -> None:
    with serving(seeded_databases("sqlite")) as running:
        base = str(httpx.URL(running.url).copy_with(path="/", query=None)).rstrip("/")
        with generated("client").Client(base_url=base) as client:
            page = generated("api.claims.list_claims").sync(client=client, limit=3, topic=["recruitment"])
            asked = {"where": {"field": "topic", "value": "recruitment"}, "limit": 3}
            body = generated("models.search_in").SearchIn.from_dict(asked)
            found = generated("api.claims.search_claims").sync(client=client, body=body)
    assert [claim.id for claim in found.data] == [claim.id for claim in page.data]
    assert page.data[0].id.startswith("clm_")
    assert page.meta.total.value >= len(page.data)
