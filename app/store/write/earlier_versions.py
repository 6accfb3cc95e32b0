"""Earlier versions of claims and of records, as far as an import looks at them to tell what it takes back."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, func, select

from app.domain.record.records_in import parse_id
from app.store.database import tables
from app.store.database.bulk_insert import chunks
from app.store.records.document import Doc, decode
from app.store.records.kinds import TABLES

LAST: Final = 20  # versions of a claim that are looked at, the last before the current one
LAST_OF_RECORDS: Final = 100  # the same of a speaker, source or metric: each import that adds a spelling makes one
MOST: Final = 20_000  # of an import: it takes time under the lock


class Earlier:
    """Reads earlier versions, up to a number of them. is_spent: whether there were more to look at."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._left = MOST
        self.is_spent = False

    def documents(self, ids: list[str]) -> dict[str, list[Doc]]:
        """The documents of the last versions of claims before their current ones, by id, newest first."""
        return self._found("clm", ids)

    def records(self, prefix: str, ids: list[str]) -> dict[str, list[Doc]]:
        """The same of speakers, sources or metrics."""
        return self._found(prefix, ids)

    def _found(self, prefix: str, ids: list[str]) -> dict[str, list[Doc]]:
        found: dict[str, list[Doc]] = {}
        for some in chunks([number for one in ids if (number := parse_id(one, prefix))]):
            docs = self._read(prefix, some) if self._left else []
            kept = docs[: self._left]
            self.is_spent = self.is_spent or not self._left or len(kept) < len(docs)
            self._left -= len(kept)
            for doc in kept:
                found.setdefault(doc["id"], []).append(doc)
        return found

    def _read(self, prefix: str, numbers: list[int]) -> list[Doc]:
        own: Any = tables.Claim if prefix == "clm" else TABLES[prefix]
        nth = func.row_number().over(partition_by=own.id, order_by=own.since.desc())
        doc = tables.Document.doc if prefix == "clm" else own.doc
        past = select(own.id, nth.label("n"), doc.label("doc")).where(own.id.in_(numbers), own.until.is_not(None))
        whole = past.join(tables.Document, tables.Document.number == own.number) if prefix == "clm" else past
        last = whole.subquery()
        looked_at = LAST if prefix == "clm" else LAST_OF_RECORDS
        found = select(last.c.doc).where(last.c.n <= looked_at).order_by(last.c.id, last.c.n)
        most = found.limit(self._left + 1)  # one more tells that there is more
        return [decode(text) for text in self._connection.execute(most).scalars()]
