"""How units are shown to a reader: in print (`km/h`, `m²`, `%`) and in words (`kilometers per hour`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from app.domain.quantities.unit_grammar import raised, read_factors
from app.domain.quantities.unit_names import words_for


@dataclass(frozen=True, slots=True)
class UnitLabel:
    """A unit as readers see it. The stored unit stays as it was written.

    symbol: in print, with the symbols of SI, codes of ISO 4217, and the words of units that have neither; can be read
    as a unit again, the same one. one, many: in words, after 1 and after other numbers (American spelling).
    """

    symbol: str
    one: str
    many: str


@lru_cache(maxsize=4096)
def label_of(text: str) -> UnitLabel:
    """The label of a unit that is known to be one: `kilometers/hour` is `km/h`, one `kilometer per hour`."""
    factors = [(words_for(name), power) for name, power in read_factors(text)]
    times = [(words, power) for words, power in factors if power > 0]
    per = [(words, -power) for words, power in factors if power < 0]
    if not times:
        symbol = "·".join(words.symbol + raised(-power) for words, power in per)
    else:
        symbol = "·".join(_symbol(words.symbol, power) for words, power in times)
        symbol += "".join("/" + _symbol(words.symbol, power) for words, power in per)
    singles = [_in_words(words.one, power) for words, power in times]
    plurals = [*singles[:-1], *(_in_words(words.many, power) for words, power in times[-1:])]
    shared = "-".join(_in_words(words.one, power) for words, power in per)
    one, many = ("-".join(words) for words in (singles, plurals))
    if shared:
        one, many = f"{one} per {shared}".strip(), f"{many} per {shared}".strip()
    return UnitLabel(symbol, one, many)


def _symbol(symbol: str, power: int) -> str:
    return symbol if power == 1 else symbol + raised(power)


def _in_words(word: str, power: int) -> str:
    if power <= 3:
        return ("", "square ", "cubic ")[power - 1] + word
    return f"{word} to the power of {power}"
