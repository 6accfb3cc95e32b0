"""Dates of foreign files become EDTF as precise as they are, in any language and calendar, and are never guessed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from app.domain.dates.edtf import parse_edtf
from app.errors import BadValue
from app.store.imports.mapping.expressions import compile_template
from tests.store.mapping.templates import fault, value


def read(parameters: str, cell: object) -> str | None:
    """The value of the filter `date` for a cell."""
    found: str | None = value(f"{{{{ cell | date({parameters}) }}}}", cell=cell)
    return found


@pytest.mark.parametrize(
    ("parameters", "cell", "expected"),
    [
        ("'%d.%m.%Y'", "26.12.2014", "2014-12-26"),
        ("'%d.%m.%Y'", "1.2.2014", "2014-02-01"),
        ("'%m/%d/%Y'", "01/30/2019", "2019-01-30"),
        ("'%B %d, %Y'", "  December  1st,\u00a02014 ", "2014-12-01"),
        ("'%B %Y'", "DECEMBER 2014", "2014-12"),
        ("'%d %B %Y', '%B %Y', '%Y'", "2014", "2014"),
        ("'%Y'", 2014, "2014"),
        ("'%b. %d, %Y'", "Sept. 5, 2014", "2014-09-05"),
        ("'%d-%b', year=2014", "26-Dec", "2014-12-26"),
        ("'%d-%b', '%d-%b-%Y', year='2014'", "26-Dec-2013", "2013-12-26"),
        ("'%d/%m/%y', pivot=1950", "1/2/49", "2049-02-01"),
        ("'%d/%m/%y', pivot=1950", "1/2/50", "1950-02-01"),
        ("'%A, %d %B %Y'", "Friday, 26 December 2014", "2014-12-26"),
        ("'%a %b %d %H:%M:%S %z %Y'", "Fri Dec 26 10:15:00 +0000 2014", "2014-12-26"),
        ("'%m/%d/%Y %I:%M %p'", "12/26/2014 9:05 p.m.", "2014-12-26"),
        ("'%F %T'", "2014-12-26 10:11:12", "2014-12-26"),
        ("'100%% %Y'", "100% 2014", "2014"),
        ("'%d. %B %Y', locale='de'", "3. März 2014", "2014-03-03"),
        ("'%d. %b %Y', locale='de'", "3. Sept. 2014", "2014-09-03"),
        ("'%d %B %Y', locale='fr'", "1er août 2014", "2014-08-01"),
        ("'%d de %B de %Y', locale='pt-BR'", "7 de março de 2018", "2018-03-07"),
        ("'%d %B %Y', locale='ru'", "9 мая 2015", "2015-05-09"),
        ("'%B %Y', locale='ru'", "май 2015", "2015-05"),
        ("'%Y年%m月%d日'", "2014年1月5日", "2014-01-05"),
        ("'%d/%m/%Y'", "٠٥/٠٤/٢٠١٤", "2014-04-05"),
        ("'iso', '%d.%m.%Y'", "2014-04", "2014-04"),
        ("", "2014~", "2014~"),
        ("", "2014-12-26T23:30:00-05:00", "2014-12-26"),
        ("", "2014-12-26 23:30:00.123Z", "2014-12-26"),
        ("'%Y'", "  ", None),
        ("'%Y'", None, None),
    ],
)
def test_a_date_is_as_precise_as_the_format_that_fits(parameters: str, cell: object, expected: str | None) -> None:
    assert read(parameters, cell) == expected


@pytest.mark.parametrize(
    ("parameters", "cell", "message"),
    [
        ("'%d-%b'", "26-Dec", "the format '%d-%b' has no year, and none is supplied at column 11; add %Y where the"),
        ("'%d/%m/%y'", "1/2/49", "the format '%d/%m/%y' has %y, a year without its century at column 11; give the fi"),
        ("'%d %Y'", "1 2014", "the format '%d %Y' has a day without its month at column 11"),
        ("'%Y %q'", "2014", "the format '%Y %q' has %q, which is none of %%, %A, %B, %F, %H, "),
        ("'%m %B %Y'", "5 May 2014", "the format '%m %B %Y' has %B and what it says a second time at column 11"),
        ("'%H:%M'", "10:00", "the format '%H:%M' reads no date at column 11; its signs are "),
        (
            "'%B', year=2014, locale='xx'",
            "May",
            "'xx' is no language at column 11; write a tag such as en, de or pt-BR",
        ),
        ("'%B', year=0", "May", "the year of date is one of 1 to 9999, not 0 at column 11"),
        (
            "'%y', pivot=9950",
            "14",
            "the pivot of date is the first year of a hundred, such as 1950, not 9950 at column 11",
        ),
        ("'%B %d, %Y'", "26-Dec", "'26-Dec' does not fit the format '%B %d, %Y' of date"),
        ("'%B %d, %Y', '%Y'", "26-Dec", "'26-Dec' fits none of the formats '%B %d, %Y', '%Y' of date"),
        (
            "'%d.%m.%Y'",
            "30.2.2014",
            "'30.2.2014' does not fit the format '%d.%m.%Y' of date: '2014-02-30' is not an EDTF",
        ),
        ("'%m/%d/%Y'", "26/12/2014", "'26/12/2014' does not fit the format '%m/%d/%Y' of date: there is no month 26"),
        (
            "'%A %d.%m.%Y'",
            "Monday 26.12.2014",
            "'Monday 26.12.2014' does not fit the format '%A %d.%m.%Y' of date: 2014-",
        ),
        ("'%m/%d/%Y', '%d/%m/%Y'", "4/5/2014", "'4/5/2014' is 2014-04-05 by '%m/%d/%Y' and 2014-05-04 by '%d/%m/%Y'; "),
        ("", "26 December 2014", "'26 December 2014' is not an EDTF date: "),
        ("", "nan", "'nan' is not an EDTF date: "),
        ("", True, "'true' is not an EDTF date: "),
    ],
)
def test_a_date_that_is_none_or_may_be_two_is_refused(parameters: str, cell: object, message: str) -> None:
    assert fault(f"{{{{ cell | date({parameters}) }}}}", cell=cell).startswith(message)


FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%B %d, %Y", "%d %b %Y", "%A %d %B %Y", "%a, %d-%b-%Y", "%m/%Y", "%B %Y", "%Y")


@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from(FORMATS))
def test_what_strftime_writes_is_read_back(day: date, form: str) -> None:
    names = "d" in form, "m" in form.lower() or "b" in form.lower()
    expected = day.isoformat()[: 10 if names[0] else 7 if names[1] else 4]
    assert read(f"'{form}'", day.strftime(form)) == expected


LANGUAGES = {
    "de": ("d. MMMM y", "%d. %B %Y"),
    "fr": ("d MMM y", "%d %b %Y"),
    "es": ("d 'de' MMMM 'de' y", "%d de %B de %Y"),
}
LANGUAGES |= dict.fromkeys(("it", "nl", "pl", "cs", "tr", "el", "uk", "th", "vi", "hi"), ("d MMMM y", "%d %B %Y"))
COMPILED = {
    language: compile_template(f"{{{{ x | date('{form}', locale='{language}') }}}}", {})
    for language, (_, form) in LANGUAGES.items()
}


@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from([*LANGUAGES]))
def test_what_the_cldr_writes_in_a_language_is_read_back(day: date, language: str) -> None:
    written = format_date(day, LANGUAGES[language][0], language)
    assert COMPILED[language].value({"x": written}) == day.isoformat()


@given(st.text(max_size=20))
def test_any_text_is_a_date_or_is_refused(cell: str) -> None:
    try:
        found = read("'%d %B %Y', 'iso', '%b %y', pivot=1950", cell)
    except BadValue:
        return
    assert found is None or parse_edtf(found)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("令和6年4月1日", "2024-04-01"),
        ("令和６年４月１日（月）", "2024-04-01"),
        ("令和六年十二月二十六日", "2024-12-26"),
        ("R6.4.1", "2024-04-01"),
        ("㋿6年4月", "2024-04"),
        ("令和元年5月1日", "2019-05-01"),
        ("令和元年", "2019-05/2019-12"),
        ("平成31年4月30日", "2019-04-30"),
        ("平成31年", "2019-01/2019-04"),
        ("H31/4", "2019-04"),
        ("平成元年1月", "1989-01-08/1989-01-31"),
        ("昭和64年", "1989-01-01/1989-01-07"),
        ("昭和元年", "1926-12-25/1926-12-31"),
        ("昭和元年12月25日", "1926-12-25"),
        ("大正15年12月25日", "1926-12-25"),
        ("明治45年7月30日", "1912-07-30"),
        ("大正元年7月30日", "1912-07-30"),
        ("明治6年1月1日", "1873-01-01"),
        ("昭和５０年", "1975"),
        ("民國113年4月1日", "2024-04-01"),
        ("中華民國一百一十三年", "2024"),
        ("民国元年", "1912"),
        ("พ.ศ. 2567", "2024"),
        ("1 เมษายน พ.ศ. 2567", "2024-04-01"),
        ("B.E. 2484", "1941"),
        ("พ.ศ. 2483", "1940-04/1940-12"),
        ("พ.ศ. 2480", "1937-04/1938-03"),
        ("15 มกราคม พ.ศ. 2480", "1938-01-15"),
    ],
)
def test_an_era_has_its_own_first_and_last_days(cell: str, expected: str) -> None:
    assert value("{{ cell | era }}", cell=cell) == expected
    assert parse_edtf(expected).text == expected


def test_years_without_an_era_are_of_the_calendar_that_is_stated() -> None:
    assert value("{{ 113 | era('minguo') }}{{ '113/4/1' | era('minguo') }}") == "20242024-04-01"
    assert value("{{ '1 เม.ย. 2567' | era('buddhist') }}") == "2024-04-01"


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("平成31年5月1日", "'平成31年5月1日' is not read by era: 2019-04-30 is the last day of 平成"),
        ("令和元年4月30日", "'令和元年4月30日' is not read by era: 2019-05-01 is the first day of 令和"),
        ("明治5年", "'明治5年' is not read by era: 1873-01-01 is the first day that is read of 明治"),
        ("令和6年13月", "'令和6年13月' is not read by era: there is no month 13"),
        ("令和6年2月30日", "'令和6年2月30日' is not read by era: '2024-02-30' is not an EDTF date: "),
        ("令和0年", "'令和0年' is not read by era: there is no year 0 of 令和"),
        ("พ.ศ. 2483/2", "'พ.ศ. 2483/2' is not read by era: the year 2483 had no month before April"),
        (
            "2567",
            "'2567' is not read by era: it names no era; where its years are of one calendar, write era('minguo')",
        ),
        ("1 April B.E. 2567", "'1 April B.E. 2567' is not read by era: 'April' is no month in Thai"),
        ("5 2567", "'5 2567' is not read by era: write the era, year, month and day, as in "),
        ("2024-04-01", "'2024-04-01' is not read by era: it names no era; "),
    ],
)
def test_a_day_outside_of_its_era_is_refused(cell: str, message: str) -> None:
    assert fault("{{ cell | era }}", cell=cell).startswith(message)


@given(st.dates(min_value=date(1926, 12, 26), max_value=date(2100, 1, 1)))
def test_every_day_is_of_one_era(day: date) -> None:
    eras = [("昭和", 1925, date(1989, 1, 7)), ("平成", 1988, date(2019, 4, 30)), ("令和", 2018, date.max)]
    name, before = next((name, before) for name, before, last in eras if day <= last)
    template = compile_template("{{ x | era }}", {})
    assert template.value({"x": f"{name}{day.year - before}年{day.month}月{day.day}日"}) == day.isoformat()
    assert template.value({"x": f"民國{day.year - 1911}年{day.month}月{day.day}日"}) == day.isoformat()


@given(st.dates(), st.sampled_from([("s", 1), ("ms", 1000), ("us", 10**6)]), st.integers(0, 86399))
def test_a_count_of_seconds_is_the_day_that_it_was_counted_to(day: date, unit: tuple[str, int], second: int) -> None:
    count = (((day - date(1970, 1, 1)) // timedelta(days=1)) * 86400 + second) * unit[1]
    assert value(f"{{{{ x | epoch('{unit[0]}') }}}}", x=count) == day.isoformat()
