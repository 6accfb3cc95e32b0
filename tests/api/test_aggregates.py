"""Aggregates and facets: both engines against a plain count over documents, and what is refused."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.query.aggregation import MEASURES
from app.domain.query.groupings import GROUPINGS
from tests.api.conftest import Stock, find_as_many
from tests.asked import cases, queries, trees
from tests.oracle_aggregates import FUNCTIONS, OWN_FILTERS, Key, compared, counted, ordered, spelling
from tests.tree import Doc, Filters, Tree, World, as_tree

groupings = st.lists(st.sampled_from(list(GROUPINGS)), max_size=3, unique=True).map(tuple)


def key_of(row: Doc, names: tuple[str, ...]) -> tuple[Key, ...]:
    """The values of a group as they are compared."""
    return tuple(compared(name, row["group"][name]) for name in names)


def check(stock: Stock, asked: Filters | Tree, names: tuple[str, ...], *, past: bool = False) -> Doc:
    """Both engines count what the plain reading counts, in its order."""
    revision, world = stock.past if past else (None, stock.world)
    wanted = counted(asked if isinstance(asked, dict) else as_tree(asked), names, world)
    options: dict[str, Any] = {"limit": 1000} | ({"group_by": ",".join(names)} if names else {})
    options |= {"as_of": revision} if revision else {}
    answers = {engine: stock.aggregate(engine, asked, **options) for engine in stock.clients}
    for engine, found in answers.items():
        assert found["meta"]["total"] == {"value": wanted.total, "relation": "eq"}, engine
        counts = {key: len(group.claims) for key, group in wanted.groups.items()}
        keys = sorted(ordered(counts), key=lambda key: -counts[key])
        assert [(key_of(row, names), row["count"]) for row in found["data"]] == [(key, counts[key]) for key in keys]
        for row, key in zip(found["data"], keys, strict=True):
            assert tuple(map(spelling, row["group"].values())) in wanted.groups[key].spelt
        is_dated = any(name.startswith("said_on") for name in names)
        assert found["meta"]["spanning"] == (wanted.spanning if is_dated else None)
        assert (found["meta"]["groups_total"], found["meta"]["other_count"]) == (len(counts), 0)
    assert answers["sqlite"] == answers["postgresql"]
    return answers["sqlite"]


@cases(30)
@given(queries(), groupings)
@example((("status", ("any",)),), ("speaker", "said_on:year", "topic"))
@example((("role__status", ("former",)),), ("role.title", "organization"))
def test_both_engines_count_what_a_plain_count_gives(stock: Stock, filters: Filters, names: tuple[str, ...]) -> None:
    check(stock, filters, names)


@cases(24)
@given(queries(), groupings, st.sampled_from([0, 3]))
def test_many_claims_are_counted_in_another_way_and_are_the_same(
    stock: Stock, filters: Filters, names: tuple[str, ...], few: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        find_as_many(patch, few)
        check(stock, filters, names)


@cases(20)
@given(queries(), groupings)
def test_groups_of_a_past_revision_are_as_they_were(stock: Stock, filters: Filters, names: tuple[str, ...]) -> None:
    check(stock, filters, names, past=True)


@cases(24)
@given(trees(), groupings)
def test_both_engines_count_what_a_tree_finds(stock: Stock, tree: Tree, names: tuple[str, ...]) -> None:
    check(stock, tree, names)


@pytest.mark.parametrize("few", [0, 1000])
@pytest.mark.parametrize("name", GROUPINGS)
def test_each_grouping_alone(stock: Stock, monkeypatch: pytest.MonkeyPatch, name: str, few: int) -> None:
    find_as_many(monkeypatch, few)
    found = check(stock, (("status", ("any",)),), (name,))
    assert len(found["data"]) > 1, f"give claims of tests/stock.py different values of {name}"


# Measures


def measured(stock: Stock, asked: Filters, names: tuple[str, ...], unit: str, world: World, **more: object) -> None:
    """Both engines give the exact amounts of the plain reading."""
    wanted = counted(as_tree(asked), names, world, unit)
    options = {"measure": ",".join(MEASURES), "limit": 1000} | ({"group_by": ",".join(names)} if names else {})
    answers = {engine: stock.aggregate(engine, asked, **options, **more) for engine in stock.clients}
    assert answers["sqlite"] == answers["postgresql"]
    found = answers["sqlite"]
    assert found["meta"]["unit"] == unit
    assert found["meta"]["not_measured"] == wanted.not_measured
    assert len(found["data"]) == len(wanted.groups)
    for row in found["data"]:
        amounts = list(wanted.groups[key_of(row, names)].amounts.values())
        assert row["figures"] == len(amounts)
        for name, function in FUNCTIONS.items():
            value = row[f"figure.value:{name}"]
            assert (value is None) == (not amounts)
            assert not amounts or is_decimal_of(value, function(amounts))


def is_decimal_of(value: int | Decimal, amount: Fraction) -> bool:
    """Whether a decimal is an amount: exactly where it ends, else to 38 digits."""
    ends = 10**400 % amount.denominator == 0
    return Fraction(value) == amount if ends else abs(Fraction(value) - amount) <= abs(amount) / 10**37


@cases(30)
@given(queries(always=("figure__unit",)), groupings, st.booleans())
@example((("figure__unit", ("count",)),), ("figure.metric",), False)
@example((("figure__unit", ("°F",)), ("figure__change", ("difference",))), ("speaker",), False)
@example((("figure__metric__key", ("length",)),), (), True)
def test_measures_are_exact(stock: Stock, filters: Filters, names: tuple[str, ...], past: bool) -> None:
    units = {"figure__unit": dict(filters)["figure__unit"][0]} if "figure__unit" in dict(filters) else {}
    revision, world = stock.past if past else (None, stock.world)
    unit = units.get("figure__unit", "km")
    measured(stock, filters, names, unit, world, **({"as_of": revision} if past else {}))


LEVELS: Filters = (("figure__unit", ("count",)),)


@pytest.mark.parametrize("name", ["count", "group", "figure.value:mean"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_groups_are_sorted_and_the_rest_is_told(stock: Stock, name: str, sign: str) -> None:
    options = {"group_by": "topic,figure.metric", "measure": ",".join(MEASURES), "sort": f"{sign}{name}"}
    for engine in stock.clients:
        every = stock.aggregate(engine, LEVELS, limit=1000, **options)
        assert len(every["data"]) > 8
        if name != "group":
            values = [row[name] for row in every["data"]]
            known = [value for value in values if value is not None]
            assert known == sorted(known, reverse=bool(sign))
            assert values[len(known) :] == [None] * (len(values) - len(known))
        some = stock.aggregate(engine, LEVELS, limit=4, **options)
        assert some["data"] == every["data"][:4]
        assert some["meta"]["groups_total"] == len(every["data"])
        assert some["meta"]["other_count"] == sum(row["count"] for row in every["data"][4:])


@pytest.mark.parametrize(
    ("having", "holds"),
    [
        ("count__gte:3", lambda row: row["count"] >= 3),
        ("count:2", lambda row: row["count"] == 2),
        ("count__gt:1,count__lt:4", lambda row: 1 < row["count"] < 4),
        ("figure.value:mean__lte:100", lambda row: row["figure.value:mean"] <= 100),
        ("figure.value:max__gt:999.5", lambda row: row["figure.value:max"] > 999.5),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_having_keeps_groups_that_meet_it(stock: Stock, having: str, holds: Any) -> None:
    options = {"group_by": "speaker", "measure": "figure.value:mean,figure.value:max", "limit": 1000}
    for engine in stock.clients:
        every = stock.aggregate(engine, LEVELS, **options)
        found = stock.aggregate(engine, LEVELS, having=having, **options)
        wanted = [row for row in every["data"] if row["figures"] and holds(row)]
        assert found["data"] == wanted
        assert 0 < len(wanted) < len(every["data"]), having
        assert found["meta"]["groups_total"] == len(wanted)
        assert found["meta"]["other_count"] == sum(row["count"] for row in every["data"] if row not in wanted)


# Facets


@cases(24)
@given(queries(), st.sampled_from(list(GROUPINGS)), st.booleans())
@example((("topic", ("pay",)), ("topic__not", ("aere",))), "topic", False)
@example((("figure__metric__key", ("pay",)), ("figure__kind", ("limit",))), "figure.kind", False)
@example((("status", ("retracted",)),), "status", False)
def test_a_facet_leaves_out_the_filters_on_its_own_field(stock: Stock, filters: Filters, name: str, past: bool) -> None:
    left: Filters = tuple(one for one in filters if one[0] not in OWN_FILTERS[name])
    asks_values = any(one.startswith("figure__value") for one, _ in left)
    if asks_values and name == "figure.metric" and "figure__unit" not in dict(left):
        left = filters  # the metric says in which unit
    if name == "status":
        left = (*left, ("status", ("any",)))
    revision, world = stock.past if past else (None, stock.world)
    wanted = counted(as_tree(left), (name,), world)
    counts = {key: len(group.claims) for key, group in wanted.groups.items()}
    keys = sorted(ordered(counts), key=lambda key: -counts[key])
    for engine in stock.clients:
        answer = stock.ask(engine, filters, facets=name, limit="1", **({"as_of": str(revision)} if past else {}))
        facet = answer["facets"][name]
        shown = [((compared(name, one["value"]),), one["count"]) for one in facet["groups"]]
        assert shown == [(key, counts[key]) for key in keys[:20]], engine
        assert facet["groups_total"] == len(counts)
        assert facet["other_count"] == sum(counts[key] for key in keys[20:])
        assert facet["spanning"] == (wanted.spanning if name.startswith("said_on") else None)


def test_facets_of_a_posted_search_are_those_of_a_query_string(stock: Stock) -> None:
    filters: Filters = (("topic", ("pay",)), ("role__status", ("former",)))
    for engine in stock.clients:
        flat = stock.ask(engine, filters, facets="topic,role.title,said_on:year")
        posted = stock.search(engine, as_tree(filters), facets=["topic", "role.title", "said_on:year"])
        assert list(flat["facets"]) == ["topic", "role.title", "said_on:year"]
        assert posted["facets"] == flat["facets"]
        assert "facets" not in stock.ask(engine, filters)


def test_every_page_of_a_list_may_have_facets(stock: Stock) -> None:
    first = stock.ask("sqlite", (), limit="5", facets="topic")
    path = first["links"]["next"].replace("facets=topic", "facets=status")
    second = stock.clients["sqlite"].get(path).json()
    assert list(second["facets"]) == ["status"]
    assert second["data"][0] != first["data"][0]


# Forms


def test_a_table_has_the_columns_that_are_asked_for_whatever_is_found(stock: Stock) -> None:
    asked = "group_by=speaker,topic,source&measure=figure.value:max&figure__unit=count&limit=1000"
    header = (
        "speaker.id,speaker.key,speaker.name,topic,source.id,source.key,source.title,count,figures,figure.value:max"
    )
    for client in stock.clients.values():
        rows = list(csv.DictReader(StringIO(client.get(f"/v1/claims/aggregate?{asked}&format=csv").text)))
        data = json.loads(client.get(f"/v1/claims/aggregate?{asked}").content, parse_float=Decimal)["data"]
        assert len(rows) == len(data) > 0
        assert [(row["topic"], row["count"], row["figure.value:max"]) for row in rows] == [
            (
                one["group"]["topic"] or "",
                str(one["count"]),
                str("" if one["figure.value:max"] is None else one["figure.value:max"]),
            )
            for one in data
        ]
        assert [row["speaker.key"] for row in rows] == [(one["group"]["speaker"] or {}).get("key", "") for one in data]
        empty = client.get(f"/v1/claims/aggregate?{asked}&q=nothing", headers={"Accept": "text/csv"})
        assert empty.text.splitlines() == [header]
        assert empty.headers["content-disposition"] == f'attachment; filename="aggregate-r{stock_revision(client)}.csv"'


def stock_revision(client: TestClient) -> int:
    revision: int = client.get("/v1/claims?limit=1").json()["meta"]["revision"]
    return revision


REFUSED = {  # what is asked, and the parameter, the code and a suggestion that the answer has
    "group_by=speaker,topic,status,language": ("group_by", "bad-value", ()),
    "group_by=year": ("group_by", "bad-value", ("said_on:year",)),
    "group_by=said_on": ("group_by", "bad-value", ("said_on:year", "said_on:month", "said_on:decade")),
    "group_by=speaker__name": ("group_by", "bad-value", ("speaker",)),
    "group_by=source__publisher": ("group_by", "bad-value", ("source.publisher",)),
    "group_by=quote": ("group_by", "bad-value", ()),
    "group_by=topic,topic": ("group_by", "bad-value", ()),
    "measure=avg": ("measure", "bad-value", ("figure.value:mean",)),
    "measure=figure.value:mean": ("measure", "unit-needed", ()),
    "measure=count,count": ("measure", "bad-value", ()),
    "having=count_gte:5": ("having", "bad-value", ()),
    "having=count__lest:5": ("having", "bad-value", ("lt",)),
    "having=count__gte:many": ("having", "bad-value", ()),
    "having=figure.value:sum:5": ("having", "bad-combination", ()),
    "having=" + ",".join(["count:1"] * 11): ("having", "bad-value", ()),
    "sort=counts": ("sort", "bad-value", ("count",)),
    "sort=-figure.value:sum": ("sort", "bad-combination", ()),
    "limit=10001": ("limit", "bad-value", ()),
    "format=xml": ("format", "bad-choice", ()),
    "cursor=x": ("cursor", "unknown-parameter", ("sort",)),
    "as_of=99": ("as_of", "as-of-future", ()),
    "group=speaker": ("group", "unknown-parameter", ("group_by",)),
    "agg=count": ("agg", "unknown-parameter", ("measure",)),
    "group_by=speaker&group_by=topic": ("group_by", "repeated", ()),
}


@pytest.mark.parametrize("asked", REFUSED)
def test_what_cannot_be_counted_is_refused(stock: Stock, asked: str) -> None:
    name, code, meant = REFUSED[asked]
    for client in stock.clients.values():
        answer = client.get(f"/v1/claims/aggregate?{asked}")
        assert answer.status_code == 422, answer.text
        problem = answer.json()["errors"][0]
        assert (problem["in"], problem["name"], problem["code"]) == ("query", name, code)
        assert tuple(problem["did_you_mean"]) == meant


def test_what_cannot_be_counted_is_refused_in_a_body(stock: Stock) -> None:
    bodies = {
        "/group_by": {"group_by": ["year"]},
        "/measure": {"measure": "figure.value:sum"},
        "/sort": {"sort": "-figure.value:sum"},
        "/having": {"having": ["count"]},
        "/groups": {"groups": ["speaker"]},
        "/where/field": {"where": {"field": "nothing", "value": 1}},
    }
    for client in stock.clients.values():
        for name, body in bodies.items():
            answer = client.post("/v1/claims/aggregate", json=body)
            assert answer.status_code == 422, (name, answer.text)
            problem = answer.json()["errors"][0]
            assert (problem["in"], problem["name"]) == ("body", name)


def test_a_list_of_facets_is_short_and_known(stock: Stock) -> None:
    client = stock.clients["sqlite"]
    for asked in ("year", ",".join(list(GROUPINGS)[:6]), "topic,topic"):
        answer = client.get(f"/v1/claims?facets={asked}")
        assert (answer.status_code, answer.json()["errors"][0]["name"]) == (422, "facets")


def test_an_answer_that_the_client_has_is_not_counted_again(stock: Stock) -> None:
    for client in stock.clients.values():
        path = "/v1/claims/aggregate?group_by=topic"
        first = client.get(path)
        table = client.get(path, headers={"Accept": "text/csv"})
        assert first.headers["etag"] != table.headers["etag"]
        assert client.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
        assert client.get(path, headers={"If-None-Match": table.headers["etag"]}).status_code == 200
        assert client.get(path, headers={"Accept": "text/html"}).status_code == 406
        assert client.get(f"{path}&min_revision=999999").status_code == 503


def test_a_list_takes_a_thousand_keys_and_ids_in_a_body(stock: Stock) -> None:
    keys = [claim["key"] for claim in stock.world.claims]
    for client in stock.clients.values():
        for field, values in (("key", keys), ("id", [claim["id"] for claim in stock.world.claims])):
            others = [f"{'clm_' if field == 'id' else 'other-'}{n}" for n in range(10_000, 11_000)]
            where = {"field": field, "value": [*values, *others][:1000]}
            found = client.post("/v1/claims/search", json={"where": where, "limit": 500}).json()
            assert {one["key"] for one in found["data"]} == {
                claim["key"] for claim in stock.world.claims if claim["status"] == "active"
            }
            where["value"] = [*values, *others][:1001]
            answer = client.post("/v1/claims/search", json={"where": where})
            assert (answer.status_code, answer.json()["code"]) == (422, "too-long")
