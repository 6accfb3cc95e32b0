"""Advice on units that hold a scale (`MEUR`, `Mio. EUR`, `bn USD`, `€m`, `million people`): it belongs to the value."""

from __future__ import annotations

import re
from typing import Final

from app.domain.quantities.currencies import is_currency
from app.domain.quantities.unit_grammar import shown
from app.domain.quantities.unit_hints import near_units

# The power of ten of each scale, of words in any case. Those of few letters are scales of money alone: `Mt` is a unit,
# and `m` is a metre. T is for Tausend, as in German accounts.
_WORDS: Final = {
    2: "hundred hundreds",
    3: "'000 ’000 000 thousand thousands thsd tsd tausend mille millier milliers mil",
    5: "lakh lakhs",
    6: "million millions mio mln mn mill millionen millones milioni miljoen milhões mm",
    7: "crore crores",
    9: "billion billions bn bln mrd mld mia milliard milliards milliarde milliarden miliardi miljard",
    12: "trillion trillions tn trn trln",
}
_LETTERS: Final = {3: "k K T t", 6: "m M", 7: "cr", 9: "b B G md Md"}
_SCALES: Final = {word: power for power, words in _WORDS.items() for word in words.split()}
_OF_MONEY: Final = {letters: power for power, some in _LETTERS.items() for letters in some.split()}

_OVER: Final = re.compile(r"\s*/\s*|\s+per\s+")


def _any(names: dict[str, int]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


# A scale before the unit or behind it, joined to nothing but a sign or capitals (`k€`, `bnUSD`, `EURm`).
_SCALED: Final = tuple(
    re.compile(pattern)
    for scale in (rf"(?P<word>(?i:{_any(_SCALES)}))", rf"(?P<letters>{_any(_OF_MONEY)})")
    for pattern in (
        rf"{scale}(?:[\s._-]+(?:of\s+)?|(?=[A-Z]|[^\w\s]))(?P<unit>.+)",
        rf"(?P<unit>.+?)(?:[\s._-]+|(?<=[A-Z]|[^\w\s])){scale}\.?",
    )
)


def scale_advice(text: str) -> str | None:
    """The sentence on a unit that cannot be read and holds a scale: the unit without it, and how to write the value.

    None for one that has no scale, or is near a unit as it is.
    """
    if any("*" not in unit for unit in near_units(text)):  # `GBP m` may be a product, but is none
        return None
    over = _OVER.search(text)
    amount, rest = (text[: over.start()], text[over.start() :]) if over else (text, "")
    for scaled in _SCALED:
        found = scaled.fullmatch(amount)
        units = near_units(found["unit"] + rest) if found else ()
        if found is None or not units:
            continue
        letters = found.groupdict().get("letters")
        if letters and not all(is_currency(unit.partition("/")[0]) for unit in units):
            continue
        power = _OF_MONEY[letters] if letters else _SCALES[found["word"].casefold()]
        unit, factor = " or ".join(units), f"{10**power:,}"
        value = f"the value times {factor} (2.5 as 2.5e{power})"
        return f"{shown(text)} is {factor} {unit}: numbers belong to the value. Write the unit {unit}, and {value}."
    return None
