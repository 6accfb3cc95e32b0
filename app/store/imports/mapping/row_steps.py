"""Steps that each row takes before records are made of it: variables are set, side files joined, rows left out.

Variables are set in the order in which the mapping has them. A join is made, and a condition looked at, as soon as the
variables that it names are there: before all of them, where it names columns alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.errors import BadValue
from app.store.imports.mapping.faults import Part
from app.store.imports.mapping.group_places import with_variable
from app.store.imports.mapping.joins import Join, read_join
from app.store.imports.mapping.members import RowFault, Run
from app.store.imports.mapping.names import Names, Value
from app.store.imports.mapping.side_files import SideFiles


@dataclass(frozen=True, slots=True)
class Setting:
    """Sets a variable."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Skip:
    """Leaves out rows for which the condition holds."""

    condition: Value


Step: TypeAlias = Setting | Join | Skip


def take_steps(steps: Sequence[Step], variables: dict[str, Any], run: Run) -> str | None:
    """Take the steps, which add variables. Gives the condition, as it is written, by which the row is left out."""
    for step in steps:
        match step:
            case Skip():
                if run.value(step.condition, variables, ("skip_when",)):
                    return step.condition.text
            case Setting():
                found = _set(step.name, step.value, variables, run)
                variables |= with_variable(variables, step.name, found, step.value.template.names)
            case Join():
                variables[step.name] = _joined(step, variables, run)
    return None


def _set(name: str, value: Value, variables: Mapping[str, Any], run: Run) -> Any:
    before = len(run.faults)
    found = run.value(value, variables, ("set", name))
    _note_failed(name, value, run, is_failed=len(run.faults) > before)
    return found


def _joined(join: Join, variables: Mapping[str, Any], run: Run) -> Any:
    found, is_failed = None, False
    if run.failed.isdisjoint(join.on.template.names):
        try:
            found = join.take(variables)
        except BadValue as error:
            run.faults.append(RowFault(("joins", join.name), join.on.columns, error))
            is_failed = True
    _note_failed(join.name, join.on, run, is_failed=is_failed)
    return found


def _note_failed(name: str, value: Value, run: Run, *, is_failed: bool) -> None:
    """Note that a variable failed, or what it is made from; or that a column of its name is replaced by a good one."""
    if is_failed or not run.failed.isdisjoint(value.template.names):
        run.failed.add(name)
    else:
        run.failed.discard(name)


class StepReader:
    """Reads the sections `set`, `joins` and `skip_when`. later: variables that are there only once rows are grouped."""

    def __init__(self, sections: Mapping[str, Part], names: Names, side_files: SideFiles, later: Sequence[str]) -> None:
        self.names = names
        self.early: list[Step] = []  # before rows are grouped
        self.steps: list[Step] = []
        self._side_files = side_files
        self._set = dict(sections["set"].members()) if "set" in sections else {}
        self._joins = dict(sections["joins"].members()) if "joins" in sections else {}
        self._skips = list(sections["skip_when"].elements()) if "skip_when" in sections else []
        self._missing = {*self._set, *self._joins, *later}
        self._check_objects(sections)

    def _check_objects(self, sections: Mapping[str, Part]) -> None:
        for name, example in (("set", '{said: "{{ date }}"}'), ("joins", "{person: {file: …, key: …, on: …}}")):
            if name in sections and not isinstance(sections[name].value, dict):
                self.names.faults.add(sections[name].path, f"an object is needed here: {example}")

    def read(self) -> None:
        """Put the steps into their order. Faults are noted."""
        self._take_ready(self.early)
        self._missing.discard("rows")
        self._take_ready(self.steps)
        for name, part in self._set.items():
            self._check_order(name, part)
            value = self.names.compile(part)
            if self.names.new_name(part, name) and value is not None:
                self.steps.append(Setting(name, value))
            self.names = self.names.with_variable(name, value.columns if value else (), self.names.known_of(value))
            self._missing.discard(name)
            self._take_ready(self.steps)
        for name, part in self._joins.items():
            self.names.faults.add(part.path, f"{name} is joined by what is joined by it")

    def _check_order(self, name: str, part: Part) -> None:
        for other in sorted(self.names.in_text(part) & self._joins.keys()):
            told = f"{name} is made from {other}, whose `on` names what is set behind it: set that first"
            self.names.faults.add(part.path, told)

    def _take_ready(self, steps: list[Step]) -> None:
        """Take joins and conditions that name nothing which is missing."""
        ready = True
        while ready:
            ready = False
            for name, part in list(self._joins.items()) if steps is self.steps else ():
                on = Part(part.value.get("on"), part.path) if isinstance(part.value, dict) else part
                if not (self.names.in_text(on) - {name}) & self._missing:
                    self._take_join(name, self._joins.pop(name), steps)
                    ready = True
            for part in list(self._skips):
                if not self.names.in_text(part) & self._missing:
                    self._skips.remove(part)
                    condition = self.names.expression(part)
                    if condition is not None:
                        steps.append(Skip(condition))

    def _take_join(self, name: str, part: Part, steps: list[Step]) -> None:
        join = read_join(name, part, self.names, self._side_files)
        if join is not None:
            steps.append(join)
        self.names = self.names.with_variable(name, join.on.columns if join else (), join.members if join else None)
        self._missing.discard(name)
