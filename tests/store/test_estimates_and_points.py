"""Figures with intervals of their own, and what percentages differ by: as they are stored, and as filters find them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.store.stored import claim, keys_found

Import = Callable[..., Report]

FIGURES = """\
source: {key: s, title: S}
metrics: [{key: rate, name: rate, unit: percent}, {key: heat, name: heat, unit: °C}]
claims:
  - {key: wide, quote: a, figures: [{metric: {key: rate}, value: '5.20', low: 4.8, high: 5.6}]}
  - {key: narrow, quote: b, figures: [{metric: {key: rate}, value: 5, low: 4.9, high: 5.1, comparator: about}]}
  - {key: bounds, quote: c, figures: [{metric: {key: rate}, low: 5.15, high: 9}]}
  - {key: points, quote: d, figures: [{metric: {key: rate}, value: 25, unit: basis_point, change: difference}]}
"""


def test_the_interval_is_compared_and_the_value_sorts(database: Database, import_yaml: Import) -> None:
    assert not import_yaml(FIGURES).faults
    figure = claim(database, "wide")["figures"][0]
    told = {"value": 5.20, "low": 4.8, "high": 5.6, "comparator": "between"}
    assert {name: figure[name] for name in told} == told
    with TestClient(create_app(database)) as client:
        percent = {"figure__unit": "percent"}
        assert set(keys_found(client, **percent, figure__value__gte="5.5")) == {"wide", "bounds"}
        certain = {**percent, "figure__match": "certain"}
        assert set(keys_found(client, **certain, figure__value__lte="5.5")) == {"narrow"}
        assert keys_found(client, **percent, sort="figure__value") == ["narrow", "bounds", "wide"]
        points = {"figure__unit": "percentage_point", "figure__metric__name": "rate"}
        assert keys_found(client, **points, figure__value="0.25") == ["points"]
        assert client.get("/v1/claims", params={**points, "figure__unit": "index_point"}).status_code == 422
    assert import_yaml(FIGURES).revision is None


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        ("{metric: {key: rate}, value: 25, unit: basis_point}", "write change difference, or the value in percent"),
        ("{metric: {key: heat}, value: 1, unit: pp, change: difference}", "does not fit heat"),
        ("{metric: {key: rate}, value: 1, unit: index_point, change: difference}", "does not fit rate"),
    ],
    ids=["a level in basis points", "points of no percentage", "points of an index"],
)
def test_points_are_what_percentages_differ_by(import_yaml: Import, figure: str, told: str) -> None:
    (fault,) = import_yaml(FIGURES + f"  - {{key: e, quote: e, figures: [{figure}]}}\n").faults
    assert fault.problem.code == "wrong-dimension"
    assert told in fault.problem.detail


def test_a_metric_with_changes_in_points_may_be_defined_in_percent(database: Database, import_yaml: Import) -> None:
    text = FIGURES.replace("name: rate, unit: percent", "name: rate").replace(
        "metric: {key: rate}, v", "metric: {key: rate, unit: percent}, v", 1
    )
    assert not import_yaml(text).faults
    assert not import_yaml("source: {key: s}\nmetrics: [{key: rate, name: rate, unit: permille}]").faults
    (fault,) = import_yaml("source: {key: s}\nmetrics: [{key: rate, name: rate, unit: pp}]").faults
    assert fault.problem.code == "wrong-dimension"
    assert claim(database, "points")["figures"][0]["unit"] == "basis_point"
