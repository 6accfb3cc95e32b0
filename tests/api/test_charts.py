"""Charts of metrics: the specification has what the series has, and the pictures say what is in them."""

from __future__ import annotations

import re
import struct
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from app.api import formats
from app.domain.charts import look
from app.domain.charts.group_chart import MOST_GROUPS
from app.domain.charts.series_chart import MOST_DRAWN
from tests.api.conftest import Stock
from tests.api.test_over_time import UNITS, answer, metric_of
from tests.conftest import ROOT
from tests.tree import Doc

SERIES = "/v1/metrics/met_3/series?by=said_on"
SVG = "{http://www.w3.org/2000/svg}"


def rows_of(chart: Doc) -> list[Doc]:
    """The data of a chart, or of several below each other."""
    return [row for one in chart.get("vconcat", [chart]) for row in one["data"]["values"]]


def points_of(series: Doc) -> list[Doc]:
    return [point for one in series["data"] for point in one["points"]]


def keyed(row: Doc) -> tuple[Any, ...]:
    claim = row["claim"]
    return (claim["key"] if isinstance(claim, dict) else claim, row["position"])


@pytest.mark.parametrize("by", ["period", "said_on"])
@pytest.mark.parametrize("key", UNITS)
def test_the_data_of_a_chart_are_the_points_of_the_series(stock: Stock, key: str, by: str) -> None:
    asked = {"by": by, "unit": UNITS[key], "changes": "true"}
    for client in stock.clients.values():
        path = f"/v1/metrics/{metric_of(stock, key)}/series"
        points = sorted(points_of(answer(client, path, **asked)), key=keyed)
        rows = sorted(rows_of(answer(client, path, format="vega-lite", **asked)), key=keyed)
        assert len(rows) == len(points) > 0
        for row, point in zip(rows, points, strict=True):
            for name in ("value", "low", "high", "comparator", "kind", "change", "position"):
                assert row[name] == point[name]
            assert [row[name] for name in ("on", "earliest", "latest")] == [
                point["on"][name] for name in ("edtf", "earliest", "latest")
            ]
            assert (row["claim"], row["speaker"]) == (
                point["claim"]["key"],
                point["speaker"] and point["speaker"]["name"],
            )


@pytest.mark.parametrize("key", UNITS)
def test_figures_are_drawn_where_they_are_and_open_ends_at_the_edge(stock: Stock, key: str) -> None:
    client = stock.clients["sqlite"]
    asked = {"by": "period", "unit": UNITS[key], "changes": "true", "format": "vega-lite"}
    chart = answer(client, f"/v1/metrics/{metric_of(stock, key)}/series", **asked)
    for one in chart.get("vconcat", [chart]):
        encoding = one["layer"][0]["encoding"]
        (first, last), (least, most) = (encoding[axis]["scale"]["domain"] for axis in "xy")
        assert encoding["x"]["scale"]["type"] == "utc"
        for row in one["data"]["values"]:
            assert first <= row["from"] <= row["at"] <= row["to"] <= last
            assert row["from"] == (f"{row['earliest']}T00:00:00Z" if row["earliest"] else first)
            assert row["to"] == (f"{row['latest']}T00:00:00Z" if row["latest"] else last)
            assert float(least) <= float(row["lower"]) <= float(row["number"]) <= float(row["upper"]) <= float(most)
            assert float(row["lower"]) == (float(least) if row["low"] is None else float(row["low"]))
            assert float(row["upper"]) == (float(most) if row["high"] is None else float(row["high"]))
            assert row["value"] is None or float(row["number"]) == float(row["value"])


def test_arrows_are_there_where_an_end_is_open(stock: Stock) -> None:
    client = stock.clients["sqlite"]
    told = set()
    for key in UNITS:
        asked = {"by": "period", "unit": UNITS[key], "format": "vega-lite"}
        chart = answer(client, f"/v1/metrics/{metric_of(stock, key)}/series", **asked)
        drawn = {layer["mark"]["shape"] for layer in chart["layer"] if "shape" in layer["mark"]}
        ends = {"earliest": "left", "latest": "right", "low": "down", "high": "up"}
        assert drawn == {f"triangle-{ends[n]}" for n in ends if any(row[n] is None for row in rows_of(chart))}
        told |= drawn
    assert len(told) == 4


@pytest.mark.parametrize("split", ["none", "kind", "speaker", "kind,speaker"])
def test_kinds_and_speakers_are_told_by_colour_and_shape_as_the_series_are_apart(stock: Stock, split: str) -> None:
    client = stock.clients["sqlite"]
    chart = answer(client, f"/v1/metrics/{metric_of(stock, 'staff')}/series", split=split, format="vega-lite")
    marks = [one for one in chart["layer"] if one["mark"]["type"] == "point" and "shape" not in one["mark"]]
    channels = {name: one for name, one in marks[0]["encoding"].items() if name in ("color", "shape")}
    wanted: dict[str, dict[str, str | None]] = {
        "none": {"color": None},
        "kind": {"color": "kind", "shape": "kind"},
        "speaker": {"color": "speaker_label", "shape": "speaker_label"},
        "kind,speaker": {"color": "speaker_label", "shape": "kind"},
    }
    assert {name: one.get("field") for name, one in channels.items()} == wanted[split]
    for one in channels.values():
        if "field" in one:
            assert {row[one["field"]] for row in rows_of(chart)} == set(one["scale"]["domain"])


def test_what_is_not_drawn_is_told_beside_and_in_the_description(seeded_client: TestClient) -> None:
    chart = seeded_client.get(f"{SERIES}&format=vega-lite").json()
    assert chart["title"]["text"] == ["core cyber defence personnel"]
    told = "Not drawn: 2 told as changes rather than amounts."
    assert chart["title"]["subtitle"][-1] == told
    assert chart["description"].endswith(told)
    undated = seeded_client.get("/v1/metrics/met_7/series?by=said_on&format=vega-lite").json()
    assert undated["title"]["subtitle"] == ["Not drawn: 2 without a date."]
    assert undated["data"]["values"] == [{"text": "No figures to draw"}]


def test_the_newest_figures_are_drawn_and_the_rest_is_counted(seeded_client: TestClient) -> None:
    chart = seeded_client.get(f"{SERIES}&format=vega-lite&limit=1").json()
    assert [row["on"] for row in rows_of(chart)] == ["2024-04"]
    assert chart["title"]["subtitle"][-1].startswith("Not drawn: 1 older than these, ")
    assert MOST_DRAWN == 300


def luminance(colour: str) -> float:
    """The relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize(("colour", "least"), [(look.INK, 4.0), *((one, 3.0) for one in (*look.COLOURS, look.OTHERS))])
def test_colours_are_told_from_white_and_from_dark_pages(colour: str, least: float) -> None:
    own, dark = luminance(colour), luminance("#0d1117")
    assert 1.05 / (own + 0.05) >= least
    assert (own + 0.05) / (dark + 0.05) >= least
    assert look.config()["background"] == "transparent"


def test_a_picture_has_the_words_of_its_chart(seeded_client: TestClient) -> None:
    chart = seeded_client.get(f"{SERIES}&format=vega-lite").json()
    found = seeded_client.get(SERIES, headers={"Accept": "image/svg+xml"})
    assert found.headers["content-type"] == "image/svg+xml"
    assert found.headers["content-disposition"].startswith('inline; filename="series-met_3-r')
    root = ElementTree.fromstring(found.text)  # noqa: S314  # our own
    assert root.tag == f"{SVG}svg"
    assert root.attrib["role"] == "img"
    assert [(one.tag, one.text) for one in root[:2]] == [
        (f"{SVG}title", chart["title"]["text"][0]),
        (f"{SVG}desc", chart["description"]),
    ]
    shown = {one.text for one in root.iter(f"{SVG}text")} | {one.text for one in root.iter(f"{SVG}tspan")}
    assert {"2,230", "≈ 4,000", "Apr 2024", "Fumio Kishida"} <= shown


def test_the_picture_in_the_readme_is_of_that_chart() -> None:
    shown = re.search("<title>.*</desc>", (ROOT / "docs" / "chart.svg").read_text())
    assert shown
    assert shown[0] in (ROOT / "README.md").read_text()


def test_a_picture_in_pixels_is_a_png_of_the_size_of_the_chart(seeded_client: TestClient) -> None:
    found = seeded_client.get(f"{SERIES}&format=png")
    assert found.headers["content-type"] == "image/png"
    assert found.content[:8] == b"\x89PNG\r\n\x1a\n"
    wide, high = struct.unpack(">II", found.content[16:24])
    assert 2 * look.WIDTH < wide < 3 * look.WIDTH
    assert 600 < high < 2000
    assert len(found.content) > 10_000
    again = seeded_client.get(f"{SERIES}&format=png", headers={"If-None-Match": found.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_empty_chart_is_drawn_too(seeded_client: TestClient) -> None:
    found = seeded_client.get("/v1/metrics/met_7/series?by=said_on&format=svg")
    assert "No figures to draw" in found.text


def test_a_picture_without_its_library_is_told_by_the_name_of_the_extra(
    seeded_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "LIBRARIES", {"charts": "not_installed_here"})
    found = seeded_client.get(f"{SERIES}&format=png")
    assert (found.status_code, found.json()["code"]) == (501, "not-installed")
    assert "pip install 'onrecord[charts]'; others are json, csv or vega-lite" in found.json()["detail"]
    assert seeded_client.get(f"{SERIES}&format=vega-lite").status_code == 200


GROUPS = "/v1/claims/aggregate"


@pytest.mark.parametrize(
    "asked",
    [
        {"group_by": "speaker"},
        {"group_by": "figure.kind,speaker"},
        {"group_by": "figure.kind", "measure": "figure.value:mean,figure.value:min,figure.value:max"},
        {},
    ],
    ids=lambda one: one.get("group_by", "all"),
)
def test_the_data_of_a_chart_are_the_groups_of_the_aggregate(stock: Stock, asked: dict[str, str]) -> None:
    measure = asked.get("measure", "count").partition(",")[0]
    asked |= {"figure__unit": "count"} if "measure" in asked else {}
    for client in stock.clients.values():
        groups = [one for one in answer(client, GROUPS, **asked)["data"] if one[measure] is not None]
        rows = rows_of(answer(client, GROUPS, format="vega-lite", **asked))
        assert rows
        assert [(row["count"], row["measured"]) for row in rows] == [
            (one["count"], one[measure]) for one in groups[:MOST_GROUPS]
        ]
        labels = {(row["group"], row["part"]) for row in rows}
        assert len(labels) == len(rows)
        if "measure" in asked:
            assert all(float(row["least"]) <= float(row["measured"]) <= float(row["most"]) for row in rows)


def test_claims_without_a_date_are_told_and_years_without_claims_have_their_place(seeded_client: TestClient) -> None:
    chart = seeded_client.get(f"{GROUPS}?group_by=said_on:year&format=vega-lite").json()
    assert [(row["group"], row["measured"]) for row in rows_of(chart)] == [("2022", 6), ("2024", 5)]
    assert chart["layer"][0]["encoding"]["x"]["scale"]["domain"] == ["2022", "2023", "2024"]
    assert chart["title"]["subtitle"] == ["38 claims found.", "Not drawn: 27 without a date."]


def test_groups_are_drawn_by_get_and_by_post(seeded_client: TestClient) -> None:
    found = seeded_client.get(f"{GROUPS}?group_by=speaker&format=svg")
    posted = seeded_client.post(GROUPS, json={"group_by": ["speaker"], "format": "svg"})
    assert found.headers["content-type"] == posted.headers["content-type"] == "image/svg+xml"
    assert found.text == posted.text
    assert "<title>Claims by speaker</title><desc>Claims by speaker: Fumio Kishida 5; " in found.text
    assert ElementTree.fromstring(found.text).tag == f"{SVG}svg"  # noqa: S314  # our own


def test_groups_by_three_fields_have_no_chart(seeded_client: TestClient) -> None:
    found = seeded_client.get(f"{GROUPS}?group_by=speaker,language,status&format=vega-lite")
    assert (found.status_code, found.json()["errors"][0]["name"]) == (422, "group_by")
