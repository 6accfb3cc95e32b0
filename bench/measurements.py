"""Measurements, kept in a file line by line, so that a run that was broken off goes on where it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

Key = tuple[str, ...]  # topic, claims, engine, build, name
Values = dict[str, Any]
Tell = Callable[[str], None]  # says how far a run is


class Measurements:
    """Values by key. resumed: those of an earlier run are taken for measured; else each is measured anew."""

    def __init__(self, file: Path, *, resumed: bool) -> None:
        self._file = file
        self._resumed = resumed
        self._all: dict[Key, Values] = {}
        self._of_this_run: set[Key] = set()
        if file.exists():
            for line in file.read_bytes().splitlines():
                key, values = msgspec.json.decode(line)
                self._all[tuple(key)] = values

    def known(self, key: Key) -> Values | None:
        """The values, where they need not be measured."""
        return self._all.get(key) if self._resumed or key in self._of_this_run else None

    def put(self, key: Key, **values: Any) -> Values:
        """Keep what was measured."""
        self._all[key] = values
        self._of_this_run.add(key)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("ab") as out:
            out.write(msgspec.json.encode([key, values]) + b"\n")
        return values

    def of_large(self, least: int) -> Measurements:
        """The measurements of so many claims and more, where there are any; else all."""
        large = {key: values for key, values in self._all.items() if int(key[1]) >= least}
        found = Measurements(self._file, resumed=False)
        found._all = large or self._all
        return found

    def under(self, *prefix: str) -> dict[Key, Values]:
        """All whose keys begin so, of any run, by the rest of their keys."""
        size = len(prefix)
        return {key[size:]: values for key, values in self._all.items() if key[:size] == prefix}
