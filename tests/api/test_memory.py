"""Caches are never stale: a write of a moment ago is in the next answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.main import create_app
from app.store.database.engine import Database
from app.store.database.tables import Base
from app.store.imports.importer import Report
from tests.conftest import ENGINES, NOON
from tests.importing import import_paths
from tests.store.stored import write_files
from tests.waiting import comes_true

Import = Callable[..., Report]
Found = tuple[list[str], dict[str, Any]]

ONE = """
source: {key: s, title: Report, publisher: Herald}
speakers: [{key: ada, name: Ada}, {key: bob, name: Bob}]
metrics: [{key: m, name: looms, unit: count}]
claims:
  - {key: a, speaker: {key: ada}, quote: engines weave, said_on: "2020", topics: [looms],
     figures: [{metric: {key: m}, value: 5}]}
  - {key: b, speaker: {key: bob}, quote: engines hum, said_on: "2021", topics: [noise]}
"""
MORE = """
source: {key: s, title: Report, publisher: Herald}
claims: [{key: c, speaker: {key: ada}, quote: engines stop, said_on: "2020", topics: [looms],
          figures: [{metric: {key: m}, value: 7}]}]
"""
QUERIES = [
    "",
    "q=engines",
    "topic=looms",
    "topic=looms&topic=noise",
    "speaker__name=Ada",
    "speaker__name=Ada&topic=looms",
    "said_on=2020",
    "said_on__within=2020",
    "source__publisher=herald",
    "figure__metric__name=looms",
    "figure__unit=count&figure__value__gte=1",
    "figure__metric__name=looms&figure__value__gte=1",
    "status=any",
    "q=engines&said_on=2020&status=any",
]


def found(client: TestClient, query: str) -> Found:
    answer = client.get(f"/v1/claims?{query}")
    assert answer.status_code == 200, answer.text
    page = answer.json()
    return sorted(claim["key"] for claim in page["data"]), page["meta"]


def load(import_yaml: Import, text: str) -> int:
    report = import_yaml(text)
    assert not report.faults, [str(fault) for fault in report.faults]
    assert report.revision
    return report.revision


def test_a_write_between_two_equal_requests_is_seen_at_once(client: TestClient, import_yaml: Import) -> None:
    load(import_yaml, ONE)
    for number, query in enumerate(QUERIES):
        keys, meta = found(client, query)
        assert [found(client, query) for _ in range(2)] == [(keys, meta)] * 2, query
        assert meta == {"total": {"value": len(keys), "relation": "eq"}, "revision": number + 1}, query
        load(import_yaml, MORE.replace("key: c,", f"key: c{number},"))
        told = {"total": {"value": len(keys) + 1, "relation": "eq"}, "revision": number + 2}
        assert [found(client, query) for _ in range(3)] == [(sorted([*keys, f"c{number}"]), told)] * 3, query


def test_a_retraction_is_seen_at_once(client: TestClient, import_yaml: Import) -> None:
    load(import_yaml, ONE)
    retracted = MORE.replace("quote", "retraction: {kind: record_error}, quote")
    for number, query in enumerate(QUERIES):
        key = f"c{number}"
        load(import_yaml, MORE.replace("key: c,", f"key: {key},"))
        keys, _ = [found(client, query) for _ in range(2)][1]
        assert key in keys, query
        load(import_yaml, retracted.replace("key: c,", f"key: {key},"))
        left = keys if "status" in query else [one for one in keys if one != key]
        told = {"total": {"value": len(left), "relation": "eq"}, "revision": 2 * number + 3}
        assert found(client, query) == (left, told), query
    load(import_yaml, ONE.replace("key: a, ", "key: a, retraction: {kind: record_error}, "))
    hidden = [query for query in QUERIES if "status" not in query and not found(client, query)[0]]
    assert len(hidden) == 8  # all but those that b matches
    for query in hidden:
        assert found(client, query)[1]["notes"] == [f"{len(QUERIES) + 1} retracted claims match; status=any finds them"]
    load(import_yaml, ONE.replace("key: b, ", "key: b, retraction: {kind: record_error}, "))
    assert found(client, "topic=noise")[1]["notes"] == ["1 retracted claim matches; status=any finds it"]


def test_a_new_name_is_known_at_once_and_the_old_one_forgotten(client: TestClient, import_yaml: Import) -> None:
    load(import_yaml, ONE)
    asked = ("speaker__name=Ada", "speaker__name=Augusta", "figure__metric__name=looms", "figure__metric__name=cogs")
    assert [found(client, query)[0] for query in asked * 2] == [["a"], [], ["a"], []] * 2
    load(import_yaml, ONE.replace("name: Ada", "aliases: [], name: Augusta").replace("name: looms", "name: cogs"))
    assert [found(client, query)[0] for query in asked * 2] == [[], ["a"], [], ["a"]] * 2


def test_the_unit_of_a_metric_is_that_of_now(client: TestClient, import_yaml: Import) -> None:
    load(import_yaml, ONE.replace(", unit: count", "").replace("value: 5", "value: 5, unit: count"))
    query = "figure__metric__name=looms&figure__value__gte=1"
    assert [client.get(f"/v1/claims?{query}").status_code for _ in range(2)] == [422, 422]
    load(import_yaml, ONE)
    assert found(client, query)[0] == ["a"]


def test_a_cursor_keeps_its_total_and_its_moment(client: TestClient, import_yaml: Import) -> None:
    load(import_yaml, ONE)
    first = client.get("/v1/claims?q=engines&limit=1").json()
    load(import_yaml, MORE)
    assert found(client, "q=engines")[1]["total"]["value"] == 3
    second = client.get(first["links"]["next"]).json()
    assert second["meta"] == first["meta"]
    assert [claim["key"] for claim in first["data"] + second["data"]] == ["b", "a"]
    assert not second["page"]["has_more"]


@pytest.mark.parametrize("engine", ENGINES)
def test_two_databases_of_one_process_share_nothing(
    new_database: Callable[[str], Database], engine: str, tmp_path: Any
) -> None:
    databases = [new_database(engine) for _ in range(2)]
    for number, (database, yaml) in enumerate(zip(databases, (ONE, ONE.replace("noise", "looms")), strict=True)):
        assert not import_paths(database, [write_files(tmp_path / str(number), one=yaml)], at=NOON).faults
    with TestClient(create_app(databases[0])) as one, TestClient(create_app(databases[1])) as other:
        for _ in range(2):
            assert [found(client, "topic=looms")[0] for client in (one, other)] == [["a"], ["a", "b"]]
            assert [found(client, "topic=looms")[1]["total"]["value"] for client in (one, other)] == [1, 2]


@pytest.mark.own_database
def test_another_history_with_the_same_number_is_another_state(
    client: TestClient, import_yaml: Import, database: Database
) -> None:
    """As where a backup was put back, and something else was written then."""
    load(import_yaml, ONE)
    assert [found(client, "topic=looms")[1]["total"]["value"] for _ in range(2)] == [1, 1]
    with database.write() as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(table.delete())
    load(import_yaml, ONE.replace("topics: [noise]", "topics: [looms]"))
    assert found(client, "topic=looms") == (["a", "b"], {"total": {"value": 2, "relation": "eq"}, "revision": 1})


def test_values_that_look_alike_are_not_taken_for_each_other(client: TestClient, import_yaml: Import) -> None:
    """One shape, many values: each request gets its own."""
    load(import_yaml, ONE)
    load(import_yaml, MORE)
    for _ in range(2):
        for query, keys in {
            "topic=looms": ["a", "c"],
            "topic=noise": ["b"],
            "topic=none": [],
            "said_on=2020": ["a", "c"],
            "said_on=2021": ["b"],
            "said_on=2022": [],
            "q=weave": ["a"],
            "q=hum": ["b"],
            "q=" + quote('"engines stop"'): ["c"],
            "q=" + quote('"engines hum"'): ["b"],
            "figure__unit=count&figure__value__gte=6": ["c"],
            "figure__unit=count&figure__value__lte=6": ["a"],
            "figure__unit=count&figure__value=7&figure__match=certain": ["c"],
            "figure__unit=count&figure__value=6": [],
            "speaker__name=Ada&limit=1": ["a"],
            "speaker__name=Ada&limit=2": ["a", "c"],
        }.items():
            assert found(client, query)[0] == keys, query


def test_each_answer_is_of_one_revision_whatever_is_written_meanwhile(client: TestClient, import_yaml: Import) -> None:
    load(import_yaml, ONE)
    stop = Event()
    seen: list[tuple[int, int, int]] = []

    def read() -> None:
        while not stop.is_set():
            keys, meta = found(client, "topic=looms")
            seen.append((meta["revision"], len(keys), meta["total"]["value"]))

    reader = Thread(target=read)
    reader.start()
    for number in range(5):
        load(import_yaml, MORE.replace("key: c,", f"key: c{number},").replace("engines stop", f"engines stop {number}"))
    stop.set()
    reader.join()
    assert found(client, "topic=looms")[1] == {"total": {"value": 6, "relation": "eq"}, "revision": 6}
    assert seen
    assert all(revision == count == total for revision, count, total in seen)


@pytest.fixture
def lost(postgres: Callable[[], str], new_database: Callable[[str], Database]) -> Iterator[tuple[Database, Database]]:
    """A database, and a connection to its server by which to end its other connections."""
    server = Database(postgres())
    yield new_database("postgresql"), server
    server.close()


def test_a_page_is_given_though_the_server_has_ended_the_connections(lost: tuple[Database, Database]) -> None:
    database, server = lost
    with TestClient(create_app(database)) as client:

        def ended() -> int:
            """How many connections the server has ended, after a page was given."""
            assert found(client, "")[0] == []
            with server.read() as connection:
                told = connection.execute(
                    text("SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE datname = :name"),
                    {"name": database.url.database},
                )
                return len(told.all())

        for _ in range(3):  # a page that was nearly stopped, on a slow machine, has closed its connection itself
            assert comes_true(lambda: ended() > 0)
