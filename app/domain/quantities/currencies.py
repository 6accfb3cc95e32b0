"""Currencies: the codes that ISO 4217 lists today, those of the past, and what they are called in English.

Claims about the past name marks and lire. ISO's list has only what is in use; the Unicode CLDR keeps every code that it
ever had, with names, so that what was recorded in a currency stays readable when the currency goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

_NONE, _TESTING = "XXX", "XTS"  # codes of ISO 4217 that are no currency
_OFTEN_MEANT = "USD EUR GBP JPY CNY KRW INR RUB CHF AUD CAD DEM FRF ITL ESP NLG"


def is_currency(text: str) -> bool:
    """True for the code of a currency of today or of the past, in capitals."""
    return len(text) == 3 and text.isupper() and (text in _current() or text in _past())


@cache
def currency_codes() -> tuple[str, ...]:
    """All codes: those that are often meant first, then those in use, then those of the past."""
    often = _OFTEN_MEANT.split()
    return tuple(dict.fromkeys([*often, *sorted(_current()), *sorted(_past())]))


def currency_name(code: str, *, plural: bool = False) -> str:
    """The English name of a currency: `Japanese yen`, `German mark`, `German marks`."""
    from babel.numbers import get_currency_name

    name = get_currency_name(code, count=2 if plural else 1, locale="en")
    return name if name != code else _current()[code]


def currencies_called(words: str) -> tuple[str, ...]:
    """Codes of the currencies that go by a name or the last word of it, or by a sign: `swiss francs`, `yen`, `A$`."""
    return _by_name().get(" ".join(words.casefold().split()), ())


@cache
def _current() -> Mapping[str, str]:
    from iso4217 import Currency  # 20 ms, as its XML is read

    return {item.code: item.currency_name for item in Currency if item.code not in (_NONE, _TESTING)}


@cache
def _past() -> frozenset[str]:
    # CLDR has a few codes that never were of ISO 4217: those of private use today (CNH) have no end and are no tender.
    from babel.core import get_global

    rows = (row for territory in get_global("territory_currencies").values() for row in territory)
    return frozenset(code for code, _, end, tender in rows if end or tender) - _current().keys()


@cache
def _by_name() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code in currency_codes():
        for name in _called(code):
            found[name] = (*found.get(name, ()), code)
    return found


def _called(code: str) -> Iterator[str]:
    from babel import Locale

    names = {currency_name(code).casefold(), currency_name(code, plural=True).casefold()}
    yield from sorted(names | {name.split()[-1] for name in names})
    sign = Locale("en").currency_symbols.get(code, code).casefold()
    if sign != code.casefold() and sign not in names:
        yield sign
