"""Look-ups for a query, such as of a name, are remembered for their state and moment alone."""

from __future__ import annotations

from collections.abc import Callable

from fastapi.testclient import TestClient

from app.store.imports.importer import Report

FILE = """\
source: {{key: one, title: One, url: https://a.example/1}}
speakers: [{{key: bob, name: Bob Miles, kind: person, aliases: [{alias}]}}]
metrics: [{{key: staff, name: {metric}, unit: count}}]
claims: [{{key: k1, speaker: {{key: bob}}, quote: alpha words, figures: [{{metric: {{key: staff}}, value: 5}}]}}]
"""


def test_names_are_looked_up_anew_at_each_revision_and_moment(
    client: TestClient, import_yaml: Callable[..., Report]
) -> None:
    def found(name: str, value: str, **more: str) -> int:
        answer = client.get("/v1/claims", params={name: value, **more})
        assert answer.status_code == 200, answer.text
        return len(answer.json()["data"])

    asked = [("speaker__name", "Bobby"), ("figure__metric__name", "crew")]
    assert not import_yaml(FILE.format(alias="Rob", metric="staff")).faults
    assert [found(*one) for one in asked * 2] == [0] * 4
    assert not import_yaml(FILE.format(alias="Bobby", metric="crew")).faults
    assert [found(*one) for one in asked * 2] == [1] * 4
    assert [found(*one, as_of="1") for one in asked] == [0] * 2
    assert [found(*one) for one in asked] == [1] * 2
