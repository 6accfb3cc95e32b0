"""Combining marks (Unicode's categories Mn, Mc and Me), as code points and as the inside of a regular expression's […].

They are looked for once in a process: that takes as long as a hundredth of a command's start.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final


def character_class(codes: Iterable[int]) -> str:
    """The inside of a regular expression's […] that matches these code points (ascending, no ASCII)."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


# None lies above U+1FFFF but the variation selectors, which are invisible.
MARK_CODES: Final = [code for code in range(0x300, 0x20000) if unicodedata.category(chr(code))[0] == "M"]
MARKS: Final = character_class(MARK_CODES)
