"""Taking the content of a purge out of the tables and the index: rows of what goes, and what others say of it.

Everything here is after the purge's own revision is written, in the same transaction: what that wrote shows none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy import Connection

from app.store.database.bulk_insert import chunks
from app.store.database.fetching import Rows, execute, fetch_rows
from app.store.index.families import CLAIM, SPEAKER, Family
from app.store.index.removing import remove_versions
from app.store.records.document import Doc, decode, encode
from app.store.records.kinds import TABLES
from app.store.records.rows import COLUMNS
from app.store.write.purge_plan import Plan
from app.store.write.redacting import claim_with_nameless_relations, lists_without, source_without_text, speaker_without

AT_ONCE: Final = 5_000  # rows that one statement names
OF_SPEAKERS: Final = ("speaker_names", "speaker_words", "speaker_identifiers", "tenures", "speaker_definitions")
UNUSED_TEXTS: Final = "SELECT text_sha256 FROM sources WHERE text_sha256 IS NOT NULL"

_DOCUMENTS: Final = "SELECT number, doc FROM documents WHERE number IN ??"
_OF_RECORDS: Final = "SELECT id, since, doc FROM {} WHERE id IN ??"
_DEFINITIONS: Final = "SELECT speaker_id, given FROM speaker_definitions WHERE given IS NOT NULL AND speaker_id IN ??"
_BEGUN: Final = (
    "SELECT number, since FROM claims WHERE number IN ??",
    "SELECT number, since FROM speakers WHERE id IN ??",
)


def erase(connection: Connection, plan: Plan) -> None:
    """Delete what the plan names, and redact what stays. Answers that are given again go all: which of them show what
    is purged is not known.
    """
    claims, speakers = sorted(plan.versions), sorted(plan.records["spk"])
    begun: dict[Family, dict[int, int]] = {
        CLAIM: dict(_rows(connection, _BEGUN[0], claims)),
        SPEAKER: dict(_rows(connection, _BEGUN[1], speakers)),
    }
    _redact(connection, plan)
    for table in COLUMNS:
        _delete(connection, table, "number", claims)
    for prefix, kind in TABLES.items():
        _delete(connection, kind.__tablename__, "id", plan.records[prefix])
    for table in OF_SPEAKERS:
        _delete(connection, table, "speaker_id", speakers)
    for prefix, numbers in plan.records.items():
        for some in chunks(sorted(numbers), AT_ONCE):
            execute(connection, "DELETE FROM record_keys WHERE type = ? AND id IN ??", prefix, some)
            execute(connection, "DELETE FROM merges WHERE type = ? AND id IN ??", prefix, some)
    execute(connection, f"DELETE FROM source_texts WHERE sha256 NOT IN ({UNUSED_TEXTS})")  # noqa: S608  # our own
    execute(connection, "DELETE FROM idempotent_answers")
    remove_versions(connection, begun)


def _delete(connection: Connection, table: str, column: str, numbers: Iterable[int]) -> None:
    for some in chunks(sorted(numbers), AT_ONCE):
        execute(connection, f"DELETE FROM {table} WHERE {column} IN ??", some)  # noqa: S608  # names of our own


def _redact(connection: Connection, plan: Plan) -> None:
    """Take what goes out of the documents of before that stay."""
    gone = plan.gone
    for number, text in _rows(connection, _DOCUMENTS, sorted(plan.naming)):
        doc = encode(claim_with_nameless_relations(decode(text), gone))
        execute(connection, "UPDATE documents SET doc = ? WHERE number = ?", doc, number)
    _redact_records(connection, "speakers", plan.speakers, lambda doc: speaker_without(doc, gone))
    _redact_records(connection, "sources", plan.sources, source_without_text)
    for some in chunks(sorted(plan.records["spk"]), AT_ONCE):
        execute(connection, "UPDATE tenures SET organization_id = NULL WHERE organization_id IN ??", some)
    for some in chunks(sorted(plan.records["src"]), AT_ONCE):
        execute(connection, "UPDATE speakers SET source_id = NULL WHERE source_id IN ??", some)
    for some in chunks(sorted(plan.sources), AT_ONCE):
        execute(connection, "UPDATE sources SET text_sha256 = NULL WHERE id IN ??", some)
    for number, given in _rows(connection, _DEFINITIONS, sorted(plan.speakers)):
        lists = encode(lists_without(decode(given), gone))
        execute(connection, "UPDATE speaker_definitions SET given = ? WHERE speaker_id = ?", lists, number)


def _redact_records(connection: Connection, table: str, ids: set[int], redacted: Callable[[Doc], Doc]) -> None:
    for number, since, text in _rows(connection, _OF_RECORDS.format(table), sorted(ids)):
        doc = encode(redacted(decode(text)))
        execute(connection, f"UPDATE {table} SET doc = ? WHERE id = ? AND since = ?", doc, number, since)  # noqa: S608


def _rows(connection: Connection, statement: str, numbers: list[int]) -> Rows:
    return [row for some in chunks(numbers, AT_ONCE) for row in fetch_rows(connection, statement, some)]
