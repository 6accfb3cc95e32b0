"""Disagreements: both engines against a plain reading; and each reason for which two figures may differ."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from fastapi.testclient import TestClient

from app.store.search import disagreements
from tests.api.conftest import Stock
from tests.api.test_over_time import UNITS, answer, keys, metric_of, places_of, told_left_out
from tests.oracle_figures import converted_faults
from tests.oracle_metrics import disagreeing, gap, parted, support_of
from tests.tree import Doc


@pytest.mark.parametrize("at_once", [1, 1_000_000])
@pytest.mark.parametrize("periods", ["overlapping", "equal", "any"])
@pytest.mark.parametrize("key", UNITS)
def test_figures_disagree_whose_intervals_have_no_number_in_common(
    stock: Stock, monkeypatch: pytest.MonkeyPatch, key: str, periods: str, at_once: int
) -> None:
    monkeypatch.setattr(disagreements, "AT_ONCE", at_once)
    metric, unit = metric_of(stock, key), UNITS[key]
    by = None if periods == "any" else "period"
    figures = parted(metric, unit, stock.world, by=by, changes=True)
    wanted = disagreeing(figures.kept, periods)
    for client in stock.clients.values():
        asked = {"periods": periods, "unit": unit, "changes": "true", "limit": "500"}
        found = answer(client, f"/v1/metrics/{metric}/disagreements", **asked)
        pairs = list(
            zip(*(places_of([one[side] for one in found["data"]]) for side in ("lower", "higher")), strict=True)
        )
        assert pairs == [tuple(keys(list(pair))) for pair in wanted[:500]]
        assert found["meta"]["total"] == {"value": len(wanted), "relation": "eq"}
        assert found["meta"]["compared"] == len(figures.kept)
        assert told_left_out(found) == {reason: len(places) for reason, places in figures.left_out.items()}
        for one, pair in zip(found["data"], wanted, strict=False):
            assert abs(Fraction(str(one["gap"])) - gap(*pair, unit)) <= Fraction(1, 10**6)
            for side, place in zip(("lower", "higher"), pair, strict=True):
                assert not list(converted_faults(one[side], unit))
                support = one[side]["support"]
                assert (support["claims"], support["documents"]) == support_of(place, figures.kept, stock.world)
                assert support["independent"] == support["documents"]


def test_the_first_pairs_alone_are_given_and_all_are_counted(stock: Stock, monkeypatch: pytest.MonkeyPatch) -> None:
    metric = metric_of(stock, "staff")
    for client in stock.clients.values():
        every = answer(client, f"/v1/metrics/{metric}/disagreements", periods="any", limit="500")
        some = answer(client, f"/v1/metrics/{metric}/disagreements", periods="any", limit="3")
        assert some["data"] == every["data"][:3]
        assert some["meta"]["total"]["value"] == every["meta"]["total"]["value"] > 3
    monkeypatch.setattr(disagreements, "MOST_COMPARED", 5)
    for client in stock.clients.values():
        few = answer(client, f"/v1/metrics/{metric}/disagreements", periods="any", limit="500")
        assert (few["meta"]["compared"], few["meta"]["total"]["relation"]) == (5, "gte")
        assert all(one in every["data"] or one["lower"]["support"] for one in few["data"])


# Reasons

TEXT = """
source: {key: wire, title: Wire, publisher: Wire, published_on: "2024"}
speakers:
  - {key: ann, name: Ann Lee, kind: person}
  - {key: bo, name: Bo Ek, kind: person}
metrics: [{key: staff, name: staff, unit: count}, {key: calls, name: calls, unit: count/day}]
claims:
"""
CLAIM = """
  - key: {key}
    speaker: {speaker}
    paraphrase: "{key} of it"
    said_on: {said_on}
    figures:
      - metric: {{key: {metric}}}
        value: "{value}"
        comparator: {comparator}
        unit: {unit}
        kind: {kind}
        period: {period}
    citations: [{citations}]
    relations: [{relations}]
"""
PLAIN = {
    "metric": "staff", "speaker": "null", "said_on": "null", "value": "100", "kind": "actual", "comparator": "exactly",
    "unit": "count", "period": '"2023"', "citations": "{source: {title: One}}", "relations": "",
}  # fmt: skip
OTHER = PLAIN | {"value": "977", "citations": "{source: {title: Two}}"}

REASONS: dict[str, tuple[dict[str, str], dict[str, str], list[str]]] = {
    "nothing": ({}, {}, []),
    "kind": ({"kind": "target"}, {}, ["a has a figure of the kind target, b of the kind actual"]),
    "period": ({"period": '"2023/2024"'}, {}, ["a is about 2023/2024, b about 2023"]),
    "comparator": ({"comparator": "about"}, {"comparator": "at_least"}, ["a says about", "b says at_least"]),
    "rounding": ({"value": "900"}, {"value": "931"}, ["931 rounded may be 900"]),
    "unit": (
        {"metric": "calls", "unit": "count/day"},
        {"metric": "calls", "unit": "count/hour"},
        ["a is in count/day (counts per day), b in count/hour (counts per hour)"],
    ),
    "said_later": (
        {"said_on": '"2023-05"'},
        {"said_on": '"2023-04"'},
        ["a was said later (2023-05) than b (2023-04), and may revise it"],
    ),
    "same_speaker": (
        {"speaker": "{key: ann}"},
        {"speaker": "{key: ann}"},
        ["Ann Lee said both, and not both have a date"],
    ),
    "relation": ({}, {"relations": "{type: contradicts, key: a}"}, ["b contradicts a"]),
    "same_source": ({"citations": "{source: {key: wire}}"}, {"citations": "{source: {key: wire}}"}, ["S has both"]),
    "via": (
        {"citations": "{source: {title: One}, via: the WIRE agency}"},
        {"citations": "{source: {title: Two}, via: The Wire Agency}"},
        ["both are told by way of the WIRE agency"],
    ),
}  # fmt: skip


def told(client: TestClient, key: str = "staff") -> Doc:
    """The one disagreement on a metric."""
    metric = client.get(f"/v1/metrics?key={key}").json()["data"][0]["id"]
    found = answer(client, f"/v1/metrics/{metric}/disagreements")
    assert found["meta"]["total"]["value"] == 1
    pair: Doc = found["data"][0]
    return pair


@pytest.mark.parametrize("code", REASONS)
def test_it_is_told_why_two_figures_may_differ(client: TestClient, imported: Callable[..., None], code: str) -> None:
    one, other, details = REASONS[code]
    imported(TEXT + CLAIM.format(key="a", **PLAIN | one) + CLAIM.format(key="b", **OTHER | other))
    pair = told(client, (PLAIN | one)["metric"])
    names = {pair[side]["claim"]["id"]: pair[side]["claim"]["key"] for side in ("lower", "higher")}
    names |= {pair["lower"]["source"]["id"]: "S"}
    said = {reason["detail"] for reason in pair["why"]}
    assert {reason["code"] for reason in pair["why"]} == ({code} if code != "nothing" else set())
    for name, key in names.items():
        said = {detail.replace(name, key) for detail in said}
    assert said == set(details)


def test_who_corrects_himself_is_told(client: TestClient, imported: Callable[..., None]) -> None:
    said = [{"speaker": "{key: ann}", "said_on": day} for day in ('"2023-04"', '"2023-05"')]
    imported(TEXT + CLAIM.format(key="a", **PLAIN | said[0]) + CLAIM.format(key="b", **OTHER | said[1]))
    pair = told(client)
    later = pair["higher"]["claim"]["id"]
    assert [reason["code"] for reason in pair["why"]] == ["said_later", "same_speaker"]
    assert pair["why"][1]["detail"] == f"by {later}, Ann Lee may have corrected {pair['lower']['claim']['id']}"


SOURCES = {
    "two documents": (["{title: One}", "{title: Two}"], 2, 2),
    "two addresses of one document": (["{url: 'https://a.example/1'}", "{url: 'https://www.a.example/1/'}"], 1, 1),
    "by way of the same agency": (["{title: One}, via: AP", "{title: Two}, via: ap"], 2, 1),
    "by way of two agencies": (["{title: One}, via: AP", "{title: Two}, via: Reuters"], 2, 2),
    "the one from the other's publisher": (["{title: One, publisher: AP}", "{title: Two}, via: AP"], 2, 1),
    "a chain": (
        ["{title: One, publisher: AP}", "{title: Two, publisher: Wire}, via: AP", "{title: 3}, via: Wire"],
        3,
        1,
    ),
    "the same document twice": (["{title: One}", "{title: One}, via: AP"], 1, 1),
    "one publisher": (["{title: One, publisher: AP}", "{title: Two, publisher: AP}"], 2, 2),
}


@pytest.mark.parametrize("are_apart", [True, False], ids=["in claims of their own", "in one claim"])
@pytest.mark.parametrize("case", SOURCES)
def test_sources_that_have_it_from_each_other_are_one(
    client: TestClient, imported: Callable[..., None], case: str, are_apart: bool
) -> None:
    sources, documents, independent = SOURCES[case]
    each = [f"{{source: {one}}}" for one in sources]
    cited = each if are_apart else [", ".join(each)]
    text = "".join(CLAIM.format(key=f"a{n}", **PLAIN | {"citations": one}) for n, one in enumerate(cited))
    imported(TEXT + text + CLAIM.format(key="b", **OTHER | {"citations": "{source: {title: Other}}"}))
    metric = client.get("/v1/metrics?key=staff").json()["data"][0]["id"]
    found = answer(client, f"/v1/metrics/{metric}/disagreements")["data"]
    assert len(found) == len(cited)
    for pair in found:
        claims = len(cited)
        assert pair["lower"]["support"] == {
            "claims": claims, "documents": documents, "independent": independent, "counted_claims": claims
        }  # fmt: skip
        assert pair["higher"]["support"]["independent"] == 1
