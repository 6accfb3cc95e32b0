"""How many dates are read a second, each for the first time: `.venv/bin/python -m bench.dates --number 200000`.

Prints, for each form, the median rate of five rounds over distinct strings, with an empty cache at the start of each.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta

import click

from app.domain.dates import edtf

FIRST = date(1500, 1, 1).toordinal()

FORMS: dict[str, Callable[[date], str]] = {
    "day": date.isoformat,
    "day, approximate": lambda day: f"{day}~",
    "date-time": lambda day: f"{day}T10:10:10Z",
    "interval of days": lambda day: f"{day}/{day + timedelta(30)}",
    "open interval": lambda day: f"{day}/..",
}


def rate(texts: list[str]) -> float:
    """Strings a second, none of which was read before."""
    edtf._parse_short.cache_clear()
    started = time.perf_counter()
    for text in texts:
        edtf.parse_edtf(text)
    return len(texts) / (time.perf_counter() - started)


@click.command()
@click.option("--number", default=200_000, show_default=True, help="Distinct days.")
def main(number: int) -> None:
    """Time the parser on distinct days."""
    days = [date.fromordinal(FIRST + n) for n in range(number)]
    for form, write in FORMS.items():
        texts = [write(day) for day in days]
        click.echo(f"{form:18}{statistics.median(rate(texts) for _ in range(5)):>12,.0f} strings/s")


if __name__ == "__main__":
    main()
