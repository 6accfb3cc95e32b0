"""The words of a claim are derived where its row is checked, and become those of the claim that is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.text.quote_matcher import NOT_FOUND
from app.store.database.engine import Database
from app.store.history.revision import Revision
from app.store.imports.check_rows import check_row
from app.store.imports.importer import Report
from app.store.index.writing import IndexWriter
from app.store.records.document import decode
from app.store.upgrade.index_differences import index_differences
from app.store.write.claim_words import words_of
from app.store.write.places import Place, verify
from app.store.write.prepared import decode_prepared
from app.store.write.resolver import Resolver

WHOLE = "claims: [{key: one, quote: We were running, paraphrase: They ran, language: en, source: {key: s, title: T}}]"
CLAIMS: list[dict[str, Any]] = [
    {"quote": "U.S. jobs don't pay 1,500", "language": "en", "citations": [{"source": {"key": "s", "title": "T"}}]},
    {"paraphrase": "Sie liefen", "language": "de", "citations": [{"source": {"key": "s", "title": "T"}}]},
]


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_checked_row_has_the_words_of_its_claim(claim: dict[str, Any]) -> None:
    checked = check_row("claims", claim)
    assert checked.frame
    assert checked.prepared
    assert decode_prepared(checked.prepared).words == words_of(decode(checked.frame))


def test_a_wrong_row_has_none() -> None:
    assert check_row("claims", {"quote": "We will"}).prepared is None


@pytest.mark.parametrize("quote", ["We were running", "We had been walking"])
def test_a_row_that_sets_some_fields_has_the_words_of_the_whole_claim(
    database: Database, import_yaml: Callable[..., Report], quote: str
) -> None:
    assert not import_yaml(WHOLE).faults
    part = f"claims: [{{key: one, quote: {quote}, venue: A hall, source: {{key: s}}}}]"  # a claim by itself as well
    assert not import_yaml(part, patch=True).faults
    with database.read_through() as connection:
        assert list(index_differences(connection, lambda *_told: None, 1)) == []
        hashed = connection.execute(text("SELECT words_hash, quote FROM claims JOIN documents USING (number)")).all()
    assert len({row.words_hash for row in hashed}) == len({row.quote for row in hashed})


def test_a_place_in_another_text_than_the_source_has_counts_for_nothing(database: Database) -> None:
    with database.write() as connection:
        revision = Revision(connection, actor="test")
        resolver = Resolver(revision, IndexWriter(connection, revision.number))
        source = resolver.refer("source", {"key": "s", "title": "T", "text": "We were running away."}, None)
        doc: dict[str, Any] = {"quote": "running", "citations": [{"source": {"id": source}, "locator": None}]}
        [citation] = doc["citations"]
        verify(doc, citation, resolver.texts, Place("of another", NOT_FOUND))
    assert (citation["verification"], citation["locator"]["start"]) == ("verbatim", 8)
