"""Files that are damaged anywhere give their good records, or faults: never an error of ours."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import BadImport
from app.store.imports.readers.archives import is_archive, members_of
from app.store.imports.readers.file_form import FileForm
from app.store.imports.readers.located import BadFile, Record
from app.store.imports.readers.records import read_records
from tests.store.books import book, number, row, styled, text


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def parts_of_a_workbook(folder: Path) -> dict[str, bytes]:
    rows = row(1, text("A1", "a")) + row(2, number("A2", 45393, styled("yyyy-mm"))) + row(3, '<c t="s"><v>0</v></c>')
    with zipfile.ZipFile(book(folder / "whole.xlsx", {"S": rows}, ["<t>one</t>"])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


FILES = {
    "a.csv": b'a,b\n"x ""y""",1\n\xc3\xa9,"2\n3"\n',
    "a.csv.gz": gzip.compress(b"a,b\n1,2\n", mtime=0),
    "b.csv": "a,b\n1,å\n".encode("utf-16"),
    "a.ndjson": b'{"a": 1}\n{"b": "\xc3\xa9"}\n',
    "a.json": b'{"data": [{"a": "x\\n", "b": [1.5, null]},\n{"a": "\xc3\xa9"}]}',
    "a.yaml": b"data:\n- a: b\n  c: [1, {d: e}]\n",
    "a.md": b"---\na: b\nc: [d]\n---\ntext\n",
    "a.zip": zipped({"a/b.csv": b"a,b\n1,2\n", "c.json": b'[{"a": 1}]'}),
}
damages = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), st.binary(max_size=4)), min_size=1, max_size=3)


def damaged(data: bytes, damage: list[tuple[float, int, bytes]]) -> bytes:
    """The data with some bytes replaced. damage: where, how many, by what."""
    for where, left_out, put_in in damage:
        at = int(where * len(data))
        data = data[:at] + put_in + data[at + left_out :]
    return data


def read(file: Path) -> None:
    try:
        for path in members_of(file) if is_archive(file) else [file]:
            form = FileForm(records="data" if path.name in ("a.json", "a.yaml") else None)
            assert all(isinstance(one, Record | BadFile) for one in read_records(path, form))
    except BadImport:
        assert is_archive(file)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=40)
@given(damage=damages)
def test_a_damaged_file_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory, name: str, damage: list[tuple[float, int, bytes]]
) -> None:
    file = tmp_path_factory.mktemp("damaged") / name
    file.write_bytes(damaged(FILES[name], damage))
    read(file)


def of_whole(parts: dict[str, bytes], damage: list[tuple[float, int, bytes]], _number: int) -> bytes:
    return damaged(zipped(parts), damage)


def of_a_part(parts: dict[str, bytes], damage: list[tuple[float, int, bytes]], part: int) -> bytes:
    name = list(parts)[part % len(parts)]
    return zipped({**parts, name: damaged(parts[name], damage)})


@pytest.mark.parametrize("make", [of_whole, of_a_part])
@settings(max_examples=60)
@given(damage=damages, part=st.integers(0, 9))
def test_a_damaged_workbook_is_read_or_told(
    tmp_path_factory: pytest.TempPathFactory,
    make: Callable[[dict[str, bytes], list[tuple[float, int, bytes]], int], bytes],
    damage: list[tuple[float, int, bytes]],
    part: int,
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    file = folder / "a.xlsx"
    file.write_bytes(make(parts_of_a_workbook(folder), damage, part))
    read(file)
