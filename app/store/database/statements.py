"""Statements as data: a template and the values that it is filled with.

To build a statement and to compile it takes far longer than to run it. So what finds claims is kept as data: a `Sql` is
a function that makes an expression, and what it is given. Two that differ in values alone have one shape, and a shape
is built and compiled once; after that its values are handed to the database with the same text.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields, is_dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import ClauseElement, Connection, CursorResult, Select, bindparam, literal_column
from sqlalchemy.types import NULLTYPE

MAX_SHAPES = 1000  # statements whose text is kept; a text has some kB
MAX_BYTES = 16 << 20  # of them all: clients choose how long one is


V = TypeVar("V")


class Kept(Generic[V]):
    """The values of the keys that were used last, up to a number of them and of bytes. Threads may share it."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self.bytes = 0  # of keys and values
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> V | None:
        """The value of a key, if it is kept."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: Hashable, value: V) -> None:
        """Keep a value; those that were not used for longest make room."""
        with self._lock:
            if key in self._values:
                self.bytes -= size_of(key) + size_of(self._values.pop(key))
            self._values[key] = value
            self.bytes += size_of(key) + size_of(value)
            while len(self._values) > self._most or self.bytes > self._most_bytes:
                self.bytes -= sum(map(size_of, self._values.popitem(last=False)))


def size_of(value: object) -> int:
    """The bytes that a value takes with all that is in it; twice where two parts are one."""
    size = sys.getsizeof(value)
    if isinstance(value, tuple | list):
        size += sum(map(size_of, value))
    elif is_dataclass(value):
        size += sum(size_of(getattr(value, field.name)) for field in fields(value))
    return size


class Fixed:
    """An argument that is part of the shape: a table or a column, which live as long as the process."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Array(tuple[Any, ...]):
    """Several values that are one parameter, of an array type, however many they are."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, init=False, eq=False)
class Sql:
    """A function and its arguments: a template and its values.

    make: a function of a module, so that what it makes depends on its arguments alone. args: None, True, False and
    Fixed are part of the shape; a tuple is several arguments, and their number is part of it; a Sql is made first;
    anything else is a value, which `make` gets as a bound parameter.
    """

    make: Callable[..., Any]
    args: tuple[Any, ...]

    def __init__(self, make: Callable[..., Any], *args: Any) -> None:
        object.__setattr__(self, "make", make)
        object.__setattr__(self, "args", args)

    def built(self) -> Any:
        """The template filled with the values themselves. A value may be an expression here."""
        return _built(
            self,
            lambda value: value if isinstance(value, ClauseElement) else bindparam(None, value, NULLTYPE, unique=True),
        )

    def __clause_element__(self) -> Any:  # SQLAlchemy's own name: a Sql stands wherever an expression may
        return self.built()


def _built(part: Any, bind: Callable[[Any], Any]) -> Any:
    if isinstance(part, Sql):
        return part.make(*[_built(one, bind) for one in part.args])
    if type(part) is tuple:
        return tuple(_built(one, bind) for one in part)
    if part is None or part is True or part is False:
        return part
    if isinstance(part, Fixed):
        return part.value
    return bind(list(part) if isinstance(part, Array) else part)


def _taken_apart(part: Any, values: list[Any]) -> Hashable:
    """The shape; the values are added to the list, in the order in which `_built` binds them."""
    kind = type(part)
    if kind is Sql:
        return (part.make, *[_taken_apart(one, values) for one in part.args])
    if kind is tuple:
        return tuple([_taken_apart(one, values) for one in part])
    if part is None or part is True or part is False:
        return part
    if kind is Fixed:
        return id(part.value)
    values.append(part)
    return Ellipsis


def taken_apart(statement: Sql) -> tuple[Hashable, tuple[Any, ...]]:
    """The shape and the values: together they say which statement it is."""
    values: list[Any] = []
    return _taken_apart(statement, values), tuple(values)


@dataclass(frozen=True, slots=True)
class _Text:
    """A compiled shape. order: for each parameter in turn, which value it is; None where parameters have names."""

    text: str
    order: tuple[int, ...] | None

    def filled(self, values: tuple[Any, ...]) -> Any:
        plain = [list(value) if type(value) is Array else value for value in values]
        if self.order is None:
            return {f"v{n}": value for n, value in enumerate(plain)}
        return tuple([plain[n] for n in self.order])


_TEXTS: Kept[_Text] = Kept(MAX_SHAPES, MAX_BYTES)


def run(connection: Connection, statement: Sql) -> CursorResult[*tuple[Any, ...]]:
    """Run a statement. Its text is made once for each shape and dialect."""
    shape, values = taken_apart(statement)
    key = (connection.dialect.name, shape)
    kept = _TEXTS.get(key)
    if kept is None:
        kept = _compiled(connection, statement)
        _TEXTS.put(key, kept)
    return connection.exec_driver_sql(kept.text, kept.filled(values))


def _compiled(connection: Connection, statement: Sql) -> _Text:
    names: list[str] = []

    def bind(_value: Any) -> Any:
        names.append(f"v{len(names)}")
        return bindparam(names[-1], None, NULLTYPE, required=True)

    compiled = _built(statement, bind).compile(dialect=connection.dialect)
    unnamed = compiled.params.keys() - set(names)
    if unnamed:  # its value of today would be kept for ever
        raise ValueError(f"values that are no arguments of the template: {sorted(unnamed)} in {compiled}")
    positions = compiled.positiontup
    return _Text(compiled.string, None if positions is None else tuple(int(name[1:]) for name in positions))


def first_rows(found: Any, most: Any) -> Select[Any]:
    """A statement that stops after so many rows. SQLAlchemy binds an offset of its own in SQLite if there is none."""
    cut: Select[Any] = found.limit(most).offset(literal_column("0"))
    return cut
