"""Characters that a terminal would obey are shown instead."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.text.controls import obeyed_in, shown, shown_json


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain, “curly”, 日本 and 😀", "plain, “curly”, 日本 and 😀"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\nb\r\tc\x00\x7f\x9b2J", "a\\nb\\r\\tc\\x00\\x7f\\x9b2J"),
        ("txt.\u202eexe", "txt.\\u202eexe"),
        ("\u2066a\u2069\u200e\u200f\u061c", "\\u2066a\\u2069\\u200e\\u200f\\u061c"),
        ("a\u2028b\u2029", "a\\u2028b\\u2029"),
        ("bad\udcff.csv", "bad\\udcff.csv"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # a joiner spells words
    ],
)
def test_controls_and_marks_of_direction_are_escapes(text: str, seen: str) -> None:
    assert shown(text) == seen


@given(st.text())
def test_json_means_the_same_and_holds_nothing_that_is_obeyed(text: str) -> None:
    if text.isprintable():
        assert shown(text) == text
    said = shown_json(json.dumps(text, ensure_ascii=False))
    assert json.loads(said) == text
    assert shown(shown(text)) == shown(text)
    assert obeyed_in(said) == []


def test_what_would_be_obeyed_is_named_once() -> None:
    assert obeyed_in("a\u202eb\u202e\x1b") == ["U+202E RIGHT-TO-LEFT OVERRIDE", "U+001B control character"]
    assert obeyed_in("Ana Núñez") == []
