"""Names as they are compared, and as the index of what is typed has them."""

from __future__ import annotations

import hashlib
from typing import Final

from app.domain.text.text_cache import text_cache
from app.domain.text.tokenizer import fold_name, tokens

MAX_START: Final = 500  # characters: PostgreSQL's B-trees refuse entries of more than 2,704 bytes


@text_cache(20_000)
def folded(text: str) -> str:
    """A name as it is compared and indexed: folded; its digest where that is long, itself where nothing is left."""
    name = fold_name(text) or text
    return name if len(name.encode()) <= 1000 else sha256_of(name)


def sha256_of(text: str) -> str:
    """The SHA-256 of a text, as keys have it."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def starts_of(name: str) -> list[tuple[str, bool]]:
    """Index entries of a name: its words from each of them on, and whether that is the first. No duplicates."""
    words = tokens(name)
    starts = dict.fromkeys(" ".join(words[at:])[:MAX_START] for at in range(len(words)))
    return [(start, at == 0) for at, start in enumerate(starts)]
