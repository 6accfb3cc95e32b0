"""Queries that take too long: they are stopped and told so, and nobody else waits for them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from functools import partial
from random import Random
from statistics import median
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
from app.domain.generate import as_line, generate
from app.errors import QueryTimeout
from app.main import create_app
from app.store.db import Database, alone
from app.store.deadlines import Deadline, Watch
from app.store.load import import_paths
from tests.api.test_exports import connections_in_use, serving
from tests.conftest import ENGINES

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

    def limit(seconds: float, **more: int) -> Database:
        url = generated.url.render_as_string(hide_password=False)
        made.append(Database(url, statement_timeout=seconds, **more))
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
        if not released.is_set():
            time.sleep(0.02)

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


def timed(ask: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    answer = ask()
    return time.perf_counter() - began, answer


def comes_true(met: Callable[[], bool], seconds: float = 5) -> bool:
    """Whether something is so, at the latest after so many seconds."""
    ends = time.monotonic() + seconds
    while not met():
        if time.monotonic() > ends:
            return False
        time.sleep(0.01)
    return True


# Requests


def test_a_query_that_takes_too_long_is_told_so_and_the_next_is_answered(limited: Callable[..., Database]) -> None:
    database = limited(0.6)
    with TestClient(create_app(database)) as client:
        before = client.get(SLOW[database.dialect])
        assert before.status_code == 200
        assert before.json()["data"]
        database.forget()
        with hindered(database):
            taken, answer = timed(lambda: client.get(SLOW[database.dialect]))
        assert answer.status_code == 503, answer.text
        assert answer.json()["code"] == "query-timeout"
        assert "0.6 s" in answer.json()["detail"]
        assert int(answer.headers["Retry-After"]) > 0
        assert 0.6 <= taken < 3
        assert client.get(SLOW[database.dialect]).json() == before.json()
        assert connections_in_use(database) == 0


def test_a_limit_shorter_than_the_first_lane_holds(limited: Callable[..., Database]) -> None:
    database = limited(QUICK / 5)
    with TestClient(create_app(database)) as client, hindered(database):
        taken, answer = timed(lambda: client.get(SLOW[database.dialect]))
    assert answer.json()["code"] == "query-timeout"
    assert taken < 2


def test_a_slow_query_within_the_limit_is_answered_in_the_slow_lane(limited: Callable[..., Database]) -> None:
    database = limited(20)
    app = create_app(database)
    with TestClient(app) as client, ThreadPoolExecutor(1) as pool:
        right = client.get(SLOW[database.dialect]).content
        database.forget()
        with hindered(database) as release:
            asked = pool.submit(client.get, SLOW[database.dialect])
            for _ in range(100):
                time.sleep(0.05)
                if app.state.lanes.slow.borrowed_tokens:
                    break
            assert app.state.lanes.slow.borrowed_tokens == 1
            assert not asked.done()
            release()
            answer = asked.result()
        assert answer.status_code == 200
        assert answer.content == right
        assert app.state.lanes.slow.borrowed_tokens == 0


def test_others_do_not_wait_for_ten_slow_queries(limited: Callable[..., Database]) -> None:
    database = limited(3, pool_size=8)
    with serving(database) as served, ThreadPoolExecutor(10) as pool, httpx.Client(timeout=30) as client:
        known = client.get(f"{served.url}?limit=1").json()["data"][0]["id"]
        others = (served.url.replace("/v1/claims", "/healthz"), f"{served.url}/{known}")
        with hindered(database):
            url = served.url.replace("/v1/claims", SLOW[database.dialect])
            slow = [pool.submit(timed, lambda: httpx.get(url, timeout=30)) for _ in range(10)]
            times: dict[str, list[float]] = {other: [] for other in others}
            ends = time.monotonic() + 2.5
            while time.monotonic() < ends:
                for other in others:
                    taken, answer = timed(lambda other=other: client.get(other))  # type: ignore[misc]
                    assert answer.status_code == 200
                    times[other].append(taken)
            assert not any(one.done() for one in slow), "they were slow all the while"
            answers = [one.result() for one in slow]
        assert [median(taken) < 0.1 for taken in times.values()] == [True, True]
        assert {answer.json()["code"] for _, answer in answers} == {"query-timeout"}
        assert max(taken for taken, _ in answers) < 6, "waiting for a place counts"
        assert len(answers) > SLOW_THREADS
        assert served.becomes_free()


def test_a_slow_query_ends_when_its_client_leaves(limited: Callable[..., Database]) -> None:
    database = limited(60)
    with serving(database) as served, hindered(database), ThreadPoolExecutor(SLOW_THREADS + 1) as pool:
        lane = served.app.state.lanes.slow

        def ask_and_leave() -> None:
            with pytest.raises(httpx.ReadTimeout):
                httpx.get(served.url.replace("/v1/claims", SLOW[database.dialect]), timeout=3)

        asked = [pool.submit(ask_and_leave) for _ in range(SLOW_THREADS + 1)]  # one waits for a place
        assert comes_true(lambda: lane.statistics().tasks_waiting == 1)
        assert [one.result() for one in asked] == [None] * len(asked)
        assert comes_true(lambda: lane.borrowed_tokens == lane.statistics().tasks_waiting == 0)
        assert served.becomes_free()


def test_exports_that_are_slow_to_begin_keep_none_of_the_shared_threads(limited: Callable[..., Database]) -> None:
    database = limited(30)
    with serving(database) as served, ThreadPoolExecutor(10) as pool:
        served.app.state.exports = ExportSlots(10)
        with hindered(database) as release:
            path = SLOW[database.dialect].replace("?", "/export?") + "&sort=figure__value"
            if database.dialect == "sqlite":
                path += "&figure__unit=count"
            exports = [pool.submit(httpx.get, served.url.replace("/v1/claims", path), timeout=30) for _ in range(10)]
            time.sleep(0.5)
            assert httpx.get(f"{served.url}/clm_1", timeout=5).status_code == 200
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
        began = time.monotonic()
        with (
            pytest.raises(QueryTimeout),
            database.read(Deadline(0.1)) as connection,
            alone(connection) if apart else nullcontext(),
        ):
            connection.execute(ENDLESS)
        assert 0.1 <= time.monotonic() - began < 2
        with database.read() as connection:
            drivers.add(connection.connection.driver_connection)
            assert connection.execute(SHORT).scalar_one() == 20_000
    # What stops a query of PostgreSQL may come late: it finds a connection that nobody uses any more.
    assert len(drivers) == (1 if database.dialect == "sqlite" else 3)
    assert connections_in_use(database) == 0


def test_a_block_of_many_short_queries_is_stopped_too(limited: Callable[..., Database]) -> None:
    def ask_on() -> None:
        ends = time.monotonic() + 20
        with limited(0.2).read() as connection:
            while time.monotonic() < ends:
                connection.execute(SHORT)
                time.sleep(0.001)

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


def _never_hit_after(watch: Watch, stop: Callable[[], object], ask: Callable[[], object], rounds: int) -> int:
    """How many blocks were stopped. What is asked after a block may not be."""
    draw, stopped = Random(rounds), 0  # noqa: S311  # no secret
    for _ in range(rounds):
        try:
            with watch.within(Deadline(draw.random() * 0.002), stop):
                ask()
        except (sqlite3.OperationalError, psycopg.errors.QueryCanceled):
            stopped += 1
        ask()
    return stopped


def test_what_follows_a_block_is_never_stopped() -> None:
    watch = Watch()

    def run(_n: int) -> int:
        with closing(sqlite3.connect(":memory:", check_same_thread=False)) as connection:
            ask = lambda: connection.execute(COUNT.format(1_500)).fetchall()  # noqa: E731
            return _never_hit_after(watch, connection.interrupt, ask, 1_500)

    with ThreadPoolExecutor(4) as pool:
        assert all(0 < stopped < 1_500 for stopped in pool.map(run, range(4)))


def test_what_follows_a_block_is_never_stopped_by_a_server(postgres: Callable[[], str]) -> None:
    watch = Watch()
    with psycopg.connect(postgres(), autocommit=True) as connection:
        ask = lambda: connection.execute(COUNT.format(2_000).encode()).fetchall()  # noqa: E731
        assert 0 < _never_hit_after(watch, connection.cancel_safe, ask, 300) < 300


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
            assert stopping.wait(5)
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
            assert called.wait(5)


def test_a_pool_has_room_for_exports_and_slow_queries(generated: Database) -> None:
    pool = generated.engine.pool
    assert isinstance(pool, QueuePool)
    assert pool._max_overflow >= 10 + SLOW_THREADS
