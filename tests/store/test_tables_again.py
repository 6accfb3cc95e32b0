"""A table or file that is imported a second time changes nothing, whatever cells of it are empty."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.record.csv_columns import LISTS, Header, Sizes, check_header, columns_of
from app.domain.record.records_in import ClaimIn, check_record
from app.domain.record.removals import whole_of
from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.asked import cases
from tests.importing import import_paths
from tests.store.stored import claim, everything

Doc = dict[str, Any]

MORE = (  # columns that no export has
    "speaker.identifiers.wikidata", "citations.0.source.kind", "citations.0.source.note",
    "roles.0.organization.kind", "figures.0.metric.definition",
)  # fmt: skip
DATES = {"edtf": ["2024-04"], "earliest": ["2024-04-01"], "latest": ["2024-04-30"], "as_stated": ["in April"]}
CELLS: dict[str, list[str]] = {  # by the last step of a column; "" beside them is drawn for each
    **DATES,
    "status": ["current", "former"], "basis": ["stated"], "kind": ["actual", "target"],
    "comparator": ["exactly", "about", "between", "at_most"], "value": ["5", "5.50"], "low": ["1", "5"],
    "high": ["9", "5"], "unit": ["count"], "change": ["difference"], "language": ["en"], "translated_from": ["ja"],
    "exact": ["we hired"], "start": ["3"], "end": ["9"], "start_time": ["1.5"], "end_time": ["7"],
    "rating_value": ["2"], "best": ["5"], "worst": ["1"], "type": ["supports"], "reason": ["misread"],
    "url": ["https://a.example/rated"],
}  # fmt: skip
PLACES = {  # of whole columns, where the last step is not enough; {} is the position
    "status": [""], "speaker.kind": ["person"], "retraction.kind": ["record_error"], "relations.{}.claim": [""],
    "relations.{}.key": ["r/0"], "citations.0.source.kind": ["report"], "roles.0.organization.kind": ["organization"],
    "revision": [""], "recorded_at": [""], "updated_at": [""], "version": [""],
    "citations.{}.verification": ["unchecked"],
}  # fmt: skip
NEEDED = ("figures.{}.metric.name", "figures.{}.value", "figures.{}.unit", "assessments.{}.publisher", "quote")


def cell_of(column: str, row: int, draw: random.Random) -> str:
    """Some cell that fits a column, or an empty one."""
    steps = column.split(".")
    bare = ".".join("{}" if step.isdigit() else step for step in steps)
    if bare.endswith(".id") or column == "id" or draw.random() < (0.1 if bare in NEEDED else 0.5):
        return ""
    for known, cells in PLACES.items():
        if known in (bare, column):
            return draw.choice(cells)
    if ".metric." in column:
        return {"definition": "how many"}.get(steps[-1], "staff")
    if ".source." in column and steps[-1] == "url":
        return f"https://a.example/{column}/{row}"
    if steps[-1] == "wikidata":
        return f"Q{row}"
    if steps[-1] in ("key", "name", "title", "note"):
        return f"{column} of {row}"
    return draw.choice(CELLS.get(steps[-1], [f"{column} of {row}", "some text"]))


def make_a_claim(cells: list[str], columns: list[str], header: Header) -> None:
    """Empty what is wrong among cells, until they are a claim: first the place itself, then what it stands in."""
    while True:
        faults = [fault.path for fault in check_record(ClaimIn, whole_of(header.name(cells)))[1]]
        faults += [tuple(name.split(".")) for name in nameless_keys(cells, columns)]
        if not faults:
            return
        for path in faults:
            place = header.column_of(path, cells).split(".") if path else []
            while place and not empty(cells, columns, ".".join(place)):
                place.pop()
        if not any(cell for cell, name in zip(cells, columns, strict=True) if name.startswith("citations.")):
            cells[columns.index("citations.0.source.key")] = "s"
        cells[columns.index("quote")] = cells[columns.index("quote")] or f"words of {cells[0]}"


def nameless_keys(cells: list[str], columns: list[str]) -> list[str]:
    """The keys of speakers and sources that have no name or title beside, so that nobody can be made of them."""
    told = dict(zip(columns, cells, strict=True))
    keys = [name for name in columns if name.endswith((".key", ".wikidata")) and not name.startswith(("fig", "rel"))]
    above = {name: name.replace(".identifiers.wikidata", "").removesuffix(".key") for name in keys}
    return [
        name for name in keys
        if told[name] not in ("", "s") and not (told.get(f"{above[name]}.name") or told.get(f"{above[name]}.title"))
    ]  # fmt: skip


def empty(cells: list[str], columns: list[str], place: str) -> bool:
    """Empty the cells at a place; whether any was not."""
    found = [n for n, name in enumerate(columns) if n and cells[n] and f"{name}.".startswith(f"{place}.")]
    for n in found:
        cells[n] = ""
    return bool(found)


def a_table(draw: random.Random, first: int, rows: int) -> list[list[str]]:
    """A table of random rows, each of which is a claim; its columns are all of them, or some."""
    columns = [*columns_of(Sizes((2,) * len(LISTS))), *MORE]
    if draw.random() < 0.5:
        columns = [name for name in columns if draw.random() < 0.7 or name in ("quote", "citations.0.source.key")]
    columns = ["key", *(name for name in columns if name != "key")]
    header, problems = check_header(columns)
    assert header, problems
    table: list[list[str]] = [columns]
    for row in range(first, first + rows):
        cells = [f"r/{row + 1}", *(cell_of(name, row, draw) for name in columns[1:])]
        make_a_claim(cells, columns, header)
        table.append(cells)
    return table


def as_csv(table: list[list[str]]) -> str:
    """The text of a table."""
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(table)
    return file.getvalue()


KNOWN = """\
source: {key: s, title: T}
metrics: [{key: staff, name: staff, unit: count}]
claims: [{key: r/0, quote: hired, citations: [{locator: {page: 1}}]}]
"""


@pytest.fixture
def put(database: Database, tmp_path: Path) -> Callable[[str, str], Report]:
    """Imports a text as a file of this name, into a database that knows a metric and a claim."""

    def run(name: str, text: str) -> Report:
        (tmp_path / name).write_text(text)
        return import_paths(database, [tmp_path / name])

    assert list(run("known.yaml", KNOWN).faults) == []
    return run


def test_a_table_with_empty_cells_is_imported_twice(database: Database, put: Callable[[str, str], Report]) -> None:
    before = iter(range(1_000_000))

    @settings(
        cases(10 if database.dialect == "sqlite" else 2), suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.integers(0, 2**32))
    def twice(number: int) -> None:
        text = as_csv(a_table(random.Random(number), next(before) * 10, 5))  # noqa: S311  # no secret
        report = put("table.csv", text)
        assert [str(fault) for fault in report.faults] == [], text
        held = everything(database)
        again = put("table.csv", text)
        assert [str(fault) for fault in again.faults] == [], text
        assert (again.revision, again.counts["unchanged"]) == (None, 5), text
        assert everything(database) == held

    twice()


NULLS: Doc = {
    "key": "n/1", "quote": "we hired", "source": {"key": "s"}, "speaker": None, "topics": None, "assessments": None,
    "relations": None, "retraction": None, "role": {"title": "mayor", "status": None, "basis": None},
    "figures": [
        {"metric": "staff", "value": 5, "comparator": None, "kind": None, "equivalents": None, "low": None},
        {"metric": "staff", "low": 1, "high": 9, "comparator": None, "unit": None},
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", ["n.ndjson", "n.json", "n.yaml"])
def test_a_null_means_the_default_where_nothing_can_be_null(
    database: Database, put: Callable[[str, str], Report], name: str
) -> None:
    text = json.dumps(NULLS if name == "n.ndjson" else {"claims": [NULLS]})
    assert [str(fault) for fault in put(name, text).faults] == []
    stored = claim(database, "n/1")
    assert [(one["comparator"], one["kind"], one["equivalents"]) for one in stored["figures"]] == [
        ("exactly", "actual", []),
        ("between", "actual", []),
    ]
    assert (stored["roles"][0]["status"], stored["roles"][0]["basis"]) == ("current", "stated")
    assert put(name, text).counts["unchanged"] == 1
