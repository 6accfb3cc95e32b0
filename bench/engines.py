"""The databases that benches fill: an SQLite file, and one in a PostgreSQL that is named or started here."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from bench import data
from bench.builds import TODAY, Build
from bench.data import SEED, Generated
from bench.measurements import Key
from tests.postgres import postgres_server

ENGINES = ("sqlite", "postgresql")
# Settings of an administrator on a machine of this size; all that is acknowledged is on disk, as in SQLite.
OPTIONS = (
    "-c shared_buffers=512MB -c effective_cache_size=2GB -c work_mem=32MB -c maintenance_work_mem=256MB"
    " -c max_wal_size=8GB -c checkpoint_timeout=30min -c random_page_cost=1.1 -c jit=off"
)

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
    reached = os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in (data.FOLDER, *data.FOLDER.parents))
    return data.FOLDER / "postgresql" if reached else None


@dataclass(frozen=True)
class Bench:
    """A number of generated claims in a database of an engine, filled and asked by a build."""

    engine: str
    claims: int
    url: str
    build: Build = TODAY

    @property
    def title(self) -> str:
        """The bench in what is told of its progress."""
        return f"{self.claims:,} claims, {'SQLite' if self.engine == 'sqlite' else 'PostgreSQL'}, {self.build.name}"

    def key(self, topic: str, name: str = "") -> Key:
        """The key of a measurement."""
        return topic, str(self.claims), self.engine, self.build.name, name

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database."""
        return Path(self.url.removeprefix("sqlite:///")) if self.engine == "sqlite" else None

    def migrate(self) -> None:
        """Make the database, or bring it up to date, by the build's own command."""
        if self.build.start(self.url, "migrate").wait():
            raise RuntimeError(f"{self.title}: `onrecord migrate` failed")

    def settle(self) -> None:
        """Do now what the engine does in the hours after a large import."""
        if self.engine == "postgresql":
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")

    def size(self) -> int:
        """Bytes on disk."""
        if self.file:
            return sum(file.stat().st_size for file in self.file.parent.glob(f"{self.file.name}*"))
        with psycopg.connect(self.url) as connection:
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(row[0]) if row else 0

    def version(self) -> str:
        """The engine and its version."""
        if self.engine == "sqlite":
            return f"SQLite {sqlite3.sqlite_version}"
        with psycopg.connect(self.url) as connection:
            number = connection.info.server_version
        return f"PostgreSQL {number // 10_000}.{number % 10_000}"

    def is_filled(self, files: Generated) -> bool:
        """Whether an earlier run has left it full of these files."""
        return self._mark.exists() and self._mark.read_text() == files.digest

    def mark_filled(self, files: Generated) -> None:
        """Note that it is full of these files."""
        self._mark.write_text(files.digest)

    @property
    def _mark(self) -> Path:
        name = f"{make_url(self.url).database}".rpartition("/")[2]
        return data.FOLDER / f"{name}.{self.engine}.filled"


def bench_of(
    engine: str, claims: int, server: Server, *, fresh: bool = False, name: str = "bench", build: Build = TODAY
) -> Bench:
    """The database for so many claims; fresh: empty, else as an earlier run left it."""
    name = f"{name}_{claims}_{SEED}" + (f"_{build.commit}" if build.commit else "")
    if engine == "sqlite":
        bench = Bench(engine, claims, f"sqlite:///{data.FOLDER / f'{name}.db'}", build)
        there = bool(bench.file and bench.file.exists())
        for old in data.FOLDER.glob(f"{name}.db*") if fresh else ():
            old.unlink()
    else:
        with psycopg.connect(server(), autocommit=True) as connection:
            if fresh:
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
            there = bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone())
            if not there:
                connection.execute(f"CREATE DATABASE {name}".encode())
        url = make_url(server()).set(database=name).render_as_string(hide_password=False)
        bench = Bench(engine, claims, url, build)
    if fresh or not there:
        bench._mark.unlink(missing_ok=True)
    return bench


@contextmanager
def copied(bench: Bench, server: Server) -> Iterator[Bench]:
    """A copy of a filled database, for those who write to it; it is gone afterwards."""
    copy = bench_of(bench.engine, bench.claims, server, fresh=True, name="copy", build=bench.build)
    name, of = make_url(copy.url).database, make_url(bench.url).database
    if bench.engine == "sqlite":
        with sqlite3.connect(f"{of}") as connection:
            connection.execute("VACUUM INTO ?", (name,))
        connection.close()
        yield copy
        for file in data.FOLDER.glob(Path(f"{name}").name + "*"):
            file.unlink()
        return
    with psycopg.connect(server(), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name}".encode())
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {of}".encode())
        yield copy
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
