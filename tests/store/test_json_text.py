"""JSON and NDJSON texts are read exactly, or refused with the place."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.store.imports.readers import json_text
from app.store.imports.readers.json_text import read_json, read_json_line, read_ndjson
from app.store.imports.readers.located import BadFile

scalars = st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False)
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


def written(value: Any, random: Random) -> str:
    """The JSON of a value with blanks of all kinds between its parts, and escapes or none in its texts."""

    def blank() -> str:
        return random.choice(["", "", " ", "\n", "\r\n", "\t\n "])

    def write(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ",".join(f"{blank()}{write(k)}{blank()}:{blank()}{write(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ",".join(blank() + write(one) + blank() for one in value) + "]"
        if isinstance(value, Decimal):
            return f"{value:f}" if random.random() < 0.5 and "." in f"{value:f}" else f"{value:e}"
        return json.dumps(value, ensure_ascii=random.random() < 0.5)

    return blank() + write(value) + blank()


def lines_of(text: str) -> dict[tuple[str | int, ...], int]:
    """The line of each part, found another way: by reading character after character."""
    found: dict[tuple[str | int, ...], int] = {}
    at = 0

    def blanks() -> int:
        nonlocal at
        while text[at : at + 1] in tuple(" \t\r\n"):
            at += 1
        return text[:at].count("\n") + 1

    def string() -> str:
        nonlocal at
        begin = at
        at += 1
        while text[at] != '"':
            at += 2 if text[at] == "\\" else 1
        at += 1
        return str(json.loads(text[begin:at]))

    def part(path: tuple[str | int, ...]) -> None:
        nonlocal at
        line = blanks()
        found.setdefault(path, line)
        if text[at] == '"':
            string()
        elif text[at] in "[{":
            closing = {"[": "]", "{": "}"}[text[at]]
            at += 1
            for n in range(len(text)):
                line = blanks()
                if text[at] == closing:
                    break
                step: str | int = n
                if closing == "}":
                    step = string()
                    blanks()
                    at += 1
                found[(*path, step)] = line
                part((*path, step))
                blanks()
                at += text[at] == ","
            at += 1
        else:
            while text[at : at + 1] and text[at] not in " \t\r\n,]}":
                at += 1

    part(())
    return found


@given(values, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_any_value_is_read_as_it_was_written(value: Any, random: Random) -> None:
    assert exact(read_json(written(value, random)).value) == exact(value)


def exact(value: Any) -> Any:
    """The value, with each number by its type and digits."""
    if isinstance(value, dict):
        return {name: exact(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [exact(inner) for inner in value]
    if isinstance(value, Decimal):
        return ("decimal", value, value.as_tuple().digits[-1] if value else 0)
    return (type(value).__name__, value)


@given(values, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_each_part_is_known_by_its_line(value: Any, random: Random) -> None:
    text = written(value, random)
    located = read_json(text)
    assert dict(located.lines) == lines_of(text)
    for path in lines_of(text):
        assert located.line((*path, "no such part", 0)) == located.line(path)


def test_a_part_deep_in_a_file_is_found() -> None:
    claims = [{"key": f"k{n}", "figures": [{"metric": "staff", "value": n, "unit": "count"}]} for n in range(50)]
    located = read_json(json.dumps({"source": {"key": "s", "authors": ["A"]}, "claims": claims}, indent=1))
    lines = json.dumps({"source": {"key": "s", "authors": ["A"]}, "claims": claims}, indent=1).splitlines()
    assert lines[located.line(("claims", 33, "figures", 0, "value")) - 1].strip() == '"value": 33,'
    assert lines[located.line(("claims", 33, "key")) - 1].strip() == '"key": "k33",'
    assert lines[located.line(("source", "authors")) - 1].strip() == '"authors": ['
    assert located.line(("claims", 33, "quote")) == located.line(("claims", 33))
    assert located.line(("claims", 99)) == located.line(("claims",))
    assert located.line(("speakers", 0)) == located.line(()) == 1
    assert ("claims", 3, "figures", 0, "unit") in located.lines
    assert ("claims", 3, "figures", 1) not in located.lines


@pytest.mark.parametrize("digits", ["1.50", "1.0", "0.1", "1e5", "1E-30", "-0.00", "1." + "3" * 200, "1e400"])
def test_decimals_keep_their_digits(digits: str) -> None:
    value = read_json(f"[{digits}]").value[0]
    assert isinstance(value, Decimal)
    assert value.as_tuple() == Decimal(digits).as_tuple()


def test_integers_of_any_length_are_exact() -> None:
    assert read_json("123456789012345678901234567890").value == 123456789012345678901234567890
    million = read_json("-1" + "0" * 1_000_000).value
    assert isinstance(million, Decimal)
    assert million.as_tuple().digits[:3] == (1, 0, 0)
    assert len(million.as_tuple().digits) == 1_000_001


# a text, the line, and what is said
BROKEN = [
    ("", 1, "the file is empty"),
    (" \n ", 1, "the file is empty"),
    ("[1,]", 1, "broken JSON: a value is expected at column 4; ']' stands there"),
    ("[1,\n  ,2]", 2, "broken JSON: a value is expected at column 3; ',' stands there"),
    ('{"a": 1,}', 1, "broken JSON: a name in double quotes is expected at column 9; '}' stands there"),
    ("{a: 1}", 1, "broken JSON: a name in double quotes is expected at column 2; 'a' stands there"),
    ("{'a': 1}", 1, 'broken JSON: a name in double quotes is expected at column 2; "\'" stands there'),
    ('{"a" 1}', 1, "broken JSON: a colon is expected at column 6; '1' stands there"),
    ("[1 2]", 1, "broken JSON: a comma or the closing bracket is expected at column 4; '2' stands there"),
    ('{"a": 1\r\n "b": 2}', 2, "a comma or the closing bracket is expected at column 2; '\"' stands there"),
    ('{"a": 1\r "b": 2}', 2, "a comma or the closing bracket is expected at column 2; '\"' stands there"),
    ("[1,\n\n", 3, "broken JSON: a value is expected at column 1; the text ends there"),
    ('\n["abc', 2, "broken JSON: the string that begins at column 2 is not closed"),
    ('["a\nb"]', 1, "a line break or another control character in a string is to be escaped at column 4; '\\n'"),
    (r'["\x"]', 1, r'broken JSON: one of " \ / b f n r t u is expected after \ at column 3'),
    (r'["\u12"]', 1, r"broken JSON: four hexadecimal digits are expected after \u at column 4"),
    ("[1]\n x", 2, "broken JSON: the end is expected after the one value at column 2; 'x' stands there"),
    ("{}{}", 1, "the end is expected after the one value at column 3; '{' stands there"),
    ("[01]", 1, "a comma or the closing bracket is expected at column 3; '1' stands there"),
    ("[1.]", 1, "a comma or the closing bracket is expected at column 3; '.' stands there"),
    ("\x00", 1, r"a value is expected at column 1; '\x00' stands there"),
    ('{"a":\n NaN}', 2, "NaN is no JSON; write null where a number is unknown, at column 2"),
    ('{"a": 1e10001}', 1, "the exponent of this number is out of range, at column 7"),
    ('["NaN", -Infinity]', 1, "-Infinity is no JSON; write null where a number is unknown, at column 9"),
    ("[1, 1e99999999999999999999]", 1, "the exponent of this number is out of range, at column 5"),
    ("[" * 41 + "]" * 41, 1, "nested more than 40 deep, at column 41"),
    ("[[],\n" + '{"a":' * 40 + "1" + "}" * 40 + "]", 2, "nested more than 40 deep, at column 196"),
    ("[" * 100_000, 1, "nested more than 40 deep, at column 41"),
    ('{"a":' * 100_000, 1, "nested more than 40 deep, at column 201"),
]


@pytest.mark.parametrize(("text", "line", "said"), BROKEN, ids=[text[:12] for text, _, _ in BROKEN])
def test_a_broken_text_is_refused_with_its_place(text: str, line: int, said: str) -> None:
    with pytest.raises(BadFile) as caught:
        read_json(text)
    assert caught.value.line == line
    assert said in str(caught.value)


def test_forty_deep_is_read() -> None:
    assert read_json("[" * 40 + "]" * 40).value


DOUBLED = [
    ('{"a": 1, "a": 1}', 1, "'a' stands twice, at column 10", ("a",)),
    ('{"claims": [{},\n{"key": "k",\n "key" : "k"}]}', 3, "'key' stands twice, at column 2", ("claims", 1, "key")),
    (r'{"a": 1, "\u0061": 2}', 1, "'a' stands twice, at column 10", ("a",)),
    ('{"": 1, "": 2}', 1, "'' stands twice, at column 9", ("",)),
    ('[{"x": "\\":"}, {"b": {"c": []}, "c": "{", "b":2}]', 1, "'b' stands twice, at column 43", (1, "b")),
    (r'{"\ud800": 1, "\ud800": 2}', 1, r"'\ud800' stands twice, at column 15", (r"\ud800",)),
]


@pytest.mark.parametrize(("text", "line", "said", "path"), DOUBLED)
def test_a_key_that_stands_twice_is_refused(text: str, line: int, said: str, path: tuple[str | int, ...]) -> None:
    with pytest.raises(BadFile) as caught:
        read_json(text)
    assert said in str(caught.value)
    assert (caught.value.line, caught.value.path) == (line, path)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "a:", '"', "\\", ' :"']), st.integers())))
@settings(max_examples=60)
@example([("a", 1), ("a", 2)])
def test_no_key_is_ever_lost(pairs: list[tuple[str, Any]]) -> None:
    text = "{" + ",".join(f"{json.dumps(name)}: {json.dumps(value, default=str)}" for name, value in pairs) + "}"
    if len(dict(pairs)) == len(pairs):
        assert len(read_json(text).value) == len(pairs)
    else:
        with pytest.raises(BadFile, match="stands twice"):
            read_json(text)


def test_a_byte_order_mark_is_understood() -> None:
    assert read_json('\ufeff{"a": 1}').value == {"a": 1}
    assert list(read_ndjson(io.BytesIO(b'\xef\xbb\xbf{"a": 1}\n'))) == [(1, {"a": 1})]


def test_lone_surrogates_are_left_to_the_checks() -> None:
    assert read_json(r'["\ud800", "\ud83d\ude00"]').value == ["\ud800", "😀"]


def items(text: bytes) -> list[tuple[int, Any]]:
    """The lines of an NDJSON text, those that are broken with what is said of them."""
    return [(item.line, str(item)) if isinstance(item, BadFile) else item for item in read_ndjson(io.BytesIO(text))]


def test_lines_are_read_one_by_one() -> None:
    assert items(b'{"a": 1.50}\n\n  \r\n[2]\r\n3') == [(1, {"a": Decimal("1.50")}), (4, [2]), (5, 3)]
    assert items(b"") == []


def test_after_a_broken_line_reading_goes_on() -> None:
    broken = "broken JSON: a value is expected at column 2; the text ends there"
    assert items(b"1\n[\n2\n\n{]\n3\n")[1] == (2, broken)
    assert [item[0] for item in items(b"1\n[\n2\n\n{]\n3\n")] == [1, 2, 3, 5, 6]


SAVE = "save the file as UTF-8"


def test_a_line_that_is_not_utf8_tells_the_byte() -> None:
    assert items(b'1\n["\xc3\xa9\xff"]\n3') == [
        (1, 1),
        (2, "byte 5 of the line is not UTF-8: 0xFF would be 'ÿ' in Windows-1252 (cp1252), as in '[\"Ã©ÿ\"]'; " + SAVE),
        (3, 3),
    ]


def test_a_fault_in_a_line_tells_the_lines_number_and_path() -> None:
    with pytest.raises(BadFile, match="'a' stands twice, at column 15") as caught:
        read_json_line(b'{"b": [{"a":1,"a":1}]}', 7)
    assert (caught.value.line, caught.value.path) == (7, ("b", 0, "a"))


def test_a_line_without_end_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "MAX_LINE", 100_000)

    class Lines(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            assert size in range(1, 100_002)
            return super().readline(size)

    whole = b'"%s"\n' % (b"x" * 99_997)
    long, good, short = read_ndjson(Lines(b"x" * 1_000_000 + b"\n" + whole + b"1"))
    assert isinstance(long, BadFile)
    told = "too large: a line of over 100,000 bytes, the most of one; give each record its own line"
    assert (long.line, str(long)) == (1, told)
    assert long.text == "x" * 1000 + "… (not kept whole, being too large: it stands in the file, line 1)"
    assert good == (2, "x" * 99_997)
    assert short == (3, 1)


def test_what_is_wrong_with_the_stream_is_the_last_fault() -> None:
    class Broken(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size)
            if not line:
                raise BadFile("the archive is broken", 1)
            return line

    found: Iterator[Any] = read_ndjson(Broken(b"1\n2\n"))
    assert next(found) == (1, 1)
    assert next(found) == (2, 2)
    fault = next(found)
    assert isinstance(fault, BadFile)
    assert (fault.line, str(fault)) == (3, "the archive is broken")
    assert next(found, None) is None
