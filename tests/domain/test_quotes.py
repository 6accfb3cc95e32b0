from __future__ import annotations

import unicodedata
from functools import cache

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.text.quote_matcher import (
    AMBIGUOUS,
    MAX_FRAGMENTS,
    MAX_GAP,
    NOT_FOUND,
    STATUSES,
    SourceText,
    Verification,
)
from app.domain.text.readings import cuts_word
from app.domain.text.tokenizer import splits_word

HEARING = """Hearing of the harbour board, second day

The chair: Let us begin. “We will dredge the north basin before winter,” the engineer said – and nobody
objected. ‘It’s 1.5 million cubic metres,’ she added, ‘not 15.’ We can’t scan domestic cargo by hand.

Mr. Oduya: I said yes… and I meant it.\u00a0The quay is a well-
known hazard; its secu-
rity fence fell by -5 metres. «Nous n’irons pas plus loin», dit le maire. Wait, I said no. The ﬁrst
cafe\u0301 reopened at 2–3 o'clock.
\fThe chair: Thank you. I said no. The vote was unanimous [laughter] and (…) binding.
"""
SOURCE = SourceText(HEARING)


def slice_of(place: Verification, text: str = HEARING) -> str:
    assert place.start is not None
    assert place.end is not None
    return text[place.start : place.end]


@pytest.mark.parametrize(
    "quote",
    [
        "We will dredge the north basin before winter",
        "It’s 1.5 million cubic metres",
        "I said yes… and I meant it.",
        "the engineer said – and nobody\nobjected",
        "unanimous [laughter] and (…) binding",
        "Nous n’irons pas",
        "irons pas plus loin",
        "cafe\u0301",
        "Hearing of the harbour board",
    ],
)
def test_the_exact_words_at_one_place_are_verbatim(quote: str) -> None:
    place = SOURCE.locate(quote)
    assert place.status == "verbatim"
    assert slice_of(place) == quote
    assert place.gaps == ()


@pytest.mark.parametrize(
    ("quote", "stands"),
    [
        ("we will dredge the north basin", "We will dredge the north basin"),
        ("The north basin before winter", "the north basin before winter"),
        ("It's 1.5 million cubic metres", "It’s 1.5 million cubic metres"),
        ('"We will dredge', "“We will dredge"),
        ("said - and nobody objected", "said – and nobody\nobjected"),
        ("said—and nobody", "said – and nobody"),
        ("I said yes... and", "I said yes… and"),
        ("I said yes . . . and", "I said yes… and"),
        ("meant it. The quay", "meant it.\u00a0The quay"),
        ("“Nous n'irons pas plus loin”", "«Nous n’irons pas plus loin»"),
        ("« Nous n’irons pas plus loin »", "«Nous n’irons pas plus loin»"),
        ("The first café reopened", "The ﬁrst\ncafe\u0301 reopened"),
        ("ｆｉｒｓｔ café", "ﬁrst\ncafe\u0301"),
        ("at 2-3 o’clock. The chair", "at 2–3 o'clock.\n\fThe chair"),
        ("its secu\u00adrity fence", "its secu-\nrity fence"),
        ("its secu¬\nrity fence", "its secu-\nrity fence"),
        ("quay  is\ta\u2009well-\nknown\u200b hazard", "quay is a well-\nknown hazard"),
        ("board, second day The chair: Let us", "board, second day\n\nThe chair: Let us"),
    ],
)
def test_typography_first_case_and_blanks_are_forgiven(quote: str, stands: str) -> None:
    place = SOURCE.locate(quote)
    assert place.status == "normalized"
    assert slice_of(place) == stands


@pytest.mark.parametrize(
    "quote",
    [
        "its security fence fell",
        "is a well-known hazard; its security fence",
        "is a well- known hazard; its secu- rity fence",
        "a wellknown hazard",
    ],
)
def test_a_word_broken_at_a_line_end_may_be_whole(quote: str) -> None:
    place = SOURCE.locate(quote)
    assert place.status == "normalized"
    assert "-\n" in slice_of(place)


@pytest.mark.parametrize(
    "quote",
    [
        "We will dredge the south basin",
        "We will dredge the north basin before winter;",
        "will Dredge the north",
        "can do",
        "We can",
        "5 million cubic metres",
        "It’s 1",
        "5 metres",
        "the cafe",
        "the first cafè",
        "north-basin",
        "northbasin",
        "2 3 o'clock",
        "nobody ob-jected",
        "I meantit",
        "Thank you! I said no",
        "",
        "  ",
        "…",
        '"—"',
        "[...]",
    ],
)
def test_any_other_difference_is_not_found(quote: str) -> None:
    assert SOURCE.locate(quote) == NOT_FOUND


def test_a_hyphen_inside_a_line_is_no_line_end() -> None:
    source = SourceText("They re-sign today; a co-\noperative was founded.")
    assert source.locate("They resign today") == NOT_FOUND
    assert source.locate("a cooperative was").status == "normalized"
    assert source.locate("They resign today; a cooperative") == NOT_FOUND
    assert source.locate("They re-sign today; a cooperative").status == "normalized"


def test_a_line_end_in_the_quote_may_break_a_word_too() -> None:
    assert SourceText("national security matters").locate("national secu-\nrity").status == "normalized"
    assert SourceText("national security matters").locate("national secu-rity") == NOT_FOUND


def test_a_soft_hyphen_at_a_line_end_joins() -> None:
    place = SourceText("national secu\u00ad\n  rity matters").locate("security matters")
    assert (place.status, place.start, place.end) == ("normalized", 9, 29)


@pytest.mark.parametrize("quote", ["known hazard", "is a well", "rity fence", "its secu", "hazard … rity fence"])
def test_half_of_a_word_broken_at_a_line_end_is_no_word(quote: str) -> None:
    assert SOURCE.locate(quote) == NOT_FOUND


@pytest.mark.parametrize(
    "written", ["We can-\nnot stay", "We can¬\nnot stay", "We can\u00ad\nnot stay", "We can⸗\nnot stay"]
)
def test_a_negation_at_a_line_end_is_not_lost(written: str) -> None:
    for half in ("We can", "not stay", "We can … stay"):
        assert SourceText(written).locate(half) == NOT_FOUND, half
    assert SourceText(written).locate("We cannot stay").status == "normalized"


def test_single_and_double_quotation_marks_differ() -> None:
    assert SourceText("a plank of 5\" and 7' was").locate("plank of 5'") == NOT_FOUND


def test_a_list_of_numbers_is_no_decimal() -> None:
    source = SourceText("in 2020, 500 people came, in 1.5 hours")
    assert source.locate("2020,500 people") == NOT_FOUND
    assert source.locate("500 people").status == "verbatim"


def test_blanks_between_ideographs_do_not_count() -> None:
    source = SourceText("大臣は「防衛\n費を 2027 年に増やす」と述べた。")
    place = source.locate("“防衛費を2027年に増やす”")
    assert (place.status, place.start, place.end) == ("normalized", 3, 21)
    assert source.locate("防衛費").status == "normalized"
    assert source.locate("述べた").status == "verbatim"
    assert source.locate("防衛費が") == NOT_FOUND


@pytest.mark.parametrize(
    ("written", "quoted"),
    [
        ("각하께서는", unicodedata.normalize("NFD", "각하께서는")),
        (unicodedata.normalize("NFD", "Việt Nam đổi mới"), "Việt Nam đổi mới"),
        ("10 k\u2126", "10 k\u03a9"),
        ("مُحَمَّـــد قال", "مُحَمَّد قال"),
        ("क़लम", unicodedata.normalize("NFC", "क\u093cलम")),
    ],
)
def test_composition_and_stretching_are_forgiven(written: str, quoted: str) -> None:
    text = f"— {written} —"
    place = SourceText(text).locate(quoted)
    assert place.status in ("normalized", "verbatim")
    assert slice_of(place, text) == written


def test_superscripts_are_not_digits() -> None:
    assert SourceText("about 10² people").locate("about 102 people") == NOT_FOUND


def test_words_said_twice_are_ambiguous_until_context_settles() -> None:
    assert SOURCE.locate("I said no.") == AMBIGUOUS
    second = SOURCE.locate("I said no.", prefix="The chair: “Thank you.”")
    assert (second.status, slice_of(second)) == ("verbatim", "I said no.")
    assert second.start == HEARING.rindex("I said no.")
    assert SOURCE.locate("I said no.", suffix="The vote").start == second.start
    assert SOURCE.locate("I said no.", prefix="Wait,", suffix='"The first café').start == HEARING.index("I said no.")


@pytest.mark.parametrize(
    ("prefix", "suffix"),
    [("", ""), ("you said", None), ("Thank you.", "The first"), (None, "the vote"), ("!!", None)],
)
def test_context_that_fits_no_place_settles_nothing(prefix: str | None, suffix: str | None) -> None:
    assert SOURCE.locate("I said no.", prefix=prefix, suffix=suffix) == AMBIGUOUS


def test_context_does_not_matter_where_there_is_one_place() -> None:
    assert SOURCE.locate("I said yes", prefix="nonsense").status == "verbatim"


def test_only_the_strictest_reading_that_holds_the_quote_counts() -> None:
    text = "“It’s over,” he said. It's over, they wrote. It’s  over, all thought."
    place = SourceText(text).locate("It's over, they")
    assert place.status == "verbatim"
    assert SourceText(text).locate("It's over") == Verification("verbatim", 22, 31)
    assert SourceText(text).locate("It‘s over") == AMBIGUOUS
    assert SourceText(text).locate("it's over", suffix=", all") == Verification("normalized", 45, 55)


# Words that stand twice in a text, the second time with other white space, or a line that breaks elsewhere
TWICE = {
    "a line break": ("we can do it", "we can\ndo it"),
    "a paragraph's": ("we can do it", "we can\r\n\r\n  do it"),
    "two blanks": ("we can do it", "we  can do it"),
    "another blank": ("we can do it", "we can\u00a0do it"),
    "a blank that nobody sees": ("we can do it", "we can \u200bdo it"),
    "a blank before a mark": ("we can, now", "we can , now"),
    "a hyphen at the end of a line": ("we could do it", "we co-\nuld do it"),
    "a hyphen of the word's own": ("a well-known hazard", "a well-\nknown hazard"),
    "a soft hyphen": ("we could do it", "we co\u00aduld do it"),
    "no blanks between words": ("我们可以做到", "我们可以\n做到"),
    "two of them": ("we could do it", "we co-\nuld\tdo it"),
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("case", TWICE)
def test_where_a_line_breaks_settles_nothing_between_two_places(case: str, turned: bool) -> None:
    one, other = TWICE[case][::-1] if turned else TWICE[case]
    text = f"He said {one} yes. Later: {other} again."
    source = SourceText(text)
    for quote in (one, other):
        assert source.locate(quote) == AMBIGUOUS
        places = [source.locate(quote, prefix=prefix) for prefix in ("He said", "Later:")]
        assert [slice_of(place, text) for place in places] == [one, other]
        assert [place.status for place in places] == (
            ["verbatim", "normalized"] if quote == one else ["normalized", "verbatim"]
        )
        assert source.locate(quote, suffix="again").start == places[1].start
        assert source.locate(quote, prefix="nowhere") == AMBIGUOUS


def test_where_a_line_breaks_settles_nothing_between_places_in_other_typography() -> None:
    text = "“It’s all we co-\nuld do,” he said. Later: “it’s all we could do, I say.”"
    assert SourceText(text).locate("It's all we could do") == AMBIGUOUS
    assert SourceText(text).locate("it's all we could do, I say").status == "normalized"
    assert SourceText(text).locate("all … could do") == AMBIGUOUS
    assert SourceText(text).locate("all … could do", suffix=", I say").status == "elided"


@pytest.mark.parametrize("other", ["We can’t\ndo it", "we can't\ndo it.", "we can ‘t do it", "we cant do it"])
def test_what_differs_in_more_than_white_space_leaves_a_verbatim_place_alone(other: str) -> None:
    text = f"He said we can’t do it now. Later: {other} again."
    quote = "we can’t do it now" if other.endswith(".") else "we can’t do it"
    assert SourceText(text).locate(quote) == Verification("verbatim", 8, 8 + len(quote))


def test_overlapping_places_are_several() -> None:
    assert SourceText("no no no").locate("no no") == AMBIGUOUS


@pytest.mark.parametrize(
    ("quote", "gaps"),
    [
        ("We will dredge … before winter", (" the north basin ",)),
        ("We will dredge ... before winter", (" the north basin ",)),
        ("We will […] the north [. . .] before winter", (" dredge ", " basin ")),
        ("we will (...) winter", (" dredge the north basin before ",)),
        ("… We will dredge … before winter …", (" the north basin ",)),
        ("The quay … its security", (" is a well-\nknown hazard; ",)),
        ("I said yes … I meant it … hazard", ("… and ", ".\u00a0The quay is a well-\nknown ")),
        ("I said yes... I meant … hazard", ("… and ", " it.\u00a0The quay is a well-\nknown ")),
    ],
)
def test_fragments_in_order_and_close_are_elided(quote: str, gaps: tuple[str, ...]) -> None:
    place = SOURCE.locate(quote)
    assert (place.status, place.gaps) == ("elided", gaps)


@pytest.mark.parametrize(
    "quote",
    [
        "before winter … We will dredge",
        "Let us begin … The vote was unanimous",
        "We will dredge … , … before winter",
        "We will dredge … before spring",
        "We will dredge … bef",
        "harbour … harbour",
    ],
)
def test_fragments_in_disorder_far_apart_or_wordless_are_not_found(quote: str) -> None:
    assert SOURCE.locate(quote) == NOT_FOUND


@pytest.mark.parametrize(("size", "status"), [(MAX_GAP, "elided"), (MAX_GAP + 1, "not_found")])
def test_a_gap_has_a_limit(size: int, status: str) -> None:
    gap = " " + "x" * (size - 2) + " "
    assert SourceText(f"We start{gap}and end").locate("We start … and end").status == status


def test_a_placement_too_far_apart_does_not_make_another_ambiguous() -> None:
    filler = "filler words here " * 25
    text = f"alpha {filler} beta or omega, then alpha and beta and omega"
    assert SourceText(text).locate("alpha … beta … omega").gaps == (" and ", " and ")


def test_fragments_do_not_overlap() -> None:
    assert SourceText("a very good plan").locate("very good … good plan") == NOT_FOUND
    place = SourceText("a very good, a very good plan").locate("very good … good plan")
    assert (place.status, place.gaps) == ("elided", (", a very ",))


def test_an_ellipsis_at_the_ends_is_not_an_elision() -> None:
    for quote in ("… the north basin", "the north basin ...", "[…] the north basin […]"):
        assert SOURCE.locate(quote) == SOURCE.locate("the north basin")


def test_an_elision_takes_the_closest_fragments() -> None:
    text = "We must wait. We must really, really act. So we act."
    place = SourceText(text).locate("We must … act")
    assert (place.status, slice_of(place, text)) == ("elided", "We must really, really act")


def test_a_middle_fragment_may_stand_nearer_to_the_next() -> None:
    filler = "filler words here " * 12
    text = f"alpha beta {filler} beta {filler} omega"
    place = SourceText(text).locate("alpha … beta … omega")
    assert place.status == "elided"
    assert [len(gap) > 200 for gap in place.gaps] == [True, True]


def test_elisions_at_several_places_are_ambiguous_until_context_settles() -> None:
    text = "Monday: we will surely win. Tuesday: we will never win."
    source = SourceText(text)
    assert source.locate("we will … win") == AMBIGUOUS
    assert source.locate("we will … win", prefix="Tuesday:").gaps == (" never ",)
    assert source.locate("we will ... win", suffix=". Tues").gaps == (" surely ",)


def test_common_first_words_do_not_hide_an_elision() -> None:
    text = "I came. " * 30_000 + "I do believe the plan works. " + "I left. " * 30_000
    assert SourceText(text).locate("I … believe the plan works").gaps == (" do ",)


source_of = cache(SourceText)


@pytest.mark.parametrize(
    ("text", "quote", "status"),
    [
        ("a" * 150_000, "a", "not_found"),
        ("a" * 150_000, "a" * 20_000, "not_found"),
        ("a " * 75_000, "a " * 9_999 + "b", "not_found"),
        ("a " * 75_000, "a " * 9_999, "ambiguous"),
        ("a " * 75_000, "a … " * 5_000, "not_found"),
        ("a " * 75_000, "a … " * (MAX_FRAGMENTS - 1) + "a", "ambiguous"),
        ("a b " * 40_000, "a … b", "ambiguous"),
        ("ab-\ncd " * 20_000, "abcd ab-cd x", "not_found"),
        (" " * 150_000, "a", "not_found"),
        ("." * 150_000, "a … b", "not_found"),
        ("e\u0301 " * 50_000, "é b", "not_found"),
        ("\u200b" * 150_000 + "a", "a", "verbatim"),
        ("abc", "a" + " " * 20_000 + "[" * 20_000, "not_found"),
    ],
)
def test_work_on_hostile_input_is_bounded(text: str, quote: str, status: str) -> None:
    assert source_of(text).locate(quote, prefix="zz").status == status


def test_an_empty_text_holds_nothing() -> None:
    assert SourceText("").locate("word") == NOT_FOUND


ALPHABET = "abcE.…-– '’\"“”\n\u00a0\u00ad\u200be\u0301é東ﬁ5,"


def cuts(text: str) -> list[int]:
    return [at for at in range(len(text) + 1) if not cuts_word(text, at)]


@given(st.text(ALPHABET, max_size=60), st.data())
def test_a_slice_between_words_is_verbatim_there_or_ambiguous(text: str, data: st.DataObject) -> None:
    places = cuts(text)
    start, end = sorted((data.draw(st.sampled_from(places)), data.draw(st.sampled_from(places))))
    quote = text[start:end]
    assume(quote == quote.strip())
    assume(any(map(str.isalnum, quote)))
    assert SourceText(text).locate(quote) in (Verification("verbatim", start, end), AMBIGUOUS)


TYPOGRAPHY = {
    " ": st.sampled_from(["  ", "\n", "\u00a0", " \f\n", "\u3000"]),
    "'": st.sampled_from("’‘‛′"),
    '"': st.sampled_from("“”„«»″"),
    "-": st.sampled_from("‐‑–—−"),
    "é": st.just("e\u0301"),
    "…": st.sampled_from(["...", ". . .", "…"]),
}


@given(st.lists(st.sampled_from([" ", "'", '"', "-", ", ", "… ", ": «", "é "]), min_size=3, max_size=12), st.data())
def test_a_quote_with_other_typography_is_normalized_at_the_same_offsets(signs: list[str], data: st.DataObject) -> None:
    words = [chr(ord("k") + place) * 2 for place in range(len(signs))]  # all different, so at one place
    text = "Aa " + "".join(word + sign for word, sign in zip(words, signs, strict=True)) + "yy zz"
    start, end = 3, text.index("yy") + 2
    changed = "".join(data.draw(TYPOGRAPHY[char]) if char in TYPOGRAPHY else char for char in text[start:end])
    place = SourceText(text).locate(changed)
    assert place == Verification("verbatim" if changed == text[start:end] else "normalized", start, end)


def letters(text: str) -> str:
    plain = unicodedata.normalize("NFC", text).replace("ﬁ", "fi")
    return "".join(filter(str.isalnum, plain)).casefold()


@given(st.text(ALPHABET, max_size=40), st.text(ALPHABET, max_size=8))
def test_offsets_lead_to_the_letters_of_the_quote(text: str, quote: str) -> None:
    place = SourceText(text).locate(quote)
    assert place.status in STATUSES
    assert (place.start is None) == (place.status in ("ambiguous", "not_found"))
    if place.start is not None and place.end is not None:
        found = text[place.start : place.end]
        assert found == found.strip()
        assert not splits_word(text, place.start)
        assert not splits_word(text, place.end)
        assert place.gaps or letters(found) == letters(quote)


@given(st.lists(st.sampled_from(["one", "two", "three", "four", "…", ",", "\n"]), max_size=40))
def test_an_elision_is_its_fragments_and_gaps(words: list[str]) -> None:
    text = " ".join(words)
    place = SourceText(text).locate("one … two … three")
    if place.status == "elided":
        middle, last = place.gaps
        assert slice_of(place, text) == f"one{middle}two{last}three"
