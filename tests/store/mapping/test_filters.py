"""The filters of mappings: their table, its page, and values that are read exactly or refused with advice."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadValue
from app.store.imports.mapping.expressions import compile_template
from app.store.imports.mapping.filters import FILTERS, TESTS
from app.store.imports.mapping.grammar import METHODS
from app.store.imports.mapping.lookup_table import LookupTable
from app.store.imports.mapping.values.filter_row import Filter
from tests.store.mapping.templates import fault, value

DIGITS = "12345678901234567890.123456789012345678"  # more than arithmetic of Decimals keeps by itself
PAGE = Path(__file__).parents[3] / "docs" / "mapping-filters.md"


@pytest.mark.parametrize("row", FILTERS.values(), ids=FILTERS)
def test_the_example_of_a_filter_gives_its_result(row: Filter) -> None:
    expected = json.loads(row.result, parse_float=Decimal)
    found = value(row.example)
    assert (found, str(found)) == (expected, str(expected))


def test_the_page_of_filters_has_a_line_for_each_as_the_table_has_it() -> None:
    def cell(text: str) -> str:
        return text.replace("|", "\\|")

    expected = [
        f"| `{row.name}{row.parameters}` | {cell(row.meaning)} | `{cell(row.example)}` | `{cell(row.result)}` |"
        for row in FILTERS.values()
    ]
    text = PAGE.read_text()
    assert [line for line in text.splitlines() if line.startswith("| `")] == expected
    assert ", ".join(f"`{name}`" for name in TESTS) in " ".join(text.split())
    assert ", ".join(f"`{name}`" for name in METHODS) in " ".join(text.split())


@pytest.mark.parametrize(
    ("template", "cell", "expected"),
    [
        ("split", "a, b ,,c,", ["a", "b", "c"]),
        (r"split('/\s*[;,]\s*/')", "a ; b,c", ["a", "b", "c"]),
        ("split('/')", "a/b", ["a", "b"]),
        ("split", "", []),
        ("split", None, None),
        ("split", 12, ["12"]),
        ("strip", "\ufeff\u00a0 \u200b Ann\u3000\n", "Ann"),
        ("strip('*')", " *Ann*", " *Ann"),
        ("null", "NaN", None),
        ("null", " ", None),
        ("null", "nobody", "nobody"),
        ("null('-')", " - ", None),
        ("null('N/A')", "", ""),
        ("null(-1)", -1, None),
        ("null('x')", ["x"], ["x"]),
        ("default('?')", " ", "?"),
        ("default(none)", [], None),
        ("default('?')", 0, 0),
        ("required", False, False),
        ("lookup('parties')", " D ", "Democratic Party"),
        ("lookup('parties')", "Independence Party", "Independent"),
        ("lookup('parties')", "Ind. X", "None"),
        ("lookup('parties', 'other')", "d", "other"),
        ("lookup('parties', default=none)", "d", None),
        ("lookup('parties', 'other')", "", None),
        ("lookup('parties', 'other')", None, None),
        (r"regex('\d+')", "No. 12 of 30", "12"),
        (r"regex('(\w+) (\w+)', group=2)", "Ann Bo", "Bo"),
        (r"regex('(?P<last>\w+)$', group='last')", "Ann Bo", "Bo"),
        (r"regex('^\d+$')", "No. 12", None),
        (r"regex('(\w+), (\w+)', '\2 \1')", "Bo, Ann", "Ann Bo"),
        (r"regex('\s+', ' ')", "a  b\n c", "a b c"),
        (r"regex('\d')", 7, "7"),
        ("regex('a(b)?')", "a", None),
        ("replace('.', '')", "1.2", "12"),
        ("lower", None, None),
        ("title", "vice PRESIDENT of the United States", "Vice PRESIDENT of the United States"),
        ("title", "JOHN MCCAIN III", "John McCain III"),
        ("title", "o'brien and the el-sayed family", "O'Brien and the el-Sayed Family"),
        ("title", "the third way", "The Third Way"),
        ("title", "John E. Smith, MdB, iPhone", "John E. Smith, MdB, iPhone"),
        ("slug", "Ångström & Co.", "angstrom-co"),
        ("truncate(5)", "One two", "One…"),
        ("truncate(3)", "One", "One"),
        ("truncate(4, '')", "Onetwo", "Onet"),
        ("url", " https://example.org/a?utm_source=x ", "https://example.org/a?utm_source=x"),
        ("url(default='https')", "www.example.org/a", "https://www.example.org/a"),
        ("url(default='https')", "//example.org:80/a", "https://example.org:80/a"),
        ("url(base='https://a.org/b/c')", "../d", "https://a.org/d"),
        ("url(base='https://a.org/b/c')", "http://b.org/", "http://b.org/"),
        ("url", "", None),
        ("json", "[1.10, 12345678901234567890, null]", [Decimal("1.10"), 12345678901234567890, None]),
        ("json", "", None),
        ("literal", f"-{DIGITS}", Decimal(f"-{DIGITS}")),
        ("literal", "{'a': (1, -1.10, nan, True, None)}", {"a": [1, Decimal("-1.10"), None, True, None]}),
        (r"literal", r"['a\'b', '\d']", ["a'b", "\\d"]),
        ("epoch", 0, "1970-01-01"),
        ("epoch", "-1", "1969-12-31"),
        ("epoch(time=true)", Decimal("1388534399.9"), "2013-12-31T23:59:59Z"),
        ("epoch('ns', time=true)", 1388534400123456789, "2014-01-01T00:00:00Z"),
        ("join", ["a", None, " ", 1, Decimal("1.10")], "a, 1, 1.10"),
        ("join", None, ""),
        ("first", [], None),
        ("length", "abc", 3),
        ("length", None, 0),
        ("list", None, []),
        ("list", ["a"], ["a"]),
        ("unique", [1, True, 1, {"a": 1}, {"a": 1}, "1"], [1, True, {"a": 1}, "1"]),
        ("sort", [2, None, Decimal("1.5")], [Decimal("1.5"), 2, None]),
        ("sort('a', reverse=true)", [{"a": 1}, {}, {"a": 2}], [{"a": 2}, {"a": 1}, {}]),
        ("map('date', '%d.%m.%Y')", ["1.2.2014"], ["2014-02-01"]),
        ("map(attribute='a.b')", [{"a": {"b": 1}}, {}], [1, None]),
        ("select", ["a", "", None], ["a"]),
        ("reject('in', ['a'])", ["a", "b"], ["b"]),
    ],
)
def test_a_filter_gives(template: str, cell: Any, expected: Any) -> None:
    found = value(f"{{{{ cell | {template} }}}}", cell=cell)
    assert (found, str(found)) == (expected, str(expected))


@pytest.mark.parametrize(
    ("template", "cell", "message"),
    [
        ("required", " ", "a value is needed here"),
        ("required('who said it?')", None, "who said it?"),
        (
            "lookup('parties')",
            "d",
            "the table parties has no key 'd'; add it, or give a default: lookup('…', 'other') ? D",
        ),
        ("regex('(')", "a", "'(' is not a pattern: missing ) at position 1 at column 11"),
        ("regex('a', group=1)", "a", "the pattern 'a' has no group 1 at column 11; it has 0"),
        ("regex('a', 'b', group=1)", "a", "regex takes a group or a replacement, not both at column 11; "),
        (r"regex('a', '\3')", "a", r"the replacement '\\3' does not fit the pattern: "),
        ("split('')", "a", "split needs a separator, as in split(',') at column 11"),
        ("truncate(1)", "abc", "truncate needs room for its end '…': a length of 2 or more at column 11"),
        ("url", "www.example.org", "'www.example.org': it is no absolute address; write it in full, "),
        ("json", "[1,", "'[1,' is not JSON: "),
        ("json", '{"a": 1, "a": 2}', '\'{"a": 1, "a": 2}\' is not JSON: '),
        ("literal", "[a]", "'[a]' is not a literal of Python: 'a' is no plain value"),
        ("literal", "print(1)", "'print(1)' is not a literal of Python: 'print(1)' is no plain value"),
        ("literal", "{'a': 1, 'a': 2}", "\"{'a': 1, 'a': 2}\" is not a literal of Python: a key is there twice"),
        ("literal", "[" * 5000, f"'{'[' * 76}… is not a literal of Python: "),
        (
            "epoch",
            1388534400000,
            "'1388534400000' s since 1970 is not in the years 0001 to 9999; where it counts milli",
        ),
        ("epoch", "soon", "'soon' is no number of s since 1970"),
        ("epoch('h')", 1, "the unit of epoch is one of s, ms, us, ns, not 'h' at column 11"),
        ("sort", [1, "a"], "sort needs texts alone or numbers alone, not a number and a text"),
        (
            "map",
            [1],
            "map takes the name of a filter or an attribute: map('lower'), map(attribute='text') at column 11",
        ),
        ("first", "a", "first takes a list, not a text: 'a'; split it first, as in | split(',')"),
        ("date", ["a"], "date takes a text, not a list: [\"a\"]; write | map('date')"),
    ],
)
def test_a_filter_refuses(template: str, cell: Any, message: str) -> None:
    assert fault(f"{{{{ cell | {template} }}}}", cell=cell).startswith(message)


@pytest.mark.parametrize(
    ("parameters", "text", "expected"),
    [
        ("", "12", "12"), ("", "-1,234,567.80", "-1234567.80"), ("", "1.234.567", "1234567"), ("", "12,5", "12.5"),
        ("", "0.125", "0.125"), ("", "1234.567", "1234.567"), ("", "1 234 567", "1234567"), ("", "\u2212 5", "-5"),
        ("", "1\u202f234,5", "1234.5"), ("", "1'234.50", "1234.50"), ("", ".5", "0.5"), ("", "1.5E+10", "1.5E+10"),
        ("", "٣.٥", "3.5"), ("", "12,34,567.5", "1234567.5"), ("", "+7", "7"), ("decimal='.'", "1.234", "1.234"),
        ("decimal=','", "1.234", "1234"), ("group='.'", "1.234", "1234"), ("group=','", "1,234", "1234"),
        ("group=' '", "1 234,567", "1234.567"), ("symbol='%'", "12.5 %", "12.5"),
        ("symbol='$'", "-$1,234.5", "-1234.5"),
        ("parentheses=true", "(1,234.5)", "-1234.5"), ("scale=true", "1.5 bn", "1.5E+9"),
        ("scale=true", "2.5k", "2.5E+3"),
        ("decimal=',', scale=true", "3,2 Mio.", "3.2E+6"), ("scale=true", "12万", "1.2E+5"),
        ("group=' '", "1,234", "1.234"), ("parentheses=true", f"({DIGITS})", f"-{DIGITS}"),
        ("", "12345678901234567890.1234567890123456789", "12345678901234567890.1234567890123456789"),
    ],
)  # fmt: skip
def test_numbers_are_read_digit_for_digit(parameters: str, text: str, expected: str) -> None:
    found = value(f"{{{{ cell | number({parameters}) }}}}", cell=text)
    assert isinstance(found, Decimal)
    assert found == Decimal(expected)


@pytest.mark.parametrize(
    ("parameters", "text", "message"),
    [
        ("", "1.234", "it may be 1234 or 1.234, as its marks are not stated; state them, as in number(decimal='.') or"),
        ("", "-12,345", "it may be 12345 or 12.345, as its marks are not stated"),
        ("", "12%", "'%' stands beside it; where it may be left out, write number(symbol='%')"),
        ("", "5 bn", "'bn' stands beside it; where it is a factor, write number(scale=true)"),
        ("", "(5)", "it stands in parentheses; where they say minus, write number(parentheses=true)"),
        ("", "about 5", "'about' stands beside it"),
        ("", "5-", "its signs and marks are not where a number has them"),
        ("", "1,23,4", "',' parts its digits, but not into thousands"),
        ("", "1.234,567.89", "'234,567.89' follows the decimal mark ."),
        ("decimal='.'", "1.234.567", "'234.567' follows the decimal mark ."),
        ("decimal=','", "1,", "'nothing' follows the decimal mark ,"),
        ("group='.'", "1'234", "\"'\" stand between its digits; its groups are marked by '.'"),
        ("scale=true", "5 dozen", "dozen is none of the scales k, thousand, "),
        ("", "nan", "'nan' stands beside it"),
        ("", "9" * 101, "it has 101 characters"),
    ],
)
def test_what_is_no_number_or_may_be_two_is_refused(parameters: str, text: str, message: str) -> None:
    told = fault(f"{{{{ cell | number({parameters}) }}}}", cell=text)
    assert "is not read as a number: " in told
    assert told.split("is not read as a number: ", 1)[1].startswith(message)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**30), max_value=10**30))
def test_a_number_comes_back_exactly_in_any_marks(number: Decimal) -> None:
    english = f"{number:,f}"
    german = english.translate(str.maketrans(",.", ".,"))
    found = [value("{{ x | number(decimal='.') }}", x=english), value("{{ x | number(decimal=',') }}", x=german)]
    assert [str(one) for one in found] == [str(number)] * 2 or number == 0


@given(st.lists(st.text(alphabet="aé1.,-'/\\東", min_size=1)))
def test_what_is_joined_is_split_again(parts: list[str]) -> None:
    assert value("{{ parts | join('; ') | split(';') }}", parts=parts) == parts


def test_a_table_is_made_of_pairs_and_tells_what_is_wrong_with_them() -> None:
    table = LookupTable("t", [("/a/", 1), ("ab", 2), ("/b/", 3)])
    assert [table.find(key) for key in ("ab", "a", "b", "aab", " ab ")] == [2, 1, 3, 1, 2]
    with pytest.raises(BadValue, match=r"^the table t has no key 'x'; its keys are ab$"):
        table.find("x")
    with pytest.raises(BadValue, match=r"^the table t has the key 'a' twice; leave one of them out$"):
        LookupTable("t", [("a", 1), ("a", 2)])
    with pytest.raises(BadValue, match=r"^the table t: '\(' is not a pattern: missing \) at position 1$"):
        LookupTable("t", {"/(/": 1})


def test_a_parameter_may_be_of_the_row() -> None:
    template = compile_template("{{ day | date('%d %B', year=file.stem) }}", {})
    assert template.names == {"day", "file"}
    assert template.value({"day": "5 May", "file": {"stem": "2014"}}) == "2014-05-05"
    with pytest.raises(BadValue, match=r"^the year of date is one of 1 to 9999, not 'x'$"):
        template.value({"day": "5 May", "file": {"stem": "x"}})
