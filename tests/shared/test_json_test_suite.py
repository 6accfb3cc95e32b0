"""Every file of JSONTestSuite is read right, or refused with line and column."""

from __future__ import annotations

import codecs
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.store.imports.readers.json_records import read_json_records
from app.store.imports.readers.json_text import read_json
from app.store.imports.readers.located import BadFile, Record

SUITE = Path(__file__).parents[3] / "shared" / "data" / "json_test_suite"

pytestmark = pytest.mark.skipif(not SUITE.is_dir(), reason=f"the suite is not at {SUITE}")

FILES = sorted(SUITE.glob("test_*/*.json"))

# Keys that stand twice: JSON leaves open what they mean, and here no value may be lost.
DOUBLED = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}


def named(*starts: str) -> list[Path]:
    """The files whose name starts so."""
    return [file for file in FILES if file.name.startswith(starts)]


def read(file: Path) -> Any:
    """As an import reads it: bytes that are not UTF-8 are told by the one who opens the file."""
    return read_json(file.read_bytes().decode()).value


def same(one: Any, other: Any) -> bool:
    """Value by value, numbers by their digits."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one.as_tuple() == other.as_tuple()
    return type(one) is type(other) and bool(one == other)


def test_what_is_json_is_read_right() -> None:
    for file in named("y_"):
        if file.name in DOUBLED:
            with pytest.raises(BadFile, match="stands twice, at column"):
                read(file)
            continue
        expected = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
        assert same(read(file), expected), file.name


PLACE = re.compile(r"at column [0-9]+|the string that begins at column|the file is empty")


def test_what_is_no_json_is_refused_with_its_place() -> None:
    for file in named("n_"):
        with pytest.raises((BadFile, UnicodeDecodeError)) as caught:
            pytest.fail(f"{file.name} is read as {read(file)!r}")
        if isinstance(caught.value, BadFile):
            assert PLACE.search(str(caught.value)), file.name
            assert 1 <= caught.value.line <= file.read_bytes().count(b"\n") + 1, file.name


def test_what_is_open_is_read_or_refused() -> None:
    for file in named("i_", "number_", "object_", "string_"):
        try:
            value = read(file)
        except (BadFile, UnicodeDecodeError):
            continue
        expected = json.loads(file.read_text(encoding="utf-8-sig"), parse_float=Decimal)
        assert same(value, expected), file.name


def test_the_suite_is_all_there() -> None:
    assert len(FILES) == 340
    assert [len(named(one)) for one in ("y_", "n_", "i_", "number_", "object_", "string_")] == [95, 188, 35, 10, 5, 7]


def test_files_that_are_read_a_record_at_a_time_are_read_or_refused_alike() -> None:
    for file in FILES:
        data = file.read_bytes().removeprefix(codecs.BOM_UTF8)
        found = list(read_json_records(io.BytesIO(b'{"a": {"whole": ' + data + b"}}"), "a"))
        try:
            value = read(file)
        except (BadFile, UnicodeDecodeError):
            assert any(isinstance(one, BadFile) for one in found), file.name
            continue
        [record] = found
        assert isinstance(record, Record), file.name
        assert same(record.values, {"whole": value}), file.name
