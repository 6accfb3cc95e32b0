"""All that a database holds, by what it is of and not by number: for comparing databases that were filled otherwise.

Numbers of versions depend on how an import is cut into batches, and of the index what neighbours share a term depends
on its parts, and marks are drawn at random. All else is told: rows, terms, columns, and what is current when.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from app.store.database.engine import Database
from app.store.database.tables import Base, Claim, IndexTokens, Revision, Speaker
from app.store.index.families import CLAIM, ELEMENTS, FAMILIES, SPEAKER, Family
from app.store.index.reader import Index, View

Owner = tuple[Any, ...]
NEIGHBOURS = (b"+", b"-")


def contents(database: Database) -> dict[str, list[str]]:
    """Every row of every table, sorted; what the index has of each version, and which are current at each revision."""
    with database.read() as connection:
        versions = {number: (f"clm_{own}", since) for number, own, since in connection.execute(_versions(Claim))}
        speakers = {number: (f"spk_{own}", since) for number, own, since in connection.execute(_versions(Speaker))}
        _require_in_order(versions)
        _require_in_order(speakers)
        found = {}
        for table in Base.metadata.sorted_tables:
            if not table.name.startswith("index_"):
                own = speakers if table.name == "speakers" else versions
                rows = [dict(row._mapping) for row in connection.execute(select(table))]
                found[table.name] = sorted(repr(_without_number(row, own)) for row in rows)
        of = {CLAIM: versions, SPEAKER: speakers}
        found["index"] = sorted(map(repr, _indexed(connection, Index().at(connection), of)))
        found["current"] = [repr(one) for one in _current(connection, of)]
        return found


def _versions(table: Any) -> Any:
    return select(table.number, table.id, table.since)


def _require_in_order(versions: dict[int, tuple[str, int]]) -> None:
    since = [versions[number][1] for number in sorted(versions)]
    assert since == sorted(since), "numbers are not in the order of revisions"


def _without_number(row: dict[str, Any], versions: dict[int, tuple[str, int]]) -> dict[str, Any]:
    if "number" in row and "recorded_at" not in row:  # revisions have a number of their own
        row["number"] = versions[row["number"]]
    return row


def _indexed(connection: Connection, view: View, of: dict[Family, dict[int, tuple[str, int]]]) -> Iterator[Owner]:
    owners: dict[Family, dict[int, Owner]] = {family: dict(own) for family, own in of.items()}
    for family in ELEMENTS:
        owners[family] = _elements(view, family, of[CLAIM])
    for family in FAMILIES:
        own = owners[family]
        for term in view.terms_beginning(family, b"", 10_000_000):
            if not term.startswith(NEIGHBOURS):
                yield from ((family.name, term, own[number]) for number in view.postings(family, term) if number in own)
        for name in family.columns:
            if name != "version":
                values = view.column(family, name)
                yield from ((family.name, name, owner, values[number].item()) for number, owner in own.items())
    for number, tokens in connection.execute(select(IndexTokens.number, IndexTokens.tokens)):
        if number in of[CLAIM]:
            yield "tokens", of[CLAIM][number], tokens


def _current(connection: Connection, of: dict[Family, dict[int, tuple[str, int]]]) -> Iterator[Owner]:
    """The versions that are current at each revision by the index."""
    index = Index()
    for revision in connection.execute(select(Revision.number).order_by(Revision.number)).scalars():
        view = index.at(connection, revision)
        for family, versions in of.items():
            yield revision, family.name, sorted(versions[number] for number in view.visible(family))


def _elements(view: View, family: Family, versions: dict[int, tuple[str, int]]) -> dict[int, Owner]:
    """The owners of elements: the version, and the place in its list."""
    found: dict[int, Owner] = {}
    seen: dict[int, int] = {}
    for number, version in enumerate(np.asarray(view.column(family, "version")).tolist()):
        if number and version in versions:
            seen[version] = seen.get(version, 0) + 1
            found[number] = (*versions[version], seen[version])
    return found
