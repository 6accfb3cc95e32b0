"""Bitmaps of numbers to and from bytes and numpy, faster than number by number.

Stored: up to eight numbers as they are, four bytes each; more as the serialised bitmap. The two are told apart by their
length: a serialised bitmap of nine numbers or more is longer than 32 bytes, or consists of runs alone, and then its
length is odd.
"""

from __future__ import annotations

import struct
from array import array
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

RAW: Final = 32  # bytes of eight numbers
SPARSE: Final = 32  # numbers of which fewer than one in so many are set are faster added by themselves
CONTAINER: Final = 1 << 16  # numbers that a bitmap has in one container
MOST_IN_ARRAY: Final = 4096  # numbers in a container above which it is stored as bits
COOKIE: Final = 12346  # how a serialised bitmap without runs begins

Numbers = NDArray[np.uint32]


def pack(numbers: array[int] | BitMap) -> bytes:
    """The bytes that are stored of some numbers."""
    if isinstance(numbers, array) and len(numbers) * 4 <= RAW:
        return numbers.tobytes()
    found = BitMap(numbers)
    if len(found) * 4 <= RAW:
        return found.to_array().tobytes()
    found.run_optimize()
    return found.serialize()


def _is_raw(stored: bytes) -> bool:
    return len(stored) <= RAW and len(stored) % 4 == 0


def unpack(stored: bytes) -> BitMap:
    """The bitmap that was stored."""
    return BitMap(array("I", stored)) if _is_raw(stored) else BitMap.deserialize(stored)


def raw_within(stored: list[bytes], wanted: BitMap) -> bytes:
    """The wanted numbers of what was stored, four bytes each; where they are few, perhaps others as well."""
    if all(map(_is_raw, stored)):
        return b"".join(stored)
    return (BitMap.union(*map(unpack, stored)) & wanted).to_array().tobytes()


def joined(stored: list[bytes]) -> bytes:
    """The bytes of the union of what was stored."""
    if len(stored) == 1:
        return stored[0]
    if sum(map(len, stored)) <= RAW and all(map(_is_raw, stored)):
        return b"".join(stored)
    return pack(BitMap.union(*map(unpack, stored)))


def numbers_in(found: BitMap) -> Numbers:
    """The numbers of a bitmap, ascending."""
    return np.frombuffer(found.to_array(), dtype=np.uint32)


def bytes_of(found: BitMap) -> int:
    """The bytes that a bitmap takes in memory, about."""
    told = found.get_statistics()
    inside = told["n_bytes_array_containers"] + told["n_bytes_run_containers"] + told["n_bytes_bitset_containers"]
    return 200 + 40 * int(told["n_containers"]) + int(inside)


def bitmap_of(numbers: NDArray[Any], length: int) -> BitMap:
    """The bitmap of some numbers below a length, in any order, doubled or not."""
    if len(numbers) * SPARSE < length:
        return BitMap(array("I", numbers.astype(np.uint32).tobytes()))
    mask = np.zeros(length, np.bool_)
    mask[numbers] = True
    return bitmap_of_mask(mask)


def bitmap_of_mask(mask: NDArray[np.bool_]) -> BitMap:
    """The bitmap of the places where a mask is true: containers are written as the format has them, not by number."""
    count = -(-len(mask) // CONTAINER)
    bits = np.zeros(count * CONTAINER // 8, np.uint8)
    packed = np.packbits(mask, bitorder="little")
    bits[: len(packed)] = packed
    containers = bits.reshape(count, -1)
    sizes = np.bitwise_count(containers.view(np.uint64)).sum(axis=1, dtype=np.int64)
    keys = np.flatnonzero(sizes)
    bodies = [
        containers[key].tobytes()
        if sizes[key] > MOST_IN_ARRAY
        else np.flatnonzero(mask[key * CONTAINER : (key + 1) * CONTAINER]).astype(np.uint16).tobytes()
        for key in keys
    ]
    heads = np.stack([keys, sizes[keys] - 1], axis=1).astype(np.uint16)
    start = 8 + 8 * len(keys)
    ends = start + np.cumsum([0, *map(len, bodies)])
    offsets = ends[:-1].astype(np.uint32)
    head = struct.pack("<II", COOKIE, len(keys))
    return BitMap.deserialize(b"".join((head, heads.tobytes(), offsets.tobytes(), *bodies)))
