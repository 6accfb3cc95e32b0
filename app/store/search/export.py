"""A search → all of its documents in order, in chunks: of one revision, and in flat memory however many there are.

The numbers of all versions are known before the first document is read, four bytes each.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sqlalchemy import Connection

from app.errors import BadRequest, NotReady
from app.store.database.stored_documents import read_documents
from app.store.history.moment import moment_of
from app.store.index.bitmaps import Numbers
from app.store.search.matches import Search, matches_of

FIRST = 100  # documents of the first chunk: soon there
MOST = 1_000  # documents of any chunk: with more, nothing gets faster
CHUNK = 1_000_000  # bytes that a chunk aims at


class Export:
    """All that a search finds, as of `revision`, for as long as its connection stays in the transaction.

    most: how many documents to give at most. Raises BadRequest and QueryTimeout as find_claims does.
    """

    def __init__(self, connection: Connection, search: Search, most: int | None = None) -> None:
        moment = search.moment(connection)
        self.revision = moment.revision
        self.mark, self.tag = moment.mark, moment.tag
        self._connection = connection
        matches = matches_of(connection, search, moment)
        parts = matches.order().parts(most or max(1, len(matches.all)))
        self._numbers: Numbers = np.concatenate([np.zeros(0, np.uint32), *(numbers for _, numbers in parts)])

    def chunks(self) -> Iterator[bytes]:
        """The documents, each a line of JSON with its line end, some hundreds at a time; the same again each time."""
        at, size = 0, FIRST
        while at < len(self._numbers):
            some = self._numbers[at : at + size].tolist()
            documents = read_documents(self._connection, some, b"\n") + b"\n"
            yield documents
            at += len(some)
            size = max(1, min(MOST, 2 * size, size * CHUNK // len(documents)))


def require_same(connection: Connection, revision: int, mark: str) -> None:
    """Raise NotReady where the database is no longer the one that an export is of. connection: one that begins now."""
    try:
        moment_of(connection, revision, mark)
    except BadRequest:
        raise NotReady("the database was replaced while it was exported") from None
