"""Brackets of an editor in a quote: what they stand for is shown; those that the source has are its own."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.text.quote_matcher import AMBIGUOUS, NOT_FOUND, SourceText, Verification

HEARING = (
    "She said the dam will hold. “We hyred him in May, and he will not resign,” the minister told Ann Lee. “The plan "
    "worked at once. It costs 40 million.” [Applause] Thank you all, said Mr. Oduya, who was moved [to tears]. Nobody "
    "walked home; it’s 12 miles. The board of the north paid the south."
)
SOURCE = SourceText(HEARING)


def quoted(place: Verification) -> str:
    assert place.start is not None, place
    return HEARING[place.start : place.end]


@pytest.mark.parametrize(
    ("quote", "stands", "differences"),
    [
        ("[T]he dam will hold", "the dam will hold", [("[T]", "t")]),
        ("[t]he plan worked", "The plan worked", [("[t]", "T")]),
        ("She said [T]he dam", "She said the dam", [("[T]", "t")]),
        ("[the] plan worked", "The plan worked", [("[the]", "The")]),
        ("We hyred [sic] him", "We hyred him", [("[sic]", "")]),
        ("We hyred him [sic]", "We hyred him", [("[sic]", "")]),
        (
            "We hyred[sic] him in May [emphasis added].",
            "We hyred him in May",
            [("[sic]", ""), ("[emphasis added]", "")],
        ),
        ("We hyred [!] him", "We hyred him", [("[!]", "")]),
        ("[The dam] will hold", "the dam will hold", [("[The dam]", "the dam")]),
        ("the [dam] will hold", "the dam will hold", [("[dam]", "dam")]),
        ("nobody walk[ed] home", "Nobody walked home", [("nobody", "Nobody"), ("[ed]", "ed")]),
        ("it[’s] 12 miles", "it’s 12 miles", [("[’s]", "’s")]),
        ("〔T〕he dam", "the dam", [("〔T〕", "t")]),
        ("[Applause] Thank you all [sic]", "[Applause] Thank you all", [("[sic]", "")]),
        ("was [sic] moved [to tears]", "was moved [to tears]", [("[sic]", "")]),
    ],
)
def test_a_letter_in_the_other_case_and_a_remark_are_normalized(
    quote: str, stands: str, differences: list[tuple[str, str]]
) -> None:
    place = SOURCE.locate(quote)
    assert (place.status, quoted(place), list(place.differences)) == ("normalized", stands, differences)


@pytest.mark.parametrize(
    ("quote", "stands", "differences"),
    [
        ("and [the minister] will not resign", "and he will not resign", [("[the minister]", "he")]),
        ("he will [certainly] not resign", "he will not resign", [("[certainly]", "")]),
        ("he [Bob] will not resign", "he will not resign", [("[Bob]", "")]),
        ("he will [never] resign", "he will not resign", [("[never]", "not")]),
        ("the dam will [not] hold", "the dam will hold", [("[not]", "")]),
        ("It costs [50] million", "It costs 40 million", [("[50]", "40")]),
        ("it’s 1[3] miles", "it’s 12 miles", [("[3]", "2")]),
        ("Nobody walk[s] home", "Nobody walked home", [("[s]", "ed")]),
        ("[This wall] will hold", "will hold", [("[This wall]", "She said the dam")]),
        ("The plan [failed]. It costs 40", "The plan worked at once. It costs 40", [("[failed]", "worked at once")]),
        ("[The engineer] hyred him in May", "hyred him in May", [("[The engineer]", "We")]),
        ("The plan worked [immediately].", "The plan worked", [("[immediately]", "at once")]),
        ("Thank [them] all, said Mr. Oduya, who", "Thank you all, said Mr. Oduya, who", [("[them]", "you")]),
        ("all, said [he], who was", "all, said Mr. Oduya, who was", [("[he]", "Mr. Oduya")]),
        ("Thank [Ann], [and Bob], said", "Thank you all, said", [("[Ann], [and Bob]", "you all")]),
        ("[Applause] Thank [them] all", "[Applause] Thank you all", [("[them]", "you")]),
        ("the minister told [her … that] the plan", None, []),
        ("We … [she] will not resign", "We hyred him in May, and he will not resign", None),
    ],
)
def test_a_word_put_in_or_instead_is_elided_and_shown(
    quote: str, stands: str | None, differences: list[tuple[str, str]] | None
) -> None:
    place = SOURCE.locate(quote)
    if stands is None:
        assert place == NOT_FOUND
        return
    assert (place.status, quoted(place)) == ("elided", stands)
    assert differences is None or list(place.differences) == differences


@pytest.mark.parametrize("quote", ["[Applause] Thank you all", "moved [to tears]"])
def test_brackets_that_the_source_has_are_its_own(quote: str) -> None:
    assert SOURCE.locate(quote) == Verification("verbatim", HEARING.index(quote), HEARING.index(quote) + len(quote))
    assert SOURCE.locate(quote).differences == ()


@pytest.mark.parametrize(
    "quote",
    [
        "Applause Thank you all",  # the source's brackets, passed over
        "Thank you all, [he] was moved to tears",
        "We hyred [him]. It costs",  # over the end of a sentence
        "will not [resign] once. It costs",
        "We [were told by the minister in May that the plan would cost] south",  # more than some words
        "[T]hx dam",
        "d[a]n will hold",
        "he will resign [not]",
        "the dam will [not] fold",
        "[sic] [!]",
        "[Somebody said this]",
        "Nobody[walked] home",
        "board [sic] paid",  # a remark stands for nothing
    ],
)
def test_brackets_stand_for_no_more_than_some_words(quote: str) -> None:
    assert SOURCE.locate(quote) == NOT_FOUND


def test_ellipsis_and_brackets_show_the_gap_and_the_change() -> None:
    place = SOURCE.locate("We hyred him … [she] will not resign")
    assert (place.status, place.gaps, place.differences) == (
        "elided",
        (" in May, and he ",),
        (("… [she]", "in May, and he"),),
    )


def test_of_a_long_clause_whole_words_are_shown() -> None:
    source = SourceText("word " * 50 + "alone stood " + "more " * 50)
    [(_, before), (_, after)] = source.locate("[It] alone stood [there]").differences
    assert {*before.split()} == {"word"}
    assert {*after.split()} == {"more"}
    assert 90 < len(before) <= 100 > len(after) > 90


def test_of_several_places_the_one_without_a_change_counts() -> None:
    source = SourceText("She saw he cats. Then the cats slept; he said the cats slept.")
    assert source.locate("[T]he cats") == AMBIGUOUS
    assert source.locate("[T]he cats", prefix="Then").start == 22
    assert SourceText("we will go. they will go").locate("[We] will go") == Verification("normalized", 0, 10)


source_of = cache(SourceText)


@pytest.mark.parametrize(
    "quote",
    [
        "a" + "[" * 9_000 + "b",
        "a" + "[x]" * 6_000 + "b",
        "a [x] " * 3_000,
        "[" * 20_000,
        "a[x]" * 5_000,
        "[a] [sic] a [b]",
    ],
)
@pytest.mark.parametrize("text", ["a b " * 50_000, "[x] " * 50_000, "a" * 200_000, "a" + "\n" * 200_000 + "b"])
def test_work_on_runs_of_brackets_is_bounded(quote: str, text: str) -> None:
    assert source_of(text).locate(quote).status in ("not_found", "ambiguous", "elided")


WORDS = ["we", "will", "not", "never", "pay", "12", "120", "May", "the", "cats"]


@given(st.lists(st.sampled_from(WORDS), min_size=3, max_size=8), st.data())
def test_a_bracket_never_hides_what_it_changes(said: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(said) - 1))
    word = data.draw(st.sampled_from(WORDS))
    adds, recases = data.draw(st.booleans()), data.draw(st.booleans())
    after = said[at if adds else at + 1 :]
    if recases and after:
        after[0] = after[0][0].swapcase() + after[0][1:]
    quote = [*said[:at], f"[{word}]", *after]
    place = SourceText(f"“{' '.join(said)},” they said").locate(" ".join(quote))
    alike = word.lower() == said[at].lower() and not adds
    recased = after != said[len(said) - len(after) :]
    if place.status in ("verbatim", "normalized"):
        plain = [part.strip("[]") for part in quote]
        free = {0, at}  # the first letter and the editor's
        runs = [
            [each.lower() if number in free else each for number, each in enumerate(said[start : start + len(quote)])]
            for start in range(len(said))
        ]
        assert [each.lower() if number in free else each for number, each in enumerate(plain)] in runs
    elif place.status == "elided":
        assert any(written.startswith("[") for written, _ in place.differences)
        assert not recased or any(written == after[0] for written, _ in place.differences) or after[0] in said
    else:
        assert place.status in ("not_found", "ambiguous")
    assert recased or not alike or place.status != "not_found"
    assert not adds or at or place.status != "not_found"  # words before the quote, and then the quote


@pytest.mark.parametrize(
    ("text", "quote", "stands", "differences"),
    [
        (
            "Abbiamo speso 3,5 milioni",
            "[Noi] abbiamo speso 3,5 milioni",
            "Abbiamo speso",
            [("[Noi]", ""), ("abbiamo", "Abbiamo")],
        ),
        ("the dam holds", "[Today] The dam holds", "the dam holds", [("[Today]", ""), ("The", "the")]),
        ("It worked. We won.", "It worked. [And] we won.", "It worked. We won", [("[And]", ""), ("we", "We")]),
        ("It rained. We won", "It … [and] we won", "It rained", [("… [and]", "rained."), ("we", "We")]),
        ("It may. Will hold", "[It] will hold", "Will hold", [("[It]", ""), ("will", "Will")]),
        ("A dam will hold. Will hold?", "[It] will hold", "will hold. ", [("[It]", "A dam")]),  # in its case
    ],
)
def test_a_word_behind_an_insertion_may_begin_in_the_other_case(
    text: str, quote: str, stands: str, differences: list[tuple[str, str]]
) -> None:
    place = SourceText(text).locate(quote)
    assert (place.status, place.start, list(place.differences)) == ("elided", text.index(stands), differences)


def test_a_remark_before_the_quote_leaves_the_case_of_its_first_letter_free() -> None:
    place = SourceText("The dam holds").locate("[sic] the dam holds")
    assert (place.status, place.differences) == ("normalized", (("[sic]", ""), ("the", "The")))


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("so The Plan fails", "[the] plan fails"),  # nothing was put in
        ("he said the Plan fails", "he said [the] plan fails"),
        ("The Dam holds", "The [sic] dam holds"),
        ("The Dam holds", "[T]he dam holds"),
        ("He Ed", "[t]ed"),
        ("Will not pay", "[We] will pay"),
        ("We have spent 3,5 milioni", "[Yes] we have spent 3,6 milioni"),
    ],
)
def test_no_other_case_or_word_is_forgiven_behind_brackets(text: str, quote: str) -> None:
    assert SourceText(text).locate(quote) == NOT_FOUND
