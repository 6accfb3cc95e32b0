"""Rows whose claims relate to claims that are left out, at any remove.

Storing the others shows one step of such a chain: each further one would take another attempt.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.errors import Problem
from app.store.history.revision import Revision
from app.store.imports.row_notices import RowNotices
from app.store.imports.staging import Row, Spool
from app.store.records.document import decode

HOLDS = '"relations":[{'  # what the JSON of a claim with relations has


def reject_related(notices: RowNotices, revision: Revision, keys: list[str]) -> None:
    """Leave out the rows that relate to claims with these keys, which are left out, and those that relate to them. Of a
    claim that was stored before, a relation to it stands.
    """
    naming: dict[str, list[tuple[int, int]]] = {}
    for row, at, key in _relations(notices.spool) if keys else ():
        naming.setdefault(key, []).append((row.n, at))
    while keys:
        revision.find_keys("clm", keys)
        gone = [key for key in keys if not _is_stored(revision, key)]
        keys = []
        for key in gone:
            for n, at in naming.pop(key, ()):
                row = notices.spool.row(n)
                told = f"there is no claim {key} {revision.door.unknown_claim}"
                notices.refuse(row, [Problem(("relations", at, "key"), "unknown-claim", told)])
                if row.key is not None:
                    notices.spool.add_wrong([("clm", row.key, n)])
                    keys.append(row.key)


def _relations(spool: Spool) -> Iterator[tuple[Row, int, str]]:
    """The relations of rows that are right so far: row, position, key of the other claim."""
    for row in spool.claims():
        if row.frame is not None and HOLDS in row.frame:
            for at, relation in enumerate(decode(row.frame)["relations"]):
                if relation["key"] is not None:
                    yield row, at, relation["key"]


def _is_stored(revision: Revision, key: str) -> bool:
    found = revision.id_of("clm", key)
    return found is not None and revision.is_older(found)
