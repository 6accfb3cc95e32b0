"""Everything that is wrong in a mapping file, told at once, each fault with its line and field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from app.errors import BadImport, BadValue, FieldPath, Problem
from app.store.database.notices import Notice
from app.store.imports.readers.located import Located


class Part(NamedTuple):
    """A part of a mapping file: its value, and the way to it."""

    value: Any
    path: FieldPath

    def members(self) -> Iterator[tuple[str, Part]]:
        """The members of an object, by name; none of anything else."""
        if isinstance(self.value, dict):
            yield from ((name, Part(value, (*self.path, name))) for name, value in self.value.items())

    def elements(self) -> Iterator[Part]:
        """The elements of a list; of anything else that is one, itself."""
        if isinstance(self.value, list):
            yield from (Part(value, (*self.path, n)) for n, value in enumerate(self.value))
        else:
            yield self


class Faults:
    """The faults of a mapping file. name: as messages name the file. located: its content."""

    def __init__(self, name: str, located: Located) -> None:
        self.name = name
        self._located = located
        self._found: list[Notice] = []

    def add(self, path: FieldPath, detail: str, suggestions: Sequence[str] = ()) -> None:
        """Note a fault at a place of the file."""
        self._found.append(self.notice(path, detail, suggestions))

    def notice(self, path: FieldPath, detail: str, suggestions: Sequence[str] = (), code: str = "mapping") -> Notice:
        """A fault or warning of a place of the file."""
        return Notice(self.name, self.line(path), Problem(path, code, detail, tuple(suggestions)))

    def add_of_file(self, notice: Notice) -> None:
        """Note a fault of another file that the mapping names."""
        self._found.append(notice)

    def line(self, path: FieldPath) -> int:
        """The line of a place, from 1."""
        return self._located.line(path)

    @contextmanager
    def told_at(self, path: FieldPath) -> Iterator[None]:
        """A block in which values that cannot be read are noted as faults of that place."""
        try:
            yield
        except BadValue as error:
            self.add(path, str(error), error.suggestions)
        except BadImport as error:
            self.add(path, error.detail)

    def raise_all(self) -> None:
        """Raise BadImport with all faults, if there are any."""
        if not self._found:
            return
        found = sorted(self._found, key=lambda one: (one.file != self.name, one.file, one.line))
        told = "1 fault" if len(found) == 1 else f"{len(found)} faults"
        raise BadImport(
            f"the mapping has {told}, and nothing is read:", [Problem((), "mapping", str(one)) for one in found]
        )
