"""Places in the feed of changes: after a revision, or after one change inside of it.

As text a place is `412.9f86d081`, a revision with its mark, and inside of a revision the part and the number behind it:
`412.9f86d081.3.1024`. To clients it is opaque. A revision's bare number is taken, too, and is bound to no history.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from app.errors import BadRequest
from app.store.database.tables import TYPES

SOURCES, METRICS, SPEAKERS, CLAIMS, MERGES, ENDS = 0, 1, 2, 3, 4, 8  # parts of a revision, in the order of the feed
IN_ORDER: Final = tuple(sorted(TYPES))  # of records: merges and ends have a part for each
WHOLE: Final = ENDS + len(IN_ORDER)
MOST: Final = (1 << 53) - 1  # no number is higher

_TEXT: Final = re.compile(r"(\d{1,15})(?:\.([0-9a-f]{8})(?:\.(\d|1[01])\.(\d{1,15}))?)?")


class Place(NamedTuple):
    """A place after a change: its revision, the part of it, and the number there. By default after all of it."""

    revision: int
    part: int = WHOLE
    number: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether it is after a whole revision."""
        return self.part == WHOLE

    def shown(self, mark: str) -> str:
        """The place as text. mark: that of its revision (see Moment.mark)."""
        return mark if self.is_complete else f"{mark}.{self.part}.{self.number}"

    def after(self, part: int) -> tuple[int, int]:
        """The place as seen from a part: the last revision, and the last number in it, that are before."""
        if part == self.part:
            return self.revision, self.number
        return self.revision, MOST if part < self.part else 0


BEGINNING: Final = Place(0)


def read_place(text: str) -> tuple[Place, str | None]:
    """The place that a text is, and the mark that its revision is to have, if it says so. Raises BadRequest."""
    found = _TEXT.fullmatch(text)
    if found is None or not text.isascii():
        told = (
            f"{text[:80]!r} is no place in the changes: write the number of a revision, or `next` of an answer as it is"
        )
        raise BadRequest.of("since", "bad-since", told)
    revision, mark, part, number = found.groups()
    place = Place(int(revision)) if part is None else Place(int(revision), int(part), int(number))
    return place, mark and f"{place.revision}.{mark}"


def type_in(part: int) -> str:
    """The type of record that a part of merges or of ends is of."""
    return IN_ORDER[(part - MERGES) % len(IN_ORDER)]


def part_of(first: int, prefix: str) -> int:
    """The part of the merges or ends, which begin with `first`, of a type of record."""
    return first + IN_ORDER.index(prefix)
