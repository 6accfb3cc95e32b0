"""Changes of datasets by revision, as `/v1/changes` tells them."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from sqlalchemy import Connection

from app.domain.record.datasets import FIELDS
from app.store.database.fetching import fetch_rows
from app.store.records.document import Doc

COUNTED: Final = '"datasets_'  # what the counts of a revision hold that did anything to one

_DESCRIBED: Final = (
    f"SELECT since, name, {', '.join(FIELDS)} FROM datasets WHERE since BETWEEN ? AND ? ORDER BY since, id"  # noqa: S608  # ours
)
_ENDED: Final = (
    "SELECT until, name FROM datasets d WHERE until BETWEEN ? AND ?"
    " AND NOT EXISTS (SELECT 1 FROM datasets n WHERE n.id = d.id AND n.since = d.until) ORDER BY until, id"
)


def datasets_of(connection: Connection, first: int, last: int) -> dict[int, list[Doc]]:
    """The datasets that each revision from one to another described, and those that it ended, which have no fields but
    `name` and `ended`.
    """
    found: dict[int, list[Doc]] = defaultdict(list)
    for since, name, *description in fetch_rows(connection, _DESCRIBED, first, last):
        found[since].append({"name": name, "ended": False} | dict(zip(FIELDS, description, strict=True)))
    for until, name in fetch_rows(connection, _ENDED, first, last):
        found[until].append({"name": name, "ended": True} | dict.fromkeys(FIELDS))
    return found
