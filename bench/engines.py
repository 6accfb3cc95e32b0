"""The databases that benches fill: an SQLite file, and one in a PostgreSQL that is named or started here."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import make_url, text

from app.store.database.engine import Database
from app.store.history.moment import newest_revision
from app.store.upgrade.upgrade import migrate
from bench import data
from bench.data import ROOT, SEED
from bench.served import COMMAND, environment
from tests.postgres import postgres_server

ENGINES = ("sqlite", "postgresql")
# Settings of an administrator on a machine of this size; all that is acknowledged is on disk, as in SQLite.
OPTIONS = (
    "-c shared_buffers=512MB -c effective_cache_size=2GB -c work_mem=32MB -c maintenance_work_mem=256MB"
    " -c max_wal_size=8GB -c checkpoint_timeout=30min -c random_page_cost=1.1 -c jit=off"
)
KIB = 1024
REVISIONS = 2  # of a full database: the claims, and their edits

Server = Callable[[], str]  # the URL of the PostgreSQL server, started when first asked for


@contextmanager
def postgres() -> Iterator[Server]:
    """Gives the URL of the server: that of ONRECORD_BENCH_POSTGRES, else one started on a folder that stays."""
    with ExitStack() as running:

        def url() -> str:
            named = os.environ.get("ONRECORD_BENCH_POSTGRES")
            return named or running.enter_context(postgres_server(OPTIONS, _data_folder()))

        yield cache(url)


def _data_folder() -> Path | None:
    """Where the server keeps its data between runs; None where the user that runs it cannot come."""
    data.FOLDER.mkdir(parents=True, exist_ok=True)
    reached = os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in (data.FOLDER, *data.FOLDER.parents))
    return data.FOLDER / "postgresql" if reached else None


@dataclass(frozen=True)
class Bench:
    """A number of generated claims in a database of an engine."""

    engine: str
    claims: int
    url: str

    @property
    def title(self) -> str:
        """The title of a section of the results."""
        return f"{self.claims:,} claims, {'SQLite' if self.engine == 'sqlite' else 'PostgreSQL'}"

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The database, opened."""
        opened = Database(self.url)
        try:
            yield opened
        finally:
            opened.close()

    def is_filled(self) -> bool:
        """Whether an earlier run has left it full: an import is whole or not there, and there are two."""
        with self.database() as database:
            if database.file and not database.file.exists():
                return False
            migrate(database)
            with database.read() as connection:
                return newest_revision(connection) >= REVISIONS

    def settle(self) -> None:
        """Do now what the engine does in the hours after a large import."""
        if self.engine == "postgresql":
            with self.database() as database:
                connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                connection.execute(text("SET statement_timeout = 0"))
                connection.execute(text("VACUUM ANALYZE"))
                connection.invalidate()
                connection.close()

    def size(self) -> int:
        """Bytes on disk."""
        with self.database() as database:
            if database.file:
                return sum(file.stat().st_size for file in database.file.parent.glob(f"{database.file.name}*"))
            with database.read() as connection:
                return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())

    def version(self) -> str:
        """The engine's own version."""
        with self.database() as database, database.engine.connect() as connection:
            name = "sqlite_version()" if self.engine == "sqlite" else "split_part(version(), ' ', 2)"
            return str(connection.execute(text(f"SELECT {name}")).scalar_one())


def bench_of(engine: str, claims: int, server: Server, *, fresh: bool, name: str = "bench") -> Bench:
    """The database for so many claims; fresh: empty, else as an earlier run left it."""
    name = f"{name}_{claims}_{SEED}"
    if engine == "sqlite":
        file = data.FOLDER / f"{name}.db"
        for old in file.parent.glob(f"{file.name}*") if fresh else ():
            old.unlink()
        return Bench(engine, claims, f"sqlite:///{file}")
    with psycopg.connect(server(), autocommit=True) as connection:
        if fresh:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if not there:
            connection.execute(f"CREATE DATABASE {name}".encode())
    return Bench(engine, claims, make_url(server()).set(database=name).render_as_string(hide_password=False))


@dataclass(frozen=True)
class Filled:
    """Costs of an import. memory: the most bytes that its processes had resident; none where it cannot be seen."""

    seconds: float
    memory: int | None


def fill(bench: Bench, file: Path) -> Filled:
    """Import a file, by a process of its own. Raises RuntimeError where it fails."""
    with bench.database() as database:
        migrate(database)
    run = ["-c", COMMAND, "import", str(file)]
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  # our own
        [sys.executable, *run], cwd=ROOT, env=environment(bench.url), stdout=subprocess.PIPE, text=True
    )
    with watched(process.pid) as seen:
        said = process.communicate()[0]
    if process.returncode:
        raise RuntimeError(f"{file.name} was not imported into {bench.url}: {said[-2000:]}")
    return Filled(time.perf_counter() - started, max(seen) if seen else None)


@contextmanager
def watched(pid: int) -> Iterator[list[int]]:
    """Collects the bytes that a process and its children have resident, 20 times a second; none outside of Linux."""
    seen: list[int] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            seen.extend(filter(None, [resident(pid)]))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def resident(pid: int) -> int:
    """The bytes that a process and its children have resident; 0 where that cannot be seen."""
    try:
        own = int((Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1]).split()[0]) * KIB
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0
    return own + sum(resident(int(child)) for child in children)
