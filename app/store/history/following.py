"""Following: a database whose revisions are those of a server, as they came. It is for reading: a revision of its own
would have the number of the server's next one, and is refused until somebody ends the following.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from app.errors import Conflict, NotReady
from app.store.database.engine import Database, Transaction
from app.store.database.fetching import execute, fetch_rows
from app.store.history.moment import newest_revision

_READ: Final = "SELECT server, revision FROM following"
_INSERT: Final = "INSERT INTO following (server, revision) VALUES (?, ?)"
CODE: Final = "follows"
ANEW: Final = "follow into a new, empty database (ONRECORD_DATABASE_URL, then `onrecord migrate`)"


def is_following(connection: Connection) -> bool:
    """Whether all revisions came from a server."""
    rows = fetch_rows(connection, _READ)
    return bool(rows) and rows[0][1] == newest_revision(connection)


def require_unfollowing(connection: Connection | Transaction) -> None:
    """Raise Conflict where all revisions came from a server: one of its own would part the two for good."""
    rows = fetch_rows(connection, _READ)
    if rows and rows[0][1] == newest_revision(connection):
        told = f"the database follows {rows[0][0]}, and is for reading: write to that server, and `onrecord follow`"
        raise Conflict(f"{told} brings it here; to write here from now on, end that by `onrecord follow --end`", CODE)


def end_following(database: Database) -> str:
    """Let a database follow no longer, for good; the server that it followed. Raises NotReady where there is none."""
    with database.write() as connection:
        rows = fetch_rows(connection, _READ)
        if not rows:
            raise NotReady("the database follows nobody")
        execute(connection, "DELETE FROM following")
    return str(rows[0][0])


def require_following(connection: Connection) -> int:
    """The newest revision, where all came from a server, or there is none. Raises NotReady where some are its own."""
    rows, newest = fetch_rows(connection, _READ), newest_revision(connection)
    if not rows and newest:
        raise NotReady(f"the database has {newest:,} revisions of its own, and follows nobody: {ANEW}")
    if rows and rows[0][1] != newest:
        server, last = rows[0]
        told = f"the database followed {server} up to revision {last}, and was written to since"
        raise NotReady(f"{told}: it follows no longer; {ANEW}")
    return newest


def note_followed(connection: Connection, server: str, revision: int) -> None:
    """Note the newest revision that came from a server, in the transaction that stores it."""
    execute(connection, "DELETE FROM following")
    execute(connection, _INSERT, server, revision)
