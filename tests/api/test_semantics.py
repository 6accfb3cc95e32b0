"""Meanings of the filters of a query string: both engines against a plain reading, over claims of every shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import combinations
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given

from app.domain.query.registry import parameters
from app.main import create_app
from app.store.database.engine import Database
from app.store.search.notes import MAX_VALUES
from tests.api.conftest import Stock, find_as_many, keys_in, notes_of, total_of
from tests.asked import cases, queries, some_of, values_for
from tests.oracle import found_by
from tests.tree import PARAMETERS, Filters, World, as_tree, leaf_of


def check(stock: Stock, filters: Filters, *, past: bool = False) -> int:
    """Both engines give what the plain reading gives, in its order, and tell how many that are. past: before merges."""
    revision, world = stock.past if past else (None, stock.world)
    wanted = [claim["key"] for claim in found_by(as_tree(filters), world)]
    as_of = {"as_of": str(revision)} if revision else {}
    noted = []
    for engine in stock.clients:
        found = stock.ask(engine, filters, sort="-said_on", **as_of)
        told = f"{engine} finds otherwise by {filters} than tests/oracle.py, where each filter is to mean the same"
        assert keys_in(found) == wanted, told
        assert found["meta"]["total"] == total_of(wanted), told
        noted.append(notes_of(found))
    assert noted[0] == noted[1]
    are_all_told = sum(len(values) for _, values in filters) <= MAX_VALUES
    for note in on_no_claim(filters, world) if are_all_told and not wanted else ():
        assert any(one.startswith(note) for one in noted[0]), (note, noted[0])
    assert not (wanted and noted[0])
    return len(wanted)


def on_no_claim(filters: Filters, world: World) -> Iterator[tuple[str, ...]]:
    """How the notes may begin on what is asked for that no claim has, by the plain reading. Of what was merged and its
    survivor, where both are asked for, one is told.
    """
    any_status = leaf_of("status", ["any"])
    for name, values in filters:
        operator = PARAMETERS[name].operator
        if operator.type not in ("name", "words", "key", "url", "language", "choice", "spk", "src", "met", "clm"):
            continue
        for value in values if operator.name != "not" and name not in ("status", "figure__match") else ():
            if not found_by({"and": [leaf_of(name, [value]), any_status]}, world):
                shown = value.lower() if operator.type == "language" else value
                yield tuple(f"{name} {one!r} is on no claim" for one in (shown, *world.meant([shown])))


@cases(30)
@given(queries())
@example((("said_on", ("2022",)), ("q", ("japan",))))
@example((("said_on__gte", ("2022",)), ("figure__value", ("5",)), ("figure__unit", ("km",))))
def test_both_engines_find_what_the_filters_mean(stock: Stock, filters: Filters) -> None:
    check(stock, filters)


@cases(30)
@given(queries())
def test_many_matches_are_found_in_another_way_and_are_the_same(stock: Stock, filters: Filters) -> None:
    with pytest.MonkeyPatch.context() as patch:
        find_as_many(patch, 3)
        check(stock, filters)


REFERRING = tuple(
    name for name in PARAMETERS if name.startswith(("speaker", "organization", "figure__metric", "source"))
)  # what may ask for merged records


@cases(30)
@given(queries(REFERRING))
def test_what_was_merged_means_its_survivor_and_before_that_itself(stock: Stock, filters: Filters) -> None:
    check(stock, filters)
    check(stock, filters, past=True)


@cases(30)
@given(queries())
def test_both_engines_find_what_the_filters_meant_then(stock: Stock, filters: Filters) -> None:
    check(stock, filters, past=True)


@pytest.mark.parametrize("name", ["speaker", "speaker__not", "organization", "source", "figure__metric"])
@pytest.mark.parametrize("past", [False, True])
def test_each_id_alone(stock: Stock, name: str, past: bool) -> None:
    for value in values_for(name):
        check(stock, ((name, (value,)),), past=past)


@pytest.mark.parametrize("few", [0, 3, 10_000])
@pytest.mark.parametrize("name", [name for name in PARAMETERS if name != "figure__match"])
def test_some_values_of_each_filter_alone(stock: Stock, monkeypatch: pytest.MonkeyPatch, name: str, few: int) -> None:
    """Of about two, and of others until one is found; of all in the long profile."""
    find_as_many(monkeypatch, few)
    beside: Filters = (("figure__unit", ("km",)),) if name.startswith("figure__value") else ()
    asked = some_of(values_for(name), 2)
    found = sum(check(stock, ((name, (value,)), *beside)) for value in asked)
    if not found:  # any that something has
        found = any(check(stock, ((name, (value,)), *beside)) for value in values_for(name))
    assert found, (
        f"nothing has {name} {values_for(name)}: give claims of tests/stock.py such values, or VALUES of tests/asked.py"
    )


def test_both_engines_answer_every_pair_of_filters_alike(
    seeded_databases: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    find_as_many(monkeypatch, 1)
    shown = [f"{one.name}={quote(one.operator.example)}" for one in parameters()]
    beside = {one: "&figure__unit=count" for one in shown if one.startswith("figure__value")}
    with ExitStack() as opened:
        clients = [
            opened.enter_context(TestClient(create_app(seeded_databases(engine)), raise_server_exceptions=False))
            for engine in ("sqlite", "postgresql")
        ]
        found = 0
        for one, other in some_of(list(combinations(shown, 2)), 120):
            unit = "" if "figure__unit" in one + other else beside.get(one) or beside.get(other) or ""
            path = f"/v1/claims?limit=5&sort=-said_on&{one}&{other}{unit}"
            answers = [client.get(path) for client in clients]
            assert answers[0].status_code in (200, 422), path
            assert answers[0].status_code == answers[1].status_code, path
            if answers[0].status_code == 200:
                assert answers[0].json()["data"] == answers[1].json()["data"], path
                found += 1
        assert found > 0
