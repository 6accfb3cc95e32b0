"""Arithmetic of mappings' expressions: exact and bounded, whatever a file or a mapping holds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal, DecimalException, DivisionByZero, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from typing import Any, Final

from app.errors import BadValue, shown_value
from app.store.imports.mapping.values.scalars import check_length, kind_of

_DIGITS: Final = 100  # before and after the point; figures have at most 38
_POWER: Final = 100
_LONGEST: Final = 1_000_000  # elements of a list that was added up
_EXACT: Final = Context(prec=4 * _DIGITS, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
_ROUNDED: Final = Context(prec=38, traps=[InvalidOperation, DivisionByZero, Overflow])

Number = int | Decimal

_OPERATIONS: Final[dict[str, Callable[[Any, Any], Number]]] = {
    "+": _EXACT.add,
    "-": _EXACT.subtract,
    "*": _EXACT.multiply,
    "/": lambda left, right: _ROUNDED.divide(Decimal(left), Decimal(right)),
    "//": lambda left, right: _floor(left, right),
    "%": lambda left, right: _EXACT.subtract(left, _EXACT.multiply(right, Decimal(_floor(left, right)))),
    "**": lambda left, right: _EXACT.power(left, _power(right)),
}


def compute(operator: str, left: Any, right: Any) -> Any:
    """The result of an operation on two numbers, or of + on two texts or two lists.

    Whole numbers stay whole but in a division, which has 38 digits; all else is exact. Raises BadValue for other
    operands, and for numbers over a hundred digits.
    """
    if operator == "+" and isinstance(left, str) and isinstance(right, str):
        check_length(len(left) + len(right))
        return left + right
    if operator == "+" and isinstance(left, list) and isinstance(right, list):
        if len(left) + len(right) > _LONGEST:
            raise BadValue(f"the lists have over {_LONGEST:,} elements together")
        return left + right
    try:
        result = _OPERATIONS[operator](_number(operator, left, right), _number(operator, right, left))
    except DecimalException:
        raise BadValue(f"{shown_value(left)} {operator} {shown_value(right)} has no exact result") from None
    except ZeroDivisionError:
        raise BadValue(f"{shown_value(left)} {operator} {shown_value(right)} divides by zero") from None
    _within(result)
    whole = operator != "/" and isinstance(left, int) and isinstance(right, int) and result == int(result)
    return int(result) if whole else result


def _number(operator: str, value: Any, other: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        right = "| number reads a number in a text, ~ joins texts"
        raise BadValue(f"{operator} is for numbers, not for {kind_of(value)} and {kind_of(other)}; {right}")
    return _within(Decimal(value))


def _within(number: Number) -> Decimal:
    number = Decimal(number)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_DIGITS or number.adjusted() > _DIGITS:
        raise BadValue(f"a number of over {_DIGITS} digits is not reckoned with")
    return number


def _floor(left: Decimal, right: Decimal) -> int:
    return Fraction(left) // Fraction(right)


def _power(value: Any) -> Any:
    if value != int(value) or abs(value) > _POWER:
        raise BadValue(f"a power is a whole number from -{_POWER} to {_POWER}, not {shown_value(value)}")
    return value
