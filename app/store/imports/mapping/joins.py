"""Joins: the record of a side file that a row refers to by an id, or the records that it refers to by a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from app.errors import BadValue, near, shown_value
from app.store.imports.mapping.faults import Part
from app.store.imports.mapping.forms import FORM
from app.store.imports.mapping.members import Variables
from app.store.imports.mapping.names import KnownMembers, Names, Value
from app.store.imports.mapping.side_files import SideFiles
from app.store.imports.mapping.values.scalars import is_blank, text_of_key

MEMBERS: Final = ("file", "folder", "key", "on", "required", *FORM)


@dataclass(frozen=True, slots=True)
class Join:
    """The variable `name`. on: gives the id, or a list of ids. table: as messages name the side file.

    required: True, an id is needed, and is to be known; None, an id that is given is to be known; False, neither is.
    """

    name: str
    on: Value
    table: str
    records: dict[str, dict[str, Any]]
    required: bool | None = None

    @property
    def members(self) -> KnownMembers:
        """The columns, or members, that any record of the side file has."""
        return KnownMembers(self.table, frozenset().union(*self.records.values()))

    def take(self, variables: Variables) -> Any:
        """The record of a row, or the list of records; None where there is none. Raises BadValue."""
        found = self.on.of(variables)
        if found is None:
            if self.required:
                raise BadValue(f"an id of {self.table} is needed here; there is none")
            return None
        if isinstance(found, list):
            return [record for one in found if not is_blank(one) and (record := self._record(one)) is not None]
        return self._record(found)

    def _record(self, value: Any) -> dict[str, Any] | None:
        if isinstance(value, dict | list):
            raise BadValue(f"{shown_value(value)} is no id")
        record = self.records.get(text_of_key(value))
        if record is None and self.required is not False:
            told = f"{self.table} has no record {shown_value(value)}"
            raise BadValue(told, near(text_of_key(value), list(self.records)[:10_000]))
        return record


def read_join(name: str, part: Part, names: Names, side_files: SideFiles) -> Join | None:
    """A join of a mapping. Faults are noted."""
    members = dict(part.members())
    for unknown in sorted(members.keys() - set(MEMBERS)):
        names.faults.add(
            members[unknown].path,
            f"there is no such member; there are {', '.join(MEMBERS[:5])}, and those of the file's form",
            near(unknown, MEMBERS),
        )
    on, required = members.get("on"), members.get("required")
    if required is not None and not isinstance(required.value, bool):
        names.faults.add(required.path, "true or false is needed here")
    is_name = names.new_name(part, name) is not None
    records = side_files.by_key(part, members)
    if on is None:
        names.faults.add(part.path, 'on is needed: the id that a row has, as in on: "{{ person_id }}"')
        return None
    value = names.expression(on)
    place = members.get("file") or members.get("folder")
    if value is None or place is None or not is_name:
        return None
    return Join(name, value, str(place.value), records, required.value if required else None)
