"""Every file of csv-spectrum is read as the JSON beside it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.store.imports.readers.located import BadFile
from app.store.imports.readers.packed import open_file
from tests.store.table_rows import read_rows

SPECTRUM = Path(__file__).parents[3] / "shared" / "data" / "csv_spectrum"

pytestmark = pytest.mark.skipif(not SPECTRUM.is_dir(), reason=f"the files are not at {SPECTRUM}")

FILES = sorted((SPECTRUM / "csvs").glob("*.csv"))


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_file_holds_what_its_json_says(file: Path, tmp_path: Path) -> None:
    data = file.read_bytes()
    if "crlf" in file.stem and b"\r" not in data:  # line ends were lost where these files were kept
        data = data.replace(b"\n", b"\r\n")
    copy = tmp_path / file.name
    copy.write_bytes(data)
    with open_file(copy) as stream:
        rows = [row for row in read_rows(stream) if not isinstance(row, BadFile)]
    names = rows[0].cells
    found = [dict(zip(names, row.cells, strict=True)) for row in rows[1:]]
    assert found == json.loads((SPECTRUM / "json" / f"{file.stem}.json").read_bytes())


def test_the_files_are_all_there() -> None:
    assert len(FILES) == 11
