"""A cache bounded in bytes, whose values are right up to a revision."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import NamedTuple

from pyroaring import BitMap

from app.store.index.bitmaps import bytes_of


class Cached(NamedTuple):
    """A bitmap with all its numbers of the revisions until one. Later ones may be missing."""

    bitmap: BitMap
    revision: int
    size: int


NOTHING = Cached(BitMap(), 0, 0)


class Cache:
    """The bitmaps that were used last, up to a number of bytes. Threads may share it.

    A bitmap is never changed once it is here: a longer one takes its place.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self._values: OrderedDict[Hashable, Cached] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Cached:
        """The bitmap of a key, as far as it is known."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return NOTHING
            self._values.move_to_end(key)
            return found

    def put(self, key: Hashable, bitmap: BitMap, revision: int) -> None:
        """Store a bitmap, unless one of a later revision is stored already."""
        cached = Cached(bitmap, revision, bytes_of(bitmap) + 100)
        with self._lock:
            before = self._values.get(key, NOTHING)
            if before.revision > revision:
                return
            self._values[key] = cached
            self._values.move_to_end(key)
            self.size += cached.size - before.size
            while self.size > self.most:
                self.size -= self._values.popitem(last=False)[1].size
