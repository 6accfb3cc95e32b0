"""Values of mappings: texts with Jinja2 expressions in them, compiled once and evaluated for every row.

A value that is one `{{ … }}`, blanks around it aside, is an expression and keeps its type; anything else is a text.
Only expressions are taken: no statements, comments, calls of functions, nor attributes of Python's objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from jinja2 import ChainableUndefined, TemplateError, meta, nodes
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.errors import BadValue
from app.store.imports.mapping.filters import FILTERS, Filter
from app.store.imports.mapping.lookup_table import LookupTable

_FAULTS = (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


class _Environment(ImmutableSandboxedEnvironment):
    pass


class Template:
    """A compiled value. names: the columns and variables that it uses."""

    def __init__(self, names: frozenset[str], parts: list[Any], environment: _Environment) -> None:
        self.names, self._parts, self._environment = names, parts, environment

    def value(self, variables: Mapping[str, Any]) -> Any:
        """The value that it gives for a row. A name that is not among the variables is null.

        Raises BadValue, which tells the value and what would be right.
        """
        try:
            if len(self._parts) == 1:
                return self._evaluate(self._parts[0], variables)
            return "".join(_as_text(self._evaluate(part, variables)) for part in self._parts)
        except BadValue:
            raise
        except _FAULTS as fault:
            raise BadValue(str(fault)) from None

    def _evaluate(self, part: Any, variables: Mapping[str, Any]) -> Any:
        if isinstance(part, str):
            return part
        context = Context(self._environment, variables, None, {})  # type: ignore[arg-type]  # a mapping does
        for _ in part(context):
            pass
        result = context.vars["result"]
        return None if isinstance(result, ChainableUndefined) else result


def compile_template(text: str, tables: Mapping[str, LookupTable]) -> Template:
    """The template of a value in a mapping. tables: those that its `lookup` may name.

    Raises BadValue with what is wrong in it.
    """
    environment = _Environment(undefined=ChainableUndefined, keep_trailing_newline=True)
    environment.globals.clear()
    environment.filters = {row.name: _called(row) for row in FILTERS.values()}
    environment.filters["lookup"] = _lookup_in(tables)
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return Template(frozenset(), [text], environment)
    try:
        tree = environment.parse(text)
        parts = [part for output in tree.body for part in output.nodes]  # type: ignore[attr-defined]
        kept = [part for part in parts if not _is_blank(part)]
        parts = kept if len(kept) == 1 and not isinstance(kept[0], nodes.TemplateData) else parts
        return Template(
            frozenset(meta.find_undeclared_variables(tree)),
            [_compiled(part, environment) for part in parts],
            environment,
        )
    except TemplateError as fault:
        raise BadValue(str(fault)) from None


def _is_blank(part: nodes.Expr) -> bool:
    return isinstance(part, nodes.TemplateData) and not part.data.strip()


def _compiled(part: nodes.Expr, environment: _Environment) -> Any:
    if isinstance(part, nodes.TemplateData):
        return part.data
    body: list[nodes.Node] = [nodes.Assign(nodes.Name("result", "store", lineno=1), part, lineno=1)]
    return environment.from_string(nodes.Template(body, lineno=1)).root_render_func


def _called(row: Filter) -> Any:
    def call(value: Any, *args: Any, **kwargs: Any) -> Any:
        value = None if isinstance(value, ChainableUndefined) else value
        return None if value is None and not row.takes_null else row.make(*args, **kwargs)(value)

    return call


def _lookup_in(tables: Mapping[str, LookupTable]) -> Any:
    def lookup(value: Any, name: str, *default: Any) -> Any:
        if value is None or isinstance(value, ChainableUndefined):
            return None
        try:
            return tables[name].find(value)
        except BadValue:
            if default:
                return default[0]
            raise

    return lookup


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (list, dict, tuple)):
        raise BadValue("a list stands in a text; join it, as in {{ topics | join(', ') }}")
    return str(value)
