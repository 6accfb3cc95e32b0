"""The orders of lists of claims: both engines against a plain reading, over claims of every shape."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.query.registry import SORTS
from tests.api.conftest import Stock, find_as_many, keys_in, total_of
from tests.asked import cases, queries, values_for
from tests.oracle import found_by
from tests.oracle_orders import in_order
from tests.tree import Filters, as_tree

FIGURE_SORTS = ("figure__value", "-figure__value")
PLAIN_SORTS = tuple(sort for sort in SORTS if sort not in (*FIGURE_SORTS, "relevance"))


def check(stock: Stock, filters: Filters, sort: str) -> list[str]:
    """Both engines give what the plain reading gives, in its order."""
    found = found_by(as_tree(filters), stock.world)
    wanted = [claim["key"] for claim in in_order(found, sort, filters, stock.world)]
    for engine in stock.clients:
        answer = stock.ask(engine, filters, sort=sort)
        assert keys_in(answer) == wanted, engine
        assert answer["meta"]["total"] == total_of(wanted), engine
    return wanted


@cases(20)
@given(queries(), st.sampled_from(PLAIN_SORTS))
def test_claims_are_in_order_of_dates_and_of_their_recording(stock: Stock, filters: Filters, sort: str) -> None:
    check(stock, filters, sort)


@cases(30)
@given(queries(always=("figure__unit",)), st.sampled_from(FIGURE_SORTS))
def test_claims_are_in_order_of_the_values_of_the_figures_that_are_asked_for(
    stock: Stock, filters: Filters, sort: str
) -> None:
    check(stock, filters, sort)


@cases(20)
@given(queries(always=("q",)))
def test_words_in_the_quote_come_first_then_those_in_the_paraphrase(stock: Stock, filters: Filters) -> None:
    check(stock, filters, "relevance")


@cases(30)
@given(queries(always=("q",)), queries(always=("figure__unit",)), st.sampled_from(SORTS))
def test_orders_of_many_matches_are_made_in_another_way_and_are_the_same(
    stock: Stock, words: Filters, figures: Filters, sort: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        find_as_many(patch, 3)
        check(stock, figures if sort in FIGURE_SORTS else words, sort)


@pytest.mark.parametrize("few", [3, 10_000])
@pytest.mark.parametrize("sort", [*PLAIN_SORTS, *FIGURE_SORTS])
@pytest.mark.parametrize("status", ["active", "retracted", "any"])
def test_claims_of_each_status_are_in_each_order(
    stock: Stock, monkeypatch: pytest.MonkeyPatch, sort: str, status: str, few: int
) -> None:
    find_as_many(monkeypatch, few)
    figures: Filters = (("figure__unit", ("ratio",)),) if sort in FIGURE_SORTS else ()
    assert check(stock, (("status", (status,)), *figures), sort)


@pytest.mark.parametrize("few", [3, 10_000])
@pytest.mark.parametrize("sort", FIGURE_SORTS)
@pytest.mark.parametrize("unit", values_for("figure__unit"))
def test_figures_of_each_unit_are_in_order_of_their_values(
    stock: Stock, monkeypatch: pytest.MonkeyPatch, sort: str, unit: str, few: int
) -> None:
    find_as_many(monkeypatch, few)
    assert check(stock, (("figure__unit", (unit,)),), sort)


@pytest.mark.parametrize("few", [3, 10_000])
@pytest.mark.parametrize("sort", FIGURE_SORTS)
@pytest.mark.parametrize("name", ["staff", "pay", "share", "length", "heat", "rate"])
def test_figures_of_one_metric_need_no_unit_to_be_in_order(
    stock: Stock, monkeypatch: pytest.MonkeyPatch, sort: str, name: str, few: int
) -> None:
    find_as_many(monkeypatch, few)
    assert check(stock, (("figure__metric__name", (name,)), ("figure__kind", ("target", "limit"))), sort)


@pytest.mark.parametrize("text", ["japan", "run", "minister -diet", "haus OR minister", '"of security"', "minist*"])
def test_relevance_is_the_order_of_a_search_by_words(stock: Stock, text: str) -> None:
    filters: Filters = (("q", (text,)),)
    wanted = check(stock, filters, "relevance")
    assert wanted
    for engine in stock.clients:
        assert keys_in(stock.ask(engine, filters)) == wanted, engine


@pytest.mark.parametrize("few", [0, 3, 10_000])
@pytest.mark.parametrize(
    ("sort", "filters"),
    [
        *((sort, (("quote__isnull", ("false",)),)) for sort in PLAIN_SORTS),
        *((sort, (("figure__unit", ("km",)),)) for sort in FIGURE_SORTS),
        ("relevance", (("q", ("japan OR run OR of",)),)),
    ],
)
def test_pages_in_each_order_skip_nothing_and_double_nothing(
    stock: Stock, monkeypatch: pytest.MonkeyPatch, sort: str, filters: Filters, few: int
) -> None:
    find_as_many(monkeypatch, few)
    wanted = check(stock, filters, sort)
    assert len(wanted) > 10
    for engine in stock.clients:
        found: list[str] = []
        more = {"limit": "4"}
        while True:
            page = stock.ask(engine, filters, sort=sort, **more)
            found += keys_in(page)
            if not page["page"]["has_more"]:
                break
            more["cursor"] = page["page"]["next_cursor"]
        assert found == wanted, engine


@pytest.mark.parametrize(
    ("sort", "filters"),
    [
        ("figure__value", ()),
        ("-figure__value", (("figure__kind", ("target",)),)),
        ("figure__value", (("figure__metric__name", ("pay", "staff")),)),
        ("relevance", ()),
        ("relevance", (("topic", ("pay",)),)),
    ],
)
def test_an_order_without_what_it_goes_by_is_refused(stock: Stock, sort: str, filters: Filters) -> None:
    asked = [(name, value) for name, values in filters for value in values]
    for client in stock.clients.values():
        answer = client.get(f"/v1/claims?{urlencode([*asked, ('sort', sort)])}")
        assert answer.status_code == 422, answer.text
