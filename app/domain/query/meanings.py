"""Meanings: how a filter compares the values that are asked for with a claim, or with one element of it.

Each row of the registry has one, and each is read in one place of the store (see store/search/conditions.py). Most
filters are Equal: of these the row's fact says what is compared, and nothing else needs to be written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

# A fact gives the value of a claim's document, or of an element's, that filters compare: None where there is none, a
# list where there are several, () where there is one that no filter compares. Documents show whole sources.
Fact: TypeAlias = Callable[[dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Equal:
    """One of the values is a value of the fact; or none of them is, or all of them are."""

    how: Literal["any", "none", "all"] = "any"


@dataclass(frozen=True, slots=True)
class Absent:
    """true: the fact has no value; false: it has one."""


@dataclass(frozen=True, slots=True)
class AnyOrEqual:
    """Like Equal; `*` is any value."""


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The fact, which counts from 1 on, has this number."""


@dataclass(frozen=True, slots=True)
class SameRecord:
    """A record is what another field compares by id: of one of these names, keys, identifiers or addresses."""

    field: str
    by: Literal["name", "key", "identifier", "address"]


@dataclass(frozen=True, slots=True)
class Itself:
    """The claims with these ids."""


@dataclass(frozen=True, slots=True)
class Status:
    """The fact has this value; `any` is every claim. Where no filter asks for it, retracted claims are left out."""


@dataclass(frozen=True, slots=True)
class FoundByText:
    """A search text finds it (see query_text.py)."""


@dataclass(frozen=True, slots=True)
class HasWords:
    """All words, or words that begin so, stand in one text: the venue, a title, the names of the speaker."""

    text: Literal["venue", "title", "names"]


@dataclass(frozen=True, slots=True)
class InDays:
    """The date shares a day with the asked one; lies within it; could be at or after it; at or before it."""

    how: Literal["could", "within", "from", "until"] = "could"


@dataclass(frozen=True, slots=True)
class InMoments:
    """The moment of this name in the document is at or after the asked one, or at or before it."""

    how: Literal["from", "until"]


@dataclass(frozen=True, slots=True)
class InValues:
    """A bound of the interval that a figure's value meets, in the unit that is asked for beside it."""

    bound: Literal["eq", "gt", "gte", "lt", "lte"]


@dataclass(frozen=True, slots=True)
class ValueMatch:
    """Whether a figure's value may meet the interval, or must lie within it."""


Meaning: TypeAlias = (
    Equal
    | Absent
    | AnyOrEqual
    | AtLeast
    | SameRecord
    | Itself
    | Status
    | FoundByText
    | HasWords
    | InDays
    | InMoments
    | InValues
    | ValueMatch
)
