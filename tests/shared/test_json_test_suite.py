"""Every file of JSONTestSuite is read right, or refused with line and column."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.store.imports.readers.json_text import read_json
from app.store.imports.readers.located import BadFile

SUITE = Path(__file__).parents[3] / "shared" / "data" / "json_test_suite"

pytestmark = pytest.mark.skipif(not SUITE.is_dir(), reason=f"the suite is not at {SUITE}")

FILES = sorted(SUITE.glob("test_*/*.json"))

# Keys that stand twice: JSON leaves open what they mean, and here no value may be lost.
DOUBLED = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}


def named(*starts: str) -> pytest.MarkDecorator:
    """Each file whose name starts so."""
    files = [file for file in FILES if file.name.startswith(starts)]
    return pytest.mark.parametrize("file", files, ids=[file.name for file in files])


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


@named("y_")
def test_what_is_json_is_read_right(file: Path) -> None:
    if file.name in DOUBLED:
        with pytest.raises(BadFile, match="stands twice, at column"):
            read(file)
        return
    expected = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    assert same(read(file), expected)


@named("n_")
def test_what_is_no_json_is_refused_with_its_place(file: Path) -> None:
    with pytest.raises((BadFile, UnicodeDecodeError)) as caught:
        read(file)
    if isinstance(caught.value, BadFile):
        assert re.search(r"at column [0-9]+|the string that begins at column|the file is empty", str(caught.value))
        assert 1 <= caught.value.line <= file.read_bytes().count(b"\n") + 1


@named("i_", "number_", "object_", "string_")
def test_what_is_open_is_read_or_refused(file: Path) -> None:
    try:
        value = read(file)
    except (BadFile, UnicodeDecodeError):
        return
    assert same(value, json.loads(file.read_text(encoding="utf-8-sig"), parse_float=Decimal))


def test_the_suite_is_all_there() -> None:
    assert len(FILES) == 340
