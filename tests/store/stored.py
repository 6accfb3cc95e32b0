"""Contents of a database, read by plain SQL: the tests of the store look here, never at the writer's own word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Table, select, text

from app.store.database.engine import Database
from app.store.database.tables import Base

VERSIONS = "derived_versions"  # has its rows from the beginning
BEGINNING = (VERSIONS, "index_state")  # may have rows where nothing was ever written


def rows(database: Database, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows that an SQL statement gives."""
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def everything(database: Database) -> dict[str, list[str]]:
    """Every row of every table, sorted."""
    found: dict[str, list[str]] = {}
    with database.read() as connection:
        for table in Base.metadata.sorted_tables:
            assert isinstance(table, Table)
            read = select(text("*")).select_from(text(table.name))  # also of an older schema
            found[table.name] = sorted(repr(tuple(row)) for row in connection.execute(read))
    return found


def is_empty(database: Database) -> bool:
    """Whether no table has a row."""
    return not any(found for name, found in everything(database).items() if name not in BEGINNING)


def claim(database: Database, key: str) -> dict[str, Any]:
    """The current document of the claim with this key."""
    return versions(database, key)[-1]


def versions(database: Database, key: str) -> list[dict[str, Any]]:
    """The documents of all versions of the claim with this key, oldest first."""
    return [json.loads(doc) for doc in documents(database, key)]


def documents(database: Database, key: str) -> list[str]:
    """The same as they are stored: JSON with every digit."""
    found = rows(
        database,
        "SELECT d.doc FROM record_keys k JOIN claims c ON c.id = k.id JOIN documents d ON d.number = c.number"
        " WHERE k.type = 'clm' AND k.key = :key ORDER BY c.since",
        key=key,
    )
    return [doc for (doc,) in found]


def record(database: Database, table: str, key: str) -> dict[str, Any]:
    """The current document of the speaker, source or metric with this key; table: `speakers`, `sources`, `metrics`."""
    prefix = {"speakers": "spk", "sources": "src", "metrics": "met"}[table]
    found = rows(
        database,
        f"SELECT t.doc FROM record_keys k JOIN {table} t ON t.id = k.id"  # noqa: S608  # one of three names
        " WHERE k.type = :prefix AND k.key = :key AND t.until IS NULL",
        prefix=prefix,
        key=key,
    )
    assert len(found) == 1, f"{len(found)} current {table} with the key {key}"
    document: dict[str, Any] = json.loads(found[0][0])
    return document


def keys_found(client: TestClient, **query: str) -> list[str]:
    """The keys of the claims that a query of the API finds, in its order."""
    answer = client.get("/v1/claims", params={"limit": "500", **query})
    assert answer.status_code == 200, answer.text
    return [one["key"] for one in answer.json()["data"]]


def write_files(folder: Path, **texts: str) -> Path:
    """Writes NAME.yaml for each keyword; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in texts.items():
        (folder / f"{name}.yaml").write_text(content)
    return folder
