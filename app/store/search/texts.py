"""The stored texts of sources, whole."""

from __future__ import annotations

from typing import Final

from app.errors import NotFound
from app.store.database.engine import Snapshot
from app.store.database.fetching import fetch_rows
from app.store.records.document import decode
from app.store.search.records import Record

_TEXT: Final = "SELECT text FROM source_texts WHERE sha256 = ?"


def digest_of_text(source: Record) -> str:
    """The SHA-256 of the text that a source has. Raises NotFound where it has none."""
    digest: str | None = decode(source.document)["text_sha256"]
    if digest is None:
        raise NotFound(f"{source.id} has no text: none was given with it", code="no-text")
    return digest


def read_text(connection: Snapshot, source: Record) -> str:
    """The text of a source. Raises NotFound where it has none, or it is not held here, as in the copy of a server."""
    digest = digest_of_text(source)
    for (text,) in fetch_rows(connection, _TEXT, digest):
        return str(text)
    raise NotFound(f"the text of {source.id} (SHA-256 {digest}) is not held here", code="no-text")
