"""One claim over HTTP, beside the import of a file of one claim, and durable commits of bare sqlite3 on the same disk.

Start-up is apart: the server is up, and one process imports all files. The three take turns, so that what else the
machine does meanwhile falls on each.
"""

from __future__ import annotations

import http.client
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from app.store.access.keys import make_key
from app.store.database.engine import Database
from app.store.imports.importer import import_paths
from bench import data
from bench.engines import Bench
from bench.measurements import Measurements, Tell
from bench.served import served
from bench.writes import claims_to_write

WRITES = 500  # of each kind
WARM = 5  # of these, the first, which do not count

Write = Callable[[bytes], None]


def measure(bench: Bench, share: float, log: Measurements, tell: Tell) -> None:
    """Write to a database that nobody needs afterwards. share: of the writes, for a quick run."""
    number = max(1, int(WRITES * share)) + WARM
    claims = list(claims_to_write(10 * bench.claims, 3 * 2 * number))  # those that are no edits are new
    new = [line for n, line in enumerate(claims) if n % 4][: 2 * number]
    tell(f"{bench.title}: writing {number} claims by file and as many over HTTP")
    with by_http(bench) as post, by_file(bench) as load, bare() as commit:
        times: dict[str, list[float]] = {"http": [], "file": [], "bare": []}
        for n in range(number):
            for name, write, line in (
                ("http", post, new[2 * n]),
                ("file", load, new[2 * n + 1]),
                ("bare", commit, new[n]),
            ):
                started = time.perf_counter()
                write(line)
                times[name].append((time.perf_counter() - started) * 1000)
    http_ms, file_ms, bare_ms = (median(times[name][WARM:]) for name in ("http", "file", "bare"))
    costs = {"http": http_ms, "file": file_ms, "bare": bare_ms}
    log.put(bench.key("one write"), **costs, ratio=http_ms / file_ms, share=bare_ms / http_ms)
    tell(f"{bench.title}: {http_ms:.1f} ms over HTTP, {file_ms:.1f} ms by file, {bare_ms:.1f} ms a bare commit")


@contextmanager
def by_http(bench: Bench) -> Iterator[Write]:
    """Posts a claim, on a connection that stays open."""
    database = Database(bench.url, lock_timeout=60)
    key = make_key(database, f"bench {time.time_ns()}", ["write"]).secret
    database.close()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with served(bench.build, bench.url) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)

        def post(line: bytes) -> None:
            connection.request("POST", "/v1/claims", line, headers)
            answer = connection.getresponse()
            told = answer.read()
            if answer.status != 201:
                raise RuntimeError(f"not written: {told[:500]!r}")

        yield post
        connection.close()


@contextmanager
def by_file(bench: Bench) -> Iterator[Write]:
    """Imports a file of one claim."""
    database = Database(bench.url, lock_timeout=60)
    file = data.FOLDER / "one.ndjson"

    def load(line: bytes) -> None:
        file.write_bytes(line)
        if import_paths(database, [file], processes=1).revision is None:
            raise RuntimeError(f"not written: {line[:500]!r}")

    yield load
    database.close()


@contextmanager
def bare() -> Iterator[Write]:
    """Commits a claim's bytes to a table of one column, as durably as we do."""
    file = data.FOLDER / "bare.db"
    file.unlink(missing_ok=True)
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE written (doc TEXT)")
    yield lambda line: _commit(connection, line)
    connection.close()
    for left in Path(data.FOLDER).glob("bare.db*"):
        left.unlink()


def _commit(connection: sqlite3.Connection, line: bytes) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO written VALUES (?)", (line.decode(),))
    connection.execute("COMMIT")
