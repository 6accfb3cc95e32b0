"""Currencies: which codes there are, of today and of the past, and what they are called."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from iso4217 import Currency

from app.domain.quantities.currencies import currencies_called, currency_codes, currency_name, is_currency
from app.domain.quantities.units import convert, parse_unit
from app.errors import BadValue


def test_every_code_of_iso_4217_that_is_a_currency_is_carried() -> None:
    codes = {item.code for item in Currency} - {"XXX", "XTS"}
    assert len(codes) > 150
    assert codes <= set(currency_codes())


@pytest.mark.parametrize("code", ["DEM", "ITL", "FRF", "GRD", "SUR", "DDM", "YUM", "ZWD", "TRL", "HRK", "BGN", "XEU"])
def test_a_currency_of_the_past_is_a_dimension_of_its_own(code: str) -> None:
    unit = parse_unit(f"{code}/year")
    assert unit.dimension == f"{code}·time^-1"
    with pytest.raises(BadValue, match=r"cannot be given in EUR \(euros\)"):
        convert(Decimal(1), parse_unit(code), parse_unit("EUR"))


@pytest.mark.parametrize("code", ["XXX", "XTS", "CNH", "BTC", "ZZZ", "usd", "Usd", "ＵＳＤ", "US", "USDX", ""])
def test_what_is_no_currency_is_none(code: str) -> None:
    assert not is_currency(code)


@pytest.mark.parametrize(
    ("code", "one", "many"),
    [
        ("JPY", "Japanese yen", "Japanese yen"),
        ("USD", "US dollar", "US dollars"),
        ("EUR", "euro", "euros"),
        ("DEM", "German mark", "German marks"),
        ("XDR", "special drawing rights", "special drawing rights"),
    ],
)
def test_a_currency_has_an_english_name(code: str, one: str, many: str) -> None:
    assert (currency_name(code), currency_name(code, plural=True)) == (one, many)


def test_every_currency_has_a_name_that_is_not_its_code() -> None:
    for code in currency_codes():
        assert re.fullmatch("[A-Z]{3}", code)
        assert currency_name(code, plural=True) not in ("", code)


def test_a_name_finds_the_currencies_that_are_often_meant_first() -> None:
    assert currencies_called("Japanese  YEN") == ("JPY",)
    assert currencies_called("francs")[:2] == ("CHF", "FRF")
    assert currencies_called("dollars")[0] == "USD"
    assert currencies_called("doubloons") == ()
