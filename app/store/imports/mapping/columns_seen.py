"""The columns that the files of a mapping have, against those that it uses: what is missing, and what is not used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.errors import Problem
from app.store.database.notices import Notice
from app.store.imports.mapping.faults import Faults
from app.store.imports.mapping.names import UsedColumns, as_written, near_columns

CODE: Final = "no-column"  # of a column that no record has: a fault of the mapping, of all rows
MOST_NAMES: Final = 1000  # of columns that are kept
SHOWN: Final = 12  # of columns that are told


class ColumnsSeen:
    """The columns of the records of one kind of file."""

    def __init__(self, used: UsedColumns, faults: Faults) -> None:
        self._used = used
        self.faults = faults
        self._wanted = used.fixed | used.first
        self._missing = set(self._wanted)
        self._names: dict[str, None] = {}
        self._known = {*self._wanted, *used.ignored}
        self._told: set[str] = set()  # columns of which it is told that they are missing
        self.any = False

    def see(self, values: Mapping[str, Any]) -> None:
        """Note the columns of a record."""
        if not self.any:
            self.any = True
            self._names = dict.fromkeys(values)
        if self._missing:
            self._missing.difference_update(values)
        if not self._known.issuperset(values) and len(self._names) < MOST_NAMES:
            self._names |= dict.fromkeys(values)

    def lacking(self, values: Mapping[str, Any], file: str) -> list[Notice]:
        """The faults of a table whose records have just these columns. file: the name of the table."""
        missing = [name for name in self._wanted if name not in values]
        self._told.update(missing)
        return [self._notice(name, f"{file} has no column", values) for name in missing]

    @property
    def is_lacking(self) -> bool:
        """Whether a table lacks columns."""
        return bool(self._told)

    def never_seen(self) -> Iterator[Notice]:
        """Faults of the columns that no record has."""
        if self.any:
            for name in self._wanted:
                if name in self._missing and name not in self._told:
                    yield self._notice(name, "no record has", self._names)

    def never_there(self) -> Iterator[Notice]:
        """Faults of the members that no object has of which a template takes them."""
        for path, template in self._used.templates:
            for member, others in template.watched.items():
                if others and member not in self._wanted:
                    hints = near_columns(member, others)
                    there = "" if hints else f"; there are {', '.join(map(as_written, others[:SHOWN]))}"
                    yield self.faults.notice(path, f"no object has {member} there{there}", hints, CODE)

    def doubts_of_row(self, values: Mapping[str, Any], *, is_of_table: bool) -> Iterator[Problem]:
        """Warnings of a row that a person has mended, whose columns may be misspelled: those that nothing uses and that
        are near to one that it lacks. is_of_table: whether it is to have all columns, so that each it lacks is told.
        """
        lacking = dict.fromkeys(name for name in self._wanted if name not in values)
        for name in values if lacking else ():
            if name not in self._known and (hints := near_columns(name, lacking)):
                lacking = {one: None for one in lacking if as_written(one) not in hints}
                yield Problem((), "unused-column", f"the column {as_written(name)} is not used", tuple(hints))
        if lacking and is_of_table:
            yield Problem((), "unused-column", f"the row has no column {' and no '.join(map(as_written, lacking))}")

    def _notice(self, name: str, what: str, columns: Mapping[str, Any]) -> Notice:
        hints = near_columns(name, columns)
        there = ", ".join(map(as_written, list(columns)[:SHOWN])) + (", …" if len(columns) > SHOWN else "")
        detail = f"{what} {as_written(name)}" + ("" if hints else f"; there are {there}")
        return self.faults.notice(self._wanted[name], detail, hints, CODE)

    def unused(self, place: str) -> Iterator[Notice]:
        """A warning of the columns that nothing uses."""
        names = [name for name in self._names if name not in self._known]
        if not names or self._used.all:
            return
        told = ", ".join(map(as_written, names[:SHOWN])) + (", …" if len(names) > SHOWN else "")
        what = "1 column is" if len(names) == 1 else f"{len(names)} columns are"
        detail = f"{what} not used: {told}; name them under `ignore` if that is meant"
        yield Notice(place, 0, Problem((), "unused-column", detail))
