"""PostgreSQL servers: several hosts in one URL, a standby, and a server that goes away while it is told to store."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, make_url, text

from app.errors import NotReady
from app.main import create_app
from app.store.database.engine import Database
from app.store.database.urls import parse_url, shown_url
from app.store.upgrade.upgrade import migrate
from app.store.write.merge import merge_records
from tests.importing import import_paths
from tests.postgres import FORGETFUL, postgres_server
from tests.store.stored import rows, write_files

ONE = "source: {title: T}\nclaims: [{key: one, quote: a}]\n"
HOSTS = {  # a URL, and what the driver is given
    "postgresql://h1:1,h2:2/db": ("h1,h2", "1,2"),
    "postgresql://u:p@h1,h2:2/db?target_session_attrs=read-write": ("h1,h2", ",2"),
    "postgresql://u:p,w@h1,h2/db": ("h1,h2", ","),
    "postgresql://[::1]:1,[fe80::2]/db": ("::1,fe80::2", "1,"),
    "postgresql+psycopg://h1,h2,h3": ("h1,h2,h3", ",,"),
    "postgresql://%2Frun%2Fa,h2/db": ("/run/a,h2", ","),
    "postgresql:///db?host=h1:1&host=h2:2": ("h1,h2", "1,2"),
    "postgres://h1:1/db": ("h1", 1),
    "postgresql://u:p,w@h1/db": ("h1", None),
}


@pytest.mark.parametrize("url", HOSTS)
def test_a_url_may_name_several_hosts(url: str) -> None:
    parsed = parse_url(url)
    _, given = parsed.get_dialect()().create_connect_args(parsed)
    assert (given["host"], given.get("port")) == HOSTS[url]
    assert parsed.password in (None, "p", "p,w")


@pytest.mark.parametrize("url", ["postgresql://h1:x,h2/db", "postgresql://u:hush@h1:1:2,h2/db"])
def test_hosts_that_cannot_be_read_are_told(url: str) -> None:
    with pytest.raises(NotReady, match="names hosts that cannot be read") as caught:
        parse_url(url)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["postgresql://u:hush@h1:1,h2:2/db", "postgresql://h/db?password=hush", "postgresql://h/db?sslpassword=hush"]
)
def test_no_password_is_shown_wherever_it_stands(url: str) -> None:
    shown = shown_url(parse_url(url))
    assert "hush" not in shown
    assert "h" in shown


def test_the_host_that_answers_is_asked(new_database: Callable[[str], Database]) -> None:
    url = new_database("postgresql").url
    folder = quote(str(url.query["host"]), safe="")
    database = Database(f"postgresql://{url.username}@127.0.0.1:1,{folder}/{url.database}")
    try:
        database.require_migrated()
    finally:
        database.close()


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder for a server's data, which outlives it. pytest's own folders are closed to other users."""
    if os.environ.get("ONRECORD_TEST_POSTGRES"):
        pytest.skip("needs a PostgreSQL that is started here")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder / "data"


def test_a_standby_is_read_and_says_that_it_takes_no_writes(data: Path, tmp_path: Path) -> None:
    seeds = write_files(tmp_path / "seeds", one=ONE)
    with postgres_server(FORGETFUL, data) as url:
        primary = Database(url)
        migrate(primary)
        import_paths(primary, [seeds])
        primary.close()
    (data / "standby.signal").touch()
    with postgres_server(FORGETFUL, data) as url:
        database = Database(url)
        try:
            for write in (
                lambda: import_paths(database, [seeds]),
                lambda: merge_records(database, "src_1", "src_1"),
                lambda: migrate(database),
            ):
                with pytest.raises(NotReady, match="takes no writes: it is a standby"):
                    write()
            with TestClient(create_app(database), raise_server_exceptions=False) as client:
                assert client.get("/v1/claims?q=a").json()["meta"]["total"]["value"] == 1
                assert client.get("/v1/claims/clm_1").status_code == 200
                assert client.get("/v1/claims/export?format=ndjson").text.count("\n") == 1
                assert client.get("/readyz").status_code == 200
        finally:
            database.close()


def test_a_server_that_is_lost_while_it_commits_leaves_it_open_whether_all_is_stored(
    new_database: Callable[[str], Database], postgres: Callable[[], str], tmp_path: Path
) -> None:
    database = new_database("postgresql")
    own = make_url(postgres()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

    def go_away(_connection: object) -> None:
        other = Database(own)
        rows(other, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name AND"
             " state = 'idle in transaction'", name=database.url.database)  # fmt: skip
        other.close()

    event.listen(database.engine, "commit", go_away)
    with pytest.raises(NotReady, match="whether it did is not known"), database.write() as connection:
        connection.execute(text("SELECT 1"))
    event.remove(database.engine, "commit", go_away)
    assert import_paths(database, [write_files(tmp_path / "seeds", one=ONE)]).revision == 1


def test_a_result_whose_server_has_gone_leaves_no_cursor_open(new_database: Callable[[str], Database]) -> None:
    """An open one would warn of itself whenever it is collected, in the middle of other work."""
    database = new_database("postgresql")
    with warnings.catch_warnings(record=True) as told, database.engine.connect() as connection:
        warnings.simplefilter("always")
        found = text("SELECT generate_series(1, 100000)")
        with connection.execute(found, execution_options={"stream_results": True}) as some:
            assert some.fetchone() == (1,)
            cursor = some.cursor
            with database.write() as other:
                others = "datname = current_database() AND pid <> pg_backend_pid()"
                other.execute(text(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}"))  # noqa: S608  # ours
        assert cursor is not None
        assert cursor.closed
        connection.invalidate()
    assert not told


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("40001", "broke the query off"), ("40P01", "broke the query off"), ("53300", "does not answer"),
        ("57P01", "does not answer"), ("25006", "takes no writes"), ("53100", "cannot store more"),
        ("XX001", "is damaged"), ("25P04", "took too long"),
    ],
)  # fmt: skip
def test_what_a_server_says_of_its_state_is_no_fault_of_ours(
    seeded_databases: Callable[[str], Database], state: str, told: str
) -> None:
    database = seeded_databases("postgresql")
    raised = text(f"DO $$ BEGIN RAISE EXCEPTION 'said' USING ERRCODE = '{state}'; END $$")
    with pytest.raises(NotReady, match=told), database.read() as connection:
        connection.execute(raised)
