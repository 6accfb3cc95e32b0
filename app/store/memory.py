"""What a process remembers of a database, so that it need not ask again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Connection

MEMORY = "onrecord_memory"  # the execution option by which a connection that reads knows its database's Memory
MAX_ANSWERS = 10_000
MAX_ROWS = 50  # of one answer

V = TypeVar("V")


class Kept(Generic[V]):
    """The values of the keys that were used last, up to a number of them. Threads may share it."""

    def __init__(self, most: int) -> None:
        self._most = most
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
        """Keep a value; the one that was not used for longest makes room."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self._most:
                self._values.popitem(last=False)


class State(NamedTuple):
    """What the newest revision tells of a database. merges: how many records are merged; None for none."""

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
        self.answers: Kept[tuple[Any, ...]] = Kept(MAX_ANSWERS)
        self.state: State | None = None


class NotRemembered(Exception):
    """An answer is not in memory, and the state to ask it of is only supposed."""


def memory_of(connection: Connection) -> Memory | None:
    """The memory of a connection's database; None while it writes, since what it sees may yet be rolled back."""
    memory: Memory | None = connection.get_execution_options().get(MEMORY)
    return memory
