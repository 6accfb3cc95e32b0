"""Ends of records: those whose creation was undone. Their versions stay, and their keys may be given again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection

from app.store.database.bulk_insert import insert_values

_COLUMNS: Final = ("type", "id", "revision", "kind")


def note_ended(
    connection: Connection, prefix: str, numbers: Iterable[int], revision: int, kind: str = "undone"
) -> None:
    """Note that records ended with a revision, by the numbers in their ids. The caller has ended their versions."""
    insert_values(connection, "ended_records", _COLUMNS, [(prefix, one, revision, kind) for one in numbers])
