"""A PostgreSQL behind PgBouncer, which gives each transaction another server: with a real one, where there is one.

Debian has it as `pgbouncer`; it refuses to be run by root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import URL, make_url, text

from app.errors import QueryTimeout
from app.main import create_app
from app.store.database.deadlines import Deadline
from app.store.database.engine import Database
from app.store.database.fetching import fetch_rows
from app.store.upgrade.upgrade import migrate
from tests.conftest import NOON, SEED
from tests.importing import import_paths
from tests.server_process import server_process
from tests.store.stored import write_files
from tests.waiting import PATIENCE, comes_true

SERVERS = 3  # connections that the pooler has, for any number of clients


@pytest.fixture(scope="module")
def pooler(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """The URL of a pooler before the server, in transaction mode."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("needs pgbouncer")
    server = make_url(postgres())
    folder = tmp_path_factory.mktemp("pgbouncer")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    host = server.query.get("host") or server.host
    password = f" password={server.password}" if server.password else ""
    (folder / "users.txt").write_text(f'"{server.username}" ""\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={host} port={server.port or 5432} user={server.username}{password}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\nunix_socket_dir =\n"
        f"pool_mode = transaction\ndefault_pool_size = {SERVERS}\nserver_reset_query = DISCARD ALL\n"
    )
    user = {}
    if os.getuid() == 0:
        owner = pwd.getpwuid(Path(str(host)).stat().st_uid if str(host).startswith("/") else 65534)
        user = {"user": owner.pw_name, "group": owner.pw_gid, "extra_groups": []}
        for one in (folder, *folder.iterdir(), *list(folder.parents)[:3]):
            one.chmod(0o755)
    log = (folder / "log").open("wb")
    process = subprocess.Popen([program, folder / "pgbouncer.ini"], stdout=log, stderr=log, **user)  # type: ignore[call-overload]
    try:
        url = server.set(host="127.0.0.1", port=port, query={})
        assert comes_true(lambda: _is_up(url) or process.poll() is not None)
        assert process.poll() is None, (folder / "log").read_text()
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        log.close()


def _is_up(url: URL) -> bool:
    try:
        psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def direct(new_database: Callable[[str], Database]) -> Database:
    """A database, asked without the pooler."""
    return new_database("postgresql")


@pytest.fixture
def pooled(pooler: URL, direct: Database) -> Iterator[Database]:
    """The same through it."""
    url = pooler.set(database=direct.url.database).render_as_string(hide_password=False)
    made = Database(url, lock_timeout=PATIENCE, statement_timeout=PATIENCE, pgbouncer=True)
    yield made
    made.close()


def test_without_the_setting_a_pooler_refuses_us(pooled: Database) -> None:
    url = pooled.url.render_as_string(hide_password=False)
    with pytest.raises(Exception, match="unsupported startup parameter"), Database(url).read():
        pass


def test_all_is_read_and_written_through_a_pooler(pooled: Database, direct: Database) -> None:
    migrate(pooled)
    assert not import_paths(pooled, [SEED], at=NOON).faults
    paths = [
        *("/v1/claims", "/v1/claims?q=japan", "/v1/claims?speaker__name=Fumio+Kishida", "/v1/claims?as_of=1&limit=3"),
        *("/v1/claims/clm_1", "/v1/speakers?kind=person", "/v1/speakers/suggest?q=kish"),
        *("/readyz", "/v1/claims/by-key/japan-cyber-2024/shimada-1", "/v1/claims?topic=nothing"),
    ]
    with TestClient(create_app(pooled)) as client, TestClient(create_app(direct)) as other:
        with ThreadPoolExecutor(8) as pool:  # more clients than servers
            answers = list(pool.map(client.get, paths * 20))
        assert {answer.status_code for answer in answers} == {200}
        assert [answer.text for answer in answers[: len(paths)]] == [other.get(path).text for path in paths]
        for _ in range(SERVERS + 1):  # one after another: a client has two at a time, and no more
            assert client.get("/v1/claims/export").text == other.get("/v1/claims/export").text


def test_a_write_is_seen_by_the_next_request(pooled: Database, tmp_path: Path) -> None:
    with TestClient(create_app(pooled)) as client:
        for n in range(1, 6):
            yaml = f"source: {{title: T}}\nclaims: [{{key: c{n}, quote: words {n}}}]"
            assert not import_paths(pooled, [write_files(tmp_path / str(n), one=yaml)], at=NOON).faults
            page = client.get("/v1/claims?q=words").json()
            assert (page["meta"]["revision"], page["meta"]["total"]["value"]) == (n, n)


def test_limits_hold_through_a_pooler_and_are_left_to_nobody_else(pooled: Database, direct: Database) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with pytest.raises(QueryTimeout), pooled.read_page(Deadline(0.2)) as connection:
        fetch_rows(connection, endless)
    with pytest.raises(QueryTimeout), pooled.read(Deadline(0.2)) as connection:
        connection.execute(text(endless))
    limited = Database(pooled.url.render_as_string(hide_password=False), statement_timeout=0.3, pgbouncer=True)
    with pytest.raises(QueryTimeout), limited.read_page(Deadline(60)) as connection:  # the server's own limit
        fetch_rows(connection, endless)
    limited.close()
    url = pooled.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as other:
        for _ in range(2 * SERVERS):
            assert other.execute("SHOW statement_timeout").fetchone() == ("0",)
    assert direct.statement_timeout == PATIENCE


def test_no_server_is_left_a_prepared_statement(pooled: Database) -> None:
    for n in range(20):
        with pooled.read_page() as connection:
            assert fetch_rows(connection, "SELECT CAST(? AS integer)", n) == [(n,)]
        with pooled.read() as connection:
            assert connection.execute(text("SELECT CAST(:n AS integer)"), {"n": n}).scalar_one() == n
    with ExitStack() as opened:
        for _ in range(SERVERS):
            connection = opened.enter_context(pooled.read_page())
            assert fetch_rows(connection, "SELECT statement FROM pg_prepared_statements") == []


def test_workers_serve_through_a_pooler(pooled: Database, tmp_path: Path) -> None:
    assert not import_paths(pooled, [SEED], at=NOON).faults
    url = pooled.url.render_as_string(hide_password=False)
    with (
        server_process(url, tmp_path, "--workers", "2", PGBOUNCER="true") as server,
        TestClient(create_app(pooled)) as client,
    ):
        assert server.ready() == 200
        assert client.get("/v1/claims").status_code == 200
