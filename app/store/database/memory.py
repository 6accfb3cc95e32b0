"""A process's memory of a database, so that it need not ask again."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Connection

MEMORY = "onrecord_memory"  # the execution option by which a connection that reads knows its database's Memory
MAX_ANSWERS = 10_000
MAX_BYTES = 32 << 20  # of them with what was asked: clients choose how long that is
MAX_ROWS = 50  # of one answer

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


class State(NamedTuple):
    """A database's state at its newest revision. merges: how many records are merged; None for none."""

    number: int
    recorded_at: str
    merges: int | None


class Memory:
    """Of one database: small answers, each with the state that gave it, and the state that was seen last.

    Nothing is overwritten, so a state of the whole database is known by its newest revision: number and time.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin with nothing."""
        self.answers: Kept[tuple[Any, ...]] = Kept(MAX_ANSWERS, MAX_BYTES)
        self.state: State | None = None


class NotRemembered(Exception):
    """An answer is not in memory, and the state to ask it of is only supposed."""


def memory_of(connection: Connection) -> Memory | None:
    """The memory of a connection's database; None while it writes, since what it sees may yet be rolled back."""
    memory: Memory | None = connection.get_execution_options().get(MEMORY)
    return memory
