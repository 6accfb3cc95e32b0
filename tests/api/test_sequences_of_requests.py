"""Sequences of requests that are made from the OpenAPI document: the ids of one answer are asked for by the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.stateful.state_machine import APIStateMachine
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.main import create_app
from app.store.access.keys import make_key
from app.store.database.engine import Database
from tests.api.keyed import bearer
from tests.api.test_attacks import CLAIM, Target
from tests.asked import cases
from tests.conftest import ENGINES

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ONE = settings(
    max_examples=1, stateful_step_count=15, deadline=None, database=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)  # fmt: skip
PATCH = "application/merge-patch+json"
FILES = "/v1/imports"  # whose bodies are files: see test_imports


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def sequences(
    target: Target, headers: dict[str, str], answered: Counter[tuple[str, int]], faults: list[str]
) -> type[APIStateMachine]:
    """The sequences of requests with these headers. answered: is told of each answer. faults: of those that are not as
    the document says.
    """
    document = schemathesis.openapi.from_dict(target.client.get("/openapi.json").json())

    class Sequence(document.exclude(path_regex=FILES).as_state_machine()):  # type: ignore[misc]  # made by the call
        """A sequence."""

        def call(self, case: Any, **_kwargs: Any) -> Any:
            sent = case.as_transport_kwargs(base_url="http://testserver")
            given = {name: sent[name] for name in ("params", "json") if sent.get(name) is not None}
            given["headers"] = {"If-Match": "*"} | dict(sent.get("headers") or {}) | headers
            if isinstance(made_up := given.get("json"), dict) and case.media_type in ("application/json", PATCH):
                given["json"] = new_body(case, made_up, answered.total())
            elif isinstance(body := sent.get("data"), (str, bytes)):
                given["content"] = body
            answer = target.client.request(sent["method"], sent["url"], **given)
            answered[case.method, answer.status_code] += 1
            return schemathesis.Response.from_any(answer)

        def validate_response(self, response: Any, case: Any, **_kwargs: Any) -> None:
            is_behind = response.status_code == 503 and b'"behind"' in response.content  # asked for by min_revision
            try:
                case.validate_response(response, checks=CHECKS[1:] if is_behind else CHECKS)
            except FailureGroup as failures:
                faults.extend(map(str, failures.exceptions))

    return Sequence


def new_body(case: Any, made_up: dict[str, Any], number: int) -> dict[str, Any]:
    """The example of the document, of a record that is new by its number; every other one with what is made up."""
    content = case.operation.definition.raw["requestBody"]["content"][case.media_type]
    ((_, example),) = content["examples"].items()
    body: dict[str, Any] = dict(example["value"])
    body |= {name: f"{body[name]} {number}" for name in ("key", "quote", "name", "title", "url") if name in body}
    return body | (dict([*made_up.items()][:1]) if number % 2 else {})


@pytest.mark.parametrize("scope", ["", "read", "write"])
def test_no_sequence_of_requests_is_a_fault(new_database: Callable[[str], Database], engine: str, scope: str) -> None:
    database = new_database(engine)
    keys = {one: bearer(make_key(database, one, [one]).secret) for one in ("read", "write")} | {"": {}}
    answered: Counter[tuple[str, int]] = Counter()
    with TestClient(create_app(database), raise_server_exceptions=False, follow_redirects=False) as client:
        target = Target(database, client, keys)
        for number in (1, 2):
            body = CLAIM | {"key": f"b/{number}", "quote": f"we hired {number},500"}
            assert client.post("/v1/claims", json=body, headers=keys["write"]).status_code == 201
        before = target.stored()
        faults: list[str] = []
        machine = sequences(target, keys[scope], answered, faults)
        for number in range(cases(5 if scope == "write" else 2).max_examples):
            # Each is a run of its own: of one run, hypothesis expects that the same requests have the same answers.
            machine._hypothesis_internal_use_seed = number
            with suppress(FlakyStrategyDefinition):  # of one that was given up, and begun anew with other answers
                machine.run(settings=ONE)
            assert faults == []
        assert (target.stored() == before) == (scope != "write")
    assert (answered["POST", 201] > 0) == (scope == "write")
    assert {status for _, status in answered} & {401, 403} or scope == "write"
