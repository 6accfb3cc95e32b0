"""`onrecord verify`: how the words of stored claims are found in the texts of their sources, and what differs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import text

from app.domain.text import quote_matcher
from app.store.database.engine import Database
from app.store.write import source_texts
from tests.importing import import_paths
from tests.store.stored import claim, everything, write_files

TEXT = "“We don’t hire,” the mayor said. He added: We hired 15 people in spring, and no one else. So far. So far."
CLAIMS = f"""
source: {{key: s, title: T, text: "{TEXT}"}}
claims:
  - {{key: same, quote: the mayor said}}
  - {{key: typed, quote: "We don't hire"}}
  - {{key: cut, quote: We hired … people}}
  - {{key: often, quote: So far}}
  - {{key: other, quote: "We hired 16 people in spring, and no one else"}}
  - {{key: told, paraphrase: They hire}}
  - {{key: gone, quote: never said, retraction: {{kind: record_error}}}}
"""
BESIDE = """
source: {key: beside, title: U}
claims: [{key: b1, quote: anything}, {key: b2, quote: at all}]
"""
HEAD = "  verbatim  normalized  elided  ambiguous  not_found  unchecked  source"
OF_S = "         1           1       1          1          1          1  s"


@pytest.fixture
def stored(database: Database, tmp_path: Path) -> Database:
    """A database with these claims."""
    report = import_paths(database, [write_files(tmp_path / "f", a=CLAIMS, b=BESIDE)])
    assert [str(fault) for fault in report.faults] == []
    return database


def test_a_table_says_what_is_found_how_and_what_differs(stored: Database, run: Callable[..., Result]) -> None:
    before = everything(stored)
    done = run(stored, "verify")
    assert (done.exit_code, done.stderr) == (0, "")
    table, found = done.stdout.splitlines()[:4], done.stdout.splitlines()[4:]
    assert table == [
        HEAD,
        OF_S,
        "         0           0       0          0          0          2  (1 source without a text)",
        "         1           1       1          1          1          3  in all, at revision 1",
    ]
    assert found == [
        "s: typed: normalized at 1–14; \"'\" is '’' in the text",
        "s: cut: elided at 43–61; left out: '15'",
        "s: often: ambiguous; 'So far'",
        "s: other: not_found; 'We hired 16 people in spring, and no one else';"
        " perhaps meant: 'We hired 15 people in spring, and no one else'",
    ]
    assert everything(stored) == before


def test_all_of_it_is_json_and_a_file(stored: Database, run: Callable[..., Result], tmp_path: Path) -> None:
    done = run(stored, "verify", "--json", "--report", tmp_path / "all.json")
    said = json.loads(done.stdout)
    assert (tmp_path / "all.json").read_text() == done.stdout
    assert said["citations"] == dict.fromkeys(quote_matcher.STATUSES, 1) | {"unchecked": 3}
    assert [(one["key"], one["text"], one["citations"]["unchecked"]) for one in said["sources"]] == [("s", "held", 1)]
    assert said["without_text"] == {"sources": 1, "citations": 2}
    found = {one["key"]: one for one in said["found"]}
    assert list(found) == ["typed", "cut", "often", "other"]
    assert found["typed"]["differences"] == claim(stored, "typed")["citations"][0]["locator"]["differences"]
    assert (found["cut"]["gaps"], found["other"]["stored"], found["often"]["nearest"]) == ([" 15 "], None, None)
    run(stored, "verify", "--report", tmp_path / "all.txt")
    assert (tmp_path / "all.txt").read_text().splitlines()[1] == OF_S


def test_some_sources_alone_are_looked_at(stored: Database, run: Callable[..., Result]) -> None:
    done = run(stored, "verify", "--source", "beside", "--source", "src_2")
    assert done.stdout.splitlines()[1:] == [
        "         0           0       0          0          0          2  beside",
        "         0           0       0          0          0          2  in all, at revision 1",
    ]
    done = run(stored, "verify", "--source", "nowhere")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "onrecord: there is no source with the key 'nowhere'\n"


def test_texts_are_stored_first_as_an_import_of_them_does(
    stored: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/beside.txt").write_text("Say anything, at  all.")
    done = run(stored, "verify", "--source", "beside", "--texts", tmp_path / "texts")
    assert done.exit_code == 0
    assert "stored as revision 2: 2 rendered, 1 sources updated" in done.stdout
    assert done.stdout.splitlines()[-2:] == [
        "         1           1       0          0          0          0  in all, at revision 2",
        "beside: b2: normalized at 14–21; ' ' is '  ' in the text",
    ]
    assert claim(stored, "b2")["citations"][0]["verification"] == "normalized"
    again = json.loads(run(stored, "verify", "--texts", tmp_path / "texts", "--json").stdout)
    assert (again["revision"], again["texts"]["revision"], len(again["found"])) == (2, None, 5)
    (tmp_path / "texts/beside.txt").write_bytes(b"\xff")
    done = run(stored, "verify", "--texts", tmp_path / "texts", "--json")
    assert (done.exit_code, json.loads(done.stdout)["problems"]["count"]) == (1, 1)


@pytest.mark.own_database
def test_what_is_stored_otherwise_than_it_is_found_is_a_fault(stored: Database, run: Callable[..., Result]) -> None:
    with stored.write() as connection:
        wrong = text("UPDATE documents SET doc = replace(doc, '\"verbatim\"', '\"elided\"')")
        connection.execute(wrong)
    done = run(stored, "verify")
    assert (done.exit_code, done.stderr) == (1, "onrecord: 1 stored otherwise than found: a fault to report\n")
    assert "s: same: verbatim at 17–31; stored as elided at 17–31" in done.stdout
    assert OF_S in done.stdout


def test_a_text_that_is_elsewhere_counts_as_it_is_stored(stored: Database, run: Callable[..., Result]) -> None:
    with stored.write() as connection:
        connection.execute(text("DELETE FROM source_texts"))  # a copy that follows a server has none
    done = run(stored, "verify")
    assert (done.exit_code, done.stdout.splitlines()[1]) == (0, f"{OF_S} (its text is not held here)")


def test_texts_that_are_too_many_to_hold_are_read_once_for_many_claims(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_texts, "MOST_HELD", 10)
    made: list[str] = []

    class Counted(quote_matcher.SourceText):
        def __init__(self, text: str) -> None:
            made.append(text)
            super().__init__(text)

    monkeypatch.setattr(source_texts, "SourceText", Counted)
    words = [f"The words of number {n}." for n in range(3)]
    sources = [{"type": "source", "key": f"s{n}", "title": "T", "text": words[n]} for n in range(3)]
    claims = [{"key": f"k{n}", "quote": words[n % 3], "source": {"key": f"s{n % 3}"}} for n in range(30)]
    file = tmp_path / "claims.ndjson"
    file.write_text("\n".join(map(json.dumps, [*sources, *claims])))
    report = import_paths(database, [file])
    assert (report.verifications, len(made)) == ({"verbatim": 30}, 3)
    file.write_text("\n".join(json.dumps(one | {"text": one["text"].upper()}) for one in sources))
    report = import_paths(database, [file])
    assert (report.verifications, len(made)) == ({"not_found": 30}, 6)
