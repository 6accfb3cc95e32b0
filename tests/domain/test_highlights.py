from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.query.highlights import Highlighter, words_with_places
from app.domain.query.query_text import Word, parse_query, positive
from app.domain.text.lattice import lattice
from app.domain.text.stems import STEMMED
from app.domain.text.tokenizer import fold, tokens
from tests.characters import characters


def marked(text: str, q: str, language: str | None) -> str:
    found = parse_query(q)
    assert found
    for start, end in reversed(Highlighter(found).ranges(text, language)):
        text = f"{text[:start]}⟦{text[start:end]}⟧{text[end:]}"
    return text


@pytest.mark.parametrize(
    ("q", "language", "shown"),
    [
        ("recruit", "en", "They ⟦recruited⟧; a ⟦recruit⟧ is ⟦Recruiting⟧ recursively"),
        ("recruited", "en-GB", "a ⟦recruit⟧"),
        ("recruit", None, "They recruited a ⟦recruit⟧"),
        ("recruit", "ja", "They recruited a ⟦recruit⟧"),
        ("haus", "de", "⟦Häuser⟧ und ⟦HÄUSER⟧ und Hausa"),
        ("2020s", "en", "in the ⟦2020s⟧, not in 2020"),
        ('"recruit"', "en", "They recruited a ⟦recruit⟧"),
        ("recruit*", None, "⟦recruiters⟧ ⟦recruit⟧ a recruë"),
        ('"cyber defence"', "en", "⟦Cyber-defence⟧, cyber and defence; ⟦cyber\n “Défence⟧”; cyber defences"),
        ('"cyber def*"', "en", "⟦cyber defences⟧ cyber de; ⟦cyber def⟧ cyber"),
        ("it's", "en", "⟦It’s⟧ ⟦its⟧ ⟦it⟧ is"),
        ("Japan's", "en", "⟦Japan’s⟧, ⟦Japans⟧, ⟦Japan⟧, Japanese"),
        ("Japan's", None, "⟦Japan’s⟧, ⟦Japans⟧, ⟦Japan⟧, Japanese"),
        ('"Japan\'s"', "en", "⟦Japan’s⟧, ⟦Japans⟧, Japan"),
        ("Congress’s", "en", "⟦Congress⟧, ⟦Congress's⟧"),
        ("F-35", "en", "⟦F-35⟧, two ⟦F-35s⟧, ⟦F35s⟧, ⟦F-35’s⟧, ⟦f 35⟧, F-350, 35"),
        ("F-35s", "en", "⟦F-35⟧, two ⟦F-35s⟧, ⟦F35⟧"),
        ("F-35", "it", "⟦F-35⟧, two F-35s"),
        ('"F-35"', "en", "⟦F-35⟧, two F-35s"),
        ("policy-makers", "en", "a ⟦policy-maker⟧, a ⟦policymaker⟧, ⟦policy makers⟧, a policy maker"),
        ("dont", "en", "we ⟦don’t⟧ and ⟦don't⟧ and ⟦dont⟧, don t"),
        ("don't", None, "we ⟦don’t⟧ and ⟦don't⟧ and ⟦dont⟧, ⟦don t⟧"),
        ("homme", "fr", "L’⟦homme⟧ et l'⟦homme⟧"),
        ("Shimada", "en", "⟦Shimada’s⟧, ⟦Shimada⟧"),
        ("Shimada", None, "⟦Shimada⟧’s, ⟦Shimada⟧"),
        ("policymaker", "en", "⟦policy-makers⟧, policy makers"),
        ("1500", None, "⟦1,500⟧ ⟦1 500⟧ ⟦1 500⟧ ⟦1500⟧ ⟦１，５００⟧ ⟦1’500⟧, not 1, 500"),
        ("1,500", None, "⟦1,500⟧ ⟦1500⟧ ⟦1 500⟧ ⟦1, 500⟧ 15000"),
        ("1500", "de", "⟦1.500⟧ 1.500.000"),
        ("1500", "en", "1.500"),
        ("1 500", None, "⟦1500⟧ ⟦1,500⟧, ⟦1⟧ or ⟦500⟧"),
        ("US", None, "the ⟦U.S⟧. and the ⟦US⟧"),
        ("U.S.", None, "the ⟦U.S⟧. and the ⟦US⟧, ⟦u s⟧"),
        ('"the US army"', None, "⟦the U.S. Army⟧ the army"),
        ('"covid19 plan*"', None, "⟦COVID-19 plans⟧ covid 19 plans"),
        ("f35", None, "an F-35A? ⟦F–35⟧’s"),
        ('"f-35 a-b"', None, "⟦f35 ab⟧ ⟦f-35 a-b⟧ ⟦f35 a b⟧ f35 a"),
        ("пять", None, "⟦п’ять⟧"),
        ("etat", None, "l’⟦État⟧"),
        ("letat", None, "⟦l’État⟧"),
        ("عليه", "ar", "⟦علية⟧"),
        ('a "b c" OR d', None, "⟦a⟧ c b ⟦b c⟧ ⟦d⟧"),
        ("a -b", None, "⟦a⟧ b"),
        ("a -a", None, "⟦a⟧ b"),
        ("-b", None, "a b"),
        ("x", None, "a b"),
        ('"a b c" "c d" d', None, "⟦a b c d⟧ ⟦d⟧"),
        ('"a b c"', None, "a x c ⟦a b c⟧ a b"),
        ('"a a"', None, "⟦a a a⟧ b a"),
        ("東 京", None, "⟦東⟧⟦京⟧"),  # they touch
        ("東京", None, "⟦東京⟧都 東"),
        ("東京*", None, "⟦東京⟧都"),
        ("タワー", None, "東京⟦タワー⟧ ⟦ﾀﾜｰ⟧"),
        ("strasse", None, "Die ⟦Straße⟧, die ⟦STRASSE⟧"),
        ("fin", None, "⟦ﬁn⟧ ﬁnish"),
        ("fi*", None, "⟦ﬁn⟧ ⟦ﬁnish⟧ f"),
        ("cafe", None, "⟦café⟧ ⟦cafe\u0301⟧ ⟦ca\u00adfe\u0301⟧. caf"),
        ("1", None, "⟦1\ufe0f\u20e3⟧, ⟦１⟧, ⟦½⟧"),
        ("2024", None, "٢٠٢٣, ⟦٢٠٢٤⟧"),
        ("한국", None, "⟦한국⟧ ⟦\u1112\u1161\u11ab\u1100\u116e\u11a8⟧ 한국어"),
        ("ガス", None, "か⟦ｶﾞｽ⟧ ⟦カ\u3099ス⟧ カス"),
        ("അവൻ", "ml", "⟦അവൻ⟧ ⟦അവന്\u200d⟧ അവന്"),
        ("محمد", None, "⟦مُحَمَّـــد⟧ أحمد"),
        ("น้ำ", None, "ดื่ม⟦น้ำ⟧แข็ง"),
        ("株式", None, "⟦㍿⟧ x"),
        ("й", None, "⟦й⟧ ⟦и\u0306⟧ и"),
        ("ab", None, "… ß ⟦ＡＢ⟧"),
        ("война", "ru", "Это ⟦войны⟧, воина"),
    ],
)
def test_what_is_found_is_marked(q: str, language: str | None, shown: str) -> None:
    assert marked(shown.translate({ord("⟦"): None, ord("⟧"): None}), q, language) == shown


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", []),
        ("… !", []),
        (
            "It's 4,000",
            [("it", 0, 2), ("its", 0, 4), ("s", 3, 4), ("4", 5, 6), ("4000", 5, 10), ("000", 7, 10)],
        ),
        ("a ß-é", [("a", 0, 1), ("ss", 2, 3), ("sse", 2, 5), ("e", 4, 5)]),
        ("½x", [("1", 0, 1), ("2x", 0, 2)]),
        ("㍿", [("株", 0, 1), ("式", 0, 1), ("会", 0, 1), ("社", 0, 1)]),
        ("\ufeff\u200ba\u0301\u20e3!", [("a", 2, 5)]),
        ("ก\u0e33", [("ก\u0e4d", 0, 2), ("า", 0, 2)]),
        ("x" * 99 + "ßs", [("x" * 99 + "s", 0, 100), ("ss", 99, 101)]),
        ("ab" * 75, [("ab" * 50, 0, 100), ("ab" * 25, 100, 150)]),
    ],
)
def test_tokens_have_places(text: str, places: list[tuple[str, int, int]]) -> None:
    assert words_with_places(text) == places


JOINING = (
    "\u00ad\u0301\u0306\u0323\u0345\u034f\u0489\u064b\u093c\u094d\u09be\u0d4d"
    "\u1160\u1161\u11a8\u200b\u200c\u200d\u3099ﾞￂㅏㄳ\u0e33"
)
SCRIPTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("aÉßİŉﬃｶ½²㍿ﷺ㉮ᄀ가नനиіåΐᾳ'’-_ \n\t👍٢東ไ" + JOINING),
        st.characters(min_codepoint=0x300, max_codepoint=0x17FF),
    ),
    max_size=60,
)


def assert_placed(text: str) -> None:
    """Each token stands where it is said to, and the text may be cut there without a change of what it folds to."""
    places = words_with_places(text)
    assert [word for word, _, _ in places] == [token.word for token in lattice(text)]
    folded, at = fold(text), 0
    parts = [place for place, token in zip(places, lattice(text), strict=True) if token.first == token.last]
    for word, start, end in parts:
        assert 0 <= start < end <= len(text)
        before, within, after = fold(text[:start]), fold(text[start:end]), fold(text[end:])
        assert before + within + after == folded
        at = folded.index(word, at)
        assert len(before) <= at
        at += len(word)
        assert at <= len(before) + len(within)
        assert not text[end : end + 1] or unicodedata.category(text[end])[0] != "M"
        assert start == 0 or unicodedata.category(text[start])[0] != "M"


@given(SCRIPTS)
def test_places_hold_their_tokens_and_part_no_letter_from_its_marks(text: str) -> None:
    assert_placed(text)


@given(st.text(st.sampled_from("xßé가न\u094d\u0301ｶ\u3099"), min_size=90, max_size=250))
def test_pieces_of_long_runs_have_places(text: str) -> None:
    assert_placed(text)


def test_every_character_has_its_place() -> None:
    every = characters()
    for start in range(0, len(every), 4096):
        some = every[start : start + 4096]
        text = "".join(f"q{char}й\u0323 " for char in some)
        ends = {end for _, _, end in words_with_places(text)}
        assert {5 * number + 4 for number in range(len(some))} <= ends


@given(SCRIPTS, st.text(st.sampled_from('abß東คé "*-'), min_size=1), st.sampled_from([None, *STEMMED]))
def test_ranges_ascend_and_do_not_overlap(text: str, q: str, language: str | None) -> None:
    if found := parse_query(q):
        ranges = Highlighter(found).ranges(f"{text}ab{q}", language)
        assert all(0 <= start < end <= len(text) + 2 + len(q) for start, end in ranges)
        assert all(one[1] <= other[0] for one, other in pairwise(ranges))


@given(SCRIPTS)
def test_each_word_of_a_text_is_found_where_it_stands(text: str) -> None:
    for word, start, end in words_with_places(text)[:5]:
        found = parse_query(word)
        assert found
        assert any(low <= start and end <= high for low, high in Highlighter(found).ranges(text, None))


PIECES = st.sampled_from(
    ["don’t", "F-35", "1,500", "1", "500", "U.S.", "l’E\u0301tat", "東", "Σ-ß", "x", "a-b-c", "½-a"]
)
WRITTEN = st.one_of(SCRIPTS, st.lists(PIECES, max_size=8).map(" ".join))


@given(WRITTEN, st.integers(0, 50), st.integers(0, 3))
def test_what_is_typed_as_a_text_has_it_is_found_there(text: str, number: int, more: int) -> None:
    words, places = lattice(text), words_with_places(text)
    if not words:
        return
    one, other = number % len(words), min(number % len(words) + more, len(words) - 1)
    start, end = places[one][1], max(place[2] for place in places[one : other + 1])
    first, last = words[one].first, max(token.last for token in words[one : other + 1])
    typed = text[start:end]
    if tokens(typed) == tokens(text)[first : last + 1] and not re.search('["“”„‟«»＂*＊]', typed):
        for q in (f'"{typed}"', typed) if len(typed.split()) == 1 else (f'"{typed}"',):
            found = parse_query(q)
            assert found
            assert any(low <= start and high >= end for low, high in Highlighter(found).ranges(text, None)), q


@given(WRITTEN, WRITTEN)
def test_a_range_holds_a_word_that_is_asked_for(text: str, q: str) -> None:
    if found := parse_query(q):
        asked = tuple(
            word for leaf in positive(found) for word in ((leaf.text,) if isinstance(leaf, Word) else leaf.words)
        )
        wanted = [(low, high) for word, low, high in words_with_places(text) if word.startswith(asked)]
        for start, end in Highlighter(found).ranges(text, None):
            assert any(start <= low < high <= end for low, high in wanted)
