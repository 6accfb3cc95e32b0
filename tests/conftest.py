"""Both engines for every test: a fresh database each, copied from one that the migrations made."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import psycopg
import pytest
from alembic import command
from click.testing import CliRunner, Result
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, make_url, text

from app.cli import main
from app.main import create_app
from app.settings import settings as app_settings
from app.store.database import connections
from app.store.database.engine import Database
from app.store.database.schema import alembic_config
from app.store.database.tables import Base
from app.store.history.moment import newest_revision
from app.store.imports.importer import Report
from app.store.upgrade.upgrade import migrate
from tests.copies import Copy, put_copy, take_copy
from tests.importing import import_paths
from tests.postgres import NAMED_SERVER, postgres_server
from tests.store.stored import VERSIONS
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[1]
SEED = ROOT / "seed"
ENGINES = ("sqlite", "postgresql")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

# The same cases in each run, however slow the machine is. Ten times as many, drawn anew: --hypothesis-profile=long
_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", _UNHURRIED, derandomize=True)
settings.register_profile("long", _UNHURRIED, max_examples=1000)
settings.load_profile("default")

# Tables that a test may have filled, and connections that may still be open. TRUNCATE gives each table and each
# index a new file, a tenth of a second in all: rows of one test are few, and DELETE takes a quarter of that.
_FILLED = [table.name for table in reversed(Base.metadata.sorted_tables) if table.name != VERSIONS]
BYTES = text(f"SELECT sum(pg_relation_size(one)) FROM unnest(ARRAY{_FILLED}::regclass[]) AS one")  # noqa: S608  our names
EMPTY = text("; ".join(f"DELETE FROM {name}" for name in _FILLED))  # noqa: S608  our names
EMPTY_FILES = text(f"TRUNCATE {', '.join(_FILLED)}")
MANY_BYTES = 4 << 20  # of rows, those included that DELETE has left behind
ALONE = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
)

SHOWN = 40  # characters of a parameter in the id of a test

_numbers = itertools.count(1)


# The files that take longest, longest first. Each is run by one process: what is begun last is waited for.
LONG = (
    "api/test_imports",
    "test_import_servers",
    "test_terminal",
    "api/test_slow_queries",
    "test_push",
    "test_upgrades",
    "test_workers",
    "store/test_batches",
    "test_migrations",
    "test_stopping",
    "test_cli",
    "test_purge",
    "test_follow",
    "test_merges",
    "test_undo",
    "test_server_log",
    "api/test_changes",
    "store/index/test_lost_commits",
    "api/test_semantics",
    "api/test_orders",
    "test_collection",
    "test_derived_versions",
    "store/index/test_reading",
    "store/index/test_model",
    "store/index/test_processes",
    "api/test_sequences_of_requests",
    "test_bench",
    "store/test_pgbouncer",
    "api/test_attacks",
    "api/test_odd_orders",
    "test_as_of_upgrades",
    "api/test_exports",
    "store/test_revisions",
    "api/test_walks",
)


# A run that a script begins in the background has SIGINT ignored, and so has each command that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a test that starts processes waits for them."""
    return 1 + (os.cpu_count() or 1)


# Files whose tests ask for much that is the same whatever the database, as others do on both engines: bodies, cells,
# messages, documents, processes. Each of their tests runs on one engine, half of them on each; in the long profile on
# both.
IN_TURN = frozenset(
    ROOT / "tests" / f"{name}.py"
    for name in (
        "api/test_access",
        "api/test_attacks",
        "api/test_bad_input",
        "api/test_bounds",
        "api/test_caching",
        "api/test_changes",
        "api/test_charts",
        "api/test_claims",
        "api/test_connections",
        "api/test_disagreements",
        "api/test_exports",
        "api/test_figures",
        "api/test_imports",
        "api/test_memory",
        "api/test_misplaced",
        "api/test_notes",
        "api/test_odd_orders",
        "api/test_openapi",
        "api/test_over_time",
        "api/test_pages",
        "api/test_past_records",
        "api/test_phrases",
        "api/test_rates",
        "api/test_round_trip",
        "api/test_sequences_of_requests",
        "api/test_source_texts",
        "api/test_statements",
        "api/test_suggest",
        "api/test_vocabulary",
        "api/test_told_in_writes",
        "api/test_told_of_ended_records",
        "api/test_ways_out",
        "api/test_writes",
        "api/test_written_bodies",
        "shared/test_congress",
        "shared/test_example_mappings",
        "shared/test_naughty_strings",
        "shared/test_schemaorg_examples",
        "store/test_amending",
        "store/test_archives",
        "store/test_batches",
        "store/test_broken_files",
        "store/test_claim_review_files",
        "store/test_definitions",
        "store/test_estimates_and_points",
        "store/test_files_of_newcomers",
        "store/test_followed_fields",
        "store/test_following_columns",
        "store/test_foreign_files",
        "store/test_import",
        "store/test_import_faults",
        "store/test_keys_as_names",
        "store/test_killed_imports",
        "store/test_named_roles",
        "store/test_native_files",
        "store/test_planned_changes",
        "store/test_references",
        "store/test_rejected_rows",
        "store/test_rendering",
        "store/test_resolving",
        "store/test_restoring",
        "store/test_returning",
        "store/test_revisions",
        "store/test_row_differences",
        "store/test_source_identity",
        "store/test_speakers",
        "store/test_tables_again",
        "store/test_text_folder",
        "store/test_versions",
        "test_as_of_bytes",
        "test_claim_merges",
        "test_cli",
        "test_datasets",
        "test_export_of_all",
        "test_follow",
        "test_mapping_fields",
        "test_mappings_page",
        "test_merged_fields",
        "test_merges",
        "test_server_log",
        "test_stopping",
        "test_terminal",
        "test_undo",
        "test_undo_of_merges",
        "test_units_of_figures",
        "test_verify",
        "test_workers",
    )
)


@pytest.hookimpl(trylast=True)  # -k chooses first: of a test that is asked for on one engine nothing is left out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of long files come first (make test keeps that order, with --no-loadscope-reorder)."""
    ranks = {ROOT / "tests" / f"{name}.py": rank for rank, name in enumerate(LONG)}
    left_out = _turns_of_the_other(items) if config.getoption("--hypothesis-profile") != "long" else set()
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = sorted(
        (item for item in items if item not in left_out), key=lambda item: ranks.get(item.path, len(ranks))
    )


def _turns_of_the_other(items: list[pytest.Item]) -> set[pytest.Item]:
    """Of each pair of tests that differ in the engine alone, the one whose turn it is not."""
    pairs: dict[str, dict[str, pytest.Item]] = {}
    for item in items:
        for engine in ENGINES:
            if item.path in IN_TURN and engine in item.name:
                pairs.setdefault(item.nodeid.replace(engine, ""), {})[engine] = item
    return {pair[ENGINES[crc32(name.encode()) % 2]] for name, pair in pairs.items() if len(pair) == len(ENGINES)}


_prepare_sqlite = connections._prepare_sqlite


def _prepare_forgetful(connection: sqlite3.Connection, _record: Any) -> None:
    """As PostgreSQL's server for tests (see FORGETFUL): nobody needs this data after a power cut, and half of the time
    of a test that imports a row was the disk's. Commands that run in processes of their own write as they do for all.
    """
    _prepare_sqlite(connection, _record)
    connection.execute("PRAGMA synchronous = OFF")


connections._prepare_sqlite = _prepare_forgetful


def pytest_collection_finish() -> None:
    """Collected tests stay until the end: nobody looks through them for garbage any more."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """What is left when all tests are over is collected once: pytest would look through everything five times more."""
    gc.collect()
    gc.freeze()


def pytest_make_parametrize_id(val: object) -> str | None:
    """A long text is shown by its beginning: an id is read by people, and goes from process to process."""
    text = val.decode("latin-1") if isinstance(val, bytes) else val
    if not isinstance(text, str):
        return None
    shown = text[:SHOWN].encode("unicode_escape").decode("ascii")
    return shown if len(text) <= SHOWN and len(shown) <= SHOWN else shown[: SHOWN - 1] + "~"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """Gives the URL of a PostgreSQL server, started when first asked for. No server is a failure, never a skip."""
    with ExitStack() as running:
        yield cache(lambda: running.enter_context(postgres_server()))


def _execute(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


def _named(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def templates(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Gives for each engine an empty, migrated database to copy: its URL, made once."""
    made: dict[str, str] = {}

    def template(engine: str) -> str:
        if engine not in made:
            if engine == "sqlite":
                made[engine] = f"sqlite:///{tmp_path_factory.mktemp('template') / 'template.db'}"
            else:
                server = postgres()
                _execute(server, "DROP DATABASE IF EXISTS onrecord_template")
                _execute(server, "CREATE DATABASE onrecord_template")
                made[engine] = _named(server, "onrecord_template")
            database = Database(made[engine])
            migrate(database)
            database.close()
        return made[engine]

    return template


@pytest.fixture(scope="session")
def new_database(
    postgres: Callable[[], str], templates: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Database]]:
    """Makes an empty, migrated database of an engine."""
    opened: list[Database] = []

    def make(engine: str) -> Database:
        template = templates(engine)
        if engine == "sqlite":
            file = tmp_path_factory.mktemp("database") / "onrecord.db"
            shutil.copyfile(make_url(template).database or "", file)
            url = f"sqlite:///{file}"
        else:
            server = postgres()
            name = f"onrecord_test_{next(_numbers)}"
            _execute(server, f"DROP DATABASE IF EXISTS {name}")
            _execute(server, f"CREATE DATABASE {name} TEMPLATE onrecord_template")
            url = _named(server, name)
        opened.append(Database(url, lock_timeout=PATIENCE, statement_timeout=PATIENCE))
        return opened[-1]

    yield make
    for database in opened:
        database.close()
        if database.dialect == "postgresql" and NAMED_SERVER:  # another goes with all that it has
            _execute(postgres(), f"DROP DATABASE {database.url.database} WITH (FORCE)")


@pytest.fixture
def fresh(postgres: Callable[[], str], tmp_path: Path) -> Iterator[Callable[[str], Database]]:
    """Makes a database of an engine without any table."""
    made: list[Database] = []

    def make(engine: str) -> Database:
        name = f"onrecord_fresh_{next(_numbers)}"
        url = f"sqlite:///{tmp_path / 'new' / name}.db"
        if engine == "postgresql":
            url = _named(postgres(), name)
            _execute(postgres(), f"DROP DATABASE IF EXISTS {name}")
            _execute(postgres(), f"CREATE DATABASE {name}")
        made.append(Database(url, lock_timeout=PATIENCE, statement_timeout=PATIENCE))
        return made[-1]

    yield make
    for database in made:
        database.close()
        if database.dialect == "postgresql" and NAMED_SERVER:
            _execute(postgres(), f"DROP DATABASE {database.url.database} WITH (FORCE)")


def migrate_to(database: Database, revision: str, **attributes: object) -> None:
    """Bring the tables of a database to a schema, and nothing that is derived. attributes: for the migrations."""
    if database.file:
        database.file.parent.mkdir(exist_ok=True)
    with database.write(create=True) as connection:
        config = alembic_config()
        config.attributes |= {"connection": connection} | attributes
        command.upgrade(config, revision)


@pytest.fixture(scope="session")
def kept_url(new_database: Callable[[str], Database]) -> Callable[[], str]:
    """Gives the URL of one PostgreSQL database, made when first asked for: each takes 8 MB and a tenth of a second."""
    return cache(lambda: new_database("postgresql").url.render_as_string(hide_password=False))


@pytest.fixture(scope="module")
def kept(kept_url: Callable[[], str]) -> Iterator[Callable[[], Database]]:
    """Gives that database, empty. The tests of a file share its connections: a new one costs as much as an import."""
    with ExitStack() as opened:

        @cache
        def connected() -> Database:
            made = Database(kept_url(), lock_timeout=PATIENCE, statement_timeout=PATIENCE)
            opened.callback(made.close)
            return made

        def emptied() -> Database:
            made = connected()
            made.forget()
            with made.write() as connection:
                _empty(connection)
            return made

        yield emptied


def _empty(connection: Connection) -> None:
    connection.execute(ALONE)
    connection.execute(EMPTY_FILES if connection.execute(BYTES).scalar_one() > MANY_BYTES else EMPTY)


@pytest.fixture(params=ENGINES)
def database(
    request: pytest.FixtureRequest, new_database: Callable[[str], Database], kept: Callable[[], Database]
) -> Iterator[Database]:
    """An empty database, of each engine in turn; the one of PostgreSQL is emptied before each test.

    A test that changes a schema, the versions of what is derived, or the object itself is marked `own_database`.
    """
    if request.param == "postgresql" and not request.node.get_closest_marker("own_database"):
        yield kept()
    else:
        made = new_database(request.param)
        yield made
        made.close()


@pytest.fixture(scope="session")
def seeded_databases(new_database: Callable[[str], Database]) -> Callable[[str], Database]:
    """Gives for each engine a database with the seed, as of NOON; not to be written to."""
    made: dict[str, Database] = {}

    def seeded(engine: str) -> Database:
        if engine not in made:
            made[engine] = new_database(engine)
            report = import_paths(made[engine], [SEED], at=NOON)
            assert not report.faults
        return made[engine]

    return seeded


@pytest.fixture(params=ENGINES)
def seeded(request: pytest.FixtureRequest, seeded_databases: Callable[[str], Database]) -> Iterator[Database]:
    """The seed, on each engine in turn; not to be written to."""
    database = seeded_databases(request.param)
    yield database
    with database.read() as connection:
        assert newest_revision(connection) == 1, "other tests would find what this one has stored"


@pytest.fixture
def seeded_client(seeded: Database) -> Iterator[TestClient]:
    """The API on the seed, on each engine in turn."""
    with TestClient(create_app(seeded), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(database: Database) -> Iterator[TestClient]:
    """The API on an empty database, on each engine in turn: the one of the fixture `database`."""
    with TestClient(create_app(database), raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Result]]:
    """Runs `onrecord` with arguments on a database, in this process, from an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "0")  # any that is free

    def invoke(database: Database | str | None, *arguments: object, **environment: str) -> Result:
        if database is not None:
            url = database if isinstance(database, str) else database.url.render_as_string(hide_password=False)
            monkeypatch.setenv("ONRECORD_DATABASE_URL", url)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        app_settings.cache_clear()
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    yield invoke
    app_settings.cache_clear()


@pytest.fixture
def import_yaml(database: Database, tmp_path: Path) -> Callable[..., Report]:
    """Imports a YAML text into the database of the test."""

    def run(text: str, **options: object) -> Report:
        file = tmp_path / "import.yaml"
        file.write_text(text)
        return import_paths(database, [file], **options)  # type: ignore[arg-type]  # the options of import_paths

    return run


@pytest.fixture(scope="session")
def copies() -> dict[tuple[str, object], Copy]:
    """Contents of databases when they were filled, by engine and what they were filled with."""
    return {}


@pytest.fixture
def filled(
    database: Database, copies: dict[tuple[str, object], Copy], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[object, Callable[[], object]], None]:
    """Fills the empty database of the test; for another test with the same, by a copy. The same: an equal value."""

    def fill(same: object, make: Callable[[], object]) -> None:
        found = copies.get((database.dialect, same))
        if found is not None:
            put_copy(database, found)
            return
        make()
        copies[database.dialect, same] = take_copy(database, tmp_path_factory.mktemp("copy") / "onrecord.db")

    return fill


@pytest.fixture
def imported(
    filled: Callable[[object, Callable[[], object]], None], import_yaml: Callable[..., Report]
) -> Callable[..., None]:
    """Fills the empty database of the test with YAML texts, one import each."""

    def fill(*texts: str) -> None:
        def make() -> None:
            for one in texts:
                assert [str(fault) for fault in import_yaml(one).faults] == []

        filled(texts, make)

    return fill
