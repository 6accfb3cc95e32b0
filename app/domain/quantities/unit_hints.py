"""Suggestions for a unit that cannot be read: other spellings, other case, typing errors, names in words, UCUM."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice, product
from operator import add
from unicodedata import normalize

from app.domain.quantities.currencies import currencies_called
from app.domain.quantities.unit_grammar import NAME, plain, read_factors, shown
from app.domain.quantities.unit_names import MEANINGS, folded_names, meaning_of
from app.errors import BadValue

MOST = 3  # suggestions

_NUMBERS = re.compile("hundred|thousand|million|billion|trillion|dozen|lakh|crore|k|m|mn|bn|tn|mln|mio|mrd")

_OVER = re.compile(r"(\s*/\s*|\s+per\s+)")

_ENDS = r"(?=\s*(?:/|\bper\b|$))"
_PER = r"^(?:(?![A-Z]{3}\b)[^\W\d_]{3,}\s+)?(?:per[\s_]+|1?\s*/\s*)"
_PEOPLE = rf"(?:\s+(?:people|persons?|population|inhabitants|residents|capita|of the population))?{_ENDS}"

_MASSES = r"[kKMG]?[tT]|MMT|[kMGTP]?g|(?:kilo|mega|giga)?ton(?:ne)?s?|metric[\s_]tons?|(?:kilo)?gram(?:me)?s?"  # of CO2

_ABBREVIATED = re.compile(rf"([^\W\d_]{{2,}})\.{_ENDS}")  # Lit., Pta./year

# From what is not ours to what may be, one after another.
_REWRITES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"[\u200b-\u200f\u2060\ufeff]", ""),
        (r"º", "°"),
        # German hours and seconds: without their points they are codes of currencies.
        (rf"\b[Ss]td\.{_ENDS}", "hour"),
        (rf"\b[Ss]ek\.{_ENDS}", "second"),
        (rf"\b[Mm]in\.{_ENDS}", "minute"),
        (r"[×∙•⋅]", "*"),
        (rf"{_PER}(?:10[,. ]?000|10k|ten thousand){_PEOPLE}", "per_ten_thousand"),
        (
            rf"{_PER}(?:100[,. ]?000|1,00,000|100k|(?:a )?hundred thousand|(?:1 |a )?lakh){_PEOPLE}",
            "per_hundred_thousand",
        ),
        (rf"{_PER}(?:1[,. ]?000|1k|(?:a )?thousand){_PEOPLE}", "permille"),
        (rf"{_PER}(?:1[,. ]?000[,. ]?000|1m|(?:a )?million){_PEOPLE}", "ppm"),
        (r"\b[Ff]ull[\s_-]time[\s_-](?:equivalent|job|post|worker)s?\b(?:[\s_]\w+)?", "FTE"),
        (r"[\s_-]*(?:\bof[\s_]+)?(?:CO2|[Cc]arbon[\s_]dioxide)[\s_-]?(?:eq?|equiv(?:alents?)?)(?![^\W\d])\.?", "CO2e"),
        (r"\b(?i:(?:metric[\s_])?tons?)CO2e", "tonne_of_CO2e"),
        (r"\b((?i:kilogram|gram|(?:kilo|mega|giga)?tonne))s?CO2e", r"\1_of_CO2e"),
        (r"\[(in|ft|yd|mi|nmi|kn)_(?:i|us)\]", r"\1"),  # UCUM
        (r"\[s(in|ft|yd|mi)_(?:i|us)\]", r"\1^2"),
        (r"\[c(in|ft|yd)_i\]", r"\1^3"),
        (r"\[oz_av\]", "avoirdupois_ounce"),
        (r"\[oz_tr\]", "troy_ounce"),
        (r"\[gal_us\]", "US_liquid_gallon"),
        (r"\[gal_br\]", "imperial_gallon"),
        (r"\[bbl_us\]", "oil_barrel"),
        (r"\[bu_us\]", "bushel"),
        (r"\[car_m\]", "carat"),
        (r"\[ston_av\]", "short_ton"),
        (r"\[lton_av\]", "long_ton"),
        (r"\[Btu\w*\]", "Btu"),
        (r"\[ppth\]", "permille"),
        (r"\[(\w+?)(?:_av|_us|_i)?\]|\{(\w+)\}", r"\1\2"),
        # Masses of CO2 are mostly meant as of greenhouse gases; for all else the substance belongs to the metric.
        (rf"\b({_MASSES})[\s_-]*(?:\bof[\s_]+)?(?:CO2|[Cc]arbon[\s_]dioxide)(?![^\W\d])", r"\1CO2"),
        (r"\b(?:(?:metric[\s_])?ton|tonne)s?CO2|\bMgCO2", "tCO2"),
        (r"\bMTCO2e?(?![^\W\d])", "MT_of_dioxide"),
        (r"\b(?:kilotonne|kiloton)s?CO2|\bGgCO2", "ktCO2"),
        (r"\b(?:megatonne|megaton)s?CO2|\b(?:MMT|Tg)CO2", "MtCO2"),
        (r"\b(?:gigatonne|gigaton)s?CO2|\bPgCO2", "GtCO2"),
        (r"\b(?:kilo(?=g))gram(?:me)?s?CO2", "kgCO2"),
        (r"\bgram(?:me)?s?CO2", "gCO2"),
        # No unit has pounds, ounces or stones of CO2: the mass alone would be another quantity.
        (
            r"(?<!\b[tT])(?<!\b[kKMG][tT])(?<!\bg)(?<!\bkg)(?<!\blb)(?<!lbs)(?<!pound)(?<!pounds)(?<![\s_-])"
            r"(?<!\boz)(?<!ounce)(?<!ounces)(?<!stone)(?<!stones)"
            r"[\s_-]*(?:\bof[\s_]+)?CO2(?![^\W\d])",
            "",
        ),
        # So it does for other substances: their formulas look like units, CH4 like centihenry, C like a temperature.
        (rf"\b({_MASSES})[\s_-]+(?:of[\s_]+)?(?!CO2|[A-Z]{{3}}\b)(?:[A-Z][a-z]?\d*)+(?![^\W\d])", r"\1"),
        (r"\b([kMGT]?W)_?(?:p|e|el|th)\b", r"\1"),  # so does the source of power
        (r"^[1]?/", "count/"),
        (r"^[\d.,]+\s*", ""),
        (r"\b(?:[Ss]quare|[Ss]q)[\s_.]*(\w+)|\b(\w+)[\s_]squared\b", r"\1\2^2"),
        (r"\b(?:[Cc]ubic|[Cc]u)[\s_.]+(\w+)|\b(\w+)[\s_]cubed\b", r"\1\2^3"),
        (r"(?<=[^\W\d])(?<!CO)(-?[2-9]|-1)(?!\d)", r"^\1"),
        (r"\b(?:per[\s-]*cent(?:age)?|%)[\s_-]*(?:points?|pts?)\b|%-points?\b", "percentage_point"),
        (r"\b(basis|index)[\s_-]*(?:points?|pts?)\b", r"\1_point"),
        (r"\bper[\s-]*cent\b", "percent"),
        (r"\s+per\s+", "/"),
        (r"(?<=[^\W\d])[.-](?=[^\W\d])", "*"),
        (r"\s*([/*·])\s*", r"\1"),
        (r"\s+", "*"),
    )
)


def complaint(name: str) -> str:
    """Why a name is no unit, and what would be right."""
    if _NUMBERS.fullmatch(_singular(name)):
        return f"{shown(name)} is a number: numbers belong to the value, units are names such as count."
    if len(_hints(name)) > 1:
        return f"{shown(name)} has several meanings: write {' or '.join(_hints(name))}."
    known = "SI and common units, ISO 4217 codes of currencies, percent, ratio, and count for what is counted"
    return f"{shown(name)} is no known unit: known are {known}."


def near_units(text: str) -> tuple[str, ...]:
    """At most three units that can be read and may be meant by one that cannot, best first."""
    return _units(text, misspelled=True)


def certain_units(text: str) -> tuple[str, ...]:
    """The same without typing errors: a unit that is told with another value must not be of another quantity."""
    return _units(text, misspelled=False)


@lru_cache(maxsize=1024)
def _units(text: str, *, misspelled: bool) -> tuple[str, ...]:
    for candidate in _candidates(text):
        with suppress(BadValue):
            read_factors(candidate)
            names, between = NAME.findall(candidate), NAME.split(candidate)
            options = [
                [unit for unit in _near(name, misspelled) if len(names) == 1 or "/" not in unit] for name in names
            ]
            choices = ("".join(map(add, between, [*choice, ""])) for choice in islice(product(*options), 99))
            if found := tuple(islice(filter(_is_read, choices), MOST)):
                return found
    return ()


def _candidates(text: str) -> Iterator[str]:
    yield plain(text)
    for rewritten in (_with_codes(text), normalize("NFKC", plain(text))):
        rewritten = _ABBREVIATED.sub(_without_point, rewritten)
        for pattern, replacement in _REWRITES:
            rewritten = pattern.sub(replacement, rewritten)
        yield plain(rewritten)


def _without_point(found: re.Match[str]) -> str:
    """A word without its point if it is one of the MEANINGS, or a name as it is: `cts.` is no `cT`."""
    word = found[1]
    return word if word.casefold() in MEANINGS or meaning_of(word) or meaning_of(_one(word)) else found[0]


def _one(word: str) -> str:
    return word.removesuffix("s") if len(word) > 2 else word


def _with_codes(text: str) -> str:
    """The text with codes for currencies that it names in several words: `Swiss francs per year`."""
    pieces = _OVER.split(text)
    pieces[::2] = [next(iter(currencies_called(piece)), piece) if " " in piece else piece for piece in pieces[::2]]
    return "".join(pieces)


def _is_read(text: str) -> bool:
    with suppress(BadValue):
        return all(meaning_of(name) for name, _ in read_factors(text))
    return False


def _near(name: str, misspelled: bool) -> tuple[str, ...]:
    """Names that are accepted and may be meant: itself if it is, else at most three."""
    if meaning_of(name):
        return (name,)
    word, folded = _singular(name), folded_names()
    if _NUMBERS.fullmatch(word):
        return ()
    called = currencies_called(name) or currencies_called(word)
    if known := _hints(name) or folded.get(name.casefold()) or folded.get(word) or called:
        return known[:MOST]
    if not misspelled:
        return ()
    long_names = (known for known in folded if len(known) > 3)
    close = get_close_matches(name.casefold(), long_names, n=MOST, cutoff=0.8)
    return tuple(folded[match][0] for match in close)


def _singular(name: str) -> str:
    return name.casefold().removesuffix("s")


def _hints(name: str) -> tuple[str, ...]:
    return MEANINGS.get(name.casefold()) or MEANINGS.get(_singular(name), ())
