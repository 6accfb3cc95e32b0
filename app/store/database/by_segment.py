"""Looking into every segment of the index, where the engines need other statements.

SQLite takes the tables in the order in which a LEFT JOIN names them. PostgreSQL would rather read all postings than
look into each segment for a range of terms, unless it is told to by LATERAL and a fence (OFFSET 0).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from app.store.database.fetching import Rows, fetch_rows

_WITH_TERMS: Final = """
SELECT s.segment, p.term, p.numbers FROM index_segments AS s
LEFT JOIN index_postings AS p ON p.segment = s.segment AND p.term {} WHERE s.last > ?
"""
_BETWEEN: Final = {
    "sqlite": """
SELECT s.segment, p.term, p.numbers FROM index_segments AS s
LEFT JOIN index_postings AS p ON p.segment = s.segment AND p.term >= ? AND p.term < ? WHERE s.last > ?
""",
    "postgresql": """
SELECT s.segment, p.term, p.numbers FROM index_segments AS s
LEFT JOIN LATERAL (
    SELECT term, numbers FROM index_postings WHERE segment = s.segment AND term >= ? AND term < ? OFFSET 0
) AS p ON TRUE WHERE s.last > ?
""",
}
_FIRST: Final = "SELECT term FROM index_postings WHERE segment = ? AND term >= ? AND term < ? ORDER BY term LIMIT ?"
_FIRST_OF_EACH: Final = """
SELECT DISTINCT p.term FROM index_segments AS s, LATERAL (
    SELECT term FROM index_postings WHERE segment = s.segment AND term >= ? AND term < ? ORDER BY term LIMIT ?
) AS p
"""


def rows_with_terms(connection: Connection, terms: list[bytes], after: int) -> Rows:
    """The number of each segment with revisions after one, with each of these terms that it has, and the postings; at
    least one row of each segment, of None where it has no such term.
    """
    if connection.dialect.name == "postgresql":
        return fetch_rows(connection, _WITH_TERMS.format("= ANY(?)"), terms, after)
    places = 1 << (len(terms) - 1).bit_length()  # a power of two: of few different statements, which SQLite holds ready
    filled = terms + terms[-1:] * (places - len(terms))
    return fetch_rows(connection, _WITH_TERMS.format(f"IN ({', '.join('?' * places)})"), *filled, after)


def rows_between(connection: Connection, begin: bytes, end: bytes, after: int) -> Rows:
    """The same for all terms from `begin` on, before `end`."""
    return fetch_rows(connection, _BETWEEN[connection.dialect.name], begin, end, after)


def first_terms(connection: Connection, segments: list[int], begin: bytes, end: bytes, limit: int) -> set[bytes]:
    """The first so many terms from `begin` on, before `end`, of each segment."""
    if connection.dialect.name == "postgresql":
        return {row[0] for row in fetch_rows(connection, _FIRST_OF_EACH, begin, end, limit)}
    found = (fetch_rows(connection, _FIRST, segment, begin, end, limit) for segment in segments)
    return {row[0] for rows in found for row in rows}
