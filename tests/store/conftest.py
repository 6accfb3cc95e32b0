"""One PostgreSQL database, emptied before each test: to make and drop hundreds takes half of the time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from app.store.db import Database
from app.store.models import Base
from tests.conftest import ENGINES
from tests.store.stored import VERSIONS

EMPTY = text(f"TRUNCATE {', '.join(Base.metadata.tables.keys() - {VERSIONS})}")


@pytest.fixture(scope="session")
def kept(new_database: Callable[[str], Database]) -> Callable[[], Database]:
    """Gives the one PostgreSQL database of these tests, made when first asked for."""
    made: list[Database] = []

    def give() -> Database:
        made.extend([] if made else [new_database("postgresql")])
        return made[0]

    return give


@pytest.fixture(params=ENGINES)
def database(
    request: pytest.FixtureRequest, new_database: Callable[[str], Database], kept: Callable[[], Database]
) -> Iterator[Database]:
    """An empty database, of each engine in turn. A test may fill it, and may not change its schema."""
    made = new_database("sqlite") if request.param == "sqlite" else kept()
    if made.dialect == "postgresql":
        with made.write() as connection:
            connection.execute(EMPTY)
    yield made
    made.close()
