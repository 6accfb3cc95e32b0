"""Cells that follow from others decide nothing: an edited export is read alike the first and every other time.

Cells that are emptied and take nothing away are told.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.main import create_app
from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.api.test_round_trip import CLAIMS, METRICS, SOURCE, SPEAKERS
from tests.asked import cases
from tests.importing import import_paths
from tests.store.stored import claim, everything
from tests.store.test_amending import FULL

Doc = dict[str, Any]
Rows = list[dict[str, str]]


def put(database: Database, folder: Path, name: str, text: str, **options: Any) -> Report:
    """Import a text as a file of this name."""
    (folder / name).write_bytes(text.encode())
    return import_paths(database, [folder / name], **options)


def told(report: Report) -> list[str]:
    return [str(fault.problem) for fault in report.faults]


def warned(report: Report) -> list[str]:
    """The warnings, without those of quotes and of fields that are lost."""
    left = ("quote-not-found", "emptied")
    return [str(one.problem) for one in report.warnings if one.problem.code not in left]


def exported(database: Database, form: str = "csv") -> str:
    with TestClient(create_app(database)) as client:
        answer = client.get("/v1/claims/export", params={"format": form, "status": "any"})
    assert answer.status_code == 200, answer.text
    return answer.content.decode()


def rows_of(table: str) -> Rows:
    return list(csv.DictReader(io.StringIO(table, newline=""), strict=True))


def table_of(rows: Rows, delimiter: str = ",") -> str:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def edited(table: str, key: str, edits: dict[str, str], *without: str) -> str:
    """An export with cells of a claim edited, and without some columns."""
    rows = rows_of(table)
    assert edits.keys() <= rows[0].keys()
    (row,) = (one for one in rows if one["key"] == key)
    row |= edits
    return table_of([{name: cell for name, cell in one.items() if name not in without} for one in rows])


@pytest.fixture
def full(database: Database, imported: Callable[..., None]) -> Database:
    """The database with three claims."""
    imported(FULL)
    return database


DAYS = "earliest 2024-04-01 and latest 2024-04-30 are not read"
HELD = "roles.0: a role by tenure is not read, for it follows from what the speaker held: write stated as its basis"
PLACE = "citations.0.locator: start 0 and end 8 are not read: they follow from where the words stand in the text"
# Edits of the row of a claim; the field that changes, what is told of it the first time, and the second beside that:
# cells that follow from what was edited are told once they are no more as the claim has them
EDITS: dict[str, tuple[str, dict[str, str], str | None, list[str], list[str]]] = {
    "a date": (
        "n/1", {"said_on.edtf": "2021-11"}, "said_on",
        [], [f"said_on: {DAYS}: they follow from edtf, and 2021-11 has earliest 2021-11-01 and latest 2021-11-30"],
    ),
    "no date": (
        "n/1", {"said_on.edtf": "", "said_on.as_stated": ""}, "said_on",
        [], [f"said_on: {DAYS} beside an empty edtf"],
    ),
    "a day of a date": (
        "n/1", {"said_on.earliest": "2024-04-02"}, None,
        ["said_on: earliest 2024-04-02 is not read: it follows from edtf, and 2024-04 has earliest 2024-04-01"], [],
    ),
    "a value": (
        "n/1", {"figures.0.value": "6"}, "figures",
        [], ["figures.0: high 5 is not read: it follows from comparator and value, and at_most 6 has high 6"],
    ),
    "a value and its comparator": (
        "n/1", {"figures.0.value": "6", "figures.0.comparator": "exactly"}, "figures",
        [], ["figures.0: high 5 is not read: it follows from comparator and value, and exactly 6 has high 6"],
    ),
    "a date and one of its days": (
        "n/1", {"said_on.edtf": "2021-11", "said_on.latest": "2021-12-31"}, "said_on",
        ["said_on: earliest 2024-04-01 and latest 2021-12-31 are not read: they follow from edtf"], [],
    ),
    "a bound": (
        "n/1", {"figures.0.high": "7"}, None,
        ["figures.0: high 7 is not read: it follows from comparator and value, and at_most 5 has high 5"], [],
    ),
    "an interval": ("n/1", {"figures.1.high": "8"}, "figures", [], []),
    "an interval around a value": (
        "n/1", {"figures.0.comparator": "between", "figures.0.low": "4"}, "figures", [], [],
    ),
    "the first figure goes": (
        "n/1", {f"figures.0.{name}": "" for name in (
            "metric.id", "metric.key", "metric.name", "value", "comparator", "unit", "kind", "as_stated",
        )}, "figures", [], [],
    ),
    "the first figure goes, the second is another": (
        "n/1", {f"figures.0.{name}": "" for name in (
            "metric.id", "metric.key", "metric.name", "value", "comparator", "unit", "kind", "as_stated",
        )} | {"figures.1.value": "5", "figures.1.comparator": "at_least", "figures.1.high": ""}, "figures",
        [], ["figures.1: low 1 is not read: it follows from comparator and value, and at_least 5 has low 5"],
    ),
    "a source": (
        "n/1", {"citations.0.source.key": "another"}, "citations", [], [PLACE],
    ),
    "a place in the text": (
        "n/1", {"citations.0.locator.start": "1"}, None,
        ["citations.0.locator: start 1 is not read: it follows from where the words stand in the text"], [],
    ),
    "a citation goes": (
        "n/1", {f"citations.0.source.{name}": "" for name in (
            "id", "key", "title", "publisher", "url", "published_on.edtf",
        )} | {"citations.0.via": "", "citations.0.locator.exact": "", "citations.0.locator.page": ""}, "citations",
        [], [],
    ),
    "a role by tenure": ("n/2", {"roles.0.title": "clerk"}, None, [HELD], []),
    "a role by tenure is stated": ("n/2", {"roles.0.title": "clerk", "roles.0.basis": "stated"}, "roles", [], []),
    "the speaker of a role by tenure": (
        "n/2", {"speaker.key": "ann", "speaker.name": "Ann Lee"}, "speaker", [], [HELD],
    ),
    "a day of a reference": (
        "n/1", {"citations.0.source.published_on.latest": "2025-12-31"}, None,
        ["citations.0.source.published_on: latest 2025-12-31 is not read: it follows from edtf, and 2024 has latest"
         " 2024-12-31"], [],
    ),
}  # fmt: skip


UNVERSIONED = ("a date", "a value", "a source", "the speaker of a role by tenure")  # are read without a version too


@pytest.mark.parametrize(
    ("name", "is_versioned"), [(name, True) for name in EDITS] + [(name, False) for name in UNVERSIONED]
)
def test_an_edited_export_says_the_same_each_time(
    full: Database, tmp_path: Path, name: str, is_versioned: bool
) -> None:
    key, edits, field, notes, more = EDITS[name]
    text = edited(exported(full), key, edits, *(() if is_versioned else ("version",)))
    before = claim(full, key)
    first = put(full, tmp_path, "edited.csv", text)
    assert told(first) == []
    assert [line[: len(note)] for line, note in zip(warned(first), notes, strict=True)] == notes
    after = claim(full, key)
    held = {"roles"} if field in ("said_on", "speaker") else set[str]()
    stamps = {"version", "updated_at", "revision"}
    assert {one for one in before if before[one] != after[one]} - stamps - held == ({field} if field else set())
    held_now = everything(full)
    second = put(full, tmp_path, "edited.csv", text)
    assert (told(second), second.revision, second.counts["unchanged"]) == ([], None, 3)
    for line, note in zip(sorted(warned(second)), sorted([*notes, *more]), strict=True):
        assert line.startswith(note)
    assert everything(full) == held_now


def test_a_stated_interval_that_contradicts_its_figure_is_refused(full: Database, tmp_path: Path) -> None:
    text = edited(exported(full), "n/1", {"figures.0.low": "4", "figures.0.high": "6"})
    for _ in range(2):
        (line,) = told(put(full, tmp_path, "edited.csv", text))
        assert line.startswith("figures.0: at_most 5 has low null and high 5, which contradicts the given low 4")


def test_a_row_that_was_edited_since_is_a_conflict_and_nothing_else(full: Database, tmp_path: Path) -> None:
    text = edited(exported(full), "n/1", {"said_on.edtf": "2021-11", "figures.0.value": "6"})
    assert told(put(full, tmp_path, "edit.csv", "key,said_on,figures.0.value\nn/1,2023,9\n")) == []
    (line,) = told(put(full, tmp_path, "edited.csv", text))
    assert line.startswith("version: this was made from version 1 of n/1, which is at version 2 by now")
    assert told(put(full, tmp_path, "edited.csv", text, force=True)) == []
    assert claim(full, "n/1")["said_on"]["edtf"] == "2021-11"
    assert put(full, tmp_path, "edited.csv", text).revision is None


def test_a_file_that_is_edited_twice_is_read_the_second_time_too(full: Database, tmp_path: Path) -> None:
    table = exported(full)
    for date in ("2021-11", "2020", "../2019", ""):
        text = edited(table, "n/2", {"said_on.edtf": date}, "version")
        assert told(put(full, tmp_path, "edited.csv", text)) == []
        said_on = claim(full, "n/2")["said_on"]
        assert (said_on and said_on["edtf"]) == (date or None)


# Forms of files, from an edited document; the place of its parts in problems
FORMS: dict[str, Callable[[Doc], str]] = {
    "e.ndjson": lambda doc: json.dumps(doc),
    "e.json": lambda doc: json.dumps({"claims": [doc]}),
    "e.yaml": lambda doc: json.dumps({"claims": [doc]}),
    "e.tsv": lambda doc: table_of(
        [{"key": doc["key"], "said_on.edtf": doc["said_on"]["edtf"], "said_on.earliest": doc["said_on"]["earliest"],
          "said_on.latest": doc["said_on"]["latest"], "figures.0.value": str(doc["figures"][0]["value"]),
          "figures.0.high": "5"}], "\t"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("patches", [False, True])
def test_every_form_of_file_reads_alike(full: Database, tmp_path: Path, name: str, patches: bool) -> None:
    doc = next(one for line in exported(full, "ndjson").splitlines() if (one := json.loads(line))["key"] == "n/1")
    doc["said_on"]["edtf"], doc["figures"][0]["value"] = "2021-11", 6
    place = "claims.0." if name in ("e.json", "e.yaml") else ""
    notes = [
        f"{place}figures.0: high 5 is not read: it follows from comparator and value, and at_most 6 has high 6",
        f"{place}said_on: {DAYS}: they follow from edtf, and 2021-11 has earliest 2021-11-01 and latest 2021-11-30",
    ]
    for n in range(2):
        report = put(full, tmp_path, name, FORMS[name](doc), patch=patches)
        assert (told(report), sorted(warned(report)), report.revision is None) == ([], notes if n else [], n == 1)
        after = claim(full, "n/1")
        assert (after["said_on"]["latest"], after["figures"][0]["high"]) == ("2021-11-30", 6)


def test_of_edited_words_the_place_of_before_is_not_told(full: Database, tmp_path: Path) -> None:
    line = next(one for one in exported(full, "ndjson").splitlines() if json.loads(one)["key"] == "n/1")
    doc = json.loads(line)
    doc["quote"] = doc["quote"][2:]
    report = put(full, tmp_path, "words.ndjson", json.dumps(doc))
    assert (told(report), warned(report), report.counts["updated"]) == ([], [], 1)
    assert claim(full, "n/1")["citations"][0]["locator"]["start"] > 0


def test_a_place_in_the_text_that_an_object_gives_is_not_read(full: Database, tmp_path: Path) -> None:
    lines = exported(full, "ndjson").replace('"start":0,"end":8', '"start":1,"end":8')
    for _ in range(2):
        report = put(full, tmp_path, "places.ndjson", lines)
        assert (told(report), report.revision) == ([], None)
        assert warned(report) == [
            PLACE.replace("start 0 and end 8 are not read: they follow", "start 1 is not read: it follows")
        ]


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_an_edited_export_is_read_by_another_database(
    full: Database, tmp_path: Path, new_database: Callable[[str], Database], form: str
) -> None:
    other = new_database(full.dialect)
    text = exported(full, form)
    if form == "csv":
        text = edited(text, "n/1", {"said_on.edtf": "2021-11", "figures.0.value": "6"})
    else:
        text = text.replace('"edtf":"2024-04"', '"edtf":"2021-11"').replace('"value":5', '"value":6')
    reports = [put(other, tmp_path, f"edited.{form}", text) for _ in range(2)]
    assert [told(report) for report in reports] == [[], []]
    assert (reports[0].counts["read"], reports[1].revision) == (3, None)
    assert claim(other, "n/1")["said_on"]["earliest"] == "2021-11-01"
    notes = [sorted(one for one in warned(report) if "not read" in one and "roles" not in one) for report in reports]
    assert notes[0] == notes[1]
    assert len(notes[0]) == 2


# Values that empty cells do not take away


def stays(shown: str, record: str) -> str:
    return f"{shown} stays: an empty cell takes nothing from the {record} that a claim names"


# Cells of an export that are emptied and take nothing away, and what is told of them
EMPTIED: dict[str, tuple[str, list[str], list[str]]] = {
    "the state": (
        "n/3",
        ["status"],
        ["retraction: n/3 stays retracted: an import takes no retraction back, save with --restore"],
    ),
    "the key": ("n/3", ["key"], ["key: n/3 keeps its key: a key is its claim's for ever"]),
    "a speaker's kind": ("n/1", ["speaker.kind"], [f"speaker.kind: {stays('person', 'speaker')}"]),
    "a speaker's name and key": (
        "n/1", ["speaker.name", "speaker.key"],
        [f"speaker.key: {stays('ann', 'speaker')}", f"speaker.name: {stays('Ann Lee', 'speaker')}"],
    ),
    "an organization's name": (
        "n/1", ["roles.0.organization.name"], [f"roles.0.organization.name: {stays('Town', 'speaker')}"],
    ),
    "a metric's name": ("n/1", ["figures.1.metric.name"], [f"figures.1.metric.name: {stays('staff', 'metric')}"]),
    "a source's title and date": (
        "n/1", ["citations.0.source.title", "citations.0.source.published_on.edtf"],
        [f"citations.0.source.title: {stays('T', 'source')}",
         f"citations.0.source.published_on.edtf: {stays('2024', 'source')}"],
    ),
    "the date of a source with its days": (
        "n/1", [f"citations.0.source.published_on.{name}" for name in ("edtf", "earliest", "latest")],
        [f"citations.0.source.published_on.edtf: {stays('2024', 'source')}"],
    ),
    "a role by tenure": (
        "n/2", ["roles.0.title", "roles.0.status", "roles.0.basis"]
        + [f"roles.0.organization.{name}" for name in ("id", "key", "name")],
        ["roles.0: the role judge stays: it follows from what the speaker held"],
    ),
    "what is the database's own": (
        "n/1", ["version", "recorded_at", "updated_at", "revision", "citations.0.verification", "speaker.id"], [],
    ),
    "what follows": (
        "n/1", ["said_on.earliest", "said_on.latest", "figures.0.high", "citations.0.locator.start"], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EMPTIED)
def test_an_emptied_cell_that_takes_nothing_away_is_told(full: Database, tmp_path: Path, name: str) -> None:
    key, columns, notes = EMPTIED[name]
    before = everything(full)
    text = edited(exported(full), key, dict.fromkeys(columns, ""))
    for dry_run in (True, False):
        report = put(full, tmp_path, "emptied.csv", text, dry_run=dry_run)
        assert (told(report), report.revision, report.counts["unchanged"]) == ([], None, 3)
        assert sorted(warned(report)) == sorted(notes)
        assert everything(full) == before


def test_cells_that_were_never_filled_are_not_told(full: Database, tmp_path: Path) -> None:
    table = "key,speaker.name,speaker.kind,roles.0.title,source.url,source.title\nn/2,Bo,,,https://a.example/1,\n"
    report = put(full, tmp_path, "own.csv", table)
    assert (told(report), warned(report), report.revision) == ([], [], None)


def test_a_key_that_is_null_beside_an_id_is_told(full: Database, tmp_path: Path) -> None:
    number = claim(full, "n/1")["id"]
    line = json.dumps({"id": number, "key": None, "venue": "there"})
    report = put(full, tmp_path, "p.ndjson", line, patch=True)
    assert (told(report), warned(report)) == ([], ["key: n/1 keeps its key: a key is its claim's for ever"])
    assert claim(full, "n/1")["venue"] == "there"


def test_values_that_follow_are_not_told_as_lost(full: Database, tmp_path: Path) -> None:
    emptied = ("said_on.earliest", "said_on.latest", "figures.0.low", "figures.0.high")
    edits = dict.fromkeys(emptied, "") | {"said_on.edtf": "../2024", "figures.0.comparator": "at_least"}
    report = put(full, tmp_path, "edited.csv", edited(exported(full), "n/1", edits))
    assert (told(report), [str(one) for one in report.warnings if one.problem.code == "emptied"]) == ([], [])
    assert claim(full, "n/1")["figures"][0]["high"] is None


# Any cell, any value

VALUES: dict[str, list[str]] = {  # by the last step of a column
    "edtf": ["2021-11", "2021", "../2020", "soon"], "earliest": ["2021-01-01", "x"], "latest": ["2030-01-01"],
    "value": ["6", "5"], "low": ["0", "5"], "high": ["20", "5"], "unit": ["percent", "count", "USD/year"],
    "comparator": ["exactly", "at_least", "at_most", "about", "between"], "status": ["active", "retracted", "former"],
    "kind": ["target", "organization", "source_correction"], "id": ["spk_1", "clm_2"], "start": ["1"],
    "end": ["4", "90"], "basis": ["stated", "tenure"], "verification": ["verbatim", "unchecked"],
    "version": ["9", "1"], "type": ["answers"], "url": ["https://b.example/z", "https://example.org/third"],
    "key": ["ana", "report", "all", "exports", "new"], "language": ["en"], "translated_from": ["fr"],
    "change": ["difference", "ratio"], "rating_value": ["2"], "best": ["9"], "worst": ["0"], "start_time": ["1"],
    "end_time": ["9999"],
}  # fmt: skip
OWN_BOUNDS = ("low", "high", "comparator")  # a bound, or a comparator beside bounds of a figure's own, may contradict


def leaves_of(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The ways to all that is no object and no list."""
    if not isinstance(value, dict | list):
        yield path
        return
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield from leaves_of(inner, (*path, step))


def edit_a_cell(table: str, draw: random.Random) -> tuple[str, str, str]:
    """A table, or some fields of it, with one cell edited; the last step of its column, and what was done."""
    rows = rows_of(table)
    fields = {name.split(".")[0] for name in rows[0] if name == "key" or draw.random() < draw.choice([0.4, 1])}
    rows = [{name: cell for name, cell in row.items() if name.split(".")[0] in fields} for row in rows]
    row, column = draw.choice(rows), draw.choice(list(rows[0]))
    step = column.split(".")[-1]
    what = f"{row['key']} {column}: {row[column]}"
    row[column] = draw.choice([*VALUES.get(step, ["other"]), ""])
    return table_of(rows), step, f"{what} → {row[column]}"


def edit_a_member(lines: str, draw: random.Random) -> tuple[str, str, str]:
    """The same of NDJSON."""
    docs = [json.loads(line, parse_float=str) for line in lines.split("\n") if line]
    doc = draw.choice(docs)
    *above, step = draw.choice(list(leaves_of(doc)))
    holder: Any = doc
    for one in above:
        holder = holder[one]
    what = f"{doc['key']} {above} {step}: {holder[step]}"
    holder[step] = draw.choice([*VALUES.get(str(step), ["other"]), None])
    text = "".join(f"{json.dumps(one)}\n" for one in docs)
    return text, str(step), f"{what} → {holder[step]}"


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_any_edited_cell_of_an_export_says_the_same_each_time(database: Database, tmp_path: Path, form: str) -> None:
    whole = {"source": SOURCE, "speakers": SPEAKERS, "metrics": METRICS, "claims": CLAIMS}
    assert told(put(database, tmp_path, "all.yaml", yaml.safe_dump(json.loads(json.dumps(whole))))) == []
    edit = edit_a_cell if form == "csv" else edit_a_member
    table = exported(database, form)

    @settings(cases(20 if database.dialect == "sqlite" else 2), suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**32))
    def twice(number: int) -> None:
        text, step, what = edit(table, random.Random(number))  # noqa: S311  # no secret
        first = put(database, tmp_path, f"edited.{form}", text, force=True)
        held = everything(database)
        second = put(database, tmp_path, f"edited.{form}", text, force=True)
        assert told(first) == told(second), what
        assert everything(database) == held, what
        if first.faults:
            assert not any("contradicts the given" in line for line in told(first)) or step in OWN_BOUNDS, what
            assert not any("leave it out" in line for line in told(first)), what
        else:
            assert (second.revision, second.counts["unchanged"]) == (None, second.counts["read"]), what

    twice()
