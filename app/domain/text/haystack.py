"""A text in which many strings are looked for.

To look for one string is to scan the text. After some scans an index of the text is worth its making: where each piece
of a few characters stands, for every piece that starts at a multiple of its size. Wherever a string stands, one of any
few pieces that follow each other in it starts at such a place. Matches in the index are compared in full, so that
both ways give the same answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIZES: Final = (8, 4)  # characters of a piece; the smaller ones are for short strings
_SCANS: Final = 30  # the pieces take as long to gather as 20 (of 8) to 50 (of 4) scans
_MAX_PLACES: Final = 2_000  # to compare so many takes a fifth of a scan
_MAX_LOOKED_UP: Final = 300  # characters of a string, among which its rarest pieces are chosen
_NEAR: Final = 20_000  # characters that are scanned faster than looked up
_TOGETHER: Final = 100_000  # pieces that are hashed at once
_FACTOR: Final = 0x9E3779B97F4A7C15  # odd, its bits evenly mixed: the golden ratio's


class _Pieces:
    """An index of the places of a text's pieces, by their hash: 8 to 12 bytes for each piece."""

    def __init__(self, text: str, size: int) -> None:
        import numpy as np  # most texts are searched a few times, and need no index

        self._size = size
        number = len(text) // size
        bits = max(number - 1, 1).bit_length()
        self._factors = np.array([pow(_FACTOR, power, 1 << 64) for power in range(1, size + 1)], np.uint64)
        self._shift = np.uint64(64 - bits)
        buckets = np.empty(number, np.uint32)
        for first in range(0, number, _TOGETHER):
            some = _codes(text[first * size : min(first + _TOGETHER, number) * size]).reshape(-1, size)
            buckets[first : first + _TOGETHER] = (some @ self._factors) >> self._shift
        self._places = _sorted_places(buckets)
        self._bounds = np.zeros((1 << bits) + 1, np.uint32)  # of each bucket's places
        np.cumsum(np.bincount(buckets, minlength=1 << bits), out=self._bounds[1:])

    def suggest(self, string: str) -> list[int] | None:
        """Offsets, in no order, among which are all where the string stands; None where they are too many."""
        import numpy as np

        size = self._size
        buckets = np.correlate(_codes(string[:_MAX_LOOKED_UP]), self._factors) >> self._shift
        starts, ends = self._bounds[buckets], self._bounds[buckets + 1]
        counts = np.cumsum(ends - starts, dtype=np.int64)
        in_a_row = counts[size - 1 :].copy()
        in_a_row[1:] -= counts[:-size]
        begin = int(in_a_row.argmin())
        if in_a_row[begin] > _MAX_PLACES:
            return None
        rarest = slice(begin, begin + size)
        each = zip(range(begin, begin + size), starts[rarest].tolist(), ends[rarest].tolist(), strict=True)
        return [place * size - at for at, start, end in each for place in self._places[start:end].tolist()]


def _codes(text: str) -> NDArray[Any]:
    """The code points of a text."""
    import numpy as np

    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)


def _sorted_places(buckets: NDArray[Any]) -> NDArray[Any]:
    """The numbers of pieces in the order of their buckets: by the lower 16 bits, then by the upper, for numpy sorts
    such small numbers several times faster than larger ones.
    """
    import numpy as np

    by_lower = np.argsort(buckets.astype(np.uint16), kind="stable").astype(np.uint32)
    return by_lower[np.argsort((buckets[by_lower] >> 16).astype(np.uint16), kind="stable")]


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
