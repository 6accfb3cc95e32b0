"""Stems of words: what the forms of one word share, so that a search for one finds the others.

A word is stemmed by the language of the claim it stands in, or where it states none by that of its first source, with
the Snowball algorithms (https://snowballstem.org), after it was folded: without its accents, and so alike however it is
typed.

Stored stems are made by these rules. A change of what `stem` gives, be it by another release of the library, is a new
WORD_RULES in tokenizer.py: then `onrecord migrate` derives all of them anew. A test pins stems of each language.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from threading import Lock
from typing import Final, Protocol

import Stemmer  # type: ignore[import-not-found,import-untyped,unused-ignore]  # compiled, without types

from app.domain.text.marks import MARKS
from app.domain.text.text_cache import text_cache
from app.domain.text.tokenizer import LETTER, tokens

# ISO 639-1 code and algorithm. Not here: porter, which english supersedes; and dutch, which takes -ster for an
# ending: minister and mini are one word in it, as are monster and mon.
_ALGORITHMS: Final = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch_porter",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "st": "sesotho",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
STEMMED: Final = tuple(_ALGORITHMS)

# Norwegian's two written forms, and codes that the IANA registry of language subtags holds for deprecated.
_SAME: Final = {"nb": "no", "nn": "no", "in": "id", "ji": "yi", "mo": "ro"}

# Arabic with an article: then a final heh, which has no meaning there, is a folded teh marbuta.
_DEFINITE = re.compile(r"((?:[وفبك]?ال|[وف]?لل)(?!له\Z)\w{2,})ه")

_LETTERS = re.compile(rf"(?:{LETTER}|[{MARKS}])+")

# A code of letters and digits has no endings but an s (F-35s, COVID-19's). A number has none: the 2020s are not 2020.
_CODE = re.compile(rf"((?:{LETTER}|[{MARKS}])(?:\w|[{MARKS}])*[0-9])s?")
_PLURAL_OR_GENITIVE_S: Final = frozenset(("ca", "da", "de", "en", "es", "fr", "nl", "no", "pt", "sv"))


class _Algorithm(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802  # the library's name


_one_at_a_time = Lock()  # a stemmer works in a buffer of its own


@cache
def _algorithm(code: str) -> _Algorithm:
    stemmer: _Algorithm = Stemmer.Stemmer(_ALGORITHMS[code], 0)  # without a cache of its own
    return stemmer


@lru_cache(1024)
def stem_language(tag: str | None) -> str | None:
    """The language that words of a text with this BCP 47 tag are stemmed in, by its ISO 639-1 code; None without stems.

    The code always has two letters, so that it can be cut off where it precedes a stem.
    """
    code = (tag or "").partition("-")[0].lower()
    code = _SAME.get(code, code)
    return code if code in _ALGORITHMS else None


def stem(language: str | None, token: str) -> str | None:
    """The stem of a token (see tokenizer.py) in the language of a BCP 47 tag; it is a token itself, often the same one.

    None where the language is unknown or has no stemmer, and for what holds more than letters and their marks; but
    where a language has an -s of plurals or genitives, the stem of a code that ends in digits is without it.
    """
    code = stem_language(language)
    return _stem(code, token) if code else None


def other_stems(token: str) -> list[tuple[str, str]]:
    """The stems of a token in all languages in which it has one that is not itself: (language's code, stem).

    It is not cached: all at once take a third of the time that they take one by one.
    """
    if not _LETTERS.fullmatch(token):
        return [(code, own) for code in STEMMED if (own := _stem(code, token)) and own != token]
    with _one_at_a_time:
        each = [(code, _algorithm(code).stemWord(_as_stemmed(code, token))) for code in STEMMED]
    folded = {stemmed: _folded(stemmed, token) for stemmed in {stemmed for _, stemmed in each}}  # few are different
    return [(code, folded[stemmed]) for code, stemmed in each if folded[stemmed] != token]


@text_cache(1 << 14)
def _stem(code: str, token: str) -> str | None:
    if not _LETTERS.fullmatch(token):
        named = _CODE.fullmatch(token) if code in _PLURAL_OR_GENITIVE_S else None
        return named[1] if named else None
    with _one_at_a_time:
        stemmed = _algorithm(code).stemWord(_as_stemmed(code, token))
    return _folded(stemmed, token)


def _as_stemmed(code: str, token: str) -> str:
    """A token of letters as the stemmer of a language takes it."""
    definite = _DEFINITE.fullmatch(token) if code == "ar" else None
    return f"{definite[1]}ة" if definite else token


def _folded(stemmed: str, token: str) -> str:
    """A stem as a token; the token that it is of, where it is no single one."""
    folded = tokens(stemmed)
    return folded[0] if len(folded) == 1 else token
