"""Databases for the tests of the index alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.store.database.engine import Database
from app.store.database.tables import Base
from tests.conftest import ENGINES


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, fresh: Callable[[str], Database]) -> Database:
    """An empty database with the tables, of each engine in turn."""
    made = fresh(request.param)
    if made.file:
        made.file.parent.mkdir(exist_ok=True)
    with made.write(create=True) as connection:
        Base.metadata.create_all(connection)
    return made
