"""Imports over HTTP on servers of several processes, and on servers that are killed."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.store.access.keys import make_key
from app.store.database.engine import Database
from app.store.history.moment import newest_revision
from tests.api.importing import Doc, Importer, claims
from tests.asked import IS_LONG, some_of
from tests.server_process import ServerProcess, server_process
from tests.waiting import comes_true

CHECKED_FOR_LONG = 20_000  # claims
MANY = 6_000  # claims, which take seconds to check and to store


def key_of(database: Database) -> str:
    return make_key(database, "ann", ["write"]).secret


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def left_in(folder: Path) -> set[str]:
    """The files that were sent, as far as they lie there."""
    names = {name for _, *some in os.walk(folder) for name in (*some[0], *some[1])}  # which may go meanwhile
    return {name for name in names if name.startswith(("body", "up_", "files"))}


def processes_of(folder: Path) -> list[int]:
    """The processes that carry out imports of a folder (Linux)."""
    opened = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            links = [str(one.readlink()) for one in (process / "fd").iterdir()]
        except OSError:
            continue
        opened += [int(process.name)] if any(link == str(folder / "process.lock") for link in links) else []
    return opened


@pytest.mark.parametrize(
    ("engine", "state"),
    some_of([("postgresql", "writing"), ("sqlite", "waiting"), ("postgresql", "checking"), ("sqlite", "writing")], 1),
)
def test_a_server_that_is_killed_fails_its_imports_and_the_next_one_leaves_nothing_of_them(
    new_database: Callable[[str], Database], tmp_path: Path, engine: str, state: str
) -> None:
    database, folder = new_database(engine), tmp_path / "imports"
    secret, url = key_of(database), url_of(database)
    with ExitStack() as held:
        with server_process(url, tmp_path, IMPORTS=str(folder)) as server:
            client = Importer(server.url, secret)
            if state == "waiting":  # one for the lock, and one for its turn
                held.enter_context(database.write())
            jobs = [client.send(claims(MANY if state != "waiting" else 1)), client.send(claims(1))]
            client.becomes(jobs[0], lambda said: said["state"] == state and said["progress"] is not None)
            server.stop(signal.SIGKILL)
            server.ended()
            client.http.close()
        assert comes_true(lambda: not processes_of(folder / jobs[0]["id"]))
    with server_process(url, tmp_path, IMPORTS=str(folder)) as server:
        client = Importer(server.url, secret)
        first, second = (client.end(job) for job in jobs)
        assert left_in(folder) == set()
        stored = int(first["state"] == "done")  # where it was stored before it was seen to be written, and not told yet
        assert stored == 0 or state == "writing"
        for said in (first, second)[stored:]:
            assert (said["state"], said["error"]["code"], said["revision"]) == ("failed", "stopped", None)
            assert "nothing is stored: send it again" in said["error"]["detail"]
        with database.read() as connection:
            assert newest_revision(connection) == stored
        assert client.end(client.send(claims(1, first=MANY + 1)))["revision"] == stored + 1
        client.http.close()


@pytest.fixture(scope="module")
def database(new_database: Callable[[str], Database]) -> Database:
    return new_database("sqlite")


@pytest.fixture(scope="module")
def served(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The database, served by two workers."""
    with server_process(url_of(database), tmp_path_factory.mktemp("served"), "--workers", "2") as server:
        yield server


@pytest.fixture(scope="module")
def secret(database: Database) -> str:
    return key_of(database)


def told_by_all(served: ServerProcess, secret: str, job: Doc) -> set[tuple[str, int | None]]:
    """The answers to 20 connections; the kernel shares them out among the workers."""
    found = set()
    for _ in range(20):
        client = Importer(served.url, secret)
        said = client.said(job)
        client.http.close()
        found.add((said["state"], said["revision"]))
    return found


def test_every_worker_tells_of_every_import_and_cancels_it(
    database: Database, served: ServerProcess, secret: str
) -> None:
    client = Importer(served.url, secret)
    with database.write():
        job = client.send(claims(1))
        assert comes_true(lambda: told_by_all(served, secret, job) == {("waiting", None)})
    assert client.end(job)["revision"] == 1
    assert told_by_all(served, secret, job) == {("done", 1)}
    with database.write():
        jobs = [client.send(claims(1, first=n)) for n in (10, 20, 30, 40)]
        client.http.close()
        for one in jobs:
            other = Importer(served.url, secret)
            assert other.cancel(one).json()["state"] == "cancelled"
            other.http.close()
    assert comes_true(lambda: left_in(Path(f"{database.file}.imports")) == set())
    assert told_by_all(served, secret, jobs[-1]) == {("cancelled", None)}


@pytest.mark.skipif(not IS_LONG, reason="half a minute for a line of a log: in the long profile")
def test_an_import_that_is_cancelled_while_many_check_its_rows_leaves_no_warning_in_the_log(
    database: Database, served: ServerProcess, secret: str
) -> None:
    client = Importer(served.url, secret)
    job = client.send(claims(CHECKED_FOR_LONG))
    client.becomes(job, lambda said: said["state"] == "checking" and said["progress"]["done"] > 0)
    assert client.cancel(job).json()["state"] == "cancelled"
    assert comes_true(lambda: not processes_of(Path(f"{database.file}.imports") / job["id"]))
    assert client.end(client.send(b"x\n", "a.csv"))["state"] == "failed"  # by when the first one's tracker has ended
    assert "leaked" not in served.said
    client.http.close()


def peaks(served: ServerProcess) -> int:
    """The most memory that the workers ever had, in kB (Linux)."""
    status = [Path(f"/proc/{one}/status").read_text() for one in served.workers()]
    return sum(int(re.findall(r"VmHWM:\s+(\d+) kB", one)[0]) for one in status)


def test_a_body_of_twenty_megabytes_is_nowhere_in_the_memory_of_a_worker(served: ServerProcess, secret: str) -> None:
    client = Importer(served.url, secret)
    client.end(client.send(b"x\n", "a.csv"))
    before = peaks(served)
    said = client.end(client.send(b"x" * 20_000_000, "a.csv"))
    assert said["state"] == "failed"
    assert peaks(served) - before < 12_000
    client.http.close()


def test_an_import_ends_with_the_worker_that_took_it(database: Database, served: ServerProcess, secret: str) -> None:
    client = Importer(served.url, secret)
    with database.write():
        job = client.send(claims(1, first=100))
        client.becomes(job, lambda said: said["progress"] is not None)
        client.http.close()
        for one in served.workers():
            os.kill(one, signal.SIGKILL)
        assert comes_true(lambda: served.ready() == 200 and told_by_all(served, secret, job) == {("failed", None)})
    assert comes_true(lambda: left_in(Path(f"{database.file}.imports")) == set())
