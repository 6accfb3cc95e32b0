"""Names of units: which are accepted, what each means, and what it is called in print and in words.

Three vocabularies, in this order: a small one of our own (counting, ratios, time, temperature), currencies, and a
chosen part of pint's, which also gives the factors. Spellings are decided here, because pint reads "c" as the
speed of light, "dB" as decibytes, and takes counts for plain numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from app.domain.quantities.currencies import currency_codes, currency_name, is_currency

# In both tables a unit is its word, other words, then after | its symbol and other spellings. A word may have its
# plural after a colon, else it takes an s if it can.

# Per dimension: the names of a unit = its factor to the base unit + its offset. Years are of 365.25 days
# and months a twelfth of one, as in pint. The acre is 43,560 square feet, so that 640 are a square mile: pint
# has the survey acre, which NIST withdrew in 2022.
_OWN = {
    "count": "count=1",
    "ratio": "ratio=1 percent:percent|%=1/100 permille:permille|‰=1/1000 per_ten_thousand:per_ten_thousand=1/10000"
    " per_hundred_thousand:per_hundred_thousand=1/100000"
    " part_per_million:parts_per_million|ppm=1/1000000 part_per_billion:parts_per_billion|ppb=1/1000000000",
    # The difference of two percentages is not one: 25 basis points are a quarter of a percentage point.
    "percentage_point": "percentage_point|pp=1 basis_point|bp=1/100",
    "index_point": "index_point=1",  # of any index: figures of one metric compare
    "FTE": "full_time_equivalent|FTE,FTEs=1",  # posts, not heads
    # Masses of greenhouse gases, weighted by what they do: no mass of anything.
    "CO2e": "gram_of_CO2e:grams_of_CO2e|gCO2e,gCO2eq=1/1000 kilogram_of_CO2e:kilograms_of_CO2e|kgCO2e,kgCO2eq=1"
    " tonne_of_CO2e:tonnes_of_CO2e|tCO2e,tCO2eq=1000 kilotonne_of_CO2e:kilotonnes_of_CO2e|ktCO2e,ktCO2eq=1000000"
    " megatonne_of_CO2e:megatonnes_of_CO2e|MtCO2e,MtCO2eq=1000000000"
    " gigatonne_of_CO2e:gigatonnes_of_CO2e|GtCO2e,GtCO2eq=1000000000000",
    "time": "second|s,sec=1 minute|min=60 hour|h,hr=3600 day|d=86400 week=604800 fortnight=1209600 month=2629800"
    " year|year,yr=31557600 decade=315576000 century:centuries=3155760000 millennium:millennia=31557600000",
    "temperature": "degree_Celsius:degrees_Celsius|°C,degC,celsius=1+273.15"
    " degree_Fahrenheit:degrees_Fahrenheit|°F,degF,fahrenheit=5/9+45967/180",
    "angle": "arcdegree=1 arcminute=1/60 arcsecond=1/3600",
    "length^2": "acre=4046.8564224",
}

_DOWN = "atto:a femto:f pico:p nano:n micro:µ,μ,u milli:m centi:c deci:d deca:da hecto:h"
_UP = "kilo:k mega:M giga:G tera:T"
_FAR_UP = f"{_UP} peta:P exa:E"
_BYTES = f"{_FAR_UP} zetta:Z yotta:Y kibi:Ki mebi:Mi gibi:Gi tebi:Ti pebi:Pi exbi:Ei"

# Prefixes, and the units that take them, by pint's name. Words take word prefixes, symbols take symbol prefixes. Not
# here: what has two meanings (see MEANINGS) or no exact factor, or shares a dimension with another quantity (gray
# and sievert, lumen and candela). Few write of megatesla, and many of MT of wheat.
_PINT = (
    ("", "inch:inches|in foot:feet|ft yard|yd mile|mi nautical_mile|nmi light_year|ly astronomical_unit|au"),
    ("", "pound|lb,lbs avoirdupois_ounce troy_ounce stone carat short_ton long_ton bushel|bu hectare|ha"),
    ("", "oil_barrel US_liquid_gallon imperial_gallon mile_per_hour:miles_per_hour|mph"),
    ("", "kilometer_per_hour:kilometers_per_hour|kph knot|kn horsepower:horsepower|hp"),
    ("", "metric_horsepower:metric_horsepower british_thermal_unit|Btu,BTU psi:psi atmosphere|atm"),
    ("", "millimeter_Hg:millimeters_Hg|mmHg"),
    (f"{_DOWN} {_UP}", "meter,metre|m second|s ampere|A kelvin|K mole|mol candela|cd liter,litre|L,l"),
    (f"{_DOWN} {_UP}", "hertz|Hz newton|N volt|V ohm|Ω siemens|S becquerel|Bq curie|Ci sievert|Sv katal|kat"),
    (f"{_DOWN} {_UP}", "pascal|Pa bar|bar"),
    (_DOWN, "coulomb|C farad|F weber|Wb tesla|T henry:henries|H"),
    (f"{_DOWN} {_FAR_UP}", "gram,gramme|g joule|J watt|W electron_volt,electronvolt|eV"),
    (f"milli:m micro:µ,μ,u {_FAR_UP}", "watt_hour,watthour|Wh ampere_hour|Ah volt_ampere|VA"),
    (_FAR_UP, "metric_ton,tonne|t tonne_of_oil_equivalent:tonnes_of_oil_equivalent|toe ton_TNT:tons_TNT"),
    (_FAR_UP, "calorie|cal bit_per_second:bits_per_second,baud|bps"),
    (_BYTES, "bit|bit byte|B"),
)
_TAKES_S = re.compile(r".*[a-rt-wy]")

# Words that are refused, or unknown = what to write. Many have several meanings, of which pint takes one: a ton of
# 2,000 pounds, a barrel of 31.5 gallons.
_MEANINGS = (
    "ton=tonne,short_ton,long_ton kt=kilotonne,knot mt=tonne,megatonne kiloton=kilotonne,kiloton_TNT"
    " megaton=megatonne,megaton_TNT pound=lb,GBP ounce,oz=avoirdupois_ounce,troy_ounce C=°C,coulomb F=°F,farad"
    " T=tonne,tesla H=hour,henry degree,deg,°=°C,°F,arcdegree calorie=kcal,cal barrel,bbl=oil_barrel"
    " bps=baud,basis_point gallon,gal=US_liquid_gallon,imperial_gallon"
    " $,us$=USD €=EUR £,sterling=GBP ¥=JPY,CNY yuan,rmb,元=CNY ₩=KRW har=hectare"
    " people,person,human,capita,head,personnel,employee,worker,man,soldier,troop,job,case,death,vehicle,passenger"
    ",household,item,piece,unit,人=count pct,percentage=percent times,x,fold=ratio"
    " point,pt=percentage_point,index_point,basis_point ppt=percentage_point CO2e,CO2eq=tCO2e,kgCO2e"
    " MT_of_dioxide,mtCO2e,mtCO2eq=tCO2e,MtCO2e tCO2=tCO2e,t ktCO2=ktCO2e MtCO2=MtCO2e,Mt GtCO2=GtCO2e,Gt"
    " kgCO2=kgCO2e,kg gCO2=gCO2e,g"
    " annum,a,y=year mo=month wk=week rouble=RUB ₹=INR rs=INR,PKR a$=AUD c$=CAD s$=SGD cfa=XOF,XAF 円=JPY"
    " kmh,kmph,km_h=km/h mps=m/s msec=ms usec=µs mcg=µg cel=°C kb=kbit,kB mb=Mbit,MB gb=Gbit,GB tb=Tbit,TB"
    " DM=DEM FF=FRF Lit=ITL pta,ptas=ESP hfl=NLG bfr=BEF öS=ATS esc=PTE sfr=CHF dkr=DKK skr=SEK nkr=NOK"
    " zł=PLN Kč=CZK Kčs=CSK usd$=USD lire=ITL ph=ratio cc=cm^3 sqm=m^2 sqkm=km^2 sqft=ft^2 sqmi=mi^2"
)


def _meanings() -> Iterator[tuple[str, tuple[str, ...]]]:
    for words, units in (entry.split("=") for entry in _MEANINGS.split()):
        yield from ((word, tuple(units.split(","))) for word in words.split(","))


MEANINGS: Mapping[str, tuple[str, ...]] = {word.casefold(): units for word, units in _meanings()}
"""Words that are no names of units, folded, with what may be meant."""

_NOT_SPELLED = {"pH"} | {word + end for word, units in _meanings() if len(units) > 1 for end in ("", "s")}


class Meaning(NamedTuple):
    """The powers of dimensions that a name stands for, with its factor and offset to their base units."""

    dimensions: Mapping[str, int]
    factor: Fraction
    offset: Fraction = Fraction(0)


class Words(NamedTuple):
    """How a unit is printed: its symbol, and its name in words for one and for many."""

    symbol: str
    one: str
    many: str


class _Spelling(NamedTuple):
    text: str
    name: str  # pint's
    words: Words


def meaning_of(name: str) -> Meaning | None:
    """The meaning of a unit name; None where it is not accepted."""
    if found := OWN_NAMES.get(name):
        return found[0]
    if is_currency(name):
        return Meaning({name: 1}, Fraction(1))
    known = vocabulary().get(name)
    return _defined(known.name) if known else None


def words_for(name: str) -> Words:
    """How a unit that is accepted by this name is printed. A currency has its code for a symbol."""
    if found := OWN_NAMES.get(name):
        return found[1]
    if is_currency(name):
        return Words(name, currency_name(name), currency_name(name, plural=True))
    return vocabulary()[name].words


@cache
def folded_names() -> Mapping[str, tuple[str, ...]]:
    """All names that are accepted, by their spelling without case."""
    folded: dict[str, tuple[str, ...]] = {}
    for name in [*OWN_NAMES, *vocabulary(), *currency_codes()]:
        folded[name.casefold()] = (*folded.get(name.casefold(), ()), name)
    return folded


@cache
def vocabulary() -> Mapping[str, _Spelling]:
    """Every spelling that pint's part of the vocabulary accepts."""
    return {
        spelling.text: spelling
        for prefixes, units in _PINT
        for entry in units.split()
        for spelling in _spellings(entry, prefixes)
        if spelling.text not in _NOT_SPELLED
    }


def _spellings(entry: str, prefixes: str = "") -> Iterator[_Spelling]:
    words, symbols = _parts(entry)
    for prefix in ["", *prefixes.split()]:
        long, _, short = prefix.partition(":")
        marks = short.split(",")
        spelled = [long + form for word in words for form in word]
        spelled += [mark + symbol for mark, symbol in product(marks, symbols)]
        one, many = (form.replace("_", " ") for form in spelled[:2])
        symbol = marks[0] + symbols[0] if symbols else spelled[0]
        shown = Words(spelled[0] if symbol in _NOT_SPELLED else symbol, one, many)
        name = spelled[0].replace("bit_per_second", "baud")  # pint's word for it
        yield from (_Spelling(text, name, shown) for text in dict.fromkeys(spelled))


def _parts(entry: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The words of an entry, each with its plural, and its symbols."""
    words, _, symbols = entry.partition("|")
    pairs = (word.partition(":") for word in words.split(","))
    return (
        [(word, plural or (word + "s" if _TAKES_S.fullmatch(word) else word)) for word, _, plural in pairs],
        [symbol for symbol in symbols.split(",") if symbol],
    )


def _own_names() -> Iterator[tuple[str, tuple[Meaning, Words]]]:
    for dimension, units in _OWN.items():
        base, _, power = dimension.partition("^")
        for entry, _, size in (unit.partition("=") for unit in units.split()):
            factor, _, offset = size.partition("+")
            meaning = Meaning({base: int(power or 1)}, Fraction(factor), Fraction(offset or 0))
            yield from ((spelling.text, (meaning, spelling.words)) for spelling in _spellings(entry))


OWN_NAMES: Mapping[str, tuple[Meaning, Words]] = dict(_own_names())
"""Every spelling of our own units."""


@cache
def _registry() -> Any:
    # Loading takes 0.6 s and 16 MB, so it waits for the first unit that needs it.
    import pint

    return pint.UnitRegistry(non_int_type=Fraction)


@cache
def _defined(name: str) -> Meaning:
    factor, base = _registry().get_base_units(name)
    powers = {dimension.strip("[]"): int(power) for dimension, power in base.dimensionality.items()}
    if "bit" in dict(_registry().Quantity(1, base).unit_items()):  # pint gives bits no dimension
        powers["information"] = 1
    return Meaning(powers, Fraction(factor))
