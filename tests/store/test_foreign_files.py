"""Files of other programs and encodings: what they are is told, and what to do with them."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from app.errors import BadImport
from app.store.database.engine import Database
from app.store.imports.readers.dialects import dialect_of
from tests.importing import import_paths
from tests.store.mapped import mapped
from tests.store.stored import is_empty


def zipped(*names: str, mimetype: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, "<x/>")
    return out.getvalue()


NAMES = {
    "A.XLS": "an old Excel workbook; save it as .xlsx",
    "a.ods": "a spreadsheet",
    "a.docx": "a text document",
    "a.pdf": "a PDF",
    "a.7z": "an archive; unpack it",
    "a.parquet": "a columnar file",
    "a.sqlite": "a database",
    "a.txt": "name a table .csv or .tsv",
    "a.what": "files that end in .yaml, .yml, .json",
}
CONTENTS = {
    "xlsx": (zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), "an Excel workbook"),
    "ods": (zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "a spreadsheet"),
    "docx": (zipped("[Content_Types].xml", "word/document.xml"), "a text document"),
    "zip": (zipped("claims.csv"), "a zip archive; let its name end in .zip"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Excel workbook"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF"),
    "html": (b"\n<!DOCTYPE html>\n<html><table>", "a web page"),
    "xhtml": (b'<?xml version="1.0"?>\n<html xmlns="x">', "a web page"),
    "xml": (b'\xef\xbb\xbf<?xml version="1.0"?><claims/>', "XML"),
    "gzip": (gzip.compress(b"key,quote\n", mtime=0), "let its name end in .gz"),
    "parquet": (b"PAR1" + bytes(20), "a columnar file"),
    "sqlite": (b"SQLite format 3\x00" + bytes(20), "a database"),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_another_program_is_told_by_its_name(seeded: Database, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04")
    with pytest.raises(BadImport) as refused:
        import_paths(seeded, [tmp_path / name])
    assert NAMES[name] in refused.value.detail
    with pytest.raises(BadImport, match="holds no file that ends in") as refused:
        import_paths(seeded, [tmp_path])
    assert (f"{name} is {NAMES[name]}" in refused.value.detail) is (name not in ("a.what", "a.txt"))


@pytest.mark.parametrize("suffix", ["csv", "ndjson", "json", "yaml"])
@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_of_another_program_is_told_by_its_content(
    database: Database, tmp_path: Path, name: str, suffix: str
) -> None:
    if database.dialect == "postgresql" and suffix != "csv":
        pytest.skip("the file is read before the database is asked")
    content, told = CONTENTS[name]
    file = tmp_path / f"claims.{suffix}"
    file.write_bytes(content)
    [fault] = import_paths(database, [file]).faults
    assert (fault.line, fault.problem.code) == (1, "foreign-file")
    assert told in fault.problem.detail
    assert is_empty(database)


def test_a_table_that_begins_like_a_page_is_a_table(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "claims.csv"
    file.write_text("quote,source.title\n<html> is a word,T\n")
    assert not import_paths(database, [file]).faults


@pytest.mark.parametrize(
    ("name", "content", "line", "right"),
    [
        ("a.csv", "key,quote\nk,un café noir\n", 2, "give --encoding cp1252, or save"),
        ("a.ndjson", '\n{"quote": "un café noir"}\n', 2, "; save the file as UTF-8"),
        ("a.json", '{"claims": [\n{"quote": "un café noir"}]}', 2, "; save the file as UTF-8"),
        ("a.yaml", "claims:\n- quote: un café noir\n", 2, "; save the file as UTF-8"),
    ],
)
def test_bytes_of_windows_are_shown_as_they_are_there(
    seeded: Database, tmp_path: Path, name: str, content: str, line: int, right: str
) -> None:
    (tmp_path / name).write_bytes(content.encode("cp1252"))
    [fault] = import_paths(seeded, [tmp_path / name], dry_run=True).faults
    assert (fault.line, fault.problem.code) == (line, "encoding")
    assert "is not UTF-8: 0xE9 would be 'é' in Windows-1252 (cp1252), as in '" in fault.problem.detail
    assert "un café noir" in fault.problem.detail
    assert right in fault.problem.detail


def test_a_text_of_a_source_in_another_encoding_is_told_by_line(seeded: Database, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_bytes(b"one\ntwo caf\x81 \xe9\n")
    (tmp_path / "a.yaml").write_text("source: {title: T, text_file: text.txt}\n")
    [fault] = import_paths(seeded, [tmp_path / "a.yaml"], dry_run=True).faults
    assert "line 2: byte 8 of the line is not UTF-8: 0x81; save" in fault.problem.detail  # no letter of cp1252


def test_files_of_a_folder_that_may_be_meant_and_are_not_read_are_told(database: Database, tmp_path: Path) -> None:
    (tmp_path / "d.csv.zip").write_bytes(zipped("e.xlsx"))
    for name in ("a.csv", "b.txt", "c.xlsx", "README.md", ".hidden.xlsx", "one.txt", "two.txt"):
        (tmp_path / name).write_text("key,quote,source.title\nk,a,T\n")
    (tmp_path / "a.yaml").write_text("source: {key: one, title: T, text_file: one.txt}\n")
    (tmp_path / "b.ndjson").write_text('{"type": "source", "key": "two", "title": "U", "text_file": "two.txt"}\n')
    (tmp_path / "inside.xlsx").mkdir()
    report = import_paths(database, [tmp_path])
    told = {Path(one.file).name: str(one) for one in report.warnings if one.problem.code == "passed-over"}
    assert told.keys() == {"b.txt", "c.xlsx", "e.xlsx"}
    assert "c.xlsx: is not read: it is an Excel workbook; import it by its name" in told["c.xlsx"]
    assert report.revision == 1


def test_texts_that_are_given_are_not_told_as_passed_over(database: Database, tmp_path: Path) -> None:
    (tmp_path / "k.txt").write_text("a b")
    (tmp_path / "a.csv").write_text("key,quote,source.key,source.title\nk,a,k,T\n")
    report = import_paths(database, [tmp_path], texts=tmp_path)
    assert not [one for one in report.warnings if one.problem.code == "passed-over"]


def test_advice_of_a_mapping_is_what_can_be_written_in_it(tmp_path: Path) -> None:
    claim = 'claim: {key: "{{ k }}", quote: "{{ q }}", source.title: T}'
    (tmp_path / "side.csv").write_bytes(b"id,v\n1,caf\xe9\n")
    with pytest.raises(BadImport) as told:
        mapped(tmp_path, f"{claim}\njoins: {{p: {{file: side.csv, key: id, on: '{{{{ k }}}}'}}}}", {"a.csv": "k,q\n"})
    assert "write `encoding: cp1252` at joins.p of the mapping" in str(told.value.problems)
    made = mapped(tmp_path, claim, {"a.csv": 'k,q\na,say "no"\n'})
    assert "where quotes are letters like others, write `quoting: none` in the mapping" in made.told[0]


@pytest.mark.parametrize("name", ["punycode", "idna"])
def test_an_encoding_in_which_faults_cannot_be_told_is_none(name: str) -> None:
    with pytest.raises(BadImport, match="is not known"):
        dialect_of(None, None, name)
