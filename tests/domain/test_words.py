from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.text.tokenizer import fold, fold_name, recase, splits_word, tokens
from tests.characters import characters


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Shinzō ABE", "shinzo abe"),
        ("Ærøskøbing, Łódź, Đorđe, Þór, Ħal", "aeroskobing, lodz, dorde, thor, hal"),
        ("ﬁnance ２０２４ ½", "finance 2024 1⁄2"),
        ("Straße STRASSE ẞ", "strasse strasse ss"),
        ("İstanbul ISPARTA ısı", "istanbul isparta isi"),
        ("ΟΔΟΣ οδός", "οδοσ οδοσ"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّـــد أحمد", "محمد احمد"),
        ("ｶﾞ か\u3099", "ガ が"),
        ("e\u0301 é", "e e"),
        ("co\u00adop می\u200cخواهم \ufeffx", "coop ميخواهم x"),
        ("یک کتاب ٱلله إلى آن على", "يك كتاب الله الي ان علي"),
        ("Ёлка ѐ ѝ е\u0301", "елка е и е"),
        ("Й й и\u0306 и\u0323\u0306 Ї Ў Ќ Ѓ ӣ ӧ", "й й й й ї ў ќ ѓ ӣ ӧ"),
        ("Άγιος Ϊ ΐ ᾳ", "αγιοσ ι ι αι"),
        ("٢٠٢٤ ۲۰۲۴ २०२४ ๒๐๒๔ ２０２４ 𝟚𝟘𝟚𝟜", "2024 2024 2024 2024 2024 2024"),
        ("1️⃣ a\u0489 ⓐ", "1 a a"),
        ("അവന്\u200d अ\u0951 র\u200d্য", "അവൻ अ র্য"),
        ("𝔄𝕓c 𐐀", "abc 𐐨"),
        ("O’Brien Hawaiʻi Jean‑Luc “x”", "o'brien hawai'i jean-luc \"x\""),
        ("한국", "한국"),
    ],
)
def test_case_accents_and_typography_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("text", ["क्षेत्र", "হ্যাঁ", "ఐకమత్యం కై", "คุณ ค่า", "ก็", "བོད་སྐད"])
def test_vowels_and_viramas_written_as_marks_stay(text: str) -> None:
    assert fold(text) == unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text)).replace("ँ", "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("คุณ", "คณ"),  # Thai: a vowel
        ("война", "воина"),  # Russian: war, of the warrior
        ("їх", "іх"),
        ("सज़ा", "सजा"),  # Hindi: punishment, adorned
        ("कि", "की"),  # Hindi: a vowel's length
        ("क्या", "कया"),  # Hindi: a virama
        ("അവൻ", "അവന്"),  # Malayalam: he, to him
        ("ཙ", "ཙ༹"),
        ("ꪵꪀ", "ꪀ"),  # Tai Viet: a vowel
        ("か", "が"),
        ("각", "가"),
    ],
)
def test_words_that_a_mark_tells_apart_stay_apart(one: str, other: str) -> None:
    assert tokens(one) != tokens(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ёлка", "елка"),
        ("ΌΣΟΣ", "όσος"),
        ("مُحَمَّد", "محمد"),
        ("أحمد", "احمد"),
        ("علي", "على"),  # Arabic: Ali, on
        ("مكتبة", "مكتبه"),  # Arabic: library, his office
        ("مسؤول رئيس", "مسوول رييس"),
        ("שָׁלוֹם", "שלום"),
        ("क\u093cलम", "क़लम"),
        ("श\u094d\u200dरी", "श्री"),
        ("می\u200cرود", "میرود"),
        ("ＡＢＣ", "abc"),
        ("ｶﾞｽ", "ガス"),
        ("ﬁn", "fin"),
        ("한국", "한국"),
    ],
)
def test_spellings_of_one_word_are_one_token_or_the_same_tokens(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)


def test_every_character_folds_once_and_for_all() -> None:
    every = [one for one in map(chr, range(sys.maxunicode + 1)) if not "\ud800" <= one <= "\udfff"]
    for start in range(0, len(every), 1000):
        folded = fold("\n".join(every[start : start + 1000]))  # nothing folds together with a line feed
        assert folded.count("\n") >= len(every[start : start + 1000]) - 1
        assert fold(folded) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert unicodedata.is_normalized("NFC", fold(text))


@given(st.text())
def test_composed_and_decomposed_text_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize("name", ["Ana\u00a0 María", " ANA\u3000MARIA\n", "ana\u200bmaria", "A\u00adna\tMarí\u200da "])
def test_names_compare_without_case_accents_and_blanks(name: str) -> None:
    assert fold_name(name) == "ana maria"


@given(st.text(alphabet=st.sampled_from("aÉ \t\n\u00a0\u3000\u200b\u200d\u00ad")))
def test_a_folded_name_has_single_inner_blanks_only(text: str) -> None:
    folded = fold_name(text)
    assert folded == " ".join(folded.split(" ")).strip()
    assert fold_name(folded) == folded


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's 4,000 people.", ["it", "s", "4", "000", "people"]),
        ("It’s café-crème", ["it", "s", "cafe", "creme"]),
        ("東京タワー abc", ["東", "京", "タ", "ワ", "ー", "abc"]),
        ("東abc京", ["東", "abc", "京"]),
        ("か\u309aき", ["か\u309a", "き"]),
        ("ㄅㄆ", ["ㄅ", "ㄆ"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("ภาษา", ["ภ", "า", "ษ", "า"]),
        ("ភាសា ၂၀၂၄ မြန်မာ", ["ភា", "សា", "2024", "မြ", "န်", "မာ"]),
        ("ꦗꦮ ꪼꪕ ꆈꌠ", ["ꦗ", "ꦮ", "ꪼ", "ꪕ", "ꆈ", "ꌠ"]),
        ("𠀀𰀀𱍐\U000323b0", ["𠀀", "𰀀", "𱍐", "\U000323b0"]),  # the last is newer than most Pythons
        ("བོད་སྐད", ["བོད", "སྐད"]),
        ("1️⃣👍🏽 ❤️ 🇯🇵 x👍y", ["1", "x", "y"]),
        (
            "O’Brien rock'n'roll ʻOkina п’ять п'ять",
            ["o", "brien", "rock", "n", "roll", "okina", "п", "ять", "п", "ять"],
        ),
        ('צה״ל צה"ל ש׳', ["צה", "ל", "צה", "ל", "ש"]),
        ("हिन्दी क्षेत्र", ["हिन्दी", "क्षेत्र"]),
        ("שָׁלוֹם עולם", ["שלום", "עולם"]),
        ("a\u200bb c\u200dd snake_case", ["a", "b", "cd", "snake", "case"]),
        ('-not pre* "x:y" | & (z) \u0301', ["not", "pre", "x", "y", "z"]),
        ("", []),
        ("… — ! 👍", []),
        ("Œuvre №5 x²", ["oeuvre", "no5", "x2"]),
    ],
)
def test_tokens_are_runs_of_letters_digits_and_marks(text: str, words: list[str]) -> None:
    assert tokens(text) == words


def test_a_longer_run_is_cut_into_pieces_of_100() -> None:
    assert [len(word) for word in tokens("x" * 250)] == [100, 100, 50]
    assert [len(word) for word in tokens("я" * 250)] == [100, 100, 50]


@given(st.text())
def test_a_token_is_its_own_only_token(text: str) -> None:
    for word in tokens(text):
        assert tokens(word) == [word]
        assert 1 <= len(word) <= 100
        assert is_letter(word[0])
        assert all(is_letter(char) or unicodedata.category(char)[0] == "M" for char in word)


def is_letter(char: str) -> bool:
    return char.isalnum() or (unicodedata.category(char) == "Cn" and "\U00020000" <= char <= "\U0003fffd")


SCRIPTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("aÉßİｶﾞ½²'’-_ \n\t\u200b\u200c\u200d\u00ad\ufe0f\u20e3👍٢"),
        st.characters(min_codepoint=0x300, max_codepoint=0x17FF),
    ),
    max_size=40,
)


@given(SCRIPTS)
def test_a_text_has_the_tokens_of_each_of_its_words(text: str) -> None:
    assert tokens(text) == [word for part in text.split() for word in tokens(part)]


@given(SCRIPTS)
def test_folding_does_not_change_the_tokens(text: str) -> None:
    assert tokens(fold(text)) == tokens(text) == tokens(unicodedata.normalize("NFKD", text))


@given(st.text(), st.text())
def test_a_blank_parts_tokens(left: str, right: str) -> None:
    assert tokens(f"{left} {right}") == tokens(left) + tokens(right)


@pytest.mark.parametrize(
    "text",
    [
        "sc|an",
        "we can|'t",
        "we can|’t",
        "1|.5",
        "1.|5",
        "4|,000",
        "1’|000",
        "by -|5",
        "cafe|\u0301",
        "co|\u00adop",
        "co\u00ad|op",
    ],
)
def test_a_cut_inside_a_word_number_or_contraction_splits_it(text: str) -> None:
    assert splits_word(text.replace("|", ""), text.index("|"))


@pytest.mark.parametrize(
    "text",
    [
        "|scan",
        "scan|",
        "can| not",
        "l'|État",
        "well|-known",
        "well-|known",
        "5|, 6",
        "2010-|2015",
        "東|京",
        "❤|\ufe0f x",
    ],
)
def test_a_cut_between_words_splits_none(text: str) -> None:
    assert not splits_word(text.replace("|", ""), text.index("|"))


@pytest.mark.parametrize(
    ("text", "other"), [("We", "we"), ("“we", "“We"), ("5 we", "5 we"), ("ß", "ß"), ("東A", "東A"), ("…", "…")]
)
def test_recasing_changes_the_first_letter_only(text: str, other: str) -> None:
    assert recase(text) == other


COMMON = "".join(map(chr, (*range(0x80, 0x600), *range(0x600, 0x700), *range(0x1E00, 0x1F00), *range(0x2010, 0x20C0))))
COMMON += "".join(map(chr, (*range(0x3000, 0x3100), *range(0xFF00, 0xFF60)))) + "東京각가\u11a8"


def folded_with_others(text: str) -> str:
    """The text as it folds together with a character that goes, and that is not common."""
    return fold(f"\u2060{text}")


def test_common_characters_fold_as_they_do_beside_others() -> None:
    for one in COMMON:
        for text in (one, f"a{one}", f"{one}\u0301", f"Σ{one}Й{one}", f"가{one}か{one}"):
            assert fold(text) == folded_with_others(text)


@given(st.text(st.one_of(st.sampled_from(COMMON), st.sampled_from("aZ 1-'ß东"))))
def test_common_texts_fold_as_they_do_beside_others(text: str) -> None:
    assert fold(text) == folded_with_others(text)


@given(SCRIPTS)
def test_tokens_are_the_same_beside_a_long_one(text: str) -> None:
    assert tokens(f"{'x' * 101} {text}") == ["x" * 100, "x", *tokens(text)]


def test_every_character_makes_the_same_tokens_beside_a_long_one() -> None:
    every = characters()
    for start in range(0, len(every), 1000):
        text = " ".join(f"{char} a{char}b क{char} 東{char}\u0301" for char in every[start : start + 1000])
        assert tokens(f"{'x' * 101} {text}")[2:] == tokens(text)
