"""Meanings of trees of conditions: both engines against a plain reading, over claims of every shape."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given

from tests.api.conftest import Stock, find_as_many, keys_in, notes_of, total_of
from tests.asked import cases, queries, trees
from tests.oracle import found_by
from tests.tree import Filters, Tree, as_tree


def check(stock: Stock, tree: Tree) -> list[str]:
    """Both engines give what the plain reading gives, in its order, and tell how many that are."""
    wanted = [claim["key"] for claim in found_by(tree, stock.world)]
    noted = []
    for engine in stock.clients:
        found = stock.search(engine, tree, sort="-said_on")
        assert keys_in(found) == wanted, engine
        assert found["meta"]["total"] == total_of(wanted), engine
        noted.append(notes_of(found))
    assert noted[0] == noted[1]
    assert not (wanted and noted[0])
    return wanted


@cases(40)
@given(trees())
@example({"not": {"field": "status", "value": "retracted"}})
@example({"some": "role", "where": {"not": {"field": "role__status", "value": "former"}}})
@example({"some": "role", "where": {"not": {"field": "organization__name", "value": "nobody"}}})
@example({"some": "citation", "where": {"not": {"field": "source__url", "value": "https://nowhere.example/"}}})
@example({"some": "figure", "where": {"not": {"field": "figure__metric__name", "value": "nothing"}}})
def test_both_engines_find_what_a_tree_means(stock: Stock, tree: Tree) -> None:
    check(stock, tree)


@cases(30)
@given(trees())
def test_trees_with_many_matches_are_found_in_another_way_and_are_the_same(stock: Stock, tree: Tree) -> None:
    with pytest.MonkeyPatch.context() as patch:
        find_as_many(patch, 3)
        check(stock, tree)


@cases(20)
@given(queries())
def test_a_query_string_is_the_tree_of_its_filters(stock: Stock, filters: Filters) -> None:
    for engine in stock.clients:
        flat = stock.ask(engine, filters, sort="-said_on")
        tree = stock.search(engine, as_tree(filters), sort="-said_on")
        assert tree["data"] == flat["data"], engine
        assert tree["meta"] == flat["meta"], engine


@cases(20)
@given(trees())
def test_a_tree_and_its_negation_part_the_claims(stock: Stock, tree: Tree) -> None:
    every = {"field": "status", "value": "any"}
    found = check(stock, {"and": [tree, every]})
    rest = check(stock, {"and": [{"not": tree}, every]})
    assert sorted(found + rest) == sorted(claim["key"] for claim in stock.world.claims)


UNIT: Tree = {"field": "figure__unit", "value": "km"}
ABOVE: Tree = {"field": "figure__value", "op": "gt", "value": 4}
BELOW: Tree = {"field": "figure__value", "op": "lt", "value": 1}
CERTAIN: Tree = {"field": "figure__match", "value": "certain"}

SAME: dict[str, tuple[Tree, Tree]] = {
    "a unit holds for values in an and below": (
        {"some": "figure", "where": {"and": [UNIT, {"and": [ABOVE, CERTAIN]}]}},
        {"some": "figure", "where": {"and": [UNIT, ABOVE, CERTAIN]}},
    ),
    "a unit holds for values in an or below": (
        {"some": "figure", "where": {"and": [UNIT, {"or": [ABOVE, BELOW]}]}},
        {"or": [{"some": "figure", "where": {"and": [UNIT, one]}} for one in (ABOVE, BELOW)]},
    ),
    "a unit of one's own goes before that of an and around": (
        {"some": "figure", "where": {"and": [UNIT, {"and": [{"field": "figure__unit", "value": "m"}, ABOVE]}]}},
        {"some": "figure", "where": {"and": [{"field": "figure__unit", "value": "m"}, ABOVE]}},
    ),
    "the parts of a negated or are each not": (
        {"not": {"or": [UNIT, {"field": "topic", "value": "pay"}]}},
        {"and": [{"not": UNIT}, {"field": "topic", "op": "not", "value": "pay"}]},
    ),
    "what nobody has is nowhere, and its negation everywhere": (
        {"not": {"some": "figure", "where": {"and": [UNIT, {"not": UNIT}]}}},
        {"field": "status", "value": "active"},
    ),
    "several values are any of them": (
        {"field": "language", "value": ["de", "ja"]},
        {"or": [{"field": "language", "op": "eq", "value": one} for one in ("de", "ja")]},
    ),
}


@pytest.mark.parametrize("said", SAME)
def test_two_trees_say_the_same(stock: Stock, said: str) -> None:
    one, other = SAME[said]
    found = check(stock, one)
    assert found
    assert found == check(stock, other)


def test_leaves_outside_of_a_some_may_be_met_by_different_elements(stock: Stock) -> None:
    leaves: list[Tree] = [
        {"field": "figure__metric__name", "value": "pay"},
        {"field": "figure__kind", "value": "limit"},
    ]
    apart = check(stock, {"and": leaves})
    same = check(stock, {"some": "figure", "where": {"and": leaves}})
    assert set(same) < set(apart)


def test_retracted_claims_are_left_out_unless_some_leaf_names_the_status(stock: Stock) -> None:
    topic: Tree = {"field": "topic", "value": "pay"}
    active = check(stock, topic)
    every = check(stock, {"or": [topic, {"and": [topic, {"field": "status", "value": "retracted"}]}]})
    assert set(active) < set(every)


REFUSED: dict[str, Any] = {
    "values without a unit": {"some": "figure", "where": ABOVE},
    "values that stand alone beside a unit": {"and": [UNIT, ABOVE]},
    "matching without values": {"some": "figure", "where": {"and": [UNIT, CERTAIN]}},
    "matching apart from its values": {"some": "figure", "where": {"and": [UNIT, CERTAIN, {"or": [ABOVE, BELOW]}]}},
    "another element's field in a some": {"some": "role", "where": UNIT},
    "a claim's field in a some": {"some": "figure", "where": {"field": "topic", "value": "pay"}},
    "a some in a some": {"some": "figure", "where": {"some": "figure", "where": UNIT}},
    "an unknown element": {"some": "topic", "where": UNIT},
    "an unknown field": {"field": "figure__values", "value": "4"},
    "a parameter for a field": {"field": "said_on__gte", "value": "2022"},
    "an operator that does not fit": {"field": "topic", "op": "gte", "value": "pay"},
    "several values for one": {"field": "said_on", "value": ["2022", "2023"]},
    "no values": {"field": "topic", "value": []},
    "null": {"field": "topic", "value": None},
    "null among values": {"field": "topic", "value": ["pay", None]},
    "an object for a value": {"field": "topic", "value": {"name": "pay"}},
    "a list among values": {"field": "topic", "value": [["pay"]]},
    "no value": {"field": "topic"},
    "two things at once": {"and": [UNIT], "or": [UNIT]},
    "nothing": {},
    "a list": [UNIT],
    "a text": "topic",
}


@pytest.mark.parametrize("said", REFUSED)
def test_a_tree_without_a_meaning_is_refused(stock: Stock, said: str) -> None:
    for client in stock.clients.values():
        answer = client.post("/v1/claims/search", json={"where": REFUSED[said]})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["in"] == "body", answer.text


def test_a_tree_has_at_most_1000_words_in_its_search_texts(stock: Stock) -> None:
    longest: list[Tree] = [{"field": "q", "value": "a " * 499 + "b"}, {"field": "q", "value": "東" * 500}]
    for client in stock.clients.values():
        assert client.post("/v1/claims/search", json={"where": {"and": longest}}).status_code == 200
        more = {"and": [*longest, {"not": {"field": "q", "value": "x"}}]}
        answer = client.post("/v1/claims/search", json={"where": more})
        assert (answer.status_code, answer.json()["code"]) == (422, "too-long")
        assert "1,001 words in search texts" in answer.json()["detail"]


OPTIONS = ("sort", "as_of", "min_revision", "fields", "format", "cursor", "limit", "count")


def test_an_option_that_is_null_is_left_out_and_a_truth_is_no_number(stock: Stock) -> None:
    client = stock.clients["sqlite"]
    for way in ("search", "export"):
        path = f"/v1/claims/{way}"
        left_out = client.post(path, json={}).content
        assert client.post(path, json=dict.fromkeys(OPTIONS)).content == left_out, way
        for name in ("limit", "min_revision"):
            answer = client.post(path, json={name: True})
            assert answer.status_code == 422, (way, name)
            assert "a whole number is needed here" in answer.json()["errors"][0]["detail"]
        for name in ("where", "no_option"):
            assert client.post(path, json={name: None}).status_code == 422, (way, name)


def test_pages_of_a_tree_go_on_by_their_cursor(stock: Stock) -> None:
    tree: Tree = {
        "or": [{"field": "topic", "value": "pay"}, {"not": {"field": "figure", "op": "isnull", "value": True}}]
    }
    wanted = check(stock, tree)
    for engine in stock.clients:
        found: list[str] = []
        more: dict[str, object] = {"limit": 7}
        while True:
            page = stock.search(engine, tree, sort="-said_on", **more)
            found += keys_in(page)
            assert page["page"]["has_more"] == (len(found) < len(wanted))
            if not page["page"]["has_more"]:
                break
            more["cursor"] = page["page"]["next_cursor"]
        assert found == wanted, engine
