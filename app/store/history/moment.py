"""A moment: the revision that a request reads at. It is read first in the request's snapshot, in one statement."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, or_

from app.errors import BadRequest, Behind
from app.store.database.fetching import fetch_rows
from app.store.database.times import stored_time

# The newest revision with the state of the index, which is read in the same journey; no row where nothing was ever
# written. Beside it the number and time of the revision that is asked for.
_COLUMNS = "newest.number, newest.recorded_at, newest.merges, newest.purged"
_INDEX = "i.place, i.revision, i.mark, i.lasts, i.layout, i.lineage, i.segments"
_STATE = (
    "SELECT {columns} FROM"
    " (SELECT number, recorded_at, merges, purged FROM revisions ORDER BY number DESC LIMIT 1) AS newest"
    " LEFT JOIN index_state AS i ON 1 = 1"
)
_NEWEST = _STATE.format(columns=f"{_COLUMNS}, {_INDEX}")
_ASKED = (
    "{state} LEFT JOIN"
    " (SELECT number, recorded_at FROM revisions WHERE {which} ORDER BY number DESC LIMIT 1) AS asked ON 1 = 1"
)
_OF_ASKED = _STATE.format(columns=f"asked.number, asked.recorded_at, {_COLUMNS}, {_INDEX}")
_BY_NUMBER = _ASKED.format(state=_OF_ASKED, which="number = ?")
_BY_TIME = _ASKED.format(state=_OF_ASKED, which="recorded_at <= ?")


class State(NamedTuple):
    """A database's state at its newest revision. merges: how many records are merged; None for none. purged: the last
    revision that purged records; None for none.

    index_row: that of index_state, for the room of the index.
    """

    number: int
    recorded_at: str
    merges: int | None
    index_row: tuple[Any, ...] = ()
    purged: int | None = None

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> State:
        """The state in a row."""
        number, recorded_at, merges, purged, *index_row = row
        return cls(number, recorded_at, merges, () if index_row[0] is None else tuple(index_row), purged)


NOTHING = State(0, "", None)  # before the first revision


def newest_state(connection: Connection) -> State:
    """The state at the newest revision; NOTHING before the first."""
    rows = fetch_rows(connection, _NEWEST)
    return State.of(rows[0]) if rows else NOTHING


def newest_revision(connection: Connection) -> int:
    """The number of the newest revision; 0 where nothing was ever written."""
    return newest_state(connection).number


@dataclass(frozen=True, slots=True)
class Moment:
    """The revision that a request reads at, and when that was recorded. state: of the whole database."""

    revision: int
    recorded_at: str
    state: State

    @property
    def newest(self) -> bool:
        """Whether nothing was written since."""
        return self.revision == self.state.number

    @property
    def mark(self) -> str:
        """The revision's number, and what tells it from that of another history: another database, or a backup that was
        put back and written to.
        """
        if self.revision == 0:
            return "0"
        return f"{self.revision}.{hashlib.blake2b(self.recorded_at.encode(), digest_size=4).hexdigest()}"

    @property
    def tag(self) -> str:
        """The mark, and the last purge: it changes what is stored at the revisions of before."""
        return self.mark if self.state.purged is None else f"{self.mark}.p{self.state.purged}"

    def shown(self, since: Any, until: Any) -> ColumnElement[bool]:
        """Whether a version with these bounds was current then."""
        return shown_at(self.revision, since, until)


def shown_at(revision: Any, since: Any, until: Any) -> ColumnElement[bool]:
    """Whether a version with these bounds was current at a revision."""
    return and_(since <= revision, or_(until.is_(None), until > revision))


def moment_of(
    connection: Connection, revision: int | None = None, mark: str | None = None, as_of: int | datetime | None = None
) -> Moment:
    """The moment of a revision, by default the newest. mark: what its mark is to be. as_of: a revision, or a moment of
    time, which is that of the last revision until then; a cursor's revision goes before it.

    Raises BadRequest for a cursor of a revision that is yet to come, or of another history, and for an as_of that is
    yet to come. A revision's time is that of its beginning: while it is written, a moment after that still means the
    one before.
    """
    asked = as_of if revision is None else revision
    moment = _newest(connection) if asked is None else _asked(connection, asked)
    newest = moment.state.number
    if revision is not None and revision > newest:
        raise _bad_cursor(f"it is of revision {revision}, and the newest here is {newest}")
    if moment.revision > newest:
        raise _bad_as_of(f"revision {moment.revision} is yet to come: the newest here is {newest}")
    if mark is not None and moment.mark != mark:
        raise _bad_cursor(f"it is of another revision {revision} than is stored here")
    return moment


def _newest(connection: Connection) -> Moment:
    state = newest_state(connection)
    return Moment(state.number, state.recorded_at, state)


def _asked(connection: Connection, asked: int | datetime) -> Moment:
    if isinstance(asked, datetime):
        now = datetime.now(UTC)
        if asked > now:
            raise _bad_as_of(f"{stored_time(asked)} is yet to come: it is {stored_time(now)}")
        rows = fetch_rows(connection, _BY_TIME, stored_time(asked))
    else:
        rows = fetch_rows(connection, _BY_NUMBER, asked)
    if not rows:
        return Moment(0 if isinstance(asked, datetime) else asked, "", NOTHING)
    number, recorded_at, *state = rows[0]
    if number is None:  # before the first revision, or after the last
        number, recorded_at = 0 if isinstance(asked, datetime) else asked, ""
    return Moment(number, recorded_at, State.of(tuple(state)))


def _bad_as_of(detail: str) -> BadRequest:
    return BadRequest.of("as_of", "as-of-future", detail)


def _bad_cursor(why: str) -> BadRequest:
    return BadRequest.of("cursor", "bad-cursor", f"{why}; start again without it")


def require_seen(connection: Connection, revision: int | None) -> None:
    """Raise Behind where the database has not seen a revision yet, as a replica may not. It comes before everything
    else that may be wrong with a request: what is yet to come here may be elsewhere.
    """
    if revision is not None and revision > (newest := newest_revision(connection)):
        raise Behind(f"revision {revision} has not been seen yet; the newest here is {newest}")
