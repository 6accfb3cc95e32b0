"""Formulas: what a query asks of the index, as plain data that can be printed and compared.

Conditions become a formula (see conditions.py) without a look at the index; `evaluate` turns it into a bitmap (see
evaluation.py). A formula is about the numbers of one family: claims' versions; inside `OfElement` elements of these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from app.domain.query.logic import And, Not, Or


@dataclass(frozen=True, slots=True)
class Terms:
    """One of these terms at least. They stand without the letter of the family."""

    terms: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Beginning:
    """A term that begins so."""

    prefix: bytes


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Words side by side in one text of a claim; single words, and all that is asked of names, are Terms.

    words: two at least; the last one only begins so where open_end. texts: letters out of `qpc`.
    """

    words: tuple[str, ...]
    open_end: bool = False
    texts: str = "qpc"


@dataclass(frozen=True, slots=True)
class Range:
    """The interval of two columns shares something with low … high, ends included; or lies in it where within.

    Days are day numbers, values of figures are in base units; a moment, in µs since 1970, is an interval of one column.
    """

    lows: str
    highs: str
    low: float
    high: float
    within: bool = False


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims with these numbers in their ids."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OfElement:
    """An element of the claim meets a formula of its family: `role`, `figure`, `citation`, `assessment`, `relation`."""

    family: str
    formula: Formula


@dataclass(frozen=True, slots=True)
class OfClaim:
    """The claim that an element is of is visible, and meets a formula for claims: the reverse of OfElement."""

    formula: Formula


@dataclass(frozen=True, slots=True)
class OfSpeaker:
    """The claim's speaker, as it is at the moment, meets a formula of the family `speaker`."""

    formula: Formula


Leaf: TypeAlias = Terms | Beginning | SideBySide | Range | Claims | OfElement | OfClaim | OfSpeaker
Formula: TypeAlias = Leaf | And[Leaf] | Or[Leaf] | Not[Leaf]

EVERYTHING: Final[And[Leaf]] = And(())
NOTHING: Final[Or[Leaf]] = Or(())


def all_of(parts: Iterable[Formula]) -> Formula:
    """All of the parts, as simple as it can be said."""
    different = _different(parts, And)
    if NOTHING in different:
        return NOTHING
    return different[0] if len(different) == 1 else And(different)


def any_of(parts: Iterable[Formula]) -> Formula:
    """Any of the parts, as simple as it can be said."""
    different = _different(parts, Or)
    if EVERYTHING in different:
        return EVERYTHING
    return different[0] if len(different) == 1 else Or(different)


def _different(parts: Iterable[Formula], join: type[And[Leaf]] | type[Or[Leaf]]) -> tuple[Formula, ...]:
    """The parts, and in place of those that are joined alike their own, without repeats."""
    flat = [own for part in parts for own in (part.parts if isinstance(part, join) else (part,))]
    return tuple(dict.fromkeys(flat))


def none_of(part: Formula) -> Formula:
    """The part negated."""
    if part == EVERYTHING:
        return NOTHING
    if part == NOTHING:
        return EVERYTHING
    return part.part if isinstance(part, Not) else Not(part)


def terms(some: Iterable[bytes]) -> Formula:
    """One of these terms at least."""
    found = tuple(some)
    return Terms(found) if found else NOTHING
