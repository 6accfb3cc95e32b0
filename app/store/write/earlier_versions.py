"""Earlier versions of claims, as far as an import looks at them to tell what it takes back."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, func, select

from app.domain.record.records_in import parse_id
from app.store.database import tables
from app.store.database.bulk_insert import chunks
from app.store.records.document import Doc, decode

LAST: Final = 20  # versions of a claim that are looked at, the last before the current one
MOST: Final = 20_000  # of an import: it takes time under the lock


class Earlier:
    """Reads earlier versions, up to a number of them. is_spent: whether there were more to look at."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._left = MOST
        self.is_spent = False

    def documents(self, ids: list[str]) -> dict[str, list[Doc]]:
        """The documents of the last versions of claims before their current ones, by id, newest first."""
        found: dict[str, list[Doc]] = {}
        for some in chunks([number for one in ids if (number := parse_id(one, "clm"))]):
            docs = self._read(some) if self._left else []
            kept = docs[: self._left]
            self.is_spent = self.is_spent or not self._left or len(kept) < len(docs)
            self._left -= len(kept)
            for doc in kept:
                found.setdefault(doc["id"], []).append(doc)
        return found

    def _read(self, numbers: list[int]) -> list[Doc]:
        claim, document = tables.Claim, tables.Document
        nth = func.row_number().over(partition_by=claim.id, order_by=claim.since.desc())
        past = select(claim.number, claim.id, nth.label("n")).where(claim.id.in_(numbers), claim.until.is_not(None))
        last = past.subquery()
        found = (
            select(document.doc)
            .join(last, last.c.number == document.number)
            .where(last.c.n <= LAST)
            .order_by(last.c.id, last.c.n)
            .limit(self._left + 1)  # one more tells that there is more
        )
        return [decode(doc) for doc in self._connection.execute(found).scalars()]
