"""Advice on amounts of CO2 in units that carbon dioxide has not here (`short tons CO2e`, `lb CO2/MWh`, `grains CO2e`).

A suggestion of the bare mass would be of another quantity, and of tCO2e alone of another value.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from app.domain.quantities.unit_grammar import plain, shown
from app.domain.quantities.unit_hints import certain_units, near_units

KNOWN: Final = "gCO2e, kgCO2e, tCO2e, ktCO2e, MtCO2e and GtCO2e"

_WEIGHTED: Final = r"(?=.*(?:CO2|dioxide)[\s_-]?e)"  # milligrams of CO2 itself are of what is in the air

# Unit and factor of each mass, exact: the avoirdupois pound is 0.45359237 kg by the agreement of 1959.
_MASSES: Final = {
    r"(?:short|US|U\.S\.|net|American)[\s_-]tons?|s\.?tons?|tons?[\s_-]\(?(?:US|short)\)?": ("tCO2e", "0.90718474"),
    r"(?:long|UK|U\.K\.|gross|imperial|British)[\s_-]tons?|l\.?tons?": ("tCO2e", "1.0160469088"),
    r"lbs?\.?|pounds?": ("kgCO2e", "0.45359237"),
    r"oz\.?|(?:avoirdupois[\s_-])?ounces?": ("gCO2e", "28.349523125"),
    r"stones?": ("kgCO2e", "6.35029318"),
    rf"(?:(?-i:mg)|milligram(?:me)?s?){_WEIGHTED}": ("gCO2e", "0.001"),
    rf"(?:(?-i:[µμu]g|mcg)|microgram(?:me)?s?){_WEIGHTED}": ("gCO2e", "0.000001"),
}
_SCALES: Final = {"thousand": 1_000, "million": 1_000_000}
_GAS: Final = r"[\s_-]*(?:of[\s_]+)?(?:CO2|carbon[\s_]dioxide)(?:[\s_-]?(?:eq?|equiv(?:alents?)?))?\.?"
_WRITTEN: Final = tuple(
    (
        re.compile(rf"(?:(?P<scale>{'|'.join(_SCALES)})s?[\s_](?:of[\s_])?)?(?:{mass}){_GAS}", re.IGNORECASE),
        unit,
        factor,
    )
    for mass, (unit, factor) in _MASSES.items()
)
_ANY_GAS: Final = re.compile(r".+(?:CO2|dioxide)[\s_-]?(?:eq?|equiv(?:alents?)?)\.?", re.IGNORECASE)
_OVER: Final = re.compile(r"\s*/\s*|\s+per\s+")


def gas_advice(text: str) -> str | None:
    """The sentence on a unit with a mass of CO2 that is none: the unit to write, and how to write the value. Where the
    rest is no unit, it tells what stands in place of the mass alone. None for all else.
    """
    pieces = _OVER.split(plain(text))
    masses = {at: mass for at, piece in enumerate(pieces) if (mass := _mass(piece))}
    if not masses:
        return None
    replaced = [masses[at][0] if at in masses else piece for at, piece in enumerate(pieces)]
    value = " and ".join(f"{'divided by' if at else 'times'} {factor:f}" for at, (_, factor) in masses.items())
    told = " ".join(_told(pieces[at]) if at == min(masses) else f"{shown(pieces[at])} is none." for at in masses)
    if units := certain_units("/".join(replaced)):
        return f"{told} Write the unit {' or '.join(units)}, and the value {value}."
    in_place = " and ".join(f"{unit} in place of {shown(pieces[at])}" for at, (unit, _) in masses.items())
    told = f"{told} Write {in_place}, and the value {value}."
    rest = [piece for at, piece in enumerate(pieces) if piece and at not in masses]
    # Of `kWh*year` below, only the order is wrong: it can be read alone.
    unknown = [piece for piece in rest if not certain_units(piece)] or [piece for piece in rest if not _is_read(piece)]
    return f"{told} The rest cannot be read: {', '.join(map(shown, unknown))}." if unknown else told


def known_gases(text: str) -> str | None:
    """The units that there are of CO2, for a unit with an amount of CO2e that is none, is no known mass and is near no
    unit. None for all else, as where that amount can be read and what stands beside it cannot.
    """
    if near_units(text):
        return None
    pieces = _OVER.split(plain(text))
    return next((_told(one) for one in pieces if _ANY_GAS.fullmatch(one) and not _is_read(one)), None)


def _is_read(piece: str) -> bool:
    return piece in certain_units(piece)


def _mass(piece: str) -> tuple[str, Decimal] | None:
    """The unit to write for a mass of CO2 that is none, and its factor."""
    for written, unit, number in _WRITTEN:
        if found := written.fullmatch(piece):
            factor = Decimal(number) * _SCALES.get((found["scale"] or "").casefold(), 1)
            return unit, factor.normalize()
    return None


def _told(piece: str) -> str:
    return f"{shown(piece)} is no unit: of CO2 there are {KNOWN}."
