"""Sheets of workbooks are read as they are shown; what spreadsheets lose or hide is told."""

from __future__ import annotations

import gzip
import tracemalloc
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from app.errors import BadImport
from app.store.database.engine import Database
from app.store.imports.readers.file_form import FileForm
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.records import read_records
from tests.importing import import_paths
from tests.store.books import book, number, row, styled, text
from tests.store.stored import claim

HEAD = row(1, text("A1", "a"), text("B1", "b"))
SHEET = FileForm("xlsx")


def records(file: Path, form: FileForm = SHEET) -> list[Any]:
    """Row and values of each record, faults as their row and what is said."""
    return [(one.line, str(one)) if isinstance(one, BadFile) else tuple(one[:2]) for one in read_records(file, form)]


def values(folder: Path, *cells: str, properties: str = "", texts: tuple[str, ...] = ()) -> list[Any]:
    """The values of cells, each in a row of its own; of one that cannot be read, what is said."""
    rows = "".join(row(n, cell) for n, cell in enumerate(cells, 2))
    file = book(folder / "a.xlsx", {"S": row(1, text("A1", "a")) + rows}, texts, properties)
    return [found if isinstance(found, str) else found["a"] for _, found in records(file)]


def shown(folder: Path, value: object, code: int | str, properties: str = "") -> str:
    [found] = values(folder, number("A2", value, styled(code)), properties=properties)
    return str(found)


# Cells

whole = st.integers(-(2**53), 2**53)
halves = st.floats(allow_nan=False, allow_infinity=False)
told = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=9
)


@settings(max_examples=30)
@given(st.lists(st.tuples(told.filter(str.strip), whole | halves | st.booleans()), min_size=1, max_size=5))
def test_texts_numbers_and_booleans_are_read_as_another_library_reads_them(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("books")
    cells = [HEAD]
    for n, (words, value) in enumerate(rows, 2):
        kind = ' t="b"' if isinstance(value, bool) else ""
        written = repr(value + 0 if isinstance(value, bool) else value)
        cells.append(row(n, text(f"A{n}", words), f'<c r="B{n}"{kind}><v>{written}</v></c>'))
    file = book(folder / "a.xlsx", {"S": "".join(cells)})
    sheet = CalamineWorkbook.from_path(str(file)).get_sheet_by_name("S")
    found = records(file)
    theirs = [tuple(one) for one in sheet.iter_rows()][1:]
    for (line, ours), other, (words, value) in zip(found, theirs, rows, strict=True):
        if isinstance(ours, str):
            assert "more than the 15 digits" in ours
            continue
        assert ours == {"a": words, "b": Decimal(repr(value)) if isinstance(value, float) else value}, line
        assert (ours["a"], float(ours["b"])) == other
        assert isinstance(ours["b"], bool) == isinstance(value, bool)


def test_whole_numbers_are_whole_and_others_exact(tmp_path: Path) -> None:
    cells = [number("A2", one) for one in ("4000", "4000.0", "4E3", "1.1000000000000001", "0.3", "-0", "1E+20")]
    found = values(tmp_path, *cells)
    assert found == [4000, 4000, 4000, Decimal("1.1"), Decimal("0.3"), 0, 10**20]
    assert [type(one) for one in found] == [int, int, int, Decimal, Decimal, int, int]
    assert values(tmp_path, number("A2", "0.45", styled("0.00E+00"))) == [Decimal("0.45")]


def test_digits_that_a_spreadsheet_does_not_keep_are_told(tmp_path: Path) -> None:
    said = "cell A2: 12345678901234567 has more than the 15 digits that a spreadsheet keeps; write it as a text"
    assert values(tmp_path, number("A2", "12345678901234567")) == [said]
    assert values(tmp_path, number("A2", "1E400"), number("A3", "x")) == [
        "cell A2: '1E400' is no number",
        "cell A3: 'x' is no number",
    ]


def test_texts_of_every_kind_are_read(tmp_path: Path) -> None:
    shared = (
        "<t>one</t>",
        "<r><t>t</t></r><r><t>wo</t></r><rPh><t>no</t></rPh>",
        '<t xml:space="preserve"> a_x000D_b </t>',
    )
    cells = [f'<c r="A{n}" t="s"><v>{n - 2}</v></c>' for n in (2, 3, 4)]
    cells.append('<c r="A5" t="str"><f>A1&amp;"x"</f><v>made</v></c>')
    cells.append('<c r="A6" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>')
    assert values(tmp_path, *cells, texts=shared) == ["one", "two", " a\rb ", "made", "inline"]


def test_error_cells_and_formulas_without_a_result_are_told_by_their_row(tmp_path: Path) -> None:
    error = '<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    missing, empty = '<c r="B3"><f>A1+1</f></c>', '<c r="B5"><f>A1+1</f><v /></c>'
    rows = row(2, text("A2", "x"), error) + row(3, text("A3", "y"), missing) + row(4, text("A4", "z"))
    rows += row(5, text("A5", "u"), empty)
    assert records(book(tmp_path / "a.xlsx", {"S": HEAD + rows})) == [
        (2, "cell B2: holds the error #DIV/0!; mend it, or leave the cell empty"),
        (3, "cell B3: holds a formula without its result; open the file in a spreadsheet, and save it"),
        (4, {"a": "z", "b": ""}),
        (5, "cell B5: holds a formula without its result; open the file in a spreadsheet, and save it"),
    ]


# Dates: 45393.4375 is 2024-04-11T10:30


@pytest.mark.parametrize(
    ("code", "value", "right"),
    [
        (14, 45393, "2024-04-11"),
        (14, "45393.4375", "2024-04-11"),
        ("yyyy", 45393, "2024"),
        ("yyyy-mm", 45393, "2024-04"),
        (17, 45393, "2024-04"),
        (16, 45393, "--04-11"),
        ("d-mmm", 45393, "--04-11"),
        ("mmmm", 45393, "--04"),
        ("dddd", 45393, "2024-04-11"),
        ("[Red]d/m/yy;@", 45393, "2024-04-11"),
        ('[$-411]ggge"年"m"月"d"日"', 45393, "2024-04-11"),
        (31, 45393, "2024-04-11"),
        (31, "0.4375", "10:30:00"),
        (22, "45393.4375", "2024-04-11T10:30:00"),
        (22, 45393, "2024-04-11"),
        ("yyyy-mm-dd hh:mm:ss", "45393.437511574", "2024-04-11T10:30:01"),
        (20, "0.4375", "10:30:00"),
        (46, "1.5", "36:00:00"),
        ("[h]:mm", "45393.4375", "1089442:30:00"),
        ("h:mm", "45393.4375", "10:30:00"),
        ("h:mm AM/PM", "45393.9375", "22:30:00"),
        (20, "45393.4375", "10:30:00"),
        ("mm:ss.0", "0.001", "00:01:26"),
        (14, 1, "1900-01-01"),
        (14, 59, "1900-02-28"),
        (14, 61, "1900-03-01"),
        (14, 2958465, "9999-12-31"),
        ('"day "0', 45393, "45393"),
        (r"0\ \d", 45393, "45393"),
    ],
)
def test_a_date_is_what_the_cell_shows_of_it(tmp_path: Path, code: int | str, value: object, right: str) -> None:
    assert shown(tmp_path, value, code) == right


@pytest.mark.parametrize("value", [60, 0, -1, 2958466])
def test_a_number_that_is_shown_as_a_date_and_is_none_is_told(tmp_path: Path, value: int) -> None:
    assert shown(tmp_path, value, 14) == f"cell A2: {value:g} is no day of the calendar, and is shown as one"


def test_days_may_be_counted_from_1904(tmp_path: Path) -> None:
    assert shown(tmp_path, 43931, 14, '<workbookPr date1904="1"/>') == "2024-04-11"
    assert shown(tmp_path, 0, 14, '<workbookPr date1904="true"/>') == "1904-01-01"
    assert shown(tmp_path, 45393, 14, '<workbookPr date1904="0"/>') == "2024-04-11"


def test_dates_that_are_written_out_are_read(tmp_path: Path) -> None:
    cells = ('<c r="A2" t="d"><v>2024-04-11T00:00:00</v></c>', '<c r="A3" t="d"><v>April</v></c>')
    assert values(tmp_path, *cells) == ["2024-04-11", "cell A3: 'April' is no date"]


def test_a_negative_number_that_is_shown_as_a_time_is_told(tmp_path: Path) -> None:
    assert shown(tmp_path, "-0.5", 20) == "cell A2: -0.5 is no time, and is shown as one"


# Rows and columns


def test_empty_rows_count_and_columns_without_a_name_are_numbered(tmp_path: Path) -> None:
    head = row(3, text("B3", "a"), text("D3", " b "), number("E3", "2019"))
    rows = head + row(5, number("B5", 1), number("C5", 2), text("D5", "x")) + "<row><c><v>7</v></c></row>"
    assert records(book(tmp_path / "a.xlsx", {"S": row(1) + rows})) == [
        (5, {"a": 1, "column_3": 2, "b": "x", "2019": ""}),
        (6, {"column_1": 7, "a": "", "b": "", "2019": ""}),
    ]


def test_a_value_outside_of_the_named_columns_is_told(tmp_path: Path) -> None:
    file = book(tmp_path / "a.xlsx", {"S": HEAD + row(2, text("A2", "x"), text("AB2", "note"))})
    assert records(file) == [(2, "cell AB2, 'note', stands in a column that has no name")]


def test_a_sheet_without_a_header_has_stated_columns(tmp_path: Path) -> None:
    file = book(tmp_path / "a.xlsx", {"S": row(2, number("A2", 1), number("C2", 2))})
    form = FileForm("xlsx", header=False, columns=("x", "y", "z"))
    assert records(file, form) == [(2, {"x": 1, "y": "", "z": 2})]
    assert records(file, FileForm("xlsx", header=False)) == [(2, {"column_1": 1, "column_2": "", "column_3": 2})]


def test_the_value_of_merged_cells_is_in_the_first_of_them(tmp_path: Path) -> None:
    rows = HEAD + row(2, text("A2", "both"), '<c r="B2"/>') + row(3, '<c r="A3"/>', text("B3", "x"))
    assert records(book(tmp_path / "a.xlsx", {"S": rows})) == [(2, {"a": "both", "b": ""}), (3, {"a": "", "b": "x"})]


# Sheets


def test_a_sheet_is_named_unless_only_one_holds_anything(tmp_path: Path) -> None:
    other = row(1, text("A1", "c")) + row(2, text("A2", "z"))
    first = HEAD + row(2, text("A2", "x"))
    file = book(tmp_path / "a.xlsx", {"One": first, "Two": other, "Empty": row(1), "Aside": other}, hidden=["Aside"])
    assert records(file) == [(1, "the workbook has several sheets: One, Two; `sheet` says which one is read")]
    assert records(file, FileForm(sheet="Two")) == [(2, {"c": "z"})]
    assert records(file, FileForm(sheet="Aside")) == [(2, {"c": "z"})]
    assert records(file, FileForm(sheet="two")) == [(1, "the workbook has no sheet 'two'; did you mean Two?")]
    only = book(tmp_path / "b.xlsx", {"Empty": "", "Two": other, "Aside": first}, hidden=["Aside"])
    assert records(only) == [(2, {"c": "z"})]
    empty = book(tmp_path / "c.xlsx", {"One": "", "Two": ""})
    assert records(empty) == [(1, "the workbook has no sheet that is visible and holds anything")]


def test_a_workbook_may_be_packed(tmp_path: Path) -> None:
    file = book(tmp_path / "a.xlsx", {"S": HEAD + row(2, text("A2", "x"))})
    (tmp_path / "b.xlsx.gz").write_bytes(gzip.compress(file.read_bytes()))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.write(file, "f/a.xlsx")
    for place in (tmp_path / "b.xlsx.gz", tmp_path / "c.zip" / "f" / "a.xlsx"):
        assert records(place, FileForm()) == [(2, {"a": "x", "b": ""})]


# Workbooks of claims


def test_a_sheet_of_claims_is_imported_without_a_mapping(database: Database, tmp_path: Path) -> None:
    names = ("key", "quote", "said_on", "figures.0.metric", "figures.0.value", "figures.0.unit", "source.title")
    cells = [text("A2", "k"), text("B2", "we hired 4,000"), number("C2", 45393, styled("yyyy-mm")), text("D2", "staff")]
    cells += [number("E2", "4000.0"), text("F2", "count"), text("G2", "T")]
    head = row(1, *(text(f"{letter}1", name) for letter, name in zip("ABCDEFG", names, strict=True)))
    wrong = row(4, text("A4", "l"), text("B4", "x"), text("H4", "aside")) + row(5, '<c r="A5" t="e"><v>#N/A</v></c>')
    file = book(tmp_path / "a.xlsx", {"S": head + row(2, *cells) + wrong})
    faults = [(one.line, one.problem.code) for one in import_paths(database, [file]).faults]
    assert faults == [(4, "nameless-column"), (5, "bad-cell")]
    file = book(tmp_path / "a.xlsx", {"S": head + row(2, *cells)})
    assert import_paths(database, [file]).changes["created"] == 1
    stored = claim(database, "k")
    assert (stored["said_on"]["edtf"], stored["figures"][0]["value"]) == ("2024-04", 4000)
    with pytest.raises(BadImport, match=r"a.xlsx is an Excel workbook; import it by its name"):
        import_paths(database, [tmp_path])


# Broken ones


def test_files_that_are_no_workbooks_are_told(tmp_path: Path) -> None:
    cases = {
        b"a,b\n": "this is no Excel workbook, or a damaged one: File is not a zip file",
        b"": "this is no Excel workbook, or a damaged one: File is not a zip file",
        b"\xd0\xcf\x11\xe0" + bytes(99): "this is an old Excel workbook, or one with a password; save it as .xlsx",
    }
    for data, right in cases.items():
        (tmp_path / "a.xlsx").write_bytes(data)
        [(line, said)] = records(tmp_path / "a.xlsx")
        assert (line, said[: len(right)]) == (1, right)
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("a.csv", "x")
    assert records(tmp_path / "a.xlsx")[0][1].endswith("damaged one: _rels/.rels is not there")


@pytest.mark.parametrize("part", ["workbook.xml", "worksheets/sheet1.xml", "sharedStrings.xml", "styles.xml"])
@pytest.mark.parametrize("content", [b"<a", b"", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", None])
def test_a_broken_part_is_told(tmp_path: Path, part: str, content: bytes | None) -> None:
    whole = book(tmp_path / "whole.xlsx", {"S": HEAD + row(2, text("A2", "x"))})
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as new:
        for name in old.namelist():
            if name != f"xl/{part}":
                new.writestr(name, old.read(name))
            elif content is not None:
                new.writestr(name, content)
    [(_, said)] = records(tmp_path / "a.xlsx")
    assert said.startswith(f"this is no Excel workbook, or a damaged one: xl/{part}")


def test_numbers_of_texts_and_styles_that_are_not_there_are_told(tmp_path: Path) -> None:
    for cell in ('<c r="A2" t="s"><v>5</v></c>', '<c r="A2" t="s"><v>x</v></c>', '<c r="A2" s="x"><v>1</v></c>'):
        [said] = values(tmp_path, cell)
        assert said.startswith("this is no Excel workbook, or a damaged one: ")


def test_memory_does_not_grow_with_the_sheet(tmp_path: Path) -> None:
    rows = "".join(row(n, text(f"A{n}", f"{n} {'x' * 40}"), number(f"B{n}", n)) for n in range(2, 8_000))
    file = book(tmp_path / "a.xlsx", {"S": HEAD + rows})
    del rows
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_records(file, SHEET)) == 7_998
        assert tracemalloc.get_traced_memory()[1] < 3 * 2**18  # of 1 MB, and more in objects
    finally:
        tracemalloc.stop()
