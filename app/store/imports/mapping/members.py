"""The members of a mapped record, as a tree of its fields and lists; what a row gives for them, and from where.

A member that comes out empty is left out. So is an object or element of a list whose templates all come out empty,
where its constants say nothing by themselves: an assessment of a publisher without a rating.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from app.errors import BadValue, FieldPath
from app.store.imports.mapping.group_places import line_of_fault, line_of_value, with_variable
from app.store.imports.mapping.names import Columns, Value
from app.store.imports.mapping.values.scalars import kind_of

Variables = Mapping[str, Any]


class RowFault(NamedTuple):
    """A value of a row that cannot be made. target: of the record, or what else of the mapping it is for. line: of the
    row of a group that it stands in, where that is known.
    """

    target: FieldPath
    columns: Columns
    error: BadValue
    line: int | None = None


@dataclass
class Run:
    """One evaluation of a row. failed: variables that could not be made; no more is told of what is made from them."""

    faults: list[RowFault] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    at: list[str | int] = field(default_factory=list)  # the way to the member that is being made

    def value(self, value: Value, variables: Variables, target: Sequence[str | int] | None = None) -> Any:
        """The value for a row; None where it is nothing or cannot be made, which is noted. target: the current member
        by default.
        """
        if self.failed and not self.failed.isdisjoint(value.template.names):
            return None
        try:
            return value.of(variables)
        except BadValue as error:
            line = line_of_fault(value, variables, error)
            self.faults.append(RowFault(tuple(self.at if target is None else target), value.columns, error, line))
            return None


class Made(NamedTuple):
    """A member of a row. value: None where it is left out. is_told: whether a template gave it, or failed to."""

    value: Any
    is_told: bool


class Found(NamedTuple):
    """The place in a mapped record that a problem is of: the way as the mapping has it, and the columns. line: as in
    RowFault.
    """

    path: FieldPath
    columns: Columns
    line: int | None = None


class Member(Protocol):
    """A node of the tree."""

    @property
    def columns(self) -> Columns:
        """The columns that it is made from."""

    @property
    def is_computed(self) -> bool:
        """Whether a template or a loop is in it."""

    def make(self, variables: Variables, run: Run) -> Made:
        """The value that a row gives for it."""

    def constant(self) -> Any:
        """The value of its constants by themselves; None for none."""

    def find(self, path: FieldPath, variables: Variables | None) -> Found:
        """The origin of what stands at a path in it. variables: of the row, where they are at hand."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is the same for every row."""

    value: Any
    columns: Columns = ()
    is_computed: bool = False

    def make(self, _variables: Variables, _run: Run) -> Made:
        """The value."""
        return Made(self.value, False)

    def constant(self) -> Any:
        """The value."""
        return self.value

    def find(self, _path: FieldPath, _variables: Variables | None) -> Found:
        """No column."""
        return Found((), ())


@dataclass(frozen=True, slots=True)
class Computed:
    """A value that a template gives. is_list: whether one text is to be a list of one."""

    value: Value
    is_list: bool = False
    is_computed: bool = True

    @property
    def columns(self) -> Columns:
        """The columns of the template."""
        return self.value.columns

    def make(self, variables: Variables, run: Run) -> Made:
        """The value."""
        before = len(run.faults)
        value = run.value(self.value, variables)
        if self.is_list and isinstance(value, str):
            value = [value]
        return Made(value, value is not None or len(run.faults) > before or bool(run.failed))

    def constant(self) -> Any:
        """Nothing."""
        return None

    def find(self, _path: FieldPath, variables: Variables | None) -> Found:
        """The columns of the template."""
        return Found((), self.columns, line_of_value(self.value, variables or {}))


@dataclass(frozen=True, slots=True)
class Fields:
    """An object. is_enough: whether its constants say something by themselves, or there is nothing else."""

    members: Mapping[str, Member]
    is_enough: bool = True

    @property
    def columns(self) -> Columns:
        """The columns of all members."""
        return tuple(dict.fromkeys(column for member in self.members.values() for column in member.columns))

    @property
    def is_computed(self) -> bool:
        """Whether any member is."""
        return any(member.is_computed for member in self.members.values())

    def make(self, variables: Variables, run: Run) -> Made:
        """The object; nothing where no member is anything."""
        made, is_told = {}, False
        for name, member in self.members.items():
            run.at.append(name)
            value, told = member.make(variables, run)
            run.at.pop()
            is_told |= told
            if value is not None:
                made[name] = value
        if not made or not (is_told or self.is_enough):
            return Made(None, is_told)
        return Made(made, is_told)

    def constant(self) -> Any:
        """The object of its constants."""
        made = {name: value for name, member in self.members.items() if (value := member.constant()) is not None}
        return made or None

    def find(self, path: FieldPath, variables: Variables | None) -> Found:
        """The origin of a member; where it is none, the way without columns."""
        if not path:
            return Found((), self.columns)
        if path[0] not in self.members:
            return Found(path, ())
        found = self.members[str(path[0])].find(path[1:], variables)
        return found._replace(path=(path[0], *found.path))


@dataclass(frozen=True, slots=True)
class Loop:
    """Repeats what it is of for each element of a list, or leaves it out by a condition."""

    each: Value | None = None
    name: str = ""
    when: Value | None = None

    @property
    def columns(self) -> Columns:
        """The columns of list and condition."""
        return tuple(column for value in (self.each, self.when) if value for column in value.columns)

    def rounds(self, variables: Variables, run: Run, above: FieldPath | None = None) -> Iterator[Variables]:
        """The variables of each round; `name` and `name_n`, which counts from 0, among them. above: what faults of the
        loop are told of; the current member by default.
        """
        for inner in self._each(variables, run, above):
            target = (*(run.at if above is None else above), "when")
            if self.when is None or run.value(self.when, inner, target):
                yield inner

    def _each(self, variables: Variables, run: Run, above: FieldPath | None) -> Iterator[Variables]:
        if self.each is None:
            yield variables
            return
        target = (*(run.at if above is None else above), "each")
        found = run.value(self.each, variables, target)
        if found is not None and not isinstance(found, list):
            right = "| split(',') makes one of a text, | list of anything else"
            error = BadValue(f"a list is needed here, not {kind_of(found)}; {right}")
            run.faults.append(RowFault(target, self.each.columns, error, line_of_value(self.each, variables)))
            return
        for n, element in enumerate(found or ()):
            yield with_variable({**variables, f"{self.name}_n": n}, self.name, element, self.each.template.names)


ONCE = Loop()


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a list, or several. number: its position as the mapping has it, where it is one."""

    loop: Loop
    member: Member
    number: int | None = None

    def place(self, at: int) -> int:
        """The position that is told of it. at: where it stands in the list that is made."""
        return at if self.number is None else self.number


@dataclass(frozen=True, slots=True)
class Elements:
    """A list. Elements that are nothing are left out, and those behind them move up."""

    elements: Sequence[Element]

    @property
    def columns(self) -> Columns:
        """The columns of all elements."""
        found = (column for one in self.elements for column in (*one.loop.columns, *one.member.columns))
        return tuple(dict.fromkeys(found))

    @property
    def is_computed(self) -> bool:
        """Whether any element is, or is repeated or conditional."""
        return any(one.loop is not ONCE or one.member.is_computed for one in self.elements)

    def make(self, variables: Variables, run: Run) -> Made:
        """The list; nothing where it is empty."""
        made, is_told = [], False
        for element, value, told in self._made(variables, run):
            is_told |= told or (element.loop is not ONCE and value is not None)
            if value is not None:
                made.append(value)
        return Made(made or None, is_told)

    def _made(self, variables: Variables, run: Run) -> Iterator[tuple[Element, Any, bool]]:
        length = 0
        for element in self.elements:
            run.at.append(element.place(length))
            for inner in element.loop.rounds(variables, run):
                run.at[-1] = element.place(length)
                value, told = element.member.make(inner, run)
                length += value is not None
                yield element, value, told
            run.at.pop()

    def constant(self) -> Any:
        """The list of its constants."""
        made = [value for one in self.elements if (value := one.member.constant()) is not None]
        return made or None

    def find(self, path: FieldPath, variables: Variables | None) -> Found:
        """The origin of an element, or of a part of it."""
        if not path:
            return Found((), self.columns)
        element, inner = self._at(path[0], variables)
        if element is None or not isinstance(path[0], int):
            return Found(path, ())
        found = element.member.find(path[1:], inner)
        path = (element.place(path[0]), *found.path)
        return found._replace(path=path, columns=found.columns or element.loop.columns)

    def _at(self, at: str | int, variables: Variables | None) -> tuple[Element | None, Variables | None]:
        """The element that gave the one at a position, and the variables of its round."""
        if variables is None:
            near = self.elements[: int(at) + 1] if isinstance(at, int) else ()
            return (near[-1] if near else None), None
        run, length = Run(), 0
        for element in self.elements:
            for inner in element.loop.rounds(variables, run):
                length += element.member.make(inner, run).value is not None
                if length - 1 == at:
                    return element, inner
        return None, None
