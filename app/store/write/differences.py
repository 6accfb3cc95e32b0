"""The differences that a revision makes: each document before and after it, read in the transaction that writes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection

from app.store.database.bulk_insert import chunks
from app.store.database.fetching import fetch_rows
from app.store.history.revision import Revision
from app.store.records.document import Doc, decode
from app.store.records.kinds import NOUNS, TABLES
from app.store.records.rows import number_of
from app.store.write.compare import changed_documents
from app.store.write.compare_records import changed_in
from app.store.write.outcomes import Outcome

_VERSIONS: Final = "SELECT doc FROM {0} WHERE id IN ?? AND {1} = ?"
_OF_CLAIMS: Final = "claims JOIN documents USING (number)"
_NEW_CLAIMS: Final = "SELECT id FROM claims WHERE since = ? AND number > ? ORDER BY id"


class Differences:
    """Reads what one revision has written so far. last_before: the number of the last version of a claim before it."""

    def __init__(self, revision: Revision, last_before: int) -> None:
        self._connection: Connection = revision.connection
        self._revision = revision.number
        self._last_before = last_before

    def of_records(self) -> Iterator[Outcome]:
        """The outcomes of the speakers, sources and metrics that were stored before and are others by now."""
        for prefix in ("src", "spk", "met"):
            table = TABLES[prefix].__tablename__
            found = fetch_rows(
                self._connection,
                f"SELECT id FROM {table} WHERE since = ? ORDER BY id",  # noqa: S608  # one of three
                self._revision,
            )
            for some in chunks([number for (number,) in found]):
                before, after = self._documents(table, some)
                for record_id, old in before.items():
                    if changes := changed_in(prefix, old, after[record_id]):
                        yield Outcome("updated", record_id, old["key"], changes, what=NOUNS[prefix][:-1])

    def of_claims(self, ids: list[str]) -> dict[str, Outcome]:
        """Differences of claims, by id, of these, stored before and others by now, as if no row told them."""
        before, after = self._documents(_OF_CLAIMS, [number_of(one) for one in ids])
        found = {one: changed_documents(old, after[one]) for one, old in before.items()}
        return {one: Outcome("rendered", one, after[one]["key"], changes) for one, changes in found.items() if changes}

    def new_versions(self) -> list[int]:
        """The numbers in the ids of the claims that have a version of this revision."""
        found = fetch_rows(self._connection, _NEW_CLAIMS, self._revision, self._last_before)
        return [number for (number,) in found]

    def _documents(self, table: str, numbers: list[int]) -> tuple[dict[str, Doc], dict[str, Doc]]:
        """The documents of records before and after the revision, by id, of those that have both."""
        ended, begun = (
            {doc["id"]: doc for (text,) in self._rows(table, column, numbers) for doc in [decode(text)]}
            for column in ("until", "since")
        )
        return {one: doc for one, doc in ended.items() if one in begun}, begun

    def _rows(self, table: str, column: str, numbers: list[int]) -> list[tuple[str]]:
        return fetch_rows(self._connection, _VERSIONS.format(table, column), numbers, self._revision)
