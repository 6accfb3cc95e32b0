"""Looking for strings: the same places however often one has looked, by scanning or by the index of pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.text import haystack
from app.domain.text.haystack import Haystack
from app.domain.text.quote_matcher import SourceText


def places(text: str, string: str, low: int, high: int) -> list[int]:
    return [at for at in range(low, high - len(string) + 1) if text[at : at + len(string)] == string]


@pytest.fixture(autouse=True)
def _early(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is made after the first scan, for texts of any size."""
    monkeypatch.setattr(haystack, "_SCANS", 1)
    monkeypatch.setattr(haystack, "_NEAR", 0)


def asked_often(text: str) -> Haystack:
    hay = Haystack(text)
    for _ in range(3):
        for size in (20, 40):
            assert list(hay.starts("#" * size, 0, len(text))) == []
    return hay


@given(st.text("ab東", max_size=90), st.data())
def test_the_index_gives_what_a_scan_gives(text: str, data: st.DataObject) -> None:
    ends = st.integers(min_value=0, max_value=len(text))
    start, end = sorted((data.draw(ends), data.draw(ends)))
    low, high = sorted((data.draw(ends), data.draw(ends)))
    string = text[start:end] or "a"
    assert list(asked_often(text).starts(string, low, high)) == places(text, string, low, high)
    assert list(Haystack(text).starts(string, low, high)) == places(text, string, low, high)


@pytest.mark.parametrize("size", range(1, 60))
def test_a_string_of_any_size_is_found_wherever_it_stands(size: int) -> None:
    text = "".join(chr(0x4E00 + number) for number in range(120))
    hay = asked_often(text)
    for at in range(len(text) - size + 1):
        assert list(hay.starts(text[at : at + size], 0, len(text))) == [at]


def test_a_string_with_too_many_places_is_still_found() -> None:
    text = "ab" * 30_000
    assert len(list(asked_often(text).starts("ab" * 20, 0, len(text)))) == 30_000 - 19


def test_what_the_index_suggests_is_compared_in_full() -> None:
    text = "a common beginning, one end. a common beginning, other end."
    assert list(asked_often(text).starts("a common beginning, other end", 0, len(text))) == [29]
    assert list(asked_often(text).starts("a common beginning, third end", 0, len(text))) == []


# Words that stand again and again, with what a reading changes, so that places of all kinds are found
WORDS = st.sampled_from(["the", "harbour", "sea-\nwall", "“is”", "don’t", "10 km", "…", "cafe\u0301", "[sic]", "x"])


@given(st.lists(WORDS, min_size=5, max_size=60), st.data())
def test_quotes_are_found_by_the_index_where_scans_find_them(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(words) - 1)] * 2)))
    quote = " ".join(words[start : end + 1])
    other = data.draw(st.sampled_from([quote, quote.capitalize(), f"{words[start]} … {words[end]}", f"{quote} y."]))
    searched = SourceText(text)
    for _ in range(3):
        searched.locate("looked for until there is an index of the text")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(haystack, "_SCANS", 10**9)
        scanned = SourceText(text).locate(other)
    found = searched.locate(other)
    assert (found, found.differences) == (scanned, scanned.differences)
