"""Results of lists: a page of documents joined, how many there are, and where the page ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Total:
    """How many records a query finds: exactly (`eq`), or at least (`gte`)."""

    value: int
    relation: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the number in the id of its last record; of a claim also its first day, and in other orders
    than by that the key that it is sorted by first.
    """

    number: int
    day: int = 0
    key: int | float | None = None


@dataclass(frozen=True)
class Facet:
    """The largest groups of all that is found. groups_total: how many there are. other_count: the counts of the rest.
    spanning: claims whose date lies in several groups; None of what is no date.
    """

    groups: list[dict[str, Any]]  # each a value, None for an unknown one, and its count
    groups_total: int
    other_count: int
    spanning: int | None


@dataclass(frozen=True)
class Page:
    """Documents joined by a comma and a new line, and what a reader needs to go on."""

    documents: bytes
    end: Place | None  # None where there are no more
    total: Total | None
    revision: int
    mark: str  # of the revision: see Moment.mark
    notes: tuple[str, ...] = ()  # why nothing was found, and what was perhaps meant otherwise
    languages: tuple[str | None, ...] = ()  # that the words of each document are searched by, where that was asked for
    tag: str = ""  # what its ETag names of the moment, of a page of claims: see Moment.tag
    more: dict[str, object] = field(default_factory=dict)  # what else the answer says in `meta`
    facets: Mapping[str, Facet] | None = None

    @property
    def has_more(self) -> bool:
        """Whether there is a next page."""
        return self.end is not None
