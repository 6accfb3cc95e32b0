from __future__ import annotations

import pytest
from babel import Locale, localedata

from app.domain.text.decimal_marks import writes_decimal_comma


@pytest.mark.parametrize(
    ("tag", "comma"),
    [
        ("de", True), ("de-AT", True), ("DE-ch", False), ("es", True), ("es-MX", False), ("pt-BR", True),
        ("fr-CA", True),
        ("en", False), ("en-DE", False), ("ja", False), ("sr-Latn-RS", True), ("", False), (None, False),
        ("deu", False),
    ],
)  # fmt: skip
def test_a_language_has_a_decimal_mark(tag: str | None, comma: bool) -> None:
    assert writes_decimal_comma(tag) is comma


def decimal_mark(locale: Locale) -> str:
    symbols = locale.number_symbols
    return str((symbols.get("latn") or next(iter(symbols.values())))["decimal"])


# English texts have a point wherever they are written, it seems, and languages of some countries follow a neighbour.
FOLLOW_THEIR_COUNTRY = ("ar", "en", "ms", "qu", "sw")


def test_decimal_marks_are_those_of_the_cldr() -> None:
    locales = [Locale.parse(one) for one in localedata.locale_identifiers()]
    known = [one for one in locales if len(one.language) == 2 and not one.script]
    differing = {
        str(locale)
        for locale in known
        if (decimal_mark(locale) == ",") is not writes_decimal_comma(str(locale).replace("_", "-"))
    }
    assert {one.partition("_")[0] for one in differing} <= set(FOLLOW_THEIR_COUNTRY)
