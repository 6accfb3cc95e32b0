"""The members of a record as a mapping file has them → the tree that makes them.

Members are named by dotted targets (`figures.0.value`), or as objects in objects; a list is written as a list, as one
element of it, or by its positions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, get_args, get_origin

from pydantic import ValidationError

from app.domain.record.field_paths import MODELS, RecordKind, dotted, fields_of
from app.domain.record.model_fields import bare_type, is_model
from app.domain.record.targets import check_target
from app.errors import BadValue, FieldPath
from app.store.imports.mapping.faults import Part
from app.store.imports.mapping.members import ONCE, Computed, Constant, Element, Elements, Fields, Loop, Member
from app.store.imports.mapping.names import Names

LOOP: Final = ("each", "as", "when")  # of an element of a list, or of a record, beside its members
ITSELF: Final = "value"  # the member that an element is which has no others: a topic
WHOLE: Final[dict[object, str]] = {"key": "key", "url": "address", "archive_url": "address"}  # no part may be empty
FORMS: Final = {"roles": ("role",), "citations": ("source", "locator", "via")}  # short forms of lists

Tree = dict[str | int, "Tree | Member"]


def read_loop(part: Part, names: Names) -> tuple[Loop, Names]:
    """The loop of an element or a record, and the names in it. Faults are noted."""
    found = {name: inner for name, inner in part.members() if name in LOOP}
    each = names.expression(found["each"]) if "each" in found else None
    name = ""
    if "as" in found and "each" in found:
        name = names.new_name(found["as"], found["as"].value) or ""
    elif found.keys() & {"as", "each"}:
        right = 'each, the list, and as, the name of an element, stand together: {each: "{{ answers }}", as: answer}'
        names.faults.add(part.path, right)
    if name:
        columns, members = each.columns if each else (), names.known_of(each)
        names = names.with_variable(name, columns, members).with_variable(f"{name}_n", columns)
    when = names.expression(found["when"]) if "when" in found else None
    return (Loop(each, name, when) if each or when else ONCE), names


def read_members(kind: RecordKind, part: Part, names: Names) -> Fields:
    """The tree of a record's members, LOOP aside. Faults are noted."""
    if not isinstance(part.value, dict):
        names.faults.add(part.path, 'members are needed here: targets with their values, such as quote: "{{ text }}"')
        return Fields({})
    found = _Reader(kind, names).fields((), part)
    for long, forms in FORMS.items() if kind == "claim" else ():
        beside = [name for name in forms if name in found.members]
        if beside and long in found.members:
            names.faults.add((*part.path, beside[0]), f"give {beside[0]} or {long}, not both")
    if not found.members:
        names.faults.add(part.path, "no member is named, such as quote or speaker.name")
    return found


def type_at(kind: RecordKind, path: FieldPath) -> Any:
    """The type of a place in a record, without None and annotations. The place exists."""
    found: Any = MODELS[kind]
    for step in path:
        if get_origin(found) is list:
            found = bare_type(get_args(found)[0])
        elif get_origin(found) is dict:
            found = bare_type(get_args(found)[1])
        elif is_model(found):
            found = bare_type(fields_of(found)[str(step)])
    return found


@dataclass(frozen=True, slots=True)
class _Reader:
    kind: RecordKind
    names: Names

    def fields(self, above: FieldPath, part: Part) -> Fields:
        """An object. above: the way to it in the record."""
        tree: Tree = {}
        for path, inner in self._targets(above, "", part):
            member = self._member(path, inner)
            if member is not None:
                with self.names.faults.told_at(inner.path):
                    _plant(tree, path[len(above) :], member)
        return self._fields_of(tree, above)

    def _targets(self, above: FieldPath, prefix: str, part: Part) -> Iterator[tuple[FieldPath, Part]]:
        """The members of an object, by their paths in the record; instead of objects in it their members."""
        for name, inner in part.members():
            if not prefix and name in LOOP:
                continue
            path: FieldPath = ()
            with self.names.faults.told_at(inner.path):
                path = check_target(self.kind, f"{dotted(above)}.{prefix}{name}" if above else f"{prefix}{name}")
            if not path:
                continue
            if isinstance(inner.value, dict) and get_origin(type_at(self.kind, path)) is not list:
                yield from self._targets(above, f"{prefix}{name}.", inner)
            else:
                yield path, inner

    def _member(self, path: FieldPath, part: Part) -> Member | None:
        kind = type_at(self.kind, path)
        if get_origin(kind) is list:
            return self._list(path, bare_type(get_args(kind)[0]), part)
        if not isinstance(part.value, list):
            return self._one(part, whole=WHOLE.get(path[-1], ""))
        if get_origin(type_at(self.kind, path[:-1])) is dict:  # an identifier's scheme may have several values
            return self._list(path, str, part)
        self.names.faults.add(part.path, f"{dotted(path)} is no list: one value is needed here")
        return None

    def _one(self, part: Part, *, is_list: bool = False, whole: str = "") -> Member | None:
        """A value that is written as one: a template or a constant."""
        if not isinstance(part.value, str):
            return Constant(part.value)
        value = self.names.compile(part, whole=whole)
        if value is None:
            return None
        if value.is_constant:
            return Constant([part.value] if is_list else part.value)
        return Computed(value, is_list)

    def _list(self, path: FieldPath, kind: Any, part: Part) -> Member | None:
        """A list. kind: the type of its elements."""
        if not isinstance(part.value, dict | list):
            return self._one(part, is_list=not is_model(kind))
        elements = [self._element((*path, 0), kind, n, one) for n, one in enumerate(part.elements())]
        return Elements([element for element in elements if element is not None])

    def _element(self, path: FieldPath, kind: Any, number: int, part: Part) -> Element | None:
        if not isinstance(part.value, dict):
            member = self._one(part)
            return Element(ONCE, member, number) if member is not None else None
        loop, names = read_loop(part, self.names)
        inner = replace(self, names=names)
        member = inner.fields(path, part) if is_model(kind) else inner._itself(part)
        return Element(loop, member, None if loop.each else number) if member is not None else None

    def _itself(self, part: Part) -> Member | None:
        """An element that is a text."""
        others = [name for name, _ in part.members() if name not in (*LOOP, ITSELF)]
        if others or ITSELF not in part.value:
            told = f"{others[0]} is no part of it; " if others else ""
            self.names.faults.add(part.path, f"{told}write the text itself, or {{each: …, as: …, value: …}}")
            return None
        return self._one(Part(part.value[ITSELF], (*part.path, ITSELF)))

    def _fields_of(self, tree: Tree, above: FieldPath) -> Fields:
        """The object of a tree. above: the way to it in the record."""
        made = Fields({str(step): self._member_of(inner, (*above, step)) for step, inner in tree.items()})
        constant = made.constant()
        if not above or constant is None or not made.is_computed:
            return made
        return replace(made, is_enough=self._is_enough(above, constant))

    def _member_of(self, inner: Tree | Member, path: FieldPath) -> Member:
        if not isinstance(inner, dict):
            return inner
        if all(isinstance(step, int) for step in inner):
            numbered = sorted((int(step), part) for step, part in inner.items())  # positions are read in their order
            return Elements([Element(ONCE, self._member_of(part, (*path, n)), n) for n, part in numbered])
        return self._fields_of(inner, path)

    def _is_enough(self, path: FieldPath, constant: Any) -> bool:
        """Whether constants say something by themselves at a place: what a record may have there."""
        kind = type_at(self.kind, path)
        if not is_model(kind):
            return True
        try:
            kind.model_validate(constant)
        except ValidationError:
            return False
        return True


def _plant(tree: Tree, steps: FieldPath, member: Member) -> None:
    """Put a member into a tree. Raises BadValue where something else stands there."""
    for n, step in enumerate(steps[:-1], 1):
        inner = tree.setdefault(step, {})
        if not isinstance(inner, dict):
            raise BadValue(f"{dotted(steps[:n])} is given as well; give the whole or its parts, not both")
        tree = inner
    if steps[-1] in tree:
        what = "parts of it are given as well" if isinstance(tree[steps[-1]], dict) else "it stands here twice"
        raise BadValue(f"{what}; give it once, the whole or its parts")
    tree[steps[-1]] = member
