"""Figures without a unit: stored amounts stay what they are, whatever becomes of the unit of their metric."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.store.access.keys import make_key
from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.write.merge import merge_records
from tests.importing import import_paths

Doc = dict[str, Any]
ANY = {"If-Match": "*"}
SOURCE: Doc = {"key": "src/1", "title": "The paper"}


def claim(key: str, *figures: Doc) -> Doc:
    return {"key": key, "quote": f"words of {key}", "source": SOURCE, "figures": list(figures)}


TONNES = {"metric": "tonnage", "value": 2}


@pytest.fixture
def writer(client: TestClient, database: Database) -> TestClient:
    """The API with the metrics met_1, tonnage in t, and met_2, mass in kg; and clm_1 of 2 tonnage."""
    client.headers["Authorization"] = f"Bearer {make_key(database, 'desk', ['write']).secret}"
    for name, unit in (("tonnage", "t"), ("mass", "kg")):
        sent(client.post("/v1/metrics", json={"key": f"met/{name}", "name": name, "unit": unit}), 201)
    sent(client.post("/v1/claims", json=claim("uni/1", TONNES)), 201)
    return client


def sent(answer: Any, status: int = 200) -> Doc:
    assert answer.status_code == status, answer.text
    body: Doc = answer.json()
    return body


def warnings(answer: Any) -> list[tuple[str, str]]:
    """The warnings of other units: field and detail of each."""
    told = json.loads(answer.headers.get("onrecord-warnings", "[]"))
    return [(one["name"], one["detail"]) for one in told if one["code"] == "other-unit"]


def amounts(client: TestClient, record_id: str = "clm_1") -> list[tuple[float, str]]:
    return [(one["value"], one["unit"]) for one in client.get(f"/v1/claims/{record_id}").json()["figures"]]


def imported(database: Database, folder: Path, *claims: Doc) -> Report:
    file = folder / "claims.ndjson"
    file.write_text("".join(json.dumps(one) + "\n" for one in claims))
    report = import_paths(database, [file])
    assert not report.faults, [*report.faults]
    return report


def told(report: Report) -> list[str]:
    return [one.problem.detail for one in report.warnings if one.problem.code == "other-unit"]


def change(writer: TestClient, how: str) -> Any:
    if how == "merge":
        return writer.post("/v1/metrics/met_1/merge", json={"into": "met_2"})
    return writer.patch("/v1/metrics/met_1", json={"unit": "kg"}, headers=ANY)


@pytest.mark.parametrize("how", ["merge", "patch"])
def test_the_same_claim_again_keeps_the_unit_that_is_stored(
    writer: TestClient, database: Database, tmp_path: Path, how: str
) -> None:
    sent(change(writer, how))
    again = claim("uni/1", TONNES)
    report = imported(database, tmp_path, again)
    assert report.did == {"unchanged": 1}
    name = "mass" if how == "merge" else "tonnage"
    detail = f"stored in t, and stays so; the unit of {name} is kg now: write the unit"
    assert told(report) == [detail]
    put = writer.put("/v1/claims/by-key/uni/1", json=again | {"venue": "radio"}, headers=ANY)
    patched = writer.patch("/v1/claims/clm_1", json={"figures": [TONNES | {"kind": "target"}]}, headers=ANY)
    for answer in (put, patched):
        assert answer.headers["onrecord-action"] == "updated"
        assert warnings(answer) == [("/figures/0/unit", detail)]
    assert amounts(writer) == [(2, "t")]


def test_a_figure_that_another_comes_before_keeps_its_unit(writer: TestClient) -> None:
    sent(change(writer, "patch"))
    first = {"metric": "heads", "value": 7, "unit": "count"}
    put = writer.put("/v1/claims/by-key/uni/1", json=claim("uni/1", first, TONNES), headers=ANY)
    assert amounts(writer) == [(7, "count"), (2, "t")]
    assert [name for name, _ in warnings(put)] == ["/figures/1/unit"]


def test_another_amount_without_a_unit_is_of_the_metrics_unit_and_told(
    writer: TestClient, database: Database, tmp_path: Path
) -> None:
    sent(change(writer, "patch"))
    detail = "taken as kg, the unit of tonnage, which was t before: write the unit"
    new = writer.post("/v1/claims", json=claim("uni/2", TONNES | {"value": 5}))
    assert warnings(new) == [("/figures/0/unit", detail)]
    assert told(imported(database, tmp_path, claim("uni/1", TONNES | {"value": 3}))) == [detail]
    assert [*amounts(writer), *amounts(writer, "clm_2")] == [(3, "kg"), (5, "kg")]
    stated = writer.post("/v1/claims", json=claim("uni/3", TONNES | {"unit": "kg"}))
    again = writer.put("/v1/claims/by-key/uni/2", json=claim("uni/2", TONNES | {"value": 5}), headers=ANY)
    assert warnings(stated) == warnings(again) == []


@pytest.mark.parametrize("metric", ["tonnage", {"key": "met/tonnage"}, {"id": "met_1"}])
def test_a_merged_metric_that_is_named_gives_its_own_unit_and_is_told(writer: TestClient, metric: Any) -> None:
    sent(change(writer, "merge"))
    new = writer.post("/v1/claims", json=claim("uni/2", {"metric": metric, "value": 5}))
    told = "taken as t, the unit of tonnage before it was merged; that of mass is kg: write the unit"
    assert warnings(new) == [("/figures/0/unit", told)]
    other = writer.post("/v1/claims", json=claim("uni/3", {"metric": "mass", "value": 5}))
    assert warnings(other) == []
    assert [*amounts(writer, "clm_2"), *amounts(writer, "clm_3")] == [(5, "t"), (5, "kg")]


def test_figures_that_keep_an_old_unit_are_counted_where_the_unit_changes(writer: TestClient) -> None:
    sent(writer.post("/v1/claims", json=claim("uni/2", TONNES, TONNES | {"value": 3})), 201)
    answer = change(writer, "patch")
    left = "3 stored figures are in t, the unit of met_1 (key met/tonnage) so far, and stay so;"
    assert warnings(answer) == [("/unit", f"{left} a figure without a unit is in kg from now on")]
    assert warnings(writer.patch("/v1/metrics/met_2", json={"unit": "g"}, headers=ANY)) == []
    assert warnings(writer.patch("/v1/metrics/met_1", json={"definition": "weight"}, headers=ANY)) == []


def test_figures_that_keep_an_old_unit_are_counted_where_metrics_are_merged(
    writer: TestClient, database: Database
) -> None:
    merged = merge_records(database, "met_1", "met_2", dry_run=True)
    (detail,) = (one.problem.detail for one in merged.warnings if one.problem.code == "other-unit")
    assert detail.startswith("1 stored figure is in t, the unit of met_1 (key met/tonnage) so far, and stays so;")
    assert "in kg by the name or key of met_2" in detail
    assert warnings(change(writer, "merge")) == [("/unit", detail)]


def test_a_definition_in_a_file_that_changes_a_unit_is_told_at_its_row(
    writer: TestClient, database: Database, tmp_path: Path
) -> None:
    definition = {"type": "metric", "key": "met/tonnage", "name": "tonnage", "unit": "kg"}
    report = imported(database, tmp_path, claim("uni/1", TONNES), definition)
    (left,) = (one for one in report.warnings if one.problem.code == "other-unit" and one.line == 2)
    assert left.problem.detail.startswith("1 stored figure is in t")
    assert amounts(writer) == [(2, "t")]


def test_a_unit_that_is_spelt_otherwise_is_the_same(writer: TestClient) -> None:
    answer = writer.patch("/v1/metrics/met_1", json={"unit": "tonne"}, headers=ANY)
    assert sent(answer)["unit"] == "tonne"
    again = writer.put("/v1/claims/by-key/uni/1", json=claim("uni/1", TONNES), headers=ANY)
    assert (again.headers["onrecord-action"], warnings(answer), warnings(again)) == ("unchanged", [], [])


def test_a_definition_of_a_merged_metric_with_another_unit_is_refused(
    writer: TestClient, database: Database, tmp_path: Path
) -> None:
    sent(change(writer, "merge"))
    file = tmp_path / "metrics.ndjson"
    for unit, codes in (("lb", ["contradiction"]), ("t", [])):
        definition = {"type": "metric", "key": "met/tonnage", "name": "tonnage", "unit": unit}
        file.write_text(json.dumps(definition) + "\n" + json.dumps(claim("uni/2", TONNES)))
        assert [one.problem.code for one in import_paths(database, [file]).faults] == codes
    assert amounts(writer, "clm_2") == [(2, "t")]
