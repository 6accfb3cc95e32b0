"""An id without a key names a claim in tables and with --patch; elsewhere it is not used, and warned of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.importing import import_paths

Doc = dict[str, Any]
WORDS: Doc = {"quote": "other words", "source": {"key": "src/1", "title": "The paper"}}


@pytest.fixture
def stored(database: Database, tmp_path: Path) -> Database:
    """A database with clm_1, whose key is a/1."""
    assert not imported(database, tmp_path / "first.ndjson", WORDS | {"key": "a/1", "quote": "words"}).faults
    return database


def imported(database: Database, file: Path, doc: Doc, *, patches: bool = False) -> Report:
    text = json.dumps(doc if file.suffix == ".ndjson" else {"claims": [doc]})
    file.write_text(text + "\n")
    return import_paths(database, [file], patch=patches)


def told(report: Report) -> list[str]:
    return [one.problem.field for one in report.warnings if one.problem.code == "id-unused"]


@pytest.mark.parametrize("name", ["second.ndjson", "second.json", "second.yaml"])
def test_an_id_without_a_key_is_not_used_and_warned_of(stored: Database, tmp_path: Path, name: str) -> None:
    report = imported(stored, tmp_path / name, WORDS | {"id": "clm_1"})
    place = "id" if name.endswith("ndjson") else "claims.0.id"
    assert (report.did, told(report)) == ({"created": 1}, [place])
    (detail,) = (one.problem.detail for one in report.warnings if one.problem.code == "id-unused")
    assert detail.startswith("'clm_1' is not used, as ids are each database's own: give the key of the claim")


def test_an_id_that_is_used_or_stands_beside_a_key_is_not_warned_of(stored: Database, tmp_path: Path) -> None:
    keyed = imported(stored, tmp_path / "keyed.ndjson", WORDS | {"id": "clm_7", "key": "a/1"})
    patch = imported(stored, tmp_path / "patch.ndjson", {"id": "clm_1", "venue": "radio"}, patches=True)
    whole = imported(stored, tmp_path / "whole.ndjson", WORDS | {"id": "clm_1", "venue": "tv"}, patches=True)
    table = tmp_path / "table.csv"
    table.write_text("id,quote,source.key\nclm_1,third words,src/1\n")
    reports = [keyed, patch, whole, import_paths(stored, [table])]
    assert [(one.did, told(one)) for one in reports] == [({"updated": 1}, [])] * 4
