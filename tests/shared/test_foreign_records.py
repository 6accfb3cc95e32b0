"""Public files of others are read record by record, as other readers read them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
import yaml

from app.store.imports.readers.dialects import Dialect
from app.store.imports.readers.file_form import FileForm
from app.store.imports.readers.located import BadFile, Record
from app.store.imports.readers.records import read_records

DATA = Path(__file__).parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the files are not at {DATA}")


def records(path: str, form: FileForm) -> tuple[list[Record], list[BadFile]]:
    found = list(read_records(DATA / path, form))
    good = [one for one in found if isinstance(one, Record)]
    return good, [one for one in found if isinstance(one, BadFile)]


def test_a_table_in_utf_16_is_read_without_its_encoding_being_told() -> None:
    path = "danish_polstance/cleanedQuoteDB.csv"
    good, wrong = records(path, FileForm(dialect=Dialect(";", "minimal")))
    text = io.StringIO((DATA / path).read_bytes().decode("utf-16"), newline="")
    assert [record.values for record in good] == list(csv.DictReader(text, delimiter=";"))
    assert (len(good), wrong) == (1049, [])


def test_a_table_of_tabs_is_read_row_by_row() -> None:
    good, wrong = records("factck_br/FACTCKBR.tsv", FileForm())
    assert (len(good), len(wrong)) == (1313, 0)
    assert next(iter(good[0].values)) == "URL"


@pytest.mark.parametrize(("path", "place"), [("legislators-current", None), ("committee-membership-current", "*")])
def test_yaml_is_read_by_a_path(path: str, place: str | None) -> None:
    good, wrong = records(f"us_congress_legislators/{path}.yaml", FileForm(records=place))
    text = (DATA / "us_congress_legislators" / f"{path}.yaml").read_text()
    whole = yaml.load(text, yaml.CBaseLoader)  # noqa: S506  # gives texts
    listed = whole if place is None else [{"*": name, **one} for name, some in whole.items() for one in some]
    assert len(good) == len(listed) > 500
    assert not wrong
    names = [(one["*"], one["bioguide"]) if place else one["id"]["bioguide"] for one in listed]
    assert [
        (one.values["*"], one.values["bioguide"]) if place else one.values["id"]["bioguide"] for one in good
    ] == names
