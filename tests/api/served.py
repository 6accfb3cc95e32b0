"""The API on a real server, in a thread of the tests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import QueuePool

from app.api.exports import ExportSlots
from app.main import create_app
from app.server.server import Server
from app.settings import settings
from app.store.database.engine import Database
from tests.waiting import PATIENCE, comes_true


def connections_in_use(database: Database) -> int:
    """The number of connections that run a query now."""
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout() - len(database.readers)


class Served:
    """The API, served on a port of its own, or on a given one."""

    def __init__(self, database: Database, port: int = 0) -> None:
        self.database = database
        self.app = create_app(database)
        self.app.state.exports = ExportSlots(1)
        self.server = Server(self.app)
        self.socket = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/v1/claims"

    def free(self) -> bool:
        """Whether no export is under way, and every connection is given back."""
        try:
            self.app.state.exports.take()()
        except Exception:  # whatever it is, none is free
            return False
        return connections_in_use(self.database) == 0

    def becomes_free(self) -> bool:
        """The same, in a while."""
        return comes_true(self.free)


@contextmanager
def settings_of(**values: str) -> Iterator[None]:
    """A block in which settings are others; they are read whenever they are needed."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(f"ONRECORD_{name}", value)
        settings.cache_clear()
        yield
    settings.cache_clear()


@contextmanager
def serving(database: Database, port: int = 0) -> Iterator[Served]:
    served = Served(database, port)
    thread = threading.Thread(target=served.server.run, kwargs={"sockets": [served.socket]})
    thread.start()
    try:
        yield served
    finally:
        served.server.should_exit = True
        thread.join(PATIENCE)
        served.socket.close()
