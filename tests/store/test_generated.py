"""Generated claims and their edits go through a whole import, on both engines."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from app.demo.generated_claims import Doc, as_line, generate, generate_edits
from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.importing import import_paths
from tests.store.stored import everything

CLAIMS = 300


def imported(database: Database, tmp_path: Path, records: list[Doc]) -> Report:
    sections: dict[str, list[Doc]] = {"metrics": [], "speakers": [], "claims": []}
    for record in records:
        fields = msgspec.json.decode(as_line(record))
        sections[f"{fields.pop('type', 'claim')}s"].append(fields)
    file = tmp_path / "generated.yaml"
    file.write_text(json.dumps(sections))  # which is YAML too
    return import_paths(database, [file])


def test_generated_claims_are_stored_and_their_edits_change_them(database: Database, tmp_path: Path) -> None:
    first = imported(database, tmp_path, list(generate(CLAIMS, 5)))
    assert [str(fault) for fault in first.faults] == []
    assert {warning.problem.code for warning in first.warnings}.isdisjoint({"new-metric", "follows"})
    did = first.counts
    assert (did["created"] + did["retracted"], did["rejected"]) == (CLAIMS, 0)
    assert did["retracted"] > 0
    assert min(first.verifications[one] for one in ("verbatim", "normalized", "not_found")) > 0

    edits = list(generate_edits(CLAIMS, 5))
    retracted = sum("retraction" in one for one in edits)
    second = imported(database, tmp_path, edits)
    assert [str(fault) for fault in second.faults] == []
    did = second.counts
    assert retracted > 0
    assert (did["updated"], did["retracted"]) == (len(edits) - retracted, retracted)
    assert did["created"] == did["unchanged"] == 0

    before = everything(database)
    assert imported(database, tmp_path, edits).revision is None
    assert everything(database) == before
