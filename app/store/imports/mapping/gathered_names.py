"""Spellings of names that belong together: the commonest one becomes the name, the others its aliases."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from app.domain.text.tokenizer import plain_blanks
from app.store.database.notices import full_disk_told
from app.store.imports.mapping.faults import Part
from app.store.imports.mapping.members import Run, Variables
from app.store.imports.mapping.names import Names, Value
from app.store.imports.mapping.values.scalars import text_of_key

HELD: Final = 10_000  # names that are kept at hand
NAMED: Final = ("speaker", "organization")  # members of records that have a name to be replaced

TABLE = "CREATE TABLE spellings (owner TEXT, name TEXT, times INTEGER, PRIMARY KEY (owner, name))"
ADD = "INSERT INTO spellings VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1"


@dataclass
class GatheredNames:
    """The spellings of one gathering. by: gives the owner of a name, such as an identifier; name: a spelling of it."""

    by: Value
    name: Value
    _database: sqlite3.Connection = field(init=False)

    def __post_init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript(f"PRAGMA journal_mode = OFF; {TABLE}; BEGIN")
        weakref.finalize(self, self._database.close)
        self._spellings = lru_cache(HELD)(self._read)

    def add(self, variables: Variables) -> None:
        """Count the spelling of a row. Nothing where a value is wrong: that is told when records are made of it."""
        if found := self._of(variables):
            with full_disk_told("spellings of names"):
                self._database.execute(ADD, found)

    def apply(self, section: str, record: dict[str, Any], variables: Variables) -> None:
        """Give speakers and organizations of a record that have the row's spelling the commonest one."""
        if found := self._of(variables):
            owner, name = found
            first, *others = self._spellings(owner) or (name,)
            holders = [record] if section == "speakers" else []
            for holder in (*holders, *_holders(record)):
                if isinstance(holder.get("name"), str) and plain_blanks(holder["name"]) == name:
                    holder["name"] = first
                    known = [*(holder.get("aliases") or ()), *others]
                    if known:
                        holder["aliases"] = list(dict.fromkeys(one for one in known if one != first))

    def _of(self, variables: Variables) -> tuple[str, str] | None:
        run = Run()
        owner, name = run.value(self.by, variables), run.value(self.name, variables)
        if owner is None or not isinstance(name, str):
            return None
        return text_of_key(owner), plain_blanks(name)

    def _read(self, owner: str) -> tuple[str, ...]:
        query = "SELECT name FROM spellings WHERE owner = ? ORDER BY times DESC, rowid"
        with full_disk_told("spellings of names"):
            return tuple(name for (name,) in self._database.execute(query, (owner,)))


def _holders(value: Any) -> list[dict[str, Any]]:
    """The speakers and organizations in a record."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [inner for name, inner in parts if name in NAMED and isinstance(inner, dict)]
    return [*found, *(holder for _, inner in parts for holder in _holders(inner))]


def read_gatherings(part: Part, names: Names) -> list[GatheredNames]:
    """The section `gather`. Faults are noted."""
    found = []
    for one in part.elements():
        members: Mapping[str, Part] = dict(one.members())
        if members.keys() != {"by", "name"}:
            told = 'needs by and name: {by: "{{ wikidata }}", name: "{{ speaker }}"}'
            names.faults.add(one.path, told)
            continue
        by, name = (names.expression(members[each]) for each in ("by", "name"))
        if by and name:
            found.append(GatheredNames(by, name))
    return found
