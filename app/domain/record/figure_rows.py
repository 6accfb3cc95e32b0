"""A figure of a claim as a row of its own: with who said it, when, and where it is proved; perhaps converted."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from app.domain.quantities.units import Unit, convert, parse_unit
from app.domain.record.csv_columns import columns_without_lists
from app.domain.record.figures_out import ConvertedRow, FigureRow
from app.errors import BadValue

Row = dict[str, Any]

COLUMNS: Final = columns_without_lists(FigureRow)
CONVERTED_COLUMNS: Final = columns_without_lists(ConvertedRow)
_OF_FIGURE: Final = (
    "metric", "value", "low", "high", "comparator", "unit", "kind", "change", "period", "as_stated"
)  # fmt: skip
_NUMBERS: Final = ("value", "low", "high")


def figure_row(claim: Mapping[str, Any], position: int, unit: Unit | None = None) -> Row:
    """The row of a figure of a claim's document, as FigureRow has it. position: its place among the claim's figures.

    unit: the unit to convert it to; then as ConvertedRow has it.
    """
    figure, cited = claim["figures"][position], claim["citations"][0]
    row: Row = {
        "claim": {name: claim[name] for name in ("id", "key", "status")},
        "position": position,
        "speaker": claim["speaker"],
        "role": _first_role(claim),
        "said_on": claim["said_on"],
        **{name: figure[name] for name in _OF_FIGURE},
        "source": cited["source"],
        "verification": cited["verification"],
    }
    return row | converted(figure, unit) if unit else row


def converted(figure: Mapping[str, Any], unit: Unit) -> Row:
    """The numbers of a figure in another unit: exact, or with 38 digits where their decimals do not end; or why not."""
    try:
        numbers = numbers_in(figure, unit)
    except BadValue as error:
        return {f"converted_{name}": None for name in (*_NUMBERS, "unit")} | {"not_converted": str(error)}
    return {
        **{f"converted_{name}": number for name, number in numbers.items()},
        "converted_unit": unit.text,
        "not_converted": None,
    }


def numbers_in(figure: Mapping[str, Any], unit: Unit) -> dict[str, Decimal | int | None]:
    """The value, low and high of a figure in a unit. Raises BadValue where its own does not convert to that."""
    own, is_change = parse_unit(figure["unit"]), figure["change"] is not None

    def number(given: Decimal | int | None) -> Decimal | int | None:
        if given is None or (own.factor, own.offset) == (unit.factor, unit.offset):
            return given
        return convert(Decimal(given), own, unit, difference=is_change)

    convert(Decimal(0), own, unit)  # raises, whichever numbers there are
    return {name: number(figure[name]) for name in _NUMBERS}


def _first_role(claim: Mapping[str, Any]) -> Row | None:
    roles = claim["roles"]
    return {name: roles[0][name] for name in ("title", "organization", "status")} if roles else None
