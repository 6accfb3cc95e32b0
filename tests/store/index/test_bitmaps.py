"""Bitmaps to and from bytes and arrays."""

from __future__ import annotations

from array import array

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from app.store.index.bitmaps import bitmap_of, bitmap_of_mask, joined, numbers_in, pack, unpack

# Numbers near each other make runs, far ones containers of their own.
stretches = st.tuples(st.integers(0, 300_000), st.integers(1, 20)).map(lambda s: range(s[0], s[0] + s[1]))
numbers = st.lists(stretches, max_size=12).map(lambda some: [number for stretch in some for number in stretch])


@given(numbers)
def test_numbers_come_back_from_their_bytes(some: list[int]) -> None:
    assert unpack(pack(array("I", some))) == BitMap(some)
    assert unpack(pack(BitMap(some))) == BitMap(some)


@given(st.lists(st.integers(0, 2**32 - 1), max_size=20))
def test_large_numbers_come_back_from_their_bytes(some: list[int]) -> None:
    assert unpack(pack(array("I", some))) == BitMap(some)


@given(st.lists(numbers, min_size=1, max_size=4))
def test_stored_numbers_are_joined(some: list[list[int]]) -> None:
    assert unpack(joined([pack(array("I", each)) for each in some])) == BitMap([n for each in some for n in each])


@given(numbers, st.integers(0, 5_000_000))
def test_bitmaps_come_from_arrays(some: list[int], more: int) -> None:
    length = max(some, default=0) + 1 + more  # far more than there are numbers, or not
    assert bitmap_of(np.array(some, np.int64), length) == BitMap(some)
    assert numbers_in(bitmap_of(np.array(some, np.int64), length)).tolist() == sorted(set(some))


@given(st.lists(st.sampled_from([5, 4097, 65_536, 70_000]), max_size=4), st.integers(1, 400_000))
def test_bitmaps_come_from_masks(filled: list[int], length: int) -> None:
    mask = np.zeros(length, np.bool_)
    for place, count in enumerate(filled):
        mask[place * 65_536 : place * 65_536 + count] = True
    assert bitmap_of_mask(mask) == BitMap(np.flatnonzero(mask).tolist())
