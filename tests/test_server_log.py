"""The log of a server: one line for what clients and databases do, and a stack for faults of ours alone."""

from __future__ import annotations

import os
import socket
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app.store.access.keys import make_key
from app.store.database.engine import Database
from app.store.upgrade.upgrade import migrate
from tests.conftest import ENGINES
from tests.large_claims import LARGE, write_large_claims
from tests.local_http import get
from tests.postgres import FORGETFUL, postgres_server
from tests.server_process import ServerProcess, read_to_end, server_process

EXPORT = b"GET /v1/claims/export?format=ndjson HTTP/1.1\r\nHost: x\r\n\r\n"
HALF_A_BODY = b"POST /v1/claims/search HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"
CLAIMS = 30_000_000 // len(LARGE)  # whose export is more than the kernel takes of what nobody reads


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def reset(connection: socket.socket) -> None:
    """Leave as a client that crashes does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def lines_of(server: ServerProcess) -> list[str]:
    """Its log without the greeting."""
    return [line for line in server.said.splitlines() if line and "http://" not in line]


@pytest.mark.parametrize("engine", ENGINES)
def test_clients_that_leave_are_no_lines(new_database: Callable[[str], Database], tmp_path: Path, engine: str) -> None:
    database = new_database(engine)
    write_large_claims(database, CLAIMS)
    with server_process(url_of(database), tmp_path) as server:
        for leave in (reset, socket.socket.close):
            for sent in (EXPORT, HALF_A_BODY, b"GET /v1/claims?limit=500 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /v1"):
                connection = server.connect(sent)
                if sent == EXPORT:
                    assert connection.recv(12) == b"HTTP/1.1 200"
                leave(connection)
        assert server.ready() == 200
        server.stop()
        server.ended()
        assert [line for line in lines_of(server) if "broken off" not in line] == []


def test_no_key_is_in_the_log(new_database: Callable[[str], Database], tmp_path: Path) -> None:
    database = new_database("sqlite")
    assert database.file
    secret = make_key(database, "ann", ["admin"]).secret
    with server_process(url_of(database), tmp_path, RATE_PER_KEY="2/day") as server:

        def status(carried: str) -> int:
            return get(f"{server.url}/v1/claims", headers={"Authorization": carried}).status_code

        good = f"Bearer {secret}"
        assert [status(one) for one in (good, good, good, secret, f"{good}1")] == [200, 200, 429, 401, 401]
        broken = server.connect(f"GET /v1/claims HTTP/1.1\r\nAuthorization: {good}\r\nHo".encode())
        reset(broken)
        unread = server.connect(f"GET /v1/claims HTTP/9\r\nAuthorization: {good}\r\n\r\n".encode())
        assert b"HTTP/1.1 400" in read_to_end(unread)
        unread.close()
        database.file.rename(database.file.with_suffix(".gone"))
        assert status(good) == 503
        log = server.said
    assert "there is no database" in log
    for part in (secret, secret[-64:], "Bearer", "uthorization"):
        assert part not in log


def test_a_server_of_postgresql_that_goes_away_is_a_line_for_each_request(tmp_path: Path) -> None:
    if os.environ.get("ONRECORD_TEST_POSTGRES"):
        pytest.skip("needs a PostgreSQL that is started here")
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        data = Path(name) / "data"
        with postgres_server(FORGETFUL, data) as url:
            database = Database(url)
            migrate(database)
            write_large_claims(database, CLAIMS)
            database.close()
            own = server_process(url, tmp_path, STATEMENT_TIMEOUT="5")
            server = own.__enter__()
            export = server.connect(EXPORT)
            assert export.recv(12) == b"HTTP/1.1 200"
            assert get(f"{server.url}/v1/claims?limit=1").status_code == 200
        try:
            paths = ("/v1/claims?q=word", "/v1/claims/clm_1", "/v1/speakers", "/readyz", "/v1/claims/export")
            for path in paths:
                answer = get(server.url + path)
                assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
            with pytest.raises(ConnectionResetError):
                read_to_end(export)
            assert "Traceback" not in server.said
            lines = lines_of(server)
            assert [line for line in lines if "does not answer" not in line] == []
            assert len(lines) == len(paths) + 1
            assert "an export was broken off: the database does not answer" in server.said
        finally:
            export.close()
            own.__exit__(None, None, None)


def test_a_file_that_goes_away_is_a_line_for_each_request(
    new_database: Callable[[str], Database], tmp_path: Path
) -> None:
    database = new_database("sqlite")
    assert database.file
    with server_process(url_of(database), tmp_path) as server:
        assert get(f"{server.url}/v1/claims").status_code == 200
        database.file.rename(database.file.with_suffix(".gone"))
        for path in ("/v1/claims", "/v1/claims/clm_1", "/v1/claims/export", "/readyz"):
            assert get(server.url + path).status_code == 503
        assert [line.partition(": ")[2].partition(" file")[0] for line in lines_of(server)] == [
            "there is no database"
        ] * 4
