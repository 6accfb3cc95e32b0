"""A set of whole numbers that an import of millions can afford."""

from __future__ import annotations


class Flags:
    """A set of small whole numbers, at one bit each."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> None:
        """Put a number in."""
        if number >> 3 >= len(self._bits):
            self._bits.extend(bytes((number >> 3) + 1024 - len(self._bits)))
        self._bits[number >> 3] |= 1 << (number & 7)

    def __contains__(self, number: int) -> bool:
        return number >> 3 < len(self._bits) and bool(self._bits[number >> 3] >> (number & 7) & 1)
