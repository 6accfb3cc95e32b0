"""All units that are known by a name, for who looks one up: rates and products are made of these."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from app.domain.quantities.currencies import currency_codes
from app.domain.quantities.unit_names import OWN_NAMES, Words, vocabulary, words_for
from app.domain.quantities.units import parse_unit
from app.domain.text.tokenizer import fold_name


@dataclass(frozen=True)
class UnitRow:
    """A unit: how it is printed and called, and exactly how an amount in it becomes one in the base unit of its
    dimension: times `factor`, plus `offset`, both whole numbers or fractions. names: all spellings that are read so.
    """

    symbol: str
    name: str
    plural: str
    dimension: str
    factor: str
    offset: str
    names: list[str]


def find_units(typed: str, dimension: str | None) -> list[str]:
    """The units with words, or one name, that begin with each part of what is typed; each by its first name. dimension:
    only those of this one, for which pint must define them all.
    """
    starts = [fold_name(part) for part in typed.split()]
    found = [names[0] for words, names in _spelled().items() if _fits([*names, *words], starts)]
    return found if dimension is None else [name for name in found if parse_unit(name).dimension == dimension]


def _fits(names: list[str], starts: list[str]) -> bool:
    words = [word for name in names for word in fold_name(name.replace("_", " ")).split()]
    return all(any(word.startswith(start) for word in words) for start in starts)


def unit_row(text: str) -> UnitRow:
    """A unit that is known by this text, as it is listed: `km`, `JPY/year`."""
    unit = parse_unit(text)
    label, names = unit.label, _names().get(unit.text, [unit.text])
    return UnitRow(label.symbol, label.one, label.many, unit.dimension, str(unit.factor), str(unit.offset), names)


@cache
def _spelled() -> dict[Words, list[str]]:
    """The spellings of each unit: of our own, of pint's, and of currencies."""
    spelled: dict[Words, list[str]] = {}
    for name in dict.fromkeys([*OWN_NAMES, *vocabulary(), *currency_codes()]):
        spelled.setdefault(words_for(name), []).append(name)
    return spelled


@cache
def _names() -> dict[str, list[str]]:
    return {name: names for names in _spelled().values() for name in names}
