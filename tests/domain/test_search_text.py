from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.query.logic import And, Not, Or
from app.domain.query.query_text import (
    Phrase,
    SearchTerm,
    SearchText,
    Word,
    leaves,
    parse_query,
    positive,
    wanted_parts,
)
from app.domain.text.lattice import MOST_SPELLINGS, encode_lattice, stands_in
from app.domain.text.tokenizer import tokens


def words(*each: str) -> tuple[Word, ...]:
    return tuple(map(Word, each))


def phrase(*each: str) -> Phrase:
    return Phrase(each)


def start(*each: str) -> Phrase:
    return Phrase(each, open_end=True)


A, B, C, D = words("a", "b", "c", "d")

GRAMMAR: dict[str, SearchText | None] = {
    # words and phrases
    "Cyber": Word("cyber"),
    "Cyber defence": And(words("cyber", "defence")),
    '"cyber defence" Japan': And((phrase("cyber", "defence"), Word("japan"))),
    "„cyber defence“ x": And((phrase("cyber", "defence"), Word("x"))),
    "“a b” «c d» »e f«": And((phrase("a", "b"), phrase("c", "d"), phrase("e", "f"))),
    '"running"': phrase("running"),
    'running "running"': And((Word("running"), phrase("running"))),
    'a "runs to the': And((A, phrase("runs", "to", "the"))),
    'a "': A,
    "a…b c": And((phrase("a", "b"), C)),
    "防衛 省": And((phrase("防", "衛"), Word("省"))),
    'foo"bar baz"qux': And((Word("foo"), phrase("bar", "baz"), Word("qux"))),
    'צה"ל "צה"ל הודיע"': And(
        (Or((phrase("צה", "ל"), Word("צהל"))), Or((phrase("צה", "ל", "הודיע"), phrase("צהל", "הודיע"))))
    ),
    # joined or apart
    "don't": Or((phrase("don", "t"), Word("dont"))),
    "f-35-s": Or((phrase("f", "35", "s"), Word("f35s"), phrase("f", "35s"), phrase("f35", "s"))),
    "U.S. US 1,500": And((Or((phrase("u", "s"), Word("us"))), Word("us"), Or((phrase("1", "500"), Word("1500"))))),
    "don't*": Or((start("don", "t"), start("dont"))),
    '"don\'t"': Or((phrase("don", "t"), phrase("dont"))),
    '"the U.S. army"': Or((phrase("the", "u", "s", "army"), phrase("the", "us", "army"))),
    "a OR don't": Or((A, phrase("don", "t"), Word("dont"))),
    "a-b-c-d-e": Or((phrase("a", "b", "c", "d", "e"), Word("abcde"))),
    '"a-b a-b a-b a-b"': Or((phrase(*"abababab"), phrase("ab", "ab", "ab", "ab"))),
    "1.500": Or((phrase("1", "500"), Word("1500"))),
    "1.5": phrase("1", "5"),
    "a—b": phrase("a", "b"),
    '"1 500"': Or((phrase("1", "500"), phrase("1500"))),
    # possessives
    "Japan's": Or((phrase("japan", "s"), *words("japans", "japan"))),
    "JAPAN’S, a": And((Or((phrase("japan", "s"), *words("japans", "japan"))), A)),
    "F-35's": Or(
        (
            *(phrase("f", "35", "s"), Word("f35s"), phrase("f", "35s"), phrase("f35", "s")),
            *(phrase("f", "35"), Word("f35")),
        )
    ),
    "U.S.'s": Or((phrase("u", "s", "s"), phrase("us", "s"), phrase("u", "s"), Word("us"))),
    '"Japan\'s army"': Or((phrase("japan", "s", "army"), phrase("japans", "army"))),
    "Japan's*": Or((start("japan", "s"), start("japans"))),
    "Japan-s 's": And((Or((phrase("japan", "s"), Word("japans"))), Word("s"))),
    "'s !'s": Word("s"),
    "1960's": Or((phrase("1960", "s"), Word("1960s"))),
    "1,500's": Or((phrase("1", "500", "s"), phrase("1500", "s"), phrase("1", "500s"), Word("1500s"))),
    # numbers
    "1 500": And((Or(words("1", "1500")), Or(words("500", "1500")))),
    "in 2019 1 500 000 years": And(
        (
            Word("in"),
            Word("2019"),
            Or(words("1", "1500000")),
            Or(words("500", "1500000")),
            Or(words("000", "1500000")),
            Word("years"),
        )
    ),
    "１ ５００": And((Or(words("1", "1500")), Or(words("500", "1500")))),
    "2019 500": And(words("2019", "500")),
    "1, 500": And(words("1", "500")),
    "1 -500": And((Word("1"), Not(Word("500")))),
    "1 OR a 500": And((Or((Word("1"), A)), Word("500"))),
    '1 "500"': And((Word("1"), phrase("500"))),
    "0 500 50 5000": And(words("0", "500", "50", "5000")),
    "a\u3000b\u00a0c": And((A, B, C)),
    # numbers with units
    "10km": Or((Word("10km"), phrase("10", "km"))),
    "10 km": And((Or(words("10", "10km")), Or(words("km", "10km")))),
    "1,500 km": And(
        (
            Or((phrase("1", "500"), Word("1500"), phrase("1", "500km"), Word("1500km"))),
            Or((Word("km"), phrase("1", "500km"), Word("1500km"))),
        )
    ),
    "1.5 km": And((Or((phrase("1", "5"), phrase("1", "5km"))), Or((Word("km"), phrase("1", "5km"))))),
    "1.5km": Or((phrase("1", "5km"), phrase("1", "5", "km"))),
    "1 500km": And(
        (
            Or((*words("1", "1500km"), phrase("1500", "km"))),
            Or((Word("500km"), phrase("500", "km"), Word("1500km"), phrase("1500", "km"))),
        )
    ),
    "10 km²": And((Or(words("10", "10km2")), Or(words("km2", "10km2")))),
    "10km²": Or((Word("10km2"), phrase("10", "km2"))),
    '"1.5" km': And((phrase("1", "5"), Word("km"))),
    "1 500 m": And((Or(words("1", "1500", "1500m")), Or(words("500", "1500", "1500m")), Or(words("m", "1500m")))),
    '"10 km a day"': Or((phrase("10", "km", "a", "day"), phrase("10km", "a", "day"))),
    '"10km a day"': Or((phrase("10km", "a", "day"), phrase("10", "km", "a", "day"))),
    '"10 km*"': Or((start("10", "km"), start("10km"))),
    '"5km in 10k*"': Or((start("5km", "in", "10k"), start("5", "km", "in", "10k"))),
    "10k*": start("10k"),
    "-5G*": Not(start("5g")),
    "-10km": Not(Or((Word("10km"), phrase("10", "km")))),
    "10 -km": And((Word("10"), Not(Word("km")))),
    "10 OR 5 km": And((Or(words("10", "5")), Word("km"))),
    "km 10": And(words("km", "10")),
    "10 people": And(words("10", "people")),
    "f35 co2 3fa9": And(words("f35", "co2", "3fa9")),
    "10人": phrase("10", "人"),
    # once
    "b a B": And((B, A)),
    '"a b" a+b': phrase("a", "b"),
    "a OR A": A,
    "a a OR A": A,
    "a OR b c a OR b": And((Or((A, B)), C)),
    "-a -a": Not(A),
    "a -a": And((A, Not(A))),
    # beginnings
    "gov*": start("gov"),
    "GOV＊": start("gov"),
    "gov* gov": And((start("gov"), Word("gov"))),
    "(gov*)": start("gov"),
    "gov**": start("gov"),
    "gov *": Word("gov"),
    "*gov": Word("gov"),
    "gov*ment": phrase("gov", "ment"),
    "e-gov*": Or((start("e", "gov"), start("egov"))),
    "防衛*": start("防", "衛"),
    '"some phrase*"': start("some", "phrase"),
    '"some phrase"*': start("some", "phrase"),
    '"some phrase" *': phrase("some", "phrase"),
    '"some phrase *"': phrase("some", "phrase"),
    '"some* phrase"': phrase("some", "phrase"),
    '"gov*"': start("gov"),
    '"gov"*': start("gov"),
    '"gov"*a': And((phrase("gov"), A)),
    '"some phrase*': start("some", "phrase"),
    "* ** \"*\" ''*": None,
    # or
    "a OR b": Or((A, B)),
    "a OR b OR c": Or((A, B, C)),
    "a b OR c d": And((A, Or((B, C)), D)),
    "a OR b c OR d": And((Or((A, B)), Or((C, D)))),
    'a OR "b c" OR d*': Or((A, phrase("b", "c"), start("d"))),
    '"b c"OR"c d"': Or((phrase("b", "c"), phrase("c", "d"))),
    "a OR ! b": Or((A, B)),
    "a or b": And((A, Word("or"), B)),
    "a Or b": And((A, Word("or"), B)),
    "a OR": And((A, Word("or"))),
    "OR a": And((Word("or"), A)),
    "OR": Word("or"),
    "OR OR": Word("or"),
    "a OR OR b": And((A, Word("or"), B)),
    "a OR !": And((A, Word("or"))),
    'a "OR" b': And((A, phrase("or"), B)),
    "a OR, b": And((A, Word("or"), B)),
    "a ORB": And((A, Word("orb"))),
    # without
    "-foo": Not(Word("foo")),
    "-a -b": And((Not(A), Not(B))),
    "a -b": And((A, Not(B))),
    "a －b": And((A, Not(B))),
    "a --b": And((A, Not(B))),
    '-"b c" a': And((Not(phrase("b", "c")), A)),
    'a --"b c"*': And((A, Not(start("b", "c")))),
    "-gov*": Not(start("gov")),
    "-don't": Not(Or((phrase("don", "t"), Word("dont")))),
    "-cyber-defence": Not(Or((phrase("cyber", "defence"), Word("cyberdefence")))),
    "a OR -don't": Or((A, Not(Or((phrase("don", "t"), Word("dont")))))),
    "-OR": Not(Word("or")),
    "a OR -b": Or((A, Not(B))),
    "c a OR -b": And((C, Or((A, Not(B))))),
    "a - b": And((A, B)),
    "a -- b": And((A, B)),
    "a+b": phrase("a", "b"),
    "a- b": And((A, B)),
    '- "b c"': phrase("b", "c"),
    'a-"b c"': And((A, phrase("b", "c"))),
    'so+called "a"-b c': And((phrase("so", "called"), phrase("a"), B, C)),
    '"-a"': phrase("a"),
    "–a —b": And((A, B)),  # dashes of prose
    # nothing
    "": None,
    " \n": None,
    '-- "" " !': None,
    '-"" -! 👍': None,
    # no syntax
    "a:b* AND (": And((start("a", "b"), Word("and"))),
    "NOT a NEAR b": And((*words("not", "a", "near", "b"),)),
    "^a +b c~2": And((A, B, phrase("c", "2"))),
}


@pytest.mark.parametrize(("q", "meant"), GRAMMAR.items())
def test_a_search_text_means(q: str, meant: SearchText | None) -> None:
    assert parse_query(q) == meant


LOOSE = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\"“”„«» -*:.()'ab東OR－＊150")))
PIECES = st.sampled_from(
    ["a", "b*", "OR", "-", "-a", "--b", '"', '"b c"', '-"b c"', '"c"*', "it's", "東京", "!", "*", "1", "500", "U.S."]
)
TEXTS = st.one_of(LOOSE, st.lists(PIECES).map(" ".join), st.lists(PIECES).map("".join))


def is_leaf(text: object) -> bool:
    if isinstance(text, Word):
        return tokens(text.text) == [text.text]
    return isinstance(text, Phrase) and bool(text.words) and all(tokens(word) == [word] for word in text.words)


def is_part(text: object) -> bool:
    return (is_leaf(text.part) or is_not_any(text.part)) if isinstance(text, Not) else is_leaf(text)


def is_group(text: object) -> bool:
    return several(text.parts) and all(map(is_part, text.parts)) if isinstance(text, Or) else is_part(text)


def is_not_any(text: object) -> bool:
    """Whether it is without all spellings of a word or phrase."""
    return isinstance(text, Or) and several(text.parts) and all(map(is_leaf, text.parts))


def several(parts: tuple[object, ...]) -> bool:
    return len(set(parts)) == len(parts) > 1


@given(TEXTS)
def test_any_input_is_an_and_of_ors_of_nots_of_valid_tokens(q: str) -> None:
    text = parse_query(q)
    if isinstance(text, And):
        assert several(text.parts)
        assert all(map(is_group, text.parts))
    else:
        assert text is None or is_group(text)


@given(TEXTS)
def test_a_query_finds_nothing_only_without_a_word(q: str) -> None:
    text = parse_query(q)
    assert (text is None) == (not tokens(q))
    said = {word for leaf in leaves(text) for word in words_of(leaf)} if text else set()
    typed = set(tokens(q)) | joined_words(q)
    assert said <= typed | {part for word in typed for part in re.split(r"(?<=[0-9])(?=[^\W\d])", word)}
    assert set(tokens(q)) - said <= {"or"}


def joined_words(q: str) -> set[str]:
    """The words that neighbours in a search text make together."""
    words = tokens(q)
    return {"".join(words[first:end]) for first in range(len(words)) for end in range(first + 2, len(words) + 1)}


def words_of(leaf: SearchTerm) -> tuple[str, ...]:
    return (leaf.text,) if isinstance(leaf, Word) else leaf.words


@given(TEXTS)
def test_more_blanks_change_nothing(q: str) -> None:
    assert parse_query(f" {q.replace(' ', chr(0x3000) + '  ')}\n") == parse_query(q)


@given(st.lists(st.sampled_from("abcd"), min_size=1), st.lists(st.sampled_from(["a", "-b", '"c d"', "d*"]), min_size=1))
def test_the_grammar_is_read_back(ands: list[str], ors: list[str]) -> None:
    parts = [part for one in ors if (part := parse_query(one))]
    either = parts[0] if len(set(parts)) == 1 else Or(tuple(dict.fromkeys(parts)))
    assert parse_query(" OR ".join(ors)) == either
    every = tuple(dict.fromkeys([*map(Word, ands), either]))
    assert parse_query(" ".join([*ands, " OR ".join(ors)])) == (every[0] if len(every) == 1 else And(every))


def test_leaves_are_all_words_and_phrases_and_the_positive_ones_are_wanted() -> None:
    text = parse_query('a OR -b "c d" -e* a')
    assert text
    assert leaves(text) == (A, B, phrase("c", "d"), start("e"))
    assert positive(text) == (A, phrase("c", "d"))
    assert positive(Not(A)) == ()
    assert leaves(Not(A)) == (A,)


@pytest.mark.parametrize(
    ("q", "parts"),
    [
        ('Japan "Cyber Defence" don’t gov* -foo -"a b"', ["Japan", '"Cyber Defence"', "don’t", "gov*"]),
        ("a OR b a A OR", ["a", "b", "OR"]),
        ("! …", []),
        ("run 10 km 1.5 km OR a -10 km", ["run", "10 km", "1.5", "km", "a"]),
        ("1 500 m, 1 500m 10 km 2 500", ["1 500 m,", "1 500m", "10 km", "2 500"]),
    ],
)
def test_wanted_parts_are_those_that_were_typed(q: str, parts: list[str]) -> None:
    assert [" ".join(some) for some in wanted_parts(q)] == parts


@given(TEXTS)
def test_each_wanted_part_is_a_query(q: str) -> None:
    assert all(parse_query(part) for some in wanted_parts(q) for part in (*some, " ".join(some)))


@given(st.lists(st.sampled_from(["don't", "F-35", "U.S.", "1 500", "x", "covid-19-related"]), min_size=1))
def test_a_phrase_is_found_however_its_words_are_joined(words: list[str]) -> None:
    text = parse_query(f'"{" ".join(words)}"')
    assert text
    for joint in ("", "'", " "):
        written = encode_lattice(re.sub("[-'.]", joint, " ".join(words)))
        assert any(stands_in(written, words_of(leaf)) for leaf in leaves(text))


@pytest.mark.parametrize("q", ["3km-5km-7km's", "a-b-c-d's", "\"don't it's U.S. 5km\"", "1,500-2,500-3,500km's"])
def test_a_part_is_looked_for_in_few_ways(q: str) -> None:
    assert len(leaves(parse_query(q) or A)) <= 2 * (MOST_SPELLINGS + 2)


def test_the_longest_search_text_has_bounded_parts() -> None:
    for q in (
        "a-" * 500,
        '"' + "a-b " * 249 + '"',
        "1 " + "500 " * 249,
        "a" * 1000,
        "'" * 1000,
        '"*' * 500,
        "東 " * 500,
        "1.5 km " * 142,
    ):
        text = parse_query(q)
        assert text is None or sum(len(words_of(leaf)) for leaf in leaves(text)) <= 2 * len(q)
