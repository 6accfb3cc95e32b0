"""Groups of rows that make one claim: rejected with any of their rows, and completed by mending that one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.imports.mapping.mapping_file import read_mapping
from tests.importing import import_paths
from tests.store.stored import claim, is_empty
from tests.store.test_rejected_rows import counts, keep_going, keys, lines

MAPPING = """\
group_by: "{{ claim }}"
skip_when: "{{ what | date('%Y') == '1999' }}"
claim:
  key: "rain/{{ claim }}"
  quote: It will rain.
  citations: {each: "{{ rows }}", as: one, source.title: "{{ one.title }}", source.published_on: "{{ one.day | date }}"}
"""
HEAD = "claim,title,day,what\n"
WRONG = {  # the second row of group a, and the one that is right
    "wrong-width": ("a,Two,2024\n", "a,Two,2024,\n"),
    "too-wide": ("a,Two,2024,,x\n", "a,Two,2024,\n"),
    "no-format-fits": ("a,Two,31 May,\n", "a,Two,2024,\n"),
    "not-decoded": ("a,Two,2024,\udce9\n", "a,Two,2024,\n"),
    "a-wrong-condition": ("a,Two,2024,soon\n", "a,Two,2024,2024\n"),
}


def imported(database: Database, folder: Path, table: str, *, name: str = "f.csv", again: bool = False) -> Report:
    """Import a table, or its rejected rows again as they are."""
    (folder / "m.yaml").write_text(MAPPING)
    mapping = read_mapping(folder / "m.yaml")
    if again:
        return keep_going(database, folder / f"{name}.rejected.ndjson", mapping=mapping)
    (folder / name).write_text(HEAD + table, errors="surrogateescape")
    return keep_going(database, folder / name, mapping=mapping)


def titles(database: Database, key: str) -> list[str]:
    return [citation["source"]["title"] for citation in claim(database, key)["citations"]]


def mend(folder: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change the rejected rows as a person would."""
    path = folder / "f.csv.rejected.ndjson"
    rows = lines(path)
    change(rows)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def warned(report: Report, code: str) -> list[str]:
    return [str(warning) for warning in report.warnings if warning.problem.code == code]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_group_is_rejected_with_any_of_its_rows_and_complete_when_that_is_mended(
    wrong: str, database: Database, tmp_path: Path
) -> None:
    bad, good = WRONG[wrong]
    report = imported(database, tmp_path, f"a,One,2024,\nb,One,2024,\n{bad}a,Three,2024,\n")
    assert counts(report) == {"read": 2, "created": 1, "rejected": 1}
    assert (keys(database), [file.rows for file in report.rejected_files]) == (["rain/b"], [3])
    rows = lines(tmp_path / "f.csv.rejected.ndjson")
    assert [row["$from"]["line"] for row in rows] == [2, 4, 5]
    assert {row["$rejected"][0]["line"] for row in rows} == {4}

    def change(rows: list[dict[str, Any]]) -> None:
        rows[1] = {"$from": rows[1]["$from"]} | dict(zip(HEAD.strip().split(","), good.strip().split(","), strict=True))

    mend(tmp_path, change)
    assert counts(imported(database, tmp_path, "", again=True)) == {"read": 1, "created": 1}
    assert titles(database, "rain/a") == ["One", "Two", "Three"]


def test_a_row_whose_group_cannot_be_known_is_warned_of_and_does_not_replace_the_others(
    database: Database, tmp_path: Path
) -> None:
    report = imported(database, tmp_path, 'a,One,2024,\n"a"x,Two,2024,\nb,One,2024,\n"b"x,Two,2024,\n')
    assert counts(report) == {"read": 4, "created": 2, "rejected": 2}
    (warning,) = warned(report, "incomplete-group")
    assert warning == (
        f"{tmp_path / 'f.csv'}:3: each of 2 rows (lines 3, 5) may be one of a group that is stored without it: "
        "mend it in the file, and import all of that again"
    )

    def change(rows: list[dict[str, Any]]) -> None:
        rows[0] |= {"claim": "a", "title": "Two", "day": "2024", "what": "", "$unread": ""}
        del rows[1]

    mend(tmp_path, change)
    again = imported(database, tmp_path, "", again=True)
    assert counts(again) == {"read": 1, "rejected": 1}
    assert "f.csv may have other rows of this group, which are not here" in str(again.faults[0])
    assert titles(database, "rain/a") == ["One"]
    whole = imported(database, tmp_path, "a,One,2024,\na,Two,2024,\nb,One,2024,\nb,Two,2024,\n")
    assert counts(whole) == {"read": 2, "updated": 2}
    assert titles(database, "rain/a") == ["One", "Two"]


def test_part_of_a_rejected_group_is_refused(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, "a,One,soon,\na,Two,2024,\na,Three,2024,\n")

    def change(rows: list[dict[str, Any]]) -> None:
        rows[0]["day"] = "2024"
        del rows[1:2]

    mend(tmp_path, change)
    report = imported(database, tmp_path, "", again=True)
    assert (is_empty(database), len(report.faults)) == (True, 1)
    assert "f.csv has 3 rows of this group, and 2 of them are here" in str(report.faults[0])


@pytest.mark.parametrize(
    ("rows", "told"),
    [("a,Three,2024,\n", True), ("a,Two,2024,\na,One,2024,\n", False)],
    ids=["other-rows", "the-same-rows-turned"],
)
def test_a_group_that_takes_the_place_of_stored_rows_is_warned_of(
    rows: str, told: bool, database: Database, tmp_path: Path
) -> None:
    imported(database, tmp_path, "a,One,2024,\n" + ("" if told else "a,Two,2024,\n"))
    report = imported(database, tmp_path, rows, name="g.csv")
    assert warned(report, "emptied") == (["1 claim loses some of its citations"] if told else [])


KEYED = """\
format: csv
claim: {key: "{{ path }}/{{ file.stem }}/{{ line }}", quote: "{{ row['$rejected'] }}", venue: "{{ row['$unread'] }}",
  said_on: "{{ day }}", source.title: "{{ file.name }}", topics: "{{ row['$from'] }}", via: "{{ row['$$from'] }}"}
"""


def test_mended_rows_have_the_keys_and_columns_that_they_would_have_had(
    run: Callable[..., Result], database: Database
) -> None:
    Path("m.yaml").write_text(KEYED)
    Path("data").mkdir()
    table = "$rejected,$unread,$from,$$from,day\nmine,here,x,v,soon\nmine,here,y,v,2023\n" + '"a"b,here,z,w,2024\n'
    Path("data/v.1.csv").write_text(table)
    run(database, "import", "--mapping", "m.yaml", "data", "--keep-going")
    path = Path("data/v.1.csv.rejected.ndjson")
    wrong, unread = lines(path)
    wrong["day"] = "2024"
    named = {"$$rejected": "b", "$$unread": "here", "$$from": "z", "$$$from": "w", "day": "2024"}
    path.write_text(f"{json.dumps(wrong)}\n{json.dumps({'$from': unread['$from']} | named)}\n")
    told = run(database, "import", "--mapping", "m.yaml", str(path))
    assert (told.exit_code, "2 created" in told.stdout) == (0, True), told.stdout
    assert keys(database) == ["data/v.1.csv/v/2", "data/v.1.csv/v/3", "data/v.1.csv/v/4"]
    found = claim(database, "data/v.1.csv/v/2")
    assert (found["quote"], found["venue"], found["topics"]) == ("mine", "here", ["x"])
    assert found["citations"][0]["source"]["title"] == "v.1.csv"


def test_a_place_that_a_person_has_changed_is_told_and_the_row_kept(database: Database, tmp_path: Path) -> None:
    imported(database, tmp_path, "a,One,soon,\n")
    mend(tmp_path, lambda rows: rows[0].update({"$from": "f.csv"}))
    report = imported(database, tmp_path, "", again=True)
    assert 'is to stay as it was written: {"path": "votes.csv", "line": 4}' in str(report.faults[0])
    (row,) = lines(tmp_path / "f.csv.rejected.ndjson.rejected.ndjson")
    assert '"claim": "a"' in row["$unread"]


def test_columns_named_as_ours_are_the_users_in_files_of_theirs(database: Database, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("claim: {key: 'k', quote: \"{{ row['$rejected'] }}\", source.title: T}\n")
    (tmp_path / "f.ndjson").write_text('{"$rejected": "mine", "$unread": "x"}\n')
    report = import_paths(database, [tmp_path / "f.ndjson"], mapping=read_mapping(tmp_path / "m.yaml"))
    assert counts(report) == {"read": 1, "created": 1}
    assert claim(database, "k")["quote"] == "mine"
