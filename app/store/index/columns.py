"""Columns: one value for each number of a family, as arrays that grow at their end."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from app.store.database.fetching import fetch_rows
from app.store.index.families import Family
from app.store.index.parts import Parts
from app.store.index.revisions import IndexBroken

_STRETCHES: Final = (
    "SELECT first, last, data FROM index_columns WHERE name = ? AND last > ? AND first <= ? ORDER BY first"
)
GROWTH: Final = 1.25

Values = NDArray[Any]


def with_room(data: Values, used: int, length: int) -> Values:
    """An array with room for so many values, and the first ones that are used; the same one, where it has that room."""
    if length <= len(data):
        return data
    grown = np.zeros(int(length * GROWTH) + 1, data.dtype)
    grown[:used] = data[:used]
    return grown


class Column:
    """A column as far as it is known. Values once given out never change: others are added behind."""

    def __init__(self, family: Family, name: str) -> None:
        self.name = f"{family.name}.{name}"
        self.last = 0
        self._data = np.zeros(1, family.columns[name])  # number 0 is nobody's

    @property
    def values(self) -> Values:
        """The values, by number."""
        return self._data[: self.last + 1]

    def extend(self, connection: Connection, parts: Parts, last: int) -> None:
        """Add the values of the numbers until `last`, which the parts of a snapshot have."""
        recents = (recent.columns.get(self.name) for recent in parts.recents)
        stretches = [stretch for stretch in recents if stretch and stretch[1] > self.last]
        if sum(end - first + 1 for first, end, _ in stretches) < last - self.last:
            stretches += fetch_rows(connection, _STRETCHES, self.name, self.last, last)
        self._data = with_room(self._data, self.last + 1, last + 1)
        for first, end, data in sorted(stretches):
            self._add(first, end, np.frombuffer(data, self._data.dtype))
        if self.last < last:
            raise IndexBroken(f"the column {self.name} ends at {self.last}, and {last} was given")

    def _add(self, first: int, end: int, values: Values) -> None:
        if first > self.last + 1 or len(values) != end - first + 1:
            raise IndexBroken(f"the column {self.name} has no values of {self.last + 1} to {first - 1}")
        self._data[self.last + 1 : end + 1] = values[self.last + 1 - first :]
        self.last = end
