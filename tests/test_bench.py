"""The bench measures what it says, on few claims; its figures themselves are nobody's business here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.domain.fields import parameters
from bench import __main__ as bench_main
from bench import data, exports, pages, profiles, queries
from bench.data import Facts, facts_of, generated_file
from bench.load import Task, load_client
from bench.report import write_section
from bench.served import MEMORY, served
from tests.conftest import ROOT

CLAIMS = 200


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgres: Callable[[], str]) -> Callable[..., Result]:
    """Runs the bench on few claims, in a folder of its own."""
    monkeypatch.setattr(data, "FOLDER", tmp_path / "bench")
    monkeypatch.setattr(bench_main, "PROFILED", CLAIMS)
    monkeypatch.setattr(bench_main, "SLOWEST", 1)
    monkeypatch.setattr(exports, "STARTS", 1)
    monkeypatch.setattr(pages, "ROUNDS", 1)
    monkeypatch.setattr(profiles, "SECONDS", 0.05)

    def invoke(*arguments: str) -> Result:
        monkeypatch.setenv("ONRECORD_BENCH_POSTGRES", postgres())
        results = ("--results", str(tmp_path / "RESULTS.md"))
        shared = ("--claims", str(CLAIMS), "--fill", "direct", "--seconds", "0.01", *results)
        return CliRunner().invoke(bench_main.main, [*shared, *arguments])

    return invoke


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Facts]:
    """What is in a few claims."""
    monkeypatch.setattr(data, "FOLDER", tmp_path)
    yield facts_of(generated_file(CLAIMS)[0])


def id_of(kind: str, _field: str, _value: str) -> str:
    return {"speakers": "spk_1", "metrics": "met_1", "sources": "src_1"}[kind]


def test_a_run_writes_a_table_for_all_that_it_measures(run: Callable[..., Result], tmp_path: Path) -> None:
    done = run("--engine", "sqlite")
    assert done.exit_code == 0, done.output
    told = (tmp_path / "RESULTS.md").read_text()
    assert re.findall("^## (.*)", told, re.MULTILINE) == [
        f"{CLAIMS} claims, SQLite: {topic}" for topic in ("import", "pages", "export", "profile")
    ]
    for parameter in parameters():
        assert re.search(rf"^\| `{parameter.name}=", told, re.MULTILINE), parameter.name
    assert re.search(r"^\| deep page: ", told, re.MULTILINE)
    assert re.search(r"^\| 200 into an empty database \|( [\d.,]+ \|){4}$", told, re.MULTILINE)
    assert "Python 3." in told
    assert "SQLite 3." in told
    assert told.count("| SQLAlchemy |") == 2  # of the import, and of one page


def test_both_engines_are_compared(run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_main.Run, "read", lambda *_: None)
    assert run("--only", "pages").exit_code == 0
    assert "The same claims, in the same order" in (tmp_path / "RESULTS.md").read_text()

    told = iter(range(1_000_000))
    monkeypatch.setattr(pages, "_said", lambda *_: next(told))
    differs = run("--only", "pages")  # on what is there
    assert differs.exit_code == 1
    assert "DIFF all claims" in differs.stderr
    assert "importing" not in differs.stderr


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
    file, is_new = generated_file(CLAIMS)
    assert not is_new
    file.write_bytes(file.read_bytes().replace(b"metric", b"Metric", 1))
    assert generated_file(CLAIMS) == (file, True)
    assert facts.common("word") == "the"
    assert facts.counts["word"][facts.rare("word")] == 2


def test_the_client_counts_answers_and_refuses_those_of_another_status(tmp_path: Path) -> None:
    from app.store.db import Database

    url = f"sqlite:///{tmp_path / 'empty.db'}"
    database = Database(url)
    database.migrate()
    database.close()
    with served(url) as server:
        server.ask(MEMORY, "PUT", b"x" * 3_000_000)
        with load_client() as client:
            load = client.run(Task(server.port, MEMORY, 0.2))
            assert len(load.times) >= 4
            assert 0 < load.percentile(0.5) <= load.percentile(0.99) <= load.seconds * 1000
            with pytest.raises(RuntimeError, match="broke off"):
                client.run(Task(server.port, "/v1/nothing", 0.1))


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
