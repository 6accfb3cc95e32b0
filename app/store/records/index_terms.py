"""Terms: the facts that the inverted index knows of claims, as numbers of 63 bits.

A term stands for the fact that a field has a value ("topic: cyber defence"): the start of the BLAKE2b digest of both.
It needs no table of terms and no look-up, and two facts of ten million collide with a chance of 5 in a million.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from app.domain.text.text_cache import text_cache


@text_cache(50_000)
def term(field: str, value: object) -> int:
    """The number of the fact that `field` has `value`; the value None stands for an absent one."""
    digest = hashlib.blake2b(f"{field}\x1f{'' if value is None else value}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


EVERY = term("claim", True)  # all claims have it


@lru_cache(maxsize=50_000)
def term_token(number: int) -> str:
    """A term as the full-text indexes have it: 16 hexadecimal digits."""
    return f"{number:016x}"
