"""Values of mappings: texts with Jinja2 expressions in them, compiled once and evaluated for every row.

A value that is one `{{ … }}`, blanks around it aside, is an expression and keeps its type; anything else is a text.
Null, an absent column and an absent member are the same: they stand for nothing in a text, are false in a condition,
and reckoning with them is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from jinja2 import TemplateError, UndefinedError, nodes
from jinja2.runtime import Context
from jinja2.utils import missing

from app.errors import BadValue, shown_value
from app.store.imports.mapping.filters import FILTERS, TESTS
from app.store.imports.mapping.grammar import CONCAT, EXACT, METHODS, ColumnEnvironment, Fault, Parts, parse_parts
from app.store.imports.mapping.lookup_table import LookupTable
from app.store.imports.mapping.values.arithmetic import compute
from app.store.imports.mapping.values.filter_row import Filter, Surroundings
from app.store.imports.mapping.values.nothing import Nothing, plain
from app.store.imports.mapping.values.scalars import bounded, check_length, is_blank, kind_of, text_of

_RESULT: Final = "_result"  # the variable in which Jinja2's code leaves the value
# Faults of values that have the wrong kind for what an expression does with them.
_MISFITS: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TemplateError, TypeError, ValueError)

# Words of Python's messages, and ours in their place.
_TOLD: Final = {
    "unhashable type: 'slice'": "a part as in [0:10] is one of a text or a list",
    "not subscriptable": "a part as in [0:10] is one of a text or a list",
    "slice ": "a part is told by whole numbers, as in [0:10], and its step is not 0",
    "unhashable type": "the name of a member is a text, and no list or object",
    "is not iterable": "in looks into a list, a text or an object",
    "requires string as left operand": "in looks for a text in a text",
    "positional argument": "this test takes another number of values",
}

_Part = str | Callable[[Mapping[str, Any]], Any]


class _Row(Context):
    """The variables of a row. Null ones are taken for absent, so that both behave alike."""

    def resolve_or_missing(self, key: str) -> Any:
        """The variable, or Jinja2's own sign that there is none."""
        value = self.parent.get(key)
        return missing if value is None else value


class _Environment(ColumnEnvironment):
    """Expressions over plain values: members of objects and elements of lists, and no attributes of anything."""

    intercepted_binops = frozenset(ColumnEnvironment.default_binop_table)
    intercepted_unops = frozenset(ColumnEnvironment.default_unop_table)

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(undefined=Nothing, keep_trailing_newline=True, optimized=False)
        self.globals, self.expressions, self._watch = {}, [], surroundings.watch
        self.filters = {name: _called(row, surroundings) for name, row in FILTERS.items()}
        self.filters |= {f".{name}": _method(name) for name in METHODS}
        self.filters |= {CONCAT: _concatenated, EXACT: Decimal}
        self.tests = {name: _tested(test) for name, test in TESTS.items()}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002  # Jinja2's
        """The result of an operation on two values. Raises BadValue for those that it is not for."""
        for operand in (left, right):
            if isinstance(operand, Nothing):
                raise BadValue(operand.told)
        return compute(operator, plain(left), plain(right))

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        """The number, or the negative one. Raises BadValue for what is no number."""
        return self.call_binop(context, operator, 0, arg)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The member of an object. Raises BadValue for a list, text or number."""
        if isinstance(obj, dict):
            self._watch(obj, attribute)
            value = obj.get(attribute)
            return Nothing(name=attribute) if value is None else value
        if isinstance(obj, Nothing) or obj is None:
            return obj
        right = "; take one of its elements, as in [0], or explode it" if isinstance(obj, (list, tuple)) else ""
        raise BadValue(f"{kind_of(obj)} has no member {attribute}: {shown_value(obj)}{right}")

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The member or element. Raises BadValue for a number, and for a member of a list or text."""
        if isinstance(obj, (list, tuple, str)) and isinstance(argument, int):
            return obj[argument] if -len(obj) <= argument < len(obj) else Nothing(name=f"element {argument}")
        return self.getattr(obj, argument if isinstance(argument, str) else text_of(plain(argument)))


def _called(row: Filter, surroundings: Surroundings) -> Callable[..., Any]:
    """A filter whose parameters are of the row."""

    def call(value: Any, *args: Any, **kwargs: Any) -> Any:
        named = {name: plain(given) for name, given in kwargs.items()}
        return row.made(surroundings, [plain(given) for given in args], named)(plain(value))

    return call


def _method(name: str) -> Callable[..., Any]:
    def call(value: Any, *args: Any) -> Any:
        if isinstance(value, Nothing):
            return value
        if not isinstance(value, dict if name == "get" else str):
            raise BadValue(f"{kind_of(plain(value))} has no method {name}: {shown_value(plain(value))}")
        try:
            return getattr(value, name)(*map(plain, args))
        except (TypeError, ValueError):
            given = ", ".join(shown_value(plain(one)) for one in args) or "nothing"
            raise BadValue(f"{name} takes {METHODS[name]}, not {given}") from None

    return call


def _tested(test: Callable[..., Any]) -> Callable[..., Any]:
    return lambda value, *args: test(plain(value), *map(plain, args))


def _concatenated(values: Iterable[Any]) -> str:
    texts = [text_of(plain(value)) for value in values]
    check_length(sum(map(len, texts)))
    return "".join(texts)


class Template:
    """A compiled value. names: the columns and variables that it uses.

    row_names: the columns that it takes as `row['Full name']` or `row.name`; None where it uses `row` in another way,
    so that any may be meant. members: those that it takes of each name, or of the elements of a list. watched: as in
    Surroundings.
    """

    def __init__(
        self, parts: list[_Part], found: Parts | None, watched: dict[str, list[str]], needed: list[str]
    ) -> None:
        self.names = found.names if found else frozenset()
        self.row_names = found.of_row if found else frozenset()
        self.members = found.members if found else {}
        self.watched, self._parts, self._needed = watched, parts, needed

    def value(self, variables: Mapping[str, Any], *, whole: str = "") -> Any:
        """The value that it gives for a row. A name that is not among the variables is null. whole: "key" or "address"
        where no part of a text may be empty, for rows would share what is left of it.

        Raises BadValue, which tells the value and what would be right.
        """
        try:
            values = [part if isinstance(part, str) else plain(part(variables)) for part in self._parts]
            if len(values) > 1:
                empty = (text for text, one in zip(self._needed, values, strict=True) if text and is_blank(one))
                if whole and (text := next(empty, "")):
                    told = f"{text} is empty, and other rows without it would get the same {whole}"
                    raise BadValue(f"{told}; give another by | default('…'), or leave the row out by skip_when")
                return _concatenated(values)
        except BadValue:
            raise
        except UndefinedError as fault:
            raise BadValue(fault.message or "") from None
        except _MISFITS as fault:
            raise BadValue(_misfit(fault)) from None
        return bounded(values[0]) if isinstance(values[0], str) else values[0]


def _misfit(fault: Exception) -> str:
    compared = re.match(r"'(\S+)' not supported between instances", str(fault))
    if compared:
        return f"{compared[1]} compares numbers with numbers and texts with texts; | number reads a number in a text"
    told = next((ours for theirs, ours in _TOLD.items() if theirs in str(fault)), None)
    return told or f"the value does not fit the expression: {fault}"


def compile_template(text: str, tables: Mapping[str, LookupTable]) -> Template:
    """The template of a value in a mapping. tables: those that its `lookup` may name.

    Raises BadValue with what is wrong in it and where: `unexpected 'b' at column 6; '}}' is expected`.
    """
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return Template([text], None, {}, [""])
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # as Jinja2 does
    surroundings = Surroundings(tables, FILTERS, TESTS)
    environment = _Environment(surroundings)
    try:
        found = parse_parts(environment, text, surroundings)
    except Fault as fault:
        raise BadValue(_placed(fault, text), fault.suggestions) from None
    inner = [part for part in found.nodes if not (isinstance(part, nodes.TemplateData) and not part.data.strip())]
    is_expression = len(inner) == 1 and not isinstance(inner[0], nodes.TemplateData)
    try:
        parts = [_compiled(part, environment) for part in (inner if is_expression else found.nodes)]
        written = iter(zip(environment.expressions, found.settled, strict=True))
        needed = ["" if isinstance(part, str) else _needed(*next(written)) for part in parts]
        return Template(parts, found, surroundings.watched, needed)
    except (MemoryError, RecursionError, SyntaxError):  # of Python, which the code is compiled to
        raise BadValue("expressions are nested too deep") from None


def _needed(text: str, is_settled: bool) -> str:
    return "" if is_settled else text


def _placed(fault: Fault, text: str) -> str:
    """The message with the place behind its first words: `unexpected ',' at column 14; …`."""
    before = text[: fault.lineno - 1]
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    place = f"at column {column}" if "\n" not in text.rstrip("\n") else f"at line {line}, column {column}"
    first, semicolon, rest = (fault.message or "").partition("; ")
    return f"{first} {place}{semicolon}{rest}"


def _compiled(part: nodes.Expr, environment: _Environment) -> _Part:
    if isinstance(part, nodes.TemplateData):
        return part.data
    if isinstance(part, nodes.Name):
        name = part.name
        return lambda variables: variables.get(name)
    body: list[nodes.Node] = [nodes.Assign(nodes.Name(_RESULT, "store", lineno=1), part, lineno=1)]
    run = environment.from_string(nodes.Template(body, lineno=1)).root_render_func

    def evaluate(variables: Mapping[str, Any]) -> Any:
        row = _Row(environment, variables, None, {})  # type: ignore[arg-type]  # a mapping does
        for _ in run(row):
            pass
        return row.vars[_RESULT]

    return evaluate
