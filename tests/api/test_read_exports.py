"""Exports as other programs read them: tables with their schema, and Parquet; docs/reading-the-exports.md is true."""

from __future__ import annotations

import csv
import importlib
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
import pytest
from fastapi.testclient import TestClient

from app.api import formats
from app.domain.record import parquet
from app.store.database.times import stored_time
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "reading-the-exports.md").read_text()
BIG = "123456789012345678901234567890.10"
TRAPS = f"""
source: {{key: s, title: T, url: "https://a.example/1"}}
claims:
  - {{key: "007", language: "no", quote: "nan", said_on: "2024-04"}}
  - {{key: "1e5", quote: "this month", speaker: {{name: "null", kind: person}}, topics: [a, "b,c"]}}
  - key: "true"
    quote: "two\\nlines"
    figures: [{{metric: m, value: "{BIG}", unit: count}}, {{metric: m, value: "1.10", unit: count, period: "2023~"}}]
"""
EXPORT = "/v1/claims/export"
FILES = ("csv", "ndjson", "parquet", "table-schema")


@pytest.fixture
def files(imported: Callable[..., None], client: TestClient, tmp_path: Path) -> Path:
    """A folder with the exports of claims that readers trip over."""
    imported(TRAPS)
    for form in FILES:
        answer = client.get(EXPORT, params={"format": form, "sort": "-recorded_at"})
        assert answer.status_code == 200
        (tmp_path / f"claims.{formats.BY_NAME[form].extension}").write_bytes(answer.content)
    return tmp_path


def shown(program: str) -> list[str]:
    """The lines of the page for a program: for CSV, and for Parquet."""
    (row,) = re.findall(rf"^\| {program} \| `(.*?)` \| `(.*?)` \|$", PAGE, re.MULTILINE)
    return [line.replace("\\|", "|") for line in row]


KEYS, QUOTES = ["007", "1e5", "true"], ["nan", "this month", "two\nlines"]


def test_duckdb_reads_what_was_written(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    as_table, as_parquet = (duckdb.execute(line).fetchall() for line in shown("DuckDB"))
    header = next(csv.reader(io.StringIO((files / "claims.csv").read_text())))
    cells = [dict(zip(header, row, strict=True)) for row in as_table]
    assert [row["key"] for row in cells] == KEYS
    assert [row["quote"] for row in cells] == QUOTES
    assert [row["language"] for row in cells] == ["no", None, None]
    assert cells[2]["figures.0.value"] == BIG
    assert len(as_parquet) == 3
    found = duckdb.execute(
        "SELECT key, language, said_on.latest, figures[1].value, figures[1].value_exact, figures[2].period.edtf"
        " FROM read_parquet('claims.parquet')"
    ).fetchall()
    assert found[0] == ("007", "no", date(2024, 4, 30), None, None, None)
    assert found[2] == ("true", None, None, float(BIG), BIG, "2023~")


@pytest.mark.parametrize("program", ["pandas", "polars"])
def test_data_frames_read_what_was_written(files: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    if importlib.util.find_spec(program) is None:
        pytest.skip(f"{program} is not installed; the tests need none of its size")
    monkeypatch.chdir(files)
    names = {program: importlib.import_module(program)}
    for line in shown(program.capitalize() if program == "polars" else program):
        table = eval(line, names)  # noqa: S307  # a line of our own page
        assert list(table["key"]) == KEYS
        assert list(table["quote"]) == QUOTES


@pytest.mark.parametrize("program", ["jq", "csvjson", "frictionless", "Rscript"])
def test_commands_read_what_was_written(files: Path, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed on this machine")
    line = shown("R")[0] if program == "Rscript" else re.findall(rf"^ {{4}}({program} .*)$", PAGE, re.MULTILINE)[0]
    asked = [program, "-e", f"cat(({line})$key)"] if program == "Rscript" else ["sh", "-c", line]
    told = subprocess.run(asked, cwd=files, capture_output=True, text=True, check=True).stdout
    assert program == "frictionless" or all(key in told for key in KEYS)


# The table schema


def test_a_table_leads_to_the_schema_of_its_columns(client: TestClient, imported: Callable[..., None]) -> None:
    imported(TRAPS)
    for asked in ("", "?fields=key,figures.value,said_on", "?limit=2&sort=said_on", "?key=none", "?as_of=1&format=csv"):
        table = client.get(EXPORT + asked, headers={"Accept": "text/csv"})
        link = re.fullmatch(r'<([^>]*)>; rel="describedby"; type="([^"]*)"', table.headers["link"])
        assert link
        schema = client.get(link[1])
        assert schema.headers["content-type"] == link[2] == "application/vnd.tableschema+json"
        header = next(csv.reader(io.StringIO(table.text)))
        assert [field["name"] for field in schema.json()["fields"]] == header
        assert schema.headers["onrecord-revision"] == table.headers["onrecord-revision"]
    assert "link" not in client.get(f"{EXPORT}?format=ndjson").headers
    assert "link" not in client.post(f"{EXPORT}?format=csv", json={}).headers


def test_a_schema_tells_types_that_the_cells_have(files: Path) -> None:
    schema = json.loads((files / "claims.schema.json").read_text())
    types = {field["name"]: field for field in schema["fields"]}
    wanted = {
        "key": "string", "version": "integer", "figures.0.value": "number", "said_on.earliest": "date",
        "recorded_at": "datetime", "language": "string", "topics.1": "string",
    }  # fmt: skip
    assert {name: types[name]["type"] for name in wanted} == wanted
    assert types["status"]["constraints"]["enum"] == ["active", "retracted"]
    assert (schema["primaryKey"], schema["missingValues"]) == ("id", [""])
    read: dict[str, Callable[[str], Any]] = {"integer": int, "number": Decimal, "date": date.fromisoformat}
    for row in csv.DictReader(io.StringIO((files / "claims.csv").read_text(), newline="")):
        for name, cell in row.items():
            assert cell or not types[name].get("constraints", {}).get("required"), name
            if cell:
                read.get(types[name]["type"], str)(cell)
                assert cell in types[name].get("constraints", {}).get("enum", [cell])


# Parquet


def parquet_of(client: TestClient, path: str) -> Any:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/vnd.apache.parquet")
    return pyarrow.parquet.ParquetFile(io.BytesIO(answer.content))


def test_a_parquet_file_has_the_same_columns_whatever_is_found(seeded_client: TestClient) -> None:
    whole = parquet_of(seeded_client, f"{EXPORT}?format=parquet")
    empty = parquet_of(seeded_client, f"{EXPORT}?format=parquet&key=none")
    assert whole.schema_arrow.equals(empty.schema_arrow)
    assert (whole.metadata.num_rows, empty.metadata.num_rows) == (38, 0)
    assert whole.schema_arrow.metadata[b"revision"] == b"1"
    some = parquet_of(seeded_client, f"{EXPORT}?format=parquet&fields=id,figures.value")
    assert some.schema_arrow.names == ["id", "figures"]
    assert [field.name for field in some.schema_arrow.field("figures").type.value_type] == ["value", "value_exact"]


def test_a_parquet_file_says_what_ndjson_says(seeded_client: TestClient) -> None:
    rows = parquet_of(seeded_client, f"{EXPORT}?format=parquet").read().to_pylist()
    lines = seeded_client.get(f"{EXPORT}?format=ndjson").text.splitlines()
    assert [plain(row) for row in rows] == [json.loads(line, parse_float=str, parse_int=str) for line in lines]


def plain(value: Any) -> Any:
    """A value as JSON has it, with numbers as text."""
    if isinstance(value, dict):
        exact = {name.removesuffix(parquet.EXACT): one for name, one in value.items() if name.endswith(parquet.EXACT)}
        kept = {name: plain(one) for name, one in value.items() if not name.endswith(parquet.EXACT)}
        return kept | exact
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, datetime):
        return stored_time(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) else value


def test_a_large_parquet_file_has_groups_of_rows(seeded_client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP", 1)
    monkeypatch.setattr("app.store.search.export.FIRST", 10)
    monkeypatch.setattr("app.store.search.export.MOST", 10)
    file = parquet_of(seeded_client, f"{EXPORT}?format=parquet")
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [10, 10, 10, 8]


@pytest.mark.parametrize("more", ["", "&convert_to=count"])
def test_figures_have_the_same_formats(seeded_client: TestClient, more: str) -> None:
    path = f"/v1/figures/export?limit=5{more}"
    table = seeded_client.get(f"{path}&format=csv")
    header, *rows = csv.reader(io.StringIO(table.text))
    schema = seeded_client.get(re.findall("<(.*?)>", table.headers["link"])[0]).json()
    assert [field["name"] for field in schema["fields"]] == header
    file = parquet_of(seeded_client, f"{path}&format=parquet").read()
    at = header.index("value")
    assert file["value_exact"].to_pylist() == [row[at] or None for row in rows]
    assert ("converted_value_exact" in file.column_names) == bool(more)


@pytest.mark.parametrize(
    "how", [{"params": {"format": "parquet"}}, {"headers": {"Accept": "application/vnd.apache.parquet"}}]
)
def test_without_its_library_a_format_is_told_to_need_it(
    seeded_client: TestClient, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any]
) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda _name: None)
    answer = seeded_client.get(EXPORT, **how)
    assert (answer.status_code, answer.json()["code"]) == (501, "not-installed")
    assert "pip install 'onrecord[parquet]'" in answer.json()["detail"]
    assert seeded_client.get(EXPORT).status_code == 200
