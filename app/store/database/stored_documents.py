"""Documents as bytes: those of claims' versions joined in an order, the one thing of a page that its engine makes; and
those of some versions of any record.

SQLite joins them itself: fetched row by row, each would take and drop the interpreter lock. PostgreSQL gives bytes by
row, which costs it less than to sort and join them, and no decoding.
"""

from __future__ import annotations

from sqlalchemy import Connection

from app.store.database.fetching import fetch_rows

_JOINED = (
    "SELECT CAST(group_concat((SELECT doc FROM documents WHERE number = wanted.value), ?) AS BLOB)"
    " FROM json_each(?) AS wanted"
)
_BYTES = {"sqlite": "CAST(doc AS BLOB)", "postgresql": "convert_to(doc, 'UTF8')"}
_ROWS = "SELECT number, {bytes} FROM {table} WHERE number IN ??"
_SINCE = "SELECT id, since, {bytes} FROM {table} WHERE since BETWEEN ? AND ? AND id IN ??"


def read_documents(connection: Connection, numbers: list[int], between: bytes = b",\n") -> bytes:
    """The documents with these numbers, in their order, with something between each two."""
    if not numbers:
        return b""
    if connection.dialect.name == "sqlite":
        joined: bytes = fetch_rows(connection, _JOINED, between.decode(), numbers)[0][0]
        return joined
    documents = documents_by_number(connection, "documents", numbers)
    return between.join([documents[number] for number in numbers])


def documents_by_number(connection: Connection, table: str, numbers: list[int]) -> dict[int, bytes]:
    """The documents of these versions, by their numbers. table: documents (of claims) or speakers."""
    statement = _ROWS.format(bytes=_BYTES[connection.dialect.name], table=table)
    return dict(fetch_rows(connection, statement, numbers))


def documents_since(
    connection: Connection, table: str, ids: list[int], first: int, last: int
) -> dict[tuple[int, int], bytes]:
    """The documents of versions of some records that began between two revisions, by id and revision. table: sources
    or metrics.
    """
    statement = _SINCE.format(bytes=_BYTES[connection.dialect.name], table=table)
    rows = fetch_rows(connection, statement, first, last, ids)
    return {(number, since): document for number, since, document in rows}
