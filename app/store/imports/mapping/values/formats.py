"""Filters that read texts which programs wrote: JSON, literals of Python, seconds since 1970."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from app.errors import BadValue, shown_value
from app.store.imports.readers.json_text import read_json
from app.store.imports.readers.located import MAX_DEPTH, BadFile

_UNITS: Final = {"s": 1, "ms": 1000, "us": 1_000_000, "ns": 1_000_000_000}  # in a second
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_DIGITS: Final = 30
_LONGEST: Final = 1_000_000  # characters of a literal
_NONE: Final = ("nan", "None", "null")  # names that stand in what programs print as lists


def json() -> Callable[[str], Any]:
    """The value of a JSON text; numbers keep every digit."""

    def read(text: str) -> Any:
        try:
            return read_json(text).value
        except BadFile as fault:
            raise BadValue(f"{shown_value(text)} is not JSON: {fault}") from None

    return read


def literal() -> Callable[[str], Any]:
    """The value of a literal as Python prints lists and objects; numbers keep every digit, nothing is run."""

    def read(text: str) -> Any:
        if len(text) > _LONGEST:
            raise BadValue(f"a literal of {len(text):,} characters; at most {_LONGEST:,} are read")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of backslashes that escape nothing
                tree = ast.parse(text, mode="eval")
            return _value_of(tree.body, text, 0)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
            told = fault.msg if isinstance(fault, SyntaxError) else fault
            raise BadValue(f"{shown_value(text)} is not a literal of Python: {told}") from None

    return read


def _value_of(node: ast.expr, text: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise ValueError(f"it is nested deeper than {MAX_DEPTH}")
    match node:
        case ast.List() | ast.Tuple() | ast.Set():
            return [_value_of(element, text, depth + 1) for element in node.elts]
        case ast.Dict():
            keys = [_value_of(key, text, depth + 1) for key in node.keys if key is not None]
            if len(keys) != len(node.values) or not all(isinstance(key, str) for key in keys):
                raise ValueError("an object has texts for keys")
            if len(set(keys)) < len(keys):
                raise ValueError("a key is there twice")
            return dict(zip(keys, (_value_of(value, text, depth + 1) for value in node.values), strict=True))
        case ast.UnaryOp(op=ast.USub()) if isinstance(node.operand, ast.Constant):
            return _negative(_number(node.operand, text))
        case ast.Name() if node.id in _NONE:
            return None
        case ast.Constant() if node.value is None or isinstance(node.value, (bool, str)):
            return node.value
        case ast.Constant():
            return _number(node, text)
    raise ValueError(f"{shown_value(ast.get_source_segment(text, node) or '')} is no plain value")


def _negative(number: int | Decimal) -> int | Decimal:
    return number.copy_negate() if isinstance(number, Decimal) else -number  # - rounds Decimals


def _number(node: ast.Constant, text: str) -> int | Decimal:
    if type(node.value) is int:
        return node.value
    if type(node.value) is float:
        return Decimal((ast.get_source_segment(text, node) or "").replace("_", ""))
    raise ValueError(f"{shown_value(ast.get_source_segment(text, node) or '')} is no plain value")


def epoch(unit: str = "s", time: bool = False) -> Callable[[str], Any]:
    """The day, or the second, in UTC of a time that is counted from 1970."""
    if unit not in _UNITS:
        raise BadValue(f"the unit of epoch is one of {', '.join(_UNITS)}, not {shown_value(unit)}")

    def read(text: str) -> str:
        try:
            count = Decimal(text)
            if count.is_finite() and count.adjusted() > _MAX_DIGITS:
                raise OverflowError
            seconds = int((count / _UNITS[unit]).to_integral_value("ROUND_FLOOR"))
            moment = _START + timedelta(seconds=seconds)
        except (InvalidOperation, ValueError):
            raise BadValue(f"{shown_value(text)} is no number of {unit} since 1970") from None
        except OverflowError:
            right = "; where it counts milliseconds, write epoch('ms')" if unit == "s" else ""
            raise BadValue(f"{shown_value(text)} {unit} since 1970 is not in the years 0001 to 9999{right}") from None
        return f"{moment:%Y-%m-%dT%H:%M:%SZ}".zfill(20) if time else moment.date().isoformat()

    return read
