"""The ends of a figure in a chart: its first and last day, and the ends of its interval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.domain.record.points import Row


@dataclass(frozen=True)
class Ends:
    """Days by their ordinals, numbers as doubles; None where open, and of a value where there is none."""

    start: int | None
    end: int | None
    low: float | None
    high: float | None
    value: float | None

    @classmethod
    def of(cls, point: Row) -> Ends:
        """The ends of a point."""
        start, end = (_ordinal(point["on"][name]) for name in ("earliest", "latest"))
        low, high, value = (None if point[name] is None else float(point[name]) for name in ("low", "high", "value"))
        return cls(start, end, low, high, value)

    @property
    def days(self) -> list[int]:
        """The days that are known."""
        return [day for day in (self.start, self.end) if day is not None]

    @property
    def numbers(self) -> list[float]:
        """The numbers that are known."""
        return [number for number in (self.value, self.low, self.high) if number is not None]

    @property
    def is_open_in_time(self) -> bool:
        """Whether it has no first or no last day."""
        return self.start is None or self.end is None


def _ordinal(day: str | None) -> int | None:
    return None if day is None else date.fromisoformat(day).toordinal()
