"""The index, written and read in any order, has what a plain model has."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, delete, insert, select

from app.store.database.engine import Database
from app.store.database.tables import Base
from app.store.index.families import CLAIM, SPEAKER
from app.store.index.reader import Index
from app.store.index.writing import merge_some
from tests.asked import cases
from tests.store.index.model import SMALL, Model, claims, compare, speakers, write, writing

TABLES = [table for name, table in Base.metadata.tables.items() if name.startswith("index_")]


class Machine(RuleBasedStateMachine):
    """Revisions, merges and losses of commits, beside an index that always reads and one that seldom does."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.model = Model()
        self.indexes = [Index(), Index(most=2000)]  # the other one holds next to nothing
        self.snapshots: list[tuple[Connection, Model, Index]] = []
        self.saved: tuple[Model, dict[Any, list[Any]]] | None = None
        self.open = ExitStack()
        with writing(database) as connection:
            for table in TABLES:
                connection.execute(delete(table))

    def teardown(self) -> None:
        self.open.close()

    @rule(
        added=st.lists(st.one_of(claims(), speakers), max_size=7),
        closed=st.lists(st.tuples(st.sampled_from([CLAIM, SPEAKER]), st.integers(1, 30)), max_size=3),
    )
    def write(self, added: list[Any], closed: list[Any]) -> None:
        with writing(self.database) as connection:
            write(connection, self.model, added, closed)

    @rule(added=st.lists(claims(), max_size=7))
    def roll_back(self, added: list[Any]) -> None:
        with writing(self.database) as connection:
            write(connection, self.model.copy(), added, [])
            connection.rollback()

    @rule(times=st.integers(1, 9))
    def merge(self, times: int) -> None:
        for _ in range(times):
            with writing(self.database) as connection:
                merge_some(connection, 0, SMALL)

    @rule(which=st.integers(0, 1), back=st.integers(0, 9))
    def read(self, which: int, back: int) -> None:
        index, revision = self.indexes[which], max(0, self.model.revision - back)
        with self.database.read() as connection:
            compare(index.at(connection, revision), self.model)
            compare(index.at(connection), self.model)

    @rule(which=st.integers(0, 1))
    @precondition(lambda self: len(self.snapshots) < 3)
    def begin_reading(self, which: int) -> None:
        connection = self.open.enter_context(self.database.engine.connect())
        connection.begin()
        self.indexes[which].at(connection)
        self.snapshots.append((connection, self.model.copy(), self.indexes[which]))

    @rule()
    @precondition(lambda self: self.snapshots)
    def go_on_reading(self) -> None:
        connection, model, index = self.snapshots.pop(0)
        compare(index.at(connection), model)
        connection.rollback()

    @rule()
    def save(self) -> None:
        with self.database.read() as connection:
            rows = {table: [row._asdict() for row in connection.execute(select(table))] for table in TABLES}
        self.saved = self.model.copy(), rows

    @rule()
    @precondition(lambda self: self.saved)
    def lose_commits(self) -> None:
        assert self.saved
        self.model, rows = self.saved[0].copy(), self.saved[1]
        with writing(self.database) as connection:
            for table in TABLES:
                connection.execute(delete(table))
                if rows[table]:
                    connection.execute(insert(table), rows[table])


def test_the_index_has_what_a_plain_model_has(database: Database) -> None:
    machine: Any = partial(Machine, database)  # any that makes one will do
    number = 12 if database.dialect == "sqlite" else 4  # what differs is the SQL alone
    run_state_machine_as_test(machine, settings=settings(cases(number), stateful_step_count=40))
