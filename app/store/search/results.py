"""Results of reads: one record; or a page of documents joined, and how many there are, counted up to a cap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, literal, select

from app.domain.record.records_in import parse_id
from app.errors import NotFound

CAP = 10_000  # totals are counted so far


@dataclass(frozen=True)
class Total:
    """How many records a query finds: exactly (`eq`), or at least (`gte`)."""

    value: int
    relation: str


@dataclass(frozen=True)
class Record:
    """One record as it is stored: its document, and the revision in which that was rendered."""

    id: str
    version: int
    revision: int
    document: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the number in the id of its last record; of a claim also its first day, and in other orders
    than by that the key that it is sorted by first.
    """

    number: int
    day: int = 0
    key: int | float | None = None


@dataclass(frozen=True)
class Page:
    """Documents joined by a comma and a new line, and what a reader needs to go on."""

    documents: bytes
    end: Place | None  # None where there are no more
    total: Total | None
    revision: int
    mark: str  # of the revision: see Moment.mark
    notes: tuple[str, ...] = ()  # why nothing was found

    @property
    def has_more(self) -> bool:
        """Whether there is a next page."""
        return self.end is not None


def total_of(counted: int) -> Total:
    """The total for a count that stopped one above the cap."""
    return Total(CAP, "gte") if counted > CAP else Total(counted, "eq")


def count_capped(connection: Connection, found: Select[Any]) -> int:
    """The number of rows of a statement, up to one above the cap."""
    capped = found.with_only_columns(literal(1)) if len(found.selected_columns) > 1 else found
    rows = capped.limit(CAP + 1).subquery()
    return connection.execute(select(func.count()).select_from(rows)).scalar_one()


FOUND_BY = {  # ways to find a record whose id is unknown
    "clm": "/v1/claims/by-key/… finds it by its key",
    "spk": "/v1/speakers?name=… finds it by name",
    "src": "/v1/sources?url=… finds it by its address",
    "met": "/v1/metrics?name=… finds it by name",
}


def number_of(record_id: str, prefix: str, noun: str) -> int:
    """The number in an id. Raises NotFound for what is none."""
    number = parse_id(record_id, prefix)
    if number is None:
        told = f"{record_id[:80]!r} is not the id of a {noun}; it looks like {prefix}_12"
        raise NotFound(f"{told}; {FOUND_BY[prefix]}")
    return number


def record_found(row: Sequence[Any] | None, prefix: str, asked: str) -> Record:
    """The record in a row of number, version, revision and document. Raises NotFound where there is none: `asked`."""
    if row is None:
        raise NotFound(f"there is no {asked}")
    number, version, revision, document = row
    return Record(f"{prefix}_{number}", version, revision, document)
