"""Reading the index: what a process holds of it, and how one request sees it.

Postings are only ever added to. So what a process holds stays right while others write, and numbers beyond a request's
revision do no harm: what it finds is cut by `visible`. Each request reads the state first, in its snapshot, and takes
in what it needs of the revisions since. Nothing is told from process to process.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from threading import Lock
from typing import Final

from pyroaring import BitMap
from sqlalchemy import Connection

from app.store.database.bulk_insert import chunks
from app.store.database.deadlines import Deadline, deadline_of
from app.store.database.fetching import fetch_rows
from app.store.database.memory import memory_of
from app.store.history.moment import Moment
from app.store.index import calendar
from app.store.index.cache import Cache, Cached
from app.store.index.calendar import Calendar, Year
from app.store.index.columns import Column, Values
from app.store.index.families import CLAIM, Family, Lasts, key_of
from app.store.index.parts import MOST_KEYS, Parts, read_parts
from app.store.index.positions import Positions
from app.store.index.revisions import EMPTY, State, closed_until, place_until, read_state

MOST_BYTES: Final = 256 << 20  # of bitmaps that a process holds
MOST_MARKS: Final = 1000  # revisions before the newest by whose marks an older snapshot is known
MOST_MOMENTS: Final = 10_000  # past revisions whose places are held

_MARKS: Final = "SELECT place, mark FROM index_revisions WHERE place = ? OR place > ? AND place <= ?"
_VERSIONS: Final = "SELECT number FROM claims WHERE id IN ??"


class Held:
    """All that a process holds of one history of the database."""

    def __init__(self, most: int) -> None:
        self.parts = Parts(EMPTY, (), ())
        self.terms = Cache(most * 3 // 4)
        self.ranges = Cache(most // 4)
        self.columns: dict[tuple[Family, str], Column] = {}
        self.positions = Positions()
        self.calendar: Calendar = calendar.EMPTY
        self.closed: dict[Family, tuple[int, BitMap]] = {}  # until the newest place that was asked for
        self.moments: dict[int, tuple[int, Lasts]] = {}
        self.marks: dict[int, int] = {}
        self.lock = Lock()  # of columns, positions and calendar

    def is_of(self, connection: Connection, state: State) -> bool:
        """Whether a state is surely of the same history."""
        own = self.parts.state
        if own is EMPTY or state.lineage != own.lineage:
            return own is EMPTY
        if state.place > own.place:
            return self._read_marks(connection, state).get(own.place) == own.mark
        return self.marks.get(state.place) == state.mark

    def take_in(self, connection: Connection, state: State) -> Parts:
        """The parts of a state of the same history, which are held if it is the newest."""
        parts = read_parts(connection, state, self.parts)
        if state.place >= self.parts.state.place:
            if state.place not in self.marks:
                self._read_marks(connection, state)
            self.parts = parts
        return parts

    def _read_marks(self, connection: Connection, state: State) -> dict[int, int]:
        """The marks of the newest revisions, and of the last one that is held, as they are stored now."""
        own = self.parts.state.place
        found: dict[int, int] = dict(
            fetch_rows(connection, _MARKS, own, max(own, state.place - MOST_MARKS), state.place)
        )
        self.marks.update(found)
        for place in list(self.marks)[:-MOST_MARKS]:
            del self.marks[place]
        return found


class Index:
    """The index as one process holds it; threads may share it. most: bytes of bitmaps."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._lock = Lock()
        self._held = Held(most)

    def at(
        self,
        connection: Connection,
        revision: int | None = None,
        deadline: Deadline | None = None,
        state: State | None = None,
    ) -> View:
        """The index in the snapshot of a connection, as of a revision; by default of the newest. state: where it was
        read already.
        """
        state = state or read_state(connection)
        held = self._held
        parts = held.parts
        if parts.state != state:
            with self._lock:
                held, parts = self._taken_in(connection, state)
        return View(connection, held, parts, revision, deadline or deadline_of(connection))

    def _taken_in(self, connection: Connection, state: State) -> tuple[Held, Parts]:
        held = self._held
        if held.parts.state == state:
            return held, held.parts
        if not held.is_of(connection, state):
            held = self._held = Held(self._most)
        return held, held.take_in(connection, state)


def index_of(connection: Connection) -> Index:
    """The process's index of a connection's database. A writer gets one of its own: what it sees may be rolled back."""
    memory = memory_of(connection)
    return memory.part(Index) if memory else Index()


def view_at(connection: Connection, moment: Moment) -> View:
    """The index in the snapshot of a connection, at a moment that was read in it."""
    state = State(*moment.state.index_row) if moment.state.index_row else None
    return index_of(connection).at(connection, moment.revision, state=state)


class View:
    """The index as one request sees it: complete until its revision. It must not be used beyond its transaction.

    Its bitmaps and arrays are shared and must not be changed; numbers beyond the revision may be in it (see `visible`).
    """

    def __init__(
        self, connection: Connection, held: Held, parts: Parts, revision: int | None, deadline: Deadline
    ) -> None:
        self.revision = parts.state.revision if revision is None else revision
        self.connection = connection
        self._held = held
        self._parts = parts
        self._deadline = deadline
        self._until = min(self.revision, parts.state.revision)  # until where bitmaps must be complete

    def postings(self, family: Family, term: bytes) -> BitMap:
        """The numbers that have a term."""
        return self.each_postings([(family, term)])[0]

    def each_postings(self, terms: Iterable[tuple[Family, bytes]]) -> list[BitMap]:
        """The numbers that have each of some terms, by one statement for all that is lacking."""
        keys = [key_of(family, term) for family, term in terms]
        found = {key: self._held.terms.get(key) for key in keys}
        lacking = [key for key, cached in found.items() if cached.revision < self._until]
        bitmaps = {key: cached.bitmap for key, cached in found.items()}
        for some in chunks(lacking, MOST_KEYS):
            after = min(found[key].revision for key in some)
            for key, more in self._parts.with_keys(self.connection, some, after).items():
                bitmaps[key] = self._completed(key, found[key], more)
        return [bitmaps[key] for key in keys]

    def any_postings(self, family: Family, terms: Sequence[bytes]) -> BitMap:
        """The numbers that have any of a few terms. When parts are merged, numbers may go from one of them to another:
        they are read together, from the parts of one moment, and held as one.
        """
        keys = [key_of(family, term) for term in terms]
        cached = self._held.terms.get(("any", *keys))
        if cached.revision >= self._until:
            return cached.bitmap
        found = self._parts.with_keys(self.connection, keys, cached.revision)
        return self._completed(("any", *keys), cached, [bitmap for more in found.values() for bitmap in more])

    def beginning(self, family: Family, prefix: bytes) -> BitMap:
        """The numbers that have a term that begins so."""
        prefix = family.letter + prefix
        cached = self._held.terms.get(("beginning", prefix))
        if cached.revision >= self._until:
            return cached.bitmap
        found = self._parts.beginning(self.connection, prefix, cached.revision)
        return self._completed(("beginning", prefix), cached, found)

    def _completed(self, key: Hashable, cached: Cached, more: list[BitMap]) -> BitMap:
        bitmap = BitMap.union(cached.bitmap, *more) if more else cached.bitmap
        self._held.terms.put(key, bitmap, self._parts.state.revision)
        return bitmap

    def terms_beginning(self, family: Family, prefix: bytes, limit: int) -> list[bytes]:
        """The first terms that begin so, in order; of all revisions, later ones perhaps."""
        keys = self._parts.keys_beginning(self.connection, family.letter + prefix, limit)
        return [key[len(family.letter) :] for key in keys]

    def stored_beginning(self, family: Family, prefix: bytes) -> dict[bytes, list[bytes]]:
        """For each term that begins so the bytes of its numbers (see bitmaps.py), of each part that has any; of all
        revisions, later ones perhaps.
        """
        found = self._parts.by_key_beginning(self.connection, family.letter + prefix)
        return {key[len(family.letter) :]: stored for key, stored in found.items()}

    def column(self, family: Family, name: str) -> Values:
        """The values of a column by number; entry 0 is nobody's. It may be longer than `last`."""
        held, last = self._held, self._parts.lasts.of(family)
        column = held.columns.get((family, name))
        if column is None or column.last < last:
            with held.lock:
                column = held.columns.get((family, name)) or Column(family, name)
                column.extend(self.connection, self._parts, last)
                held.columns[family, name] = column
        return column.values

    def positions(self) -> Values:
        """The positions of claims' versions in the order by date (see positions.py), by number."""
        held = self._held
        if held.positions.length <= self._parts.lasts.of(CLAIM):
            days, claims = self.column(CLAIM, "first_day"), self.column(CLAIM, "claim")
            with held.lock:
                if held.positions.length <= self._parts.lasts.of(CLAIM):
                    held.positions.extend(days, claims)
        return held.positions.values

    def last(self, family: Family) -> int:
        """The last number that was given until the revision."""
        return self._moment_of(self.revision)[1].of(family)

    def _moment_of(self, revision: int) -> tuple[int, Lasts]:
        state = self._parts.state
        if revision >= state.revision:
            return state.place, self._parts.lasts
        moments = self._held.moments
        found = moments.get(revision)
        if found is None:
            if len(moments) > MOST_MOMENTS:
                self._held.moments = moments = {}
            found = moments[revision] = place_until(self.connection, revision)
        return found

    def visible(self, family: Family = CLAIM) -> BitMap:
        """The versions of claims, or speakers, that are current at the revision, retracted ones too."""
        place, lasts = self._moment_of(self.revision)
        key = ("visible", family.letter, place)
        cached = self._held.ranges.get(key)
        if cached.revision:
            return cached.bitmap
        found = BitMap(range(1, lasts.of(family) + 1)) - self._closed(family, place)
        self._held.ranges.put(key, found, max(self.revision, 1))
        return found

    def _closed(self, family: Family, place: int) -> BitMap:
        held = self._held
        known, before = held.closed.get(family, (0, BitMap()))
        if place < known:
            return closed_until(self.connection, family, place)
        found = before | closed_until(self.connection, family, place, known)
        held.closed[family] = place, found
        return found

    def calendar(self) -> list[Year]:
        """The years of claims' first days, the newest first."""
        days = self.column(CLAIM, "first_day")
        held = self._held
        if held.calendar.last < len(days) - 1:
            with held.lock:
                if held.calendar.last < len(days) - 1:
                    held.calendar = held.calendar.extended(days)
        return held.calendar.years

    def versions_of(self, claims: Sequence[int]) -> BitMap:
        """All versions of some claims, by the numbers in their ids."""
        return BitMap([number for (number,) in fetch_rows(self.connection, _VERSIONS, list(claims))])

    def grown(self, key: Hashable, family: Family, make: Callable[[int], BitMap]) -> BitMap:
        """A set that each number of a family is in, or brings a version into, for good. As far as it was made before
        it comes from memory; `make` gives what the numbers after one add to it. Where it depends on the revision
        otherwise, the key must name that.
        """
        cached = self._held.ranges.get(key)
        if cached.revision < self._until:
            after = self._moment_of(cached.revision)[1].of(family) if cached.revision else 0
            cached = Cached(cached.bitmap | make(after), self._until, 0)
            self._held.ranges.put(key, cached.bitmap, self._until)
        return cached.bitmap

    def check_deadline(self) -> None:
        """Raise QueryTimeout after the deadline. Called between steps: nothing stops what bitmaps do."""
        self._deadline.check()
