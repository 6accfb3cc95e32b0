"""Texts in the stored tokens of claims' versions, looked for by the engine: most rows need not leave it.

The tokens are those of the quote, the paraphrase and the context, with a separator (unit separator, U+001F) between.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from app.store.database.fetching import Rows, fetch_rows

_AFTER_QUOTE: Final = "substr(tokens, instr(tokens, char(31)) + 1)"
_SQLITE_TEXTS: Final = (
    "substr(tokens, 1, instr(tokens, char(31)) - 1)",
    f"substr({_AFTER_QUOTE}, 1, instr({_AFTER_QUOTE}, char(31)) - 1)",
    f"substr({_AFTER_QUOTE}, instr({_AFTER_QUOTE}, char(31)) + 1)",
)
_SQLITE: Final = tuple(  # joined in this order, no list of the numbers is made to look into
    f"SELECT number, CASE WHEN instr({text}, ?2) THEN NULL ELSE {text} END"  # noqa: S608  # texts of our own
    " FROM json_each(?1) AS wanted CROSS JOIN index_tokens ON number = wanted.value"
    f" WHERE instr({text}, ?2) OR instr({text}, ?3)"
    for text in _SQLITE_TEXTS
)
_POSTGRESQL: Final = tuple(
    f"SELECT number, CASE WHEN strpos({text}, ?) > 0 THEN NULL ELSE {text} END FROM index_tokens"  # noqa: S608
    f" WHERE number IN ?? AND (strpos({text}, ?) > 0 OR strpos({text}, ?) > 0)"
    for text in (f"split_part(tokens, chr(31), {place})" for place in (1, 2, 3))
)


def find_tokens(connection: Connection, numbers: list[int], place: int, words: str, sign: str) -> Rows:
    """The versions, among some, that have words or a sign in one text: 0 is the quote, 1 the paraphrase, 2 the context.

    Each row has a number; and the text where it has the sign alone.
    """
    if connection.dialect.name == "sqlite":
        return fetch_rows(connection, _SQLITE[place], numbers, words, sign)
    return fetch_rows(connection, _POSTGRESQL[place], words, numbers, words, sign)


def tokens_by_number(connection: Connection, numbers: list[int]) -> dict[int, list[str]]:
    """The encoded texts of some versions, by their numbers: quote, paraphrase and context."""
    rows = fetch_rows(connection, "SELECT number, tokens FROM index_tokens WHERE number IN ??", numbers)
    return {number: tokens.split("\x1f") for number, tokens in rows}
