"""A query → all of its documents in order, in chunks: of one revision, and in flat memory however many there are.

PostgreSQL runs one statement behind a cursor: its plan is made and its sorting done once. In SQLite each chunk is one
statement that goes on where the one before ended: a row at a time would take and drop the interpreter lock for every
row. See docs/decisions/0012-exports.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


Fetch = Callable[[int], tuple[str, int]]  # given how many: the next documents, a line each, and their number


class Export:
    """All that a search finds, as of `revision`, for as long as its connection stays in the transaction.

    most: how many documents to give at most. Raises BadRequest as find_claims does.
    """

    def __init__(self, connection: Connection, search: Search, most: int | None = None) -> None:
        moment = moment_of(connection, search.revision)
        self.revision = moment.revision
        self._connection = connection
        self._search = search
        self._parts, _ = parts_of(connection, search, moment)
        self._most = most or EVERYTHING.high

    def chunks(self) -> Iterator[str]:
        """The documents, each a line of JSON with its line end, some hundreds at a time; the same again each time."""
        if not self._parts:
            return
        begin = _in_pages if self._connection.dialect.name == "sqlite" else _behind_cursor
        left, size = self._most, FIRST
        with begin(self._connection, self._parts, replace(self._search, limit=left - 1)) as fetch:
            while left > 0:
                some = min(size, left)
                documents, count = fetch(some)
                if count:
                    yield documents + "\n"
                if count < some:
                    return
                left -= some
                size = max(1, min(MOST, 2 * some, some * CHUNK // len(documents)))


@contextmanager
def _in_pages(connection: Connection, parts: list[Part], search: Search) -> Iterator[Fetch]:
    # Made once, with parameters for where to start and how many: that takes longer than to run it.
    bound: Any = {"start": bindparam("start", type_=BigInteger), "limit": bindparam("before_last", type_=Integer)}
    rows = _documents(parts, replace(search, **bound)).subquery("rows")
    pos: Any = rows.c.pos
    joined = func.aggregate_strings(rows.c.doc, "\n")
    statement = select(joined, func.count().label("n"), func.min(pos), func.max(pos))
    start = EVERYTHING.high if search.descending else EVERYTHING.low

    def fetch(number: int) -> tuple[str, int]:
        nonlocal start
        found = connection.execute(statement, {"start": start, "before_last": number - 1})
        documents, count, lowest, highest = found.one()
        if count:
            start = lowest - 1 if search.descending else highest + 1
        return documents or "", count

    yield fetch


@contextmanager
def _behind_cursor(connection: Connection, parts: list[Part], search: Search) -> Iterator[Fetch]:
    with connection.execute(_documents(parts, search), execution_options={"stream_results": True}) as rows:

        def fetch(number: int) -> tuple[str, int]:
            some = rows.fetchmany(number)
            return "\n".join([row[1] for row in some]), len(some)

        yield fetch


def _documents(parts: list[Part], search: Search) -> Select[Any]:
    """Positions and documents, in order: looked up one by one they stay so; joined, they would be sorted whole."""
    keys = ordered_positions(parts, search).subquery("keys")
    doc = select(Document.doc).where(Document.pos == keys.c.pos).scalar_subquery().label("doc")
    columns: list[Any] = [keys.c.pos, doc]
    return select(*columns)
