"""Advice on units that hold a scale (`MEUR`, `Mio. EUR`, `bn USD`, `€m`, `million people`): it belongs to the value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from app.domain.quantities.currencies import is_currency
from app.domain.quantities.unit_grammar import shown
from app.domain.quantities.unit_hints import certain_units, near_units

# The powers of ten that each scale may mean: words in any case, then scales of money alone, as they are written (`mm`
# and `Mt` are units, `tn` may be a tonne). Several powers where languages or trades differ: `mil` is a thousand in
# Spanish and a million in Slovak, `billion` is 10^9 in English and 10^12 in German, `T` is Tausend or a trillion, `M`
# is mega or the Roman thousand, `m€` and `MM€` may be a thousand and a thousand million in Spain, `G` is giga or grand.
_WORDS: Final = {
    (2,): "hundred hundreds",
    (3,): "'000 ’000 000 thousand thousands thsd tsd tausend mille millier milliers",
    (3, 6): "mil",
    (5,): "lakh lakhs",
    (6,): "million millions mio mln mill millionen millones milioni miljoen milhões",
    (7,): "crore crores",
    (9,): "bn mrd mld mia milliard milliards milliarde milliarden miliardi miljard",
    (9, 12): "billion billions bln",
    (12, 18): "trillion trillions trln",
}
_MONEY: Final = {
    (3,): "k K",
    (3, 6): "m M",
    (3, 9): "G",
    (3, 12): "T t",
    (6,): "mn Mn",
    (6, 9): "mm MM",
    (7,): "cr",
    (9,): "Md",
    (9, 12): "b B",
    (12,): "tn Tn trn",
}
_OF_GAS: Final = ("mn", "Mn")  # of money, and of masses of CO2 as well: `mn tCO2e`
SCALES: Final = {word: powers for powers, words in _WORDS.items() for word in words.split()}
_OF_MONEY: Final = {letters: powers for powers, some in _MONEY.items() for letters in some.split()}

_OVER: Final = re.compile(r"\s*/\s*|\s+per\s+")


def _any(names: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


# A scale before the unit or behind it, joined to nothing but a sign or capitals (`k€`, `bnUSD`, `EURm`). `B$`, `G$` and
# `T$` are signs of other dollars than the American.
_SCALED: Final = tuple(
    re.compile(pattern)
    for scale in (rf"(?P<word>(?i:{_any(SCALES)}))", rf"(?![BGT]\$)(?P<letters>{_any(_OF_MONEY)})")
    for pattern in (
        rf"{scale}(?:[\s._-]+(?:of\s+)?|(?=[A-Z]|[^\w\s]))(?P<unit>.+)",
        rf"(?P<unit>.+?)(?:[\s._-]+|(?<=[A-Z]|[^\w\s])){scale}\.?",
    )
)


def scale_advice(text: str) -> str | None:
    """The sentence on a unit that cannot be read and holds a scale: the unit without it, and how to write the value.

    A scale that means several powers of ten is told with all of them: one that is not meant would be recorded unseen.
    None for one that has no scale, or is near a unit as it is.
    """
    if any("*" not in unit for unit in near_units(text)):  # `GBP m` may be a product, but is none
        return None
    over = _OVER.search(text)
    amount, rest = (text[: over.start()], text[over.start() :]) if over else (text, "")
    for scaled in _SCALED:
        found = scaled.fullmatch(amount)
        units = certain_units(found["unit"] + rest) if found else ()
        if found is None or not units:
            continue
        letters = found.groupdict().get("letters")
        if letters and not _has_scale(letters, [unit.partition("/")[0] for unit in units]):
            continue
        powers = _OF_MONEY[letters] if letters else SCALES[found["word"].casefold()]
        unit, factors = " or ".join(units), " or ".join(f"{10**power:,}" for power in powers)
        is_, by = ("is", factors) if len(powers) == 1 else ("may be", "the one that is meant")
        value = f"the value times {by} (2.5 as {' or '.join(f'2.5e{power}' for power in powers)})"
        return f"{shown(text)} {is_} {factors} {unit}: numbers belong to the value. Write the unit {unit}, and {value}."
    return None


def _has_scale(letters: str, amounts: list[str]) -> bool:
    """Whether the letters are a scale of these amounts: of money, or of CO2."""
    return all(map(is_currency, amounts)) or (letters in _OF_GAS and any("CO2e" in amount for amount in amounts))
