"""Removing versions from the index for good, for a purge: their terms, pairs, values, tokens, and that they were there.

Numbers stay used up, as those of versions that their own revision replaced: at every revision they are closed from
their own on. Only parts that hold one of the numbers are read and written anew. Processes drop their copies with the
lineage, which is drawn anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from pyroaring import BitMap
from sqlalchemy import Connection

from app.store.database.bulk_insert import chunks
from app.store.database.fetching import execute, fetch_rows
from app.store.index.bitmaps import bitmap_of_mask, pack, unpack
from app.store.index.families import BY_NAME, CLAIM, ELEMENTS, FAMILIES, SPEAKER, Family
from app.store.index.gathering import Row, Stretch
from app.store.index.merging import end_merging
from app.store.index.parts import Segment, StoredPart, decode_part, encode_part, read_segments
from app.store.index.reader import Index
from app.store.index.revisions import drawn, read_state, write_state
from app.store.index.storing import store_postings

ROWS: Final = 10_000  # of postings that are read at once

_POSTINGS: Final = "SELECT term, numbers FROM index_postings WHERE segment = ? AND term > ? ORDER BY term LIMIT ?"
_RECENTS: Final = "SELECT revision, part FROM index_recent"
_COLUMNS: Final = "SELECT name, first, last, data FROM index_columns WHERE name LIKE ? AND last >= ? AND first <= ?"
_PLACES: Final = "SELECT revision, place FROM index_revisions WHERE revision IN ??"
_CLOSED: Final = "SELECT place, claims, speakers FROM index_revisions WHERE place IN ??"
_FAMILIES: Final = {family.letter: family for family in FAMILIES}

Removed = Mapping[Family, BitMap]
Begun = Mapping[Family, Mapping[int, int]]  # of claims and speakers, the versions that go, and the revision of each


def remove_versions(connection: Connection, begun: Begun) -> None:
    """Remove versions of claims and speakers from the index, in the caller's writing transaction, whose revision the
    index has. begun: since which revision each is.
    """
    end_merging(connection)
    removed = _with_elements(connection, {family: BitMap(numbers) for family, numbers in begun.items()})
    for segment in read_segments(connection):
        if _holds(segment, removed):
            _rewrite_segment(connection, segment.number, removed)
    _rewrite_recents(connection, removed)
    for family, numbers in removed.items():
        _blank_columns(connection, family, numbers)
    for some in chunks([*removed[CLAIM]]):
        execute(connection, "DELETE FROM index_tokens WHERE number IN ??", some)
    _close(connection, begun)
    write_state(connection, read_state(connection)._replace(layout=drawn(), lineage=drawn()))


def _with_elements(connection: Connection, versions: Removed) -> Removed:
    """Versions with the elements of those of claims."""
    view, claims = Index().at(connection), versions.get(CLAIM, BitMap())
    removed = {CLAIM: claims, SPEAKER: versions.get(SPEAKER, BitMap())}
    wanted = np.fromiter(claims, np.uint32, len(claims))
    for family in ELEMENTS:
        removed[family] = bitmap_of_mask(np.isin(view.column(family, "version"), wanted))
    return removed


def _holds(segment: Segment, removed: Removed) -> bool:
    ranges = ((removed[BY_NAME[name]], first, last) for name, (first, last) in segment.ranges.items())
    return any(numbers.range_cardinality(first, last + 1) for numbers, first, last in ranges)


def _kept(rows: list[Row], removed: Removed) -> Iterator[tuple[Row, bytes | None]]:
    """The rows that are others without what goes, each with its numbers that stay; None where none does."""
    for key, stored in rows:
        gone, numbers = removed[_FAMILIES[key[:1]]], unpack(stored)
        if numbers.intersect(gone):
            numbers -= gone
            yield (key, stored), pack(numbers) if numbers else None


def _rewrite_segment(connection: Connection, segment: int, removed: Removed) -> None:
    after = b""
    while rows := fetch_rows(connection, _POSTINGS, segment, after, ROWS):
        after = rows[-1][0]
        changed = [*_kept(rows, removed)]
        for (key, _), _ in changed:
            execute(connection, "DELETE FROM index_postings WHERE segment = ? AND term = ?", segment, key)
        store_postings(connection, segment, [(key, kept) for (key, _), kept in changed if kept is not None])


def _rewrite_recents(connection: Connection, removed: Removed) -> None:
    for revision, stored in fetch_rows(connection, _RECENTS):
        part = decode_part(stored)
        changed = {key: kept for (key, _), kept in _kept(part.rows, removed)}
        rows = [(key, changed.get(key, numbers)) for key, numbers in part.rows]
        kept = [(key, numbers) for key, numbers in rows if numbers is not None]
        columns = [_blanked(column, removed) for column in part.columns]
        if changed or columns != part.columns:
            new = encode_part(StoredPart(kept, columns))
            execute(connection, "UPDATE index_recent SET part = ? WHERE revision = ?", new, revision)


def _blanked(column: Stretch, removed: Removed) -> Stretch:
    """A stretch of a column without the values of what goes; that says which version an element is of, which orders
    them, and stays.
    """
    name, first, last, data = column
    family, _, short = name.partition(".")
    gone = removed[BY_NAME[family]]
    if short == "version" or not gone.range_cardinality(first, last + 1):
        return column
    values = np.frombuffer(data, BY_NAME[family].columns[short]).copy()
    places = np.fromiter(gone & BitMap(range(first, last + 1)), np.int64) - first
    values[places] = -1 if short == "last_day" else 0  # as a date that is wholly unknown
    return name, first, last, values.tobytes()


def _blank_columns(connection: Connection, family: Family, numbers: BitMap) -> None:
    if not numbers:
        return
    for column in fetch_rows(connection, _COLUMNS, f"{family.name}.%", numbers.min(), numbers.max()):
        name, first, _, data = _blanked(column, {family: numbers})
        if data != column[3]:
            execute(connection, "UPDATE index_columns SET data = ? WHERE name = ? AND first = ?", data, name, first)


def _close(connection: Connection, begun: Begun) -> None:
    """Close versions with the revisions that they began in."""
    newest = read_state(connection).place
    closed: dict[int, dict[Family, BitMap]] = defaultdict(lambda: {CLAIM: BitMap(), SPEAKER: BitMap()})
    for family, versions in begun.items():
        revisions = sorted(set(versions.values()))
        places = {one: place for some in chunks(revisions) for one, place in fetch_rows(connection, _PLACES, some)}
        for number, revision in versions.items():
            for place in _rows_with(places[revision], newest):
                closed[place][family].add(number)
    for some in chunks([*closed]):
        for place, claims, speakers in fetch_rows(connection, _CLOSED, some):
            own = closed[place]
            new = pack(unpack(claims) | own[CLAIM]), pack(unpack(speakers) | own[SPEAKER])
            execute(connection, "UPDATE index_revisions SET claims = ?, speakers = ? WHERE place = ?", *new, place)


def _rows_with(place: int, newest: int) -> Iterator[int]:
    """The places of the rows that have the closings of a place (see revisions.py): of each power of 4 the next."""
    size, last = 1, 0
    while (row := -(-place // size) * size) <= newest:
        if row != last:
            yield row
        size, last = size * 4, row
