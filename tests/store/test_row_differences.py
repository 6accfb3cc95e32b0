"""Rows are compared with the documents that they follow from, and each difference is told."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from app.store.database.engine import Database
from app.store.database.tables import RecordKey
from app.store.imports.importer import Report
from app.store.upgrade.row_differences import row_differences
from app.store.write.merge import merge_records
from tests.conftest import SEED
from tests.importing import import_paths

CLAIMS = """
source: {key: s, title: T, publisher: Herald}
speakers: [{key: ann, name: Ann Other, kind: person, aliases: [Annie], identifiers: {wikidata: Q1},
            tenures: [{title: minister, organization: Office, since: 2020}]},
           {key: bob, name: Bob Else, kind: person}]
claims:
- {key: one, speaker: {key: ann}, quote: We will not do so, topics: [war, peace], said_on: 2021-05,
   figures: [{metric: guns, value: 4, unit: count}], assessments: [{publisher: P, rating: "True"}]}
- {key: two, speaker: {key: bob}, quote: We will, dataset: wire, language: en, role: {title: head, organization: House},
   relations: [{type: supports, key: one}]}
"""


def differences(database: Database) -> list[str]:
    with database.read_through() as connection:
        return list(row_differences(connection, lambda *_told: None))


def test_what_was_written_is_what_documents_make(database: Database, import_yaml: Callable[..., Report]) -> None:
    assert differences(database) == []
    import_paths(database, [SEED])
    assert not import_yaml(CLAIMS).faults
    assert not import_yaml(
        CLAIMS.replace("Annie", "Anna").replace("value: 4", "value: 5").replace("Herald", "H")
    ).faults
    assert not import_yaml(CLAIMS.replace("key: two, ", "key: two, retraction: {kind: record_error}, ")).faults
    with database.read() as connection:
        found = connection.execute(select(RecordKey.key, RecordKey.id).where(RecordKey.key.in_(("ann", "bob"))))
        ids = {key: f"spk_{number}" for key, number in found}
    merge_records(database, ids["bob"], ids["ann"], actor="test")
    assert differences(database) == []


DAMAGES = {  # of the rows of CLAIMS, and what is told of each
    "UPDATE claims SET language = 'fr' WHERE number = 2": "claims 2: another row than its document makes",
    "UPDATE claims SET words_hash = words_hash + 1 WHERE number = 1": "claims 1: another row than its document makes",
    "UPDATE documents SET quote = 'We' WHERE number = 1": "documents 1: another row than its document makes",
    "DELETE FROM topics WHERE number = 1 AND n = 1": "topics 1, 1: the row is missing",
    "INSERT INTO topics (number, n, topic) VALUES (2, 0, 'war')": "topics 2, 0: the row is too many",
    "UPDATE figures SET value = '4.0'": "figures 1, 0: another row than its document makes",
    "UPDATE roles SET title = 'hand' WHERE number = 2": "roles 2, 0: another row than its document makes",
    "UPDATE relations SET claim_id = 2": "relations 2, 0: another row than its document makes",
    "UPDATE record_keys SET key = 'three' WHERE type = 'clm' AND id = 1": "clm_1: another key than in its document",
    "DELETE FROM record_keys WHERE type = 'src'": "src_1: another key than in its document",
    "UPDATE speakers SET name = 'Ann' WHERE id = 1": "speakers 1, 1: another row than its document makes",
    "DELETE FROM speaker_names WHERE name = 'Annie'": r"speaker_names \d+, 1, 1: the row is missing",
    "DELETE FROM speaker_words WHERE words = 'annie'": r"speaker_words \d+, 1, annie: the row is missing",
    "UPDATE speaker_identifiers SET value = 'Q2'": r"speaker_identifiers \d+, 1, wikidata, Q1: the row is missing",
    "UPDATE tenures SET held_from = 1": r"tenures \d+, 1, 0: another row than its document makes",
    "UPDATE sources SET publisher = 'post'": "sources 1, 1: another row than its document makes",
    "UPDATE metrics SET unit = 'm'": "metrics 1, 1: another row than its document makes",
    "UPDATE claims SET until = 7 WHERE number = 2": "clm_2: its version since 1 ends at 7, not at None",
    "DELETE FROM datasets": "clm_2: its dataset wire has no row as of revision 1",
    "DELETE FROM documents WHERE number = 2": "claims 2: it has no row in documents",
    "DELETE FROM claims WHERE number = 2": "documents 2: it has no row in claims",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_difference_is_told(database: Database, imported: Callable[..., None], damage: str) -> None:
    imported(CLAIMS)
    with database.write() as connection:
        assert connection.execute(text(damage)).rowcount == 1
    assert any(re.fullmatch(DAMAGES[damage], told) for told in differences(database))


def test_a_version_that_ends_before_the_next_begins_is_told(
    database: Database, import_yaml: Callable[..., Report], imported: Callable[..., None]
) -> None:
    imported(CLAIMS)
    assert not import_yaml(CLAIMS.replace("value: 4", "value: 5")).faults
    with database.write() as connection:
        connection.execute(text("UPDATE claims SET until = 3 WHERE since = 1 AND id = 1"))
    assert differences(database) == ["clm_1: its version since 1 ends at 3, not at 2"]
