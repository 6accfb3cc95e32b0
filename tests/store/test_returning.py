"""Values that a newer edit took away and an older file or a reference gives again are told, whatever is added."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.write.merge import merge_records
from app.store.write.returning import came_back
from app.store.write.undo import undo_revision
from tests.asked import cases
from tests.importing import import_paths
from tests.store.stored import everything, record

Put = Callable[..., Report]

CHIEF, GUARD = ({"title": title, "since": "2001", "until": "2004"} for title in ("chief", "guard"))
FIRST: dict[str, Any] = {
    "key": "ann", "name": "Ann Moss", "aliases": ["Anna Wrong"], "identifiers": {"wikidata": "Q31", "viaf": "77"},
    "tenures": [CHIEF], "note": "tall",
}  # fmt: skip
SECOND: dict[str, Any] = {
    "key": "ann", "name": "Ann Moss", "aliases": [], "identifiers": {"wikidata": "Q31"}, "tenures": [], "note": None,
}  # fmt: skip
BACK = "spk_1 (key ann): an earlier version comes back over a later edit: "


@pytest.fixture
def put(database: Database, tmp_path: Path) -> Put:
    """Imports lines of JSON. Nothing may be wrong with them."""

    def run(*lines: object, **options: Any) -> Report:
        file = tmp_path / "lines.ndjson"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        report = import_paths(database, [file], **options)
        assert [str(fault) for fault in report.faults] == []
        return report

    return run


def defines(fields: dict[str, Any], what: str = "speaker") -> dict[str, Any]:
    """A line with a definition."""
    return {"type": what} | fields


def says(key: str, speaker: object, **source: object) -> dict[str, Any]:
    """A line with a claim of a speaker."""
    return {"key": key, "quote": f"words of {key}", "speaker": speaker, "source": {"key": "m", "title": "M"} | source}


def told(report: Report) -> list[str]:
    """The warnings of records of which an earlier version comes back."""
    return [one.problem.detail for one in report.warnings if one.problem.code == "record-back"]


def told_both(put: Put, *lines: object) -> list[str]:
    """The same of an import, of which a dry run says as much."""
    planned = told(put(*lines, dry_run=True))
    assert planned == told(put(*lines))
    return planned


def add_nothing(_database: Database, _put: Put) -> None:
    """Nobody adds anything."""


def add_by_claim(_database: Database, put: Put) -> None:
    """A claim gives another name and identifier."""
    put(says("q/1", {"name": "A. Moss", "identifiers": {"wikidata": "Q31", "isni": "0001", "viaf": "78"}}))


def add_by_merge(database: Database, put: Put) -> None:
    """A merge gives another name, identifier and tenure."""
    put(defines({"key": "a-m", "name": "A. Moss", "identifiers": {"isni": "0001"}, "tenures": [GUARD]}))
    merge_records(database, "spk_2", "spk_1")


# Additions between the definitions, and what the first one is told to bring back
ADDED: dict[str, tuple[Callable[[Database, Put], None], list[str]]] = {
    "nothing": (add_nothing, ['aliases: [] → ["Anna Wrong"]', 'identifiers.viaf: null → "77"', "tenures: [] → ["]),
    "by a claim": (
        add_by_claim,
        ['aliases: ["A. Moss"] → ["Anna Wrong","A. Moss"]', 'identifiers.viaf: "78" → "77"', "tenures: [] → ["],
    ),
    "by a merge": (
        add_by_merge,
        ['aliases: ["A. Moss"] → ["Anna Wrong","A. Moss"]', 'identifiers.viaf: null → "77"', 'tenures: [{"title":"gu'],
    ),
}


@pytest.mark.parametrize("case", ADDED)
def test_what_a_newer_definition_took_comes_back_by_an_older_one_with_a_warning_that_names_it(
    database: Database, put: Put, case: str
) -> None:
    add, expected = ADDED[case]
    put(defines(FIRST))
    put(defines(SECOND))
    add(database, put)
    before = everything(database)
    assert told(put(defines(SECOND))) == []
    assert everything(database) == before
    (line,) = told_both(put, defines(FIRST))
    parts = line.removeprefix(BACK).split("; ")
    assert [part.startswith(one) for part, one in zip(parts, [*expected, 'note: null → "tall"'], strict=True)] == [
        True
    ] * 4
    assert told(put(defines(FIRST))) == []


@pytest.mark.parametrize("field", ["aliases", "identifiers", "tenures"])
def test_one_list_alone_comes_back_as_well(database: Database, put: Put, field: str) -> None:
    put(defines(FIRST))
    put(defines(SECOND))
    add_by_merge(database, put)
    (line,) = told_both(put, defines({"key": "ann", field: FIRST[field]}))
    assert line.removeprefix(BACK).startswith(field)
    assert len(line.split("; ")) == 1


def test_a_tenure_comes_back_though_its_organization_was_merged_meanwhile(database: Database, put: Put) -> None:
    held = {**CHIEF, "organization": {"key": "office", "name": "Office"}}
    put(defines(FIRST | {"tenures": [held]}))  # the office is spk_1
    put(defines(SECOND), defines({"key": "bureau", "name": "Bureau"}))
    merge_records(database, "spk_1", "spk_3")
    (line,) = told_both(put, defines({"key": "ann", "tenures": [held]}))
    assert '"organization":"bureau"' in line


def test_earlier_tenures_at_an_organization_that_has_ended_are_as_they_were(database: Database, put: Put) -> None:
    put(defines({"key": "ann", "name": "Ann Moss"}))
    office = {"key": "office", "name": "Office", "kind": "organization"}
    put(defines({"key": "ann", "name": "Ann Moss", "tenures": [CHIEF | {"organization": office}]}))
    undo_revision(database, 2)
    assert told(put(defines({"key": "ann", "name": "Ann Marsh"}))) == []
    assert told(put(defines({"key": "ann", "name": "Ann Moss"}))) == [f'{BACK}name: "Ann Marsh" → "Ann Moss"']


def test_many_spellings_since_hide_nothing(put: Put) -> None:
    put(defines(FIRST))
    put(defines(SECOND))
    for n in range(22):  # a version each
        put(says(f"q/{n}", {"name": f"Ann Moss {n}", "identifiers": {"wikidata": "Q31"}}))
    assert len(told_both(put, defines(FIRST))) == 1


def test_a_new_element_and_an_old_one_back_are_told_apart_from_new_ones_alone(put: Put) -> None:
    put(defines(FIRST))
    put(defines(SECOND))
    put(says("q/1", {"name": "A. Moss", "identifiers": {"wikidata": "Q31"}}))
    assert told_both(put, defines({"key": "ann", "aliases": ["Annie"], "identifiers": {"viaf": "79"}})) == []
    assert told_both(put, defines({"key": "ann", "aliases": ["Annie", "Ann M.", "Anna Wrong"]})) == [
        BACK + 'aliases: ["Annie","A. Moss"] → ["Annie","Ann M.","Anna Wrong","A. Moss"]'
    ]


# Fields that a reference of a claim fills in again: the definitions, the claim, what is told
FILLED: dict[str, tuple[list[dict[str, Any]], dict[str, Any], str]] = {
    "an identifier of a speaker": (
        [defines(FIRST), defines(SECOND)], says("q", {"key": "ann", "identifiers": {"viaf": "77"}}),
        BACK + 'identifiers.viaf: null → "77"',
    ),
    "a spelling of a speaker's name": (
        [defines(FIRST), defines(SECOND)], says("q", {"name": "Anna Wrong", "identifiers": {"wikidata": "Q31"}}),
        BACK + 'aliases: [] → ["Anna Wrong"]',
    ),
    "a note of a source": (
        [defines({"key": "m", "title": "M", "note": "wrong"}, "source"), defines({"key": "m", "note": None}, "source")],
        says("q", None, note="wrong"),
        'src_1 (key m): an earlier version comes back over a later edit: note: null → "wrong"',
    ),
    "a unit of a metric": (
        [defines({"key": "x", "name": "x", "unit": "m"}, "metric"), defines({"key": "x", "unit": None}, "metric")],
        says("q", None) | {"figures": [{"metric": {"key": "x", "unit": "m"}, "value": 1}]},
        'met_1 (key x): an earlier version comes back over a later edit: unit: null → "m"',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FILLED)
def test_what_a_definition_took_comes_back_by_a_reference_of_a_claim_with_a_warning(put: Put, case: str) -> None:
    definitions, claim, expected = FILLED[case]
    for one in definitions:
        put(one)
    for dry_run in (True, False):
        report = put(claim, dry_run=dry_run)
        assert told(report) == [expected]
        assert [one.line for one in report.warnings if one.problem.code == "record-back"] == [1]


def test_what_an_edit_of_a_claim_took_comes_back_though_another_added_to_the_list(put: Put) -> None:
    said = says("q", None)
    put(said | {"topics": ["law", "wrong"]})
    put(said | {"topics": ["law"]})
    put(said | {"topics": ["law", "tax"]})
    (line,) = (
        one.problem.detail
        for one in put(said | {"topics": ["law", "tax", "wrong"]}).warnings
        if one.problem.code == "taken-back"
    )
    assert line.endswith('topics: ["law","tax"] → ["law","tax","wrong"]')


def test_whatever_is_given_taken_and_added_all_that_comes_back_is_named(database: Database, put: Put) -> None:
    names = st.lists(st.sampled_from(["A", "B", "C", "D"]), max_size=3, unique=True)
    numbers = iter(range(1000))

    @settings(
        cases(6 if database.dialect == "sqlite" else 3), suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(names, names, names)
    def edit(first: list[str], second: list[str], added: list[str]) -> None:
        key = f"s{next(numbers)}"
        one = {"key": key, "name": f"Name of {key}", "identifiers": {"own": key}}
        put(defines(one | {"aliases": [f"{name} {key}" for name in first]}))
        put(defines(one | {"aliases": [f"{name} {key}" for name in second]}))
        own = {"identifiers": {"own": key}}
        put(defines(one), *(says(f"{key}/{name}", own | {"name": f"{name} {key}"}) for name in added))
        before = record(database, "speakers", key)["aliases"]
        lines = told_both(put, defines(one | {"aliases": [f"{name} {key}" for name in first]}))
        after = record(database, "speakers", key)["aliases"]
        back = [name for name in after if name not in before]
        assert back == [one for one in (f"{name} {key}" for name in first) if one not in before]
        if back:
            (line,) = lines
            assert json.loads(line.rpartition(" → ")[2]) == after

    edit()


# The rule by itself

RETURNING: list[tuple[Any, Any, list[Any], bool]] = [
    ("a", "b", ["b"], True),
    ("a", "b", ["c", None], False),
    ("a", None, ["c", None], True),
    (["a"], ["a", "b"], [["b", "c"]], True),
    (["a"], ["a", "b"], [["a", "c"]], False),
    (["a", "b"], ["a"], [["b"]], False),
    (["a", "b"], ["a"], [["a"]], True),
    (["a", "b"], ["b", "a"], [["b", "c"]], False),
    (None, ["a"], [None, ["a", "b"]], True),
    (["a"], None, [["a"]], False),
    ([{"x": 1}], [{"x": 2}], [[{"x": 2}, {"x": 3}]], True),
]


@pytest.mark.parametrize(("old", "new", "earlier", "back"), RETURNING)
def test_a_field_is_back_where_it_or_an_element_that_it_gains_was_so(
    old: Any, new: Any, earlier: list[Any], back: bool
) -> None:
    assert came_back({"field": [old, new]}, [{"field": one} for one in earlier]) == (["field"] if back else [])
