"""A server that is told to stop does so, whatever its clients do."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.store.database.engine import Database
from app.store.imports.importer import import_paths
from tests.conftest import ENGINES
from tests.server_process import ServerProcess, read_to_end, server_process
from tests.waiting import comes_true

HALF_A_BODY = b"POST /v1/claims/search HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"
AN_EXPORT = b"GET /v1/claims/export?format=ndjson HTTP/1.1\r\nHost: x\r\n\r\n"
HALF_A_HEAD = b"GET /v1/claims HTTP/1.1\r\nHo"
LARGE = 30_000_000  # bytes of an export, more than the kernel takes of what nobody reads


@pytest.fixture(scope="module", params=ENGINES)
def url(
    request: pytest.FixtureRequest, new_database: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A database whose export is large."""
    database = new_database(request.param)
    file = tmp_path_factory.mktemp("large") / "large.ndjson"
    words = "word " * 4000
    with file.open("w") as out:
        for n in range(LARGE // len(words)):
            out.write(f'{{"key": "{n}", "quote": "{n}", "paraphrase": "{words}", "source": {{"title": "T"}}}}\n')
    assert not import_paths(database, [file]).faults
    return database.url.render_as_string(hide_password=False)


@pytest.fixture(params=[1, 2], ids=["one process", "two workers"])
def start(request: pytest.FixtureRequest, url: str, tmp_path: Path) -> Iterator[Callable[..., ServerProcess]]:
    """Starts a server with settings."""
    with ExitStack() as running:
        yield lambda **settings: running.enter_context(
            server_process(url, tmp_path, "--workers", str(request.param), **settings)
        )


def opened(server: ServerProcess) -> list[socket.socket]:
    """Connections that never end by themselves: half a request, and an answer that is not read to its end."""
    half, head, export = server.connect(HALF_A_BODY), server.connect(HALF_A_HEAD), server.connect(AN_EXPORT)
    assert export.recv(12) == b"HTTP/1.1 200"
    return [half, head, export]


def test_a_stop_ends_in_the_period_and_breaks_off_what_does_not(start: Callable[..., ServerProcess]) -> None:
    server = start(STOP_TIMEOUT="2", READ_TIMEOUT="600", SEND_TIMEOUT="600")
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


def test_what_is_asked_for_before_a_stop_is_answered(start: Callable[..., ServerProcess]) -> None:
    server = start(STOP_TIMEOUT="50", READ_TIMEOUT="600")
    asked = server.connect(HALF_A_BODY)
    server.stop()
    assert comes_true(lambda: server.ready() == 0)
    asked.sendall(b'"limit": 1}' + b" " * 38)
    received = read_to_end(asked)
    assert received.startswith(b"HTTP/1.1 200 OK")
    assert received.endswith(b"}")
    assert server.ended() == -signal.SIGTERM
    asked.close()


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(start: Callable[..., ServerProcess], second: int) -> None:
    server = start(STOP_TIMEOUT="600", READ_TIMEOUT="600", SEND_TIMEOUT="600")
    connections = opened(server)
    server.stop()
    assert comes_true(lambda: server.ready() != 200)
    server.stop(second)
    assert server.ended() == -second
    for one in connections:
        one.close()


def test_an_idle_server_ends_by_ctrl_c(start: Callable[..., ServerProcess]) -> None:
    server = start(STOP_TIMEOUT="600")
    idle = server.connect(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert idle.recv(12) == b"HTTP/1.1 200"
    server.stop(signal.SIGINT)
    assert server.ended() == 0
    assert "Traceback" not in server.said
    idle.close()
