"""Imports of JSON, NDJSON, CSV and TSV, plain and packed: the same records, the same faults, however many rows."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.store.database.engine import Database
from app.store.imports import check_rows
from app.store.imports.importer import Report
from tests.conftest import NOON
from tests.importing import import_paths
from tests.store.stored import claim, everything, is_empty, record, rows
from tests.store.writers import start_import

CLAIMS: list[dict[str, Any]] = [
    {
        "key": "report/1",
        "speaker": {"name": "Ann Lee", "kind": "person"},
        "roles": [{"title": "minister", "organization": {"name": "The Ministry"}, "status": "former"}],
        "quote": 'we "hired", they said,\nall of them',
        "said_on": "2024-04",
        "figures": [{"metric": "staff", "value": "1500.50", "unit": "count", "comparator": "about"}],
        "topics": ["hiring", "money"],
        "source": {"key": "report", "title": "A report", "publisher": "The Press"},
        "locator": {"exact": "hired", "page": "3"},
    },
    {"key": "report/2", "paraphrase": "日本は大きい", "source": {"key": "report", "title": "A report"}},
]


def flat(value: Any, path: str = "") -> dict[str, str]:
    """The dotted columns of a value."""
    if not isinstance(value, dict | list):
        return {path: value}
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return {
        name: cell for step, part in pairs for name, cell in flat(part, f"{path}.{step}" if path else str(step)).items()
    }


def table(claims: list[dict[str, Any]], delimiter: str) -> str:
    cells = [flat(one) for one in claims]
    names = list(dict.fromkeys(name for row in cells for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(cells)
    return text.getvalue()


FORMS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    "json": lambda claims: json.dumps({"claims": claims}, indent=1).encode(),
    "yaml": lambda claims: json.dumps({"claims": claims}).encode(),
    "ndjson": lambda claims: b"".join(json.dumps(one).encode() + b"\n" for one in claims),
    "csv": lambda claims: table(claims, ",").encode(),
    "tsv": lambda claims: table(claims, "\t").encode(),
    "ndjson.gz": lambda claims: gzip.compress(FORMS["ndjson"](claims)),
    "csv.bz2": lambda claims: bz2.compress(FORMS["csv"](claims)),
    "json.gz": lambda claims: gzip.compress(b"\xef\xbb\xbf" + FORMS["json"](claims)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_stores_the_same(database: Database, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"claims.{form}"
    file.write_bytes(FORMS[form](CLAIMS))
    report = import_paths(database, [file], at=NOON)
    assert [str(fault) for fault in report.faults] == []
    assert report.counts["created"] == 2
    stored = claim(database, "report/1")
    assert stored["quote"] == CLAIMS[0]["quote"]
    assert stored["figures"][0]["value"] == 1500.5
    assert rows(database, "SELECT value FROM figures") == [("1500.50",)]
    assert stored["citations"][0]["locator"]["page"] == "3"
    assert [stored["topics"], stored["roles"][0]["organization"]["name"]] == [["hiring", "money"], "The Ministry"]
    assert claim(database, "report/2")["paraphrase"] == "日本は大きい"
    before = everything(database)
    again = tmp_path / "again.ndjson"
    again.write_bytes(FORMS["ndjson"](CLAIMS))
    assert import_paths(database, [again]).counts["unchanged"] == 2
    assert everything(database) == before


def test_a_folder_is_read_in_all_forms(database: Database, tmp_path: Path) -> None:
    for n, form in enumerate(FORMS):
        one = {"key": f"k{n}", "quote": f"words {n}", "source": {"key": "s", "title": "S"}}
        (tmp_path / f"{n}.{form}").write_bytes(FORMS[form]([one]))
    (tmp_path / "README.md").write_text("not to be read")
    (tmp_path / ".hidden.csv").write_text("not,to,be,read")
    assert import_paths(database, [tmp_path]).counts["created"] == len(FORMS)


def test_lines_define_records_that_claims_of_the_file_name(database: Database, tmp_path: Path) -> None:
    lines = [
        {"key": "c", "quote": "words", "speaker": {"key": "ann"}, "source": {"key": "s"},
         "figures": [{"metric": "m", "value": 3}]},
        {"type": "speaker", "key": "ann", "name": "Ann", "aliases": ["A."],
         "tenures": [{"title": "head", "organization": {"key": "org"}}]},
        {"type": "speaker", "key": "org", "name": "The Office", "kind": "organization"},
        {"type": "metric", "key": "m", "name": "staff", "unit": "count"},
        {"type": "source", "key": "s", "title": "A source", "text": "many words"},
        {"type": "claim", "key": "d", "quote": "more", "source": {"key": "s"}},
    ]  # fmt: skip
    file = tmp_path / "all.ndjson"
    file.write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    report = import_paths(database, [file])
    assert [str(fault) for fault in report.faults] == []
    assert claim(database, "c")["citations"][0]["verification"] == "verbatim"
    assert record(database, "speakers", "ann")["aliases"] == ["A."]
    assert (report.counts["read"], report.definitions["created"]) == (2, 4)


def faults(database: Database, file: Path, content: str) -> list[str]:
    file.write_text(content)
    report = import_paths(database, [file])
    assert is_empty(database)
    assert report.counts["rejected"] == report.counts["read"] == report.read
    return [str(fault).removeprefix(f"{file}:") for fault in report.faults]


def test_every_bad_line_is_told_and_nothing_is_stored(database: Database, tmp_path: Path) -> None:
    told = faults(
        database,
        tmp_path / "a.ndjson",
        '{"key": "ok", "quote": "a", "source": {"title": "T"}}\n'
        '{"key": "broken", "quote": }\n'
        "\n"
        '{"quote": "a", "source": {"title": "T"}, "sad_on": "2024"}\n'
        '{"type": "speeker", "name": "Ann"}\n'
        "[1]\n"
        '{"quote": "a", "role": {"titel": "x"}, "source": {"title": "T"},'
        ' "figures": [{"metric": "m", "value": 1, "unit": "kgg"}]}\n'
        '{"quote": "a", "source": {"title": "T"}, "speaker": {"key": "nobody"}}\n'
        '{"key": "ok", "quote": "b", "source": {"title": "T"}}\n',
    )
    assert [one.split(":")[0] for one in told] == ["1", "2", "4", "5", "6", "7", "7", "8", "9"]
    assert "9 too, with different content" in told[0]
    assert "at column 28" in told[1]
    assert told[2].endswith("sad_on: there is no such field (did you mean said_on?)")
    assert "type: 'speeker' is not one of claim, speaker, source, metric, dataset (did you mean speaker?)" in told[3]
    assert "an object is needed here" in told[4]
    assert {one.split(": ")[1] for one in told[5:7]} == {"role.titel", "figures.0.unit"}
    assert "speaker: there is no speaker nobody" in told[7]


def test_the_faults_of_a_table_name_its_columns(database: Database, tmp_path: Path) -> None:
    told = faults(
        database,
        tmp_path / "a.csv",
        "key,quote,said_on,source.title,role,topics.3,speaker.key\n"
        'a,"one\nline",2024-13,T,,,\n'
        "b,two,2024,T,,,,\n"
        "c,,2024,T,,,\n"
        "d,three,2024,T,,,nobody\n",
    )
    assert [one.split(": ")[0] for one in told] == ["2", "4", "5", "6"]
    assert told[0].startswith("2: said_on: ")
    assert "8 cells, where the header has 7" in told[1]
    assert "a quote or a paraphrase" in told[2]
    assert "there is no speaker nobody" in told[3]


@pytest.mark.parametrize(
    ("name", "content", "line", "told"),
    [
        ("a.json", b'{"claims": [{"quote": "a",}]}', 1, "column 27"),
        ("a.json", b'{"claims": [\n{"quote": "a", "quote": "b"}]}', 2, "twice"),
        ("a.json", b"", 1, "empty"),
        ("a.json", b"\xff{}", 1, "not UTF-8"),
        ("a.json", b'{"clams": []}', 1, "did you mean claims"),
        ("a.json.gz", b"no archive", 1, "no .gz archive"),
        ("a.ndjson.gz", gzip.compress(b'{"quote": "a"}\n' * 999, mtime=0)[:-9], 1, "cut off"),
        ("a.csv", b"", 1, "empty"),
        ("a.csv", b"quot,source.title\na,b\n", 1, "did you mean quote"),
        ("a.tsv", b"quote,source.tittle\na,b\n", 1, "did you mean source.title"),
        ("a.tsv", b"wrods,whence\na,b\n", 1, "separated by tabs"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(
    database: Database, tmp_path: Path, name: str, content: bytes, line: int, told: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    report = import_paths(database, [file])
    said = [str(fault) for fault in report.faults if told in str(fault)]
    assert said, [str(fault) for fault in report.faults]
    assert said[0].startswith(f"{file}:{line}: ")
    assert is_empty(database)


MANY = 130  # more than one process is given to check


def many(file: Path, count: int = MANY) -> Path:
    line = '{{"key": "k{0}", "quote": "words {0}", "said_on": "2024", "source": {{"key": "s", "title": "S"}}}}\n'
    file.write_text("".join(line.format(n) for n in range(count)))
    return file


def test_many_rows_are_checked_by_many_processes_and_kept_in_order(
    new_database: Callable[[str], Database], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_rows, "CHUNK", MANY // 5)
    monkeypatch.setattr(check_rows, "FEW", MANY - 10)
    file = many(tmp_path / "many.ndjson")
    database = new_database("sqlite")
    assert import_paths(database, [file]).counts["created"] == MANY
    keys = rows(database, "SELECT key FROM record_keys WHERE type = 'clm' ORDER BY id")
    assert keys == [(f"k{n}",) for n in range(MANY)]
    with file.open("a") as more:
        more.write('{"key": "k7", "quote": "other words", "source": {"key": "s"}}\n{"quote": 3}\n')
    told = [str(fault).removeprefix(f"{file}:") for fault in import_paths(database, [file]).faults]
    assert [one.split(":")[0] for one in told] == ["8", str(MANY + 1), str(MANY + 2), str(MANY + 2)]


def test_a_killed_import_leaves_no_process_and_no_row(new_database: Callable[[str], Database], tmp_path: Path) -> None:
    if not Path("/proc/self/task").is_dir():
        pytest.skip("needs /proc to see the processes of another")
    database = new_database("sqlite")
    importing = start_import(database, many(tmp_path / "many.ndjson", 60_000))
    children = Path(f"/proc/{importing.pid}/task/{importing.pid}/children")
    deadline = time.monotonic() + 60
    while len(children.read_text().split()) < 2:
        assert time.monotonic() < deadline
        assert importing.poll() is None
        time.sleep(0.05)
    started = [int(pid) for pid in children.read_text().split()]
    importing.send_signal(signal.SIGKILL)
    importing.communicate()
    while any(alive(pid) for pid in started):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert is_empty(database)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return ") Z " not in Path(f"/proc/{pid}/stat").read_text()


def test_an_import_tells_of_both_its_stages(database: Database, tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    report: Report = import_paths(database, [many(tmp_path / "many.ndjson", 5)], progress=lambda *one: told.append(one))
    assert report.revision == 1
    assert told == [("checked", 5, None), ("prepared", 5, 5)]
