"""Commits that were lost, whose numbers were given again: a process that held the old ones sees the new ones alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from sqlalchemy import delete, insert, select

from app.store.database.engine import Database
from app.store.database.tables import Base
from app.store.index import reader
from app.store.index.facts import ClaimFacts, ElementFacts, SpeakerFacts
from app.store.index.families import CLAIM, ELEMENTS
from app.store.index.reader import Index
from app.store.index.writing import merge_some
from tests.asked import some_of
from tests.statements import recorded
from tests.store.index.model import PAIRS, SMALL, WORDS, Model, compare, write, writing

TABLES = [table for name, table in Base.metadata.tables.items() if name.startswith("index_")]


def facts(n: int) -> ClaimFacts:
    terms = [WORDS[n % len(WORDS)], WORDS[n % 3]]
    elements = [
        [ElementFacts(terms, [n] * (len(family.columns) - 1))] * (n % (2 + place))
        for place, family in enumerate(ELEMENTS)
    ]
    return ClaimFacts(terms, [730_000 + n, 730_000 + n, n, n, n, n], [PAIRS[n % 4]], elements, f"a{n}\x1fb\x1fc")


def write_until(database: Database, model: Model, revision: int, salt: int = 0) -> None:
    """Write revisions of one to nine versions each, and merge between."""
    while model.revision < revision:
        n = model.revision + salt
        added: list[ClaimFacts | SpeakerFacts] = [
            *(facts(n * 10 + one) for one in range(1 + n * 7 % 9)),
            SpeakerFacts([WORDS[n % 8]], n),
        ]
        with writing(database) as connection:
            write(connection, model, added, [(CLAIM, n % 20 + 1)])
        with writing(database) as connection:
            merge_some(connection, 0, SMALL)


def copy(source: Database, target: Database) -> None:
    """Make a replica: the same rows."""
    with source.read() as old, writing(target) as new:
        for table in TABLES:
            new.execute(delete(table))
            if rows := [row._asdict() for row in old.execute(select(table))]:
                new.execute(insert(table), rows)


def read(index: Index, database: Database, model: Model) -> None:
    """Compare the newest revision, and one before it."""
    with database.read() as connection:
        compare(index.at(connection, model.revision - 3), model)
        compare(index.at(connection), model)


# Marks that are read, and the revision that is first read of the replica: that of the copy, one whose number is given
# again, the newest of the primary, and one that it had not
PROMOTED = [(2, 9), (1000, 9), (1000, 10), (2, 10), (2, 13), (1000, 13), (1000, 15), (2, 15)]


@pytest.mark.parametrize(("marks", "first"), some_of(PROMOTED, 2))
def test_a_promoted_replica_gives_numbers_again(
    database: Database, replica: Database, monkeypatch: pytest.MonkeyPatch, marks: int, first: int
) -> None:
    monkeypatch.setattr(reader, "MOST_MARKS", marks)
    index, model = Index(), Model()
    write_until(database, model, 9)
    copy(database, replica)
    promoted = model.copy()
    read(index, database, model)
    write_until(database, model, 13)
    read(index, database, model)
    for revision in range(first, 18):
        write_until(replica, promoted, revision, salt=3)
        read(index, replica, promoted)


def test_a_replica_that_is_behind_and_its_primary_are_both_right(
    database: Database, replica: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST_MARKS", 4)
    index, model = Index(), Model()
    write_until(database, model, 12)
    copy(database, replica)
    behind = model.copy()
    for revision in range(12, 22):
        write_until(database, model, revision)
        read(index, database, model)
        read(index, replica, behind)


def test_a_backup_of_long_ago_is_held_at_once(
    database: Database, replica: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "MOST_MARKS", 4)
    index, model = Index(), Model()
    write_until(database, model, 5)
    copy(database, replica)
    backup = model.copy()
    write_until(database, model, 20)
    read(index, database, model)
    with replica.read() as connection:
        index.at(connection)
    with replica.read() as connection, recorded(replica) as asked:
        index.at(connection)
    assert len(asked) == 1
    read(index, replica, backup)
    write_until(replica, backup, 25, salt=3)
    read(index, replica, backup)


def test_an_empty_database_in_the_place_of_another_is_empty(database: Database, replica: Database) -> None:
    index, model, empty = Index(), Model(), Model()
    write_until(database, model, 9)
    read(index, database, model)
    with replica.read() as connection:
        compare(index.at(connection), empty)
    write_until(replica, empty, 4, salt=5)
    read(index, replica, empty)


@pytest.fixture(scope="module")
def another(new_database: Callable[[str], Database]) -> Callable[[], Database]:
    """Gives one more database of PostgreSQL, made when first asked for."""
    return cache(lambda: new_database("postgresql"))


@pytest.fixture
def replica(database: Database, new_database: Callable[[str], Database], another: Callable[[], Database]) -> Database:
    """Another database of the same engine, with an empty index."""
    if database.dialect == "sqlite":
        return new_database("sqlite")
    with writing(another()) as connection:
        for table in TABLES:
            connection.execute(delete(table))
    return another()
