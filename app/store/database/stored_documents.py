"""Documents of claims' versions, joined in an order: the one thing of a page that its engine makes.

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
_ROWS = "SELECT number, convert_to(doc, 'UTF8') FROM documents WHERE number IN ??"


def read_documents(connection: Connection, numbers: list[int], between: bytes = b",\n") -> bytes:
    """The documents with these numbers, in their order, with something between each two."""
    if not numbers:
        return b""
    if connection.dialect.name == "sqlite":
        joined: bytes = fetch_rows(connection, _JOINED, between.decode(), numbers)[0][0]
        return joined
    documents: dict[int, bytes] = dict(fetch_rows(connection, _ROWS, numbers))
    return between.join([documents[number] for number in numbers])
