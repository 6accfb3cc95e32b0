"""Figures: decimals as written, bounds from comparators, and the intervals that queries compare."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import inf, nextafter
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.quantities.figures import (
    COMPARATORS,
    Bounds,
    Interval,
    asked_interval,
    bounds_of,
    interval_of,
    lies_in,
    meets,
    parse_decimal,
)
from app.domain.quantities.units import Unit, convert, parse_unit
from app.domain.record.records_in import FigureIn, check_record
from app.errors import BadValue

COUNT = parse_unit("count")


@pytest.mark.parametrize(
    ("given_value", "written"),
    [
        ("1.50", "1.50"),
        ("4000", "4000"),
        ("-0.10", "-0.10"),
        ("+5", "5"),
        (".5", "0.5"),
        ("23e6", "2.3E+7"),
        ("1E-30", "1E-30"),
        ("9" * 31, "9" * 31),
        ("1." + "0" * 37, "1." + "0" * 37),
        ("0.000", "0.000"),
        ("007", "7"),
        (180, "180"),
        (-(10**31) + 1, "-" + "9" * 31),
        (0.1, "0.1"),
        (1e22, "1E+22"),
        (Decimal("1.50"), "1.50"),
    ],
)
def test_a_number_keeps_its_digits(given_value: object, written: str) -> None:
    assert str(parse_decimal(given_value)) == written


@pytest.mark.parametrize(
    "given_value",
    [
        "",
        " ",
        "1 ",
        "1 000",
        "1,000",
        "1_000",
        "NaN",
        "Infinity",
        "-inf",
        "sNaN",
        "٣",
        "１",
        "1e31",
        "1e-31",
        "1e400",
        "0e400",
        "1e9999999999999999999",
        "1." + "0" * 38,
        "1" * 39,
        pytest.param("1" * 1_000_000, id="megabyte"),
        "0x10",
        "1/2",
        "5%",
        "--1",
        ".",
        "1\0",
        "\ud800",
        "e5",
        "1e",
        True,
        None,
        [],
        {},
        b"1",
        float("nan"),
        float("inf"),
        1e300,
        5e-324,
        10**31,
        pytest.param(10**100_000, id="huge"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("1e400"),
        Decimal("0." + "1" * 99),
    ],
)
def test_other_numbers_are_refused(given_value: object) -> None:
    with pytest.raises(BadValue) as refusal:
        parse_decimal(given_value)
    assert len(str(refusal.value).encode()) < 200


@pytest.mark.parametrize(
    ("text", "suggestions"),
    [
        ("-1,234,567.50", ("-1234567.50",)),
        ("1 000 000", ("1000000",)),
        ("1\u202f000", ("1000",)),
        ("1'000", ("1000",)),
        ("1_000", ("1000",)),
        ("−5", ("-5",)),
        ("٤٠٠٠", ("4000",)),
        (" 5 ", ("5",)),
        ("5 million", ("5e6",)),
        ("1.5bn", ("1.5e9",)),
        ("1.000,50", ("1000.50",)),
        ("1.234.567,89", ("1234567.89",)),
        ("-1.234.567", ("-1234567",)),
        ("0.000.001", ()),
        ("007.500.000", ()),
        ("012.345,6", ()),
        ("0,000,001", ()),
        ("007 500", ()),
        ("1.23.456,7", ()),
        ("1,5 million", ("1.5e6",)),
        ("7,5 %", ("7.5",)),
        ("1.234,5\u00a0%", ("1234.5",)),
        ("7.5 percent", ("7.5",)),
        ("1,5", ("1.5",)),
        ("5 m", ()),
        ("17%", ("17",)),
        ("-1.50 %", ("-1.50",)),
        ("1e99%", ()),
        ("%", ()),
        ("999999999 trillion trillion", ()),
        ("9999999999999999999999999 trillion", ()),
    ],
)
def test_a_number_that_is_not_plain_is_answered_with_the_one_it_means(text: str, suggestions: tuple[str, ...]) -> None:
    with pytest.raises(BadValue) as refusal:
        parse_decimal(text)
    assert refusal.value.suggestions == suggestions


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("12a4", "'12a4' is no plain number, for 'a' at position 3"),
        ("1.5.2", "for '.' at position 4"),
        ("1e", "for its end"),
        ("1e-x", "for 'x' at position 4"),
        ("5%", "write 5, and percent as the unit"),
        ("1e31", "'1E+31' is out of range: figures are 0, or from 1e-30 to below 1e31"),
        ("1." + "0" * 38, "has 39 digits: at most 38 are stored"),
        ("1" * 200, "has 200 characters"),
        (float("nan"), "NaN is no figure: write a finite number"),
        (True, "A number is expected, and this is of type bool"),
    ],
)
def test_a_refusal_says_where_and_what_is_wrong(value: object, message: str) -> None:
    with pytest.raises(BadValue) as refusal:
        parse_decimal(value)
    assert message in str(refusal.value)


decimals = st.builds(
    lambda sign, digits, exponent: Decimal((sign, digits, exponent)),
    st.integers(0, 1),
    st.lists(st.integers(0, 9), min_size=1, max_size=38).map(tuple),
    st.integers(-67, 30),
).filter(lambda number: -30 <= number.adjusted() <= 30 and len(number.as_tuple().digits) <= 38)


@given(decimals)
def test_digits_come_back_as_given(number: Decimal) -> None:
    assert parse_decimal(str(number)).as_tuple() == number.as_tuple()
    assert parse_decimal(number).as_tuple() == number.as_tuple()
    if -38 < number.as_tuple().exponent <= 0:  # type: ignore[operator]  # finite
        assert f"{parse_decimal(f'{number:f}'):f}" == f"{number:f}"


@given(decimals, st.sampled_from(["1.50", "0.10", "100", "4000"]))
def test_a_figure_keeps_the_digits_of_its_value(number: Decimal, high: str) -> None:
    figure = FigureIn.model_validate({"metric": "staff", "value": str(number)})
    assert figure.value is not None
    assert figure.value.as_tuple() == (number if number else abs(number)).as_tuple()
    bounds = FigureIn.model_validate({"metric": "staff", "low": "-1.0", "high": high}).bounds
    assert (str(bounds.low), str(bounds.high)) == ("-1.0", high)


@given(st.text() | st.text("0123456789.eE+-,_ ", max_size=140))
def test_any_text_is_a_number_or_a_bad_value(text: str) -> None:
    try:
        assert parse_decimal(text).is_finite()
    except BadValue as refusal:
        str(refusal).encode()
        for suggestion in refusal.suggestions:
            parse_decimal(suggestion)


@pytest.mark.parametrize(
    ("comparator", "value", "low", "high"),
    [
        ("exactly", "5", "5", "5"),
        ("about", "4000", "4000", "4000"),
        ("at_least", "5", "5", None),
        ("more_than", "5", "5", None),
        ("at_most", "23000000", None, "23000000"),
        ("less_than", "5", None, "5"),
    ],
)
def test_bounds_follow_from_the_comparator(comparator: str, value: str, low: str | None, high: str | None) -> None:
    follows = Bounds(low and Decimal(low), high and Decimal(high))  # type: ignore[arg-type]
    assert bounds_of(comparator, Decimal(value), None, None) == follows
    assert bounds_of(comparator, Decimal(value), follows.low, follows.high) == follows


def test_given_bounds_may_have_other_digits() -> None:
    bounds = bounds_of("exactly", Decimal("1.50"), Decimal("1.5"), None)
    assert str(bounds.low) == "1.50"


def test_between_has_bounds() -> None:
    assert bounds_of("between", None, Decimal(1), Decimal(2)) == Bounds(Decimal(1), Decimal(2))
    assert bounds_of("between", None, Decimal(1), Decimal(1)) == Bounds(Decimal(1), Decimal(1))


@pytest.mark.parametrize("comparator", ["between", "about"])
def test_an_estimate_stands_within_bounds_of_its_own(comparator: str) -> None:
    for low, value, high in ((1, 2, 3), (1, 1, 3), (1, 3, 3), (2, 2, 2)):
        own = Bounds(Decimal(low), Decimal(high))
        assert bounds_of(comparator, Decimal(value), own.low, own.high) == own


@pytest.mark.parametrize(
    ("figure", "comparator"),
    [
        ({"value": "5.20", "low": "4.8", "high": "5.6"}, "between"),
        ({"value": 5, "low": 5, "high": "5.0"}, "exactly"),
        ({"value": 5, "low": 4, "high": 6, "comparator": "about"}, "about"),
        ({"low": 4, "high": 6}, "between"),
        ({"value": 5, "low": None, "high": ""}, None),
        ({"value": 5, "low": 4}, None),
        ({"value": 7, "low": 4, "high": 6}, None),
        ({"value": 5, "low": 4, "high": 6, "comparator": "exactly"}, None),
        ({"value": 5, "low": 4, "high": 6, "comparator": "at_least"}, None),
    ],
    ids=str,
)
def test_what_has_bounds_that_are_not_its_value_is_between_them(figure: Any, comparator: str | None) -> None:
    checked, problems = check_record(FigureIn, {"metric": "m", **figure})
    assert bool(problems) == (comparator is None)
    assert (checked and checked.comparator) == comparator


@pytest.mark.parametrize(
    ("comparator", "value", "low", "high", "message"),
    [
        ("between", "3", "1", "2", "The value 3 is not between low 1 and high 2"),
        ("between", "1", None, None, "needs low and high beside its value 1"),
        ("about", "3", "1", "2", "The value 3 is not between low 1 and high 2"),
        ("about", "1", "0", None, "low 1 and high 1, which contradicts the given low 0 and high null"),
        ("exactly", "1", "0", "2", "write between where the value is an estimate within both"),
        ("between", None, "1", None, "low 1 has no high beside it: give both, or value 1 with comparator at_least"),
        ("between", None, None, "2", "high 2 has no low beside it: give both, or value 2 with comparator at_most"),
        ("between", None, None, None, "needs a value, or else low and high"),
        ("between", None, "2", "1", "low 2 is above high 1"),
        ("exactly", None, "1", "1", "needs a value"),
        ("at_most", "23", "5", None, "low null and high 23, which contradicts the given low 5 and high null"),
        (
            "at_least",
            "23",
            None,
            "24",
            "low 23 and high null, which contradicts the given low null and high 24",
        ),
        ("exactly", "1", "2", None, "contradicts"),
        ("atmost", "1", None, None, "no comparator"),
        ("\ud800" * 10**6, "1", None, None, "no comparator"),
    ],
)
def test_contradictory_bounds_are_refused(
    comparator: str, value: str | None, low: str | None, high: str | None, message: str
) -> None:
    numbers = [None if text is None else Decimal(text) for text in (value, low, high)]
    with pytest.raises(BadValue, match=message) as refusal:
        bounds_of(comparator, *numbers)
    str(refusal.value).encode()


def test_a_misspelled_comparator_gets_a_suggestion() -> None:
    with pytest.raises(BadValue) as refusal:
        bounds_of("atmost", Decimal(1), None, None)
    assert refusal.value.suggestions == ("at_most",)


@pytest.mark.parametrize(
    ("comparator", "bounds", "expected"),
    [
        ("exactly", ("5", "5"), Interval(5.0, 5.0)),
        ("at_least", ("5", None), Interval(5.0, inf)),
        ("more_than", ("5", None), Interval(nextafter(5.0, inf), inf)),
        ("less_than", (None, "0"), Interval(-inf, nextafter(0.0, -inf))),
        ("between", ("-1", "2"), Interval(-1.0, 2.0)),
    ],
)
def test_a_figure_stands_for_this_interval(
    comparator: str, bounds: tuple[str | None, str | None], expected: Interval
) -> None:
    low, high = (None if text is None else Decimal(text) for text in bounds)
    assert interval_of(comparator, Bounds(low, high), COUNT) == expected


def test_a_change_by_a_ratio_needs_a_ratio() -> None:
    four, half = Bounds(Decimal(4), Decimal(4)), Bounds(Decimal(50), Decimal(50))
    assert interval_of("exactly", four, parse_unit("ratio"), change="ratio") == Interval(4.0, 4.0)
    assert interval_of("exactly", half, parse_unit("%"), change="ratio") == Interval(0.5, 0.5)
    with pytest.raises(BadValue, match="ratio"):
        interval_of("exactly", four, COUNT, change="ratio")
    with pytest.raises(BadValue, match="no change"):
        interval_of("exactly", four, COUNT, change="increase")


def test_a_difference_of_temperature_has_no_zero_point() -> None:
    bounds, celsius = Bounds(Decimal("1.5"), Decimal("1.5")), parse_unit("°C")
    assert interval_of("about", bounds, celsius, change="difference") == Interval(1.5, 1.5)
    assert interval_of("about", bounds, celsius) == Interval(274.65, 274.65)
    assert asked_interval(celsius, eq=Decimal("1.5"), difference=True) == Interval(1.5, 1.5)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, Interval(-inf, inf)),
        ({"eq": 5}, Interval(5, 5)),
        ({"gte": 1, "lte": 2}, Interval(1, 2)),
        ({"gt": 1, "lt": 2}, Interval(nextafter(1, inf), nextafter(2, -inf))),
        ({"gt": 1, "gte": 1}, Interval(nextafter(1, inf), inf)),
        ({"eq": 5, "gte": 5}, Interval(5, 5)),
        ({"eq": 5, "gt": 5}, None),
        ({"gt": 5, "lt": 5}, None),
        ({"gte": 5, "lt": 5}, None),
        ({"gte": 6, "lte": 5}, None),
    ],
)
def test_conditions_ask_one_interval(asked: dict[str, int], expected: Interval | None) -> None:
    assert asked_interval(COUNT, **{name: Decimal(value) for name, value in asked.items()}) == expected  # type: ignore[arg-type]


def test_up_to_23_million_possibly_but_not_certainly_exceeds_10_million() -> None:
    bounds = bounds_of("at_most", Decimal(23_000_000), None, None)
    figure = interval_of("at_most", bounds, parse_unit("JPY"))
    over = asked_interval(parse_unit("JPY"), gt=Decimal(10_000_000))
    under = asked_interval(parse_unit("JPY"), lt=Decimal(100_000_000))
    assert over
    assert under
    assert (meets(figure, over), lies_in(figure, over)) == (True, False)
    assert (meets(figure, under), lies_in(figure, under)) == (True, True)


# Whole numbers of the first unit are terminating decimals of the second.
EXACT_PAIRS = [
    ("h", "s"), ("km", "m"), ("percent", "ratio"), ("count/h", "count/day"), ("MWh", "J"), ("lb", "g"), ("ft", "m"),
    ("°C", "K"), ("GiB", "bit"), ("km/h", "km/day"), ("kg*m^2/s^2", "kJ"), ("W*h", "kWh"), ("year", "day"),
]  # fmt: skip


@given(st.sampled_from(EXACT_PAIRS), st.sampled_from(COMPARATORS), st.integers(-(10**9), 10**9), st.integers(0, 10**6))
def test_equal_amounts_in_different_units_are_equal_intervals(
    pair: tuple[str, str], comparator: str, whole: int, width: int
) -> None:
    one, other = map(parse_unit, pair)
    values = [Decimal(whole), Decimal(whole + width)]
    change = "difference" if width % 2 else None
    converted = [convert(value, one, other, difference=change is not None) for value in values]

    def interval(given: list[Decimal], unit: Unit) -> Interval:
        between = comparator == "between"
        bounds = bounds_of(comparator, *((None, given[0], given[1]) if between else (given[0], None, None)))
        return interval_of(comparator, bounds, unit, change=change)

    assert interval(values, one) == interval(converted, other)
    assert asked_interval(one, eq=values[0]) == asked_interval(other, eq=convert(values[0], one, other))


class Range(NamedTuple):
    """The plain definition: a set of reals from low to high, each end in it or not; None where unbounded."""

    low: Fraction | None
    low_in: bool
    high: Fraction | None
    high_in: bool

    def is_empty(self) -> bool:
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and not (self.low_in and self.high_in))

    def meets(self, other: Range) -> bool:
        lows = [(low, not low_in) for low, low_in, _, _ in (self, other) if low is not None]
        highs = [(high, high_in) for _, _, high, high_in in (self, other) if high is not None]
        (low, low_out), (high, high_in) = max(lows, default=(None, True)), min(highs, default=(None, False))
        return not Range(low, not low_out, high, high_in).is_empty()

    def lies_in(self, other: Range) -> bool:
        low_fits = other.low is None or (
            self.low is not None and (other.low, not other.low_in) <= (self.low, not self.low_in)
        )
        high_fits = other.high is None or (
            self.high is not None and (self.high, self.high_in) <= (other.high, other.high_in)
        )
        return low_fits and high_fits


SCALES: list[tuple[str, int | Fraction]] = [
    ("count/h", 24),
    ("count/day", 1),
    ("count/year", Fraction(4, 1461)),
]
numbers = st.integers(-40, 40).map(lambda n: Decimal(n) / 4)
scaled = st.sampled_from(SCALES)


@given(st.sampled_from(COMPARATORS), numbers, numbers, scaled, st.data())
def test_meeting_and_lying_in_agree_with_the_plain_definition(
    comparator: str, one: Decimal, other: Decimal, scale: tuple[str, int | Fraction], data: st.DataObject
) -> None:
    low, high = sorted((one, other))
    between = comparator == "between"
    bounds = bounds_of(comparator, *((None, low, high) if between else (one, None, None)))
    figure = interval_of(comparator, bounds, parse_unit(scale[0]))
    ends = [None if bound is None else Fraction(bound) * scale[1] for bound in (bounds.low, bounds.high)]
    meant = Range(ends[0], comparator != "more_than", ends[1], comparator != "less_than")

    unit, times = data.draw(scaled)
    operators = data.draw(st.dictionaries(st.sampled_from(["eq", "gt", "gte", "lt", "lte"]), numbers))
    asked = asked_interval(parse_unit(unit), **operators)  # type: ignore[arg-type]
    wanted = _wanted({name: Fraction(value) * times for name, value in operators.items()})

    assert (asked is None) == wanted.is_empty()
    if asked is not None:
        assert meets(figure, asked) == meets(asked, figure) == meant.meets(wanted)
        assert lies_in(figure, asked) == meant.lies_in(wanted)


def _wanted(operators: dict[str, Fraction]) -> Range:
    lows = [(value, name == "gt") for name, value in operators.items() if name in ("eq", "gt", "gte")]
    highs = [(value, name != "lt") for name, value in operators.items() if name in ("eq", "lt", "lte")]
    (low, low_out), (high, high_in) = max(lows, default=(None, True)), min(highs, default=(None, False))
    return Range(low, not low_out, high, high_in)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("1500,5", "1500.5"), ("0,125", "0.125"), ("-3,14", "-3.14"), ("1234,567", "1234.567"), ("1,500", "1500"),
     ("12,345,678", "12345678"), ("1,2,3", None), ("1,", None), (",5", None)],
)  # fmt: skip
def test_a_comma_is_a_decimal_mark_where_it_cannot_group_thousands(text: str, meant: str | None) -> None:
    with pytest.raises(BadValue) as caught:
        parse_decimal(text)
    assert caught.value.suggestions == (() if meant is None else (meant,))
