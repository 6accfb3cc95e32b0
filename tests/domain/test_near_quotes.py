"""Quotes beside what was said: what a careless hand changes is not found, what typesetting changes is."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.text.quote_matcher import AMBIGUOUS, MAX_GAP, NOT_FOUND, SourceText, Verification

REPORT = (
    "Minutes of the water board\n\nMs. Lind opened. “The pumps will not fail this winter,” she told the board, “and we "
    "have spent 12.4 million crowns on them.” A member asked whether 3 of the 40 stations were old. “Three are old; "
    "none is unsafe.” ‘We cannot promise clean water to every village by 2030’, said Mr. Berg, ‘but we can promise it "
    "to most.’ He added: “The north paid the south, not the south the north.”\n\n"
    + "The board then heard the report on the pipes, which took an hour and changed nothing. " * 8
    + "\n\n“We can promise nothing more”, Ms. Lind closed."
)
SOURCE = SourceText(REPORT)


def quoted(place: Verification, text: str = REPORT) -> str:
    assert place.start is not None, place
    return text[place.start : place.end]


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        (
            "The pumps will not fail this winter",
            ["will fail this winter", "will not fail next winter", "will not fail winter",
            "The pump will not fail", "The pumps won't fail", "The pumps not will fail", "The pumps will not Fail"],
        ),
        (
            "we have spent 12.4 million crowns on them",
            ["have spent 12.5 million crowns", "have spent 12,4 million crowns", "have spent 12.4 billion crowns",
            "have spent 124 million crowns", "have spent -12.4 million crowns", "we have spent 12", "4 million crowns",
            "2.4 million crowns on them", "have spent 12.40 million"],
        ),
        (
            "Three are old; none is unsafe",
            ["Three are old; none is safe", "Three are old, none is unsafe", "3 are old; none is unsafe",
            "None is unsafe; three are old", "Three are old; one is unsafe"],
        ),
        (
            "We cannot promise clean water to every village by 2030",
            ["We can promise clean water to every village", "We can not promise clean water", "not promise clean water",
            "clean water to any village by 2030", "to every village by 2031", "clean water by 2030 to every village",
            "to every village by 203"],
        ),
        (
            "The north paid the south, not the south the north",
            ["The south paid the north, not the north the south", "The north paid the south, the south the north",
            "The north paid the south not the south the north"],
        ),
    ],
)  # fmt: skip
def test_a_word_changed_dropped_added_or_moved_is_not_found(said: str, changed: list[str]) -> None:
    assert quoted(SOURCE.locate(said)) == said
    for near in changed:
        assert SOURCE.locate(near) == NOT_FOUND, near


@pytest.mark.parametrize(
    ("elided", "gaps"),
    [
        ("The pumps will not fail … and we have spent 12.4 million", (" this winter,” she told the board, “",)),
        (
            "We cannot promise clean water … but we can promise it to most",
            (" to every village by 2030’, said Mr. Berg, ‘",),
        ),
        ("Three are old; … is unsafe", (" none ",)),
        ("The pumps will … fail", (" not ",)),
    ],
)
def test_an_elision_shows_what_it_leaves_out_be_it_a_negation(elided: str, gaps: tuple[str, ...]) -> None:
    place = SOURCE.locate(elided)
    assert (place.status, place.gaps) == ("elided", gaps)


@pytest.mark.parametrize(
    "elided",
    [
        "The pumps will … promise nothing more",  # from far apart
        "We can promise … to every village",  # the first words stand after the others only
        "we can promise … clean water to every village",
        "We can promise clean … water",
        "Three are … safe",
        "The pumps will fail … this winter",
        "We cannot promise … We can promise nothing more",
    ],
)
def test_an_elision_that_inverts_a_meaning_is_not_found(elided: str) -> None:
    assert SOURCE.locate(elided) == NOT_FOUND


@pytest.mark.parametrize(
    "mark", ["…", "...", "....", ". . .", ". . . .", "[…]", "[...]", "[. . .]", "(…)", "(...)", "……"]
)
def test_an_ellipsis_of_any_make_joins(mark: str) -> None:
    for blank in (" ", "", "\u00a0", "\n"):
        assert SOURCE.locate(f"Three are old;{blank}{mark}{blank}unsafe").gaps == (" none is ",)


def test_what_lies_in_a_gap_is_counted_without_the_line_breaks_of_the_page() -> None:
    for blank in (" ", "\n \f\n   "):
        text = f"We start{blank}" + f"xx{blank}" * (MAX_GAP // 3 - 1) + "and end"
        assert SourceText(text).locate("We start … and end").status == "elided"


@pytest.mark.parametrize(
    ("text", "quote", "stands"),
    [
        ("“It rained,” he said.", "It rained.", "It rained"),
        ("“It rained,” he said.", "It rained,", "It rained,"),
        ("“It rained”, he said.", "It rained.", "It rained"),
        ("He said “it rained”.", "It rained,", "it rained"),
        ("He said “it rained.”", "It rained,", "it rained"),
        ("‘It rained,’ he said.", "It rained.", "It rained"),
        ("He said: „Es regnete“, und ging.", "Es regnete.", "Es regnete"),
        ("« Il pleuvait », dit-il.", "Il pleuvait.", "Il pleuvait"),
        ("「雨が降った」と彼は言った。", "雨が降った。", "雨が降った"),
        ("“It rained a lot,” he said.", "It … a lot.", "It rained a lot"),
    ],
)
def test_a_comma_or_stop_that_closes_the_quotation_is_no_part_of_it(text: str, quote: str, stands: str) -> None:
    place = SourceText(text).locate(quote)
    assert place.status in ("normalized", "elided", "verbatim")
    assert quoted(place, text) == stands


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("“It rained if at all,” he said.", "It rained."),  # a stop would end the sentence early
        ("It rained, and he left.", "It rained."),
        ("“It rained,” he said.", "It rained!"),
        ("“It rained?” he said.", "It rained."),
        ("‘The dogs’ bowl was wet,’ he said.", "The dogs."),
        ('A plank of 5" was wet.', "A plank of 5."),
        ("“It rained,” he said.", "It rained.."),
        ("“It rained … a lot,” he said.", "It … lots."),
    ],
)
def test_no_stop_is_forgiven_where_the_quotation_goes_on(text: str, quote: str) -> None:
    assert SourceText(text).locate(quote) == NOT_FOUND


def test_of_places_only_those_that_end_a_quotation_excuse_a_stop() -> None:
    text = "“It rained all day,” he said. “It rained,” she said."
    assert SourceText(text).locate("It rained.") == Verification("normalized", 31, 40)
    assert SourceText(text + " “It rained”.").locate("It rained.") == AMBIGUOUS
    assert SourceText(text + " “It rained”.").locate("It rained.", suffix="” she") == Verification("normalized", 31, 40)


MARKS_OF_LANGUAGES = [
    "“It’s late”", "„It’s late“", "„It's late”", "”It’s late”", "«It’s late»", "« It’s late »", "»It’s late«",
    "『It’s late』", "「It‘s late」", "〝It’s late〟", "❝It’s late❞", "＂It＇s late＂", "``It's late''",
    "’’It`s late’’",
    "‟It′s late”", "‹‹It’s late››", "﹁It´s late﹂",
]  # fmt: skip


@pytest.mark.parametrize("written", MARKS_OF_LANGUAGES)
def test_quotation_marks_of_all_languages_read_alike(written: str) -> None:
    if written[0] in "『‹":  # these are single marks
        written = written.replace("『", "「").replace("』", "」").replace("‹‹", "«").replace("››", "»")
    text = f"He said: {written} and left."
    place = SourceText(text).locate('"It\'s late" and left')
    assert (place.status, quoted(place, text)) == ("normalized", f"{written} and left")


@pytest.mark.parametrize(
    ("written", "quote"),
    [
        ("a well–known — and long ― story", "a well-known - and long - story"),
        ("it ended -- badly --- there", "it ended – badly — there"),
        ("it ended⸺badly", "it ended - badly"),
        ("von 5 − 3 Metern", "von 5 - 3 Metern"),
        ("no\u202fnarrow\u2009blanks\u3000or\u2003wide", "no narrow blanks or wide"),
        ("so­me­thing hid­den", "something hidden"),
        ("zero\u200bwidth jo\u200din\u200cers \ufeffhere\u2060", "zerowidth joiners here"),
        ("work\u200e \u202bto\u202c right", "work to right"),
        ("the ﬁrst eﬃcient ﬂow of oﬃce stuﬀ", "the first efficient flow of office stuff"),
        ("naïve café Ångström", unicodedata.normalize("NFD", "naïve café Ångström")),
        ("lines\r\nthat end\r\nas on DOS", "lines that end as on DOS"),
        ("lines\u2028that\u2029end\x85oddly\x0bso", "lines that end oddly so"),
        ("a page\n\n\f\n   that turns", "a page that turns"),
        ("the infra-\n\n\fstructure plan", "the infrastructure plan"),
        ("the infra-  \r\n   structure plan", "the infrastructure plan"),
        ("the infra\u00ad\n\fstructure plan", "the infrastructure plan"),
        ("the infra\u2010\nstructure plan", "the infrastructure plan"),
        ("a state-of-the-\nart plan", "a state-of-the-art plan"),
    ],
)
def test_typesetting_is_forgiven(written: str, quote: str) -> None:
    text = f"They wrote, {written}, and stopped."
    place = SourceText(text).locate(quote)
    assert (place.status, quoted(place, text).strip("\u2060")) == ("normalized", written.strip("\u2060"))


def test_a_page_number_between_two_lines_is_not_guessed_away() -> None:
    text = "The dam holds\n\n17\n\f\nfor now, they wrote."
    assert SourceText(text).locate("The dam holds for now") == NOT_FOUND
    assert SourceText(text).locate("The dam holds … for now").gaps == ("\n\n17\n\f\n",)


@pytest.mark.parametrize(
    ("quote", "status"),
    [("the pumps will not fail", "normalized"), ("The Pumps will not fail", "not_found"), ("éa", "not_found")],
)
def test_the_case_of_the_first_letter_alone_is_forgiven(quote: str, status: str) -> None:
    assert SOURCE.locate(quote).status == status


@pytest.mark.parametrize(
    ("text", "quote", "other"),
    [
        ("«ВОДА чистая», — сказал он", "вОДА чистая", "вода чистая"),
        ("«Вода чистая», — сказал он", "вода чистая", "вода грязная"),
        ("Είπε: «Όλα είναι καλά»", "όλα είναι καλά", "όλα ήταν καλά"),
        ("قال: «الماء نظيف اليوم»", "الماء نظيف", "الماء غير نظيف"),
        ("הוא אמר: „המים נקיים״", "המים נקיים", "המים לא נקיים"),
        ("उसने कहा: “पानी साफ़ है”", "पानी साफ़ है", "पानी साफ़ नहीं है"),
        ("彼は「水はきれいだ」と言った", "水はきれいだ", "水はきれいでない"),
        ("그는 “물이 깨끗하다”고 말했다", "물이 깨끗하다", "물이 깨끗하지 않다"),
    ],
)
def test_every_script_has_its_quotes_and_near_misses(text: str, quote: str, other: str) -> None:
    place = SourceText(text).locate(quote)
    assert place.status in ("verbatim", "normalized")
    assert quoted(place, text)[1:] == quote[1:]
    assert SourceText(text).locate(other) == NOT_FOUND


WORDS = ["will", "not", "fail", "12", "pumps", "never", "we", "5.4"]


@given(st.lists(st.sampled_from(WORDS), min_size=2, max_size=8), st.data())
def test_a_quote_with_one_word_dropped_added_or_changed_stands_only_where_its_words_do(
    said: list[str], data: st.DataObject
) -> None:
    near, at = list(said), data.draw(st.integers(0, len(said) - 1))
    match data.draw(st.sampled_from(["drop", "add", "change", "swap"])):
        case "drop":
            near.pop(at)
        case "add":
            near.insert(at, data.draw(st.sampled_from(WORDS)))
        case "change":
            near[at] = data.draw(st.sampled_from(WORDS))
        case _:
            near.reverse()
    runs = [said[start : start + len(near)] for start in range(len(said))]
    status = SourceText(f"“{' '.join(said)},” they said").locate(" ".join(near)).status
    assert status == ["not_found", "verbatim", "ambiguous"][min(runs.count(near), 2)]


def plain(text: str) -> str:
    """A reading made apart from the code: letters, digits and signs in order, typography and blanks levelled."""
    text = unicodedata.normalize("NFKC", re.sub("\u00ad\\s*|[\u200b\u200d]", "", text)).casefold()
    text = re.sub(r"(?<=\w)-\s*\n\s*(?=\w)|(?<=\w) ?- ?(?=\w)", "", re.sub("[-–—]+", "-", text))
    text = re.sub("[“”„«»″]|''", '"', re.sub("[’‘′]", "'", text))
    return re.sub(r"\s", "", re.sub(r"(\.\s*){3,}|…", "…", text))


PIECES = [
    "we", "Will", "fail", "café", "cafe\u0301", "12.4", "3", "oﬃce", "office", "secu-\nrity", "security", "so\u00adme",
    " ", " ", " ", "\n", "\u00a0", "“", "”", '"', "’", "'", ",", ".", "-", "–", "\f", "東", "京", "\u200b",
]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=3, max_size=25), st.lists(st.sampled_from(PIECES), max_size=4))
def test_what_the_offsets_cut_out_reads_as_the_quote(text: list[str], quote: list[str]) -> None:
    for wanted in ("".join(quote), "".join(text[1:4]), "".join(text[2:5]).swapcase()):
        place = SourceText("".join(text)).locate(wanted)
        if place.start is not None and not place.gaps:
            cut, asked = plain(quoted(place, "".join(text))), plain(wanted.strip())
            less = asked.strip("…")  # an ellipsis at the end need not stand there
            assert cut in (asked, less, less.removesuffix("."), less.removesuffix(","))
        if place.status == "verbatim":
            assert quoted(place, "".join(text)) == wanted.strip()


LONG = "".join(f"Sentence {number} says that {number * 7919 % 10007} boats came in. " for number in range(2_000))


def test_five_hundred_quotes_of_one_text_are_each_found_where_they_stand() -> None:
    source = SourceText(LONG)
    for number in range(0, 2_000, 4):
        said = f"Sentence {number} says that {number * 7919 % 10007} boats came in"
        start = LONG.index(said + ".")
        assert source.locate(said) == Verification("verbatim", start, start + len(said))
        assert source.locate(said.lower()[0] + said[1:]).status == "normalized"
        assert source.locate(said.replace("came", "went")) == NOT_FOUND
        near = LONG.index(said + ".") + len(said)
        assert source.locate(
            f"Sentence {number} says … boats came in. Sentence {number + 1} says"
        ).end == near + 16 + len(str(number + 1))
