"""Corrections of single rows, by a key that a template gives, before all else: so nobody edits the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.errors import Problem, shown_value
from app.store.imports.mapping.faults import Part
from app.store.imports.mapping.members import Run
from app.store.imports.mapping.names import Names, Value
from app.store.imports.mapping.values.scalars import text_of_key


@dataclass(frozen=True, slots=True)
class Fixes:
    """The new values of columns, by the keys of rows. paths: where each stands; used: those that a row had."""

    by: Value
    rows: Mapping[str, Mapping[str, Any]]
    paths: Mapping[str, Part]
    used: set[str] = field(default_factory=set)

    def of(self, variables: Mapping[str, Any], run: Run) -> Mapping[str, Any]:
        """The new values for a row; none where its key is not named."""
        key = run.value(self.by, variables, ("fix", "by"))
        name = "" if key is None else text_of_key(key)
        if name not in self.rows:
            return {}
        self.used.add(name)
        return self.rows[name]

    def not_taken(self, variables: Mapping[str, Any]) -> Iterator[Problem]:
        """Warnings of a row that a person has mended, whose values count, where the corrections have others."""
        fixed = self.of(variables, Run())
        for column, value in fixed.items():
            if (given := variables["row"].get(column)) != value:
                detail = f"{column} is {shown_value(given)}, and stays so; `fix` has {shown_value(value)}"
                yield Problem((), "fix-of-mended-row", detail)

    def unused(self) -> Iterator[Part]:
        """The corrections that no row had."""
        yield from (part for name, part in self.paths.items() if name not in self.used)


def read_fixes(part: Part, names: Names) -> Fixes | None:
    """The section `fix`. Faults are noted."""
    members = dict(part.members())
    by, rows = members.get("by"), members.get("rows")
    if by is None or rows is None or not isinstance(rows.value, dict) or len(members) > 2:
        names.faults.add(part.path, 'needs by and rows: {by: "{{ id }}", rows: {"12": {date: 2014-12-26}}}')
        return None
    value = names.expression(by) if str(by.value).strip().startswith("{{") else names.compile(by)
    found = dict(rows.members())
    for inner in found.values():
        if not isinstance(inner.value, dict) or not inner.value:
            names.faults.add(inner.path, "columns with their values are needed here: {date: 2014-12-26}")
            continue
        for column in inner.value:
            names.used.fixed.setdefault(column, (*inner.path, column))
    if value is None:
        return None
    return Fixes(value, {key: one.value for key, one in found.items() if isinstance(one.value, dict)}, found)
