"""No template does harm: it gives a value or a BadValue, within bounds of time and size."""

from __future__ import annotations

import itertools
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import BadValue
from app.store.imports.mapping.expressions import compile_template
from app.store.imports.mapping.filters import FILTERS, TESTS
from app.store.imports.mapping.grammar import METHODS
from app.store.imports.mapping.lookup_table import LookupTable
from app.store.imports.mapping.values.patterns import compile_pattern
from tests.store.mapping.templates import TABLES, fault, value

ATTRIBUTES = (
    "__class__", "__class__.__mro__[1].__subclasses__()", "__init__.__globals__", "__getattribute__('x')", "__dict__",
    "format(9)", "format_map(9)", "join(x)", "__mul__(9)", "mro()", "gi_frame", "cr_frame", "func_globals", "encode()",
    "translate({})", "append(1)", "update(x)", "pop()", "clear()", "ljust(10 ** 9)", "zfill(10 ** 9)",
    "center(10 ** 9)",
    "expandtabs(10 ** 9)", "real", "as_tuple()", "environment", "to_bytes(10 ** 9)",
)  # fmt: skip
OBJECTS = ("''", "x", "5", "1.5", "[]", "none", "true", "text", "listed", "made.a", "(1, 2)", "1 | list")
BOMBS = (
    "'x' * 10 ** 9", "'x' * 99 * 99", "[0] * 10 ** 9", "10 ** 10 ** 10 ** 10", "9 ** 9 ** 9", "2 ** 0.5",
    "(-2) ** 0.5", "1.0 ** -99 / 10 ** 99 / 10 ** 99", "'%1000000000d' % 1", "text % 5", "range(10 ** 12)",
    "range(9) | list", "lipsum(n=99)", "cycler('a')", "namespace()", "dict()", "joiner()", "x()", "self.x()", "self",
    "loop.index", "super()", "caller()", "config", "request", "g", "get_flashed_messages()", "''|attr('__class__')",
    "x|pprint", "x|safe", "x|xmlattr", "x|tojson", "x|format(9)", "'a'|center(10 ** 9)", "'a'|indent(10 ** 9)",
    "1|filesizeformat", "x|groupby('a')", "listed|batch(0)", "listed|sum", "listed|random",
    "listed|map('attr', '__class__')", "listed|map(attribute='__class__.y')", "listed|map('map')",
    "listed|map('map', 'map', 'map')", "listed|select('x')", "listed|select('matching', '(')", "listed|sort",
    "made|sort", "'a'|lookup(text)", "'a'|lookup(listed)", "'a'|regex(text * 2)", "'a'|regex('(')",
    "'a'|regex('a', '\\\\9')", "'a'|regex('a' ~ listed)", "'a'|date(text)", "'a'|date('%')", "'a'|date('%Q')",
    "'5'|date('%d')", "'1'|date('%m', year=0)", "'1'|date('%m', year=text)", "'01'|date('%y', pivot=-5)",
    "'a'|date('%B', locale='../../etc')", "5|truncate(-1)", "5|truncate(0)", "'[' * 9|json", "'1e999999999'|number",
    "'1e999999999'|epoch", "'1e99'|number * 10 ** 99", "'9' ~ 9|epoch('fortnight')", "'__import__(\"os\")'|literal",
    "'lambda: 1'|literal", "'f\"{1}\"'|literal", "'1+1'|literal", "'...'|literal", "'b\"a\"'|literal",
    "'{[1]: 2}'|literal", "'{**{}}'|literal", "'9e999999999'|literal ~ ''", "{[1]: 2}", "{1: 2}", "{none: {}}",
    "x[::0]", "text[::0]", "listed[::0]", "made[1:2]", "made[listed]", "text[text]", "listed[10 ** 30]", "text[1.5]",
    "1 if", "x.", "x..y", "x[", "a b", "@", "$x", "x|", "|x", "x is", "x is not", "x is in", "x is in(5)", "5 in 5",
    "none + none", "-none", "-'a'", "+listed", "not", "1 <", "x if y else", "'\\ud800'|slug", "'\\ud800' ~ text",
    "'\\x00'|regex('\\x00')", "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "1e999999999", "1e-999999999", "_", "__builtins__", "é", "ﬁ", "x|default", "x|default()", "x|required(5)",
    "[]|first|required", "x|map()", "x|url(base='x')", "'//['|url(base='http://[')", "'a'|url(default='javascript')",
    "'javascript:x'|url", "x|era('mayan')", "'令和99999年'|era", "'民國9999年'|era", "'พ.ศ. 1'|era", "'元'|era",
)  # fmt: skip
VARIABLES: dict[str, Any] = {
    "x": None, "text": "abc" * 99, "listed": [1, "a", None, [2], {"a": 1}], "made": {"a": {"b": Decimal("1E+30")}},
}  # fmt: skip


def outcome(template: str) -> Any:
    """The value for VARIABLES, or the fault."""
    try:
        return compile_template(template, TABLES).value(VARIABLES)
    except BadValue as fault:
        return fault


def test_attributes_of_objects_are_not_to_be_had() -> None:
    for thing, attribute in itertools.product(OBJECTS, ATTRIBUTES):
        found = outcome(f"{{{{ ({thing}).{attribute} }}}}")
        assert found is None or isinstance(found, BadValue), (thing, attribute, found)


@pytest.mark.parametrize("call", BOMBS)
def test_whatever_a_template_asks_for_it_gets_a_plain_value_or_a_fault(call: str) -> None:
    for template in (f"{{{{ {call} }}}}", f"a {{{{ {call} }}}}", f"{{{{ [{call}] | list | length }}}}"):
        found = outcome(template)
        assert isinstance(found, (BadValue, str, int, Decimal, list, dict, type(None)))
        assert not isinstance(found, str) or len(found) < 1000


def test_texts_and_lists_that_grow_are_stopped_at_the_size_of_a_text() -> None:
    doubled = " | ".join(["x", *["replace('x', 'xxxxxxxxxx')"] * 12])
    assert fault(f"{{{{ {doubled} }}}}", x="x").startswith(
        "the result has 100,000,000 characters; a text has at most 20,"
    )
    assert fault(r"{{ x | regex('(?=(x*))', '\1') }}", x="x" * 7000).startswith("the result has 20,00")
    text = "x" * 11_000_000
    for template in ("{{ x ~ x }}", "{{ x }}{{ x }}", "{{ [x, x] | join }}", "{{ x + x }}"):
        assert fault(template, x=text).startswith("the result has 22,000,00"), template


def test_a_pattern_that_runs_for_ever_is_stopped() -> None:
    assert fault(r"{{ x | regex('(a|aa)+$') }}", x="a" * 60 + "b").startswith("the pattern '(a|aa)+$' takes too long")


@pytest.mark.parametrize(
    "pattern",
    [
        "a{20000000}",
        "(?:a{1000}){1000}",
        "((a{100}b?){100,}){100}",
        "a{0,20000000}",
        "[(]a{300}" * 50,
        "(a{9999}){e<2}{9}",
    ],
)
def test_a_pattern_that_repeats_too_much_is_refused_before_it_is_compiled(pattern: str) -> None:
    for use in (f"x | regex('{pattern}')", f"x | split('/{pattern}/')", f"x is matching('{pattern}')"):
        assert "repeats" in fault(f"{{{{ {use} }}}}", x="a"), use
    with pytest.raises(BadValue, match=r"the table t: .* repeats .*smaller count"):
        LookupTable("t", {f"/{pattern}/": 1})


@pytest.mark.parametrize(
    "pattern", [r"\d{4}-\d{2}-\d{2}", ".{0,20000}", "[{(]a{3}", "(a{50}){50}", r"\{99999\}", "(?:a{b}){2}"]
)
def test_patterns_with_small_counts_are_taken(pattern: str) -> None:
    assert compile_pattern(pattern).search("b") is None or pattern == ".{0,20000}"


names = st.sampled_from(
    [*FILTERS, *TESTS, *METHODS, "x", "text", "listed", "made", "row", "none", "true", "not", "is", "in"]
)
marks = st.sampled_from([*"|.()[]{}:,'\"~+-*/%<>=!5é", "==", "**", "//", "|map(", "if", "else", "{{", "}}", "'a'"])
scraps = st.lists(names | marks | st.text(max_size=2), max_size=12).map(" ".join)


@settings(max_examples=200)
@given(scraps)
def test_any_template_gives_a_value_or_a_fault(scrap: str) -> None:
    outcome(f"{{{{ {scrap} }}}}")


inner = st.sampled_from(["x", "text", "listed", "made", "'a, b'", "'12.5'", "7", "[1, 'a']", "none", "'2014-05'"])
NEEDING = ("lookup", "map", "replace", "truncate", "default", "regex")  # parameters
steps = st.sampled_from([name for name in FILTERS if name not in NEEDING])


@settings(max_examples=200)
@given(inner, st.lists(steps, max_size=5))
def test_filters_in_any_order_give_a_value_or_a_fault(thing: str, chain: list[str]) -> None:
    outcome(f"{{{{ {' | '.join((thing, *chain))} }}}}")


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts),
    max_leaves=8,
)


COMPILED = [compile_template(f"{{{{ cell | {step} }}}}", TABLES) for step in FILTERS if step not in NEEDING]


@settings(max_examples=50)
@given(plain)
def test_any_cell_goes_through_every_filter(cell: Any) -> None:
    for template in COMPILED:
        with suppress(BadValue):
            template.value({"cell": cell})


def test_a_template_changes_nothing_in_the_row() -> None:
    row = {"listed": [3, 1, 2], "made": {"a": 1}}
    assert value("{{ listed | sort }}", **row) == [1, 2, 3]
    assert row == {"listed": [3, 1, 2], "made": {"a": 1}}
