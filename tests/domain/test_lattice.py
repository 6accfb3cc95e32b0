from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.text.lattice import (
    BREAK,
    MOST_SPELLINGS,
    Token,
    encode_lattice,
    lattice,
    pairs,
    spellings,
    stands_in,
    tokens_of,
    words_and_pairs,
)
from app.domain.text.tokenizer import fold, tokens


def joined(text: str, language: str | None = None) -> list[str]:
    """The words of a text that span several parts."""
    return [token.word for token in lattice(text, language) if token.last > token.first]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # apostrophes and hyphens
        ("we don't, they don’t, l'homme, Shimada's", ["dont", "dont", "lhomme", "shimadas"]),
        ("F-35 F–35 F‑35 COVID-19", ["f35", "f35", "f35", "covid19"]),
        ("COVID-19's", ["covid19", "covid19s", "19s"]),
        ("of-the-art", ["ofthe", "oftheart", "theart"]),
        ("O’Brien Hawaiʻi п’ять из-за ג׳ירפה אל־על", ["obrien", "hawaii", "пять", "изза", "גירפה", "אלעל"]),
        ("a—b a―b a--b a - b a -b 'a' ’a a’ -a a-", []),
        ("2010-2015 5'10 9–11", []),
        ("5-year 5g-x", ["5year", "5gx"]),
        ("か-a a-か タワー-x か\u309a-a", []),
        # initialisms
        ("the U.S. and U.S.A. (e.g.) J.R.R. Tolkien", ["us", "usa", "eg", "jrr"]),
        ("т.е. US. a.bc ab.c Ph.D. 1.a a.1 b. c", ["те"]),
        ("U.S.-led l'U.R.S.S.", ["us", "urss", "lu"]),
        ('צה״ל צה"ל "צה"', ["צהל", "צהל"]),
        # digits
        ("1,500 1 500 1\u00a0500 1\u2009500 1\u202f500 1'500 1’500 1٬500 １，５００", ["1500"] * 9),
        ("12,345 123,456,789 1 234 567", ["12345", "123456789", "1234567"]),
        ("1.500.000 1.500,25 1,500.25 1 500,25", ["1500000", "1500", "1500", "1500"]),
        ("1.500 1.5 3.141 0,500 000 500 1,50 1,5000 1, 500 1,\n500 1\n500 1  500", []),
        ("in 2019 500 people", []),
        ("in 2019 1 500 people, in 2019 500 000", ["1500", "500000"]),
        ("1,50,000 1,500,25 1.5,500 1234,567 1.234.56 1.234.567.8", []),
        ("-1,500 $1,500 (1,500) 約1,500人 1,500%", ["1500"] * 5),
        ("COVID-19 500 x1,500 2010-1,500", ["covid19"]),
        ("1,500m 1,500-strong", ["1500m", "1500", "500strong"]),
    ],
)
def test_parts_are_also_one_word(text: str, words: list[str]) -> None:
    assert sorted(joined(text)) == sorted(words)


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("1.500 15.000 123.456", "de", ["1500", "15000", "123456"]),
        ("1.500", "pt-BR", ["1500"]),
        ("1.500", "de-CH", []),
        ("1.500", "es-MX", []),
        ("1.500", "en", []),
        ("1,500 1.500.000", "de", ["1500", "1500000"]),
        ("1.5 1.50 0.500 1.5000 1.500.5 12.5.2024 1.234.56", "de", []),
    ],
)
def test_a_dot_groups_digits_where_a_comma_marks_decimals(text: str, language: str, words: list[str]) -> None:
    assert sorted(joined(text, language)) == sorted(words)


def test_tokens_have_the_positions_of_their_parts() -> None:
    assert lattice("We don't fly F-35s.") == [
        Token("we", 0, 0),
        Token("don", 1, 1),
        Token("dont", 1, 2),
        Token("t", 2, 2),
        Token("fly", 3, 3),
        Token("f", 4, 4),
        Token("f35s", 4, 5),
        Token("35s", 5, 5),
    ]


def test_neighbours_are_paired_along_all_paths() -> None:
    assert set(pairs(lattice("we don't fly"))) == {
        ("we", "don"),
        ("we", "dont"),
        ("don", "t"),
        ("t", "fly"),
        ("dont", "fly"),
    }


def test_a_longer_joined_word_than_100_characters_is_none() -> None:
    assert len(joined("x" * 50 + "-" + "y" * 50)) == 1
    assert joined("x" * 50 + "-" + "y" * 51) == []


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("don't know", [("don", "t", "know"), ("dont", "know")]),
        ("F-35 1,500", [("f", "35", "1", "500"), ("f", "35", "1500"), ("f35", "1", "500"), ("f35", "1500")]),
        ("a-b-c-d-e-f x", [("a", "b", "c", "d", "e", "f", "x"), ("abcdef", "x")]),
        ("1.500", [("1", "500"), ("1500",)]),
    ],
)
def test_a_phrase_is_written_in_several_ways(text: str, written: list[tuple[str, ...]]) -> None:
    assert sorted(spellings(text)) == sorted(written)
    assert spellings(text)[0] == tuple(tokens(text))


WRITTEN = st.text(
    st.one_of(
        st.sampled_from("abé15000 ,.'’-–—\u00a0\u202f٬\x01|\n\u0301東か\u309aк׳״צ\u1100\u1161\u11a8"),
        st.characters(),
    ),
    max_size=60,
)
PIECES = st.sampled_from(
    ["don't", "F-35", "1,500", "1", "500", "U.S.", "a-b-c-d", "x", "state-of-the-art", "100", "l’été"]
)
TEXTS = st.one_of(WRITTEN, st.lists(PIECES, max_size=12).map(" ".join))


@given(TEXTS)
def test_parts_are_the_tokens_and_joined_words_are_tokens(text: str) -> None:
    words = lattice(text)
    assert [token.word for token in words if token.first == token.last] == tokens(text)
    for word, first, last in words:
        assert word == "".join(tokens(text)[first : last + 1])
        assert tokens(word) == [word]
    assert len(set(words)) == len(words)


@given(TEXTS)
def test_the_quick_way_gives_the_same_words_and_pairs(text: str) -> None:
    words, neighbours = words_and_pairs(encode_lattice(text))
    assert sorted(words) == sorted(token.word for token in lattice(text))
    assert sorted(neighbours) == sorted(pairs(lattice(text)))


@given(TEXTS)
def test_a_text_is_found_by_all_ways_to_write_it(text: str) -> None:
    for path in spellings(text):
        assert stands_in(encode_lattice(text, "de"), path)


@given(TEXTS)
def test_each_two_neighbours_are_a_phrase_of_the_text(text: str) -> None:
    encoded = encode_lattice(text)
    for pair in set(pairs(lattice(text))):
        assert stands_in(encoded, pair)
        assert stands_in(encoded, (pair[0], pair[1][:1]), open_end=True)


def walks(text: str) -> set[tuple[str, ...]]:
    """All paths of at most four words, one by one."""
    tokens = lattice(text)
    found: list[tuple[Token, ...]] = [(token,) for token in tokens]
    every = list(found)
    for _ in range(3):
        found = [(*path, token) for path in found for token in tokens if token.first == path[-1].last + 1]
        every += found
    return {tuple(token.word for token in path) for path in every}


@given(TEXTS, TEXTS)
def test_a_phrase_is_found_along_paths_only(text: str, other: str) -> None:
    words = tuple(tokens(other)[:4])
    if words:
        assert stands_in(encode_lattice(text), words) == (words in walks(text))


FEW = st.lists(st.sampled_from(["a", "b", "a-b", "b-a-b", "a'b"]), max_size=8)
ASKED = st.lists(st.sampled_from(["a", "b", "ab", "ba", "bab"]), min_size=1, max_size=4)


@given(FEW, ASKED, st.booleans())
def test_phrases_of_few_letters_are_found_along_paths_only(text: list[str], words: list[str], open_end: bool) -> None:
    written = " ".join(text)
    found = {
        path
        for path in walks(written)
        if path[:-1] == tuple(words[:-1])
        and len(path) == len(words)
        and (path[-1].startswith(words[-1]) if open_end else path[-1] == words[-1])
    }
    assert stands_in(encode_lattice(written), words, open_end) == bool(found)


@given(st.lists(TEXTS, max_size=4))
def test_no_phrase_runs_across_a_break(texts: list[str]) -> None:
    encoded = BREAK.join(map(encode_lattice, texts))
    for one, other in pairwise(texts):
        for before in lattice(one)[-3:]:
            for after in lattice(other)[:3]:
                phrase = (before.word, after.word)
                assert stands_in(encoded, phrase) == any(stands_in(encode_lattice(text), phrase) for text in texts)
    assert set(pairs(tokens_of(encoded))) == {pair for text in texts for pair in pairs(lattice(text))}
    assert set(words_and_pairs(encoded)[1]) == set(pairs(tokens_of(encoded)))


@given(WRITTEN)
def test_folding_does_not_change_parts(text: str) -> None:
    dashes = str.maketrans("—―﹘︱", "    ")
    assert lattice(fold(text.translate(dashes))) == lattice(text)


def test_long_texts_are_read_in_linear_time() -> None:
    for text in ("-".join("a" * 3_000), " ".join(["100"] * 3_000), ".".join("a" * 3_000), ",".join(["1"] * 3_000)):
        assert len(tokens_of(encode_lattice(text))) >= 3_000
        assert 1 <= len(spellings(text)) <= MOST_SPELLINGS
