"""A filter, an option or a part of a tree at a place where another belongs is answered with where it belongs."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.claim_queries import SearchExportIn, SearchIn
from app.domain.query.registry import PARAMETERS

LEAF = {"field": "topic", "value": "recruitment"}
STATUS = '{"field": "status", "op": "eq", "value": …}'
BESIDE = "is no condition; it stands beside the outermost where"


def told(client: TestClient, body: dict[str, Any], path: str = "search") -> dict[str, Any]:
    """The one problem of a body."""
    answer = client.post(f"/v1/claims/{path}", json=body)
    assert answer.status_code == 422, answer.text
    (problem,) = answer.json()["errors"]
    return dict(problem)


@pytest.mark.parametrize("path", ["search", "export"])
def test_a_filter_beside_where_is_told_to_stand_in_it(seeded_client: TestClient, path: str) -> None:
    for name, parameter in PARAMETERS.items():
        problem = told(seeded_client, {"where": LEAF, name: "x"}, path)
        assert (problem["name"], problem["code"], problem["did_you_mean"]) == (
            f"/{name}",
            "unknown-field",
            ["where"],
        )
        assert (
            f'where: {{"field": "{parameter.field.name}", "op": "{parameter.operator.name or "eq"}", "'
            in (problem["detail"])
        )
    assert told(seeded_client, {"status": "any"}, path)["detail"].endswith(STATUS)
    assert '"speaker__name"' in told(seeded_client, {"author": "Ann"}, path)["detail"]


@pytest.mark.parametrize("word", ["and", "or", "not", "some", "field", "op", "value"])
def test_a_tree_without_where_is_told_to_stand_in_it(seeded_client: TestClient, word: str) -> None:
    assert told(seeded_client, {word: [LEAF]})["detail"].endswith(f'stands in where: {{"where": {{"{word}": …}}}}')


INSIDE: dict[str, tuple[Any, str]] = {  # a tree with NAME in it, and the pointer to that
    "alone": ({"NAME": 5}, "/where/NAME"),
    "beside and": ({"and": [LEAF], "NAME": 5}, "/where/NAME"),
    "beside field": ({**LEAF, "NAME": 5}, "/where/NAME"),
    "beside some": ({"some": "figure", "where": {"field": "figure__kind", "value": "limit"}, "NAME": 5}, "/where/NAME"),
    "in an and": ({"and": [LEAF, {"NAME": 5}]}, "/where/and/1/NAME"),
    "in a not": ({"not": {"NAME": 5}}, "/where/not/NAME"),
}


def with_name(tree: Any, name: str) -> Any:
    if isinstance(tree, dict):
        return {own.replace("NAME", name): with_name(value, name) for own, value in tree.items()}
    return [with_name(one, name) for one in tree] if isinstance(tree, list) else tree


@pytest.mark.parametrize("said", INSIDE)
def test_an_option_in_where_is_told_to_stand_beside_it(seeded_client: TestClient, said: str) -> None:
    tree, pointer = INSIDE[said]
    for path, model in (("search", SearchIn), ("export", SearchExportIn)):
        for name in model.model_fields.keys() - {"where", "cursor" if model is SearchExportIn else ""}:
            problem = told(seeded_client, {"where": with_name(tree, name)}, path)
            assert problem["name"] == pointer.replace("NAME", name)
            assert problem["detail"] == f"{name} {BESIDE}"


@pytest.mark.parametrize("said", INSIDE)
def test_a_filter_as_a_name_in_where_is_shown_as_an_object(seeded_client: TestClient, said: str) -> None:
    tree, pointer = INSIDE[said]
    problem = told(seeded_client, {"where": with_name(tree, "status")})
    assert (problem["name"], problem["did_you_mean"]) == (pointer.replace("NAME", "status"), ["field"])
    assert problem["detail"] == f"a filter is an object of its own: {STATUS}"


def test_an_option_in_the_place_of_a_field_is_told_to_stand_beside_where(seeded_client: TestClient) -> None:
    for name in ("sort", "limit", "fields", "as_of"):
        problem = told(seeded_client, {"where": {"field": name, "value": "1"}})
        assert (problem["name"], problem["detail"]) == ("/where/field", f"{name} {BESIDE}")


@pytest.mark.parametrize("path", ["search", "export"])
@pytest.mark.parametrize("name", ["status", "limit", "sort", "where"])
def test_what_stands_in_the_address_of_a_search_is_told_to_stand_in_its_body(
    seeded_client: TestClient, path: str, name: str
) -> None:
    answer = seeded_client.post(f"/v1/claims/{path}?{name}=x", json={})
    (problem,) = answer.json()["errors"]
    assert (answer.status_code, problem["name"]) == (422, name)
    assert problem["detail"].endswith("filters and options of a search stand in its body")


def test_a_tree_in_the_address_of_a_list_is_told_to_be_posted(seeded_client: TestClient) -> None:
    for path in ("claims", "claims/export"):
        (problem,) = seeded_client.get(f"/v1/{path}?where=x").json()["errors"]
        assert "POST /v1/claims/search takes a tree of conditions in where" in problem["detail"]
