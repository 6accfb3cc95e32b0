"""The interval that a stored figure stands for."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from app.domain.quantities.figures import Bounds, Interval, interval_of
from app.domain.quantities.units import parse_unit, to_base
from app.store.records.document import Doc


def interval_in_base(figure: Doc) -> Interval:
    """The interval of a figure that has a unit, in base units. Raises BadValue where it does not fit the unit."""
    return _interval(figure["comparator"], figure["low"], figure["high"], figure["unit"], figure["change"])


def sort_key_of(figure: Doc) -> float:
    """The sort key of figures of a dimension: the value in base units, of a `between` the lower bound."""
    value = figure["low"] if figure["value"] is None else figure["value"]
    if value == figure["low"] and figure["comparator"] != "more_than":  # of most figures, and computed already
        return interval_in_base(figure).low
    return to_base(Decimal(value), parse_unit(figure["unit"]), difference=figure["change"] is not None)


@lru_cache(maxsize=1 << 12)  # asked for by the checks and by the rows of a claim, a batch apart
def _interval(
    comparator: str, low: int | Decimal | None, high: int | Decimal | None, unit: str, change: str | None
) -> Interval:
    return interval_of(comparator, Bounds(_decimal(low), _decimal(high)), parse_unit(unit), change=change)


def _decimal(number: int | Decimal | None) -> Decimal | None:
    return None if number is None else Decimal(number)
