"""Import a file as `onrecord import` does, on the modules of any build; the costs go to a file as JSON.

    PYTHONPATH=TREE python bench/inside/importing.py COSTS FILE [OPTION ...]

locked_cpu, locked_seconds: between the moment that the writer lock is given and the end of the commit.
"""

from __future__ import annotations

import atexit
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

HOMES = ("app.store.database.engine", "app.store.db")  # of the class Database, by build
COSTS = Counter[str]()


def database_class() -> Any:
    """The class of the build whose method `write` holds the writer lock."""
    for home in HOMES:
        try:
            return import_module(home).Database
        except ModuleNotFoundError:
            continue
    raise LookupError(f"none of {HOMES} is in this build")


def watch_lock(database: Any) -> None:
    """Count the time that passes in the writer lock."""
    write = database.write

    @contextmanager
    def watched(self: Any, *arguments: Any, **named: Any) -> Iterator[Any]:
        started = None
        try:
            with write(self, *arguments, **named) as connection:
                started = time.process_time(), time.perf_counter()
                yield connection
        finally:
            if started:
                COSTS["locked_cpu"] += time.process_time() - started[0]  # type: ignore[assignment]
                COSTS["locked_seconds"] += time.perf_counter() - started[1]  # type: ignore[assignment]

    database.write = watched


def tell(file: str) -> None:
    """Write the costs, those of the processes that ended included."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    Path(file).write_text(json.dumps({**COSTS, "cpu": cpu}))


if __name__ == "__main__":
    watch_lock(database_class())
    atexit.register(tell, sys.argv[1])
    import_module("app.cli").main(["import", *sys.argv[2:]], prog_name="onrecord")
