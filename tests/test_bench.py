"""The bench measures what it says, on few claims; its figures themselves are nobody's business here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import msgspec
import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.sql import SQL, Identifier
from sqlalchemy import text

from app.domain.query.registry import parameters
from app.store.database.engine import Database
from app.store.upgrade.index_differences import index_differences
from app.store.upgrade.row_differences import row_differences
from app.store.upgrade.upgrade import migrate
from bench import __main__ as bench_main
from bench import (
    aggregates,
    answers,
    crowd,
    data,
    exports,
    imports,
    moments,
    pages,
    postgrest,
    profiles,
    queries,
    verifying,
    writes,
)
from bench.builds import AGAINST, TODAY, Build, build_of, git
from bench.data import Facts, facts_of, generated_files
from bench.engines import Bench, bench_of
from bench.load import Task, load_client
from bench.many import multiply
from bench.measurements import Measurements, Tell, Values
from bench.report import BY_HAND, write_results
from bench.served import Answer, Served, memory, put_answers, served
from bench.targets import TARGETS, Targets
from bench.writes import claims_to_write
from tests.asked import IS_LONG, some_of
from tests.conftest import ROOT
from tests.importing import import_paths

CLAIMS = 200
RESULTS = "RESULTS.md"

Serve = Callable[[Build, str], AbstractContextManager[Served]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the databases of the bench, which are imported when first asked for."""
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def kept_servers(folder: Path) -> Iterator[Serve]:
    """As `served`, but a server once started serves all tests: a start takes longer than all that is asked here."""
    with ExitStack() as running, pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "FOLDER", folder)
        start = cache(lambda build, url: running.enter_context(served(build, url)))
        yield lambda build, url: nullcontext(start(build, url))


@pytest.fixture(scope="module")
def run(folder: Path, postgres: Callable[[], str], kept_servers: Serve) -> Callable[..., Result]:
    """Runs the bench on few claims and three of the queries, without an earlier build and without other programs."""

    def invoke(*arguments: str) -> Result:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(data, "FOLDER", folder)
            patch.setattr(bench_main, "PROFILED", CLAIMS // 2)
            patch.setattr(bench_main, "SLOWEST", 1)
            patch.setattr(aggregates, "ROUNDS", 1)
            patch.setattr(exports, "STARTS", 1)
            patch.setattr(pages, "ROUNDS", 1)
            patch.setattr(pages, "LEAST", 2)
            patch.setattr(crowd, "SLOWEST", 1)
            patch.setattr(profiles, "SECONDS", 0.05)
            patch.setattr(verifying, "QUOTES", 20)
            patch.setattr(verifying, "CHARACTERS", 20_000)
            patch.setattr(Bench, "migrate", migrate_here)
            patch.setattr(imports, "import_file", import_edits_here)
            patch.delenv(imports.PEER, raising=False)
            patch.setenv("ONRECORD_BENCH_POSTGRES", postgres())
            for module in (imports, postgrest):
                patch.setattr(module, "which", lambda _: None)
            for module in (aggregates, answers, crowd, moments, pages):
                patch.setattr(module, "served", kept_servers)
            for module in (pages, crowd):
                patch.setattr(module, "varied", lambda *given: queries.varied(*given)[:3])
            patch.setattr(answers, "everything", lambda *given: islice(queries.everything(*given), 3))
            patch.setattr(moments, "bases", lambda facts: islice(_BASES(facts), 1))
            results = ("--results", str(folder / RESULTS))
            shared = ("--claims", str(CLAIMS), "--seconds", "0.01", "--share", "0.002", "--against", "none", *results)
            return CliRunner().invoke(bench_main.main, [*shared, *arguments])

    return invoke


_BASES = moments.bases


def migrate_here(bench: Bench) -> None:
    """As the build's own command does, without a process."""
    database = Database(bench.url)
    migrate(database)
    database.close()


_IMPORT_FILE = imports.import_file


def import_edits_here(bench: Bench, file: Path, tell: Tell) -> Values:
    """As `import_file`, but edits, whose costs nobody asks for, are imported without a process."""
    if not file.name.startswith("edits"):
        return _IMPORT_FILE(bench, file, tell)
    database = Database(bench.url)
    assert import_paths(database, [file], processes=1).revision == 2
    database.close()
    return {}


@pytest.fixture(scope="module")
def of_sqlite(run: Callable[..., Result], folder: Path) -> str:
    """The results of a run of all that is measured of SQLite."""
    done = run("--engine", "sqlite")
    assert done.exit_code == 0, done.output
    return (folder / RESULTS).read_text()


@pytest.fixture(scope="module")
def of_both(of_sqlite: str, run: Callable[..., Result], folder: Path) -> str:
    """The results of a run that compares both engines, on what that of SQLite left."""
    del of_sqlite
    done = run("--only", "answers", "--only", "postgrest")
    assert done.exit_code == 0, done.output
    return (folder / RESULTS).read_text()


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Facts:
    """The facts of a few claims."""
    monkeypatch.setattr(data, "FOLDER", tmp_path)
    return facts_of(generated_files(CLAIMS).claims)


def id_of(kind: str, _field: str, _value: str) -> str:
    return {"speakers": "spk_1", "metrics": "met_1", "sources": "src_1"}[kind]


# Runs of all that is measured: of what is stored and answered they tell nothing that other tests do not.
LONG = pytest.mark.skipif(not IS_LONG, reason="servers and imports for half a minute: in the long profile")


@LONG
def test_a_run_writes_a_section_for_all_that_it_measures(of_sqlite: str) -> None:
    told = of_sqlite
    assert re.findall("^## (.*)", told, re.MULTILINE) == [
        "Targets", "Imports", "Pages", "The past, pages far down, exact counts", "Under load",
        "Single writes", "One claim over HTTP", "Starts and exports", "Aggregates", "Quotes of one text", "Profiles",
    ]  # fmt: skip
    place = f"{CLAIMS}, SQLite, today"
    assert re.search(rf"^\| {place} \|( [\d.,]+ \|){{6}}$", told, re.MULTILINE)  # the import
    assert re.search(rf"^\| {place} \| 3 \|( [\d.,]+ \|){{11}}$", told, re.MULTILINE)  # the pages
    assert f"| {place}: `q=the` |" not in told.split("## Pages")[0]
    assert all(f"| {place}, {number} connections |" in told for number in crowd.CONNECTIONS)
    assert "The peer was not measured: sqlite-utils is not installed" in told
    assert "Python 3." in told
    assert "SQLite 3." in told
    assert told.count("| SQLAlchemy |") >= 1  # of the import


@LONG
def test_a_resumed_run_measures_what_is_left(
    of_sqlite: str,
    run: Callable[..., Result],
    kept_servers: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del of_sqlite  # the run that is resumed
    measured: list[str] = []

    def note(_server: Served, form: str) -> Values:
        measured.append(form)
        return {}

    monkeypatch.setattr(exports, "export", note)
    monkeypatch.setattr(exports, "served", kept_servers)
    assert run("--engine", "sqlite", "--only", "export", "--resume").exit_code == 0
    assert not measured
    assert run("--engine", "sqlite", "--only", "export").exit_code == 0
    assert measured == list(exports.FORMATS)


@LONG
def test_both_engines_are_asked_the_same_and_compared(
    of_both: str, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"{CLAIMS}, SQLite, today, beside postgresql: 3 the same." in of_both

    told = iter(range(1_000_000))
    monkeypatch.setattr(answers, "_whole", lambda *_: b'{"id":"clm_%d"}\n' % next(told))
    monkeypatch.setattr(answers, "_own", lambda *_: "")
    differs = run("--only", "answers")  # on what is there
    assert differs.exit_code == 1
    assert "all claims: OTHER 1 more, 1 fewer of 1" in differs.stderr
    assert "importing" not in differs.stderr


@LONG
def test_without_npm_the_section_tells_that_there_is_nothing_to_compare_with(of_both: str) -> None:
    assert "Not measured: npm, which installs PostgREST, is not on the PATH." in of_both


@LONG
def test_a_failed_import_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.ndjson"
    wrong.write_text('{"key": "x", "quote": "y"}\n')
    files = data.Generated(wrong, wrong)
    monkeypatch.setattr(data, "FOLDER", tmp_path)
    monkeypatch.setattr(bench_main, "generated_files", lambda _: files)
    chosen = ("--claims", str(CLAIMS), "--engine", "sqlite", "--only", "import", "--against", "none")
    failed = CliRunner().invoke(bench_main.main, [*chosen, "--results", str(tmp_path / RESULTS)])
    assert failed.exit_code == 1
    assert "wrong.ndjson was not imported" in failed.stderr
    assert "nothing is stored" in failed.stderr


# Builds


@pytest.mark.skipif(not git("rev-parse", "HEAD"), reason="the tests are not run in a Git repository")
def test_an_earlier_build_runs_on_its_own_modules_in_a_worktree_that_goes(facts: Facts) -> None:
    del facts  # the folder alone
    with build_of("HEAD") as build:
        assert build.name == git("rev-parse", "HEAD")[:7]
        command = ("-c", "import app; print(app.__file__)")
        said = build.run_python("", *command, stdout=-1).communicate()[0].decode()
        assert Path(said.strip()).is_relative_to(build.folder)
    assert not build.folder.exists()
    with build_of(None) as build:
        assert build == TODAY
    with pytest.raises(RuntimeError, match="nothing is no commit"), build_of("nothing"):
        pass


def test_the_usual_build_is_left_out_where_git_does_not_know_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_main, "git", lambda *_: "")
    assert bench_main.commits(None, (), ()) == [None]
    monkeypatch.setattr(bench_main, "git", lambda *_: "abc")
    assert bench_main.commits(None, (), ()) == [None, AGAINST]
    assert bench_main.commits("main", ("x", "y"), ()) == ["main", "x", "y"]
    assert bench_main.commits(None, ("none",), ()) == [None]


# PostgREST


@LONG
def test_the_tables_for_postgrest_have_the_live_claims_and_are_gone_afterwards(
    of_both: str, kept_servers: Serve, postgres: Callable[[], str]
) -> None:
    del of_both  # the run that fills the database
    bench = bench_of("postgresql", CLAIMS, postgres)
    with kept_servers(TODAY, bench.url) as server:
        claims = [msgspec.json.decode(line) for line in server.page("/v1/claims/export").splitlines()]
        with postgrest.tables(bench, server), psycopg.connect(bench.url) as connection:

            def rows(table: str) -> object:
                found = connection.execute(SQL("SELECT count(*) FROM postgrest_bench.{}").format(Identifier(table)))
                return (found.fetchone() or ())[0]

            assert rows("claims") == len(claims) > 100
            for table in postgrest.LISTS:
                assert rows(table) == sum(len(claim[table]) for claim in claims)
            speakers = {claim["speaker"]["id"] for claim in claims if claim["speaker"]}
            organizations = {r["organization"]["id"] for c in claims for r in c["roles"] if r["organization"]}
            assert rows("speakers") == len(speakers | organizations)
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


# Queries


def test_every_filter_has_a_query_and_most_have_a_rare_one(facts: Facts) -> None:
    asked = Counter(one.filter for one in queries.queries(facts, id_of))
    assert set(asked) == {"none", "sort", *(parameter.name for parameter in parameters())}
    assert sum(times > 1 for times in asked.values()) > len(asked) * 0.9


def test_every_query_is_asked_of_other_values_and_twenty_are_long_phrases(facts: Facts) -> None:
    asked = queries.varied(facts, id_of)
    assert [same[0].path for same in asked] == [one.path for one in queries.everything(facts, id_of)]
    assert sum(len(same) > 1 for same in asked) > len(asked) * 0.75
    for same in asked:
        assert len({one.path for one in same}) == len(same)
        assert len({(one.name, *one.values) for one in same}) == 1
    phrases = [one.values["q"] for one in queries.everything(facts, id_of) if one.filter == "long phrase"]
    assert len(phrases) == 20
    assert all(len(phrase.split()) >= 3 for phrase in phrases)


def test_a_filter_without_a_query_fails_the_bench(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    known = queries._values
    monkeypatch.setattr(queries, "_values", lambda *given: {k: v for k, v in known(*given).items() if k != "topic"})
    with pytest.raises(LookupError, match=r"the filter topic has no values in bench/queries\.py"):
        list(queries.queries(facts, id_of))


def test_the_generated_file_is_made_anew_only_where_it_is_another(facts: Facts) -> None:
    files = generated_files(CLAIMS)
    digest, made = files.digest, files.claims.stat().st_mtime_ns
    assert generated_files(CLAIMS).claims.stat().st_mtime_ns == made
    files.claims.write_bytes(files.claims.read_bytes().replace(b"metric", b"Metric", 1))
    assert generated_files(CLAIMS).digest == digest
    assert files.claims.stat().st_mtime_ns != made
    assert facts.common("word") == "the"
    assert facts.at(1).common("word") != "the"
    assert facts.counts["word"][facts.rare("word")] == facts.counts["word"][facts.at(1).rare("word")] == 2


def untold(*_: object) -> None:
    """Tell nobody how far it is."""


@pytest.mark.usefixtures("facts")  # their folder
def test_claims_that_are_multiplied_are_whole_records(new_database: Callable[[str], Database]) -> None:
    database = new_database("sqlite")
    assert import_paths(database, [generated_files(CLAIMS).claims], processes=1).revision == 1
    database.close()
    assert database.file
    multiply(database.file, 3)
    migrate(database)
    with database.read() as connection:
        assert [*index_differences(connection, untold, processes=1), *row_differences(connection, untold)] == []
        numbers = connection.execute(text("SELECT max(number), max(since) FROM claims")).one()
    assert numbers == (3 * CLAIMS, 3)


def test_written_claims_have_sources_of_their_own() -> None:
    claims = [msgspec.json.decode(line) for line in claims_to_write(CLAIMS, 20)]
    known = [int(claim["key"].rpartition("/")[2]) < CLAIMS for claim in claims]
    assert known.count(True) == 20 // writes.EVERY
    assert len({claim["citations"][0]["source"]["key"] for claim in claims}) == 20


# Answers compared


def doc(number: int, day: str | None, **values: object) -> dict[str, Any]:
    said_on = {"earliest": day} if day else None
    return {"id": f"clm_{number}", "said_on": said_on, "recorded_at": "2026", "topics": [], **values}


def staff(value: int) -> list[dict[str, Any]]:
    bounds = {"value": value, "low": value, "high": value, "comparator": "exactly", "unit": "count", "change": None}
    return [{"metric": {"name": "staff"}} | bounds]


@pytest.mark.parametrize(
    ("ours", "theirs", "values", "verdict", "detail"),
    [
        ([doc(1, "2024"), doc(2, "2024")], [doc(2, "2024"), doc(1, "2024")], {}, answers.TIES, ""),
        ([doc(2, "2024"), doc(1, "2024")], [doc(1, "2024"), doc(2, "2024")], {"sort": "said_on"}, answers.TIES, ""),
        ([doc(1, None), doc(3, None), doc(2, None)], [doc(1, None), doc(2, None), doc(3, None)], {}, answers.OTHER,
         "claims of one day are not in the order of their ids"),
        ([doc(1, "2024"), doc(2, "2023")], [doc(2, "2023"), doc(1, "2024")], {}, answers.OTHER, "the order differs"),
        ([doc(2, "2024"), doc(1, "2023")], [doc(1, "2023"), doc(2, "2024")], {"sort": "recorded_at"}, answers.TIES, ""),
        ([doc(1, "2024")], [doc(1, "2024"), doc(2, "2024")], {}, answers.OTHER, "0 more, 1 fewer of 2: clm_2"),
        ([doc(1, "2024", topics=["a"])], [doc(1, "2024", topics=["b"])], {}, answers.OTHER,
         "documents differ in topics"),
        ([doc(1, "2024")], [doc(1, "2023")], {}, answers.OTHER, "documents differ in said_on.earliest"),
        ([doc(1, "2024", updated_at=1)], [doc(1, "2024", updated_at=2)], {}, answers.TIES, ""),
        # Neighbours of one day have other values: they are no ties, and those of one value are.
        ([doc(2, "2024", figures=staff(1)), doc(1, "2024", figures=staff(2)), doc(3, "2024", figures=staff(2))],
         [doc(2, "2024", figures=staff(1)), doc(3, "2024", figures=staff(2)), doc(1, "2024", figures=staff(2))],
         {"sort": "figure__value", "figure__metric__name": "staff"}, answers.TIES, ""),
        ([doc(2, "2024", figures=staff(1)), doc(1, "2024", figures=staff(2))],
         [doc(1, "2024", figures=staff(2)), doc(2, "2024", figures=staff(1))],
         {"sort": "figure__value", "figure__metric__name": "staff"}, answers.OTHER, "the order differs"),
    ],
)  # fmt: skip
def test_a_difference_is_explained_or_not(
    ours: list[Any], theirs: list[Any], values: dict[str, str], verdict: str, detail: str
) -> None:
    assert answers.difference(ours, theirs, values) == (verdict, detail)


def test_a_day_that_is_cut_off_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = ([doc(1, "2024"), doc(2, "2024"), doc(last, "2023")] for last in (3, 4))
    assert answers.difference(ours, theirs, {})[0] == answers.OTHER
    monkeypatch.setattr(answers, "MOST", 3)
    assert answers.difference(ours, theirs, {}) == (answers.TIES, "")


def test_relevance_of_more_claims_than_earlier_builds_ranked_may_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = [doc(1, "2023"), doc(2, "2024")], [doc(2, "2024"), doc(1, "2023")]
    assert answers.difference(ours, theirs, {"q": "x"})[0] == answers.OTHER
    monkeypatch.setattr(answers, "RANKED", 1)
    assert answers.difference(ours, theirs, {"q": "x"})[0] == answers.MOST_RELEVANT
    assert answers.difference(ours, theirs, {"q": "x", "sort": "-said_on"})[0] == answers.OTHER


# Loads


class Fixed(BaseHTTPRequestHandler):
    """Answers some bytes, or that there are none, or breaks off."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # the library's name
        if self.path == "/broken":
            self.close_connection = True
            return
        if self.path == "/slow":
            sleep(0.05)
        body = b"x" * 3_000_000 if self.path in ("/bytes", "/chunks", "/slow") else b""
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
        port = server.server_port
        assert len(client.run(Task(port, ["/chunks"], 0.2)).times) >= 4
        load = client.run(Task(port, ["/bytes", "/chunks"], 0.2))
        assert len(load.times) >= 4
        assert not load.others
        assert 0 < load.percentile(0.5) <= load.percentile(0.99) <= load.seconds * 1000
        assert load.busy > 0
        assert len(client.run(Task(port, ["/slow"], 0.15, connections=1, least=5)).times) == 5
        mixed = client.run(Task(port, ["/bytes", "/nothing", "/broken"], 0.2, connections=3, tolerant=True))
        assert mixed.others.keys() == {404, 0}
        assert sum(mixed.others.values()) < len(mixed.times)
        with pytest.raises(RuntimeError, match="broke off"):
            client.run(Task(port, ["/nothing"], 0.1))
        server.shutdown()


@pytest.mark.parametrize("how", some_of([(), ("plain",)], 1))
def test_memory_sends_the_same_headers_and_bytes(facts: Facts, how: tuple[str, ...]) -> None:
    del facts  # the folder alone
    one, other = "/v1/claims?topic=a%20b", "/v1/claims"
    given = {
        one: Answer(200, {"content-type": "application/json", "etag": '"1"', "vary": "Accept", "date": "x"}, b"[1]"),
        other: Answer(200, {"content-type": "text/plain"}, b"2"),
    }
    with memory(*how) as server:
        put_answers(server, given)
        answer = server.answer(one)
        assert server.page(other) == b"2"
    assert answer.body == b"[1]"
    assert {name: answer.headers[name] for name in ("content-type", "etag", "vary")} == {
        "content-type": "application/json", "etag": '"1"', "vary": "Accept"
    }  # fmt: skip
    assert answer.headers["date"] != "x"


# Results


def test_measurements_of_an_earlier_run_are_known_to_one_that_goes_on(tmp_path: Path) -> None:
    file, key = tmp_path / "measured.ndjson", ("pages", "200", "sqlite", "today", "x")
    first = Measurements(file, resumed=False)
    first.put(key, rate=1.5)
    assert first.known(key) == {"rate": 1.5}
    assert Measurements(file, resumed=False).known(key) is None
    assert Measurements(file, resumed=True).known(key) == {"rate": 1.5}
    assert first.of_large(201).under("pages", "200")
    first.put(("pages", "300", "sqlite", "today", "x"), rate=2.5)
    assert not first.of_large(201).under("pages", "200")
    assert Measurements(file, resumed=False).under("pages", "200") == {("sqlite", "today", "x"): {"rate": 1.5}}


def test_targets_tell_what_was_missed(tmp_path: Path) -> None:
    log = Measurements(tmp_path / "measured.ndjson", resumed=False)
    for build, seconds, size in (("today", 10.0, 6_000), (AGAINST, 30.0, 10_000), ("other", 1.0, 1)):
        values = {"seconds": seconds, "size": size, "locked_cpu": 30.0}
        log.put(("import", "100000", "sqlite", build, ""), **values)
        log.put(("import", "100000", "postgresql", build, ""), **values)
    log.put(("load", "100000", "sqlite", "today", "64"), refused={"503": 2}, health=10.0, memory=[1, 100, 100, 120])
    sqlite, postgresql = Targets(log, "sqlite"), Targets(log, "postgresql")
    names = list(TARGETS)
    assert sqlite.told(names[0]) == "100,000: 3.00"
    assert postgresql.told(names[0]) == "100,000: 3.00 **missed**"
    assert sqlite.told(names[1]) == "100,000: 300"
    assert sqlite.told("import of a million, share of the rate at 100,000") == "–"
    assert sqlite.told("bytes on disk a claim, times the earlier build's") == "100,000: 0.60 **missed**"
    assert sqlite.told("under load, pages refused") == "100,000: 64 connections 2 **missed**"
    assert sqlite.told("under load, `/healthz` p99 ms") == "100,000: 64 connections 10.0"
    assert sqlite.told("under load, memory in the last third, times that in the first").endswith("1.20 **missed**")
    assert postgresql.told("times PostgREST, median") == "–"
    log.put(("ten million", "10000000"), text="", first=2.5, memory=1_600.0, p99=20.0)
    assert sqlite.told("ten million claims: a worker, MB resident") == "10,000,000: 1,600 **missed**"
    assert sqlite.told("ten million claims: first answer, s") == "10,000,000: 2.50"


def test_the_section_of_earlier_results_stays(tmp_path: Path) -> None:
    file, log = tmp_path / "RESULTS.md", Measurements(tmp_path / "measured.ndjson", resumed=False)
    file.write_text(f"# Old\n\n## Gone\n\nx\n\n## {BY_HAND}\n\nBy hand.\n")
    log.put(("ten million", "1"), text="All of it.", first=1.0, memory=1.0, p99=1.0)
    write_results(log, file)
    write_results(log, file)
    told = file.read_text()
    assert told.endswith(f"## Ten million claims\n\nAll of it.\n\n## {BY_HAND}\n\nBy hand.\n")
    assert "Gone" not in told


@LONG
def test_the_lock_is_watched_from_inside(of_sqlite: str, folder: Path) -> None:
    del of_sqlite  # the run that is looked into
    costs = Measurements(folder / "measured.ndjson", resumed=True).known(Bench("sqlite", CLAIMS, "").key("import"))
    assert costs
    assert 0 < costs["locked_cpu"] < costs["cpu"]
    assert costs["locked_cpu"] <= costs["locked_seconds"] * 2 < costs["seconds"] * 2
    assert costs["size"] > CLAIMS * 100


@LONG
def test_what_is_filled_is_known_until_it_is_made_anew(
    of_sqlite: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del of_sqlite  # the run that fills the database
    monkeypatch.setattr(data, "FOLDER", folder)
    files = generated_files(CLAIMS)
    assert bench_of("sqlite", CLAIMS, str).is_filled(files)
    other = partial(bench_of, "sqlite", CLAIMS, str, name="other")
    assert not other().is_filled(files)
    migrate_here(other())
    other().mark_filled(files)
    assert other().is_filled(files)
    assert not other(fresh=True).is_filled(files)


@LONG
def test_make_bench_passes_on_what_it_is_told() -> None:
    rule = re.search(r"^bench: .*\n\t(.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert rule
    assert "-m bench $(addprefix --claims ,$(CLAIMS)) $(BENCH)" in rule[1]
