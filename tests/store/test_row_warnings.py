"""Warnings of rows are the same by each way in: a whole record as JSON, and the part of one that a change names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.store.imports.check_rows import check_row
from app.store.imports.row_warnings import warnings_of, warnings_of_part
from app.store.records.document import encode

Doc = dict[str, Any]

HYPHENS = "-\u2010\u2011\u00ad\u00ac\u05be\u1400\u2e40\uff0d"
HIDDEN = "\u200b\u200d\ufeff\u0640"
BLANKS = " \n\r\f\t\v\x1c\x85\u00a0\u2028"
TEXTS = st.lists(
    st.sampled_from(("a", "\u05db\u05dc", "und", *HYPHENS, *HIDDEN, *BLANKS, *'"\\;|],\x00\u202e\x7f'))
    | st.sampled_from(("NaN", "n/a", "Unknown", "-", "2021-22")),
    max_size=8,
).map("".join)  # fmt: skip
NAMED = st.fixed_dictionaries(
    {}, optional={"key": TEXTS, "name": TEXTS, "kind": st.sampled_from(("person", "group", None))}
)
RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "key": TEXTS, "name": TEXTS, "quote": TEXTS, "venue": TEXTS, "speaker": NAMED,
        "topics": st.lists(TEXTS, max_size=3), "aliases": st.lists(TEXTS, max_size=3),
        "roles": st.lists(st.fixed_dictionaries({"organization": TEXTS | NAMED}), max_size=2),
        "said_on": st.fixed_dictionaries({"edtf": st.sampled_from(("2021-22", "2021-12", "../2021-23"))}),
    },
)  # fmt: skip


@given(RECORDS)
@example({"quote": "\u05db\u05dc\u05be\n\u05d4\u05e2\u05d5\u05dc\u05dd"})
@example({"quote": "\u00e9nerg\u00e9-\u200b\ntique"})
@example({"quote": "infra-\x1c\u2028structure"})
@example({"key": 'a"b '})
@example({"name": 'a" b; c'})
@example({"topics": ['a"]b', "c; d"]})
@example({"topics": ["NaN"]})
@example({"name": " n/a\t"})
@example({"roles": [{"organization": "unknown"}]})
def test_a_record_and_a_part_of_one_have_the_same_warnings(record: Doc) -> None:
    assert set(warnings_of(encode(record))) == set(warnings_of_part(record))


ODD = [
    ("FranÃ§ois was here", "'FranÃ§ois', which looks like UTF-8"),
    ("he said â€œnoâ€\x9d", "'â€œnoâ€\\x9d', which looks like UTF-8"),
    ("5 Â£ a day", "'Â£', which looks like UTF-8"),
    ("na\ufffdve", "holds U+FFFD, in place of a character that could not be read: 'na\ufffdve'"),
    ("a \x92quote\x92", "holds U+0092 control character"),
    ("\u202eback", "holds U+202E RIGHT-TO-LEFT OVERRIDE"),
    ("left\u200e", "holds U+200E LEFT-TO-RIGHT MARK"),
]
RIGHT = [
    "“Größe”, l’été à Ânes; São Paulo’s ‘ção’ – café” … Å", "ﬁne ﬀ ＡＢＣ ½ № «мир»",
    "\u05e9\u05dc\u05d5\u05dd\u200f 5",
    "Ã la carte", "naïve Ð ð þ", "日本語", "e\u0301te\u0301",
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), ODD)
def test_what_is_left_of_another_encoding_is_warned_of(text: str, told: str) -> None:
    (warning,) = warnings_of(encode({"quote": text, "citations": [{"source": {"title": "T", "text": text}}]}))
    assert (warning.field, warning.code, told in warning.detail) == ("quote", "odd-characters", True)


@pytest.mark.parametrize("text", RIGHT)
def test_letters_and_typography_of_any_script_are_not_odd(text: str) -> None:
    assert warnings_of(encode({"quote": text, "venue": text})) == ()


@pytest.mark.parametrize("known", [{"kind": "person"}, {"kind": "organization"}, {"identifiers": {"wikidata": "Q1"}}])
@pytest.mark.parametrize(("name", "is_name"), [("Na", True), ("Anonymous", True), ("n/a", False), ("?", False)])
def test_a_word_is_the_name_of_somebody_where_more_is_said(known: Doc, name: str, is_name: bool) -> None:
    def codes(speaker: Doc) -> list[str]:
        return [
            one.code
            for given in (speaker, {"speaker": speaker})
            for one in warnings_of(json.dumps(given, separators=(",", ":")))
        ]

    assert codes({"name": name}) == ["nobody"] * 2
    assert codes({"name": name, **known}) == ([] if is_name else ["nobody"] * 2)
    assert codes({"name": name, "kind": "group"}) == []


@pytest.mark.parametrize(
    "text", ["pre-\nand post-war", "Ein-\nund Ausfuhr", "sous-\net surestimer", "PRE-\nOR POST-WAR"]
)
def test_a_hyphen_for_the_rest_of_a_word_breaks_none(text: str) -> None:
    assert warnings_of_part({"quote": text}) == ()


def test_a_broken_word_is_told_with_its_three_readings() -> None:
    [told] = warnings_of_part({"quote": "thous\u00ad\nand pre- \nwar"})
    assert "write thousand, or thous-and if the hyphen is its own, or thous- and if it stands for" in told.detail


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("https:www.a.example", "looks like an address, and is a broken one"),
        (" WWW.a.example/x ", "looks like an address, and is a broken one"),
        ("https://a.example/x", "is an address"),
        ("https", None),
        ("http: a protocol", None),
        ("Www Association", None),
    ],
)
def test_an_address_in_the_place_of_a_name_is_told(name: str, told: str | None) -> None:
    claim = {
        "quote": "w",
        "assessments": [{"publisher": name, "rating": "True"}],
        "source": {"url": "https://a.example"},
    }
    checked = check_row("claims", claim)
    assert [(one.field, told in one.detail if told else "") for one in checked.warnings] == (
        [("assessments.0.publisher", True)] if told else []
    )
