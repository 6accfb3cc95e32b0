"""Imports into an empty database: rate, processor time, memory, bytes on disk; and a peer's of the same rows."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import msgspec
import psycopg

from bench import data
from bench.data import Generated
from bench.engines import Bench
from bench.measurements import Tell, Values
from bench.processes import parent, processor_seconds, watched

PEER = "ONRECORD_BENCH_SQLITE_UTILS"  # names the program, which is not installed here
PROGRESS = (b"checked", b"prepared", b"stored")  # the last of releases before
TEXTS = ("quote", "paraphrase", "venue")


def import_file(bench: Bench, file: Path, tell: Tell, *options: str) -> Values:
    """Import a file by a process of its own, with options of the command; its costs. Raises RuntimeError where it
    fails.
    """
    costs = data.FOLDER / "costs.json"
    costs.unlink(missing_ok=True)
    started = time.perf_counter()
    with _server_time(bench) as server:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        process = bench.build.inside(bench.url, "importing", str(costs), str(file), *options, **pipes)
        with process, watched(process.pid) as seen:
            last = _followed(process, bench.title, tell)
        if process.wait():
            raise RuntimeError(f"{file.name} was not imported into {bench.url}: {last}")
        seconds = time.perf_counter() - started
    inside = msgspec.json.decode(costs.read_bytes())
    return {"seconds": seconds, "memory": max(seen, default=0), "server_cpu": server[0], **inside}


def _followed(process: subprocess.Popen[bytes], title: str, tell: Tell) -> str:
    """The last lines that an import prints; of all lines, those of its progress are told."""
    last: deque[str] = deque(maxlen=20)
    for line in process.stdout or ():
        last.append(line.decode(errors="replace"))
        if line.startswith(PROGRESS):
            tell(f"{title}: {last[-1].strip()}")
    return "".join(last)


@contextmanager
def _server_time(bench: Bench) -> Iterator[list[float]]:
    """Seconds of a processor that PostgreSQL takes meanwhile; 0 for SQLite, and where it cannot be seen."""
    if bench.engine == "sqlite":
        yield [0.0]
        return
    with psycopg.connect(bench.url) as connection:
        server = parent(connection.info.backend_pid) if connection.info.host.startswith("/") else 0
    before, taken = processor_seconds(server) if server else 0.0, [0.0]
    yield taken
    taken[0] = processor_seconds(server) - before if server else 0.0


def fill(bench: Bench, files: Generated, tell: Tell) -> Values:
    """Import the claims, then their edits. The costs are those of the claims; size: bytes on disk after them."""
    bench.migrate()
    costs = import_file(bench, files.claims, tell)
    size = bench.size()
    import_file(bench, files.edits, tell)
    bench.settle()
    bench.mark_filled(files)
    return {**costs, "size": size}


def peer(files: Generated, claims: int) -> Values:
    """`sqlite-utils insert` of the same claims, with full-text search of their texts; why not, where it is absent."""
    program = os.environ.get(PEER) or which("sqlite-utils")
    if program is None:
        return {"why": f"sqlite-utils is not installed: `pip install sqlite-utils` anywhere, and name it in {PEER}"}
    folder = data.FOLDER / "peer"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows, database = folder / "claims.ndjson", folder / "peer.db"
    with files.claims.open("rb") as lines, rows.open("wb") as out:
        out.writelines(line for line in lines if not line.startswith(b'{"type"'))
    started = time.perf_counter()
    for command in (
        ("insert", str(database), "claims", str(rows), "--nl", "--pk", "key", "--alter"),
        ("enable-fts", str(database), "claims", *TEXTS, "--create-triggers"),
    ):
        subprocess.run([program, *command], check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # the peer
    seconds = time.perf_counter() - started
    size = sum(file.stat().st_size for file in folder.glob("peer.db*"))
    shutil.rmtree(folder)
    return {"seconds": seconds, "rate": claims / seconds, "size": size}
