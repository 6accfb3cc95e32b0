"""Tables of the results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Row = Sequence[object]


def table(heads: Sequence[str], rows: Iterable[Row]) -> str:
    """A table; columns but the first are set right."""
    line = ["---", *["---:"] * (len(heads) - 1)]
    return "\n".join("| " + " | ".join(shown(one) for one in row) + " |" for row in (heads, line, *rows))


def shown(value: object) -> str:
    """A value in a table: as many digits as mean something."""
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")
