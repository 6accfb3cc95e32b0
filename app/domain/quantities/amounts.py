"""Amounts that are written in a text: `4,000`, `23 million`, `50%`. Where a text leaves open what a number is, it is
all that it may be: 1.500 is 1.5 and 1500, and a billion is 10^9 and, in German, 10^12.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Final, NamedTuple

from app.domain.quantities.unit_scales import SCALES
from app.domain.text.tokenizer import fold

MOST_DIGITS: Final = 30
MOST_AMOUNTS: Final = 16  # of one text

_WRITTEN: Final = re.compile(
    r"(?<![\w.,])(?P<number>[1-9][0-9]{0,2}(?: [0-9]{3})+(?:[.,][0-9]+)?|[0-9]+(?:[.,'][0-9]+)*)"
    r"(?: ?(?P<percent>%|per ?cent\b|pct\b)|[ -]?(?P<scale>[^\W\d_]{1,9})\b)?(?!\w)"
)
_SHORT: Final = {"k": (3,), "m": (6,), "mn": (6,), "b": (9,), "tn": (12,)}  # behind a number, without a blank
_GROUPED: Final = re.compile(r"[1-9][0-9]{0,2}(?:([.,' ])[0-9]{3})(?:\1[0-9]{3})*")
_YEAR: Final = re.compile("1[5-9][0-9]{2}|20[0-9]{2}")


class Amount(NamedTuple):
    """An amount as it is written, and the values that it may have: of percentages the shares, too."""

    written: str
    values: frozenset[Decimal]


def amounts_in(text: str) -> list[Amount]:
    """The first MOST_AMOUNTS different amounts of a text, in order; a bare year is none."""
    found: dict[frozenset[Decimal], Amount] = {}
    for amount in islice(_amounts(fold(text)), 2 * MOST_AMOUNTS):
        found.setdefault(amount.values, amount)
    return list(found.values())[:MOST_AMOUNTS]


def _amounts(folded: str) -> Iterator[Amount]:
    for one in _WRITTEN.finditer(folded):
        number = one["number"]
        scale = one["scale"] or ""
        powers = SCALES.get(scale) or (_SHORT.get(scale, ()) if one[0] == number + scale else ())
        if (len(number) > MOST_DIGITS) or (_YEAR.fullmatch(number) and not (powers or one["percent"])):
            continue
        values = {value.scaleb(power) for value in _readings(number) for power in powers or (0,)}
        if one["percent"]:
            values |= {value.scaleb(-2) for value in values}
        if values:
            written = one[0] if powers or one["percent"] else number
            yield Amount(written, frozenset(value.normalize() for value in values))


def _readings(number: str) -> set[Decimal]:
    """The values that a written number may have: its last mark may be that of decimals, and all others group digits."""
    found = set()
    if number.isdigit():
        found.add(Decimal(number))
    if _GROUPED.fullmatch(number):
        found.add(Decimal(re.sub("[^0-9]", "", number)))
    if "," in number and found:  # three decimals behind a comma are rare
        return found
    whole, mark, decimals = max(number.rpartition("."), number.rpartition(","), key=lambda parts: len(parts[0]))
    if mark and decimals.isdigit() and (whole.isdigit() or (_GROUPED.fullmatch(whole) and mark not in whole)):
        found.add(Decimal(f"{re.sub('[^0-9]', '', whole)}.{decimals}"))
    return found
