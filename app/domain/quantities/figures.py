"""Figures: the interval that a stated number stands for, and the interval that a query asks for.

A figure keeps its decimals as written. Beside them there is a closed interval of doubles in the base unit of
its dimension, which is what queries compare.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from math import inf, nextafter
from unicodedata import decimal

from app.domain.quantities.decimal_points import FIRST_GROUP
from app.domain.quantities.unit_grammar import shown
from app.domain.quantities.units import Unit, to_base
from app.domain.text.absent_values import absent_told
from app.errors import BadValue

COMPARATORS = ("exactly", "about", "at_least", "more_than", "at_most", "less_than", "between")
KINDS = ("actual", "target", "estimate", "forecast", "limit")
CHANGES = ("difference", "ratio")

MAX_DIGITS = 38
MAX_EXPONENT = 30
_MAX_BITS = 105  # of an integer below 10^31
_MAX_LENGTH = 128
_OUT_OF_RANGE = "{} is out of range: figures are 0, or from 1e-30 to below 1e31; write it in another unit."

_NUMBER_BEGINS = re.compile(r"[+-]?[0-9]*\.?[0-9]*(?:(?<=[0-9.])[eE][+-]?[0-9]{0,3})?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_THOUSANDS = re.compile(rf"[+-]?{FIRST_GROUP}(?:[,_' \u00a0\u2009\u202f’][0-9]{{3}})+(?:\.[0-9]+)?")
_COMMA = re.compile(r"([+-]?[0-9]+),([0-9]{1,2}|[0-9]{4,})|([+-]?(?:0|[0-9]{4,})),([0-9]{3})")  # can be no thousands
_POINTS = re.compile(rf"[+-]?{FIRST_GROUP}(?:(?:\.[0-9]{{3}})+,[0-9]+|(?:\.[0-9]{{3}}){{2,}})")  # likewise
_SEPARATORS = re.compile(r"[,_' \u00a0\u2009\u202f’]")
_IN_WORDS = re.compile(r"(.+?) ?(thousand|million|mn|billion|bn|trillion|tn)", re.IGNORECASE)
_PERCENT = re.compile(r"(.+?)\s*(?:%|per ?cent|prozent)", re.IGNORECASE)
_ZEROS = {"thousand": 3, "million": 6, "mn": 6, "billion": 9, "bn": 9, "trillion": 12, "tn": 12}


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lowest and highest value that a figure admits, in its own unit; None where it has no such bound."""

    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class Interval:
    """Closed, in the base unit of a dimension; infinite where unbounded."""

    low: float
    high: float


def parse_decimal(value: object) -> Decimal:
    """Read a number with its digits as written: 1.50 stays 1.50. A float is read by its shortest notation.

    Raises BadValue for anything but a plain finite number of at most 38 digits between 1e-30 and 1e31.
    """
    if isinstance(value, str):
        number = _read_text(value)
    elif isinstance(value, Decimal):
        number = value
    elif isinstance(value, int) and not isinstance(value, bool):
        if value.bit_length() > _MAX_BITS:
            raise BadValue(_OUT_OF_RANGE.format("This integer"))
        number = Decimal(value)
    elif isinstance(value, float):
        number = Decimal(repr(value))
    else:
        raise BadValue(f"A number is expected, and this is of type {type(value).__name__}.")
    return _within_range(number)


def bounds_of(comparator: str, value: Decimal | None, low: Decimal | None, high: Decimal | None) -> Bounds:
    """The bounds that follow from a comparator. `about` counts as its value.

    `between` takes low and high, the others a value. Bounds given beside a value must be those that follow; but what is
    `between` or `about` may have a value within bounds of its own: an estimate with its interval. Raises BadValue.
    """
    if comparator == "between":
        return _given_bounds(value, low, high)
    if comparator not in COMPARATORS:
        near = get_close_matches(comparator[:32], COMPARATORS, n=1)
        raise BadValue(f"{shown(comparator)} is no comparator: there are {', '.join(COMPARATORS)}.", near)
    if value is None:
        raise BadValue(f"A figure that is {comparator} needs a value; only one that is between has low and high alone.")
    if comparator == "about" and low is not None and high is not None:
        return _given_bounds(value, low, high)
    bounds = Bounds(
        low=None if comparator in ("at_most", "less_than") else value,
        high=None if comparator in ("at_least", "more_than") else value,
    )
    if (low is not None and low != bounds.low) or (high is not None and high != bounds.high):
        follows, given = _written(bounds), _written(Bounds(low, high))
        right = "leave low and high out, or write between where the value is an estimate within both"
        raise BadValue(f"{comparator} {value} has {follows}, which contradicts the given {given}: {right}.")
    return bounds


def interval_of(comparator: str, bounds: Bounds, unit: Unit, *, change: str | None = None) -> Interval:
    """The interval that a figure stands for. more_than and less_than exclude their bound.

    Excluded bounds become the next double, so that closed comparison is right.
    change: a `difference` ignores the zero point of °C and °F; a `ratio` needs a unit of dimension ratio.
    Raises BadValue where the unit does not fit, or a bound is out of range.
    """
    if change is not None and change not in CHANGES:
        raise BadValue(f"{shown(change)} is no change: there are {' and '.join(CHANGES)}.")
    if change == "ratio" and unit.dimension != "ratio":
        raise BadValue(f"A change by a ratio has the unit ratio or percent, not {unit.text}.", ("ratio",))
    difference = change == "difference"
    low = -inf if bounds.low is None else to_base(bounds.low, unit, difference=difference)
    if bounds.high is not None and bounds.high == bounds.low:
        high = low
    else:
        high = inf if bounds.high is None else to_base(bounds.high, unit, difference=difference)
    return Interval(
        low=nextafter(low, inf) if comparator == "more_than" else low,
        high=nextafter(high, -inf) if comparator == "less_than" else high,
    )


def asked_interval(
    unit: Unit,
    *,
    eq: Decimal | None = None,
    gt: Decimal | None = None,
    gte: Decimal | None = None,
    lt: Decimal | None = None,
    lte: Decimal | None = None,
    difference: bool = False,
) -> Interval | None:
    """The interval that meets all these conditions together, unbounded where there are none; None if empty.

    difference: the query asks for changes, so that the zero point of °C and °F is ignored. Raises BadValue
    where a value is out of range.
    """
    lows, highs = [-inf], [inf]
    for bound, ends, beyond in ((gt, lows, inf), (gte, lows, None), (lt, highs, -inf), (lte, highs, None)):
        if bound is not None:
            base = to_base(bound, unit, difference=difference)
            ends.append(base if beyond is None else nextafter(base, beyond))
    if eq is not None:
        base = to_base(eq, unit, difference=difference)
        lows.append(base)
        highs.append(base)
    low, high = max(lows), min(highs)
    return Interval(low, high) if low <= high else None


def meets(a: Interval, b: Interval) -> bool:
    """Whether some number lies in both: possible."""
    return a.low <= b.high and b.low <= a.high


def lies_in(a: Interval, b: Interval) -> bool:
    """Whether every number of a lies in b: certain."""
    return b.low <= a.low and a.high <= b.high


def _read_text(text: str) -> Decimal:
    if len(text) > _MAX_LENGTH:
        raise BadValue(f"{shown(text)} has {len(text)} characters: a number has at most {MAX_DIGITS} digits.")
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    if not text.strip():
        raise BadValue("A number is missing: write it in plain digits, such as 4000 or 1.5.")
    if absent := absent_told(text):
        raise BadValue(f"{shown(text)} is no number: {absent}.")
    if (percent := _PERCENT.fullmatch(text)) and (number := _number_meant(percent[1])):
        raise BadValue(f"{shown(text)} is a number and its unit: write {number}, and percent as the unit.", (number,))
    place = _NUMBER_BEGINS.match(text)
    at = place.end() if place else 0
    found = f"{text[at]!r} at position {at + 1}" if at < len(text) else "its end"
    raise BadValue(
        f"{shown(text)} is no plain number, for {found}: write digits alone, such as 4000, 1.5 or 2e6.", _meant(text)
    )


def _meant(text: str) -> tuple[str, ...]:
    """The plain number that may be meant: as _number_meant has it, or with a word for its zeros."""
    words = _IN_WORDS.fullmatch(text.strip())
    number = _number_meant(f"{words[1]}e{_ZEROS[words[2].lower()]}" if words else text)
    return (number,) if number else ()


def _number_meant(text: str) -> str | None:
    """The plain number: with digits of any script, grouped thousands, a decimal comma where it can be nothing else."""
    plain = "".join(str(decimal(sign, sign)) for sign in text).replace("\u2212", "-").strip()
    plain, letter, zeros = plain.partition("e")
    if comma := _COMMA.fullmatch(plain):
        plain = ".".join(part for part in comma.groups() if part is not None)
    elif _THOUSANDS.fullmatch(plain):
        plain = _SEPARATORS.sub("", plain)
    elif _POINTS.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    plain += letter + zeros
    if _NUMBER.fullmatch(plain):
        with suppress(BadValue):
            _within_range(Decimal(plain))
            return plain
    return None


def _within_range(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise BadValue(f"{number} is no figure: write a finite number, such as 4000, 1.5 or 2e6.")
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise BadValue(_OUT_OF_RANGE.format(shown(str(number))))
    digits = len(number.as_tuple().digits)
    if digits > MAX_DIGITS:
        raise BadValue(f"{shown(str(number))} has {digits} digits: at most {MAX_DIGITS} are stored, so round it.")
    return number


def _given_bounds(value: Decimal | None, low: Decimal | None, high: Decimal | None) -> Bounds:
    if low is None and high is None and value is not None:
        raise BadValue(f"A figure that is between needs low and high beside its value {value}: give both.")
    if low is None and high is None:
        raise BadValue("A figure needs a value, or else low and high, between which it is.")
    if high is None:
        raise BadValue(f"low {low} has no high beside it: give both, or value {low} with comparator at_least.")
    if low is None:
        raise BadValue(f"high {high} has no low beside it: give both, or value {high} with comparator at_most.")
    if low > high:
        raise BadValue(f"low {low} is above high {high}: write the smaller number as low.")
    if value is not None and not low <= value <= high:
        raise BadValue(f"The value {value} is not between low {low} and high {high}: an estimate lies in its interval.")
    return Bounds(low, high)


def _written(bounds: Bounds) -> str:
    low, high = ("null" if bound is None else bound for bound in (bounds.low, bounds.high))
    return f"low {low} and high {high}"
