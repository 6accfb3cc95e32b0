"""Names in a mapping's templates: columns of the files, or variables, each with the columns that it is made from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from app.errors import BadValue, FieldPath, near
from app.store.imports.mapping.expressions import Template, compile_template
from app.store.imports.mapping.faults import Faults, Part
from app.store.imports.mapping.lookup_table import LookupTable
from app.store.imports.mapping.values.scalars import is_blank

ENGINE: Final = ("path", "line", "file", "row")  # variables of every row
NAME: Final = re.compile(r"[^\W\d]\w*")
Columns = tuple[str, ...]


BARE: Final = re.compile(
    r"\{\{\s*(\w+)(?:\s*\|\s*(?:first|last|list|unique|(?:sort|select|reject)\([^()|]*\)))*\s*\}\}"
)


class KnownMembers(NamedTuple):
    """The members of an object. place: as messages name it. names: None for columns of the files."""

    place: str
    names: frozenset[str] | None


OF_FILE: Final = KnownMembers("file", frozenset({"name", "stem", "folder"}))
OF_ROWS: Final = KnownMembers("rows", None)


@dataclass
class UsedColumns:
    """The columns that a mapping uses. first: those of templates, each with the place that uses it first. fixed: those
    that corrections change, alike. ignored: those that are known not to be used. all: whether any column may be used,
    for a template takes `row` as a whole. templates: all of them, with their places.
    """

    first: dict[str, FieldPath] = field(default_factory=dict)
    fixed: dict[str, FieldPath] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    all: bool = False
    templates: list[tuple[FieldPath, Template]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a mapping that is evaluated for each row. path: where it stands. columns: those it is made from."""

    template: Template
    path: FieldPath
    columns: Columns
    text: str
    whole: str = ""

    @property
    def is_constant(self) -> bool:
        """Whether it is a text without expressions."""
        return "{{" not in self.text and not self.template.names

    def of(self, variables: Mapping[str, Any]) -> Any:
        """The value for a row; None where that is nothing: an empty or blank text, an empty list or object.

        Raises BadValue.
        """
        value = self.template.value(variables, whole=self.whole)
        return None if is_blank(value) else value


@dataclass(frozen=True, slots=True)
class Names:
    """The names that templates may use at a place of a mapping. variables: each with the columns that it is made from;
    all other names are columns. known: of variables that hold objects, or lists of them, what their members are.
    """

    faults: Faults
    used: UsedColumns
    tables: Mapping[str, LookupTable]
    variables: Mapping[str, Columns] = field(default_factory=dict)

    known: Mapping[str, KnownMembers] = field(default_factory=lambda: {"file": OF_FILE})

    def with_variable(self, name: str, columns: Columns, members: KnownMembers | None = None) -> Names:
        """The names with one more variable. members: as in known."""
        known = {other: one for other, one in self.known.items() if other != name}
        if members is not None:
            known[name] = members
        return replace(self, variables={**self.variables, name: columns}, known=known)

    def known_of(self, value: Value | None) -> KnownMembers | None:
        """The members of what a value gives, where it is a variable as it stands, or some of its elements."""
        found = BARE.fullmatch(value.text.strip()) if value else None
        return self.known.get(found[1]) if found else None

    def in_text(self, part: Part) -> frozenset[str]:
        """The names in a template; none where it is wrong."""
        try:
            return compile_template(str(part.value), self.tables).names
        except BadValue:
            return frozenset()

    def compile(self, part: Part, *, whole: str = "") -> Value | None:
        """The value of a text, whose faults are noted. None for what is none. whole: as in Template.value."""
        if not isinstance(part.value, str):
            self.faults.add(part.path, 'a text is needed here, such as "{{ column }}"')
            return None
        with self.faults.told_at(part.path):
            template = compile_template(part.value, self.tables)
            self.used.templates.append((part.path, template))
            return Value(template, part.path, self._columns_of(template, part.path), part.value, whole)
        return None

    def expression(self, part: Part) -> Value | None:
        """The same for a text that is one expression, as conditions and lists are."""
        value = self.compile(part)
        text = part.value.strip() if isinstance(part.value, str) else ""
        if value is not None and not (text.startswith("{{") and text.endswith("}}") and text.count("{{") == 1):
            self.faults.add(part.path, 'one expression is needed here, such as "{{ column }}"')
            return None
        return value

    def _columns_of(self, template: Template, path: FieldPath) -> Columns:
        """The columns that a template is made from, through variables; they are noted as used."""
        found: dict[str, None] = {}
        for name in sorted(template.names):
            members = self._members_of(name, template, path)
            if members:
                found |= dict.fromkeys(members)
            elif name in self.variables:
                found |= dict.fromkeys(self.variables[name])
            elif name not in ENGINE:
                found[name] = None
                self.used.first.setdefault(name, path)
        if "row" in template.names and "row" not in self.variables:
            self.used.all |= template.row_names is None
            for name in sorted(template.row_names or ()):
                found[name] = None
                self.used.first.setdefault(name, path)
        return tuple(found)

    def _members_of(self, name: str, template: Template, path: FieldPath) -> list[str]:
        """The columns that a template takes of a variable that holds rows. Of any other, unknown members are faults."""
        known, members = self.known.get(name), sorted(template.members.get(name, ()))
        if known is None:
            return []
        if known.names is None:
            for column in members:
                self.used.first.setdefault(column, path)
            return members
        for member in members if known.names else ():
            if member not in known.names:
                hints = near_columns(member, known.names)
                there = "" if hints else f"; there are {', '.join(sorted(known.names)[:12])}"
                self.faults.add(path, f"{known.place} has no {member}{there}", hints)
        return []

    def new_name(self, part: Part, name: object) -> str | None:
        """The name of a new variable, whose faults are noted."""
        if not isinstance(name, str) or not NAME.fullmatch(name):
            self.faults.add(part.path, f"{name!r:.80} is no name of a variable: letters, digits and _, such as person")
        elif name in ENGINE:
            self.faults.add(part.path, f"{name} is a variable of every row already; take another name")
        else:
            return name
        return None


def near_columns(name: str, columns: Iterable[str]) -> Sequence[str]:
    """Columns that a name in a template may mean, as templates write them."""
    known = [column for column in columns if isinstance(column, str)]
    folded = _folded(name)
    same = [column for column in known if _folded(column) == folded]
    return tuple(map(as_written, same or near(name, known)))


def as_written(column: str) -> str:
    """A column as templates name it: `row['Full name']` where it is no name of a variable."""
    return column if NAME.fullmatch(column) and column not in ENGINE else f"row[{column!r}]"


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
