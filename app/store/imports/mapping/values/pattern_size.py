"""The size of a pattern once it is compiled, told before that: what a count repeats is compiled as often.

`a{20000000}` takes gigabytes and seconds that nothing interrupts; `(a{1000}){1000}` as much as `a{1000000}`.
"""

from __future__ import annotations

import re
from typing import Final

from app.errors import BadValue, shown_value

MAX_SIZE: Final = 10_000  # signs, each as often as it is repeated at least; some 3 MB
MAX_COUNT: Final = 1_000_000  # of a repetition, as in {0,1000000}
_PART: Final = re.compile(
    r"""\\.                                     # a sign that is escaped
      | \[\^?\]?(?:\\.|[^\]\\])*+\]             # a set
      | \{\s*(?P<least>\d*)\s*(?:(?P<comma>,)\s*(?P<most>\d*)\s*)?\}
      | \{[^{}()\[\]]*\}                         # errors that are let pass, as in {e<=1}
      | .""",
    re.DOTALL | re.VERBOSE,
)


def check_size(pattern: str) -> None:
    """Raise BadValue for a pattern whose repetitions make it too large, nested ones multiplied.

    Brackets that do not match are not told here.
    """
    open_groups, total, last = [], 0, 0  # of the group that is open, and of its last part
    for found in _PART.finditer(pattern):
        sign = found[0]
        if sign == "(":
            open_groups.append(total)
            total = last = 0
        elif sign == ")" and open_groups:
            last = total + 1
            total = open_groups.pop() + last
        elif sign[0] == "{" and len(sign) > 1:
            least = _least(found, pattern)
            total += last * (least - 1)
            last *= least
        elif sign not in "*+?":
            last = 1
            total += 1
        if total + sum(open_groups) > MAX_SIZE:
            told = f"{shown_value(pattern)} repeats too much: with all its counts it has over {MAX_SIZE:,} signs"
            raise BadValue(f"{told}; write smaller counts, or * and +")


def _least(found: re.Match[str], pattern: str) -> int:
    """The number of times that a count repeats at least, or once. Raises BadValue for a count that is too large."""
    counts = [count for count in (found["least"], found["most"]) if count]
    if any(len(count.lstrip("0")) > len(str(MAX_COUNT)) or int(count) > MAX_COUNT for count in counts):
        told = f"{shown_value(pattern)} repeats over {MAX_COUNT:,} times"
        raise BadValue(f"{told}: write a smaller count in {shown_value(found[0])}, or * and +")
    return max(int(found["least"] or 0), 1)
