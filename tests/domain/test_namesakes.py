"""Which names are told as perhaps one speaker's, and which are not."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.text import namesakes
from app.domain.text.namesakes import Namesakes, groups_of, names_to_compare

ALIKE = [
    ("Abe, Shinzo", "Shinzo Abe"),
    ("Abe Shinzo", "Abe, Shinzo"),
    ("安倍晋三", "安倍 晋三"),
    ("SMITH, John", "John Smith"),
    ("John Smith, Jr.", "John Smith Jr"),
    ("Smith Jr., John", "John Smith, Jr."),
    ("John F. Kennedy", "John Kennedy"),
    ("J. F. Kennedy", "John Fitzgerald Kennedy"),
    ("J.F. Kennedy", "John F. Kennedy"),
    ("Kennedy, J.", "John F. Kennedy"),
    ("J. Kennedy", "John Kennedy"),
    ("Nicolo' Machiavelli", "Niccolò Machiavelli"),
    ("Jose' Nunez", "José Núñez"),
    ("Jose´ Nunez", "José Núñez"),
    ("Conor O'Brien", "Conor OBrien"),
    ("Conor O’Brien", "Conor O Brien"),
    ("Jean-Luc Picard", "Jean Luc Picard"),
    ("Mc Donald, Ann", "McDonald Ann"),
    ("Barack Obama", "Barak Obama"),
    ("Barack Obama", "Barrack Obama"),
    ("Barack Obama", "Barack Ohama"),
    ("Barack Obama", "Barack Obmaa"),
    ("Ministry of Defense", "Ministry of Defence"),
    ("Jeffrey Hornung", "Hornung, Jeffery"),
    ("Reuters", "Reuter"),
    ("Eve Ortiz", "Eva Ortiz"),
    ("Ann Lee", "Ana Lee"),
    ("Tom Jones", "Tim Jones"),
    ("Kim Lee", "Kim Lea"),
    ("Jo Lee", "Joe Lee"),
    ("Мир Николаева", "Мар Николаева"),
    ("Владимир Путин", "Путин Владимир"),
    ("В. Путин", "Владимир Путин"),
    ("नरेंद्र मोदी", "मोदी नरेंद्र"),
    ("Dr. Max Fischer", "Max Fischer"),
    ("Prof. Dr. Hans Muster", "Hans Muster"),
    ("Prof. Dr. Hans Muster", "Dr. Hans Muster"),
    ("Dr. Anna Weiß", "Anna Weiss"),
    ("Fischer, Dr. Max", "Max Fischer"),
    ("Dr. med. Max Fischer", "M. Fischer"),
    ("Prof. Dr. Dr. h. c. Hans Muster", "Muster, Hans"),
    ("Dr.-Ing. Max Fischer", "Dipl.-Ing. Max Fischer"),
    ("Max Fischer, Ph.D.", "Max Fischer"),
    ("Max Fischer PhD", "Max Fisher"),
    ("Prof. Phil Collins", "Phil Collins"),
    ("Sen. Ann Lee", "Ann Lee"),
    ("Frau Anna Weber", "Mrs Anna Weber"),
    ("Mr. Max Fischer", "Dr. Max Fischer"),
    ("Ing. Karel Novák", "Karel Novák"),
    ("Mr. Conor O’Brien", "Conor O'Brien"),
    ("доктор Мир Николаев", "Мир Николаев"),
]
DIFFERENT = [
    ("John Smith", "John Smith Jr."),
    ("John F. Kennedy", "John D. Kennedy"),
    ("J. Kennedy", "Robert Kennedy"),
    ("Kennedy", "J. Kennedy"),
    ("J. F. K.", "John F. K."),
    ("John Kennedy", "John Fitzgerald Kennedy"),
    ("John K. Frank", "John F. Kim"),
    ("Iran", "Iraq"),
    ("Jo Lee", "Bo Lee"),
    ("Tom Jones", "Jones, Tim"),
    ("Ann Lee", "Lee Ana"),
    ("BBC News", "NBC News"),
    ("ABC News", "CBC News"),
    ("Mr Lee", "Mrs Lee"),
    ("Eve", "Eva"),
    ("Dr. Fischer", "Fischer"),
    ("Dr. Fischer", "Prof. Fischer"),
    ("Dr. Max Fischer", "Dr. Anna Fischer"),
    ("Dr. Max Fischer", "Dr. Max Huber"),
    ("Dr. Max Fischer, Jr.", "Max Fischer"),
    ("Lady Gaga", "Gaga"),
    ("Governor of New York", "Mayor of New York"),
    ("Minister of State", "President of State"),
    ("President of France", "Chancellor of France"),
    ("Gov. of New York", "Sen. of New York"),
    ("Professor of Law", "Doctor of Law"),
    ("Monsieur le Ministre", "Docteur le Ministre"),
    ("Dr. von der Leyen", "Prof. von der Leyen"),
    ("Mrs Anna Weber", "Mr Anna Weber"),
    ("Herr Max Fischer", "Frau Max Fischer"),
    ("Weber, Mrs Anna", "Mr. A. Weber"),
    ("Signor Rossi", "Signora Rossi"),
    ("General Electric Company", "Electric Company"),
    ("Right to Repair", "To Repair"),
    ("Right Livelihood Award", "Livelihood Award"),
    ("Judge Rotenberg Center", "Rotenberg Center"),
    ("Major League Baseball", "League Baseball"),
    ("ING Bank Group", "Bank Group"),
    ("Lord Mayor of London", "Mayor of London"),
    ("Senator 1234", "Senator 1235"),
    ("District 9 Council", "District 8 Council"),
    ("Barack Obama", "Michelle Obama"),
    ("Barak Obama", "Barack Ohama"),
    ("李明", "李刚"),
    ("김정은", "김정일"),
    ("नरेंद्र मोदी", "नारद मदन"),  # alike only to those who take vowel signs away
    ("…", "!"),
    ("Ann " * 20, "Ann " * 20),
]

WORDS = ["ann", "anne", "lees", "leos", "hill", "hall", "smith", "smyth", "a", "l", "h"]


def pairs(*names: str, kinds: tuple[str | None, ...] = (), stored: tuple[str, ...] = ()) -> set[tuple[int, int]]:
    """The pairs by position; those of `stored` come behind."""
    given_kinds = kinds or (None,) * (len(names) + len(stored))
    found = Namesakes(one for at, name in enumerate(names) for one in names_to_compare(at, [name], given_kinds[at]))
    found.add_stored(
        one for at, name in enumerate(stored, len(names)) for one in names_to_compare(at, [name], given_kinds[at])
    )
    assert not found.cut
    return found.pairs()


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_are_written_alike_are_told(one: str, other: str) -> None:
    assert (
        pairs(one, other) == pairs(other, one) == pairs(one, stored=(other,)) == pairs(other, stored=(one,)) == {(0, 1)}
    )


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_names_that_are_not_so_alike_are_not_told(one: str, other: str) -> None:
    assert pairs(one, other) == pairs(other, one) == pairs(one, stored=(other,)) == set()


def test_names_of_one_speaker_are_no_pair_and_stored_ones_alone_are_not_told() -> None:
    assert Namesakes(names_to_compare(1, ["Ann Lee", "Lee, Ann"], None)).pairs() == set()
    assert pairs("Bob Hill", stored=("Ann Lee", "Lee, Ann")) == set()


@pytest.mark.parametrize(
    ("kinds", "alike"),
    [
        (("person", "person"), True),
        (("person", None), True),
        (("organization", None), True),
        (("organization", "organization"), True),
        (("person", "organization"), False),
    ],
)
def test_speakers_of_two_kinds_are_two(kinds: tuple[str | None, ...], alike: bool) -> None:
    assert bool(pairs("Ann Hilton", "Hilton, Ann", kinds=kinds)) == alike


def test_initials_of_a_known_name_stand_for_nobody_else() -> None:
    ann = names_to_compare(1, ["Ann B. Hill", "A. Hill", "A. B. Hill"], None)
    assert [one.words for one in ann] == [("ann", "b", "hill")]
    assert Namesakes([*ann, *names_to_compare(2, ["Alan Hill"], None)]).pairs() == set()
    assert Namesakes([*ann, *names_to_compare(2, ["Ann Hill"], None)]).pairs() == {(1, 2)}
    assert Namesakes([*names_to_compare(1, ["A. Hill"], None), *names_to_compare(2, ["Alan Hill"], None)]).pairs() == {
        (1, 2)
    }


def test_organizations_have_no_initials() -> None:
    assert pairs("B. Bank", "British Bank", kinds=("organization", None)) == set()
    assert pairs("B. Bank", "British Bank", kinds=("person", None)) == {(0, 1)}


def test_initials_behind_a_title_stand_for_nobody_else() -> None:
    ann = names_to_compare(1, ["Ann Hill", "Dr. A. Hill"], None)
    assert Namesakes([*ann, *names_to_compare(2, ["Dr. Alan Hill"], None)]).pairs() == set()


def test_organizations_have_no_titles() -> None:
    names = "General Pencil Company", "Pencil Company"
    assert pairs(*names, kinds=("organization", None)) == pairs(*names, kinds=("organization",) * 2) == set()


def test_of_many_names_in_common_the_same_are_told_as_of_few() -> None:
    words = [f"{a}{b}{c}{d}" for a in "kl" for b in "ae" for c in "rst" for d in "io"]
    names = [f"John {word}" for word in words] + [f"J. {word}" for word in words] + ["John Kari", "J. Q. Kari"]
    assert len(words) == 24
    one_by_one = {
        (first, second) for first, second in combinations(range(len(names)), 2) if pairs(names[first], names[second])
    }
    assert pairs(*names) == one_by_one
    assert len(one_by_one) > len(names)


@given(
    st.lists(
        st.sampled_from(WORDS),
        min_size=1,
        max_size=4,
    ),
    st.data(),
)
def test_the_order_of_words_and_of_names_does_not_matter(words: list[str], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4))
    one, two = " ".join(words), " ".join(other)
    turned, mixed = " ".join(data.draw(st.permutations(words))), " ".join(data.draw(st.permutations(other)))
    if "".join(words) != "".join(other):
        assert pairs(one, two) == pairs(two, one)
        assert pairs(turned, mixed) >= pairs(one, two) or "".join(turned.split()) == "".join(mixed.split())


def test_too_many_that_are_alike_are_left_out_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namesakes, "MOST_COMPARED", 100)
    found = Namesakes(one for number in range(50) for one in names_to_compare(number, ["John Smith"], None))
    assert 0 < len(found.pairs()) < 100
    assert found.cut


def test_groups_are_of_all_that_pairs_join() -> None:
    assert groups_of({(1, 2), (2, 3), (5, 6), (4, 6)}) == [[1, 2, 3], [4, 5, 6]]
