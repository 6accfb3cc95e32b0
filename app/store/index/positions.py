"""Positions: the order by date, as one number for each version of a claim."""

from __future__ import annotations

from typing import Any

import numpy as np

from app.store.database.tables import OPEN_END
from app.store.index.columns import Values, with_room


def position_of(days: Any, claims: Any) -> Any:
    """The position of a claim's version with a first day, or of many: the lower, the earlier it comes."""
    return (OPEN_END - days << 32) + claims


class Positions:
    """The positions as far as they are known. Positions once given out never change: others are added behind."""

    def __init__(self) -> None:
        self.length = 0
        self._data = np.zeros(0, np.int64)

    @property
    def values(self) -> Values:
        """The positions, by number."""
        return self._data[: self.length]

    def extend(self, first_days: Values, claims: Values) -> None:
        """Add those of the numbers behind. first_days, claims: the columns, from number 0 on."""
        begin, end = self.length, min(len(first_days), len(claims))
        self._data = with_room(self._data, begin, end)
        self._data[begin:end] = position_of(first_days[begin:end].astype(np.int64), claims[begin:end])
        self.length = end
