"""A query → all of its documents in order, in chunks: of one revision, and in flat memory however many there are.

Each chunk is one statement that goes on where the one before ended, in the same transaction. A row at a time would take
and drop the interpreter lock for every row (SQLite); one statement for all could sort everything first (PostgreSQL).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, Select, bindparam, func, select

from app.store.models import Document
from app.store.plans import EVERYTHING, Part
from app.store.revisions import moment_of
from app.store.search import Search, ordered_positions, parts_of

FIRST = 100  # documents of the first chunk: soon there
MOST = 1_000  # documents of any chunk: with more, nothing gets faster
CHUNK = 1_000_000  # characters that a chunk aims at


class Export:
    """All that a search finds, as of `revision`, for as long as its connection stays in the transaction.

    most: how many documents to give at most. Raises BadRequest as find_claims does.
    """

    def __init__(self, connection: Connection, search: Search, most: int | None = None) -> None:
        moment = moment_of(connection, search.revision)
        parts, _ = parts_of(connection, search, moment)
        self.revision = moment.revision
        self._connection = connection
        self._descending = search.descending
        self._most = most
        self._statement = _chunk(parts, search) if parts else None

    def chunks(self) -> Iterator[str]:
        """The documents, each a line of JSON with its line end, some hundreds at a time; the same again each time."""
        step, start = (-1, EVERYTHING.high) if self._descending else (1, EVERYTHING.low)
        left, size = self._most, FIRST
        while self._statement is not None and left != 0:
            some = min(size, left or size)
            found = self._connection.execute(self._statement, {"start": start, "before_last": some - 1})
            documents, count, first, last = found.one()
            if count:
                yield documents + "\n"
            if count < some:
                return
            start = (first if self._descending else last) + step
            left = None if left is None else left - some
            size = max(1, min(MOST, 2 * some, some * CHUNK // len(documents)))


def _chunk(parts: list[Part], search: Search) -> Select[Any]:
    """The statement for documents from `start` on, `before_last` and one more: joined, how many, lowest and highest
    position. It is made once: that takes longer than to run it.
    """
    bound: Any = {"start": bindparam("start", type_=BigInteger), "limit": bindparam("before_last", type_=Integer)}
    keys = ordered_positions(parts, replace(search, **bound)).subquery("keys")
    # Documents looked up one by one stay in the order of the keys; joined, they would be sorted whole.
    doc = select(Document.doc).where(Document.pos == keys.c.pos).scalar_subquery()
    rows = select(keys.c.pos, doc.label("doc")).subquery("rows")
    pos: Any = rows.c.pos
    return select(func.aggregate_strings(rows.c.doc, "\n"), func.count().label("n"), func.min(pos), func.max(pos))
