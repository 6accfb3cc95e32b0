"""Values that follow from other parts of a record, and differ from what they give, are not read in files."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.dates.edtf import parse_edtf
from app.domain.quantities.figures import COMPARATORS, bounds_of, parse_decimal
from app.domain.record.derived import bounds_follow, read_record, stale_bounds, stale_ends
from app.domain.record.records_in import ClaimIn, FigureIn, SourceIn

Doc = dict[str, Any]

DATES: list[tuple[Doc, str | None]] = [
    ({"edtf": "2021-11", "earliest": "2021-11-01", "latest": "2021-11-30"}, None),
    ({"edtf": "2021-11"}, None),
    ({"edtf": "2021-11", "earliest": None, "latest": None}, None),
    ({"earliest": "2021-12-01"}, None),
    ({"edtf": "soon", "earliest": "2021-12-01"}, None),  # the date itself is refused
    ({"edtf": 2021, "earliest": "2021-12-01"}, None),
    ({"edtf": "2021", "earliest": 2021}, None),
    (
        {"edtf": "2021-11", "earliest": "2021-12-01", "latest": "2021-12-31"},
        "earliest 2021-12-01 and latest 2021-12-31 are not read: they follow from edtf, and 2021-11 has"
        " earliest 2021-11-01 and latest 2021-11-30",
    ),
    (
        {"edtf": "2021-11", "earliest": "2021-11-01", "latest": "01/12/2021"},
        "latest 01/12/2021 is not read: it follows from edtf, and 2021-11 has latest 2021-11-30",
    ),
    (
        {"edtf": "../2021", "earliest": "2021-01-01"},
        "earliest 2021-01-01 is not read: it follows from edtf, and ../2021 has earliest none",
    ),
]


@pytest.mark.parametrize(("when", "told"), DATES)
def test_days_that_are_not_those_of_their_date_are_told(when: Doc, told: str | None) -> None:
    stale = stale_ends(when)
    assert (stale and stale.told) == told
    if stale:
        assert stale.is_shown(when | {"edtf": "1999"})
        assert not stale.is_shown(when | dict.fromkeys(stale.given, "1999-01-01"))
        assert not stale.is_shown(None)


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_the_days_of_a_date_are_its_own(day: date) -> None:
    for edtf in (f"{day.year:04}", f"{day.year:04}-{day.month:02}", day.isoformat(), f"../{day.isoformat()}"):
        parsed = parse_edtf(edtf)
        ends = {name: end and end.isoformat() for name in ("earliest", "latest") for end in [getattr(parsed, name)]}
        assert stale_ends({"edtf": edtf, **ends}) is None


# value, comparator, low, high; what is told
FIGURES: list[tuple[Any, Any, Any, Any, str | None]] = [
    ("6", "exactly", "5", "5", "low 5 and high 5 are not read: they follow from comparator and value, and exactly 6 has"
     " low 6 and high 6"),
    (6, "about", 5, 5, "low 5 and high 5 are not read: they follow from comparator and value, and about 6 has low 6 and"
     " high 6"),
    ("6", "at_most", None, "5", "high 5 is not read: it follows from comparator and value, and at_most 6 has high 6"),
    ("5", "at_least", "5", "5", "high 5 is not read: it follows from comparator and value, and at_least 5 has"
     " high null"),
    ("5", "exactly", "5.0", "5", None),
    ("5", "exactly", None, None, None),
    ("5", "exactly", "4", "6", None),  # an interval that somebody states: refused, unless it is between
    ("5", "exactly", "5", "9", None),
    ("5", "about", "4", "6", None),
    ("6", "between", "5", "5", None),
    ("6", None, "5", "5", None),
    (None, "exactly", "5", "5", None),
    ("6", "exactly", "many", "5", None),
    ("6", ["exactly"], "5", "5", None),
]  # fmt: skip


@pytest.mark.parametrize(("value", "comparator", "low", "high", "told"), FIGURES)
def test_bounds_of_another_value_are_told(value: Any, comparator: Any, low: Any, high: Any, told: str | None) -> None:
    figure = {"value": value, "comparator": comparator, "low": low, "high": high}
    stale = stale_bounds(figure)
    assert (stale and stale.told) == told
    if stale:
        assert stale.is_shown({name: parse_decimal(bound) for name, bound in stale.given.items()})
        assert not stale.is_shown(dict.fromkeys(stale.given, None))


numbers = st.decimals(-(10**6), 10**6, places=2).map(str)
comparators = st.sampled_from([name for name in COMPARATORS if name != "between"])


@given(numbers, comparators, numbers, comparators)
def test_bounds_of_before_are_left_out_where_value_or_comparator_are_others(
    value: str, name: str, new: str, other: str
) -> None:
    bounds = bounds_of(name, parse_decimal(value), None, None)
    figure = {"value": value, "comparator": name, "low": bounds.low, "high": bounds.high}
    assert bounds_follow(figure)
    assert stale_bounds(figure) is None
    figure |= {"value": new, "comparator": other}
    record, problems, unread = read_record(FigureIn, {"metric": "m", "unit": "count", **figure})
    assert record, problems
    assert record.bounds == bounds_of(other, parse_decimal(new), None, None)
    assert (value, name) != (new, other) or not unread


CLAIM: Doc = {
    "quote": "q", "said_on": {"edtf": "2021-11", "earliest": "2021-12-01"},
    "source": {"title": "T", "published_on": {"edtf": "2022", "latest": "2021-12-31"}},
    "figures": [{"metric": "m", "value": 6, "comparator": "exactly", "low": 5, "high": 5, "unit": "count",
                 "period": {"edtf": "2020", "earliest": "2019-01-01"}}],
}  # fmt: skip


def test_what_is_not_read_is_told_by_its_place() -> None:
    before = copy.deepcopy(CLAIM)
    claim, problems, unread = read_record(ClaimIn, CLAIM)
    assert claim, problems
    told = [one.problem for one in unread]
    assert sorted(one.field for one in told) == ["figures.0", "figures.0.period", "said_on", "source.published_on"]
    assert {one.code for one in told} == {"derived"}
    assert before == CLAIM
    assert read_record(SourceIn, CLAIM["source"])[2][0].problem.field == "published_on"


def test_what_a_stored_claim_shows_is_found_in_it() -> None:
    stored = {
        "said_on": {"earliest": "2021-12-01"},
        "citations": [{"source": {"published_on": None}}, {"source": {"published_on": {"latest": "2021-12-31"}}}],
        "figures": [{"low": 5, "high": 5, "period": {"earliest": "2019-01-02"}}],
    }
    unread = read_record(ClaimIn, CLAIM)[2]
    edited = [one.problem.field for one in unread if not one.is_shown(stored)]
    assert edited == ["figures.0.period"]
    assert not any(one.is_shown(None) or one.is_shown({"said_on": None, "figures": []}) for one in unread)


@pytest.mark.parametrize(
    "value", [None, [], "text", {"quote": 1}, {"figures": [{"low": {}, "value": [], "comparator": {}}]}]
)
def test_what_is_no_record_is_refused_as_before(value: Any) -> None:
    record, problems, unread = read_record(ClaimIn, value)
    assert (record, unread) == (None, [])
    assert problems
