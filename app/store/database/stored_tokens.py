"""Texts in the stored tokens of claims' versions, looked for by the engine: most rows need not leave it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from app.store.database.fetching import Rows, fetch_rows

_SQLITE: Final = (  # joined in this order, no list of the numbers is made to look into
    "SELECT number, CASE WHEN ?2 AND instr(tokens, ?3) THEN NULL ELSE tokens END"
    " FROM json_each(?1) AS wanted CROSS JOIN index_tokens ON number = wanted.value"
    " WHERE instr(tokens, ?3) OR instr(tokens, ?4)"
)
_POSTGRESQL: Final = (
    "SELECT number, CASE WHEN ? AND strpos(tokens, ?) > 0 THEN NULL ELSE tokens END FROM index_tokens"
    " WHERE number IN ?? AND (strpos(tokens, ?) > 0 OR strpos(tokens, ?) > 0)"
)


def tokens_with(connection: Connection, numbers: list[int], text: str, sign: str, *, anywhere: bool) -> Rows:
    """Number and tokens of those of some versions whose tokens have a text or a sign in them.

    anywhere: the tokens are None where the text is in them, as its place does not matter.
    """
    if connection.dialect.name == "sqlite":
        return fetch_rows(connection, _SQLITE, numbers, anywhere, text, sign)
    return fetch_rows(connection, _POSTGRESQL, anywhere, text, numbers, text, sign)
