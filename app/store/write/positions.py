"""The positions that new versions get: in each day below those that were given before."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, text

from app.errors import BadRecord
from app.store.database.tables import COUNT_BITS, position_range

LAST = (1 << COUNT_BITS) - 1

LOWEST = {  # the lowest position of each of many days; null where there is none
    dialect: text(
        f"SELECT day, (SELECT min(pos) FROM claims WHERE pos BETWEEN day << {COUNT_BITS}"  # noqa: S608  # a number
        f" AND (day << {COUNT_BITS}) + {LAST}) FROM {days}"
    )
    for dialect, days in {
        "sqlite": "(SELECT value AS day FROM json_each(:days)) AS days",
        "postgresql": "unnest(CAST(:days AS bigint[])) AS day",
    }.items()
}


class Positions:
    """Gives positions, under the writer lock."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._lowest: dict[int, int] = {}  # day number → lowest position given in it

    def take(self, days: list[int]) -> Iterator[int]:
        """A position in each of these days, in turn."""
        self._look_up({day for day in days if day not in self._lowest})
        for day in days:
            self._lowest[day] -= 1
            if self._lowest[day] < position_range(day)[0]:
                raise BadRecord(f"day {day} holds no more claims")
            yield self._lowest[day]

    def _look_up(self, days: set[int]) -> None:
        if not days:
            return
        dialect, asked = self.connection.dialect.name, sorted(days)
        value = msgspec.json.encode(asked).decode() if dialect == "sqlite" else asked
        for day, lowest in self.connection.execute(LOWEST[dialect], {"days": value}):
            self._lowest[day] = position_range(day)[1] + 1 if lowest is None else lowest
