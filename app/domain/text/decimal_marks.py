"""Languages that write decimals with a comma, so that a dot between digits groups them there: 1.500 is 1500.

From the Unicode CLDR, for languages that have a code of two letters. Stored words follow from it: a change is a new
WORD_RULES in tokenizer.py.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_COMMA: Final = """
    af az be bg br bs ca cs cv da de el eo es et eu ff fi fo fr fy gl hr ht hu hy ia id ie is it jv ka kk kl ku ky lb ln
    lo lt lu lv mk nb nl nn no nr pl ps pt rn ro ru rw sc se sg sk sl sq sr ss su sv tg tk tr ts tt uk uz ve vi wo
"""
# The United States' way in America, and the Swiss one.
_POINT: Final = """
    de-ch de-li it-ch es-419 es-br es-bz es-cu es-do es-gt es-hn es-mx es-ni es-pa es-pe es-pr es-sv es-us
"""
_WITH_COMMA, _WITH_POINT = frozenset(_COMMA.split()), frozenset(_POINT.split())


@lru_cache(1024)
def writes_decimal_comma(tag: str | None) -> bool:
    """Whether texts in the language with this BCP 47 tag have a comma as decimal mark; False where it is unknown."""
    language, *others = (tag or "").lower().split("-")
    return language in _WITH_COMMA and not any(f"{language}-{other}" in _WITH_POINT for other in others)
