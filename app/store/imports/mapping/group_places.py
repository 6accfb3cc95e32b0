"""Where in its file a value of a group stands: the row that a variable holds, of those that make one record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from app.errors import BadValue
from app.store.imports.mapping.names import Value
from app.store.imports.mapping.values.nothing import RowOfGroup

LINES: Final = "\0lines"  # of variables that hold one row of a group, or a part of it; no template can name it
ROWS: Final = "rows"


def with_variable(variables: Mapping[str, Any], name: str, value: Any, names: Iterable[str]) -> dict[str, Any]:
    """The variables with one more. names: those that its value is made from."""
    if (lines := variables.get(LINES)) is None:  # no group
        return {**variables, name: value}
    line = value.line if isinstance(value, RowOfGroup) else _line_of(lines, names)
    left = {other: at for other, at in lines.items() if other != name}
    return {**variables, name: value, LINES: left if line is None else {**left, name: line}}


def line_of_value(value: Value, variables: Mapping[str, Any]) -> int | None:
    """The line of the row of a group that a value is made from, as far as its variables tell it."""
    return _line_of(variables.get(LINES) or {}, value.template.names)


def line_of_fault(value: Value, variables: Mapping[str, Any], error: BadValue) -> int | None:
    """The line of the row of a group for which a value cannot be made: of all rows, the first that gives the error."""
    line = line_of_value(value, variables)
    if line is not None or LINES not in variables or ROWS not in value.template.names:
        return line
    for row in variables[ROWS]:
        try:
            value.of({**variables, ROWS: [row]})
        except BadValue as fault:
            if str(fault) == str(error):
                return int(row.line)
    return None


def _line_of(lines: Mapping[str, int], names: Iterable[str]) -> int | None:
    """The line of what is made from variables, where they are of one row."""
    found = {lines[name] for name in names if name in lines}
    return found.pop() if len(found) == 1 else None
