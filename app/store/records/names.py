"""Names as they are compared."""

from __future__ import annotations

import hashlib

from app.domain.text.text_cache import text_cache
from app.domain.text.tokenizer import fold_name


@text_cache(50_000)
def folded(text: str) -> str:
    """A name as it is compared and indexed: folded; its digest where that is long, itself where nothing is left."""
    name = fold_name(text) or text
    return name if len(name.encode()) <= 1000 else sha256_of(name)


def sha256_of(text: str) -> str:
    """The SHA-256 of a text, as keys have it."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
