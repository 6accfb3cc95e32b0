"""The cases of UCUM's functional tests, and the factors of its own table, as far as they name units that we carry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from app.domain.quantities.unit_grammar import read_factors
from app.domain.quantities.units import Unit, convert, parse_unit
from app.errors import BadValue

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "ucum"
FILES = ("UcumFunctionalTests.xml", "UcumFunctionalTests.2.xml")

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the UCUM files are not at {FOLDER}")

# UCUM's codes where ours are not the same. All others of its codes that we read are meant to be the same unit.
OURS = {
    "[in_i]": "in", "[ft_i]": "ft", "[yd_i]": "yd", "[mi_i]": "mi", "[nmi_i]": "nmi", "[kn_i]": "kn", "[ly]": "ly",
    "[lb_av]": "lb", "[oz_av]": "avoirdupois_ounce", "[oz_tr]": "troy_ounce", "[stone_av]": "stone", "[car_m]": "carat",
    "[ston_av]": "short_ton", "[lton_av]": "long_ton", "[sin_i]": "in^2", "[sft_i]": "ft^2", "[syd_i]": "yd^2",
    "[cin_i]": "in^3", "[cft_i]": "ft^3", "[gal_us]": "US_liquid_gallon", "[gal_br]": "imperial_gallon",
    "[bbl_us]": "oil_barrel", "[bu_us]": "bushel", "AU": "au", "Ohm": "ohm", "a": "year", "mo": "month", "wk": "week",
    "deg": "arcdegree", "[ppth]": "permille", "[ppm]": "ppm", "[ppb]": "ppb", "har": "hectare", "C": "coulomb",
    "F": "farad", "T": "tesla", "H": "henry", "[degF]": "°F", "Cel": "°C", "mm[Hg]": "mmHg", "[Btu_IT]": "Btu",
}  # fmt: skip

# Read by us as something else: its bel is our byte, and its bit a mere number.
OTHER_MEANING = {"B", "bit"}

# Wrong in the older file, and put right in the newer one: what stands after a second slash divides as well.
PUT_RIGHT_SINCE = {("UcumFunctionalTests.2.xml", "3-111"), ("UcumFunctionalTests.2.xml", "3-115")}


class Term(NamedTuple):
    """A term of UCUM in our words: a number that belongs to the value, and a unit."""

    number: Fraction
    unit: Unit


def components(code: str) -> Iterator[tuple[str, int]]:
    """The atoms of a term with their exponents, from left to right. Raises ValueError for what is none."""
    sign = 1
    for part in re.split(r"([./])(?![^\[]*\])", code):
        if part in (".", "/"):
            sign = -1 if part == "/" else 1
            continue
        match = re.fullmatch(r"(10\*|10\^|[0-9]+|.*?[^0-9+-])([+-]?[0-9]+)?", part)
        if match is None:
            raise ValueError(code)
        yield match[1], sign * int(match[2] or 1)


def our_name(atom: str) -> str:
    """Our name of an atom of UCUM. Raises ValueError where we do not support it."""
    if atom in OTHER_MEANING:
        raise ValueError(atom)
    return parse_unit(OURS.get(atom, atom)).text


def ours(code: str) -> Term | None:
    """A term of UCUM in our words; None where it names a unit that we do not carry. Its unity is our ratio."""
    if not code:
        return Term(Fraction(1), parse_unit("ratio"))
    number, factors = Fraction(1), []
    try:
        for atom, power in components(code):
            if atom[0].isdigit():
                number *= Fraction(atom.rstrip("*^")) ** power
            else:
                factors.append((our_name(atom), power))
        names = [name if power == 1 else f"{name}^{power}" for name, power in factors]
        return Term(number, parse_unit("*".join(names))) if names else None
    except (ValueError, IndexError):  # no term of UCUM, or a unit that we do not have: BadValue is a ValueError
        return None


class Case(NamedTuple):
    """One case of a file."""

    file: str
    values: dict[str, str]

    def __str__(self) -> str:
        return f"{self.file} {self.values.get('id')}"


def cases(section: str) -> list[Case]:
    found = []
    for file in FILES:
        root = ElementTree.parse(FOLDER / file).getroot()  # noqa: S314  # a file of the tests, not of a stranger
        found += [Case(file, dict(case.attrib)) for case in root.iterfind(f"{section}/case")]
    return found


def carried(found: list[Case], *names: str) -> list[Case]:
    return [case for case in found if all(ours(case.values[name]) for name in names)]


@cache
def conversions() -> list[Case]:
    return carried(cases("conversion"), "srcUnit", "dstUnit")


def validations(valid: str) -> list[Case]:
    return [case for case in cases("validation") if case.values["valid"] == valid]


def term(code: str) -> Term:
    found = ours(code)
    assert found
    return found


def rounded(value: Decimal, like: str) -> Decimal:
    """To as many significant digits as the outcome is printed with, for UCUM's numbers carry their precision."""
    digits = Decimal(like).as_tuple().digits
    return Decimal(f"{value:.{len(digits) - 1}e}")


def converted(case: Case) -> Decimal:
    source, target = term(case.values["srcUnit"]), term(case.values["dstUnit"])
    number = source.number / target.number
    value = Decimal(case.values["value"]) * number.numerator / number.denominator
    return rounded(convert(value, source.unit, target.unit), case.values["outcome"])


def is_right(case: Case) -> bool:
    return (case.file, case.values["id"]) not in PUT_RIGHT_SINCE


def test_a_conversion_gives_what_ucum_says() -> None:
    # Of 30 and 29 conversions, the others name pi, the magnetic constant, or a meter of mercury.
    assert [sum(case.file == file for case in conversions()) for file in FILES] == [26, 25]
    for case in filter(is_right, conversions()):
        assert converted(case) == Decimal(case.values["outcome"]), case


def test_only_what_was_put_right_since_differs() -> None:
    wrong = {case.values["id"]: case for case in conversions() if not is_right(case)}
    assert wrong.keys() == {"3-111", "3-115"}
    assert converted(wrong["3-111"]) != Decimal(wrong["3-111"].values["outcome"])
    with pytest.raises(BadValue, match="cannot be given in"):
        converted(wrong["3-115"])


def test_a_product_of_units_is_what_ucum_says() -> None:
    found = carried(cases("multiplication"), "u1", "u2", "uRes")
    assert len(found) >= 4
    for case in found:
        one, other, result = (term(case.values[name]) for name in ("u1", "u2", "uRes"))
        product = parse_unit(f"{one.unit.text}*{other.unit.text}")
        value = Decimal(case.values["v1"]) * Decimal(case.values["v2"])
        assert convert(value, product, result.unit) == Decimal(case.values["vRes"]), case


def test_a_quotient_of_units_is_what_ucum_says() -> None:
    found = carried(cases("division"), "u1", "u2", "uRes")
    assert len(found) >= 3
    for case in found:
        one, other, result = (term(case.values[name]).unit for name in ("u1", "u2", "uRes"))
        divisors = [f"{name}^{-power}" for name, power in read_factors(other.text)]
        quotient = parse_unit("*".join([one.text, *divisors]))
        value = Decimal(case.values["v1"]) / Decimal(case.values["v2"])
        assert rounded(convert(value, quotient, result), case.values["vRes"]) == Decimal(case.values["vRes"]), case


def test_a_unit_is_called_in_words_what_ucum_calls_it() -> None:
    found = [case for case in carried(cases("displayNameGeneration"), "unit") if case.values["unit"]]
    assert len(found) >= 7
    for case in found:
        words = re.findall(r"\(([a-z]+)", case.values["display"].replace("&#232;", "e"))
        assert words
        for word in words:
            assert word in term(case.values["unit"]).unit.label.one, case


def test_what_ucum_refuses_we_refuse() -> None:
    found = validations("false")
    assert len(found) >= 70
    assert [case for case in found if is_unit(case.values["unit"])] == []


def test_most_valid_codes_name_units_that_we_carry() -> None:
    codes = {case.values["unit"] for case in validations("true")}
    known = {code for code in codes if ours(code)}
    assert len(known) >= 120
    assert {"m3.kg-1.s-2", "mmol/L", "ug/min", "cm/s", "Cel", "[lb_av]", "mm[Hg]", "nmol/h/mL"} <= known


def test_a_code_that_we_do_not_read_is_answered_with_our_name() -> None:
    unread = {code: name for code, name in OURS.items() if not is_unit(code)}
    assert len(unread) > 30
    for code, name in unread.items():
        with pytest.raises(BadValue) as refusal:
            parse_unit(code)
        meant = [(near.factor, near.dimension) for near in map(parse_unit, refusal.value.suggestions)]
        unit = parse_unit(name)
        assert (unit.factor, unit.dimension) in meant, code


def is_unit(text: str) -> bool:
    try:
        return bool(parse_unit(text))
    except BadValue:
        return False


# --- The table of UCUM itself ---------------------------------------------------------------------------

Power = dict[str, int]  # exponents of base units
NAMESPACE = "{http://unitsofmeasure.org/ucum-essence}"
BASE = {"m": "m", "s": "s", "g": "g", "K": "K", "C": "coulomb", "cd": "cd", "rad": "rad"}


@cache
def table() -> dict[str, tuple[str, str]]:
    """Number and unit by which UCUM defines a unit, save for those that are functions; prefixes as `prefix k`."""
    found = {}
    root = ElementTree.parse(FOLDER / "ucum-essence.xml").getroot()  # noqa: S314  # a file of the tests
    for kind, before in (("unit", ""), ("prefix", "prefix ")):
        for entry in root.iterfind(NAMESPACE + kind):
            value = entry.find(f"{NAMESPACE}value")
            if value is not None and "value" in value.attrib:
                found[before + entry.attrib["Code"]] = (value.attrib["value"], value.attrib.get("Unit", "1"))
    return found


def defined(code: str) -> tuple[Fraction, Power]:
    """A term of UCUM as a number and powers of its base units. Raises ValueError or KeyError where it is none."""
    number, powers = Fraction(1), Power()
    for atom, power in components(code):
        if atom.isdigit():
            number *= Fraction(atom) ** power
            continue
        size, base = defined_atom(atom)
        number *= size**power
        for name, exponent in base.items():
            powers[name] = powers.get(name, 0) + exponent * power
    return number, powers


@cache
def defined_atom(atom: str) -> tuple[Fraction, Power]:
    if atom in BASE:
        return Fraction(1), {atom: 1}
    if atom in table():
        value, unit = table()[atom]
        number, powers = defined(unit)
        return Fraction(value) * number, powers
    size, _ = table()[f"prefix {atom[0]}"]
    number, powers = defined_atom(atom[1:])
    return Fraction(size) * number, powers


# Where it differs with reason: it counts moles and angles by numbers, of which pi is no exact one; its British thermal
# unit is the one of the steam tables, ours (and pint's) of ISO 31-4; its astronomical unit is older than 2012.
OTHER_FACTORS = {"mol", "kat", "deg", "AU", "[Btu_IT]"}


def test_a_unit_has_the_factor_of_ucums_table() -> None:
    codes = [code for code in table() if " " not in code and ours(code) and code not in OTHER_FACTORS]
    assert len(codes) >= 56
    for code in codes:
        number, powers = defined(code)
        unit = term(code).unit
        base = parse_unit("*".join(f"{BASE[name]}^{power}" for name, power in powers.items() if power) or "ratio")
        assert unit.dimension == base.dimension, code
        assert unit.factor == number * base.factor, code
