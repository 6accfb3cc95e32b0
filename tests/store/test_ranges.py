"""Ranges as terms: intervals share a term where they share a day, or may share an amount, and only there."""

from __future__ import annotations

from math import inf, nextafter

from hypothesis import example, given
from hypothesis import strategies as st

from app.store.database.tables import OPEN_END, OPEN_START
from app.store.index.ranges import (
    AMOUNTS,
    DAYS,
    LAST_DAY,
    Tree,
    amount_leaves,
    day_leaves,
    inner_terms,
    meeting_terms,
    stored_terms,
)

Interval = tuple[int, int]

days = st.one_of(st.integers(1, LAST_DAY), st.integers(737_000, 739_500))
day_intervals = st.tuples(days, days).map(lambda two: (min(two), max(two)))
open_days = st.one_of(
    day_intervals,
    days.map(lambda day: (OPEN_START, day)),
    days.map(lambda day: (day, OPEN_END)),
)
amounts = st.one_of(
    st.sampled_from([0.0, 1.0, 1000.0, 1001.0, 1e-3, -5.0, -1000.0, 1e30, 273.15]),
    st.floats(min_value=-1e60, max_value=1e60),
)
amount_intervals = st.one_of(
    amounts.map(lambda one: (one, one)),
    st.tuples(amounts, amounts).map(lambda two: (min(two), max(two))),
    amounts.map(lambda one: (one, inf)),
    amounts.map(lambda one: (-inf, one)),
)


@given(open_days, open_days)
@example((738_000, 738_030), (738_030, 738_060))
@example((OPEN_START, OPEN_END - 1), (LAST_DAY, LAST_DAY))
def test_dates_share_a_term_if_and_only_if_they_share_a_day(stored: Interval, asked: Interval) -> None:
    held = set(stored_terms("day", DAYS, day_leaves(*stored)))
    meets = stored[0] <= asked[1] and asked[0] <= stored[1]
    assert bool(held & set(meeting_terms("day", DAYS, day_leaves(*asked)))) == meets


@given(open_days, open_days)
def test_a_date_within_another_has_one_of_its_inner_terms(stored: Interval, asked: Interval) -> None:
    held = set(stored_terms("day", DAYS, day_leaves(*stored)))
    if asked[0] <= stored[0] and stored[1] <= asked[1]:
        assert held & set(inner_terms("day", DAYS, day_leaves(*asked)))


@given(amount_intervals, amount_intervals)
def test_amounts_that_meet_share_a_term_and_those_far_apart_do_not(
    stored: tuple[float, float], asked: tuple[float, float]
) -> None:
    held = set(stored_terms("amount", AMOUNTS, amount_leaves(*stored)))
    wanted = set(meeting_terms("amount", AMOUNTS, amount_leaves(*asked)))
    if stored[0] <= asked[1] and asked[0] <= stored[1]:
        assert held & wanted
    elif amount_leaves(*stored)[0] > amount_leaves(*asked)[1] or amount_leaves(*stored)[1] < amount_leaves(*asked)[0]:
        assert not held & wanted
    if asked[0] <= stored[0] and stored[1] <= asked[1]:
        assert held & set(inner_terms("amount", AMOUNTS, amount_leaves(*asked)))


@given(st.lists(amounts, min_size=2, max_size=20))
def test_the_leaves_of_amounts_are_in_the_order_of_numbers(numbers: list[float]) -> None:
    leaves = [amount_leaves(one, one)[0] for one in sorted(numbers)]
    assert leaves == sorted(leaves)
    assert amount_leaves(-0.0, 0.0)[0] == amount_leaves(0.0, 0.0)[0]
    assert amount_leaves(1.0, nextafter(1.0, inf)) == amount_leaves(1.0, 1.0)


@given(st.lists(st.integers(2, 16), max_size=5), st.integers(0, 5000), st.integers(0, 5000))
def test_a_cover_holds_each_leaf_once_and_no_other(radices: list[int], one: int, other: int) -> None:
    tree, (low, high) = Tree(tuple(radices)), sorted((one, other))
    held: list[int] = []
    for level, number in tree.cover(low, high):
        size = 1
        for radix in radices[:level]:
            size *= radix
        held += range(number * size, (number + 1) * size)
    assert sorted(held) == list(range(low, high + 1))


def test_a_day_has_six_terms_and_a_year_five() -> None:
    assert len(stored_terms("day", DAYS, day_leaves(738_000, 738_000))) == 6
    whole_year = day_leaves(737_791, 738_155)  # 2021
    assert len(stored_terms("day", DAYS, whole_year)) == 5
    assert len(meeting_terms("day", DAYS, whole_year)) == 4
