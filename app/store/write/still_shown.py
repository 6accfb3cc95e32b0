"""The records that an undo leaves, for others show them; and which ones do. It is told where nothing else is undone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from pyroaring import BitMap

from app.domain.record.records_in import parse_id
from app.errors import NamedRecord, ShownRecord
from app.store.database.fetching import fetch_rows
from app.store.history.revision import Revision
from app.store.write.showing import Showing

MOST_TOLD: Final = 100  # records that are listed
MOST_BY: Final = 5  # of the records that show one

_CLAIMS: Final = (
    "SELECT c.id, k.key FROM claims c JOIN record_keys k ON k.type = 'clm' AND k.id = c.id"
    " WHERE c.number IN ?? ORDER BY c.id"
)


def still_shown(revision: Revision, showing: Showing, ids: list[str]) -> Iterator[ShownRecord]:
    """The first of these records, each with the claims and speakers that show it, in a revision that wrote nothing."""
    alive = showing.alive()
    for record_id in ids[:MOST_TOLD]:
        prefix = record_id[:3]
        claims = showing.current_claims(prefix, record_id) & alive
        speakers = [holder for holder, _ in showing.holders(prefix, [parse_id(record_id, prefix) or 0])]
        named = [NamedRecord(f"clm_{number}", key) for number, key in _first(revision, claims)]
        named += (NamedRecord(one, revision.key_of(one)) for one in speakers[: MOST_BY - len(named)])
        yield ShownRecord(record_id, revision.key_of(record_id), tuple(named), len(claims) + len(speakers))


def _first(revision: Revision, claims: BitMap) -> list[tuple[int, str]]:
    numbers = list(islice(claims, MOST_BY))
    return [tuple(row) for row in fetch_rows(revision.connection, _CLAIMS, numbers)] if numbers else []
