"""Retractions that are taken back by file: only where that is asked for, and a row says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.store.stored import claim, rows

Import = Callable[..., Report]
Run = Callable[..., Result]

RETRACTED = """\
claims:
  - {key: a, quote: one, source: {key: t, title: T}, retraction: {kind: record_error, reason: a slip}}
  - {key: b, quote: two, source: {key: t}}
"""
ROWS: dict[str, tuple[str, str, bool]] = {  # the file, and whether it restores
    "a whole claim": ("r.yaml", "claims: [{key: a, quote: one, source: {key: t}}]", True),
    "a patch that says null": ("p.yaml", "claims: [{key: a, retraction: null}]", True),
    "a patch that says active": ("p.yaml", "claims: [{key: a, status: active}]", True),
    "a patch of something else": ("p.yaml", "claims: [{key: a, venue: in town}]", False),
    "a status": ("r.csv", "key,status\na,active\n", True),
    "a status beside the retraction": ("r.csv", "key,status,retraction.kind\na,active,record_error\n", True),
    "an emptied retraction": ("r.csv", "key,retraction.kind,retraction.reason\na,,\n", True),
    "an empty status": ("r.csv", "key,status\na,\n", False),
    "a column of something else": ("r.csv", "key,venue\na,in town\n", False),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_retraction_is_taken_back_by_a_row_that_says_so_and_by_none_without_the_option(
    database: Database, import_yaml: Import, run: Run, tmp_path: Path, row: str
) -> None:
    assert not import_yaml(RETRACTED).faults
    name, text, restores = ROWS[row]
    (tmp_path / name).write_text(text)
    options = ["--patch"] if name == "p.yaml" else []
    without = run(database, "import", tmp_path / name, *options)
    assert without.exit_code == 0, without.output
    assert claim(database, "a")["status"] == "retracted"
    done = run(database, "import", tmp_path / name, "--restore", *options)
    assert done.exit_code == 0, done.output
    assert claim(database, "a")["status"] == ("active" if restores else "retracted")
    assert ("1 restored" in done.stdout) == restores
    assert "loses its retraction" not in done.stdout + done.stderr  # which was asked for
    assert claim(database, "b")["version"] == 1
    again = run(database, "import", tmp_path / name, "--restore", *options)
    assert "1 unchanged" in again.stdout
    assert rows(database, "SELECT count(*) FROM record_keys WHERE type = 'clm'") == [(2,)]


def test_a_status_column_retracts_with_a_kind_and_is_refused_without(
    database: Database, import_yaml: Import, run: Run, tmp_path: Path
) -> None:
    import_yaml(RETRACTED)
    file = tmp_path / "r.csv"
    file.write_text("key,status\nb,retracted\n")
    refused = run(database, "import", file)
    assert refused.exit_code == 1
    assert "a retracted claim needs a retraction; give its kind" in refused.stderr
    file.write_text("key,status,retraction.kind,retraction.reason\nb,retracted,source_correction,misheard\n")
    assert run(database, "import", file).exit_code == 0
    assert claim(database, "b")["retraction"]["reason"] == "misheard"


def test_a_retraction_that_is_taken_back_on_purpose_is_no_earlier_version_that_comes_back(
    database: Database, import_yaml: Import, run: Run, tmp_path: Path
) -> None:
    import_yaml(RETRACTED.replace(", retraction: {kind: record_error, reason: a slip}", ", venue: here"))
    import_yaml(RETRACTED.replace(", retraction:", ", venue: there, retraction:"))
    (tmp_path / "r.csv").write_text("key,status,venue\na,active,here\n")
    done = run(database, "import", tmp_path / "r.csv", "--restore")
    assert "1 restored" in done.stdout
    (told,) = [line for line in done.output.splitlines() if "comes back over" in line]
    assert told.endswith('comes back over a later edit: venue: "there" → "here"')
