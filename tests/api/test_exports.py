"""Exports: the whole result of the same filters and sort, of one revision, a chunk at a time, or broken off visibly."""

from __future__ import annotations

import csv
import io
import json
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import text

from app.api.formats import BY_NAME, EXPORT_NAMES, EXPORTS
from app.api.renderers import ALL
from app.domain.query.logic import And
from app.domain.record.csv_columns import Sizes, columns_of
from app.main import create_app
from app.store.database.engine import Database
from app.store.search import export
from app.store.search.export import Export
from app.store.search.matches import Search
from tests.api.served import Served, connections_in_use, serving, settings_of
from tests.api.test_pages import FILTERS, SORTS
from tests.large_claims import LARGE, write_claims, write_large_claims
from tests.local_http import NO_CERTIFICATES, get
from tests.server_process import read_to_end
from tests.statements import each_statement, recorded
from tests.store.stored import rows
from tests.waiting import PATIENCE

Doc = dict[str, Any]

TEXTS = ("ndjson", "csv", "jsonld")  # formats that are as large as the claims
MANY = 1_250
SMALL = 1 << 16  # bytes of a buffer between a server and a reader: those of the kernel may be large


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def api(request: pytest.FixtureRequest, seeded_databases: Callable[[str], Database]) -> Iterator[TestClient]:
    """The API on the seed, opened once for the many requests here."""
    with TestClient(create_app(seeded_databases(request.param)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def front(seeded_databases: Callable[[str], Database]) -> Iterator[TestClient]:
    """The API on one engine: for what is decided before any database is asked."""
    with TestClient(create_app(seeded_databases("sqlite")), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def large(request: pytest.FixtureRequest, new_database: Callable[[str], Database]) -> Database:
    """A database of MANY large claims, about 24 MB."""
    database = new_database(request.param)
    write_large_claims(database, MANY)
    return database


def lines_of(answer: Response) -> list[Doc]:
    assert answer.status_code == 200, answer.text
    assert answer.text == "" or answer.text.endswith("}\n")
    return [json.loads(line) for line in answer.text.split("\n")[:-1]]


def table_of(answer: Response) -> tuple[list[str], list[dict[str, str]]]:
    assert answer.status_code == 200, answer.text
    header, *rows = csv.reader(io.StringIO(answer.content.decode(), newline=""), strict=True)
    return header, [dict(zip(header, row, strict=True)) for row in rows]


def cell(doc: Any, column: str) -> str:
    """The cell of a document at a dotted column of a table."""
    for step in column.split("."):
        doc = (doc[int(step)] if int(step) < len(doc) else None) if isinstance(doc, list) else (doc or {}).get(step)
    return "" if doc is None else str(doc)


# Contents


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(
    ("size", "query"),
    [
        *((7, query) for query in (*FILTERS, "speaker__name=nobody", "status=retracted")),
        *((size, query) for size in (1, 1000) for query in ("", "q=japan", "status=any")),
    ],
)
def test_an_export_gives_what_pages_give(
    api: TestClient, monkeypatch: pytest.MonkeyPatch, query: str, sort: str, size: int
) -> None:
    monkeypatch.setattr(export, "FIRST", min(size, 3))
    monkeypatch.setattr(export, "MOST", size)
    page = api.get(f"/v1/claims?{query}&sort={sort}&limit=500").json()
    assert lines_of(api.get(f"/v1/claims/export?{query}&sort={sort}")) == page["data"]
    header, rows = table_of(api.get(f"/v1/claims/export?{query}&sort={sort}&format=csv"))
    texts = json.loads(json.dumps(page["data"]), parse_float=str, parse_int=str)
    assert rows == [{column: cell(doc, column) for column in header} for doc in texts]


TREE = {"where": {"field": "topic", "value": "recruitment"}, "sort": "said_on"}


@pytest.mark.parametrize("more", [{}, {"limit": 2}, {"fields": ["id", "speaker.name"]}, {"as_of": 1}])
@pytest.mark.parametrize("form", EXPORT_NAMES)
def test_what_a_tree_finds_is_exported_as_what_a_list_finds(api: TestClient, form: str, more: dict[str, Any]) -> None:
    more = {name: one for name, one in more.items() if name != "fields" or BY_NAME[form].takes_fields}
    asked = {name: ",".join(one) if isinstance(one, list) else str(one) for name, one in more.items()}
    listed = api.get("/v1/claims/export", params={"topic": "recruitment", "sort": "said_on", "format": form} | asked)
    assert listed.status_code == 200
    assert len(listed.content) > 100
    accept = {"Accept": BY_NAME[form].media_types[0]}
    for answer in (
        api.post("/v1/claims/export", json=TREE | more | {"format": form, "count": "exact"}),
        api.post(f"/v1/claims/export?format={form}", json=TREE | more),
        api.post("/v1/claims/export", json=TREE | more, headers=accept),
    ):
        assert answer.content == listed.content
        for header in ("content-type", "content-disposition", "onrecord-revision"):
            assert answer.headers[header] == listed.headers[header]
        assert "etag" not in answer.headers


@pytest.mark.parametrize(
    ("more", "name", "told"),
    [
        ({"format": "xml"}, "format", "is not one of ndjson, csv, jsonld, parquet, table-schema"),
        ({"format": "json"}, "format", "is not one of ndjson, csv, jsonld, parquet, table-schema"),
        ({"format": 5}, "format", "is not one of ndjson, csv, jsonld, parquet, table-schema"),
        ({"format": "csv", "cursor": "abc"}, "cursor", "gives the whole result at once"),
        ({"format": "ndjson", "limit": 0}, "limit", "a number of 1 or more is needed here"),
        ({"format": "csv", "highlight": True}, "highlight", "no such field"),
        ({"count": "all"}, "count", "is not one of"),
    ],
)
def test_an_export_of_a_tree_that_cannot_be_is_refused(
    api: TestClient, more: dict[str, Any], name: str, told: str
) -> None:
    answer = api.post("/v1/claims/export", json=TREE | more)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["in"], error["name"]) == ("body", f"/{name}")
    assert told in error["detail"]
    assert api.post("/v1/claims/export", json=TREE, headers={"Accept": "image/png"}).status_code == 406


def test_a_format_in_the_query_and_another_in_the_body_is_refused(front: TestClient) -> None:
    answer = front.post("/v1/claims/export?format=csv", json=TREE | {"format": "ndjson"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "bad-combination"


@pytest.mark.parametrize("limit", [1, 2, 3, 10, 37, 38, 39, 100_000])
def test_a_limit_may_be_any_number(api: TestClient, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(export, "FIRST", 2)
    everything = lines_of(api.get("/v1/claims/export?format=ndjson"))
    assert len(everything) == 38
    assert lines_of(api.get(f"/v1/claims/export?format=ndjson&limit={limit}")) == everything[:limit]
    assert len(table_of(api.get(f"/v1/claims/export?format=csv&limit={limit}"))[1]) == min(limit, 38)


def test_where_nothing_is_found_there_are_no_lines_or_a_header_alone(api: TestClient) -> None:
    assert api.get("/v1/claims/export?speaker__name=nobody&format=ndjson").text == ""
    header, rows = table_of(api.get("/v1/claims/export?speaker__name=nobody&format=csv"))
    assert (header, rows) == (columns_of(Sizes()), [])


def test_a_table_has_columns_for_the_longest_lists_of_the_result_alone(api: TestClient) -> None:
    def topics(query: str) -> int:
        return sum(name.startswith("topics.") for name in table_of(api.get(f"/v1/claims/export?{query}&format=csv"))[0])

    longest = {claim["id"]: len(claim["topics"]) for claim in api.get("/v1/claims?limit=500").json()["data"]}
    assert topics("") == max(longest.values())
    fewest = api.get("/v1/claims?speaker__name=Dennis+Blair").json()["data"]
    assert topics("speaker__name=Dennis+Blair") == max(len(claim["topics"]) for claim in fewest) < max(longest.values())


@pytest.mark.parametrize(
    ("form", "kind"), [("ndjson", "application/x-ndjson"), ("csv", "text/csv; charset=utf-8; header=present")]
)
def test_an_export_says_what_it_is_and_of_which_revision(api: TestClient, form: str, kind: str) -> None:
    answer = api.get(f"/v1/claims/export?format={form}")
    assert answer.headers["content-type"] == kind
    assert answer.headers["onrecord-revision"] == "1"
    assert answer.headers["content-disposition"] == f'attachment; filename="claims-r1.{form}"'
    assert not answer.content.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("form", EXPORT_NAMES)
def test_an_export_is_of_one_moment_whatever_is_written_meanwhile(
    database: Database, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(export, "FIRST", 2)
    monkeypatch.setattr(export, "MOST", 2)
    write_claims(database, [f"k{n}" for n in range(9)])

    def exported(between: Callable[[int], None]) -> list[bytes]:
        with database.read_through() as connection:
            found = Export(connection, Search(And(())))
            assert found.revision == 1
            chunks: list[bytes] = []
            for chunk in EXPORTS[BY_NAME[form]](found, ALL):
                between(len(chunks))
                chunks.append(chunk)
        return chunks

    before = exported(lambda _n: None)
    assert exported(lambda n: None if n % 3 else write_claims(database, [f"new{n}"])) == before
    assert len(rows(database, "SELECT number FROM revisions")) > 2
    assert len(before) >= 5


# How it is asked for


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/x-ndjson"),
        ("", "application/x-ndjson"),
        ("*/*", "application/x-ndjson"),
        ("nonsense", "application/x-ndjson"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/x-ndjson"),
        ("application/json, text/plain, */*", "application/x-ndjson"),
        ("application/*", "application/x-ndjson"),
        ("application/ndjson", "application/x-ndjson"),
        ("Application/NDJSON; charset=utf-8", "application/x-ndjson"),
        ("text/csv", "text/csv"),
        ("text/*", "text/csv"),
        ("text/csv, */*", "text/csv"),
        ("text/csv;header=present;q=0.5, application/x-ndjson ; q=0.7", "application/x-ndjson"),
        ("application/json;q=0.9, text/csv;q=0.2", "text/csv"),
        ("application/x-ndjson;q=0, application/ndjson;q=0, */*;q=0.1", "text/csv"),
        ("text/csv;q=2, application/x-ndjson;q=0.1", "application/x-ndjson"),
    ],
)
def test_accept_chooses_the_format_of_an_export(front: TestClient, accept: str | None, kind: str) -> None:
    request = front.build_request("GET", "/v1/claims/export?limit=1")
    request.headers.pop("accept")
    if accept is not None:
        request.headers["accept"] = accept
    answer = front.send(request)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == kind


def test_an_accept_of_many_parameters_takes_no_time(front: TestClient) -> None:
    for accept in ("a/b" + " ;q=0" * 1000 + "x", "text/csv" + " ;a=b" * 1000 + "; q=1.5", "," * 5000):
        for path in ("/v1/claims", "/v1/claims/export"):
            assert front.get(f"{path}?limit=1", headers={"Accept": accept}).status_code in (200, 406)


@pytest.mark.parametrize("accept", ["application/xml", "text/html", "image/*", "*/*;q=0", "application/json"])
def test_an_accept_that_leaves_no_export_is_told_what_there_is(front: TestClient, accept: str) -> None:
    answer = front.get("/v1/claims/export", headers={"Accept": accept})
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not-acceptable"
    for there in ("application/x-ndjson", "text/csv", "/v1/claims gives pages"):
        assert there in answer.json()["detail"]


def test_format_goes_before_accept(front: TestClient) -> None:
    for accept in ("text/csv", "application/xml"):
        answer = front.get("/v1/claims?format=json&limit=1", headers={"Accept": accept})
        assert answer.headers["content-type"] == "application/json"
    answer = front.get("/v1/claims/export?format=ndjson", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "application/x-ndjson"


# Lists are JSON alone

LISTS = ("/v1/claims", "/v1/claims/search", "/v1/speakers", "/v1/sources", "/v1/metrics")


def listed(client: TestClient, path: str, accept: str) -> Response:
    how: Doc = {"json": TREE} if path.endswith("search") else {}
    return client.request("POST" if how else "GET", path, headers={"Accept": accept}, **how)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("accept", ["*/*", "nonsense", "text/csv, */*;q=0.1", "application/json;q=0.1, text/csv"])
def test_a_list_is_json_wherever_that_is_accepted(front: TestClient, path: str, accept: str) -> None:
    answer = listed(front, path, accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("accept", ["text/csv", "application/x-ndjson", "application/json;q=0, */*", "image/*"])
def test_a_list_that_is_to_be_no_json_leads_to_the_export(front: TestClient, path: str, accept: str) -> None:
    answer = listed(front, path, accept)
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")
    assert "/v1/claims/export" in answer.json()["detail"]


@pytest.mark.parametrize("form", ["ndjson", "csv", "xml", "", "JSON"])
def test_a_list_in_another_format_leads_to_the_export(front: TestClient, form: str) -> None:
    posted = front.post("/v1/claims/search", json=TREE | {"format": form}, headers={"Accept": "text/csv"})
    for answer, name in ((front.get(f"/v1/claims?format={form}"), "format"), (posted, "/format")):
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert error["name"] == name
        assert "/v1/claims/export" in error["detail"]


def test_a_cursor_is_good_however_json_is_asked_for(front: TestClient) -> None:
    following = front.get("/v1/claims?limit=1").json()["links"]["next"]
    assert front.get(f"{following}&format=json").status_code == 200


@pytest.mark.parametrize(
    ("query", "name", "told"),
    [
        ("format=xml", "format", "is not one of ndjson, csv, jsonld, parquet, table-schema"),
        ("format=", "format", "is not one of ndjson, csv, jsonld, parquet, table-schema"),
        ("format=CSV", "format", "is not one of ndjson, csv, jsonld, parquet, table-schema"),
        ("format=json", "format", "is not one of ndjson, csv, jsonld, parquet, table-schema"),
        ("format=csv&format=csv", "format", "stands twice"),
        ("format=csv&cursor=abc", "cursor", "gives the whole result at once"),
        ("cursor=", "cursor", "gives the whole result at once"),
        ("limit=0", "limit", "a number of 1 or more is needed here"),
        ("format=csv&limit=", "limit", "no whole number"),
        ("format=csv&limit=1.5", "limit", "no whole number"),
        ("count=some", "count", "is not one of"),
        ("format=csv&speakr=spk_1", "speakr", "did you mean speaker"),
        ("said_on=2024-13", "said_on", "2024-13"),
        ("figure__value=3", "figure__value", "unit"),
    ],
)
def test_a_bad_query_is_refused_before_anything_is_sent(front: TestClient, query: str, name: str, told: str) -> None:
    answer = front.get(f"/v1/claims/export?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["name"] == name
    assert told in answer.json()["detail"]


def test_a_page_that_is_too_large_leads_to_the_export(front: TestClient) -> None:
    for answer in (front.get("/v1/claims?limit=501"), front.post("/v1/claims/search", json=TREE | {"limit": 501})):
        assert answer.status_code == 422
        assert "at most 500; /v1/claims/export" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("resource", ["speakers", "sources", "metrics"])
def test_other_lists_have_no_formats(front: TestClient, resource: str) -> None:
    assert front.get(f"/v1/{resource}?format=csv").json()["errors"][0]["name"] == "format"


@pytest.mark.parametrize("count", ["capped", "exact", "none"])
def test_an_export_takes_the_count_of_a_list_and_counts_nothing(front: TestClient, count: str) -> None:
    assert front.get(f"/v1/claims/export?count={count}").content == front.get("/v1/claims/export").content


# Costs


@pytest.mark.parametrize("form", EXPORT_NAMES)
def test_an_export_takes_a_statement_for_each_chunk(
    seeded: Database, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(export, "FIRST", 5)
    monkeypatch.setattr(export, "MOST", 10)
    with TestClient(create_app(seeded)) as client:
        client.get("/v1/claims?limit=1")
        with recorded(seeded) as asked:
            client.get(f"/v1/claims/export?format={form}")
    chunks = [statement for statement in asked if "documents" in statement]
    assert len(chunks) == 5 * {"csv": 2}.get(form, 1), "5 + 10 + 10 + 10 + 3 claims"
    assert len(set(chunks)) == 1
    assert len(asked) - len(chunks) <= 4, "for the revision, the index, and whether it is there still at the end"


@pytest.mark.parametrize("form", EXPORT_NAMES)
def test_an_export_of_large_claims_holds_few_of_them_at_a_time(large: Database, form: str) -> None:
    with large.read_through() as connection:
        found = Export(connection, Search(And(())))
        tracemalloc.start()
        size = sum(len(chunk) for chunk in EXPORTS[BY_NAME[form]](found, ALL))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert form not in TEXTS or size > MANY * len(LARGE) > 20_000_000
    assert peak < 12_000_000


def test_the_first_chunk_is_given_before_the_rest_is_read(large: Database) -> None:
    with large.read_through() as connection, recorded(large) as asked:
        chunks = Export(connection, Search(And(()))).chunks()
        first = next(chunks)
        assert len([statement for statement in asked if "documents" in statement]) == 1
        assert 0 < first.count(b"\n") < MANY / 10
        chunks.close()  # type: ignore[attr-defined]  # it is a generator


# Readers that are slow, go, or meet a fault


@pytest.fixture
def served(large: Database) -> Iterator[Served]:
    """The large claims, served: hardly any of an export has a place on its way to a reader."""
    with serving(large) as running:
        running.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)  # also of the connections to it
        yield running


@contextmanager
def reading(served: Served, form: str) -> Iterator[httpx.Response]:
    """An export that begins; of the rest, hardly any comes before it is read."""
    small = [(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)]
    with (
        httpx.HTTPTransport(verify=NO_CERTIFICATES, socket_options=small) as transport,
        httpx.Client(transport=transport, timeout=PATIENCE) as client,
        client.stream("GET", f"{served.url}/export?format={form}") as answer,
    ):
        assert answer.status_code == 200
        yield answer


@pytest.mark.parametrize("form", TEXTS)
def test_an_export_whose_reader_goes_gives_its_connection_back(served: Served, form: str) -> None:
    with reading(served, form) as answer:
        chunks = answer.iter_raw()  # who lets go of it lets go of the connection
        assert next(chunks)
        assert not served.free()
    assert served.becomes_free()


def test_a_reader_that_takes_nothing_is_cut_off(served: Served) -> None:
    with settings_of(SEND_TIMEOUT="0.1"), socket.create_connection(served.socket.getsockname()) as idle:
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        idle.sendall(b"GET /v1/claims/export?format=ndjson HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(12) == b"HTTP/1.1 200"
        assert served.becomes_free()
        with pytest.raises(ConnectionResetError):  # and nothing of the rest waits anywhere
            read_to_end(idle)


def test_no_more_exports_are_given_than_there_are_slots_and_pages_go_on(served: Served) -> None:
    with reading(served, "ndjson"):
        refused = get(f"{served.url}/export?format=csv")
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert int(refused.headers["retry-after"]) > 0
        assert get(f"{served.url}?limit=1").status_code == 200
    assert served.becomes_free()
    assert get(f"{served.url}/export?format=ndjson&limit=1").status_code == 200


@contextmanager
def failing(database: Database) -> Iterator[Callable[[], None]]:
    """Gives what makes the statements that are under way fail."""
    broken = False

    def fail(statement: str) -> None:
        if broken and "documents" in statement:
            raise RuntimeError("the disk is gone")

    def begin() -> None:
        nonlocal broken
        broken = True
        if database.dialect == "postgresql":
            with database.write() as connection:
                others = "datname = current_database() AND pid <> pg_backend_pid()"
                connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))  # noqa: S608  # ours

    with each_statement(database, fail):
        yield begin


@pytest.mark.parametrize("form", TEXTS)
def test_an_export_that_fails_midway_is_broken_off(served: Served, form: str) -> None:
    with failing(served.database) as fail, reading(served, form) as answer:
        chunks = answer.iter_raw()
        assert next(chunks)
        fail()
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            list(chunks)
    assert served.becomes_free()


@pytest.mark.own_database
def test_an_export_that_fails_at_once_is_a_proper_answer(database: Database) -> None:
    write_claims(database, ["key"])
    with TestClient(create_app(database), raise_server_exceptions=False) as client:
        with database.write() as connection:
            connection.execute(text("DROP TABLE documents"))
        answer = client.get("/v1/claims/export?format=ndjson")
        assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
        assert connections_in_use(database) == 0
        assert client.get("/v1/claims/export?format=ndjson").status_code == 503


def test_an_export_of_some_fields_has_no_others(seeded_client: TestClient) -> None:
    asked = {"fields": "id,speaker.name,figures.value", "figure__isnull": "false", "limit": "3"}
    lines = seeded_client.get("/v1/claims/export", params=asked | {"format": "ndjson"}).text.splitlines()
    assert [list(json.loads(line)) for line in lines] == [["id", "speaker", "figures"]] * 3
    assert all(list(figure) == ["value"] for line in lines for figure in json.loads(line)["figures"])
    table = seeded_client.get("/v1/claims/export", params=asked | {"format": "csv"}).text.splitlines()
    assert table[0] == "id,speaker.name,figures.0.value,figures.1.value"
    assert len(table) == 4


@pytest.mark.parametrize("form", ["json", "ndjson", "csv"])
def test_what_has_not_been_seen_yet_is_behind(seeded_client: TestClient, form: str) -> None:
    path = "/v1/claims" if form == "json" else "/v1/claims/export"
    answer = seeded_client.get(path, params={"format": form, "min_revision": "2"})
    assert (answer.status_code, answer.json()["code"]) == (503, "behind")
    assert answer.headers["retry-after"]


def test_an_export_is_in_the_order_that_is_asked_for(seeded_client: TestClient) -> None:
    for sort in ("-recorded_at", "recorded_at", "figure__value", "-figure__value", "relevance", "said_on"):
        asked = {"sort": sort, "q": "japan OR cyber", "figure__unit": "count", "limit": "500"}
        page = seeded_client.get("/v1/claims", params=asked).json()["data"]
        lines = seeded_client.get("/v1/claims/export", params=asked | {"format": "ndjson"}).text.splitlines()
        assert [json.loads(line)["id"] for line in lines] == [claim["id"] for claim in page]


def test_who_has_a_whole_export_may_ask_for_the_next_at_once(seeded_databases: Callable[[str], Database]) -> None:
    with serving(seeded_databases("sqlite")) as served, httpx.Client() as client:
        for _ in range(50):
            assert client.get(f"{served.url}/export", params={"limit": 1}).status_code == 200
