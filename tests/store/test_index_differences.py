"""The index is compared with the records that it is made from, and each difference is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from app.demo.generated_claims import as_line, generate, generate_edits
from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.upgrade.index_differences import index_differences
from app.store.write.merge import merge_records
from tests.conftest import SEED
from tests.importing import import_paths

EDITS = """
source: {key: s, title: T}
speakers: [{key: ann, name: Ann Other, kind: person}, {key: bob, name: Bob Else, kind: person}]
claims:
- {key: one, speaker: {key: ann}, quote: We will not do so again, figures: [{metric: guns, value: 4, unit: count}]}
- {key: two, speaker: {key: bob}, quote: We will, language: en, said_on: 2024-04, role: minister}
"""


def differences(database: Database) -> list[str]:
    with database.read_through() as connection:
        return list(index_differences(connection, lambda *_told: None, 1))


def execute(database: Database, statement: str) -> None:
    with database.write() as connection:
        connection.execute(text(statement))


def test_what_was_written_is_in_the_index(database: Database, import_yaml: Callable[..., Report]) -> None:
    assert differences(database) == []
    assert not import_yaml(EDITS).faults
    assert differences(database) == []  # in recent revisions
    import_paths(database, [SEED])
    assert not import_yaml(EDITS.replace("Bob Else", "Robert Else").replace("value: 4", "value: 5")).faults
    [(ann, bob)] = [tuple(row) for row in _ids(database)]
    merge_records(database, f"spk_{bob}", f"spk_{ann}", actor="test")
    assert differences(database) == []


def _ids(database: Database) -> list[tuple[int, int]]:
    keys = "SELECT (SELECT id FROM record_keys WHERE key = 'ann'), (SELECT id FROM record_keys WHERE key = 'bob')"
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(text(keys))]


DAMAGES = {
    "a term is missing": """
        DELETE FROM index_postings WHERE term = (SELECT term FROM index_postings ORDER BY term LIMIT 1)""",
    "a term is another": """
        UPDATE index_postings SET term = term || term
        WHERE term = (SELECT term FROM index_postings ORDER BY term DESC LIMIT 1)""",
    "numbers are others": """
        UPDATE index_postings SET numbers = (SELECT numbers FROM index_postings ORDER BY term DESC LIMIT 1)
        WHERE term = (SELECT term FROM index_postings ORDER BY term LIMIT 1)""",
    "values are others": """
        UPDATE index_columns SET data = (SELECT data FROM index_columns WHERE name = 'claim.last_day')
        WHERE name = 'claim.speaker'""",
    "tokens are others": "UPDATE index_tokens SET tokens = 'x' WHERE number = 3",
    "tokens are missing": "DELETE FROM index_tokens WHERE number = 3",
    "an end is not in the index": """
        UPDATE claims SET until = since + 1 WHERE number = (SELECT max(number) FROM claims)""",
    "an end is of another revision": "UPDATE claims SET until = until + 1 WHERE until IS NOT NULL",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_otherwise_in_the_index_is_told(
    database: Database, filled: Callable[[object, Callable[[], object]], None], tmp_path: Path, damage: str
) -> None:
    def make() -> None:
        for name, records in (("claims", generate(60, 1)), ("edits", generate_edits(60, 1))):
            file = tmp_path / f"{name}.ndjson"
            file.write_bytes(b"".join(map(as_line, records)))
            assert not import_paths(database, [file], processes=1).faults
        assert differences(database) == []

    filled("generated claims and edits", make)
    execute(database, DAMAGES[damage])
    assert differences(database)
