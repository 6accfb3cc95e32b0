"""Figures as rows: both engines against a plain reading, over claims of every shape."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from app.domain.record.figure_rows import COLUMNS, CONVERTED_COLUMNS
from app.store.search import figures
from app.store.search.figures import FIGURE_SORTS
from tests.api.conftest import Stock, find_as_many, total_of
from tests.asked import cases, queries, trees
from tests.oracle_figures import converted_faults, figures_found_by, in_figure_order, row_of, unit_asked
from tests.stock import UNITS
from tests.tree import Doc, Filters, Tree, World, as_tree

ALL_UNITS = sorted({unit for units in UNITS.values() for unit in units})


def asked(client: TestClient, filters: Filters, **more: str) -> Doc:
    """The answer to a list of figures, with exact decimals as texts."""
    pairs = [(name, value) for name, values in filters for value in values]
    answer = client.get("/v1/figures", params=[*pairs, *({"limit": "500"} | more).items()])
    assert answer.status_code == 200, answer.text
    found: Doc = json.loads(answer.text, parse_float=str)
    return found


def places_in(found: Doc) -> list[tuple[str, int]]:
    return [(row["claim"]["key"], row["position"]) for row in found["data"]]


def check(stock: Stock, filters: Filters, world: World, **more: str) -> list[tuple[str, int]]:
    """Both engines give the rows that the plain reading gives, in its order, and tell how many that are."""
    sort = more.get("sort", "-said_on")
    unit = unit_asked(filters, world) if "value" in sort else None
    wanted = in_figure_order(figures_found_by(as_tree(filters), world), sort, unit)
    for engine, client in stock.clients.items():
        found = asked(client, filters, **more)
        assert places_in(found) == [(claim["key"], place) for claim, place in wanted], engine
        assert found["meta"]["total"] == total_of(places_in(found)), engine
    return places_in(found)


@cases(30)
@given(queries())
def test_each_figure_that_meets_the_filters_is_a_row(stock: Stock, filters: Filters) -> None:
    check(stock, filters, stock.world)
    check(stock, filters, stock.past[1], as_of=str(stock.past[0]))


@cases(30)
@given(queries(), queries(always=("figure__unit",)), st.sampled_from(FIGURE_SORTS))
def test_figures_of_many_claims_are_found_in_another_way_and_are_the_same(
    stock: Stock, filters: Filters, figures: Filters, sort: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        find_as_many(patch, 3)
        check(stock, filters, stock.world)
        check(stock, figures, stock.world, sort=sort)


@cases(30)
@given(trees())
def test_conditions_of_a_tree_are_asked_of_each_figure_by_itself(stock: Stock, tree: Tree) -> None:
    wanted = [(claim["key"], place) for claim, place in figures_found_by(tree, stock.world)]
    for client in stock.clients.values():
        answer = client.post("/v1/figures/search", json={"where": tree, "limit": 500})
        assert answer.status_code == 200, answer.text
        assert places_in(answer.json()) == wanted


@cases(20)
@given(queries(always=("figure__unit",)), st.sampled_from(FIGURE_SORTS))
def test_figures_are_in_order_of_their_values(stock: Stock, filters: Filters, sort: str) -> None:
    check(stock, filters, stock.world, sort=sort)


@pytest.mark.parametrize("sort", FIGURE_SORTS)
def test_pages_skip_nothing_and_double_nothing(stock: Stock, sort: str) -> None:
    more = {"sort": sort, "convert_to": "m", "limit": "7"}
    wanted = in_figure_order(figures_found_by({"and": []}, stock.world), sort, "m")
    for client in stock.clients.values():
        found: list[tuple[str, int]] = []
        page: Doc = {"page": {"next_cursor": None, "has_more": True}}
        while page["page"]["has_more"]:
            cursor = page["page"]["next_cursor"]
            page = asked(client, (), **more, **({"cursor": cursor} if cursor else {}))
            found += places_in(page)
            assert page["meta"]["total"] == {"value": len(wanted), "relation": "eq"}
        assert found == [(claim["key"], place) for claim, place in wanted]


def test_pages_of_a_tree_go_on_with_their_cursor(stock: Stock) -> None:
    where = {"field": "figure__kind", "value": ["target", "actual"]}
    for client in stock.clients.values():
        first = client.post("/v1/figures/search", json={"where": where, "limit": 5}).json()
        again = {"where": where, "limit": 495, "cursor": first["page"]["next_cursor"]}
        rest = client.post("/v1/figures/search", json=again).json()
        whole = client.post("/v1/figures/search", json={"where": where, "limit": 500}).json()
        assert first["data"] + rest["data"] == whole["data"]
        other = client.post("/v1/figures/search", json=again | {"sort": "said_on"})
        assert (other.status_code, other.json()["code"]) == (422, "cursor-mismatch")


@pytest.mark.parametrize("unit", ALL_UNITS)
def test_numbers_are_converted_exactly_or_it_is_told_why_not(stock: Stock, unit: str) -> None:
    for client in stock.clients.values():
        found = asked(client, (), convert_to=unit)
        rows = found["data"]
        assert [fault for row in rows for fault in converted_faults(row, unit)] == []
        assert found["meta"]["not_converted"] == sum(row["not_converted"] is not None for row in rows) > 0


def test_a_row_has_what_its_claim_says(stock: Stock) -> None:
    wanted = [row_of(*one) for one in figures_found_by({"and": []}, stock.world)]
    for client in stock.clients.values():
        assert client.get("/v1/figures?limit=500").json()["data"] == wanted


def cell(row: Any, column: str) -> str:
    for step in column.split("."):
        row = (row or {})[step] if row is not None else None
    return "" if row is None else str(row)


@pytest.mark.parametrize("size", [50, 1000])
@pytest.mark.parametrize("more", [{}, {"sort": "-value", "convert_to": "m"}, {"figure__kind": "target", "limit": "9"}])
def test_an_export_gives_what_pages_give(
    stock: Stock, monkeypatch: pytest.MonkeyPatch, size: int, more: dict[str, str]
) -> None:
    monkeypatch.setattr(figures, "AT_ONCE", size)
    columns = CONVERTED_COLUMNS if "convert_to" in more else COLUMNS
    for client in stock.clients.values():
        rows = asked(client, (), **more)["data"]
        lines = client.get("/v1/figures/export", params=more).text.splitlines()
        assert [json.loads(line, parse_float=str) for line in lines] == rows
        answer = client.get("/v1/figures/export", params=more | {"format": "csv"})
        assert answer.headers["content-disposition"].startswith('attachment; filename="figures-r')
        table = list(csv.reader(io.StringIO(answer.content.decode(), newline=""), strict=True))
        texts = json.loads(json.dumps(rows), parse_int=str)
        assert table == [columns, *([cell(row, column) for column in columns] for row in texts)]


def test_a_table_has_the_same_columns_whatever_is_found(seeded_client: TestClient) -> None:
    nothing = seeded_client.get("/v1/figures/export?format=csv&speaker__name=nobody").text
    assert nothing.splitlines() == [",".join(COLUMNS)]
    assert seeded_client.get("/v1/figures/export", headers={"Accept": "text/csv"}).text.startswith(nothing)


@pytest.mark.parametrize(
    ("path", "status", "code", "name", "meant"),
    [
        ("?convert_to=Yen", 422, "bad-value", "convert_to", ["JPY"]),
        ("?sort=-value", 422, "unit-needed", "sort", []),
        ("?sort=-figure__value", 422, "bad-choice", "sort", ["-value", "value"]),
        ("?format=csv", 422, "bad-value", "format", []),
        ("?units=count", 422, "unknown-parameter", "units", ["figure__unit"]),
        ("/export?cursor=abc", 422, "bad-value", "cursor", []),
        ("?cursor=abc", 422, "bad-cursor", "cursor", []),
        ("?as_of=9", 422, "as-of-future", "as_of", []),
    ],
)
def test_what_cannot_be_asked_is_told(
    seeded_client: TestClient, path: str, status: int, code: str, name: str, meant: list[str]
) -> None:
    answer = seeded_client.get(f"/v1/figures{path}")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["name"]) == (status, code, name)
    assert error["did_you_mean"] == meant


def test_other_formats_than_there_are_lead_to_the_export(seeded_client: TestClient) -> None:
    answer = seeded_client.get("/v1/figures", headers={"Accept": "text/csv"})
    assert (answer.status_code, "/v1/figures/export" in answer.json()["detail"]) == (406, True)
    assert seeded_client.get("/v1/figures/export", headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize("path", ["/v1/figures?limit=2", "/v1/figures/export?format=csv"])
def test_who_has_the_answer_is_told_so(seeded_client: TestClient, path: str) -> None:
    tag = seeded_client.get(path).headers["etag"]
    again = seeded_client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.headers["etag"], again.content) == (304, tag, b"")
    refused = seeded_client.get(f"{path}&sort=value", headers={"If-None-Match": tag})
    assert refused.status_code == 422


def test_claims_without_figures_are_told_where_no_figure_is_found(seeded_client: TestClient) -> None:
    found = seeded_client.get("/v1/figures?topic=security%20alliance&figure__isnull=true").json()
    assert found["data"] == []
    assert found["meta"]["notes"] == ["7 claims match, and have no such figures"]
    unknown = seeded_client.get("/v1/figures?topic=cyber%20defense").json()
    assert unknown["meta"]["notes"] == ["topic 'cyber defense' is on no claim; near: 'cyber defence'"]
