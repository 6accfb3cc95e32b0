"""Several processes that serve one database: each answers rightly, whoever writes, and one that ends is replaced."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.server.ending import SIGNALS
from app.server.workers import STARTUP_FAILURE, Workers
from app.store.access.keys import make_key, revoke_key
from app.store.database.engine import Database
from tests.asked import IS_LONG
from tests.conftest import ENGINES, NOON
from tests.importing import import_paths
from tests.local_http import get
from tests.no_app import fail
from tests.server_process import ServerProcess, server_process
from tests.store.stored import write_files
from tests.waiting import comes_true

CLAIM = "source: {{title: T}}\nclaims: [{{key: c{n}, quote: words {n}, topics: [looms]}}]"


@pytest.fixture(scope="module", params=ENGINES)
def database(request: pytest.FixtureRequest, new_database: Callable[[str], Database]) -> Database:
    """A database of its own."""
    return new_database(request.param)


@pytest.fixture(scope="module")
def served(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The database, served by three workers, for all tests here: the last of them ends it."""
    url = database.url.render_as_string(hide_password=False)
    with server_process(url, tmp_path_factory.mktemp("served"), "--workers", "3") as server:
        assert len(server.workers()) == 3
        yield server


def answers(served: ServerProcess, number: int = 30) -> set[tuple[int, int]]:
    """The revisions and totals that so many connections are told; the kernel shares them out among the workers."""
    found = set()
    for _ in range(number):
        page = get(f"{served.url}/v1/claims?topic=looms").json()
        found.add((page["meta"]["revision"], page["meta"]["total"]["value"]))
    return found


def test_every_worker_knows_of_a_write_at_once(database: Database, served: ServerProcess, tmp_path: Path) -> None:
    assert answers(served) == {(0, 0)}
    for n in range(1, 6):
        assert not import_paths(database, [write_files(tmp_path / str(n), one=CLAIM.format(n=n))], at=NOON).faults
        assert answers(served) == {(n, n)}


def test_a_revoked_key_stops_at_once_in_every_worker(database: Database, served: ServerProcess) -> None:
    secret = make_key(database, "ann", ["read"]).secret
    headers = {"Authorization": f"Bearer {secret}"}

    def statuses() -> set[int]:
        return {get(f"{served.url}/v1/claims", headers=headers).status_code for _ in range(20)}

    assert statuses() == {200}
    revoke_key(database, "ann")
    assert statuses() == {401}
    assert secret[-64:] not in served.said


def test_a_port_in_use_is_told_before_any_worker_begins(served: ServerProcess, run: Callable[..., object]) -> None:
    for workers in (1, 2):
        told = run(None, "serve", "--port", served.port, "--workers", workers)
        assert f"port {served.port} of 127.0.0.1 is in use" in str(getattr(told, "output", told))
    assert len(served.workers()) == 3


@pytest.mark.skipif(not IS_LONG, reason="six starts of a process: in the long profile")
def test_workers_that_cannot_begin_are_given_up(capfd: pytest.CaptureFixture[str]) -> None:
    handlers = {one: signal.getsignal(one) for one in SIGNALS}
    try:
        assert Workers(fail, [[], []]).run() == STARTUP_FAILURE
    finally:
        for one, handler in handlers.items():
            signal.signal(one, handler)
    assert "RuntimeError: as it is" in capfd.readouterr().err


def _sockets_of(worker: int) -> int:
    return sum("socket:" in str(one.readlink()) for one in Path(f"/proc/{worker}/fd").iterdir())


def _states_of(port: int) -> list[str]:
    """The states of what is open on a port: 0A where it listens, 01 where it is connected, 08 where it was left."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [state for _, local, _, state, *_ in lines if local.endswith(f":{port:04X}") and state in ("0A", "01", "08")]


def test_connections_are_shared_out(served: ServerProcess) -> None:
    assert comes_true(lambda: _states_of(served.port) == ["0A"] * 3), "each listens, and nobody else is connected"
    workers = served.workers()
    before = list(map(_sockets_of, workers))
    opened: list[socket.socket] = [served.connect(b"GET /healthz HTTP/1.1\r\nHo") for _ in range(60)]
    assert comes_true(lambda: sum(map(_sockets_of, workers)) == sum(before) + 60)
    assert all(now > then for now, then in zip(map(_sockets_of, workers), before, strict=True)), "none has all"
    for one in opened:
        one.close()


def test_a_worker_that_ends_is_replaced(served: ServerProcess) -> None:
    before, told = served.workers(), answers(served)
    os.kill(before[0], signal.SIGKILL)
    assert comes_true(lambda: len(now := served.workers()) == 3 and before[0] not in now)
    assert answers(served) == told
    assert f"worker {before[0]} ended with exit code -9; another takes its place" in served.said


def test_workers_end_with_the_process_that_started_them(served: ServerProcess) -> None:
    workers = served.workers()
    served.stop(signal.SIGKILL)
    assert served.ended() == -signal.SIGKILL
    assert comes_true(lambda: not any(Path(f"/proc/{one}").exists() for one in workers))
    with pytest.raises(ConnectionRefusedError):
        served.connect()
