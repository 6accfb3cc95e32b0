"""Speakers for a box that one types into, as of an earlier revision: the same order as that of the entries of today.

The entries of names are those of today alone. The index has the words of all versions of speakers: they are gone
through in their order, and the names of that time that have one are read. So a page reads the names that have the first
words that fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pyroaring import BitMap

from app.store.database.fetching import fetch_rows
from app.store.index.families import SPEAKER
from app.store.records.names import MAX_START, starts_of
from app.store.search.lookups import Asking

TERMS: Final = 500  # words that are gone through at a time

_NAMES: Final = (
    "SELECT n.speaker_id, n.n, n.name FROM speakers s JOIN speaker_names n"
    " ON n.speaker_id = s.id AND n.since = s.since WHERE s.number IN ??"
)


def past_entries(asking: Asking, runs: list[str], typed: str) -> Iterator[tuple[int, int]]:
    """The speakers, and which of their names, best first; one may come several times. runs: what is typed, part by
    part, the longest first; typed: all of it as words.
    """
    if not runs:
        return
    have = asking.view.visible(SPEAKER)
    for run in runs:
        have = have & asking.view.beginning(SPEAKER, f"n{_first(run)}".encode())
    yield from _in_order(asking, typed[:MAX_START], [], have, begins=True)
    yield from _in_order(asking, runs[0][:MAX_START], runs[1:], have, begins=False)


def _first(run: str) -> str:
    return run.partition(" ")[0]


def _in_order(
    asking: Asking, start: str, others: list[str], have: BitMap, *, begins: bool
) -> Iterator[tuple[int, int]]:
    """The entries that begin so, of names that have the other parts, too. begins: only whole names."""
    for word, numbers in _words(asking, _first(start), " " in start):
        entries: list[tuple[str, int, int]] = []
        for speaker_id, n, name in fetch_rows(asking.connection, _NAMES, list(numbers & have)):
            starts = starts_of(name)
            if all(any(words.startswith(other[:MAX_START]) for words, _ in starts) for other in others):
                fitting = (words for words, is_whole in starts if words.startswith(start) and is_whole >= begins)
                entries += ((words, speaker_id, n) for words in fitting if words.partition(" ")[0] == word)
        asking.view.check_deadline()
        yield from ((speaker_id, n) for _, speaker_id, n in sorted(entries))


def _words(asking: Asking, start: str, is_whole: bool) -> Iterator[tuple[str, BitMap]]:
    """The words of names that begin so, in the order of their code points, with the versions that have them."""
    if is_whole:
        yield start, asking.view.postings(SPEAKER, f"n{start}".encode())
        return
    limit = TERMS
    done = 0
    while True:
        terms = asking.view.terms_beginning(SPEAKER, f"n{start}".encode(), limit)
        new = terms[done:]
        each = asking.view.each_postings((SPEAKER, term) for term in new)
        yield from ((term[1:].decode(), numbers) for term, numbers in zip(new, each, strict=True))
        if len(terms) < limit:
            return
        done, limit = len(terms), 4 * limit
