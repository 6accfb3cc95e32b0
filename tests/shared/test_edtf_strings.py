"""Every EDTF string of the tests of three other parsers, as far as its level and years are in scope.

There are far too many for a test of its own each: a test names all that are wrong.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from app.domain.dates.edtf import parse_edtf
from app.errors import BadValue
from tests.edtf_oracle import ask_oracle

TABLES = Path(__file__).parents[3] / "shared" / "data" / "edtf"

pytestmark = pytest.mark.skipif(not TABLES.is_dir(), reason=f"the string tables are not at {TABLES}")

# Out of scope by its form: years before 0001 or with Y, and what is level 2.
OUT_OF_SCOPE = re.compile(
    r"""
      (?:^|/)(?:-|Y|0000)                 # years that are not supported
    | [\[{SE]                             # sets, significant digits, exponents
    | [?~%](?=[^/])                       # a qualifier before or between components
    | X[^/]*[0-9] | -[0-9]X               # unspecified digits before others, or half a month or day
    | (?:^|/)[0-9X]{4}-(?:2[5-9]|3[0-9]|4[01])(?![0-9])   # seasons 25 to 41
    """,
    re.VERBOSE,
)

# Bounds where python-edtf is not followed: a winter that ends in December, ten years for a blank end.
OUR_BOUNDS = {
    "2010-24": (date(2010, 12, 1), date(2011, 2, 28)),
    "/2006": (None, date(2006, 12, 31)),
    "2004-06-01/": (date(2004, 6, 1), None),
    "1984-06-02?/": (date(1984, 6, 2), None),
}

# Refused by edtf-validate, as no interval should end in a month after a day of it; here the month may
# still hold a later day.
READ_HERE = {"2004-06-11%/2004-06~"}

# Days in a season, by python-edtf; no level of EDTF has them.
DAYS_OF_SEASONS = {"1849-21-XX", "1849-21-XX%"}

# edtf.js does not say in its table which strings are bad. These are, beyond those out of scope: years of
# two, three and five digits, days and times that do not exist, fractions of seconds, and offsets that are
# -00:00 or lack the colon.
BAD_IN_EDTF_JS = re.compile(
    r"""
      [0-9]{2,3}[?~%]? | 12345
    | 2016-(?:00|02-30|02-31|04-31|05-00|05-32|06-31|09-31|11-31|13|13-XX)
    | 2018-21/2017-01-01
    | 2016-05-02T(?:00:61:00|01:01:60|24:00:01)
    | .*T.*(?:\.[0-9]+Z? | [+-][0-9]{4} | -00(?::00)?)
    """,
    re.VERBOSE,
)


def read_rows(file: str) -> list[list[str]]:
    if not TABLES.is_dir():
        return []
    return [line.split("\t") for line in (TABLES / file).read_text(encoding="utf-8").split("\n")[:-1]]


def is_date(text: str) -> bool:
    try:
        parse_edtf(text)
    except BadValue:
        return False
    return True


def in_scope(text: str) -> bool:
    return not OUT_OF_SCOPE.search(text)


def column(file: str, at: int, skipped: int = 0) -> list[str]:
    return [row[at] for row in read_rows(file)[skipped:]]


UNT = read_rows("unt_edtf_validate_lists.tsv")[1:]
EXAMPLES = read_rows("python_edtf_examples.tsv")
ENGLISH = set(column("python_edtf_natural_language.tsv", 1, skipped=1)) - {""}
APPROXIMATE = column("python_edtf_approximate_uncertain_examples.tsv", 0)
BENCHMARK = column("python_edtf_benchmark_examples.tsv", 0)
EDTF_JS = column("edtfjs_parser_strings.txt", 0)
VALID = [text for kind, text in UNT if not kind.startswith("invalid")]


def test_a_valid_string_is_read_if_and_only_if_it_is_in_scope() -> None:
    every = {*VALID, *APPROXIMATE, *BENCHMARK, *ENGLISH, *(row[0] for row in EXAMPLES)}
    assert len(every) == 361
    assert [text for text in every if is_date(text) != (in_scope(text) and text not in DAYS_OF_SEASONS)] == []


def test_a_string_of_edtf_js_is_read_if_it_is_in_scope_and_good() -> None:
    assert len(EDTF_JS) == 189
    assert [text for text in EDTF_JS if is_date(text) != (in_scope(text) and not BAD_IN_EDTF_JS.fullmatch(text))] == []


def test_a_bad_string_is_refused() -> None:
    bad = [text for kind, text in UNT if kind.startswith("invalid") and text not in READ_HERE]
    bad += [row[0].replace('""', "") for row in read_rows("python_edtf_bad_examples.tsv")]
    assert len(bad) == 72
    assert [text for text in bad if is_date(text)] == []


EVERY_STRING = sorted({*VALID, *APPROXIMATE, *BENCHMARK, *ENGLISH, *EDTF_JS, *(row[0] for row in EXAMPLES)})
READ = [text for text in EVERY_STRING if is_date(text)]

# Where one date of ours differs from python-edtf: winter runs into February, and the year 0 is not supported.
OUR_DATES = {
    "1872-24": (date(1872, 12, 1), date(1873, 2, 28)),
    "2001-24": (date(2001, 12, 1), date(2002, 2, 28)),
    "2010-24": (date(2010, 12, 1), date(2011, 2, 28)),
    "00XX": (date(1, 1, 1), date(99, 12, 31)),
}


def test_every_string_has_the_bounds_that_python_edtf_gives_its_dates() -> None:
    assert len(READ) == 246
    for text in READ:
        read, ends = parse_edtf(text), text.split("/")
        assert read.earliest == bounds_of_one_date(ends[0])[0], text
        assert read.latest == bounds_of_one_date(ends[-1])[1], text


@cache
def bounds_of_one_date(text: str) -> tuple[date | None, date | None]:
    """By python-edtf, which is not asked where it fails: for open, blank and unknown ends, for qualifiers, of which it
    refuses those of seasons, and for offsets from 14 hours on."""
    plain = re.sub(r"[?~%]$|(?<=:[0-9]{2})[+-].*$", "", text)
    if plain in ("", "..", "XXXX", "XXXX-XX", "XXXX-XX-XX"):
        return None, None
    if plain in OUR_DATES:
        return OUR_DATES[plain]
    lower, upper = ask_oracle(plain)
    assert lower
    assert upper
    return date(*lower), date(*upper)


PLACE = re.compile(
    r"at position \d+|(in )?its (start|end|year)|\b(a year|month|day|season|the time|the offset|empty)\b"
)


def test_a_refusal_says_where_and_what_would_be_right() -> None:
    every = {text for _, text in UNT} | set(EDTF_JS) | {row[0] for row in EXAMPLES}
    refused = [text for text in every if not is_date(text)]
    assert len(refused) > 300
    for text in refused:
        with pytest.raises(BadValue) as told:
            parse_edtf(text)
        reason = str(told.value).removeprefix(repr(text))
        assert PLACE.search(reason.split("; ")[0]), text
        assert re.search(r"[;:] write |; intervals have|in the form of|no other is supported", reason), text


def test_a_date_has_the_strict_bounds_that_python_edtf_tests_for() -> None:
    rows = [row for row in EXAMPLES if in_scope(row[0])]
    assert len(rows) == 47
    for row in rows:
        read = parse_edtf(row[0])
        assert (read.earliest, read.latest) == OUR_BOUNDS.get(row[0], strict_bounds(row[1:])), row


def strict_bounds(columns: list[str]) -> tuple[date | None, date | None]:
    """Of one day, or lower and upper; two more columns with fuzzy bounds may follow either."""
    lower, upper = columns[0], columns[0 if len(columns) in (1, 3) else 1]
    return read_day(lower), read_day(upper)


def read_day(text: str) -> date | None:
    return None if "inf" in text else date.fromisoformat(text)


def test_every_table_has_strings_in_scope() -> None:
    for strings in (VALID, APPROXIMATE, BENCHMARK, ENGLISH, EDTF_JS, [row[0] for row in EXAMPLES]):
        assert sum(map(in_scope, strings)) >= 3
