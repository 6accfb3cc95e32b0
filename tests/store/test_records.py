"""Foreign files are read record by record, whatever their format, dialect, encoding and packing."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store.imports.readers import encodings, json_stream
from app.store.imports.readers.dialects import Dialect
from app.store.imports.readers.file_form import FileForm, FormName
from app.store.imports.readers.located import BadFile
from app.store.imports.readers.records import read_records

PLAIN = FileForm()


def records(file: Path, form: FileForm = PLAIN) -> list[Any]:
    """Line and values of each record, faults as their line and what is said."""
    return [(one.line, str(one)) if isinstance(one, BadFile) else one[:2] for one in read_records(file, form)]


def table(folder: Path, text: str, form: FileForm = PLAIN, name: str = "a.csv") -> list[Any]:
    (folder / name).write_bytes(text.encode())
    return records(folder / name, form)


# Tables

cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
tricky = st.text(st.sampled_from('",\t;|\r\n å'), max_size=6)
CODECS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "gb18030"]


@given(
    rows=st.lists(st.lists(cells | tricky, min_size=3, max_size=3), max_size=6),
    delimiter=st.sampled_from(",;\t|§ \x1f^"),
    end=st.sampled_from(["\r\n", "\n"]),
    encoding=st.sampled_from(CODECS),
    header=st.booleans(),
)
def test_a_table_in_any_dialect_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    delimiter: str,
    end: str,
    encoding: str,
    header: bool,
) -> None:
    file = tmp_path_factory.mktemp("tables") / "a.csv"
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b", "c"], *rows] if header else rows)
    file.write_bytes(out.getvalue().encode(encoding))
    stated = None if encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32") else encoding  # a mark tells
    form = FileForm("csv", Dialect(delimiter, "minimal", stated), header, () if header else ("a", "b", "c"))
    assert [values for _, values in records(file, form)] == [
        dict(zip("abc", row, strict=True)) for row in rows if any(row)
    ]


def test_quotes_may_be_letters_like_others(tmp_path: Path) -> None:
    form = FileForm("tsv", Dialect(quoting="none"), header=False, columns=("id", "said"))
    assert table(tmp_path, '1\t"a\n2\tb "c"\n', form, "a.txt") == [
        (1, {"id": "1", "said": '"a'}), (2, {"id": "2", "said": 'b "c"'})
    ]  # fmt: skip


def test_headings_without_a_name_and_doubled_ones_have_names_by_number(tmp_path: Path) -> None:
    assert table(tmp_path, " name ,,name,name_2,,\nBo,x,Al,Cy,,\n") == [
        (2, {"name": "Bo", "column_2": "x", "name_3": "Al", "name_2": "Cy"})
    ]
    assert table(tmp_path, ",column_1\na,b\n") == [(2, {"column_1_2": "a", "column_1": "b"})]


def test_stated_columns_stand_for_those_of_the_header_or_of_none(tmp_path: Path) -> None:
    assert table(tmp_path, "x,y\n1,2\n", FileForm(columns=("a", "b"))) == [(2, {"a": "1", "b": "2"})]
    assert table(tmp_path, "1,2\n", FileForm(header=False, columns=("a", "b"))) == [(1, {"a": "1", "b": "2"})]
    assert table(tmp_path, "1,\n", FileForm(header=False)) == [(1, {"column_1": "1", "column_2": ""})]
    told = "`columns` names 1 columns, and the first row has 2 cells"
    assert table(tmp_path, "x,y\n1,2\n", FileForm(columns=("a",))) == [(1, told)]


def test_faults_of_rows_are_told_and_the_others_are_read(tmp_path: Path) -> None:
    found = table(tmp_path, 'a,b\n1\n2,x"y\n3,"4\n5"\n\n,\n6,7\n')
    assert [line for line, _ in found] == [2, 3, 4, 8]
    assert found[0][1] == "1 cells, where there are 2 columns: each row has one for each column"
    assert found[1][1].startswith("a quote inside a cell that is not quoted")
    assert found[3] == (8, {"a": "6", "b": "7"})


def test_another_delimiter_than_the_usual_one_is_asked_for_or_told_by_the_first_line(tmp_path: Path) -> None:
    told = "the first row is one cell; cells are separated by commas here, not by semicolons: `delimiter` tells another"
    assert table(tmp_path, "a;b\n1;2\n") == [(1, told)]
    assert table(tmp_path, "a;b\n1;2\n", FileForm(dialect=Dialect(","))) == [(2, {"a;b": "1;2"})]
    assert table(tmp_path, "sep=;\na;b\n1;2\n") == [(3, {"a": "1", "b": "2"})]


def test_an_empty_table_is_told(tmp_path: Path) -> None:
    assert table(tmp_path, "") == [(1, "the file is empty; its first row is to name the columns")]
    assert table(tmp_path, "a,b\n") == []
    assert table(tmp_path, "", FileForm(header=False, columns=("a",))) == []


# Every format

TEXTS: dict[FormName, str] = {
    "csv": "name,words\nBø,“å”\n",
    "tsv": "name\twords\nBø\t“å”\n",
    "ndjson": '{"name": "Bø", "words": "“å”"}\n',
    "json": '{"data": {"items": [{"name": "Bø", "words": "“å”"}]}}',
    "yaml": "data:\n  items:\n  - name: Bø\n    words: “å”\n",
    "markdown": "---\nname: Bø\nwords: “å”\n---\n\ntext\n",
}
STATED = [None, "utf-16-le", "utf-32-be", "gb18030"]


@pytest.mark.parametrize("form", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-32-be", "gb18030"])
def test_every_format_is_read_in_every_encoding_and_packing(tmp_path: Path, form: FormName, encoding: str) -> None:
    data = TEXTS[form].encode(encoding)
    stated = encoding if encoding in STATED else None
    records_at = "data.items" if form in ("json", "yaml") else None
    for name, content in (("a.txt", data), ("a.txt.gz", gzip.compress(data)), ("a.txt.bz2", bz2.compress(data))):
        (tmp_path / name).write_bytes(content)
        [(line, values)] = records(tmp_path / name, FileForm(form, Dialect(encoding=stated), records=records_at))
        assert (values["name"], values["words"]) == ("Bø", "“å”")
        assert line == {"csv": 2, "tsv": 2, "yaml": 3}.get(form, 1)


@pytest.mark.parametrize("form", TEXTS)
def test_bytes_outside_a_stated_encoding_are_told(tmp_path: Path, form: FormName) -> None:
    (tmp_path / "a").write_bytes(TEXTS[form].encode("utf-8").replace("“".encode(), b"\x81"))
    [(_, told)] = records(tmp_path / "a", FileForm(form, Dialect(encoding="cp1252"), records="data.items"))
    assert "bytes that are not" in told


def test_the_name_tells_the_format_where_none_is_stated(tmp_path: Path) -> None:
    for name, text in (("a.JSON", '{"a": 1}'), ("a.geojson", '{"a": 1}'), ("a.jsonl", '{"a": 1}\n')):
        assert table(tmp_path, text, name=name) == [(1, {"a": 1})]
    assert table(tmp_path, "---\na: 1\n---\n", name="a.md") == [(1, {"a": "1", "body": ""})]
    [(line, told)] = table(tmp_path, "a", name="a.what")
    assert (line, told) == (1, "nothing tells how this file is written; state its `format`: " + told.split("`: ")[1])
    assert "csv" in told
    assert "ndjson" in told


def test_rejected_rows_are_ndjson_whatever_is_stated(tmp_path: Path) -> None:
    form = FileForm("csv", Dialect(";"), records="data")
    assert table(tmp_path, '{"a": "1"}\n', form, "a.csv.rejected.ndjson") == [(1, {"a": "1"})]


def test_values_that_are_no_objects_are_told(tmp_path: Path) -> None:
    told = "a record is to be an object, with names and values"
    assert table(tmp_path, '1\n{"a": 2}\n', name="a.ndjson") == [(1, told), (2, {"a": 2})]
    assert table(tmp_path, "- a\n- b: c\n", name="a.yaml") == [(1, told), (2, {"b": "c"})]


# Markdown


def test_front_matter_gives_the_members_and_the_text(tmp_path: Path) -> None:
    text = "---\r\ntitle: A day\r\ntags: [a, b]\r\n---\r\n\r\nOne.\r\n---\r\nTwo.\r\n"
    assert table(tmp_path, text, name="a.md") == [
        (1, {"title": "A day", "tags": ["a", "b"], "body": "One.\r\n---\r\nTwo."})
    ]


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("# Words\n", 1, "the file has no front matter: it is to begin with a line ---"),
        ("---\na: 1\n", 1, "the file has no front matter"),
        ("---\na: 1\nb: [\n---\n", 4, "broken YAML"),
        ("---\n- a\n---\n", 2, "the front matter is to be a mapping"),
        ("---\nbody: x\n---\n", 2, "body is the text behind the front matter"),
    ],
)
def test_front_matter_that_is_none_is_told(tmp_path: Path, text: str, line: int, told: str) -> None:
    [(found, said)] = table(tmp_path, text, name="a.md")
    assert (found, said[: len(told)]) == (line, told)


# Web pages


def test_the_linked_data_of_a_page_gives_records(tmp_path: Path) -> None:
    script = '<script type="application/ld+json">{}</script>\n'
    parts = (
        '[{"@type": "Quotation", "text": "a"}, 3]',
        '{"@graph": [{"text": "b"}, {"text": "c"}]}',
        '{"x": 1, "x": 2}',
    )
    page = f"<!DOCTYPE html>\n<html><body>{''.join(map(script.format, parts))}</body></html>"
    (_, first), (_, second), (_, third), (_, broken) = table(tmp_path, page, name="a.html")
    assert first == {"@type": "Quotation", "text": "a"}
    assert second == "a record is to be an object, with names and values"
    assert list(third) == ["@graph"]
    assert broken.startswith("the key 'x' stands twice")
    found = table(tmp_path, page, FileForm(records="@graph"), "a.html")
    assert [values for _, values in found if isinstance(values, dict)] == [{"text": "b"}, {"text": "c"}]
    assert table(tmp_path, "<html><p>x</p></html>", name="a.html") == [(1, "the page holds no linked data (JSON-LD)")]
    [(_, told)] = table(tmp_path, page, FileForm(records="items"), "a.html")[-1:]
    assert told.startswith("records: items: ")


# Memory


@pytest.mark.parametrize("form", ["csv", "ndjson", "json"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_memory_does_not_grow_with_the_file(
    tmp_path: Path, form: FormName, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (encodings, json_stream):
        monkeypatch.setattr(module, "CHUNK", 2**14)
    row = {"csv": f"{'x' * 100}\n", "ndjson": json.dumps({"a": "x" * 100}) + "\n", "json": f'{{"a": "{"x" * 100}"}},'}
    begin, end = {"csv": ("a\n", ""), "ndjson": ("", ""), "json": ("[", "{}]")}[form]
    (tmp_path / "a").write_bytes((begin + row[form] * 20_000 + end).encode(encoding))
    records(tmp_path / "a", FileForm(form, records="x"))  # what is made once
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_records(tmp_path / "a", FileForm(form))) >= 20_000
        assert tracemalloc.get_traced_memory()[1] < 2**19  # of 2 MB and more
    finally:
        tracemalloc.stop()
