"""A text in which many strings are looked for.

To look for one string is to scan the text. After some scans an index of the text is worth its making: where each piece
of a few characters stands, for every piece that starts at a multiple of its size. Wherever a string stands, one of any
few pieces that follow each other in it starts at such a place. Matches in the index are compared in full, so that
both ways give the same answer.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

_SIZES: Final = (16, 8)  # characters of a piece; the smaller ones are for short strings
_SCANS: Final = 50  # the pieces take as long to gather as 50 (of 16) to 200 (of 8) scans
_MAX_PLACES: Final = 2_000  # to compare so many takes about as long as a scan
_MAX_LOOKED_UP: Final = 300  # characters of a string, among which its rarest pieces are chosen
_NEAR: Final = 20_000  # characters that are scanned faster than looked up


class _Pieces:
    """An index of the places of a text's pieces: a hash table of chains, 20 to 28 bytes for each piece."""

    def __init__(self, text: str, size: int) -> None:
        self._size = size
        number = max(len(text) // size, 1)
        self._mask = mask = (1 << (2 * number - 1).bit_length()) - 1
        first, following, count = (array("I", [0]) * length for length in (mask + 1, number, mask + 1))
        for n, start in enumerate(range(0, len(text) - size + 1, size)):
            bucket = hash(text[start : start + size]) & mask
            following[n] = first[bucket]
            first[bucket] = n
            count[bucket] += 1
        self._first, self._next, self._count = first, following, count

    def suggest(self, string: str) -> list[int] | None:
        """Offsets, in no order, among which are all where the string stands; None where they are too many."""
        size = self._size
        ends = min(len(string), _MAX_LOOKED_UP) - size + 1
        buckets = [hash(string[at : at + size]) & self._mask for at in range(ends)]
        counts = [0, *accumulate(self._count[bucket] for bucket in buckets)]
        fewest, begin = min((counts[at + size] - counts[at], at) for at in range(ends - size + 1))
        if fewest > _MAX_PLACES:
            return None
        return [place for at in range(begin, begin + size) for place in self._chain(buckets[at], at)]

    def _chain(self, bucket: int, at: int) -> Iterator[int]:
        n = self._first[bucket]
        for _ in range(self._count[bucket]):
            yield n * self._size - at
            n = self._next[n]


def _size_for(string: str) -> int:
    """The largest size of pieces of which the string holds a whole one, wherever it stands; 0 for a short string."""
    return next((size for size in _SIZES if len(string) >= 2 * size - 1), 0)


class Haystack:
    """A text, and what was learnt of it while strings were looked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._scanned: Counter[int] = Counter()  # characters, by the size of pieces that would have helped
        self._pieces: dict[int, _Pieces] = {}

    def starts(self, string: str, low: int, high: int) -> Iterator[int]:
        """The offsets where the string stands in text[low:high], ascending; overlapping ones too."""
        known = self._known_starts(string, low, high) if high - low > _NEAR else None
        return self._scan(string, low, high) if known is None else iter(known)

    def _scan(self, string: str, low: int, high: int) -> Iterator[int]:
        start = low - 1
        while True:
            begin = start + 1
            start = self.text.find(string, begin, high)
            self._scanned[_size_for(string)] += (high if start < 0 else start) - begin
            if start < 0:
                return
            yield start

    def _known_starts(self, string: str, low: int, high: int) -> list[int] | None:
        size = _size_for(string)
        if not size:
            return None
        if size not in self._pieces:
            if self._scanned[size] < _SCANS * len(self.text):
                return None
            self._pieces[size] = _Pieces(self.text, size)
        places = self._pieces[size].suggest(string)
        if places is None:
            return None
        fits = (at for at in set(places) if low <= at <= high - len(string) and self.text.startswith(string, at))
        return sorted(fits)
