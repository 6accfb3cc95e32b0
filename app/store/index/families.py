"""Families: the kinds of numbered things that the index has terms and columns of.

Numbers of each family are dense (1, 2, 3, …), given in the order of commit, and never change what they mean: a posting
is a bitmap of them, a column an array with one value for each (entry 0 is nobody's). Claims and speakers have versions;
figures, roles, citations, assessments and relations are elements of one version of a claim, which the column `version`
gives. So two conditions on one figure meet in the postings of figures, and the result is mapped to versions.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.domain.query.registry import MOMENTS

Kinds = dict[str, type[np.generic]]


@dataclass(frozen=True, eq=False)  # each is itself alone, and hashed as fast as that
class Family:
    """One family. letter: its terms begin with it. columns: their names, and the type of their values."""

    name: str
    letter: bytes
    columns: Kinds


_DAYS: Final[Kinds] = {"first_day": np.int32, "last_day": np.int32}  # day numbers; (0, -1) where wholly unknown
_OWNER: Final[Kinds] = {"version": np.uint32}

CLAIM: Final = Family(
    "claim",
    b"c",
    _DAYS | {"claim": np.uint32, "speaker": np.uint32} | dict.fromkeys(MOMENTS, np.int64),  # µs since 1970
)
SPEAKER: Final = Family("speaker", b"s", {"speaker": np.uint32})  # versions of speakers, and whose they are
ROLE: Final = Family("role", b"r", _OWNER)
FIGURE: Final = Family(
    "figure",
    b"f",
    _OWNER | _DAYS | {"low": np.float64, "high": np.float64, "value": np.float64},  # in base units
)  # days: of the period; value: what is sorted by
CITATION: Final = Family("citation", b"z", _OWNER | _DAYS)  # days: of publication
ASSESSMENT: Final = Family("assessment", b"a", _OWNER)
RELATION: Final = Family("relation", b"l", _OWNER)

ELEMENTS: Final = (ROLE, FIGURE, CITATION, ASSESSMENT, RELATION)
FAMILIES: Final = (CLAIM, SPEAKER, *ELEMENTS)
BY_NAME: Final = {family.name: family for family in FAMILIES}

LONGEST: Final = 2600  # bytes of a key: indexes of PostgreSQL take no entry of more than 2,704
CUT: Final = 2500


def key_of(family: Family, term: bytes) -> bytes:
    """How postings are stored under a term: the letter before it. A digest is in place of what is too long of it."""
    key = family.letter + term
    if len(key) <= LONGEST:
        return key
    return key[:CUT] + hashlib.blake2b(key, digest_size=16).hexdigest().encode()


def column_names(family: Family) -> list[str]:
    """The names of a family's columns, as they are stored."""
    return [f"{family.name}.{name}" for name in family.columns]


PLACES: Final = {family: place for place, family in enumerate(FAMILIES)}
_LASTS: Final = f"<{len(FAMILIES)}I"


class Lasts(tuple[int, ...]):
    """The last number of each family, in the order of FAMILIES."""

    __slots__ = ()

    def of(self, family: Family) -> int:
        """The last number of a family."""
        return self[PLACES[family]]

    def packed(self) -> bytes:
        """The bytes that are stored."""
        return struct.pack(_LASTS, *self)

    @classmethod
    def unpacked(cls, stored: bytes) -> Lasts:
        """The numbers that were stored."""
        return cls(struct.unpack(_LASTS, stored))


NO_NUMBERS: Final = Lasts([0] * len(FAMILIES))
