"""Values of mappings: expressions keep their type, texts stay, and what is wrong is told with its place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store.imports.mapping.expressions import compile_template
from tests.store.mapping.templates import fault, value

ROW: dict[str, Any] = {
    "n": "12", "i": 7, "d": Decimal("1.10"), "t": True, "empty": "", "nul": None,
    "author": {"name": "Ann", "items": 3, "_id": "x", "note": None}, "list": [{"x": "a"}, {"x": None}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ n }}", "12"),
        ("  {{ i }}\n", 7),
        ("{{ list }}", ROW["list"]),
        ("{{ nul }}", None),
        ("{{ nobody }}", None),
        ("{{ author.items }}", 3),
        ("{{ author._id }}", "x"),
        ("{{ author.nobody.at.all }}", None),
        ("{{ author['name'] }}", "Ann"),
        ("{{ list[0].x }}", "a"),
        ("{{ list[5].x }}", None),
        ("{{ nul.x[3].y }}", None),
        ("{{ (n, i) }}", ["12", 7]),
        ("{{ [nul, {'a': nobody}] }}", [None, {"a": None}]),
        ("{{ n[0:1] }}", "1"),
        ("{{ 'a' if nobody }}", None),
        ("{{ n or 'x' }}{{ nul or 'y' }}", "12y"),
        ("id/{{ i }}/{{ d }}/{{ t }}{{ nul }}", "id/7/1.10/true"),
        ("{{ n ~ nul ~ d ~ 1.50 }}", "121.101.50"),
        ("{{ '{{' }}{{ n }}}}", "{{12}}"),
        ("{{ '\\d\\b\\n\\'\\u00a0' }}", "\\d\\b\n'\u00a0"),
        ("a  {{- n -}}  b", "a12b"),
        ("{{ 0.1 + 0.2 == 0.3 }}", True),
        ("{{ d }}", Decimal("1.10")),
        ("{{ 1.10 }}", Decimal("1.10")),
        ("{{ -d + i * 2 }}", Decimal("12.90")),
        ("{{ 7 // 2 }}{{ -7 % 3 }}{{ 2 ** 10 }}", "321024"),
        ("{{ 6 / 4 }}", Decimal("1.5")),
        ("{{ -0.1234567890123456789012345678901234567 }}", Decimal("-0.1234567890123456789012345678901234567")),
        ("{{ nul is none and nobody == nul and nul is not defined }}", True),
        ("{{ 'a' in nul or 'a' in 'abc' and i in [7] }}", True),
        ("{{ 1 < i <= 7 and n is string and d is number and t is boolean and author is mapping }}", True),
        ("{{ n is matching('^1') }}", True),
        ("{{ n.startswith('1') }}", True),
        ("{{ nul.startswith('1') or author.get('name').upper() }}", "ANN"),
        ("{{ row['self'] }}", None),
    ],
)
def test_an_expression_keeps_its_type_and_a_text_leaves_nothing_for_null(template: str, expected: Any) -> None:
    found = value(template, **ROW)
    assert (found, type(found)) == (expected, type(expected))
    assert str(found) == str(expected)


@pytest.mark.parametrize("name", ["_result", "context", "environment", "missing", "undefined", "caller", "loop", "row"])
def test_a_column_may_have_a_name_that_means_something_to_the_machinery(name: str) -> None:
    assert value(f"{{{{ {name} ~ '' }}}}", **{name: "x"}) == "x"


@given(st.text().filter(lambda text: "{" not in text))
def test_a_template_without_braces_is_the_text_as_it_stands(text: str) -> None:
    assert value(text) == text


@given(st.text(), st.text(alphabet=st.characters(exclude_characters="{\r")))
def test_a_column_stands_in_a_text_as_it_is(cell: str, around: str) -> None:
    assert value(f"{around}:{{{{ cell }}}}|{around}", cell=cell) == f"{around}:{cell}|{around}"


def test_names_are_those_of_columns_and_variables() -> None:
    template = compile_template("{{ a.b | default(c[d]) if e else [f] }}: {{ row['Full name'] }}{{ row.x }}", {})
    assert template.names == {"a", "c", "d", "e", "f", "row"}
    assert template.row_names == frozenset(("Full name", "x"))
    assert compile_template("{{ row }}", {}).row_names is None
    assert compile_template("a", {}).names == compile_template("a", {}).row_names == frozenset()


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ a b }}", "unexpected 'b' at column 6; '}}' is expected"),
        ("x\n y {{ a b }}", "unexpected 'b' at line 2, column 9; '}}' is expected"),
        ("{{ a ! }}", "unexpected char '!' at column 6"),
        ("{{ 'a }}", 'unexpected char "\'" at column 4; the text that begins there has no end'),
        ("{{ a", "unexpected end of template, expected '}}' at column 4"),
        ("{{ }}", "expected an expression, got '}}' at column 4"),
        ("{{ (a }}", "unexpected '}', expected ')' at column 7"),
        ("{% if a %}b{% endif %}", "a statement begins at column 1; a value has expressions alone, as in "),
        ("a {# b #}", "a comment begins at column 3; write it as one of YAML, behind #"),
        ("{% raw %}{{ a }}{% endraw %}", "a raw block begins at column 1; write braces as text by {{ '{{' }}"),
        ("{{ a | splt }}", "there is no filter splt at column 8; the filters are date, default, "),
        ("{{ a | safe }}", "there is no filter safe at column 8; the filters are "),
        ("{{ a is deffined }}", "there is no test deffined at column 6; the tests are boolean, "),
        ("{{ range(9) }}", "range(…) is a call, and there are no functions at column 9"),
        (
            "{{ date('%Y') }}",
            "date(…) is a call, and there are no functions at column 8; date is a filter: {{ x | date }}",
        ),
        ("{{ a.format(1) }}", "there is no method format at column 12"),
        ("{{ a.replace('a', 'b') }}", "there is no method replace at column 13; replace is a filter: | replace"),
        ("{{ a | split(*b) }}", "parameters with * are not taken at column 8; write each"),
        ("{{ a | split(sep='x') }}", "the filter split has no parameter sep at column 8; it is split(separator=',')"),
        ("{{ a | split(5) }}", "separator of the filter split is a text, not 5 at column 8"),
        ("{{ a | lookup('party') }}", "the mapping has no table party at column 8; its tables are parties ? parties"),
        ("{{ a | map('lowr') }}", "there is no filter lowr at column 8; "),
        ("{{ self }}", "self has a meaning in Jinja2 at column 4; write row['self']"),
        (
            "{{ a.__class__ }}",
            "there is no member __class__: values have no attributes of Python's objects at column 5",
        ),
        ("{{ " + "(" * 999 + "a" + ")" * 999 + " }}", "expressions are nested too deep at column 1"),
        ("{{ " + "not " * 99 + "a }}", "expressions are nested deeper than 60 at column "),
        ("{{ a }}" + "x" * 20_000, "it has 20,007 characters at column 20000; a template has at most 20,000"),
    ],
)
def test_a_fault_of_a_template_is_told_with_its_place_before_any_row(template: str, message: str) -> None:
    assert fault(template).startswith(message)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ nul + 1 }}", "nul is empty; say what to do then, as in nul | default(0)"),
        ("{{ nobody > 3 }}", "nobody is empty; say what to do then, as in nobody | default(0)"),
        ("{{ author.note * 2 }}", "note is empty; say what to do then, as in note | default(0)"),
        (
            "{{ n + 1 }}",
            "+ is for numbers, not for a text and a number; | number reads a number in a text, ~ joins texts",
        ),
        ("{{ t + 1 }}", "+ is for numbers, not for true or false and a number; "),
        ("{{ n > 3 }}", "> compares numbers with numbers and texts with texts; | number reads a number in a text"),
        ("{{ i / 0 }}", "7 / 0 has no exact result"),
        ("{{ i // 0 }}", "7 // 0 divides by zero"),
        ("{{ i ** 999 }}", "a power is a whole number from -100 to 100, not 999"),
        ("{{ n.x }}", "a text has no member x: '12'"),
        ("{{ list.x }}", "a list has no member x: "),
        ("{{ i.real }}", "a number has no member real: 7"),
        ("{{ i.startswith('7') }}", "a number has no method startswith: 7"),
        ("a {{ list }}", "a text is needed here, not a list: "),
        ("a {{ author }}", "a text is needed here, not an object: "),
        ("{{ list | lower }}", "lower takes a text, not a list: "),
        ("{{ n | join }}", "join takes a list, not a text: '12'; split it first, as in | split(',')"),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_what_would_be_right(template: str, message: str) -> None:
    assert fault(template, **ROW).startswith(message)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ n.startswith(['1']) }}", "startswith takes a text, and where to look for it, as whole numbers, not "),
        ("{{ n.split('') }}", "split takes nothing, or a text that is not empty and how many times to split, not ''"),
        ("{{ n.find() }}", "find takes a text, and where to look for it, as whole numbers, not nothing"),
        ("{{ author.get(list) }}", "get takes the name of a member, and what stands for it where it is not there"),
        ("{{ i in n }}", "in looks for a text in a text, not for a number: 7; x ~ '' makes a text of a number"),
        ("{{ 1 in i }}", "in looks into a list, a text or an object, not a number: 7"),
        ("{{ n['a':] }}", "a part is told by whole numbers, as in [0:10], and its step is not 0"),
        ("{{ i[:2] }}", "a part as in [0:10] is one of a text or a list"),
        ("{{ {list: 1} }}", "the name of a member is a text, and no list or object"),
        ("{{ n is matching(1) }}", "matching takes a pattern, which is a text, not 1"),
        ("{{ n is string(1) }}", "this test takes another number of values"),
    ],
)
def test_faults_of_values_are_not_told_in_pythons_words(template: str, message: str) -> None:
    assert fault(template, n="12", i=7, list=["a"], author={"name": "Ann"}).startswith(message)


def test_null_has_no_elements_and_is_in_no_text() -> None:
    for template in ("'x' in nul", "'x' in none", "nul in 'x'", "nul in {'x': 1}", "'x' is in nul"):
        assert value(f"{{{{ {template} }}}}", nul=None) is False
    assert value("{{ 'x' not in nul }}") is True
    assert value("{{ nul in ['a', none] }}") is True
    assert value("{{ 1 in {'1': 2} }}") is True
