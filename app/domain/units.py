"""Units: names read into a dimension and an exact factor.

Three vocabularies, in this order: a small one of our own (counting, ratios, time, temperature), the codes of
ISO 4217, and a chosen part of pint's, which also gives the factors. What is spelled is decided here, because
pint reads "c" as the speed of light, "dB" as decibytes, and takes counts for plain numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from difflib import get_close_matches
from fractions import Fraction
from functools import cache, lru_cache
from itertools import islice, product
from operator import add
from typing import Any, NamedTuple
from unicodedata import normalize

from app.errors import BadValue

MAX_LENGTH, MAX_NAMES, MAX_POWER = 64, 8, 9

# Per dimension: the names of a unit = its factor to the base unit + its offset. Years are of 365.25 days
# and months a twelfth of one, as in pint. The acre is 43,560 square feet, so that 640 are a square mile: pint
# has the survey acre, which NIST withdrew in 2022.
_OWN = {
    "count": "count,counts=1",
    "ratio": "ratio,ratios=1 percent,%=1/100 permille,‰=1/1000 basis_point,basis_points=1/10000"
    " ppm=1/1000000 ppb=1/1000000000",
    "time": "second,seconds,sec,s=1 minute,minutes,min=60 hour,hours,hr,h=3600 day,days,d=86400"
    " week,weeks=604800 month,months=2629800 year,years,yr=31557600 decade,decades=315576000"
    " century,centuries=3155760000",
    "temperature": "°C,degC,celsius=1+273.15 °F,degF,fahrenheit=5/9+45967/180",
    "angle": "arcdegree,arcdegrees=1 arcminute,arcminutes=1/60 arcsecond,arcseconds=1/3600",
    "length^2": "acre,acres=4046.8564224",
}

_DOWN = "atto:a femto:f pico:p nano:n micro:µ,μ,u milli:m centi:c deci:d deca:da hecto:h"
_UP = "kilo:k mega:M giga:G tera:T"
_FAR_UP = f"{_UP} peta:P exa:E"
_BYTES = f"{_FAR_UP} zetta:Z yotta:Y kibi:Ki mebi:Mi gibi:Gi tebi:Ti pebi:Pi exbi:Ei"

# Prefixes, and the units that take them: pint's name, other words, then symbols. Words take word prefixes and
# a plural s, symbols take symbol prefixes. Not here: what has two meanings (see _REFUSED) or no exact factor,
# or shares a dimension with another quantity (gray and sievert, lumen and candela).
_PINT = (
    ("", "inch|in,inches foot|ft,feet yard|yd mile|mi nautical_mile|nmi light_year|ly astronomical_unit|au"),
    ("", "pound|lb,lbs avoirdupois_ounce troy_ounce stone carat short_ton long_ton bushel|bu hectare|ha"),
    ("", "oil_barrel US_liquid_gallon imperial_gallon mile_per_hour|mph kilometer_per_hour|kph knot|kn"),
    ("", "horsepower|hp metric_horsepower british_thermal_unit|Btu,BTU psi millimeter_Hg|mmHg atmosphere"),
    (f"{_DOWN} {_UP}", "meter,metre|m second|s ampere|A kelvin|K mole|mol candela|cd liter,litre|l,L"),
    (f"{_DOWN} {_UP}", "hertz|Hz newton|N coulomb|C volt|V farad|F ohm|Ω siemens|S weber|Wb tesla|T henry|H"),
    (f"{_DOWN} {_UP}", "becquerel|Bq curie|Ci sievert|Sv katal|kat pascal|Pa bar|bar"),
    (f"{_DOWN} {_FAR_UP}", "gram,gramme|g joule|J watt|W electron_volt,electronvolt|eV"),
    (f"milli:m micro:µ,μ,u {_FAR_UP}", "watt_hour,watthour|Wh ampere_hour|Ah volt_ampere|VA"),
    (_FAR_UP, "metric_ton,tonne|t tonne_of_oil_equivalent|toe ton_TNT calorie|cal baud|bps"),
    (_BYTES, "bit|bit byte|B"),
)

# Words that are refused = what to write. Many have several meanings, of which pint takes one: a ton of
# 2,000 pounds, a barrel of 31.5 gallons.
_REFUSED = (
    "ton=tonne,short_ton,long_ton kt=kilotonne,knot kiloton=kilotonne,kiloton_TNT"
    " megaton=megatonne,megaton_TNT pound=lb,GBP ounce,oz=avoirdupois_ounce,troy_ounce"
    " degree,deg,°=°C,°F,arcdegree calorie=kcal,cal barrel,bbl=oil_barrel bps=baud,basis_point"
    " gallon,gal=US_liquid_gallon,imperial_gallon $,us$=USD €=EUR £,sterling=GBP ¥=JPY,CNY yuan,rmb=CNY ₩=KRW"
    " people,person,capita,head,personnel,employee,soldier,troop,job,case,death,vehicle,item,piece=count"
    " pct,percentage,percentage_point,pp=percent times,x,fold=ratio annum,a=year rouble=RUB ₹=INR"
)
_HINTS = {
    word: tuple(units.split(","))
    for words, units in (entry.split("=") for entry in _REFUSED.split())
    for word in words.split(",")
}
_SEVERAL = {word + end for word, units in _HINTS.items() if len(units) > 1 for end in ("", "s")}
_NUMBERS = re.compile("hundred|thousand|million|billion|trillion|dozen|lakh|crore|k|m|mn|bn|tn|mln|mio|mrd")
_MAJOR = ("USD", "EUR", "GBP", "JPY", "CNY", "KRW", "INR", "RUB", "CHF", "AUD", "CAD")

_JOINS = re.compile(r"\s*([*·/])\s*")
_NAME = re.compile(r"(?:[^\W\d]|[%‰°$€£¥₩₹])+")
_FACTOR = re.compile(rf"({_NAME.pattern})(?:\^(-?[0-9]+))?")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_PLAIN_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_TAKES_S = re.compile(r"(?!inch|foot|.*_(?:of|per)_).*[a-rt-wy]")
_REWRITES = (  # from what is not ours to what may be, for suggestions
    (r"[\s_-]*CO2(?:-?eq?)?(?![^\W\d])", ""),  # what is weighed belongs to the metric
    (r"^[\d.,]+\s*", ""),
    (r"\b(?:square|sq)[\s_.]*(\w+)", r"\1^2"),
    (r"(?<=[^\W\d])([2-9])(?!\d)", r"^\1"),
    (r"\bper\s*cent(?:age[\s_]points?)?\b", "percent"),
    (r"\s+per\s+", "/"),
    (r"\s+", "*"),
)


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


class _Meaning(NamedTuple):
    dimensions: Mapping[str, int]
    factor: Fraction
    offset: Fraction = Fraction(0)


def shown(text: str) -> str:
    """The text for use in a message: in quotation marks, escaped, and cut after 40 characters."""
    return repr(text) if len(text) <= 40 else repr(text[:40]) + "…"


def parse_unit(text: str) -> Unit:
    """Read a unit: at most 8 names joined by * · /, each with an integer exponent up to ±9 (m^2, m**2, m²).

    Names are case-sensitive, as in SI. `°C` and `°F` have an offset only when they stand alone; in a product
    or a rate they are differences of temperature. Raises BadValue, with up to three suggestions.
    """
    stripped = text.strip()
    if not stripped:
        raise BadValue("A unit is missing: things that are counted have the unit count.", ["count"])
    if len(stripped) > MAX_LENGTH:
        raise BadValue(f"The unit {shown(stripped)} is longer than {MAX_LENGTH} characters.")
    try:
        return _parsed(stripped)
    except BadValue as fault:
        raise BadValue(str(fault), _suggestions(stripped)) from None


def to_base(value: Decimal, unit: Unit, *, difference: bool = False) -> float:
    """The value in the base unit of its dimension: exact arithmetic, then one rounding to a double.

    A difference ignores the offset (2 °C more is 2 K more). Raises BadValue where no double can hold it.
    """
    amount = _exact(value) * unit.factor + (0 if difference else unit.offset)
    with suppress(OverflowError):
        base = float(amount)
        if base or not amount:
            return base
    raise BadValue(f"{value:e} {unit.text} is out of range: figures are from 1e-300 to 1e300 in SI units.")


def convert(value: Decimal, unit: Unit, to: Unit, *, difference: bool = False) -> Decimal:
    """The value in another unit: exact where its decimals end, else rounded to 38 significant digits.

    Raises BadValue where the dimensions differ.
    """
    if unit.dimension != to.dimension:
        raise BadValue(f"{unit.text} ({unit.dimension}) cannot be given in {to.text} ({to.dimension}).")
    if (unit.factor, unit.offset) == (to.factor, to.offset):
        return value
    shift = 0 if difference else unit.offset - to.offset
    amount = (_exact(value) * unit.factor + shift) / to.factor
    numerator, denominator = amount.as_integer_ratio()
    bits = denominator.bit_length()
    ends = pow(10, bits, denominator) == 0
    with localcontext(Context(prec=numerator.bit_length() + bits + 1 if ends else 38)):
        return Decimal(numerator) / Decimal(denominator)


def _exact(value: Decimal) -> Fraction:
    if not value.is_finite() or abs(value.adjusted()) > 400:
        raise BadValue("The value is out of range: figures are finite numbers from 1e-300 to 1e300.")
    return Fraction(value)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Unit:
    factors = _factors(text)
    powers: Counter[str] = Counter()
    factor, offset = Fraction(1), Fraction(0)
    for name, power in factors:
        meaning = _meaning(name)
        if meaning is None:
            raise BadValue(_complaint(name))
        factor *= meaning.factor**power
        offset = meaning.offset
        for base, exponent in meaning.dimensions.items():
            powers[base] += exponent * power
    parts = (base if power == 1 else f"{base}^{power}" for base, power in sorted(powers.items()) if power)
    alone = len(factors) == 1 and factors[0][1] == 1
    return Unit(text, "·".join(parts) or "ratio", factor, offset if alone else Fraction(0))


def _factors(text: str) -> tuple[tuple[str, int], ...]:
    pieces = _JOINS.split(_plain(text))
    joins = ["*", *pieces[1::2]]
    if len(joins) > MAX_NAMES:
        raise BadValue(f"The unit {shown(text)} has more than {MAX_NAMES} names.")
    factors = tuple(_factor(piece, join) for join, piece in zip(joins, pieces[::2], strict=True))
    if "/" in joins and any(join != "/" for join in joins[joins.index("/") :]):
        raise BadValue(f"{shown(text)} reads two ways: put what multiplies first, as in kg*m^2/s^2.")
    return factors


def _factor(piece: str, join: str) -> tuple[str, int]:
    match = _FACTOR.fullmatch(piece)
    power = int(match[2] or 1) if match else 0
    if match and 0 < abs(power) <= MAX_POWER:
        return match[1], -power if join == "/" else power
    right = "units are names joined by * and /, as in count/day, and numbers belong to the value"
    if match or "^" in piece:
        right = f"exponents are whole numbers up to ±{MAX_POWER}, as in m^2"
    raise BadValue(f"{shown(piece)} cannot be read as part of a unit: {right}.")


def _plain(text: str) -> str:
    composed = normalize("NFC", text).replace("**", "^").replace("⋅", "·")
    return _SUPERSCRIPT.sub(lambda found: "^" + found[0].translate(_PLAIN_DIGITS), composed)


def _meaning(name: str) -> _Meaning | None:
    if found := _OWN_NAMES.get(name):
        return found
    if len(name) == 3 and name.isupper() and name in _currencies():
        return _Meaning({name: 1}, Fraction(1))
    known = _vocabulary().get(name)
    return _defined(known) if known else None


def _own_names() -> Iterator[tuple[str, _Meaning]]:
    for dimension, units in _OWN.items():
        base, _, power = dimension.partition("^")
        for names, _, size in (unit.partition("=") for unit in units.split()):
            factor, _, offset = size.partition("+")
            meaning = _Meaning({base: int(power or 1)}, Fraction(factor), Fraction(offset or 0))
            yield from ((name, meaning) for name in names.split(","))


_OWN_NAMES = dict(_own_names())


@cache
def _currencies() -> Mapping[str, str]:
    """Codes of ISO 4217, the major ones first, with their names; not XXX (none) and XTS (for testing)."""
    from iso4217 import Currency

    names = {item.code: item.currency_name for item in Currency if item.code not in {"XXX", "XTS"}}
    return {code: names[code] for code in [*_MAJOR, *sorted(names)]}


@cache
def _vocabulary() -> Mapping[str, str]:
    """Every spelling that pint's part of the vocabulary accepts, with pint's own name for it."""
    return {
        spelling: pint_name
        for prefixes, units in _PINT
        for entry in units.split()
        for spelling, pint_name in _spellings(entry, prefixes)
        if spelling not in _SEVERAL
    }


def _spellings(entry: str, prefixes: str) -> Iterator[tuple[str, str]]:
    words, _, symbols = entry.partition("|")
    name = words.split(",")[0]
    for prefix in ["", *prefixes.split()]:
        long, _, short = prefix.partition(":")
        for word in words.split(","):
            yield long + word, long + name
            if _TAKES_S.fullmatch(word):
                yield long + word + "s", long + name
        for mark, symbol in product(short.split(","), filter(None, symbols.split(","))):
            yield mark + symbol, long + name


@cache
def _registry() -> Any:
    # Loading takes 0.6 s and 16 MB, so it waits for the first unit that needs it.
    import pint

    return pint.UnitRegistry(non_int_type=Fraction)


@cache
def _defined(name: str) -> _Meaning:
    factor, base = _registry().get_base_units(name)
    powers = {dimension.strip("[]"): int(power) for dimension, power in base.dimensionality.items()}
    if "bit" in dict(_registry().Quantity(1, base).unit_items()):  # pint gives bits no dimension
        powers["information"] = 1
    return _Meaning(powers, Fraction(factor))


def _complaint(name: str) -> str:
    if _NUMBERS.fullmatch(_singular(name)):
        return f"{shown(name)} is a number: numbers belong to the value, units are names such as count."
    if len(_hints(name)) > 1:
        return f"{shown(name)} has several meanings: write {' or '.join(_hints(name))}."
    known = "SI and common units, ISO 4217 codes of currencies, percent, ratio, and count for what is counted"
    return f"{shown(name)} is no known unit: known are {known}."


@lru_cache(maxsize=1024)
def _suggestions(text: str) -> tuple[str, ...]:
    rewritten = text
    for pattern, replacement in _REWRITES:
        rewritten = re.sub(pattern, replacement, rewritten)
    for candidate in (_plain(text), _plain(rewritten)):
        with suppress(BadValue):
            _factors(candidate)
            options, between = map(_near, _NAME.findall(candidate)), _NAME.split(candidate)
            choices = islice(product(*options), 3)
            if found := tuple("".join(map(add, between, [*choice, ""])) for choice in choices):
                return found
    return ()


def _near(name: str) -> tuple[str, ...]:
    """Names that are accepted and may be meant: itself if it is, else at most three."""
    if _meaning(name):
        return (name,)
    word, folded = _singular(name), _folded_names()
    if _NUMBERS.fullmatch(word):
        return ()
    called = tuple(code for code, title in _currencies().items() if title.casefold().split()[-1] == word)
    if known := _hints(name) or called or folded.get(name.casefold()) or folded.get(word):
        return known[:3]
    long_names = (known for known in folded if len(known) > 3)
    close = get_close_matches(name.casefold(), long_names, n=3, cutoff=0.8)
    return tuple(folded[match][0] for match in close)


def _singular(name: str) -> str:
    return name.casefold().removesuffix("s")


def _hints(name: str) -> tuple[str, ...]:
    return _HINTS.get(name.casefold()) or _HINTS.get(_singular(name), ())


@cache
def _folded_names() -> Mapping[str, tuple[str, ...]]:
    folded: dict[str, tuple[str, ...]] = {}
    for name in [*_OWN_NAMES, *_vocabulary(), *_currencies()]:
        folded[name.casefold()] = (*folded.get(name.casefold(), ()), name)
    return folded
