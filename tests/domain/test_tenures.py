"""A tenure covers a date only where it must have been held on every day that the date may name."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.dates.edtf import parse_edtf
from app.domain.record.records_in import SpeakerIn, check_record
from app.domain.record.tenures import must_cover

# (since, until, the dates that are covered, the dates that are not)
TENURES: list[tuple[str | None, str | None, list[str], list[str]]] = [
    ("2020-03-01", "2022-12-31", ["2020-03-01", "2022-12-31", "2021", "2020-04/2021-05", "2020-12T"],
     ["2020-02-29", "2023-01-01", "2020", "2020-03-01/2023-01-01", "2020-24/2023"]),
    ("2013", "2015", ["2013-12-31", "2014", "2015-01-01", "2014-23"],
     ["2013-12-30", "2013", "2013-12", "2015-01", "2015-01-02", "2014-24", "2013/2015"]),
    ("2013-03", "2015-09", ["2013-03-31", "2015-09-01", "2014"], ["2013-03-30", "2013-03", "2015-09-02", "2015-09"]),
    ("2013-24", "201X", [], ["2013-12-01", "2014-02-28", "2015"]),
    ("2007-24", "201X", ["2008-02-29", "2009", "2010-01-01"], ["2008-02-28", "2010-01"]),
    ("2013/2014", "2016/2018", ["2014-12-31", "2015", "2016-01-01"], ["2014-12-30", "2014", "2016-01-02"]),
    ("../2013", "2016/..", ["2013-12-31", "2014", "2016-01-01"], ["2013", "2016-01-02"]),
    ("2013", "2013", [], ["2013", "2013-06-01"]),
    ("2013-05-01", "..", ["2013-05-01", "2024", "9999-12-31"], ["2013-04-30", "2013-05/..", "../2014", "XXXX"]),
    ("2013-05-01", None, [], ["2013-05-01", "2024"]),
    ("2013-05-01", "XXXX", [], ["2013-05-01", "2024"]),
    ("2013-05-01", "/", [], ["2013-05-01", "2024"]),
    ("2013-05-01", "../2015", [], ["2013-05-01", "2014"]),
    (None, "..", [], ["1990", "2024"]),
    (None, "2015", [], ["1990", "2014"]),
    ("XXXX", "..", [], ["1990", "2024"]),
    ("2013/..", "..", [], ["2014", "2024"]),
    (None, None, [], ["1990"]),
    ("2013~", "..", [], ["2013-12-31", "2024"]),
    ("2013?", "2016", [], ["2014"]),
    ("2013", "2016%", [], ["2014"]),
    ("2010", "2016~/2017", [], ["2014"]),
    ("2010", "2020", ["2014"], ["2014~", "2014?", "2014-05%", "2014-05-06~", "2014~/2015"]),
]  # fmt: skip


@pytest.mark.parametrize(("since", "until", "covered", "open_"), TENURES, ids=lambda value: str(value))
def test_a_tenure_covers_what_it_must_have_covered(
    since: str | None, until: str | None, covered: list[str], open_: list[str]
) -> None:
    for said_on in covered:
        assert must_cover(since, until, said_on.replace("T", "-05T10:00:00Z")), said_on
    for said_on in open_:
        assert not must_cover(since, until, said_on), said_on
    assert not must_cover(since, until, None)


def _days(text: str) -> list[date]:
    """Some days that a date may name: its first, its last, one between."""
    parsed = parse_edtf(text)
    assert parsed.earliest
    assert parsed.latest
    return [parsed.earliest, parsed.latest, parsed.earliest + (parsed.latest - parsed.earliest) / 2]


_DATES = st.builds(
    lambda day, form: day.isoformat()[:form] if form > 1 else f"{day.year:04}-{20 + day.month % 4 + 1}",
    st.dates(date(2000, 1, 1), date(2003, 12, 31)),
    st.sampled_from([1, 4, 7, 10]),
)


@given(_DATES, _DATES, _DATES)
@settings(deadline=None)
def test_whichever_days_were_meant_the_tenure_was_held(since: str, until: str, said_on: str) -> None:
    meant = [(first, last, day) for first in _days(since) for last in _days(until) for day in _days(said_on)]
    held = all(first <= day <= last for first, last, day in meant)
    assert must_cover(since, until, said_on) == held


def test_a_day_before_or_after_an_exact_tenure_is_not_covered() -> None:
    first, last = date(2020, 2, 28), date(2021, 2, 28)
    for day in (first - timedelta(1), last + timedelta(1)):
        assert not must_cover(first.isoformat(), last.isoformat(), day.isoformat())
    for day in (first, last):
        assert must_cover(first.isoformat(), last.isoformat(), day.isoformat())


@pytest.mark.parametrize(
    ("tenure", "told"),
    [
        ({"until": ".."}, ""),
        ({"until": {"edtf": "..", "as_stated": "to this day"}}, ""),
        ({"since": ".."}, "an open end belongs to an interval"),
        ({"since": "2022", "until": "2020"}, "since 2022 is after until 2020"),
        ({"until": "..."}, "is not an EDTF date"),
        ({"until": {"edtf": "..", "latest": "2020-01-01"}}, "contradicts"),
    ],
    ids=lambda value: str(value),
)
def test_only_an_end_may_be_open(tenure: dict[str, object], told: str) -> None:
    _, problems = check_record(SpeakerIn, {"name": "Ann", "tenures": [{"title": "minister", **tenure}]})
    assert [told in problem.detail for problem in problems] == ([True] if told else [])
