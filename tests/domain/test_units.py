"""Units: what is accepted, what it means, and what is refused with which suggestion."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pint
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.quantities import unit_names
from app.domain.quantities.currencies import currency_codes, currency_name
from app.domain.quantities.figures import parse_decimal
from app.domain.quantities.unit_grammar import shown
from app.domain.quantities.unit_hints import certain_units
from app.domain.quantities.unit_names import OWN_NAMES, vocabulary
from app.domain.quantities.unit_scales import scale_advice
from app.domain.quantities.units import convert, parse_unit, to_base
from app.errors import BadValue

ALIKE = (
    ("s", "min", "h", "day", "week", "month", "year", "decade"),
    ("count/h", "count/day", "count/year", "count*s^-1"),
    ("m", "km", "mi", "ft", "inch", "nmi", "yd"),
    ("kg", "t", "lb", "short_ton", "troy_ounce", "Mt"),
    ("m^2", "ha", "acre", "km²", "mi^2"),
    ("J", "kWh", "GWh", "cal", "Btu", "eV", "toe", "W*s"),
    ("ratio", "percent", "%", "permille", "ppm", "per_hundred_thousand", "kg/kg", "g/kg"),
    ("percentage_point", "pp", "bp", "basis_points"),
    ("tCO2e", "kgCO2e", "MtCO2eq", "gCO2e", "tonnes_of_CO2e", "ktCO₂e"),
    ("JPY/year", "JPY/day", "JPY/month"),
    ("°C", "°F", "K"),
    ("bit", "B", "GB", "GiB", "kbit"),
    ("m/s", "km/h", "mph", "kn"),
)
amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=4)
pairs = st.sampled_from(ALIKE).flatmap(lambda alike: st.tuples(*[st.sampled_from(alike)] * 2))


@pytest.mark.parametrize(
    ("text", "dimension", "factor"),
    [
        ("count", "count", 1),
        ("count/day", "count·time^-1", Fraction(1, 86400)),
        ("JPY", "JPY", 1),
        ("JPY/year", "JPY·time^-1", Fraction(1, 31557600)),
        ("USD/count", "USD·count^-1", 1),
        ("percent", "ratio", Fraction(1, 100)),
        ("%", "ratio", Fraction(1, 100)),
        ("%/year", "ratio·time^-1", Fraction(1, 3155760000)),
        ("kg/t", "ratio", Fraction(1, 1000)),
        ("count/count", "ratio", 1),
        ("km/h", "length·time^-1", Fraction(5, 18)),
        ("kg*m^2/s^2", "length^2·mass·time^-2", 1),
        ("kg·m**2 / s^2", "length^2·mass·time^-2", 1),
        ("m²·s⁻¹", "length^2·time^-1", 1),
        ("s^-1", "time^-1", 1),
        ("Hz", "time^-1", 1),
        ("Bq", "time^-1", 1),
        ("GWh", "length^2·mass·time^-2", 3_600_000_000_000),
        ("t", "mass", 1000),
        ("tonnes", "mass", 1000),
        ("mW", "length^2·mass·time^-3", Fraction(1, 1000)),
        ("MW", "length^2·mass·time^-3", 10**6),
        ("µm", "length", Fraction(1, 10**6)),
        ("μm", "length", Fraction(1, 10**6)),
        ("GiB", "information", 2**33),
        ("Mbps", "information·time^-1", 10**6),
        ("°C/year", "temperature·time^-1", Fraction(1, 31557600)),
        ("count/°C", "count·temperature^-1", 1),
        ("°C^2", "temperature^2", 1),
        ("acre", "length^2", Fraction("4046.8564224")),
        ("arcminute", "angle", Fraction(1, 60)),
        ("toe", "length^2·mass·time^-2", 41_868_000_000),
        ("oil_barrel/day", "length^3·time^-1", Fraction("0.158987294928") / 86400),
    ],
)
def test_a_unit_has_this_dimension_and_factor(text: str, dimension: str, factor: Fraction | int) -> None:
    unit = parse_unit(f" {text} ")
    assert (unit.text, unit.dimension, unit.factor) == (text, dimension, factor)
    assert unit.offset == 0


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [
        ("yen", ("JPY",)),
        ("Yen/year", ("JPY/year",)),
        ("$", ("USD",)),
        ("US$", ("USD",)),
        ("DM", ("DEM",)),
        ("DM/year", ("DEM/year",)),
        ("FF", ("FRF",)),
        ("Lit.", ("ITL",)),
        ("Pta", ("ESP",)),
        ("DM./year", ("DEM/year",)),
        ("yr.", ("yr",)),
        ("hrs.", ("hr",)),
        ("Sek.", ("second",)),  # not SEK
        ("kWh/Std.", ("kWh/hour",)),  # not STD
        ("Min.", ("minute",)),
        ("cts.", ()),  # not cT
        ("Usd.", ()),
        ("USD per million", ()),  # no share
        ("t per thousand USD", ()),
        ("tCO2e per million USD", ()),
        ("deaths per 100,000 per year", ("per_hundred_thousand/year",)),
        ("dollars", ("USD", "AUD", "CAD")),
        ("€", ("EUR",)),
        ("pounds", ("lb", "GBP")),
        ("usd", ("USD",)),
        ("KWh", ("kWh",)),
        ("mw", ("mW", "MW")),
        ("Kilometers", ("kilometers",)),
        ("kilometr", ("kilometre", "kilometer", "kilometres")),
        ("percnt", ("percent",)),
        ("people/day", ("count/day",)),
        ("count per day", ("count/day",)),
        ("per cent", ("percent",)),
        ("percentage points", ("percentage_point",)),
        ("%-points", ("percentage_point",)),
        ("per cent points", ("percentage_point",)),
        ("basis points", ("basis_point",)),
        ("points", ("percentage_point", "index_point", "basis_point")),
        ("per 100,000 people", ("per_hundred_thousand",)),
        ("deaths per 100,000 population", ("per_hundred_thousand",)),
        ("per 100k per year", ("per_hundred_thousand/year",)),
        ("per_100000", ("per_hundred_thousand",)),
        ("/100000", ("per_hundred_thousand",)),
        ("per 1 lakh", ("per_hundred_thousand",)),
        ("per 10,000 inhabitants", ("per_ten_thousand",)),
        ("per 1,000 people", ("permille",)),
        ("per million people", ("ppm",)),
        ("full-time equivalents", ("FTE",)),
        ("index points", ("index_point",)),
        ("square km", ("km^2",)),
        ("m2", ("m^2",)),
        ("Mt CO2e", ("MtCO2e",)),
        ("tonnes of CO2 equivalent", ("tonne_of_CO2e",)),
        ("metric tons CO2-eq", ("tonne_of_CO2e",)),
        ("kg CO2e/kWh", ("kgCO2e/kWh",)),
        ("MtCO2", ("MtCO2e", "Mt")),
        ("Mt CO2", ("MtCO2e", "Mt")),
        ("t CO2", ("tCO2e", "t")),
        ("kt CO2", ("ktCO2e",)),
        ("Gt of CO₂", ("GtCO2e", "Gt")),
        ("g CO2/km", ("gCO2e/km", "g/km")),
        ("kilograms of CO2 per year", ("kgCO2e/year", "kg/year")),
        ("tonnes of carbon dioxide", ("tCO2e", "t")),
        ("tons CO2", ("tCO2e", "t")),
        ("EUR per tonne of CO2", ("EUR/tCO2e", "EUR/t")),
        ("MMT CO2", ("MtCO2e", "Mt")),
        ("Tg CO2", ("MtCO2e", "Mt")),
        ("Mg CO2e", ("tCO2e",)),
        ("MT CO2", ("tCO2e", "MtCO2e")),  # metric tonnes, or megatonnes
        ("MT CO2e", ("tCO2e", "MtCO2e")),
        ("MTCO2e", ("tCO2e", "MtCO2e")),
        ("mt CO2-eq", ("tCO2e", "MtCO2e")),
        ("Tonnes CO2e", ("tonne_of_CO2e",)),
        ("mg CO2/l", ("mg/l",)),
        ("kg CH4", ("kg",)),  # no centihenry
        ("Gt C", ("Gt",)),  # no temperature
        ("tonnes of NOx per year", ("tonnes/year",)),
        ("USD/kg Cu", ("USD/kg",)),
        ("lb CO2", ()),  # no unit has pounds of it, and pounds alone are of something else
        ("pounds of CO2", ()),
        ("ppm CO2", ("ppm",)),
        ("CO2e", ("tCO2e", "kgCO2e")),
        ("1000 kg", ("kg",)),
        ("ton", ("tonne", "short_ton", "long_ton")),
        ("tons/day", ("tonne/day", "short_ton/day", "long_ton/day")),
        ("kt", ("kilotonne", "knot")),
        ("barrels", ("oil_barrel",)),
        ("gallon", ("US_liquid_gallon", "imperial_gallon")),
        ("degrees", ("°C", "°F", "arcdegree")),
        ("bps", ("baud", "basis_point")),
        ("times", ("ratio",)),
        # wrong case, plurals, typing errors
        ("KM", ("km",)),
        ("Kg", ("kg",)),
        ("KM/H", ("km/hour", "km/henry")),
        ("hrs", ("hr",)),
        ("percents", ("percent",)),
        ("PPM", ("ppm",)),
        # other spellings
        ("kW.h", ("kW*h",)),
        ("kg×m", ("kg*m",)),
        ("m/s2", ("m/s^2",)),
        ("s-1", ("s^-1",)),
        ("meters squared", ("meters^2",)),
        ("cubic meters", ("meters^3",)),
        ("sq. ft", ("ft^2",)),
        ("kmh", ("km/h",)),
        ("count/kmh", ()),
        ("barrels per day", ("oil_barrel/day",)),
        ("person-years", ("count*years",)),
        ("MWe", ("MW",)),
        ("mcg", ("µg",)),
        ("℃", ("°C",)),
        ("ºC", ("°C",)),
        ("ｋｍ", ("km",)),
        ("km\u200b", ("km",)),
        ("％", ("%",)),
        # UCUM
        ("[in_i]", ("in",)),
        ("[lb_av]", ("lb",)),
        ("[sft_i]", ("ft^2",)),
        ("mm[Hg]", ("mmHg",)),
        ("[gal_us]", ("US_liquid_gallon",)),
        ("Cel", ("°C",)),
        ("m.s-2", ("m*s^-2",)),
        ("mg/wk", ("mg/week",)),
        ("1/d", ("count/d",)),
        ("/d", ("count/d",)),
        ("{people}", ("count",)),
        # currencies
        ("Swiss francs", ("CHF",)),
        ("Hong Kong dollars / year", ("HKD/year",)),
        ("US dollars per year", ("USD/year",)),
        ("German marks", ("DEM",)),
        ("marks", ("DEM", "BAM", "DDM")),
        ("lire", ("ITL",)),
        ("A$", ("AUD",)),
        ("HK$", ("HKD",)),
        ("dem", ("DEM",)),
        # what a newspaper means by it is not what SI means
        ("C", ("°C", "coulomb")),
        ("F", ("°F", "farad")),
        ("T", ("tonne", "tesla")),
        ("MT", ("tonne", "megatonne")),
        ("pH", ("ratio",)),
        ("Gb", ("Gbit", "GB")),
        ("units", ("count",)),
    ],
)
def test_a_refused_unit_suggests_what_to_write(text: str, suggestions: tuple[str, ...]) -> None:
    with pytest.raises(BadValue) as refusal:
        parse_unit(text)
    assert refusal.value.suggestions == suggestions
    for suggestion in suggestions:
        parse_unit(suggestion)


@pytest.mark.parametrize("text", ["1000 kg", "4000", "million", "3 millions", "dozen", "1/day", "1e3*m", "k", "bn"])
def test_numbers_belong_to_the_value(text: str) -> None:
    with pytest.raises(BadValue, match="numbers belong to the value"):
        parse_unit(text)


@pytest.mark.parametrize("text", ["m^0", "m^10", "m^-10", "m^0.5", "m^", "^2", "m^^2", "m^x", "m***2", "m^٣"])
def test_exponents_are_whole_numbers_up_to_nine(text: str) -> None:
    with pytest.raises(BadValue):
        parse_unit(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "*",
        "/day",
        "day/",
        "kg m",
        "kg**m",
        "kg//m",
        "(m)",
        "kg/(m*s)",
        "J/kg*K",
        "m-s",
        "*".join("m" * 9),
        "\0",
        "m\0",
        "\ud800",
        "m" * 65,
        "m" * 1_000_000,
        "m^" + "9" * 60,
        "XXX",
        "XTS",
        "CNH",
        "BTC",
    ],
)
def test_what_is_no_unit_is_refused(text: str) -> None:
    with pytest.raises(BadValue) as refusal:
        parse_unit(text)
    assert len(str(refusal.value).encode()) < 300


@pytest.mark.parametrize(
    "text", ["dB", "c", "e", "pi", "R", "radian", "dozen", "kilom", "kmeter", "mfoot", "mB", "semimeter"]
)
def test_oddities_of_pint_are_no_units(text: str) -> None:
    with pytest.raises(BadValue):
        parse_unit(text)


def test_a_unit_may_have_eight_names_and_sixty_four_characters() -> None:
    assert parse_unit("*".join(["m"] * 8)).dimension == "length^8"
    assert parse_unit("kilometer_per_hour*kilometer_per_hour*kilometer_per_hour*second").text


def test_counts_ratios_and_currencies_never_convert_into_each_other() -> None:
    own = [parse_unit(text) for text in ("count", "ratio", "JPY", "USD", "arcdegree", "bit", "count/day", "Hz")]
    assert len({unit.dimension for unit in own}) == len(own)
    with pytest.raises(BadValue, match=r"JPY.*USD"):
        convert(Decimal(1), parse_unit("JPY"), parse_unit("USD"))
    with pytest.raises(BadValue, match=r"count/day \(counts per day\) cannot be given in Hz \(hertz\)"):
        convert(Decimal(1), parse_unit("count/day"), parse_unit("Hz"))


def test_a_currency_code_wins_over_every_other_name() -> None:
    spelled = unit_names.vocabulary().keys() | unit_names.OWN_NAMES.keys()
    assert not spelled & set(currency_codes())
    assert {len(code) for code in currency_codes()} == {3}


def test_no_name_has_two_meanings() -> None:
    found: dict[str, set[str]] = {}
    for prefixes, names in unit_names._PINT:
        for entry in names.split():
            for spelling in unit_names._spellings(entry, prefixes):
                found.setdefault(spelling.text, set()).add(spelling.name)
    assert {spelling for spelling, meanings in found.items() if len(meanings) > 1} == set()
    assert found.keys() & unit_names.OWN_NAMES.keys() == {"s", "second", "seconds"}


def test_every_name_has_an_exact_factor_that_pint_agrees_with() -> None:
    registry: pint.UnitRegistry[Fraction] = pint.UnitRegistry(non_int_type=Fraction)
    for text, spelling in unit_names.vocabulary().items():
        factor, _ = registry.get_base_units(spelling.name)
        assert isinstance(factor, int | Fraction)
        if text not in unit_names.OWN_NAMES:
            assert parse_unit(text).factor == factor


def test_own_units_agree_with_pint_save_for_three() -> None:
    registry: pint.UnitRegistry[Fraction] = pint.UnitRegistry(non_int_type=Fraction)
    # Pint's decade is logarithmic, its acre the one of the survey foot, its arcs are in radians.
    differ = {"decade", "acre", "arcdegree", "arcminute", "arcsecond"}
    lacking = {
        "count", "ratio", "part per billion", "per ten thousand", "per hundred thousand", "percentage point",
        "basis point", "index point", "full time equivalent",
    }  # fmt: skip
    for name, (meaning, words) in unit_names.OWN_NAMES.items():
        if words.one in differ | lacking or "CO2e" in meaning.dimensions:
            continue
        name = {"part per million": "ppm", "degree Celsius": "degC", "degree Fahrenheit": "degF"}.get(words.one, name)
        zero, one = (registry.Quantity(Fraction(n), name).to_base_units().magnitude for n in (0, 1))
        assert (one - zero, zero) == (meaning.factor, meaning.offset), name


def test_counts_and_money_never_import_pint() -> None:
    program = """
import sys
from contextlib import suppress
from app.domain.quantities.units import parse_unit
for text in ("count", "count/day", "ratio", "percent", "%", "week", "month", "hours", "°C"):
    parse_unit(text)
assert "iso4217" not in sys.modules
parse_unit("JPY/year")
assert "babel" not in sys.modules
assert parse_unit("DEM").label.many == "German marks"
assert "pint" not in sys.modules
parse_unit("km/h")
assert "pint" in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        ("1", "h", "s", "3600"),
        ("50", "percent", "ratio", "0.5"),
        ("1", "count/h", "count/day", "24"),
        ("90", "km/h", "m/s", "25"),
        ("100", "°C", "°F", "212"),
        ("-40", "°F", "°C", "-40"),
        ("0", "K", "°C", "-273.15"),
        ("640", "acre", "mi^2", "1"),
        ("1.50", "kg", "kilogram", "1.50"),
        ("1", "s", "h", "0.0002" + "7" * 36 + "8"),
        ("1", "eV", "J", "1.602176634E-19"),
        ("0", "m", "km", "0"),
    ],
)
def test_conversion_is_exact_or_has_38_digits(value: str, unit: str, to: str, expected: str) -> None:
    assert str(convert(Decimal(value), parse_unit(unit), parse_unit(to))) == expected


def test_a_difference_ignores_the_zero_point() -> None:
    celsius, fahrenheit = parse_unit("°C"), parse_unit("°F")
    assert to_base(Decimal("20"), celsius) == 293.15
    assert to_base(Decimal("1.5"), celsius, difference=True) == 1.5
    assert convert(Decimal("1.5"), celsius, fahrenheit, difference=True) == Decimal("2.7")


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        ("1e30", "Tm^9*Tm^9*Tm^9"),
        ("-1e30", "Tm^9*Tm^9*Tm^9"),
        ("1e-30", "am^9*am^9"),
        ("1e9999999", "m"),
        ("NaN", "m"),
        ("Infinity", "m"),
        ("sNaN", "m"),
    ],
)
def test_what_no_double_holds_is_out_of_range(value: str, unit: str) -> None:
    with pytest.raises(BadValue, match="out of range"):
        to_base(Decimal(value), parse_unit(unit))


@given(amounts, pairs)
def test_equal_amounts_in_different_units_are_equal_floats(amount: Decimal, pair: tuple[str, str]) -> None:
    one, other = map(parse_unit, pair)
    converted = convert(amount, one, other)
    exact = Fraction(converted) * other.factor + other.offset == Fraction(amount) * one.factor + one.offset
    if exact:
        assert to_base(amount, one) == to_base(converted, other)
    else:
        assert to_base(amount, one) == pytest.approx(to_base(converted, other), rel=1e-14)
        assert len(converted.as_tuple().digits) == 38


@given(st.integers(-(10**12), 10**12))
def test_whole_hours_are_as_long_as_their_seconds(hours: int) -> None:
    for unit, to, times in (("h", "s", 3600), ("ratio", "%", 100), ("km", "m", 1000), ("year", "h", 8766)):
        here, there = (
            to_base(Decimal(hours), parse_unit(unit)),
            to_base(Decimal(hours * times), parse_unit(to)),
        )
        assert here == there


@given(st.text() | st.text("kmgst/*^²-12 $%°_", max_size=20))
@example("²" * 64)
@example("a" * 31 + "/" + "b" * 32)
def test_any_text_is_a_unit_or_a_bad_value(text: str) -> None:
    try:
        unit = parse_unit(text)
    except BadValue as refusal:
        str(refusal).encode()
        for suggestion in refusal.suggestions:
            parse_unit(suggestion)
    else:
        assert unit.factor > 0
        assert unit.text == text.strip()


def test_shown_text_is_short_and_printable() -> None:
    assert shown("a\0\ud800") == r"'a\x00\ud800'"
    assert len(shown("x" * 10**6)) < 50


# The unit that each names, and the powers of ten that its scale may mean
SCALED: dict[str, tuple[Any, ...]] = {
    "kEUR": ("EUR", 3), "k€": ("EUR", 3), "Tsd. EUR": ("EUR", 3), "EUR'000": ("EUR", 3), "EUR ’000": ("EUR", 3),
    "€000": ("EUR", 3), "kUSD/day": ("USD/day", 3), "lakh INR": ("INR", 5), "Mio. EUR": ("EUR", 6),
    "mn USD": ("USD", 6), "EUR million": ("EUR", 6), "Million US dollars": ("USD", 6),
    "million EUR per year": ("EUR/year", 6),
    "crore INR": ("INR", 7), "Md€": ("EUR", 9), "$bn": ("USD", 9), "Mrd. €": ("EUR", 9), "bn USD": ("USD", 9),
    "bnUSD": ("USD", 9), "USD bn/year": ("USD/year", 9), "$tn": ("USD", 12), "trn JPY": ("JPY", 12),
    "million people": ("count", 6), "thousand tonnes": ("tonnes", 3), "thousand_tonnes": ("tonnes", 3),
    "million m³": ("m^3", 6), "millions of people": ("count", 6), "hundred km": ("km", 2), "Mrd. km": ("km", 9),
    "MEUR": ("EUR", 3, 6), "mEUR": ("EUR", 3, 6), "MSEK": ("SEK", 3, 6), "M€": ("EUR", 3, 6), "€m": ("EUR", 3, 6),
    "US$m": ("USD", 3, 6), "EURm": ("EUR", 3, 6), "GBP m": ("GBP", 3, 6), "m £": ("GBP", 3, 6),
    "MM USD": ("USD", 6, 9), "$mm": ("USD", 6, 9), "MM€": ("EUR", 6, 9), "GEUR": ("EUR", 3, 9),
    "TEUR": ("EUR", 3, 12), "$T": ("USD", 3, 12), "USD T": ("USD", 3, 12), "T USD": ("USD", 3, 12),
    "£t": ("GBP", 3, 12), "$ mil": ("USD", 3, 6), "EUR mil": ("EUR", 3, 6), "mil. EUR": ("EUR", 3, 6),
    "mil km": ("km", 3, 6),
    "$b": ("USD", 9, 12), "B USD": ("USD", 9, 12), "bln PLN": ("PLN", 9, 12), "Billion EUR": ("EUR", 9, 12),
    "million tonnes CO2e": ("tonne_of_CO2e", 6), "Million Tonnes CO2e": ("tonne_of_CO2e", 6),
    "million tCO2e": ("tCO2e", 6),
    "mn tCO2e": ("tCO2e", 6), "mn t CO2": ("tCO2e or t", 6), "Mio. t CO2e": ("tCO2e", 6), "bn t CO2e": ("tCO2e", 9),
    "million mtCO2e/year": ("tCO2e/year or MtCO2e/year", 6), "thousand tonnes CO2e": ("tonne_of_CO2e", 3),
    "billion tonnes of CO2 equivalent": ("tonne_of_CO2e", 9, 12), "EUR million/tCO2e": ("EUR/tCO2e", 6),
    "billions of people": ("count", 9, 12), "trillion JPY": ("JPY", 12, 18), "trln PLN": ("PLN", 12, 18),
}  # fmt: skip


@pytest.mark.parametrize("text", SCALED)
def test_a_unit_with_a_scale_is_told_without_it_and_with_what_to_do_with_the_value(text: str) -> None:
    unit, *powers = SCALED[text]
    with pytest.raises(BadValue) as fault:
        parse_unit(text)
    factors = " or ".join(f"{10**power:,}" for power in powers)
    is_, by = ("is", factors) if len(powers) == 1 else ("may be", "the one that is meant")
    assert str(fault.value) == (
        f"{text!r} {is_} {factors} {unit}: numbers belong to the value. Write the unit {unit},"
        f" and the value times {by} (2.5 as {' or '.join(f'2.5e{power}' for power in powers)})."
    )
    assert fault.value.suggestions == ()  # with the value as it is, the unit alone would be wrong
    assert all(map(parse_unit, unit.split(" or ")))
    for power in powers:
        assert parse_decimal(f"2.5e{power}") == Decimal("2.5") * 10**power


GASES = {
    "short tons CO2e": ("tCO2e", "times 0.90718474"),
    "short-ton CO2e": ("tCO2e", "times 0.90718474"),
    "US tons of CO₂ equivalent": ("tCO2e", "times 0.90718474"),
    "short tons of carbon dioxide": ("tCO2e", "times 0.90718474"),
    "million short tons of CO2e": ("tCO2e", "times 907184.74"),
    "long tons CO2-eq": ("tCO2e", "times 1.0160469088"),
    "lb CO2/MWh": ("kgCO2e/MWh", "times 0.45359237"),
    "pounds CO2e per year": ("kgCO2e/year", "times 0.45359237"),
    "lbCO2e": ("kgCO2e", "times 0.45359237"),
    "oz CO2": ("gCO2e", "times 28.349523125"),
    "ounces of CO2e": ("gCO2e", "times 28.349523125"),
    "mg CO2e": ("gCO2e", "times 0.001"),
    "EUR per short ton of CO2": ("EUR/tCO2e", "divided by 0.90718474"),
    "lb CO2/gallon": ("kgCO2e/US_liquid_gallon or kgCO2e/imperial_gallon", "times 0.45359237"),
}


@pytest.mark.parametrize("text", GASES)
def test_a_mass_of_carbon_dioxide_that_is_no_unit_is_told_with_one_and_its_factor(text: str) -> None:
    unit, by = GASES[text]
    with pytest.raises(BadValue) as fault:
        parse_unit(text)
    assert str(fault.value).endswith(
        "is no unit: of CO2 there are gCO2e, kgCO2e, tCO2e, ktCO2e, MtCO2e and GtCO2e."
        f" Write the unit {unit}, and the value {by}."
    )
    assert fault.value.suggestions == ()  # with the value as it is, the unit alone would be wrong
    assert all(map(parse_unit, unit.split(" or ")))


NO_UNITS = ("MMBtu", "therm", "passenger mile", "ton-mile", "MWh net", "million Btu", "vehicle mile", "unit of GDP",
            "grain", "1000 kWh", "100 km", "short ton of steel")  # fmt: skip


@pytest.mark.parametrize("over", ["/", " per "])
@pytest.mark.parametrize("below", NO_UNITS)
def test_beside_what_is_no_unit_a_mass_of_carbon_dioxide_is_told_alone(below: str, over: str) -> None:
    with pytest.raises(BadValue) as fault:
        parse_unit(f"lb CO2{over}{below}")
    assert str(fault.value).endswith(
        f"Write kgCO2e in place of 'lb CO2', and the value times 0.45359237. The rest cannot be read: {below!r}."
    )


@pytest.mark.parametrize("text", ["lb CO2/kWh*year", "lb CO2/m^2*year", "lb CO2/year/", "lb CO2/", "lb CO2//year"])
def test_beside_a_mass_of_carbon_dioxide_nothing_that_is_read_or_empty_is_called_unreadable(text: str) -> None:
    with pytest.raises(BadValue) as fault:
        parse_unit(text)
    assert str(fault.value).endswith("Write kgCO2e in place of 'lb CO2', and the value times 0.45359237.")


@pytest.mark.parametrize(
    ("mass", "beside"),
    [("gCO2e", "pkm"), ("tCO2e", "MMBtu"), ("kgCO2e", "passenger-km"), ("kgCO₂e", "kg product"), ("tCO2eq", "trip")],
)
def test_beside_a_mass_of_carbon_dioxide_that_is_read_the_other_piece_is_told(mass: str, beside: str) -> None:
    for text in (f"{mass}/{beside}", f"{beside}/{mass}"):
        with pytest.raises(BadValue) as fault:
            parse_unit(text)
        assert str(fault.value).startswith(f"{beside!r} "), text


def test_two_masses_of_carbon_dioxide_are_told_with_both_factors() -> None:
    with pytest.raises(BadValue) as fault:
        parse_unit("lb CO2e per short ton CO2e")
    assert str(fault.value).endswith(
        "'short ton CO2e' is none. Write the unit kgCO2e/tCO2e,"
        " and the value times 0.45359237 and divided by 0.90718474."
    )


def test_a_unit_to_write_for_a_mass_of_carbon_dioxide_is_over_what_was_asked() -> None:
    known = [*OWN_NAMES, *vocabulary()][::23]  # looking for near ones takes time
    spelled = dict.fromkeys(form for name in known for form in (name, name[:-1], f"{name}x", f"{name}-mile") if form)
    for below in spelled:
        with pytest.raises(BadValue) as fault:
            parse_unit(f"lb CO2/{below}")
        if told := re.search(r"Write the unit (.+), and the value times 0\.45359237\.$", str(fault.value)):
            for unit in told[1].split(" or "):
                mass, _, divisor = unit.partition("/")
                assert (mass, is_unit(unit)) == ("kgCO2e", True), below
                assert divisor == below if is_unit(below) else divisor in certain_units(below), below
        assert bool(told) or not is_unit(below), below


def test_of_what_is_no_known_mass_of_carbon_dioxide_the_units_are_told() -> None:
    with pytest.raises(BadValue, match=r"'grains CO2e' is no unit: of CO2 there are gCO2e, .* and GtCO2e.$"):
        parse_unit("grains CO2e")


def test_factors_of_masses_of_carbon_dioxide_are_those_of_the_masses() -> None:
    for mass, name in (("short_ton", "short tons"), ("long_ton", "long tons"), ("lb", "lb"), ("stone", "stones"),
                       ("avoirdupois_ounce", "ounces"), ("mg", "mg"), ("µg", "µg")):  # fmt: skip
        with pytest.raises(BadValue) as fault:
            parse_unit(f"{name} CO2e")
        ((unit, factor),) = re.findall(r"unit (\w+), and the value times ([\d.]+)\.$", str(fault.value))
        assert Fraction(factor) * parse_unit(unit).factor == parse_unit(mass).factor, mass


@pytest.mark.parametrize(
    "text",
    ["million", "k", "bn", "m people", "kpeople", "birr", "bank", "1,000 t", "mil", "mm km", "mm t", "tn-km",
     "kW mn", "Mm €", "DKK md", "B$", "G$", "T$", "billion oz CO2", "bn stones CO2"],
)  # fmt: skip
def test_what_is_no_scale_before_a_unit_has_no_such_advice(text: str) -> None:
    with pytest.raises(BadValue) as fault:
        parse_unit(text)
    assert "Write the unit" not in str(fault.value)


def test_a_unit_that_is_told_with_another_value_is_none_that_is_only_spelled_alike() -> None:
    with pytest.raises(BadValue) as fault:
        parse_unit("million grains")  # not grams
    assert "Write the unit" not in str(fault.value)


def test_no_unit_or_near_miss_of_one_is_taken_for_a_scaled_one() -> None:
    names = [*vocabulary(), *OWN_NAMES, *currency_codes(), *map(currency_name, currency_codes())]
    spelled = {form for name in names for form in (name, name.lower(), name.upper(), f"{name}s", name[:-1], name[1:])}
    some = sorted(spelled)[::15]  # looking for near ones takes time
    assert [one for one in some if one and not is_unit(one) and scale_advice(one)] == []


def is_unit(text: str) -> bool:
    with suppress(BadValue):
        return bool(parse_unit(text))
    return False
