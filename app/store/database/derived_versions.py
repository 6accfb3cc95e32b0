"""The versions of what is derived from the stored records: which a database has, and which this release makes.

    words      tokens and folded names (app/domain/text/tokenizer.py, stems.py)
    index      what claims are found by: facts of versions (app/store/index/), and derived columns of other records
    documents  the shape of the stored JSON; a new version may add null fields, never change or drop one
    content    what follows from other records: roles by tenure, verifications, how many documents prove a claim

A change of derived data counts the version up here (of words in tokenizer.py), as
tests/store/test_pinned_derivations.py demands by digests. `onrecord migrate` then makes anew what is behind.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from app.domain.text.tokenizer import WORD_RULES
from app.store.database.tables import DerivedVersion

INDEX_VERSION: Final = 6
DOCUMENT_VERSION: Final = 3
CONTENT_RULES: Final = 4
DOCUMENTS_COUNTED: Final = 2  # the content version since which source__count counts documents, and not sources

CURRENT: Final[dict[str, int]] = {
    "words": WORD_RULES,
    "index": INDEX_VERSION,
    "documents": DOCUMENT_VERSION,
    "content": CONTENT_RULES,
}


def stored_versions(connection: Connection) -> dict[str, int]:
    """The version of each in the database, the newest where it has had several; 0 where none is recorded."""
    stored = dict.fromkeys(CURRENT, 0)
    for name, version in connection.execute(select(DerivedVersion.name, DerivedVersion.version)):
        stored[name] = max(stored.get(name, 0), version)
    return stored


def names_behind(stored: dict[str, int]) -> list[str]:
    """The names with an older version than this release."""
    return [name for name, version in CURRENT.items() if stored.get(name, 0) < version]


def newer_names(stored: dict[str, int]) -> list[str]:
    """The names with a version newer than this release."""
    return [name for name, version in stored.items() if version > CURRENT.get(name, 0)]


def versions_told(stored: dict[str, int], names: list[str]) -> str:
    """Some of the stored versions beside those of this release, for people."""
    return ", ".join(f"{name} of version {stored[name]} (this release: {CURRENT.get(name, 0)})" for name in names)


def record_versions(connection: Connection, content_since: int) -> None:
    """Note that everything is of today's versions. Content keeps its history: each version with the revision since
    which documents follow it.
    """
    versions = DerivedVersion
    connection.execute(delete(versions).where(versions.name != "content"))
    rows = [{"name": name, "version": version, "since": 0} for name, version in CURRENT.items() if name != "content"]
    connection.execute(insert(versions), rows)
    known = select(versions.version).where(versions.name == "content", versions.version == CONTENT_RULES)
    if connection.execute(known).first() is None:
        row = {"name": "content", "version": CONTENT_RULES, "since": content_since}
        connection.execute(insert(versions), row)


def content_since(connection: Connection, version: int) -> int | None:
    """The revision since which documents follow the content rules of a version, or later ones; None where none do."""
    versions = DerivedVersion
    found = select(func.min(versions.since)).where(versions.name == "content", versions.version >= version)
    return connection.execute(found).scalar()
