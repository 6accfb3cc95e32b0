"""A process's memory of a database, so that it need not ask again: each room puts an object of its own there."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection

MEMORY = "onrecord_memory"  # the execution option by which a connection that reads knows its database's Memory

T = TypeVar("T")


class Memory:
    """The memory of one database: one object of each kind, made when it is first asked for."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._parts: dict[Callable[[], Any], Any] = {}

    def part(self, kind: Callable[[], T]) -> T:
        """The object of a kind; kind: a class, or function, that makes it. Threads get the same one."""
        found: T | None = self._parts.get(kind)
        if found is not None:
            return found
        with self._lock:
            if kind not in self._parts:
                self._parts[kind] = kind()
            made: T = self._parts[kind]
            return made

    def forget(self) -> None:
        """Begin with nothing."""
        with self._lock:
            self._parts = {}


def memory_of(connection: Connection) -> Memory | None:
    """The memory of a connection's database; None while it writes, since what it sees may yet be rolled back."""
    memory: Memory | None = connection.get_execution_options().get(MEMORY)
    return memory
