"""Storing parts of the index: the rows of a segment, and how large parts may be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from app.store.database.bulk_insert import insert_values
from app.store.database.fetching import execute

AT_A_TIME: Final = 5000  # rows that are handed to the database at once

Row = tuple[bytes, bytes]  # a key, and its numbers
Stretch = tuple[str, int, int, bytes]  # a column's name, the first and the last number, the values
Ranges = dict[str, tuple[int, int]]  # of each family the first and the last number


_INSERT_SEGMENT: Final = "INSERT INTO index_segments (segment, first, last, size, ranges) VALUES (?, ?, ?, ?, ?)"


class Sizes(NamedTuple):
    """Bounds of the parts.

    recent: versions of a revision that is one row of index_recent. recents: versions in all those rows, from which on
    they become a segment. versions, entries: of a segment that an import makes; entries are numbers in its postings, by
    which the memory grows. fan: segments of like size that are merged into one, below `versions`; large_fan: above.
    """

    recent: int = 64
    recents: int = 128
    versions: int = 50_000
    entries: int = 10_000_000
    fan: int = 8
    large_fan: int = 32


SIZES: Final = Sizes()


def store_postings(connection: Connection, segment: int, rows: list[Row]) -> None:
    """Store postings of a segment. They stand in the order of their keys."""
    for begin in range(0, len(rows), AT_A_TIME):
        some = [(segment, key, numbers) for key, numbers in rows[begin : begin + AT_A_TIME]]
        insert_values(connection, "index_postings", ("segment", "term", "numbers"), some)


def store_columns(connection: Connection, columns: Iterable[Stretch]) -> None:
    """Store stretches of columns."""
    insert_values(connection, "index_columns", ("name", "first", "last", "data"), columns)


def store_segment(connection: Connection, number: int, revisions: tuple[int, int], size: int, ranges: Ranges) -> None:
    """Store that there is a segment: of which revisions, of how many versions, and of which numbers."""
    told = msgspec.json.encode(ranges).decode()
    execute(connection, _INSERT_SEGMENT, number, *revisions, size, told)


def ranges_of(columns: Iterable[Stretch]) -> Ranges:
    """The numbers that columns have values of."""
    return {name.partition(".")[0]: (first, last) for name, first, last, _ in columns}
