"""Following: a database whose revisions are those of a server, as they came. It is for reading: a revision of its own
ends that, for the server's next one has the same number.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from app.errors import NotReady
from app.store.database.fetching import execute, fetch_rows
from app.store.history.moment import newest_revision

_READ: Final = "SELECT server, revision FROM following"
_INSERT: Final = "INSERT INTO following (server, revision) VALUES (?, ?)"
ANEW: Final = "follow into a new, empty database (ONRECORD_DATABASE_URL, then `onrecord migrate`)"


def is_following(connection: Connection) -> bool:
    """Whether all revisions came from a server."""
    rows = fetch_rows(connection, _READ)
    return bool(rows) and rows[0][1] == newest_revision(connection)


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
