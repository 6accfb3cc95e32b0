"""Queries that take too long: they are stopped and told so, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from functools import cache, partial
from random import Random
from threading import Event, current_thread
from typing import Any

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, QueuePool, text
from sqlalchemy.exc import DBAPIError

from app.api import threads
from app.api.exports import ExportSlots
from app.api.threads import HERE, SLOW_THREADS
from app.demo.generated_claims import as_line, generate
from app.errors import QueryTimeout
from app.main import create_app
from app.store.database.deadlines import Block, Budget, Deadline, Watch, deadline_of
from app.store.database.engine import Database
from app.store.database.fetching import fetch_rows
from app.store.database.stored_documents import read_documents
from app.store.history import moment
from app.store.search import export, matches
from tests.api.served import connections_in_use, serving
from tests.asked import IS_LONG
from tests.conftest import ENGINES
from tests.importing import import_paths
from tests.local_http import get
from tests.waiting import PATIENCE, comes_true

PAGE = "/v1/claims?limit=2"
COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT max(i) FROM n"
ENDLESS = text(COUNT.format(2_000_000_000))
SHORT = text(COUNT.format(20_000))  # some milliseconds


@pytest.fixture(scope="module")
def filled(
    new_database: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Database]:
    """Gives for each engine a database of some hundred generated claims."""

    @cache
    def made(engine: str) -> Database:
        file = tmp_path_factory.mktemp("generated") / "claims.ndjson"
        file.write_bytes(b"".join(map(as_line, generate(600, 1))))
        database = new_database(engine)
        assert not import_paths(database, [file], processes=1).faults
        return database

    return made


@pytest.fixture(params=ENGINES)
def generated(request: pytest.FixtureRequest, filled: Callable[[str], Database]) -> Database:
    """The generated claims, on each engine in turn."""
    return filled(request.param)


@pytest.fixture
def limited(generated: Database) -> Iterator[Callable[..., Database]]:
    """The same data, under limits of its own."""
    made: list[Database] = []

    def limit(seconds: float, pool_size: int = 8) -> Database:
        url = generated.url.render_as_string(hide_password=False)
        made.append(Database(url, statement_timeout=seconds, pool_size=pool_size))
        return made[-1]

    yield limit
    for database in made:
        database.close()


@contextmanager
def hindered(monkeypatch: pytest.MonkeyPatch, engine: str) -> Iterator[Event]:
    """Reading documents takes until the event that this gives is set, in many short steps: of the database, or of this
    process, as an engine's slow queries may be.
    """
    released = Event()

    def read_slowly(connection: Connection, *more: Any) -> bytes:
        while not released.is_set():
            if engine == "sqlite":
                deadline_of(connection).check()
                sum(range(10_000))
            else:
                fetch_rows(connection, COUNT.format(10_000))
        return read_documents(connection, *more)

    with monkeypatch.context() as patch:
        for module in (matches, export):
            patch.setattr(module, "read_documents", read_slowly)
        try:
            yield released
        finally:
            released.set()


# Where reading is slow: in this process, or in the database.
SLOW = [("sqlite", "here"), ("sqlite", "there"), ("postgresql", "there")]
slowly = pytest.mark.parametrize(("generated", "slow"), SLOW if IS_LONG else SLOW[::2], indirect=True)


@pytest.fixture
def slow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """Makes reading documents slow: in this process, or in the database."""
    return partial(hindered, monkeypatch, "sqlite" if request.param == "here" else "postgresql")


# Requests


@pytest.mark.parametrize(("generated", "slow"), [*SLOW, ("postgresql", "here")], indirect=True)
def test_a_query_that_takes_too_long_is_told_so_and_the_next_is_answered(
    limited: Callable[..., Database], slow: Callable[[], Any]
) -> None:
    database = limited(PATIENCE)
    with TestClient(create_app(database)) as client:
        before = client.get(PAGE)
        assert before.status_code == 200
        assert before.json()["data"]
        database.statement_timeout = 0.6
        with slow():
            answer = client.get(PAGE)
        assert answer.status_code == 503, answer.text
        assert answer.json()["code"] == "query-timeout"
        assert "0.6 s" in answer.json()["detail"]
        assert int(answer.headers["Retry-After"]) > 0
        database.statement_timeout = PATIENCE
        assert client.get(PAGE).json() == before.json()
        assert connections_in_use(database) == 0


@slowly
def test_a_limit_shorter_than_the_first_threads_give_holds(
    limited: Callable[..., Database], slow: Callable[[], Any]
) -> None:
    database = limited(min(HERE) / 5)
    with TestClient(create_app(database)) as client, slow():
        answer = client.get(PAGE)
    assert answer.json()["code"] == "query-timeout"


@slowly
def test_a_slow_query_within_the_limit_is_answered_by_the_threads_for_slow_ones(
    limited: Callable[..., Database], slow: Callable[[], Any]
) -> None:
    app = create_app(limited(PATIENCE))
    with TestClient(app) as client, ThreadPoolExecutor(1) as pool:
        right = client.get(PAGE).content
        with slow() as released:
            asked = pool.submit(client.get, PAGE)
            assert comes_true(lambda: app.state.threads.slow.borrowed_tokens == 1)
            assert not asked.done()
            released.set()
            answer = asked.result()
        assert answer.status_code == 200
        assert answer.content == right
        assert app.state.threads.slow.borrowed_tokens == 0


@slowly
def test_others_do_not_wait_for_ten_slow_queries(limited: Callable[..., Database], slow: Callable[[], Any]) -> None:
    database = limited(PATIENCE, pool_size=8)
    with serving(database) as served, ThreadPoolExecutor(10) as pool, httpx.Client(timeout=PATIENCE) as client:
        known = client.get(f"{served.url}?limit=1").json()["data"][0]["id"]
        threads = served.app.state.threads.slow
        with slow() as released:
            url = served.url.replace("/v1/claims", PAGE)
            asked = [pool.submit(get, url) for _ in range(10)]
            assert comes_true(lambda: threads.statistics().tasks_waiting == 10 - SLOW_THREADS)
            for other in (served.url.replace("/v1/claims", "/healthz"), f"{served.url}/{known}"):
                assert [client.get(other).status_code for _ in range(5)] == [200] * 5
            assert not any(one.done() for one in asked), "they were slow all the while"
            released.set()
            assert {one.result().status_code for one in asked} == {200}
        assert served.becomes_free()


def test_what_takes_a_little_too_long_where_requests_arrive_waits_for_no_slow_query(
    limited: Callable[..., Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(limited(PATIENCE))
    app.state.threads.slow.total_tokens = 0  # slow queries have them all
    monkeypatch.setattr(threads, "HERE", (0.0, 0.0))
    monkeypatch.setattr(threads, "SHARED", (PATIENCE, PATIENCE))
    with TestClient(app) as client:
        assert client.get(PAGE).status_code == 200


@slowly
def test_to_wait_for_a_thread_takes_no_longer_than_a_query_may(
    limited: Callable[..., Database], slow: Callable[[], Any]
) -> None:
    app = create_app(limited(0.5))
    threads = app.state.threads.slow
    threads.total_tokens = 0  # none becomes free
    with TestClient(app) as client, slow(), ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.get, PAGE)
        answered = comes_true(asked.done)
        assert client.portal
        client.portal.call(setattr, threads, "total_tokens", SLOW_THREADS)
        assert answered
        assert (asked.result().status_code, asked.result().json()["code"]) == (503, "query-timeout")


@slowly
def test_a_slow_query_ends_when_its_client_leaves(limited: Callable[..., Database], slow: Callable[[], Any]) -> None:
    with serving(limited(PATIENCE * 10)) as served, slow(), ExitStack() as clients:
        threads = served.app.state.threads.slow
        for _ in range(SLOW_THREADS + 1):  # one waits for a place
            client = clients.enter_context(socket.create_connection(served.socket.getsockname()))
            client.sendall(f"GET {PAGE} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert comes_true(lambda: threads.statistics().tasks_waiting == 1)
        assert threads.borrowed_tokens == SLOW_THREADS
        clients.close()
        assert comes_true(lambda: threads.borrowed_tokens == threads.statistics().tasks_waiting == 0)
        assert served.becomes_free()


@slowly
def test_exports_that_are_slow_to_begin_keep_none_of_the_shared_threads(
    limited: Callable[..., Database], slow: Callable[[], Any]
) -> None:
    with serving(limited(PATIENCE)) as served, ThreadPoolExecutor(10) as pool:
        served.app.state.exports = ExportSlots(10)
        threads = served.app.state.threads.exports
        with slow() as released:
            url = f"{served.url}/export"
            exports = [pool.submit(get, url) for _ in range(10)]
            assert comes_true(lambda: threads.statistics().tasks_waiting == 10 - threads.total_tokens)
            assert get(f"{served.url}/clm_1").status_code == 200
            assert not all(one.done() for one in exports)
            released.set()
        assert {one.result().status_code for one in exports} == {200}


@pytest.mark.parametrize(
    ("path", "is_short"),
    [
        (PAGE, True),
        (f"{PAGE}&topic=nothing", True),
        (f"{PAGE}{('&topic=' + 'any' * 100) * 8}", False),
        ("/v1/claims?limit=500&fields=id", False),
        ("/v1/claims?q=minister&highlight=true&limit=10", True),
    ],
)
def test_a_page_of_a_database_in_this_process_takes_no_thread_where_it_is_short(
    generated: Database, monkeypatch: pytest.MonkeyPatch, path: str, is_short: bool
) -> None:
    monkeypatch.setattr(threads, "HERE", (60.0, 60.0))  # of the processor of a busy machine
    taken = set[str]()

    def note(connection: Connection, *more: Any) -> list[tuple[Any, ...]]:
        taken.add(current_thread().name)
        return fetch_rows(connection, *more)

    with TestClient(create_app(generated)) as client:
        monkeypatch.setattr(moment, "fetch_rows", note)
        assert client.get(path).status_code == 200
    (name,) = taken
    assert ("AnyIO worker" in name) == (generated.dialect == "postgresql" or not is_short)


# The database


def test_a_query_is_stopped_and_the_next_is_not(limited: Callable[..., Database]) -> None:
    database = limited(30, pool_size=1)
    drivers = set()
    for _ in range(3):
        with pytest.raises(QueryTimeout), database.read(Deadline(0.1)) as connection:
            connection.execute(ENDLESS)
        with database.read() as connection:
            drivers.add(connection.connection.driver_connection)
            assert connection.execute(SHORT).scalar_one() == 20_000
    # The request that stops a query of PostgreSQL may come late: it finds a connection that nobody uses any more.
    assert len(drivers) == (1 if database.dialect == "sqlite" else 3)
    assert connections_in_use(database) == 0


def test_a_page_is_stopped_and_its_connection_is_used_again_or_not(limited: Callable[..., Database]) -> None:
    database = limited(30, pool_size=1)
    drivers = set()
    for _ in range(3):
        with database.read_page() as connection:
            drivers.add(connection.connection.driver_connection)
            assert fetch_rows(connection, COUNT.format(20_000)) == [(20_000,)]
        with pytest.raises(QueryTimeout), database.read_page(Deadline(0.1)) as connection:
            fetch_rows(connection, COUNT.format(2_000_000_000))
    assert len(drivers) == (1 if database.dialect == "sqlite" else 3)
    assert connections_in_use(database) == 0


def test_whatever_a_driver_says_of_what_was_stopped_it_was_stopped(limited: Callable[..., Database]) -> None:
    """As SQLite does where it is interrupted while it opens a virtual table."""
    database = limited(30)
    for read in (database.read, database.read_page):
        with pytest.raises(QueryTimeout), read(Deadline(0.05)):
            _fail_later(database.dialect, 0.5)
        with pytest.raises(DBAPIError), read():
            _fail_later(database.dialect, 0)


def test_a_page_that_is_stopped_as_it_begins_is_no_fault_of_ours(limited: Callable[..., Database]) -> None:
    database = limited(30, pool_size=1)
    if database.dialect == "postgresql":  # it begins together with its first query
        return
    with database.read_page() as connection:
        driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(lambda: True, 1)
    with pytest.raises(QueryTimeout), database.read_page():
        pass
    driver.set_progress_handler(None, 0)
    with database.read_page() as connection:
        assert fetch_rows(connection, "SELECT 1") == [(1,)]


def _fail_later(engine: str, seconds: float) -> None:
    time.sleep(seconds)
    known = {"sqlite": sqlite3.OperationalError("vtable constructor failed"), "postgresql": psycopg.InternalError("?")}
    raise DBAPIError("SELECT 1", None, known[engine])


def test_a_budget_of_the_processor_is_no_limit_of_waiting() -> None:
    with pytest.raises(QueryTimeout):
        Budget(0, 600).check()
    budget = Budget(0.2, 600)
    time.sleep(0.3)  # others use the processor, and this thread does not
    budget.check()


def test_a_block_of_many_short_queries_is_stopped_too(limited: Callable[..., Database]) -> None:
    def ask_on() -> bool:
        with limited(0.2).read() as connection:
            return comes_true(lambda: connection.execute(SHORT).scalar_one() == 0)

    with pytest.raises(QueryTimeout):
        ask_on()


def test_the_server_has_the_limit_itself(limited: Callable[..., Database]) -> None:
    database = limited(0.2505)
    if database.dialect == "postgresql":
        with database.read() as connection:
            assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "251ms"
        with pytest.raises(QueryTimeout), database.read(Deadline(60)) as connection:
            connection.execute(ENDLESS)


@pytest.mark.parametrize("through", [Database.write, Database.read_through])
def test_writes_and_exports_are_not_cut_off(limited: Callable[..., Database], through: Any) -> None:
    database = limited(0.1)
    for _ in range(2):
        with through(database) as connection:
            began = time.monotonic()
            if database.dialect == "postgresql":
                connection.execute(text("SELECT pg_sleep(0.3)"))
            while time.monotonic() < began + 0.3:
                assert connection.execute(text(COUNT.format(1_000_000))).scalar_one() == 1_000_000
    with pytest.raises(QueryTimeout), database.read() as connection:  # what was lifted is lifted for that block alone
        connection.execute(ENDLESS)


# The watch


def _never_hit_after(watch: Watch, stop: Callable[[], object], count_to: Callable[[int], object], rounds: int) -> bool:
    """Whether blocks without an end are stopped, among others that end when they may be. Queries after a block may not
    be stopped.
    """
    draw, stopped = Random(rounds), 0  # noqa: S311  # no secret
    endless = range(0, rounds, 50)
    for number in range(rounds):
        try:
            with watch.within(Deadline(draw.random() * 0.002), stop):
                count_to(2_000_000_000 if number in endless else 1_500)
        except (sqlite3.OperationalError, psycopg.errors.QueryCanceled):
            stopped += 1
        count_to(1_500)
    return stopped >= len(endless)


def test_what_follows_a_block_is_never_stopped() -> None:
    watch = Watch()

    def run(_n: int) -> bool:
        with closing(sqlite3.connect(":memory:", check_same_thread=False)) as connection:
            count_to = lambda number: connection.execute(COUNT.format(number)).fetchall()  # noqa: E731
            return _never_hit_after(watch, connection.interrupt, count_to, 300)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(run, range(4)))


def test_what_follows_a_block_is_never_stopped_by_a_server(postgres: Callable[[], str]) -> None:
    watch = Watch()
    with psycopg.connect(postgres(), autocommit=True) as connection:
        count_to = lambda number: connection.execute(COUNT.format(number).encode()).fetchall()  # noqa: E731
        assert _never_hit_after(watch, connection.cancel_safe, count_to, 100)


def test_a_block_is_not_left_while_it_is_being_stopped_nor_stopped_once_it_is_left() -> None:
    watch, stopping = Watch(), Event()
    left, wrong = set[int](), list[int]()

    def stop(n: int) -> None:
        wrong.extend(left & {n})
        stopping.set()
        time.sleep(0.1)
        wrong.extend(left & {n})

    def stay_a_little(n: int) -> None:
        with watch.within(Deadline(0.1), partial(stop, n)):
            assert stopping.wait(PATIENCE)
        left.add(n)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(stay_a_little, range(6)))  # all are due at about the same time, and stopped in turn
    time.sleep(0.7)
    assert len(left) == 6
    assert not wrong


def test_a_block_that_is_left_while_another_is_stopped_has_no_stop_of_its_own() -> None:
    watch, is_held, may_go, is_past = Watch(), Event(), Event(), Event()
    blocks, stopped = list[Block](), list[int]()

    def hold() -> None:
        is_held.set()
        may_go.wait(PATIENCE)

    def stop(n: int) -> None:
        stopped.append(n)
        watch.leave(blocks[1 - n])
        blocks.append(watch.enter(Deadline(0), is_past.set))  # due behind both

    blocks.append(watch.enter(Deadline(0), hold))
    assert is_held.wait(PATIENCE)
    blocks[:0] = [watch.enter(Deadline(0), partial(stop, n)) for n in range(2)]
    may_go.set()  # now the watch sees that both are due, and stops them in turn
    assert is_past.wait(PATIENCE)
    assert len(stopped) == 1
    for block in blocks:
        watch.leave(block)


def test_a_stop_that_fails_does_not_end_the_watch() -> None:
    watch, called = Watch(), Event()

    def fail() -> None:
        called.set()
        raise OSError("no way there")

    for _ in range(2):
        called.clear()
        with watch.within(Deadline(0.01), fail):
            assert called.wait(PATIENCE)


def test_a_pool_has_room_for_exports_and_slow_queries(generated: Database) -> None:
    pool = generated.engine.pool
    assert isinstance(pool, QueuePool)
    assert pool._max_overflow >= 10 + SLOW_THREADS


def test_other_requests_have_their_turn_between_pages() -> None:
    turns, done = threads.Turns(), list[str]()

    async def page(n: int) -> None:
        await turns.take()
        done.append(f"page {n}")

    async def other() -> None:
        for _ in range(3):  # as a connection is accepted, its request read, and answered
            await asyncio.sleep(0)
        done.append("other")

    async def run() -> None:
        given_up = asyncio.ensure_future(page(-1))
        pages = [asyncio.ensure_future(page(n)) for n in range(200)]
        await asyncio.sleep(0)
        given_up.cancel()
        pages[150].cancel()
        await asyncio.gather(other(), *pages, given_up, return_exceptions=True)

    asyncio.run(run())
    assert done.index("other") < 10 * threads.AT_ONCE
    pages = [one for one in done if one not in ("other", "page -1")]
    assert pages == [f"page {n}" for n in range(200) if n != 150]
