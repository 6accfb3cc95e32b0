"""How units are shown: in print and in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.quantities import unit_names
from app.domain.quantities.currencies import currency_codes
from app.domain.quantities.units import parse_unit


@pytest.mark.parametrize(
    ("text", "symbol", "one", "many"),
    [
        ("km/h", "km/h", "kilometer per hour", "kilometers per hour"),
        ("kilometres / hour", "km/h", "kilometer per hour", "kilometers per hour"),
        ("kph", "kph", "kilometer per hour", "kilometers per hour"),
        ("JPY", "JPY", "Japanese yen", "Japanese yen"),
        ("USD/oil_barrel", "USD/oil_barrel", "US dollar per oil barrel", "US dollars per oil barrel"),
        ("DEM/year", "DEM/year", "German mark per year", "German marks per year"),
        ("percent", "%", "percent", "percent"),
        ("permille", "‰", "permille", "permille"),
        ("basis_points", "bp", "basis point", "basis points"),
        ("ppm", "ppm", "part per million", "parts per million"),
        ("percentage_points", "pp", "percentage point", "percentage points"),
        ("index_points", "index_point", "index point", "index points"),
        ("FTEs", "FTE", "full time equivalent", "full time equivalents"),
        ("tCO₂e/year", "tCO2e/year", "tonne of CO2e per year", "tonnes of CO2e per year"),
        ("per_hundred_thousand", "per_hundred_thousand", "per hundred thousand", "per hundred thousand"),
        ("count", "count", "count", "counts"),
        ("count/day", "count/d", "count per day", "counts per day"),
        ("counts*s^-1", "count/s", "count per second", "counts per second"),
        ("celsius", "°C", "degree Celsius", "degrees Celsius"),
        ("feet", "ft", "foot", "feet"),
        ("inches", "in", "inch", "inches"),
        ("tonnes", "t", "metric ton", "metric tons"),
        ("m**2", "m²", "square meter", "square meters"),
        ("km³", "km³", "cubic kilometer", "cubic kilometers"),
        ("m^4", "m⁴", "meter to the power of 4", "meters to the power of 4"),
        ("W*h", "W·h", "watt-hour", "watt-hours"),
        (
            "kg*m^2/s^2",
            "kg·m²/s²",
            "kilogram-square meter per square second",
            "kilogram-square meters per square second",
        ),
        ("J/kg/K", "J/kg/K", "joule per kilogram-kelvin", "joules per kilogram-kelvin"),
        ("s^-1", "s⁻¹", "per second", "per second"),
        ("m^-2·s^-1", "m⁻²·s⁻¹", "per square meter-second", "per square meter-second"),
        ("um", "µm", "micrometer", "micrometers"),
        ("Mbps", "Mbps", "megabit per second", "megabits per second"),
        ("coulomb", "coulomb", "coulomb", "coulombs"),
        ("GiB", "GiB", "gibibyte", "gibibytes"),
        ("centuries", "century", "century", "centuries"),
    ],
)
def test_a_unit_has_a_symbol_and_a_name_in_words(text: str, symbol: str, one: str, many: str) -> None:
    label = parse_unit(text).label
    assert (label.symbol, label.one, label.many) == (symbol, one, many)


@pytest.mark.parametrize(
    ("text", "described"),
    [("JPY", "JPY (Japanese yen)"), ("km/h", "km/h (kilometers per hour)"), ("count", "count"), ("percent", "percent")],
)
def test_a_message_tells_a_unit_as_written_and_what_it_is_called(text: str, described: str) -> None:
    assert str(parse_unit(text)) == described


NAMES = sorted({*unit_names.OWN_NAMES, *unit_names.vocabulary(), *currency_codes()})


def test_every_name_has_a_symbol_that_is_the_same_unit() -> None:
    for name in NAMES:
        unit = parse_unit(name)
        again = parse_unit(unit.label.symbol)
        assert (again.dimension, again.factor, again.offset) == (unit.dimension, unit.factor, unit.offset), name
        assert "_" not in unit.label.one + unit.label.many


factors = st.tuples(
    st.sampled_from(["m", "kg", "hours", "JPY", "count", "%", "°C", "inches", "DEM"]), st.integers(-3, 3)
)


@given(st.lists(factors.filter(lambda factor: factor[1] != 0), min_size=1, max_size=5))
def test_the_symbol_of_a_compound_is_the_same_unit(parts: list[tuple[str, int]]) -> None:
    unit = parse_unit("*".join(f"{name}^{power}" for name, power in parts))
    again = parse_unit(unit.label.symbol)
    assert (again.dimension, again.factor) == (unit.dimension, unit.factor)
    assert again.label == unit.label
