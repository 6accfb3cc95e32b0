"""Figures over time: both engines against a plain reading, over claims of every shape."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient

from app.domain.quantities.figures import KINDS
from app.domain.record.points import POINT_COLUMNS
from tests.api.conftest import Stock
from tests.api.test_figures import cell
from tests.oracle_figures import Place
from tests.oracle_metrics import in_time, interval, parted, point_faults
from tests.tree import Doc, Filters

UNITS = {"staff": "count", "pay": "JPY", "share": "percent", "length": "m", "heat": "K", "rate": "count/h"}


def answer(client: TestClient, path: str, **asked: str) -> Doc:
    found = client.get(path, params=asked)
    assert found.status_code == 200, found.text
    told: Doc = json.loads(found.text, parse_float=str)
    return told


def places_of(found: list[Doc]) -> list[tuple[str, int]]:
    return [(one["claim"]["key"], one["position"]) for one in found]


def keys(places: list[Place]) -> list[tuple[str, int]]:
    return [(claim["key"], place) for claim, place in places]


def metric_of(stock: Stock, key: str) -> str:
    return next(str(one["id"]) for one in stock.world.metrics.values() if one["key"] == key)


def told_left_out(found: Doc) -> dict[str, int]:
    return {reason: one["count"] for reason, one in found["meta"]["left_out"].items()}


@pytest.mark.parametrize("by", ["period", "said_on"])
@pytest.mark.parametrize("changes", ["true", "false"])
@pytest.mark.parametrize("key", UNITS)
def test_the_figures_of_a_metric_are_points_in_the_order_of_time(stock: Stock, key: str, changes: str, by: str) -> None:
    metric, unit = metric_of(stock, key), UNITS[key]
    wanted = parted(metric, unit, stock.world, by=by, changes=changes == "true")
    for client in stock.clients.values():
        found = answer(client, f"/v1/metrics/{metric}/series", by=by, changes=changes, unit=unit, split="none")
        shown = [place for one in found["data"] for place in places_of(one["points"])]
        ordered = in_time(wanted.kept, by)
        apart = [
            [one for one in ordered if one[0]["figures"][one[1]]["change"] == c] for c in (None, "difference", "ratio")
        ]
        assert shown == keys([place for one in apart for place in one])
        assert told_left_out(found) == {reason: len(places) for reason, places in wanted.left_out.items()}
        for reason, left_out in found["meta"]["left_out"].items():
            assert set(places_of(left_out["figures"])) <= set(keys(wanted.left_out[reason]))
            assert len(left_out["figures"]) == min(left_out["count"], 20)
        assert found["meta"]["total"] == {"value": len(ordered), "relation": "eq"}
        assert not [fault for one in found["data"] for point in one["points"] for fault in point_faults(point, unit)]


def test_kinds_speakers_and_changes_are_apart(stock: Stock) -> None:
    metric = metric_of(stock, "staff")
    for client in stock.clients.values():
        every = answer(client, f"/v1/metrics/{metric}/series", by="said_on", split="none")["data"][0]["points"]
        for split in ("kind", "speaker", "kind,speaker", "speaker, kind"):
            found = answer(client, f"/v1/metrics/{metric}/series", by="said_on", split=split)
            assert found["meta"]["split"] == [name for name in ("kind", "speaker") if name in split]
            seen = []
            for one in found["data"]:
                for name in found["meta"]["split"]:
                    assert all(point[name] == one[name] for point in one["points"])
                seen.append(
                    (one["kind"] and KINDS.index(one["kind"]), int(((one["speaker"] or {}).get("id") or "spk_0")[4:]))
                )
                assert one["points"] == [point for point in every if point in one["points"]]
            assert sum(len(one["points"]) for one in found["data"]) == len(every)
            assert len(set(seen)) == len(seen) > 1
            assert seen == sorted(seen)
        assert answer(client, f"/v1/metrics/{metric}/series", by="said_on")["meta"]["split"] == ["kind", "speaker"]


FILTERS: list[Filters] = [
    (("figure__kind", ("target", "actual")),),
    (("figure__change", ("difference",)),),
    (("figure__period", ("2022",)), ("said_on__gte", ("2022-07",))),
    (("speaker__key", ("runner",)),),
    (("status", ("any",)), ("source__publisher", ("Reuters",))),
]


@pytest.mark.parametrize("filters", FILTERS, ids=lambda one: one[0][0])
def test_series_take_filters_and_a_change_that_is_asked_for_is_there(stock: Stock, filters: Filters) -> None:
    metric = metric_of(stock, "length")
    changes = any(name == "figure__change" for name, _ in filters)
    wanted = parted(metric, "km", stock.world, filters, by="said_on", changes=changes)
    asked = [(name, value) for name, values in filters for value in values]
    for client in stock.clients.values():
        found = client.get(f"/v1/metrics/{metric}/series", params=[*asked, ("by", "said_on"), ("split", "none")]).json()
        assert [place for one in found["data"] for place in places_of(one["points"])] == keys(
            in_time(wanted.kept, "said_on")
        )
        assert wanted.kept
        assert found["meta"]["unit"] == "km"


def test_the_newest_points_are_given_where_there_are_more(stock: Stock) -> None:
    metric = metric_of(stock, "staff")
    for client in stock.clients.values():
        every = answer(client, f"/v1/metrics/{metric}/series", by="said_on", split="none")
        some = answer(client, f"/v1/metrics/{metric}/series", by="said_on", split="none", limit="3")
        assert some["data"][0]["points"] == every["data"][0]["points"][-3:]
        assert some["meta"] == every["meta"]


def test_series_are_of_the_moment_that_is_asked_for(stock: Stock) -> None:
    revision, world = stock.past
    metric = metric_of(stock, "staff")
    wanted = in_time(parted(metric, "count", world, by="said_on", changes=False).kept, "said_on")
    for client in stock.clients.values():
        found = answer(client, f"/v1/metrics/{metric}/series", by="said_on", split="none", as_of=str(revision))
        assert places_of(found["data"][0]["points"]) == keys(wanted)
        assert found["meta"]["revision"] == revision


def test_a_table_has_the_points_and_its_headers_what_is_left_out(stock: Stock) -> None:
    metric = metric_of(stock, "staff")
    path = f"/v1/metrics/{metric}/series"
    for client in stock.clients.values():
        found = answer(client, path, split="none")
        table = client.get(path, params={"format": "csv", "split": "none"})
        rows = list(csv.reader(io.StringIO(table.content.decode(), newline=""), strict=True))
        points = json.loads(json.dumps(found["data"][0]["points"]), parse_int=str)
        assert rows == [POINT_COLUMNS, *([cell(point, column) for column in POINT_COLUMNS] for point in points)]
        told = ", ".join(f"{reason}={count}" for reason, count in told_left_out(found).items())
        assert table.headers["onrecord-left-out"] == told
        liked = client.get(path, params={"split": "none"}, headers={"Accept": "text/csv"})
        assert (liked.content, liked.headers["content-type"]) == (table.content, table.headers["content-type"])


@pytest.mark.parametrize("speaker", ["jose", "ministry", "runner", "forum"])
@pytest.mark.parametrize("key", UNITS)
def test_statements_of_a_speaker_are_compared_with_the_one_before(stock: Stock, key: str, speaker: str) -> None:
    metric, unit = metric_of(stock, key), UNITS[key]
    filters: Filters = (("speaker__key", (speaker,)),)
    wanted = parted(metric, unit, stock.world, filters, by="said_on", changes=False)
    for client in stock.clients.values():
        own = client.get("/v1/speakers", params={"key": speaker}).json()["data"][0]
        found = answer(client, f"/v1/speakers/{own['id']}/statements-over-time", metric=metric, unit=unit)
        assert found["meta"]["speaker"] == {name: own[name] for name in ("id", "key", "name", "kind")}
        assert found["meta"]["total"]["value"] == len(wanted.kept)
        assert told_left_out(found) == {reason: len(places) for reason, places in wanted.left_out.items()}
        for one in found["data"]:
            places = in_time([p for p in wanted.kept if p[0]["figures"][p[1]]["kind"] == one["kind"]], "said_on")
            assert places_of(one["points"]) == keys(places)
            for at, point in enumerate(one["points"]):
                since, before = point["since_before"], one["points"][at - 1] if at else None
                if before is None:
                    assert since is None
                    continue
                assert (since["claim"], since["position"]) == (before["claim"], before["position"])
                (low, high), (from_, to) = interval(places[at - 1]), interval(places[at])
                assert since["meets"] == (low <= to and from_ <= high)
                values = [end["value"] for end in (before, point)]
                difference = None if None in values else Decimal(values[1]) - Decimal(values[0])
                assert (since["difference"] and Decimal(since["difference"])) == difference


REFUSED = {
    "met_3/series?by=recorded_at": (422, "bad-choice", "by", []),
    "met_3/series?split=kinds": (422, "bad-value", "split", ["kind"]),
    "met_3/series?unit=peoples": (422, "bad-value", "unit", None),
    "met_3/series?limit=20000": (422, "bad-value", "limit", []),
    "met_3/series?metric=met_1": (422, "unknown-parameter", "metric", None),
    "met_1/series": (422, "unit-needed", "unit", ["unit=ratio"]),
    "met_1/disagreements": (422, "unit-needed", "unit", ["unit=ratio"]),
    "met_3/disagreements?periods=all": (422, "bad-choice", "periods", []),
    "met_3/series?as_of=99": (422, "as-of-future", "as_of", []),
    "met_3/series?format=pdf": (422, "bad-choice", "format", []),
}


@pytest.mark.parametrize("path", REFUSED)
def test_what_cannot_be_asked_is_told(seeded_client: TestClient, path: str) -> None:
    status, code, name, meant = REFUSED[path]
    found = seeded_client.get(f"/v1/metrics/{path}")
    (error,) = found.json()["errors"]
    assert (found.status_code, error["code"], error["name"]) == (status, code, name)
    assert meant is None or error["did_you_mean"] == meant


@pytest.mark.parametrize("part", ["series", "disagreements"])
def test_an_unknown_metric_is_told(seeded_client: TestClient, part: str) -> None:
    assert seeded_client.get(f"/v1/metrics/met_99/{part}").status_code == 404
    assert seeded_client.get(f"/v1/metrics/japan/{part}").status_code == 404


def test_an_unknown_speaker_or_metric_of_statements_is_told(seeded_client: TestClient) -> None:
    assert seeded_client.get("/v1/speakers/spk_99/statements-over-time?metric=met_3").status_code == 404
    assert seeded_client.get("/v1/speakers/spk_1/statements-over-time?metric=met_99").status_code == 404
    missing = seeded_client.get("/v1/speakers/spk_1/statements-over-time").json()
    assert missing["errors"][0]["name"] == "metric"


def test_a_merged_metric_leads_to_the_survivor(stock: Stock) -> None:
    for client in stock.clients.values():
        past = client.get("/v1/metrics", params={"key": "crew", "as_of": stock.past[0]}).json()["data"][0]["id"]
        staff = metric_of(stock, "staff")
        for part in ("series", "disagreements"):
            led = client.get(f"/v1/metrics/{past}/{part}", follow_redirects=False)
            assert (led.status_code, led.headers["location"]) == (308, f"/v1/metrics/{staff}/{part}")
        both = [
            client.get("/v1/speakers/spk_1/statements-over-time", params={"metric": one}).json()["data"]
            for one in (past, staff)
        ]
        assert both[0] == both[1]


PATHS = [
    "/v1/metrics/met_3/series",
    "/v1/metrics/met_3/series?format=csv",
    "/v1/metrics/met_3/disagreements?periods=any",
    "/v1/speakers/spk_1/statements-over-time?metric=met_3",
]


@pytest.mark.parametrize("path", PATHS)
def test_who_has_the_answer_is_told_so(seeded_client: TestClient, path: str) -> None:
    tag = seeded_client.get(path).headers["etag"]
    again = seeded_client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.headers["etag"], again.content) == (304, tag, b"")
