"""Foreign files are read record by record, whatever their format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.store.imports.readers.file_form import FileForm
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.records import read_records


def records(file: Path, form: FileForm = FileForm()) -> list[Any]:  # noqa: B008  # frozen
    """Line and values of each record, faults as their line and what is said."""
    return [(one.line, str(one)) if isinstance(one, BadFile) else tuple(one) for one in read_records(file, form)]


def test_tables_and_json_give_records(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,words\nBo,\n")
    (tmp_path / "a.json").write_text('{"data": {"items": [\n{"name": "Bo"},\n3]}}')
    (tmp_path / "a.ndjson").write_text('{"name": "Bo"}\n')
    assert records(tmp_path / "a.csv") == [(2, {"name": "Bo", "words": ""})]
    assert records(tmp_path / "a.ndjson") == [(1, {"name": "Bo"})]
    found = records(tmp_path / "a.json", FileForm(records="data.items"))
    assert found == [(2, {"name": "Bo"}), (3, "a record is to be an object, with names and values")]
