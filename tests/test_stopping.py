"""A server that is told to stop does so, whatever its clients do."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from app.store.database.engine import Database
from tests.asked import some_of
from tests.large_claims import LARGE, write_large_claims
from tests.server_process import ServerProcess, read_to_end, server_process
from tests.waiting import comes_true

HALF_A_BODY = b"POST /v1/claims/search HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"
AN_EXPORT = b"GET /v1/claims/export?format=ndjson HTTP/1.1\r\nHost: x\r\n\r\n"
HALF_A_HEAD = b"GET /v1/claims HTTP/1.1\r\nHo"
CLAIMS = 30_000_000 // len(LARGE)  # whose export is more than the kernel takes of what nobody reads
KINDS = ["one process", "two workers"]

Start = Callable[..., ServerProcess]


@pytest.fixture(scope="module")
def url_of(new_database: Callable[[str], Database]) -> Callable[[str], str]:
    """Gives for each engine the URL of a database whose export is large."""

    @cache
    def made(engine: str) -> str:
        database = new_database(engine)
        write_large_claims(database, CLAIMS)
        return database.url.render_as_string(hide_password=False)

    return made


@pytest.fixture
def starts(url_of: Callable[[str], str], tmp_path: Path) -> Iterator[Start]:
    """Starts a server of a kind on an engine, with settings."""
    with ExitStack() as running:

        def start(kind: str, engine: str, **settings: str) -> ServerProcess:
            workers = str(1 + KINDS.index(kind))
            return running.enter_context(server_process(url_of(engine), tmp_path, "--workers", workers, **settings))

        yield start


def opened(server: ServerProcess) -> list[socket.socket]:
    """Connections that never end by themselves: half a request, and an answer that is not read to its end."""
    half, head, export = server.connect(HALF_A_BODY), server.connect(HALF_A_HEAD), server.connect(AN_EXPORT)
    assert export.recv(12) == b"HTTP/1.1 200"
    return [half, head, export]


@pytest.mark.parametrize(("kind", "engine"), [("one process", "sqlite"), ("two workers", "postgresql")])
def test_a_stop_ends_in_the_period_and_breaks_off_what_does_not(starts: Start, kind: str, engine: str) -> None:
    server = starts(kind, engine, STOP_TIMEOUT="2", READ_TIMEOUT="600", SEND_TIMEOUT="600")
    half, _, export = connections = opened(server)
    server.stop()
    states = []
    assert comes_true(lambda: states.append(server.ready()) or states[-1] == 0)  # type: ignore[func-returns-value]  # for its effect
    assert [status for status in dict.fromkeys(states) if status != 200] == [503, 0]  # red, then refused
    assert server.ended() == -signal.SIGTERM
    with pytest.raises(ConnectionResetError):  # not ended as if it were whole
        read_to_end(export)
    with pytest.raises(ConnectionResetError):
        half.recv(1)
    assert "Traceback" not in server.said
    told = re.findall(r"(\d) connections are broken off, 2 s after the service was told to stop", server.said)
    assert sum(map(int, told)) == 2
    for one in connections:
        one.close()


@pytest.mark.parametrize(
    ("kind", "engine", "number", "code"),
    some_of(
        [  # as a service manager sends it, and as a terminal
            ("one process", "sqlite", signal.SIGINT, 0),
            ("one process", "postgresql", signal.SIGTERM, -signal.SIGTERM),
            ("two workers", "postgresql", signal.SIGTERM, -signal.SIGTERM),
            ("two workers", "sqlite", signal.SIGINT, 0),
        ],
        2,
    ),
)
def test_what_is_asked_for_before_a_stop_is_answered_and_no_idle_client_is_waited_for(
    starts: Start, kind: str, engine: str, number: int, code: int
) -> None:
    server = starts(kind, engine, STOP_TIMEOUT="600", READ_TIMEOUT="600")
    idle = server.connect(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert idle.recv(12) == b"HTTP/1.1 200"
    asked = server.connect(HALF_A_BODY)
    server.stop(number)
    assert comes_true(lambda: server.ready() == 0)
    asked.sendall(b'"limit": 1}' + b" " * 38)
    received = read_to_end(asked)
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert received.endswith(b"}")
    assert server.ended() == code
    assert "Traceback" not in server.said
    asked.close()
    idle.close()


@pytest.mark.parametrize(
    ("kind", "engine", "second"),
    some_of(
        [
            ("one process", "sqlite", signal.SIGTERM),
            ("one process", "postgresql", signal.SIGINT),
            ("two workers", "postgresql", signal.SIGINT),
            ("two workers", "sqlite", signal.SIGTERM),
        ],
        2,
    ),
)
def test_a_second_signal_ends_at_once(starts: Start, kind: str, engine: str, second: int) -> None:
    server = starts(kind, engine, STOP_TIMEOUT="600", READ_TIMEOUT="600", SEND_TIMEOUT="600")
    connections = opened(server)
    server.stop()
    assert comes_true(lambda: server.ready() != 200)
    server.stop(second)
    assert server.ended() == -second
    for one in connections:
        one.close()
