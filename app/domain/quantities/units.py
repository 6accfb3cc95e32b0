"""Units: text read into a dimension and an exact factor, and amounts converted by it."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

from app.domain.quantities.unit_gases import gas_advice, known_gases
from app.domain.quantities.unit_grammar import read_factors, shown
from app.domain.quantities.unit_hints import complaint, near_units
from app.domain.quantities.unit_labels import UnitLabel, label_of
from app.domain.quantities.unit_names import meaning_of
from app.domain.quantities.unit_scales import scale_advice
from app.errors import BadValue

MAX_LENGTH = 64
POINTS = "percentage_point"  # the dimension of what two ratios differ by


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that was read. A value in it is value*factor + offset in the base unit of its dimension.

    text: as written, stripped. dimension: sorted and stable, such as `count·time^-1`, `JPY` or `ratio`. Base
    units are those of SI, with 1 for count and ratio, bit for information, and arcdegree for angle.
    """

    text: str
    dimension: str
    factor: Fraction
    offset: Fraction

    @property
    def label(self) -> UnitLabel:
        """How a reader sees it: `kilometers/hour` as `km/h`, `kilometers per hour`."""
        return label_of(self.text)

    def __str__(self) -> str:
        """As written, with its name in words where that says more: `JPY (Japanese yen)`, `count`."""
        return self.text if self.text in (self.label.one, self.label.many) else f"{self.text} ({self.label.many})"


def parse_unit(text: str) -> Unit:
    """Read a unit: at most 8 names joined by * · /, each with an integer exponent up to ±9 (m^2, m**2, m²).

    Names are case-sensitive, as in SI. `°C` and `°F` have an offset only when they stand alone; in a product
    or a rate they are differences of temperature. Raises BadValue, with up to three suggestions.
    """
    stripped = text.strip()
    if not stripped:
        raise BadValue("A unit is missing: things that are counted have the unit count.", ["count"])
    if len(stripped) > MAX_LENGTH:
        raise BadValue(f"The unit {shown(stripped)} is longer than {MAX_LENGTH} characters: write symbols, as in km/h.")
    try:
        return _parsed(stripped)
    except BadValue as fault:
        if told := gas_advice(stripped) or scale_advice(stripped) or known_gases(stripped):
            # Without the unit as a suggestion: with the value as it is, it would be wrong.
            raise BadValue(told) from None
        raise BadValue(str(fault), near_units(stripped)) from None


def fits_metric(unit: Unit, shared: Unit, change: str | None) -> bool:
    """Whether a figure in a unit can be of a metric in another: it converts, or it is a ratio of change, or a metric in
    percent changes by percentage points.
    """
    by_points = change == "difference" and (unit.dimension, shared.dimension) == (POINTS, "ratio")
    return unit.dimension == shared.dimension or change == "ratio" or by_points


def to_base(value: Decimal, unit: Unit, *, difference: bool = False) -> float:
    """The value in the base unit of its dimension: exact arithmetic, then one rounding to a double.

    A difference ignores the offset (2 °C more is 2 K more). Raises BadValue where no double can hold it.
    """
    numerator, denominator = _ratio(value)
    numerator, denominator = numerator * unit.factor.numerator, denominator * unit.factor.denominator
    if unit.offset and not difference:
        numerator = numerator * unit.offset.denominator + unit.offset.numerator * denominator
        denominator *= unit.offset.denominator
    with suppress(OverflowError):
        base = numerator / denominator  # rounded once; a Fraction would be reduced first, which takes far longer
        if base or not numerator:
            return base
    raise BadValue(f"{value:e} {unit.text} is out of range: figures are from 1e-300 to 1e300 in SI units.")


def convert(value: Decimal, unit: Unit, to: Unit, *, difference: bool = False) -> Decimal:
    """The value in another unit: exact where its decimals end, else rounded to 38 significant digits.

    Raises BadValue where the dimensions differ.
    """
    if unit.dimension != to.dimension:
        raise BadValue(f"{unit} cannot be given in {to}: only units of one dimension convert, and currencies do not.")
    if (unit.factor, unit.offset) == (to.factor, to.offset):
        return value
    return decimal_of(amount_in(value, unit, to, difference=difference))


def amount_in(value: Decimal, unit: Unit, to: Unit, *, difference: bool = False) -> Fraction:
    """The value in another unit of its dimension, exactly. A difference ignores the offsets."""
    shift = 0 if difference else unit.offset - to.offset
    return (Fraction(*_ratio(value)) * unit.factor + shift) / to.factor


def decimal_of(amount: Fraction) -> Decimal:
    """The decimal of an amount: the shortest exact one where it ends, else rounded to 38 significant digits."""
    numerator, denominator = amount.as_integer_ratio()
    bits = denominator.bit_length()
    ends = pow(10, bits, denominator) == 0
    with localcontext(Context(prec=numerator.bit_length() + bits + 1 if ends else 38)):
        return Decimal(numerator) / Decimal(denominator)


def _ratio(value: Decimal) -> tuple[int, int]:
    """The exact value, as numerator and denominator."""
    if not value.is_finite() or abs(value.adjusted()) > 400:
        raise BadValue("The value is out of range: figures are finite numbers from 1e-300 to 1e300.")
    return value.as_integer_ratio()


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Unit:
    factors = read_factors(text)
    powers: Counter[str] = Counter()
    factor, offset = Fraction(1), Fraction(0)
    for name, power in factors:
        meaning = meaning_of(name)
        if meaning is None:
            raise BadValue(complaint(name))
        factor *= meaning.factor**power
        offset = meaning.offset
        for base, exponent in meaning.dimensions.items():
            powers[base] += exponent * power
    parts = (base if power == 1 else f"{base}^{power}" for base, power in sorted(powers.items()) if power)
    alone = len(factors) == 1 and factors[0][1] == 1
    return Unit(text, "·".join(parts) or "ratio", factor, offset if alone else Fraction(0))
