"""How units are written: names joined by * · /, each with an exponent (m^2, m**2, m²)."""

from __future__ import annotations

import re
from unicodedata import normalize

from app.errors import BadValue

MAX_NAMES, MAX_POWER = 8, 9

NAME = re.compile(r"(?:CO2|[^\W\d]|[%‰°$€£¥₩₹₽₺₴₦₪₫₱])+")  # no other digit is part of a name
_FACTOR = re.compile(rf"({NAME.pattern})(?:\^(-?[0-9]+))?")
_JOINS = re.compile(r"\s*([*·/])\s*")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_RAISED, _PLAIN = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"
_PLAIN_DIGITS, _RAISED_DIGITS = str.maketrans(_RAISED, _PLAIN), str.maketrans(_PLAIN, _RAISED)


def shown(text: str) -> str:
    """The text for use in a message: in quotation marks, escaped, and cut after 40 characters."""
    return repr(text) if len(text) <= 40 else repr(text[:40]) + "…"


def raised(power: int) -> str:
    """An exponent as it is printed: `²`, `⁻¹`."""
    return str(power).translate(_RAISED_DIGITS)


def plain(text: str) -> str:
    """The unit with ^ for every exponent, and one sign for each kind of product."""
    composed = normalize("NFC", text).replace("**", "^").replace("⋅", "·").replace("CO₂", "CO2")
    return _SUPERSCRIPT.sub(lambda found: "^" + found[0].translate(_PLAIN_DIGITS), composed)


def read_factors(text: str) -> tuple[tuple[str, int], ...]:
    """The names in a unit, known or not, each with its exponent: negative where it divides. Raises BadValue."""
    pieces = _JOINS.split(plain(text))
    joins = ["*", *pieces[1::2]]
    if len(joins) > MAX_NAMES:
        raise BadValue(f"The unit {shown(text)} has {len(joins)} names: write at most {MAX_NAMES}.")
    factors = tuple(_factor(text, piece, join) for piece, join in zip(pieces[::2], joins, strict=True))
    if "/" in joins and any(join != "/" for join in joins[joins.index("/") :]):
        raise BadValue(f"{shown(text)} reads two ways: put what multiplies first, as in kg*m^2/s^2.")
    return factors


def _factor(text: str, piece: str, join: str) -> tuple[str, int]:
    match = _FACTOR.fullmatch(piece)
    power = int(match[2] or 1) if match else 0
    if match and 0 < abs(power) <= MAX_POWER:
        return match[1], -power if join == "/" else power
    if not piece:
        raise BadValue(
            f"In {shown(text)}, a name is missing beside a * or /: units are names joined by them: count/day."
        )
    right = "units are names joined by * and /, as in count/day, and numbers belong to the value"
    if match or "^" in piece:
        right = f"exponents are whole numbers up to ±{MAX_POWER}, as in m^2"
    raise BadValue(f"{shown(piece)} cannot be read as part of a unit: {right}.")
