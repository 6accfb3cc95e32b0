"""The bench measures what it says, on few claims; its figures themselves are nobody's business here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.sql import SQL, Identifier

from app.domain.query.registry import parameters
from bench import __main__ as bench_main
from bench import data, exports, pages, postgrest, profiles, queries
from bench.data import Facts, facts_of, generated_files
from bench.engines import bench_of
from bench.load import Task, load_client
from bench.queries import Asked
from bench.report import write_section
from bench.served import Served
from tests.conftest import ROOT

CLAIMS = 200


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the databases of the bench, which are imported when first asked for."""
    return tmp_path_factory.mktemp("bench")


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path, postgres: Callable[[], str]
) -> Callable[..., Result]:
    """Runs the bench on few claims."""
    monkeypatch.setattr(data, "FOLDER", folder)
    monkeypatch.setattr(bench_main, "PROFILED", CLAIMS)
    monkeypatch.setattr(bench_main, "SLOWEST", 1)
    monkeypatch.setattr(exports, "STARTS", 1)
    monkeypatch.setattr(pages, "ROUNDS", 1)
    monkeypatch.setattr(profiles, "SECONDS", 0.05)

    def invoke(*arguments: str) -> Result:
        monkeypatch.setenv("ONRECORD_BENCH_POSTGRES", postgres())
        results = ("--results", str(tmp_path / "RESULTS.md"))
        shared = ("--claims", str(CLAIMS), "--seconds", "0.01", *results)
        return CliRunner().invoke(bench_main.main, [*shared, *arguments])

    return invoke


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Facts:
    """What is in a few claims."""
    monkeypatch.setattr(data, "FOLDER", tmp_path)
    return facts_of(generated_files(CLAIMS).claims)


def id_of(kind: str, _field: str, _value: str) -> str:
    return {"speakers": "spk_1", "metrics": "met_1", "sources": "src_1"}[kind]


def test_a_run_writes_a_table_for_all_that_it_measures(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With three of the queries: the next test asks all."""
    monkeypatch.setattr(pages, "queries", lambda *given: islice(queries.queries(*given), 3))
    monkeypatch.setattr(pages, "shapes", lambda *given: islice(queries.shapes(*given), 0))
    done = run("--engine", "sqlite")
    assert done.exit_code == 0, done.output
    told = (tmp_path / "RESULTS.md").read_text()
    assert re.findall("^## (.*)", told, re.MULTILINE) == [
        f"{CLAIMS} claims, SQLite: {topic}" for topic in ("import", "pages", "export", "profile")
    ]
    assert re.findall(r"^\| (deep page|`.*?`)", told.split("SQLite: pages")[1].split("\n## ")[0], re.MULTILINE) == [
        "`all claims`", "`sort=said_on`", "`q=the`", "deep page"
    ]  # fmt: skip
    assert re.search(r"^\| 200 into an empty database \|( [\d.,]+ \|){4}$", told, re.MULTILINE)
    assert "Python 3." in told
    assert "SQLite 3." in told
    assert told.count("| SQLAlchemy |") == 2  # of the import, and of one page


def test_both_engines_are_asked_every_query_and_compared(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_main.Run, "read", lambda *_: None)
    assert run("--only", "pages").exit_code == 0
    assert "The same claims, in the same order" in (tmp_path / "RESULTS.md").read_text()

    told = iter(range(1_000_000))
    monkeypatch.setattr(pages, "_said", lambda *_: next(told))
    monkeypatch.setattr(pages, "queries", lambda *_: [Asked("none", {})])
    monkeypatch.setattr(pages, "deep_page", lambda *_: Asked("none", {}))
    monkeypatch.setattr(bench_main, "served", lambda _url: nullcontext(Served(0, 0)))
    differs = run("--only", "pages")  # on what is there
    assert differs.exit_code == 1
    assert "DIFF all claims" in differs.stderr
    assert "importing" not in differs.stderr


def test_without_npm_the_section_tells_that_there_is_nothing_to_compare_with(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgrest, "which", lambda _: None)
    assert run("--only", "postgrest").exit_code == 0
    told = (tmp_path / "RESULTS.md").read_text()
    assert re.findall("^## (.*)", told, re.MULTILINE) == [f"{CLAIMS} claims, PostgreSQL: postgrest"]
    assert "Not measured: npm, which installs PostgREST, is not on the PATH." in told
    assert run("--only", "postgrest", "--engine", "sqlite").exit_code == 2


def test_the_tables_for_postgrest_have_the_live_claims_and_are_gone_afterwards(
    run: Callable[..., Result], postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_main.Run, "read", lambda *_: None)
    run("--only", "postgrest")
    bench = bench_of("postgresql", CLAIMS, postgres, fresh=False)
    with postgrest.tables(bench), psycopg.connect(bench.url) as connection:
        for table in map(Identifier, ("claims", *postgrest.LISTS)):
            ours = connection.execute(SQL("SELECT count(*) FROM {} WHERE live").format(table)).fetchone()
            assert connection.execute(SQL("SELECT count(*) FROM postgrest_bench.{}").format(table)).fetchone() == ours
    with psycopg.connect(bench.url) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT 1 FROM postgrest_bench.claims")


def test_a_page_of_postgrest_tells_what_ours_does_or_not() -> None:
    def page(*claims: dict[str, Any], **changed: Any) -> bytes:
        blank = dict.fromkeys(postgrest.LISTS, ()) | {"id": 1, "key": "a/1", "said_on": "2024"}
        return msgspec.json.encode([blank | claim | changed for claim in claims])

    def ours(*claims: dict[str, Any]) -> bytes:
        return msgspec.json.encode({"data": msgspec.json.decode(page(*claims, said_on={"edtf": "2024"}))})

    first, second = {"topics": [{"n": 1, "topic": "tax"}, {"n": 2, "topic": "law"}]}, {"key": "a/2"}
    shown = ours({"id": "clm_1", "topics": ["tax", "law"]}, second)
    assert postgrest.tells(page(first, second), shown)
    assert not postgrest.tells(page(second, first), shown)
    assert not postgrest.tells(page(first), shown)
    assert not postgrest.tells(page({"topics": first["topics"][::-1]}, second), shown)
    assert not postgrest.tells(page(first, second, said_on="2023"), shown)


def test_every_filter_has_a_query_and_most_have_a_rare_one(facts: Facts) -> None:
    asked = Counter(one.filter for one in queries.queries(facts, id_of))
    assert set(asked) == {"none", "sort", *(parameter.name for parameter in parameters())}
    assert sum(times > 1 for times in asked.values()) > len(asked) * 0.9


def test_a_filter_without_a_query_fails_the_bench(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    known = queries._values
    monkeypatch.setattr(queries, "_values", lambda *given: {k: v for k, v in known(*given).items() if k != "topic"})
    with pytest.raises(LookupError, match=r"the filter topic has no values in bench/queries\.py"):
        list(queries.queries(facts, id_of))


def test_the_generated_file_is_made_anew_only_where_it_is_another(facts: Facts) -> None:
    files = generated_files(CLAIMS)
    assert not files.is_new
    files.claims.write_bytes(files.claims.read_bytes().replace(b"metric", b"Metric", 1))
    assert generated_files(CLAIMS) == replace(files, is_new=True)
    assert facts.common("word") == "the"
    assert facts.counts["word"][facts.rare("word")] == 2


class Fixed(BaseHTTPRequestHandler):
    """Answers some bytes, or that there are none."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # the library's name
        body = b"x" * 3_000_000 if self.path in ("/bytes", "/chunks") else b""
        self.send_response(200 if body else 404)
        if self.path == "/chunks":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%b\r\n" % (len(body), body))
            for part in (b"0\r", b"\n\r\n"):  # the end, in two packets
                self.wfile.write(part)
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_the_client_counts_answers_and_refuses_those_of_another_status() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Fixed) as server, load_client() as client:
        Thread(target=server.serve_forever, daemon=True).start()
        assert len(client.run(Task(server.server_port, "/chunks", 0.2)).times) >= 4
        load = client.run(Task(server.server_port, "/bytes", 0.2))
        assert len(load.times) >= 4
        assert 0 < load.percentile(0.5) <= load.percentile(0.99) <= load.seconds * 1000
        assert load.busy > 0
        with pytest.raises(RuntimeError, match="broke off"):
            client.run(Task(server.server_port, "/nothing", 0.1))
        server.shutdown()


def test_a_section_replaces_itself_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "RESULTS.md"
    write_section("1,000,000 claims, SQLite: pages", "first", file)
    write_section("100,000 claims, PostgreSQL: pages", "second", file)
    write_section("100,000 claims, SQLite: pages", "### third\n\n| a | b |", file)
    write_section("1,000,000 claims, SQLite: pages", "anew", file)
    told = file.read_text()
    assert [line for line in told.splitlines() if line.startswith("## ")] == [
        "## 100,000 claims, SQLite: pages",
        "## 100,000 claims, PostgreSQL: pages",
        "## 1,000,000 claims, SQLite: pages",
    ]
    assert "first" not in told
    assert all(body in told for body in ("anew", "second", "### third\n\n| a | b |"))


def test_make_bench_passes_on_what_it_is_told() -> None:
    rule = re.search(r"^bench: .*\n\t(.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert rule
    assert "-m bench $(addprefix --claims ,$(CLAIMS)) $(BENCH)" in rule[1]
