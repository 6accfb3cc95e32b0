"""Tables that others published are read row by row, in their encodings, and swallow nothing."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from app.store.imports.readers.dialects import Dialect
from app.store.imports.readers.located import BadFile
from tests.store.table_rows import read_rows

DATA = Path(__file__).parents[3] / "shared" / "data"
DANISH = DATA / "danish_polstance" / "cleanedQuoteDB.csv"
BRAZILIAN = DATA / "factck_br" / "FACTCKBR.tsv"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the files are not at {DATA}")


def cells(data: bytes, delimiter: str, dialect: Dialect) -> list[list[str]]:
    """The cells of all rows; faults as what is said."""
    found = read_rows(io.BytesIO(data), delimiter, dialect)
    return [[str(row)] if isinstance(row, BadFile) else row.cells for row in found]


def test_a_table_in_utf_16_with_semicolons_is_read_as_the_standard_library_reads_it() -> None:
    text = io.StringIO(DANISH.read_bytes().decode("utf-16"), newline="")
    expected = list(csv.reader(text, delimiter=";", strict=True))
    assert cells(DANISH.read_bytes(), ";", Dialect(encoding="utf-16")) == expected
    assert len(expected) == 1050


@pytest.mark.parametrize("rows", [2, 3, 18])
def test_stray_quotation_marks_swallow_no_row_of_a_public_table(rows: int) -> None:
    lines = BRAZILIAN.read_bytes().decode().splitlines(keepends=True)
    first, last = 100, 100 + rows - 1
    lines[first] = "\t".join([*lines[first].split("\t")[:-1], f'"{lines[first].split(chr(9))[-1]}'])
    lines[last] = lines[last].rstrip("\n") + '"\n'
    damaged = "".join(lines).encode()
    found = cells(damaged, "\t", Dialect())
    told = f"line {first + 1} that ends in line {last + 1}, and line {first + 2} would be a row by itself"
    assert [row for row in found if len(row) == 1 and told in row[0]]
    assert len(found) == len(lines) - rows + 1
    assert [len(row) for row in cells(damaged, "\t", Dialect(quoting="none"))] == [9] * len(lines)
