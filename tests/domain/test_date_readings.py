"""Texts that may mean several dates: each reading is told, none is taken, and no season among them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.dates.edtf import Edtf, parse_edtf
from app.domain.dates.readings import season_warning
from app.errors import BadValue
from tests.domain.test_dates import read_or_refusal

TWELVE = ("2021/2022", "2021-04/2022-03", "2021-07/2022-06", "2021-10/2022-09")
SCHOOL = ("2021/2022", "2021-08/2022-07", "2021-09/2022-08", "2021-10/2022-09")
NAMED_BY_ONE = ("2021", *TWELVE[1:], "2020-04/2021-03", "2020-07/2021-06", "2020-10/2021-09")
READINGS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("2021/22", "2021–22", "2021 / 22", "2021.22", "202122", "FY2021-22", "FY2021–22", "FY 2021/22", "fy21/22",
     "FY 21-22", "FY2021/2022", "2021/22 FY", "financial year 2021/22", "Fiscal Year 2021–2022", "2021-22 tax year",
     "GJ 2021/22", "Geschäftsjahr 2021/22",
     "2021-2022", "21/22", "’21–22", "FY 2021/2"): TWELVE,
    ("AY2021/22", "2021/22 academic year", "school year 2021-22", "SY 2021–2022"): SCHOOL,
    ("FY2021", "FY21", "FY 2021", "fiscal 2021", "Fiscal year 2021", "FY’21", "GJ 2021"): NAMED_BY_ONE,
    ("1999/00", "1999-00", "1999–2000", "FY99/00", "FY1999-2000"):
        ("1999/2000", "1999-04/2000-03", "1999-07/2000-06", "1999-10/2000-09"),
    ("2024-25",): ("2024/2025", "2024-04/2025-03", "2024-07/2025-06", "2024-10/2025-09"),
    ("2021/22~",): ("2021~/2022~", "2021-04~/2022-03~", "2021-07~/2022-06~", "2021-10~/2022-09~"),
    ("2011/12",): ("2011-12", "2011/2012", "2011-04/2012-03", "2011-07/2012-06", "2011-10/2012-09"),
    ("2021/2",): ("2021-02", *TWELVE),
    ("2010/12",): ("2010-12", "2010/2012"),
    ("1990-95", "1990/95", "1990–95", "199095"): ("1990/1995",),
    ("2020–22", "2020/22"): ("2020/2022",),
    ("Q3 2021/22", "2021-22 Q3", "Q3 FY2021/22"): ("2021-10/2021-12", "2022-01/2022-03", "2022-04/2022-06"),
    ("H1 2021/22", "1. Halbjahr 2021/22", "1st half 2021/22", "2021-22 H1"):
        ("2021-04/2021-09", "2021-07/2021-12", "2021-10/2022-03"),
    ("H2 FY2021", "FY21 2H", "2. Halbjahr GJ 2021"): (
        "2021-07/2021-12", "2021-10/2022-03", "2022-01/2022-06", "2022-04/2022-09", "2020-10/2021-03",
        "2021-01/2021-06", "2021-04/2021-09"),
    ("Q1 FY2021", "FY21 Q1"): ("2021-01/2021-03", "2021-04/2021-06", "2021-07/2021-09", "2021-10/2021-12",
                               "2020-04/2020-06", "2020-07/2020-09", "2020-10/2020-12"),
    ("04/05/2021", "4.5.2021", "04-05-2021", "４/５/２０２１"): ("2021-05-04", "2021-04-05"),
    ("04/05/21",): ("2021-05-04", "2021-04-05", "2004-05-21"),
    ("13/05/21",): ("2021-05-13", "2013-05-21"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "readings"), [(text, readings) for texts, readings in READINGS.items() for text in texts]
)
def test_every_reading_is_told(text: str, readings: tuple[str, ...]) -> None:
    if re.fullmatch(r"[0-9]{4}-2[1-4]", text):
        parse_edtf(text)  # EDTF for a season
        return
    with pytest.raises(BadValue) as refused:
        parse_edtf(text)
    assert refused.value.suggestions == readings
    assert all(reading in str(refused.value) for reading in readings)
    assert all(parse_edtf(reading).text == reading for reading in readings)


def test_a_message_says_what_each_reading_is() -> None:
    with pytest.raises(BadValue) as refused:
        parse_edtf("2021/22")
    assert str(refused.value) == (
        "'2021/22' is not an EDTF date: it names a year and the next in short; write 2021/2022 (both years whole), "
        "2021-04/2022-03 (April 2021 to March 2022), 2021-07/2022-06 (July 2021 to June 2022) or 2021-10/2022-09 "
        "(October 2021 to September 2022), whichever is meant"
    )


def test_what_is_a_season_of_level_2_may_be_years() -> None:
    with pytest.raises(BadValue) as refused:
        parse_edtf("2024-25")
    for told in ("form that is not supported: season 25 is level 2", "or it names a year and the next in short"):
        assert told in str(refused.value)


SEASONS = [
    ("2021-22", "2021-22 is summer 2021 in EDTF, June to August 2021; where years are meant, write 2021/2022 (both"),
    ("2020-21", "2020-21 is spring 2020 in EDTF, March to May 2020; where years are meant, write 2020/2021 (both"),
    ("2022-23?", "2022-23? is autumn 2022 in EDTF, September to November 2022; where years"),
    ("2023-24", "2023-24 is winter 2023 in EDTF, December 2023 to February 2024; where years"),
    ("1920-21", "1920-21 is spring 1920 in EDTF"),
    ("2019-21/2021-22", "2019-21 is spring 2019 in EDTF, March to May 2019; where years are meant, write 2019/2021"),
    ("2024-21/2021-22", "2021-22 is summer"),
    ("2021-21", None),
    ("2024-22", None),
    ("2021", None),
    ("2011-12", None),
    ("2021-04/2022-03", None),
    ("2021-12-22", None),
]


@pytest.mark.parametrize(("text", "told"), SEASONS, ids=lambda value: str(value)[:20])
def test_a_season_that_may_be_meant_for_years_is_warned_of(text: str, told: str | None) -> None:
    warning = season_warning(text)
    assert (warning or "").startswith(told or "")
    assert (warning is None) == (told is None)


@given(
    st.integers(1900, 2098), st.sampled_from(["/", "-", "–", ".", "\u2011"]), st.sampled_from(["", "FY", "FY ", "AY"])
)
@settings(deadline=None)
def test_no_year_and_the_next_is_answered_with_a_season(year: int, mark: str, prefix: str) -> None:
    read = read_or_refusal(f"{prefix}{year}{mark}{(year + 1) % 100:02}")
    if isinstance(read, Edtf):
        assert read.precision != "season" or season_warning(read.text)
    else:
        assert f"{year}/{year + 1}" in read.suggestions
        assert all(parse_edtf(reading).precision != "season" for reading in read.suggestions)
