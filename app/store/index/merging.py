"""Merging parts of the index: recent revisions into a segment, segments of like size into one.

A process looks into every segment for a term that it does not hold, so there may not be many. The holder of the writer
lock merges them, in steps that are bounded in time, each a transaction: new rows are made beside the old ones, which
are read until the last step lists the new segment in their place. A crash leaves the old ones, and the row of
index_merges by which the next writer goes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import log
from time import monotonic
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from app.store.database.fetching import execute, fetch_rows
from app.store.index.bitmaps import joined
from app.store.index.gathering import Row, Stretch, with_shared_pairs
from app.store.index.parts import Ranges, Segment, decode_part, read_segments
from app.store.index.revisions import drawn, read_state, write_state
from app.store.index.storing import SIZES, Sizes, list_segment, store_columns, store_postings, store_segment

AT_ONCE: Final = 2000  # rows of all segments that are merged between two looks at the clock
DELETED: Final = 10_000  # rows that are deleted between two looks
AFTER_ALL: Final = b"\xff"  # no term begins so

_RECENTS: Final = "SELECT revision, size, part FROM index_recent ORDER BY revision"
_SIZE_OF_RECENTS: Final = "SELECT sum(size) FROM index_recent"
_MERGE: Final = "SELECT segment, sources, after, listed FROM index_merges"
_STRETCH: Final = "SELECT term, numbers FROM index_postings WHERE segment IN ?? AND term > ? AND term <= ?"
_TERM_AFTER: Final = "SELECT term FROM index_postings WHERE segment = ? AND term > ? ORDER BY term LIMIT 1 OFFSET ?"
_COLUMNS: Final = "SELECT name, first, last, data FROM index_columns WHERE name LIKE ? AND first >= ? AND last <= ?"

_INSERT_MERGE: Final = "INSERT INTO index_merges (segment, sources, after, listed) VALUES (?, ?, ?, ?)"


class Merge(NamedTuple):
    """A row of index_merges (see tables.py)."""

    number: int
    sources: list[int]
    after: bytes
    listed: bool


def merging_is_due(connection: Connection, sizes: Sizes = SIZES) -> bool:
    """Whether merge_some has something to do. It is asked in the transaction of a write, of its own rows too."""
    if _under_way(connection) or _are_many_recents(connection, sizes):
        return True
    return bool(_chosen(read_segments(connection), sizes))


def merge_some(connection: Connection, seconds: float = 0.05, sizes: Sizes = SIZES) -> bool:
    """Do one step of merging, of about so many seconds, under the writer lock; False where there is nothing to do."""
    if _merge_recents(connection, sizes):
        return True
    until = monotonic() + seconds
    merge = _under_way(connection) or _begun(connection, sizes)
    if merge is None:
        return False
    if merge.listed:
        _delete_sources(connection, merge, until)
    else:
        _merge_segments(connection, merge, until, sizes)
    return True


def _are_many_recents(connection: Connection, sizes: Sizes) -> bool:
    ((size,),) = fetch_rows(connection, _SIZE_OF_RECENTS)
    return size is not None and size >= sizes.recents


def _merge_recents(connection: Connection, sizes: Sizes) -> bool:
    """Make a segment of the recent revisions, where there are many."""
    if not _are_many_recents(connection, sizes):
        return False
    rows = fetch_rows(connection, _RECENTS)
    parts = [decode_part(part) for _, _, part in rows]
    state = read_state(connection)
    store_segment(
        connection,
        state.segments + 1,
        (rows[0][0], rows[-1][0]),
        sum(size for _, size, _ in rows),
        with_shared_pairs(_union(row for part in parts for row in part.rows)),
        _joined_columns(column for part in parts for column in part.columns),
    )
    execute(connection, "DELETE FROM index_recent")
    write_state(connection, state._replace(segments=state.segments + 1, layout=drawn()))
    return True


def _union(rows: Iterable[Row]) -> list[Row]:
    """The rows of several parts as those of one, in the order of their keys."""
    found: dict[bytes, list[bytes]] = defaultdict(list)
    for key, numbers in rows:
        found[key].append(numbers)
    return [(key, joined(found[key])) for key in sorted(found)]


def _joined_columns(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches of columns, those that follow each other joined."""
    found: list[tuple[str, int, int, list[bytes]]] = []
    for name, first, last, data in sorted(stretches):
        if found and found[-1][0] == name and found[-1][2] + 1 == first:
            found[-1] = (name, found[-1][1], last, [*found[-1][3], data])
        else:
            found.append((name, first, last, [data]))
    return [(name, first, last, b"".join(data)) for name, first, last, data in found]


def _under_way(connection: Connection) -> Merge | None:
    for number, sources, after, listed in fetch_rows(connection, _MERGE):
        return Merge(number, msgspec.json.decode(sources), after, bool(listed))
    return None


def _begun(connection: Connection, sizes: Sizes) -> Merge | None:
    """A merge that begins now, of the segments that are to be merged first."""
    sources = _chosen(read_segments(connection), sizes)
    if not sources:
        return None
    state = read_state(connection)
    merge = Merge(state.segments + 1, [segment.number for segment in sources], b"", False)
    write_state(connection, state._replace(segments=merge.number))
    told = msgspec.json.encode(merge.sources).decode()
    execute(connection, _INSERT_MERGE, merge.number, told, b"", False)
    return merge


def _chosen(segments: list[Segment], sizes: Sizes) -> list[Segment]:
    """Neighbours of like size, the smallest first, where there are enough of them."""
    levels = [max(0, int(log(max(segment.size, 1) / sizes.recents, sizes.fan))) for segment in segments]
    for level in sorted(set(levels)):
        fan = sizes.fan if sizes.recents * sizes.fan**level < sizes.versions else sizes.large_fan
        run: list[Segment] = []
        for segment, own in zip(segments, levels, strict=True):
            run = [*run, segment] if own <= level else []
            if len(run) == fan:
                return run
    return []


def _merge_segments(connection: Connection, merge: Merge, until: float, sizes: Sizes) -> None:
    after = merge.after
    while True:
        end = _end(connection, merge.sources, after, AT_ONCE // len(merge.sources))
        rows = fetch_rows(connection, _STRETCH, merge.sources, after, end)
        store_postings(connection, merge.number, _union(rows))
        if end == AFTER_ALL:
            _list_merged(connection, merge, sizes)
            return
        after = end
        if monotonic() >= until:
            execute(connection, "UPDATE index_merges SET after = ? WHERE segment = ?", after, merge.number)
            return


def _end(connection: Connection, segments: list[int], after: bytes, count: int) -> bytes:
    """The last term of a stretch in which no segment has more than so many; AFTER_ALL where that is all there are."""
    found = [fetch_rows(connection, _TERM_AFTER, segment, after, count) for segment in segments]
    return min((rows[0][0] for rows in found if rows), default=AFTER_ALL)


def _list_merged(connection: Connection, merge: Merge, sizes: Sizes) -> None:
    """List the merged segment in the place of its sources."""
    sources = [segment for segment in read_segments(connection) if segment.number in merge.sources]
    revisions = min(segment.first for segment in sources), max(segment.last for segment in sources)
    ranges: Ranges = {}
    for family, (first, last) in (own for segment in sources for own in segment.ranges.items()):
        begin, end = ranges.get(family, (first, last))
        ranges[family] = min(begin, first), max(end, last)
    for source in merge.sources:
        execute(connection, "DELETE FROM index_segments WHERE segment = ?", source)
    list_segment(connection, merge.number, revisions, sum(segment.size for segment in sources), ranges)
    execute(connection, "UPDATE index_merges SET listed = ? WHERE segment = ?", True, merge.number)
    for family, (first, last) in ranges.items():
        if last - first < sizes.versions:
            _join_columns(connection, family, first, last)
    write_state(connection, read_state(connection)._replace(layout=drawn()))


def _join_columns(connection: Connection, family: str, first: int, last: int) -> None:
    """Make one stretch of each column of those in a range of numbers, where they have values of all."""
    pattern = f"{family}.%"
    whole = _joined_columns(fetch_rows(connection, _COLUMNS, pattern, first, last))
    statement = "DELETE FROM index_columns WHERE name LIKE ? AND first >= ? AND last <= ?"
    execute(connection, statement, pattern, first, last)
    store_columns(connection, whole)


def _delete_sources(connection: Connection, merge: Merge, until: float) -> None:
    """Delete rows of the segments that were merged, and at last the merge."""
    for source in merge.sources:
        while rows := fetch_rows(connection, _TERM_AFTER, source, b"", DELETED):
            execute(connection, "DELETE FROM index_postings WHERE segment = ? AND term <= ?", source, rows[0][0])
            if monotonic() >= until:
                return
        execute(connection, "DELETE FROM index_postings WHERE segment = ?", source)
    execute(connection, "DELETE FROM index_merges WHERE segment = ?", merge.number)


def end_merging(connection: Connection) -> None:
    """Leave no merge under way: one whose segment is not listed yet is forgotten, of another the rest is deleted. So
    all postings that are stored are of the segments that are listed.
    """
    merge = _under_way(connection)
    if merge is None:
        return
    for segment in merge.sources if merge.listed else [merge.number]:
        execute(connection, "DELETE FROM index_postings WHERE segment = ?", segment)
    execute(connection, "DELETE FROM index_merges WHERE segment = ?", merge.number)
