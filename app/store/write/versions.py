"""Versions of claims as they are written in one revision: their rows, and what the index has of them.

This is the only module that changes what is stored of a claim.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.store.database.bulk_insert import insert_values
from app.store.database.fetching import execute
from app.store.history.revision import Revision
from app.store.index.facts import ClaimFacts
from app.store.index.families import CLAIM
from app.store.index.terms import (
    CitationFacts,
    claim_facts,
    facts_hash,
    first_source,
    words_language,
)
from app.store.index.writing import IndexWriter
from app.store.records.document import Doc
from app.store.records.rows import COLUMNS, Row, rows_of
from app.store.write.amending import Stored
from app.store.write.claim_words import ClaimWords


@dataclass(slots=True)
class Version:
    """A version to be written. replaces: the current one, if any. facts, words: where they are made already."""

    doc: Doc
    replaces: Stored | None = None
    facts: ClaimFacts | None = None
    words: ClaimWords | None = None


class Versions:
    """Writes versions of claims. records: the documents that they refer to, by id."""

    def __init__(self, revision: Revision, index: IndexWriter, records: Mapping[str, Doc]) -> None:
        self._revision = revision
        self._connection = revision.connection
        self._index = index
        self._records = records
        self._citations = CitationFacts()

    def write(self, versions: Iterable[Version]) -> None:
        """Write versions, numbered in this order, and end those that they replace."""
        versions = list(versions)
        self.end([version.replaces for version in versions if version.replaces])
        rows: dict[str, list[Row]] = defaultdict(list)
        for version in versions:
            words = version.words
            is_right = words and words.language == self._language(version.doc)
            texts, context = (words.texts, words.context) if words and is_right else (None, None)
            facts = version.facts or claim_facts(version.doc, self._records, texts, context, self._citations)
            number = self._index.add(facts)
            for table, row in rows_of(version.doc, number, facts_hash(facts), words.hashed if words else None):
                rows[table].append(row)
        for table, found in rows.items():
            insert_values(self._connection, table, COLUMNS[table], found)

    def _language(self, doc: Doc) -> str | None:
        return words_language(doc, first_source(doc, self._records))

    def end(self, stored: list[Stored]) -> None:
        """End versions. Versions of this revision, which nobody saw, are deleted: only their numbers are used up."""
        if not stored:
            return
        own = [old.number for old in stored if old.doc["revision"] == self._revision.number]
        for table in COLUMNS if own else ():
            execute(self._connection, f"DELETE FROM {table} WHERE number IN ??", own)  # noqa: S608  # names of our own
        self.end_numbers([old.number for old in stored])

    def end_numbers(self, numbers: list[int]) -> None:
        """End versions that no other replaces."""
        self._index.close(CLAIM, numbers)
        execute(self._connection, "UPDATE claims SET until = ? WHERE number IN ??", self._revision.number, numbers)
