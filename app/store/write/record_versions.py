"""Versions of speakers, sources and metrics as they are written in one revision: their rows, and what the index has of
speakers.

This is the only module that changes what is stored of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from app.store.database import tables
from app.store.database.bulk_insert import insert_rows
from app.store.database.fetching import execute, fetch_rows
from app.store.index.families import SPEAKER
from app.store.index.terms import speaker_facts
from app.store.index.writing import IndexWriter
from app.store.records.document import Doc
from app.store.records.kinds import TABLES
from app.store.write.record_rows import rows_of

PARTS = (tables.SpeakerName, tables.SpeakerIdentifier, tables.Tenure)  # the children of a speaker


class RecordVersions:
    """Writes versions of the records of one type (`spk`, `src`, `met`)."""

    def __init__(self, connection: Connection, index: IndexWriter, prefix: str) -> None:
        self._connection = connection
        self._index = index
        self._prefix = prefix
        self._table = TABLES[prefix]

    def write(self, docs: Iterable[Doc]) -> None:
        """Write versions, numbered in this order. The caller has ended the ones before them."""
        rows: dict[Any, list[Doc]] = {}
        for doc in docs:
            number = self._index.add_speaker(speaker_facts(doc)) if self._prefix == "spk" else 0
            for table, row in rows_of(self._prefix, doc, number):
                rows.setdefault(table, []).append(row)
        for table, found in rows.items():
            insert_rows(self._connection, table, found)

    def end(self, ids: list[int]) -> None:
        """End the current versions of records; one that this very revision wrote is written anew."""
        now, connection, is_speaker = self._index.revision, self._connection, self._prefix == "spk"
        if is_speaker:
            current = fetch_rows(connection, "SELECT number FROM speakers WHERE until IS NULL AND id IN ??", ids)
            self._index.close(SPEAKER, [number for (number,) in current])
        for kind in (self._table, *(PARTS if is_speaker else ())):
            table, own = kind.__tablename__, "id" if kind is self._table else "speaker_id"
            execute(connection, f"DELETE FROM {table} WHERE since = ? AND {own} IN ??", now, ids)  # noqa: S608  # our own
            ended = f"UPDATE {table} SET until = ? WHERE until IS NULL AND {own} IN ??"  # noqa: S608  # as above
            execute(connection, ended, now, ids)
        if is_speaker:
            execute(connection, "DELETE FROM speaker_words WHERE speaker_id IN ??", ids)
