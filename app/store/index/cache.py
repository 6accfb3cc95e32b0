"""A cache bounded in bytes, whose values are right up to a revision."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Final, NamedTuple

from pyroaring import BitMap

from app.store.index.bitmaps import bytes_of


class Cached(NamedTuple):
    """A bitmap with all its numbers of the revisions until one. Later ones may be missing."""

    bitmap: BitMap
    revision: int
    size: int


ENTRY: Final = 300  # bytes that an entry takes beside its key and bitmap


def size_of(key: object) -> int:
    """The bytes that a key takes with all that is in it, about: clients choose how long what they ask is."""
    size = sys.getsizeof(key)
    if isinstance(key, tuple):
        return size + sum(map(size_of, key))
    if is_dataclass(key):
        return size + sum(size_of(getattr(key, field.name)) for field in fields(key))
    return size


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
        cached = Cached(bitmap, revision, bytes_of(bitmap) + size_of(key) + ENTRY)
        with self._lock:
            before = self._values.get(key, NOTHING)
            if before.revision > revision:
                return
            self._values[key] = cached
            self._values.move_to_end(key)
            self.size += cached.size - before.size
            while self.size > self.most:
                self.size -= self._values.popitem(last=False)[1].size
