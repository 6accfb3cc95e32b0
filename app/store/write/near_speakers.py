"""Stored speakers that a few new ones may be one with, found by the index of what is typed: HTTP writes ask, while
others wait for the lock. Names with a whole word of a new one are looked at, so many for each; of common words, those
with another word that begins alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection

from app.domain.text.tokenizer import tokens
from app.store.database.fetching import fetch_rows

MOST_NEW: Final = 20  # names that are looked for
MOST_WORDS: Final = 4  # of a name, the longest
ENTRIES: Final = 100  # of the index that one look finds
PASSED: Final = 2_000  # entries that one look passes over
START: Final = 2  # letters of a word that begins alike

_LAST: Final = "\U0010ffff"
_NEXT: Final = "!"  # comes behind the blank, which stands between words
_ENTRIES: Final = (
    "SELECT speaker_id FROM speaker_words WHERE words >= ? AND words < ? AND speaker_id <= ?"
    " ORDER BY words, speaker_id, n LIMIT ?"
)
_BESIDE: Final = (
    "SELECT speaker_id FROM (SELECT speaker_id, n FROM speaker_words WHERE words >= ? AND words < ?"
    " AND speaker_id <= ? ORDER BY words, speaker_id, n LIMIT ?) AS entry WHERE EXISTS (SELECT 1 FROM speaker_words own"
    " WHERE own.speaker_id = entry.speaker_id AND own.n = entry.n AND own.words >= ? AND own.words < ?)"
    " ORDER BY speaker_id LIMIT ?"
)


def near_speakers(connection: Connection, names: Iterable[str], last: int) -> list[int]:
    """The numbers of speakers, up to `last`, with names that share words with these; of common words, not all."""
    found: set[int] = set()
    for statement, values in dict.fromkeys(one for name in islice(names, MOST_NEW) for one in _looks(name, last)):
        found |= {number for (number,) in fetch_rows(connection, statement, *values)}
    return sorted(found)


def _looks(name: str, last: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Statements for the entries that begin with a whole word of a name, or with its words in one; and for those that
    begin like another word beside it.
    """
    words = sorted(set(tokens(name)), key=lambda word: (-len(word), word))[:MOST_WORDS]
    whole = "".join(tokens(name))
    for start, end in (
        *((word, word + _NEXT) for word in words),
        (whole, whole + _LAST),
        (whole[:3], whole[:3] + _LAST),
    ):
        yield _ENTRIES, (start, end, last, ENTRIES)
    for word in words[:2]:
        for other in words:
            if other != word:
                start = other[:START]
                yield _BESIDE, (start, start + _LAST, last, PASSED, word, word + _NEXT, ENTRIES)
