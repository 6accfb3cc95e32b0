"""Following a server: pages of changes → whole revisions → the database, for as long as it goes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain, groupby
from tempfile import SpooledTemporaryFile
from typing import Final

import msgspec

from app.cli.followed_server import FollowedServer, ServerAway
from app.cli.output import say
from app.domain.record.changes_in import ChangeIn, ChangesIn
from app.errors import Busy
from app.store.database.bulk_insert import Progress
from app.store.database.engine import Database
from app.store.history.following import require_following
from app.store.history.moment import moment_of
from app.store.write.applying import apply_revision

IN_MEMORY: Final = 16 << 20  # bytes of a revision that comes in several pages; more wait on the disk
SCRUBS: Final = "`onrecord purge --scrub` writes the files anew, which still hold their bytes"
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before the server is asked again; each is twice the one before


def follow(database: Database, server: FollowedServer, tell: Progress, *, once: bool) -> int:
    """Store what a server tells, without end, or `once` until there is no more; the newest revision.

    Raises NotReady where the database cannot follow the server, and once ServerAway and Busy, too.
    """
    with Spool() as spool:
        return _follow(Following(database, server.shown, spool), server, tell, once=once)


def _follow(following: Following, server: FollowedServer, tell: Progress, *, once: bool) -> int:
    pause = FIRST_PAUSE
    is_told = once
    while True:
        try:
            page = server.page(following.since, wait=not once)
            following.take(page, tell)
        except (ServerAway, Busy) as error:
            if once:
                raise
            seconds = (error.seconds if isinstance(error, ServerAway) else None) or pause
            say(f"{error.detail}; trying again in {seconds:g} s", err=True)
            time.sleep(seconds)
            pause, is_told = min(2 * pause, LONGEST_PAUSE), False
            continue
        pause = FIRST_PAUSE
        if once and not page.meta.has_more:
            return following.newest
        if not is_told and not page.meta.has_more:
            say(
                f"{following.shown} is at revision {following.newest}, as {server.shown} is; waits for the next",
                err=True,
            )
            is_told = True


class Following:
    """How far a database is. shown: its name for messages. newest: the last revision that it has. since: the place that
    the next page begins at; it may be inside the revision after.
    """

    def __init__(self, database: Database, server: str, spool: Spool) -> None:
        self._database = database
        self.shown = database.shown
        self._server = server
        self._begun = spool
        with database.read() as connection:
            self.newest = require_following(connection)
            self.since = moment_of(connection).mark

    def take(self, page: ChangesIn, tell: Progress) -> None:
        """Store the revisions that are whole with a page, each in a transaction of its own; keep the rest for the next.

        After an error it can be given the same page again.
        """
        changes = {number: [*some] for number, some in groupby(page.data, key=lambda one: one.revision)}
        for row in page.revisions:
            own = changes.get(row.number, [])
            if row.number <= self.newest:
                continue
            if page.revision_complete or row is not page.revisions[-1]:
                if apply_revision(self._database, self._server, row, chain(self._begun, own)):
                    say(f"records were purged with revision {row.number}: {SCRUBS}", err=True)
                self.newest = row.number
                self._begun.clear()
                tell("revision", row.number, page.meta.revision)
            else:
                self._begun.add(own)
        self.since = page.next


class Spool:
    """Changes that wait for the rest of their revision, in a block."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # closed at the end of the block

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def clear(self) -> None:
        """Keep none."""
        self._file.seek(0)
        self._file.truncate()

    def add(self, changes: list[ChangeIn]) -> None:
        """Keep more of them."""
        self._file.writelines(msgspec.json.encode(one) + b"\n" for one in changes)

    def __iter__(self) -> Iterator[ChangeIn]:
        self._file.seek(0)
        for line in self._file:
            yield msgspec.json.decode(line, type=ChangeIn)
        self._file.seek(0, 2)
