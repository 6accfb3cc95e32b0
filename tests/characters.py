"""The characters of Unicode that tests go through one by one."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

from tests.asked import some_of

# Scripts of very many letters, which differ in nothing that matters to a search.
ALIKE = ("CJK UNIFIED IDEOGRAPH", "HANGUL SYLLABLE", "TANGUT IDEOGRAPH")
OF_ALIKE = 3_000


@cache
def characters() -> tuple[str, ...]:
    """Every assigned character but private ones and surrogates; of ideographs and syllables some, and all of them in
    the long profile.
    """
    every = [one for one in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(one) not in ("Cn", "Co", "Cs")]
    alike = [one for one in every if unicodedata.name(one, "").startswith(ALIKE)]
    return tuple(sorted({*every} - {*alike} | {*some_of(alike, OF_ALIKE)}))
