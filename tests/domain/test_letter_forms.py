"""Quotes from PDFs and OCR: other forms of the same letters, hyphens and blanks; never another word or number."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.text.differences import differences
from app.domain.text.quote_matcher import NOT_FOUND, SourceText, Verification
from app.domain.text.readings import join, read_plainly


def quoted(place: Verification, text: str) -> str:
    assert place.start is not None, place
    return text[place.start : place.end]


@pytest.mark.parametrize(
    ("written", "quote"),
    [
        ("the ﬁrst ﬄuent oﬃce, ﬅ and ﬓ", "the first ffluent office, st and մն"),
        ("Congreſs ſhall make no law", "Congress shall make no law"),
        ("ﻗﺎﻝ ﺍﻟﻮﺯﻳﺮ ﻻ", "قال الوزير لا"),
        ("قال ﷺ ذلك", "قال صلى الله عليه وسلم ذلك"),
        ("שׁלוֹם ﬀ", "שׁלוֹם ff"),
        ("⼤⾂は⻑く⻄を⾒た", "大臣は長く西を見た"),
        ("⻝⺠⻤", "食民鬼"),
        ("ﾃﾞｰﾀﾍﾞｰｽとﾊﾟﾝ｡", "データベースとパン。"),
        ("ＧＤＰは１２％、ﾡ", "GDPは12％、ㄱ"),
        ("CO₂ and H₂O in km²", "CO2 and H2O in km2"),
        ("m³ (a+b)² and x₁", "m3 (a+b)2 and x1"),
        ("the plan³ and the rest.⁴", "the plan3 and the rest.4"),
        ("the 5ᵗʰ of May, 1ª, nº 3", "the 5th of May, 1a, no 3"),
        ("𝐓𝐡𝐞 𝟐𝟎 𝒫𝓁𝒶𝓃𝓈 ℳ", "The 20 Plans M"),
        ("10㎡ and ㎏, ㍿", "10m2 and kg, 株式会社"),
        ("µm and Ⅳ and №", "μm and IV and No"),
        ("น้ำ", "น้ํา"),
        ("１〜２ and １～２", "1～2 and 1〜2"),
        ("a\u00a0b\u202fc\u2007d\u2060e", "a b c de"),
        ("non\u2011stop Haus⸗Tür, בית־ספר", "non-stop Haus-Tür, בית-ספר"),
        ("na¬\ntional secu¬rity", "national security"),
        ("Ge⸗\nſell⸗ \r\n ſchaft", "Gesellschaft"),
        ("infra\u2010\n\n\fstructure", "infrastructure"),
        ("infra\u2011\nstructure a\u058a\nb", "infrastructure ab"),
        ("secu\u00ad rity well\u00ad\nknown", "security well-known"),
        ("well\u00adknown", "well-known"),
        ("so\u00adme\u200bthing", "something"),
        ("infra-\u200b\n\u200bstructure", "infrastructure"),
        ("मंत्री-\nमंडल", "मंत्रीमंडल"),
    ],
)
def test_forms_of_letters_and_line_ends_are_forgiven_and_listed(written: str, quote: str) -> None:
    text = f"« {written} »"
    for held, wanted in ((text, quote), (f"« {quote} »", written)):
        place = SourceText(held).locate(wanted)
        assert place.status == "normalized", (held, wanted)
        assert place.differences
        passage = quoted(place, held)
        assert all(of_quote in wanted and of_text in passage for of_quote, of_text in place.differences)


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("about 10² people", ["about 102 people", "about 10 people", "about 10 2 people"]),
        ("about 10\u200b² people", ["about 102 people"]),
        ("about 10²³ or x₁² or 2³", ["1023", "x12", "23", "x₁2", "or x1"]),
        ("in 2010,² they", ["in 2010,2 they"]),
        ("10ⁿ", ["10n"]),
        ("CO₂5", ["CO25"]),
        ("1½ or ½", ["11⁄2", "11/2", "1 1⁄2"]),
        ("rule ① of ⒈", ["rule 1 of 1.", "1"]),
        ("am 5㏠ um 3㍘", ["51日", "30点"]),
        ("㎡5", ["m25"]),
        ("we use x²", ["we use x"]),
        ("قال ﷺ", ["الله", "صلى الله", "وسلم"]),
        ("stuﬀ oﬀ", ["stuf", "of"]),
        ("two x̣̃ marks", ["two x̣"]),
        ("re-sign", ["resign"]),
        ("well¬ known", ["well", "known"]),
    ],
)
def test_other_numbers_and_halves_of_forms_are_not_found(written: str, near: list[str]) -> None:
    for quote in near:
        assert SourceText(f"« {written} »").locate(quote) == NOT_FOUND, quote


@pytest.mark.parametrize(
    ("written", "quote", "differences"),
    [
        ("“It’s the ﬁrst,” said", "\"it's the first", [('"', "“"), ("it", "It"), ("'", "’"), ("first", "ﬁrst")]),
        ("its secu-\nrity   fence", "its security fence", [("security", "secu-\nrity"), (" ", "   ")]),
        ("so\u00adme", "some", [("some", "so\u00adme")]),
        ("a — b — c", "a - b - c", [("-", "—")]),
        ("We won,” he said.", "We won.", [(".", "")]),
        ("the same words", "the same words", []),
        ("an oﬃce had an eﬀect", "an office had an effect", [("office", "oﬃce"), ("effect", "eﬀect")]),
        ("an office", "an oﬃce", [("oﬃce", "office")]),
        ("ﬀicient", "fﬁcient", [("fﬁcient", "ﬀicient")]),
        ("the eﬃ-\ncient one", "the efficient one", [("efficient", "eﬃ-\ncient")]),
        ("ﬁ\u00adre", "fire", [("fire", "ﬁ\u00adre")]),
        ("ﻗﺎﻝ ﻻ", "قال لا", [("قال", "ﻗﺎﻝ"), ("لا", "ﻻ")]),
        ("قال ﷺ", "قال صلى الله عليه وسلم", [("صلى الله عليه وسلم", "ﷺ")]),
        ("a ½ of 10㎏ ™", "a ½ of 10kg TM", [("10kg", "10㎏"), ("TM", "™")]),
        ("une cre\u0301e\u0301e", "une créée", [("créée", "cre\u0301e\u0301e")]),
    ],
)
def test_what_differs_is_listed_once_by_the_word(written: str, quote: str, differences: list[tuple[str, str]]) -> None:
    assert list(SourceText(written).locate(quote).differences) == differences


SPELT = [
    "ffi", "ﬃ", "ﬀi", "fﬁ", "é", "e\u0301", "E\u0301", "لا", "ﻻ", "ﻼ", "kg", "㎏", "ＴＭ", "TM", "™", "so\u00adme",
    "some", "大", "ａ", "½", "o", "ce", " ", "  ", "\n", "-", "—", "‑", "’", "'", "secu-\nrity", "\u200b", "²",
]  # fmt: skip


def alike(text: str) -> str:
    """A reading made apart from the code: letters and signs without typography."""
    text = re.sub("[\u00ad\u200b-]\\s*", "", re.sub("[‑—]", "-", text))
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("’", "'")


def is_quote(passage: str, quote: str, parts: list[tuple[str, str]]) -> bool:
    """Whether the passage becomes the quote where parts of it, in order, are replaced by those of the quote."""
    ways = {(0, 0)}  # how far the passage and the quote were read
    for of_quote, of_text in parts:
        ways = {
            (at + same + len(of_text), of + same + len(of_quote))
            for at, of in ways
            for same in range(len(passage) - at + 1)
            if passage[at : at + same] == quote[of : of + same]
            and passage.startswith(of_text, at + same)
            and quote.startswith(of_quote, of + same)
        }
    return any(passage[at:] == quote[of:] for at, of in ways)


@given(st.lists(st.sampled_from(SPELT), min_size=1, max_size=8), st.data())
def test_each_difference_pairs_what_stands_for_the_same_words(said: list[str], data: st.DataObject) -> None:
    passage = "".join(said)
    text = join(read_plainly(passage))
    others = [[each for each in SPELT if alike(each) == alike(piece)] for piece in said]
    quote = join(read_plainly("".join(data.draw(st.sampled_from(each)) for each in others)))
    if quote.text == text.text and text.text:
        found = list(differences(quote, text, 0))
        first, last = text.span(0, len(text.text))
        assert is_quote(passage[first:last], quote.source, found)
        assert all(alike(of_quote) == alike(of_text) for of_quote, of_text in found)


def test_the_list_of_differences_is_bounded() -> None:
    words = [chr(ord("a") + n) * 3 for n in range(26)]
    place = SourceText(" ".join(f"ﬁ{word}" for word in words)).locate(" ".join(f"fi{word}" for word in words))
    assert (place.status, len(place.differences)) == ("normalized", 20)
    place = SourceText("start " + "\n" * 5_000 + "end").locate("start end")
    assert [len(text) for _, text in place.differences] == [200]


# The same word, number or negation in the ways that PDFs and OCR have it, apart from the code.
FORMS = {
    "will": ["will", "wi\u00adll", "𝐰𝐢𝐥𝐥", "wi\u200bll", "wi-\nll", "wi¬\nll", "ｗｉｌｌ"],
    "not": ["not", "no\u00ad\nt", "ｎｏｔ", "no\u2060t"],
    "cannot": ["cannot", "can-\nnot", "can⸗\nnot", "can¬ not"],
    "can": ["can", "ca\u00adn"],
    "fix": ["fix", "ﬁx", "fi\u2010\nx"],
    "CO2": ["CO2", "CO₂", "CO²"],
    "102": ["102", "１０２", "𝟏𝟎𝟐"],
    "10²": ["10²"],
    "12": ["12", "１２"],
    "oﬃce": ["office", "oﬃce", "of-\nfice"],
    "never": ["never", "ne\u00adver", "neﬀer".replace("ﬀ", "v")],
    "大臣": ["大臣", "⼤⾂"],
}


@given(st.lists(st.sampled_from(sorted(FORMS)), min_size=2, max_size=7), st.data())
def test_no_form_hides_another_word_digit_or_negation(said: list[str], data: st.DataObject) -> None:
    def write(words: list[str]) -> str:
        return " ".join(data.draw(st.sampled_from(FORMS[word])) for word in words)

    text = f"« {write(said)} »"
    start = data.draw(st.integers(0, len(said) - 1))
    quoted_words = said[start : data.draw(st.integers(start + 1, len(said)))]
    assert SourceText(text).locate(write(quoted_words)).status in ("verbatim", "normalized", "ambiguous")
    at = data.draw(st.integers(0, len(quoted_words) - 1))
    near = [*quoted_words[:at], data.draw(st.sampled_from(sorted(FORMS))), *quoted_words[at + 1 :]]
    stands = any(near == said[place : place + len(near)] for place in range(len(said)))
    assert (SourceText(text).locate(write(near)).status != "not_found") == stands
