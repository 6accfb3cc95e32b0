"""A query → all of its documents in order, in chunks: of one revision, and in flat memory however many there are.

PostgreSQL runs one statement behind a cursor: its plan is made and its sorting done once. SQLite finds positions, many
at a time, and joins the documents of some hundreds: a row at a time would take and drop the interpreter lock for every
row. See docs/decisions/0012-exports.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, Select, Text, bindparam, cast, column, func, select

from app.errors import BadRequest, NotReady
from app.store.database.tables import Document
from app.store.history.revision import moment_of
from app.store.search.page import Search, parts_of, positions_of
from app.store.search.plans import WHOLE
from app.store.search.results import Place

FIRST = 100  # documents of the first chunk: soon there
MOST = 1_000  # documents of any chunk: with more, nothing gets faster
KEYS = 20_000  # positions that SQLite finds at a time: a filter's rare claims may take long to come to
CHUNK = 1_000_000  # characters that a chunk aims at


Fetch = Callable[[int], tuple[str, int]]  # given how many: the next documents, a line each, and their number


class Export:
    """All that a search finds, as of `revision`, for as long as its connection stays in the transaction.

    most: how many documents to give at most. Raises BadRequest as find_claims does.
    """

    def __init__(self, connection: Connection, search: Search, most: int | None = None) -> None:
        moment = search.moment(connection)
        self.revision = moment.revision
        self.mark = moment.mark(connection)
        self._connection = connection
        self._search = search
        self._parts, _ = parts_of(connection, search.where, moment)
        self._most = most or WHOLE.high
        self._moment = moment

    def chunks(self) -> Iterator[str]:
        """The documents, each a line of JSON with its line end, some hundreds at a time; the same again each time."""
        if not self._parts:
            return
        begin = self._by_positions if self._is_walked else self._behind_cursor
        left, size = self._most, FIRST
        with begin(replace(self._search, limit=left - 1)) as fetch:
            while left > 0:
                some = min(size, left)
                documents, count = fetch(some)
                if count:
                    yield documents + "\n"
                if count < some:
                    return
                left -= some
                size = max(1, min(MOST, 2 * some, some * CHUNK // len(documents)))

    def require_same(self, connection: Connection) -> None:
        """Raise NotReady where the database is no longer the one that this is of. connection: one that begins now."""
        try:
            moment_of(connection, self.revision, self.mark)
        except BadRequest:
            raise NotReady("the database was replaced while it was exported") from None

    @property
    def _is_walked(self) -> bool:
        return self._connection.dialect.name == "sqlite" and self._search.sort in ("-said_on", "said_on")

    @contextmanager
    def _by_positions(self, search: Search) -> Iterator[Fetch]:
        position = func.json_each(bindparam("positions", type_=Text)).table_valued(column("value", BigInteger))
        rows = _documents(position.c.value).subquery("rows")
        statement = select(func.aggregate_strings(rows.c.doc, "\n"))
        positions = chain.from_iterable(self._positions(search))

        def fetch(number: int) -> tuple[str, int]:
            some = list(islice(positions, number))
            asked = {"positions": f"[{','.join(some)}]"}
            return (self._connection.execute(statement, asked).scalar_one() if some else ""), len(some)

        yield fetch

    def _positions(self, search: Search) -> Iterator[list[str]]:
        """All positions in order, KEYS at a time, by a statement that is made once: to make it takes longer than to run
        it.
        """
        start: Any = bindparam("start", type_=BigInteger)
        limit: Any = bindparam("before_last", type_=Integer)
        pos = self._ordered(replace(search, start=Place(start), limit=limit))
        statement = select(func.aggregate_strings(cast(pos, Text), ","), func.count().label("n"))
        at, step = (WHOLE.high, -1) if search.descending else (WHOLE.low, 1)
        size = min(KEYS, search.limit + 1)
        while True:
            joined, count = self._connection.execute(statement, {"start": at, "before_last": size - 1}).one()
            if count:
                yield (some := joined.split(","))
                at = int(some[-1]) + step
            if count < size:
                return

    @contextmanager
    def _behind_cursor(self, search: Search) -> Iterator[Fetch]:
        statement = _documents(self._ordered(search))
        with self._connection.execute(statement, execution_options={"stream_results": True}) as rows:

            def fetch(number: int) -> tuple[str, int]:
                some = rows.fetchmany(number)
                return "\n".join([row[0] for row in some]), len(some)

            yield fetch

    def _ordered(self, search: Search) -> Any:
        """The column of positions of a statement that gives them in order."""
        return positions_of(self._connection, self._parts, search, self._moment).built().subquery("keys").c.pos


def _documents(pos: Any) -> Select[Any]:
    """Documents in the order of positions: looked up one by one they stay so; joined, they would be sorted whole."""
    doc = select(Document.doc).where(Document.pos == pos).scalar_subquery()
    return select(doc.label("doc")).select_from(pos.table)
