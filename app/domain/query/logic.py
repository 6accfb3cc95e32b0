"""And, or, not: what trees of conditions and search texts are made of. Leaves are whatever is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

L = TypeVar("L")


@dataclass(frozen=True, slots=True)
class And(Generic[L]):
    """All of the parts; without parts, everything."""

    parts: tuple[L | And[L] | Or[L] | Not[L], ...]


@dataclass(frozen=True, slots=True)
class Or(Generic[L]):
    """Any of the parts; without parts, nothing."""

    parts: tuple[L | And[L] | Or[L] | Not[L], ...]


@dataclass(frozen=True, slots=True)
class Not(Generic[L]):
    """The part negated."""

    part: L | And[L] | Or[L] | Not[L]
