"""Places of labels in a chart: beside their points, where they cover neither each other nor another point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.charts.look import TEXT_SIZE

LETTER: Final = 0.58 * TEXT_SIZE  # pixels that a digit is wide, and somewhat more
GAP: Final = 9  # pixels between a point and its label
_HALF: Final = 5  # pixels of a point to either side


@dataclass(frozen=True)
class Box:
    """A part of a chart, in pixels from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether two have anything in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def box_around(x: float, y: float) -> Box:
    """The box of a point."""
    return Box(x - _HALF, y - _HALF, x + _HALF, y + _HALF)


PLACES: Final[dict[str, tuple[str, int, int]]] = {  # alignment, and the steps of GAP to the right and down
    "right": ("left", 1, 0),
    "left": ("right", -1, 0),
    "above": ("center", 0, -1),
    "below": ("center", 0, 1),
}


def places_of(
    texts: Sequence[str], points: Sequence[tuple[float, float]], taken: Sequence[Box], within: Box
) -> list[str]:
    """For each text the name of a place beside its point, or nothing where there is no room. taken: boxes that are to
    stay free of labels, beside those of the points.
    """
    filled = [*taken, *(box_around(*point) for point in points)]
    found = []
    for text, (x, y) in zip(texts, points, strict=True):
        for place, (alignment, right, down) in PLACES.items():
            wide = len(text) * LETTER
            left = x + right * GAP - {"left": 0.0, "right": wide, "center": wide / 2}[alignment]
            middle = y + down * (GAP + TEXT_SIZE / 2)
            box = Box(left, middle - TEXT_SIZE / 2, left + wide, middle + TEXT_SIZE / 2)
            is_within = within.left <= box.left and box.right <= within.right
            if is_within and within.top <= box.top and not any(map(box.meets, filled)):
                filled.append(box)
                found.append(place)
                break
        else:
            found.append("")
    return found
