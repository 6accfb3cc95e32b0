"""Queries that take too long: they are stopped and told so, and nobody else waits for them."""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, nullcontext
from functools import partial
from random import Random
from threading import Event, current_thread
from typing import Any

import httpx
import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import QueuePool, event, text

from app.api import lanes
from app.api.formats import ExportSlots
from app.api.lanes import QUICK, SLOW_THREADS, TRUSTED
from app.demo.generated_claims import as_line, generate
from app.errors import QueryTimeout
from app.main import create_app
from app.store.database.deadlines import Deadline, Watch
from app.store.database.engine import Database, alone
from app.store.imports.importer import import_paths
from tests.api.served import connections_in_use, serving
from tests.conftest import ENGINES
from tests.waiting import PATIENCE, comes_true

SLOW = {
    "sqlite": "/v1/claims?q=the+a+of&status=any",  # common words: most claims are looked at
    "postgresql": "/v1/claims?figure__kind=target&figure__unit=count",  # of one figure: those that may meet it are read
}
COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT max(i) FROM n"
ENDLESS = text(COUNT.format(2_000_000_000))
SHORT = text(COUNT.format(20_000))  # some milliseconds


@pytest.fixture(scope="module", params=ENGINES)
def generated(
    request: pytest.FixtureRequest,
    new_database: Callable[[str], Database],
    tmp_path_factory: pytest.TempPathFactory,
) -> Database:
    """A thousand generated claims, on each engine in turn."""
    file = tmp_path_factory.mktemp("generated") / "claims.ndjson"
    file.write_bytes(b"".join(map(as_line, generate(1_000, 1))))
    database = new_database(request.param)
    assert not import_paths(database, [file], processes=1).faults
    return database


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
def hindered(database: Database) -> Iterator[Callable[[], None]]:
    """The engine's query of SLOW takes very long; gives what ends that at once.

    In PostgreSQL a table that it needs is locked. In SQLite nothing keeps a reader waiting: queries are slowed down by
    their length, and looking up a claim is short.
    """
    with _locked(database) if database.dialect == "postgresql" else _slowed(database) as release:
        yield release


@contextmanager
def _locked(database: Database) -> Iterator[Callable[[], None]]:
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as holder:
        holder.execute("LOCK TABLE figures IN ACCESS EXCLUSIVE MODE")
        yield holder.rollback


@contextmanager
def _slowed(database: Database) -> Iterator[Callable[[], None]]:
    released = Event()

    def take_time() -> None:
        released.wait(0.25)

    def slow_down(connection: sqlite3.Connection, *_more: Any) -> None:
        connection.set_progress_handler(take_time, 200)

    def speed_up(connection: sqlite3.Connection, *_more: Any) -> None:
        connection.set_progress_handler(None, 0)

    event.listen(database.engine, "checkout", slow_down)
    event.listen(database.engine, "checkin", speed_up)
    try:
        yield released.set
    finally:
        released.set()
        event.remove(database.engine, "checkout", slow_down)
        event.remove(database.engine, "checkin", speed_up)


# Requests


def test_a_query_that_takes_too_long_is_told_so_and_the_next_is_answered(limited: Callable[..., Database]) -> None:
    database = limited(PATIENCE)
    with TestClient(create_app(database)) as client:
        before = client.get(SLOW[database.dialect])
        assert before.status_code == 200
        assert before.json()["data"]
        database.forget()
        database.statement_timeout = 0.6
        with hindered(database):
            answer = client.get(SLOW[database.dialect])
        assert answer.status_code == 503, answer.text
        assert answer.json()["code"] == "query-timeout"
        assert "0.6 s" in answer.json()["detail"]
        assert int(answer.headers["Retry-After"]) > 0
        database.statement_timeout = PATIENCE
        assert client.get(SLOW[database.dialect]).json() == before.json()
        assert connections_in_use(database) == 0


def test_a_limit_shorter_than_the_first_lane_holds(limited: Callable[..., Database]) -> None:
    database = limited(QUICK / 5)
    with TestClient(create_app(database)) as client, hindered(database):
        answer = client.get(SLOW[database.dialect])
    assert answer.json()["code"] == "query-timeout"


def test_a_slow_query_within_the_limit_is_answered_in_the_slow_lane(limited: Callable[..., Database]) -> None:
    database = limited(PATIENCE)
    app = create_app(database)
    with TestClient(app) as client, ThreadPoolExecutor(1) as pool:
        right = client.get(SLOW[database.dialect]).content
        database.forget()
        with hindered(database) as release:
            asked = pool.submit(client.get, SLOW[database.dialect])
            assert comes_true(lambda: app.state.lanes.slow.borrowed_tokens == 1)
            assert not asked.done()
            release()
            answer = asked.result()
        assert answer.status_code == 200
        assert answer.content == right
        assert app.state.lanes.slow.borrowed_tokens == 0


def test_others_do_not_wait_for_ten_slow_queries(limited: Callable[..., Database]) -> None:
    database = limited(PATIENCE, pool_size=8)
    with serving(database) as served, ThreadPoolExecutor(10) as pool, httpx.Client(timeout=PATIENCE) as client:
        known = client.get(f"{served.url}?limit=1").json()["data"][0]["id"]
        lane = served.app.state.lanes.slow
        with hindered(database) as release:
            url = served.url.replace("/v1/claims", SLOW[database.dialect])
            slow = [pool.submit(httpx.get, url, timeout=PATIENCE) for _ in range(10)]
            assert comes_true(lambda: lane.statistics().tasks_waiting == 10 - SLOW_THREADS)
            for other in (served.url.replace("/v1/claims", "/healthz"), f"{served.url}/{known}"):
                assert [client.get(other).status_code for _ in range(20)] == [200] * 20
            assert not any(one.done() for one in slow), "they were slow all the while"
            release()
            assert {one.result().status_code for one in slow} == {200}
        assert served.becomes_free()


def test_waiting_for_a_place_counts(limited: Callable[..., Database]) -> None:
    database = limited(QUICK * 2)
    app = create_app(database)
    lane = app.state.lanes.slow
    lane.total_tokens = 0  # no place becomes free
    with TestClient(app) as client, hindered(database), ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.get, SLOW[database.dialect])
        answered = comes_true(asked.done)
        assert client.portal
        client.portal.call(setattr, lane, "total_tokens", SLOW_THREADS)
        assert answered
        assert (asked.result().status_code, asked.result().json()["code"]) == (503, "query-timeout")


def test_a_slow_query_ends_when_its_client_leaves(limited: Callable[..., Database]) -> None:
    database = limited(PATIENCE * 10)
    with serving(database) as served, hindered(database), ExitStack() as clients:
        lane = served.app.state.lanes.slow
        for _ in range(SLOW_THREADS + 1):  # one waits for a place
            client = clients.enter_context(socket.create_connection(served.socket.getsockname()))
            client.sendall(f"GET {SLOW[database.dialect]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert comes_true(lambda: lane.statistics().tasks_waiting == 1)
        assert lane.borrowed_tokens == SLOW_THREADS
        clients.close()
        assert comes_true(lambda: lane.borrowed_tokens == lane.statistics().tasks_waiting == 0)
        assert served.becomes_free()


def test_exports_that_are_slow_to_begin_keep_none_of_the_shared_threads(limited: Callable[..., Database]) -> None:
    database = limited(PATIENCE)
    with serving(database) as served, ThreadPoolExecutor(10) as pool:
        served.app.state.exports = ExportSlots(10)
        lane = served.app.state.lanes.exports
        with hindered(database) as release:
            path = SLOW[database.dialect].replace("?", "/export?") + "&sort=figure__value"
            if database.dialect == "sqlite":
                path += "&figure__unit=count"
            url = served.url.replace("/v1/claims", path)
            exports = [pool.submit(httpx.get, url, timeout=PATIENCE) for _ in range(10)]
            assert comes_true(lambda: lane.statistics().tasks_waiting == 10 - lane.total_tokens)
            assert httpx.get(f"{served.url}/clm_1", timeout=PATIENCE).status_code == 200
            assert not all(one.done() for one in exports)
            release()
        assert {one.result().status_code for one in exports} == {200}


@pytest.mark.parametrize("instant", [60.0, 0.0], ids=["at once", "in a while"])
def test_what_is_asked_for_often_and_found_at_once_takes_no_thread_in_sqlite(
    generated: Database, monkeypatch: pytest.MonkeyPatch, instant: float
) -> None:
    monkeypatch.setattr(lanes, "INSTANT", instant)
    monkeypatch.setattr(lanes, "STALLED", 60.0)
    threads = set[str]()

    def note(*_more: Any) -> None:
        threads.add(current_thread().name)

    with TestClient(create_app(generated)) as client:
        answers = [client.get("/v1/claims?limit=2&count=none").content for _ in range(TRUSTED)]
        event.listen(generated.engine, "checkout", note)
        try:
            answers += [client.get("/v1/claims?limit=2&count=none").content for _ in range(5)]
        finally:
            event.remove(generated.engine, "checkout", note)
    assert len(set(answers)) == 1
    takes_threads = generated.dialect == "postgresql" or not instant
    assert any("AnyIO worker" in name for name in threads) == takes_threads, threads


# The database


@pytest.mark.parametrize("apart", [True, False], ids=["alone", "in a transaction"])
def test_a_query_is_stopped_and_the_next_is_not(limited: Callable[..., Database], apart: bool) -> None:
    database = limited(30, pool_size=1)
    drivers = set()
    for _ in range(3):
        with (
            pytest.raises(QueryTimeout),
            database.read(Deadline(0.1)) as connection,
            alone(connection) if apart else nullcontext(),
        ):
            connection.execute(ENDLESS)
        with database.read() as connection:
            drivers.add(connection.connection.driver_connection)
            assert connection.execute(SHORT).scalar_one() == 20_000
    # What stops a query of PostgreSQL may come late: it finds a connection that nobody uses any more.
    assert len(drivers) == (1 if database.dialect == "sqlite" else 3)
    assert connections_in_use(database) == 0


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
                connection.execute(text("SELECT pg_sleep(0.6)"))
            while time.monotonic() < began + 0.6:
                assert connection.execute(text(COUNT.format(1_000_000))).scalar_one() == 1_000_000
    with pytest.raises(QueryTimeout), database.read() as connection:  # what was lifted is lifted for that block alone
        connection.execute(ENDLESS)


# The watch


def _never_hit_after(watch: Watch, stop: Callable[[], object], count_to: Callable[[int], object], rounds: int) -> bool:
    """Whether blocks without an end are stopped, among others that end when they may be. What is asked after a block
    may not be.
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
            return _never_hit_after(watch, connection.interrupt, count_to, 1_000)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(run, range(4)))


def test_what_follows_a_block_is_never_stopped_by_a_server(postgres: Callable[[], str]) -> None:
    watch = Watch()
    with psycopg.connect(postgres(), autocommit=True) as connection:
        count_to = lambda number: connection.execute(COUNT.format(number).encode()).fetchall()  # noqa: E731
        assert _never_hit_after(watch, connection.cancel_safe, count_to, 300)


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
