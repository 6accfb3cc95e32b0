"""JSON and YAML files of any size give their records one by one, from where a path says."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store.imports.readers import json_stream
from app.store.imports.readers.json_records import read_document, read_json_records
from app.store.imports.readers.json_text import read_json
from app.store.imports.readers.located import BadFile, Record
from app.store.imports.readers.yaml_nodes import read_yaml

sizes = pytest.mark.parametrize("size", [1, 7, 2**20])


def told(found: Iterator[Record | BadFile]) -> list[Any]:
    """Line and values of each record, faults as their line and what is said."""
    return [(one.line, str(one)) if isinstance(one, BadFile) else one[:2] for one in found]


def records(text: str | bytes, path: str | None = None) -> list[Any]:
    data = text if isinstance(text, bytes) else text.encode()
    return told(read_json_records(io.BytesIO(data), path))


def whole(text: str, path: str | None = None) -> list[Any]:
    """The same of a document that is read whole."""
    try:
        return told(read_document(read_json(text), path))
    except BadFile as error:
        return [(error.line, str(error))]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts | st.text(st.sampled_from('"\\[]{}, '), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(texts, values, max_size=3)


@sizes
@given(
    listed=st.lists(objects, max_size=4),
    around=st.dictionaries(texts, values, max_size=3),
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 1]),
)
def test_a_list_at_a_path_is_read_as_the_standard_library_reads_it(
    size: int, listed: list[Any], around: dict[str, Any], ascii_only: bool, indent: int | None
) -> None:
    document = {**around, "data": {**around, "items": listed}, "after": around}
    text = json.dumps(document, ensure_ascii=ascii_only, indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "CHUNK", size)
        patch.setattr(json_stream, "MAX_SKIPPED", size)  # what is passed over is read by its parts
        found = records(text, "data.items")
    assert [one for _, one in found] == listed
    assert found == whole(text, "data.items")


@sizes
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_record_tells_the_line_on_which_it_begins(size: int, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "CHUNK", size)
    text = '{"skipped":\n[1,\n2],\n"data": [\n\n{"a":\n1}, {"a": 2},\n{"a": 3}]}'.replace("\n", end)
    assert records(text, "data") == [(6, {"a": 1}), (7, {"a": 2}), (8, {"a": 3})]


def test_numbers_are_exact() -> None:
    [(_, found)] = records('{"a": 0.1000000000000000055, "b": 123456789012345678901234567890, "c": 1.50}')
    assert found["a"] == Decimal("0.1000000000000000055")
    assert found["b"] == 123456789012345678901234567890
    assert str(found["c"]) == "1.50"


def test_paths_lead_through_members_elements_and_all_of_them() -> None:
    text = '{"pages": [{"items": [{"n": 1}]}, {"items": [{"n": 2}, {"n": 3}]}], "a.b": {"x": {"n": 4}, "y": {"n": 5}}}'
    for read in (records, whole):
        assert [one["n"] for _, one in read(text, "pages.1.items")] == [2, 3]
        assert [one["n"] for _, one in read(text, "pages.*.items")] == [1, 2, 3]
        assert [one for _, one in read(text, "/a.b/x")] == [{"n": 4}]
        assert [one for _, one in read(text, "/a.b/*")] == [{"*": "x", "n": 4}, {"*": "y", "n": 5}]


def test_a_path_that_leads_nowhere_tells_what_is_there() -> None:
    text = '{"meta": 1,\n"data": {"rows": [], "total": 0}}'
    for read in (records, whole):
        assert read(text, "items") == [(1, "records: items: the document has no 'items'; there is meta, data")]
        assert read(text, "data.items") == [(2, "records: data.items: data has no 'items'; there is rows, total")]
        assert read(text, "data.rows.0") == [(2, "records: data.rows.0: data.rows has no '0'; there is a list of 0")]
        assert read(text, "data.total.x")[0][1].endswith("there is neither list nor object")
        assert read(text, "data.rows") == []


BROKEN = {
    "": [(1, "the file is empty")],
    '[{"a": 1}, 3, {"a": 2}]': [
        (1, {"a": 1}), (1, "a record is to be an object, with names and values"), (1, {"a": 2}),
    ],
    '[{"a": 1},\n {"a": 1, "a": 2},\n{"a": 3}]': [
        (1, {"a": 1}), (2, "the key 'a' stands twice, at column 11"), (3, {"a": 3}),
    ],
    '[{"a": 1},\n {"a": NaN}, {"a": 3}]': [
        (1, {"a": 1}), (2, "NaN is no JSON; write null where a number is unknown, at column 8"), (2, {"a": 3}),
    ],
    '[{"a": 1}, {"a" 2}, {"a": 3}]': [
        (1, {"a": 1}),
        (1, "broken JSON: a colon is expected at column 17; '2' stands there"),
        (1, {"a": 3}),
    ],
    '[{"a": 1}\n{"a": 2}]': [
        (1, {"a": 1}), (2, "broken JSON: a comma or the closing bracket is expected at column 1; '{' stands there"),
    ],
    '[{"a": 1}, ]': [
        (1, {"a": 1}),
        (1, "broken JSON: no comma is expected before the closing bracket at column 12; ']' stands there"),
    ],
    '[{"a": 1}, {"a": ': [(1, {"a": 1}), (1, "broken JSON: a value is expected at column 18; the text ends there")],
    '[{"a": 1}': [
        (1, {"a": 1}), (1, "broken JSON: a comma or the closing bracket is expected at column 10; the text ends there"),
    ],
    '[{"a": 1}] x': [
        (1, {"a": 1}), (1, "broken JSON: the end is expected after the one value at column 12; 'x' stands there"),
    ],
    '{"a": 1}\n{"a": 2}': [
        (1, {"a": 1}),
        (2, "broken JSON: the end is expected after the one value at column 1; '{' stands there; where each line is an"
            " object, the format is ndjson"),
    ],
}  # fmt: skip


@sizes
@pytest.mark.parametrize("text", BROKEN)
def test_broken_json_is_told_with_its_place_and_what_can_be_read_is(
    text: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "CHUNK", size)
    assert records(text) == BROKEN[text]


def test_a_fault_of_a_record_has_what_stands_there() -> None:
    found = list(read_json_records(io.BytesIO(b'[{"a": "\xe9"}, {"a": 1,\n"a": 2}, {"a" 2}]'), None))
    texts = [one.text for one in found if isinstance(one, BadFile)]
    assert texts == ['{"a": "\\xe9"}', '{"a": 1,\n"a": 2}', '{"a" 2}']


def test_a_key_that_stands_twice_around_the_records_is_told() -> None:
    assert records('{"data": [{}],\n "data": []}', "data")[1:] == [(2, "the key 'data' stands twice, at column 2")]


def test_bytes_that_are_not_utf8_are_a_fault_of_their_record() -> None:
    (_, good), (line, fault), (_, other) = records(b'[{"a": 1},\n{"a": "caf\xe9"},\n{"a": 2}]')
    assert (good, other, line) == ({"a": 1}, {"a": 2}, 2)
    assert "byte 11 of the line is not UTF-8: 0xE9 would be 'é' in Windows-1252" in fault


def test_broken_parts_that_are_passed_over_are_told() -> None:
    assert records('{"meta": {"a": tru}, "data": []}', "data") == [
        (1, "broken JSON: a value is expected at column 16; 't' stands there")
    ]


TOO_LARGE = {
    "a list": "[" + "1," * 300 + "1]",
    "a text": json.dumps("x" * 300),
    "escapes at every place": json.dumps('\\"' * 300),
    "a number": "1" * 300,
    "texts in objects": json.dumps({"b": ['{["' * 100, "]}" * 100]}),
    "a key that stands twice": '{"b": 1, "b": "' + "x" * 300 + '"}',
}


@pytest.mark.parametrize("size", [10, 64])
@pytest.mark.parametrize("large", TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_record_that_is_too_large_is_told_and_not_held(
    large: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_stream, "MAX_VALUE", 100)
    monkeypatch.setattr(json_stream, "CHUNK", size)
    told = "too large: the value that begins at column 1 has over 100 characters, the most of one"
    assert records(f'[{{"a": 1}},\n{{"a": {large}}},\n{{"a": 2}}]') == [(1, {"a": 1}), (2, told), (3, {"a": 2})]
    assert records(f'[1,\n{large},\n{{"a": 2}}]')[1:] == [(2, told), (3, {"a": 2})]
    beside = records(f'{{"other": {large},\n"data": [{{"a": 2}}]}}', "data")
    assert beside == ([(1, "the key 'b' stands twice, at column 20")] if '"b": 1' in large else [(2, {"a": 2})])
    [(_, told_of_all)] = records(f'{{"data": [{large}]}}')
    assert told_of_all.endswith("where the records stand inside of it, `records` in the mapping names the way to them")


def test_of_a_record_that_is_too_large_the_beginning_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_VALUE", 5000)
    [_, fault] = read_json_records(io.BytesIO(b'[{"a": 1},\n  "\xe9' + b"x" * 6000 + b'"]'), None)
    assert isinstance(fault, BadFile)
    kept, _, note = fault.text.partition("…")
    assert kept == '"\\xe9' + "x" * 995
    assert note == " (not kept whole, being too large: it stands in the file, line 2, column 3)"


def test_what_is_passed_over_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "CHUNK", 2**14)
    monkeypatch.setattr(json_stream, "MAX_SKIPPED", 2**14)
    part = b'{"a": "%s"},' % (b"x" * 100) * 10_000
    (tmp_path / "a.json").write_bytes(b'{"other": [' + part + b'{}], "data": [' + b"{}]}")
    del part
    tracemalloc.start()
    try:
        with (tmp_path / "a.json").open("rb") as stream:
            number = sum(1 for _ in read_json_records(stream, "data"))
        assert tracemalloc.get_traced_memory()[1] < 2**19  # of 1.1 MB
    finally:
        tracemalloc.stop()
    assert number == 1


def test_yaml_is_read_by_a_path_too() -> None:
    text = "people:\n- name: Bo\n  on: 2024-04\n- name: 12:30\nSSAF:\n- n: 1.50\nHSAG:\n- n: 2\n"
    found = told(read_document(read_yaml(text), "people"))
    assert found == [(2, {"name": "Bo", "on": "2024-04"}), (4, {"name": "12:30"})]
    assert told(read_document(read_yaml("a: 1\n"), None)) == [(1, {"a": "1"})]
    assert [one for _, one in told(read_document(read_yaml("SSAF:\n- n: 1.50\nHSAG:\n- n: 2\n"), "*"))] == [
        {"*": "SSAF", "n": "1.50"}, {"*": "HSAG", "n": "2"}
    ]  # fmt: skip
