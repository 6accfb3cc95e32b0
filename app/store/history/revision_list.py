"""The revisions of a database: who changed it when, and how much."""

from __future__ import annotations

import re
from typing import Any, Final

from sqlalchemy import Connection

from app.errors import NotFound
from app.store.database.fetching import fetch_rows
from app.store.history.moment import newest_revision
from app.store.records.document import Doc, decode

_NUMBER: Final = re.compile("[1-9][0-9]{0,14}")
_COLUMNS: Final = "SELECT number, recorded_at, actor, comment, counts, undoes FROM revisions"
_BEFORE: Final = f"{_COLUMNS} WHERE number < ? ORDER BY number DESC LIMIT ?"
_ONE: Final = f"{_COLUMNS} WHERE number = ?"


def read_revisions(connection: Connection, before: int, limit: int) -> list[Doc]:
    """The last revisions before one, newest first."""
    return [_shown(*row) for row in fetch_rows(connection, _BEFORE, before, limit)]


def read_revision(connection: Connection, number: str) -> Doc:
    """The revision with a number. Raises NotFound, for what is no number as well."""
    for row in fetch_rows(connection, _ONE, int(number)) if _NUMBER.fullmatch(number) else ():
        return _shown(*row)
    newest = newest_revision(connection)
    raise NotFound(f"there is no revision {number[:80]}; " + (f"they are 1 to {newest}" if newest else "there is none"))


def _shown(number: int, recorded_at: str, actor: str, comment: str | None, counts: str, undoes: int | None) -> Doc:
    told: dict[str, Any] = {"number": number, "recorded_at": recorded_at, "actor": actor, "comment": comment}
    return told | {"counts": decode(counts), "undoes": undoes}
