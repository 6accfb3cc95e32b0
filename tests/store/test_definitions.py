"""Definitions that are imported again: what others gave a record stays, what its definition leaves out goes, and both a
loss and a reversal are told.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text

from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.write import earlier_versions
from app.store.write.merge import merge_records
from app.store.write.outcomes import Outcome
from tests.importing import import_paths
from tests.store.stored import claim, everything, is_empty, record, rows

Import = Callable[..., Report]

AL = """\
source: {key: al, title: Al}
speakers:
  - {key: merkel, name: Angela Merkel, aliases: [Mutti], identifiers: {wikidata: Q567}}
claims:
  - {key: al/1, speaker: {key: merkel}, quote: eins}
"""


def says(key: str, speaker: object, **more: object) -> str:
    """A line with a claim of a speaker."""
    return (
        json.dumps({"key": key, "quote": f"words of {key}", "speaker": speaker, "source": {"key": "al"}} | more) + "\n"
    )


def defines(what: str, **fields: object) -> str:
    """A line with a definition."""
    return json.dumps({"type": what} | fields) + "\n"


OTHER_NAME = says("al/3", {"name": "A. Dorothea Merkel", "identifiers": {"wikidata": "Q567", "viaf": "123"}})


@pytest.fixture
def put(database: Database, tmp_path: Path) -> Import:
    """Imports a text: YAML where it begins so, else lines of JSON. Nothing may be wrong with it."""

    def run(content: str, **options: Any) -> Report:
        file = tmp_path / ("al.ndjson" if content.startswith("{") else "al.yaml")
        file.write_text(content)
        report = import_paths(database, [file], **options)
        assert [str(fault) for fault in report.faults] == []
        return report

    return run


@pytest.fixture
def known(filled: Callable[[object, Callable[[], object]], None], put: Import) -> None:
    """The speaker of AL is stored, and has a name and identifiers that a claim gave."""
    filled((AL, OTHER_NAME), lambda: (put(AL), put(OTHER_NAME)))


def warned(report: Report, *codes: str) -> list[str]:
    """Warnings of losses and reversals, without places."""
    kinds = codes or ("record-loses", "record-back", "emptied")
    return [one.problem.detail for one in report.warnings if one.problem.code in kinds]


def lists(database: Database, key: str = "merkel") -> tuple[str, list[str], dict[str, Any]]:
    doc = record(database, "speakers", key)
    return doc["name"], doc["aliases"], doc["identifiers"]


def test_the_same_definition_again_takes_nothing_from_what_claims_gave(database: Database, put: Import) -> None:
    put(AL)
    put(OTHER_NAME)
    known = ("Angela Merkel", ["Mutti", "A. Dorothea Merkel"], {"wikidata": "Q567", "viaf": "123"})
    assert lists(database) == known
    before = everything(database)
    for dry_run in (True, False):
        report = put(AL, dry_run=dry_run)
        assert (report.revision, report.changes, warned(report)) == (None, {}, [])
        assert report.definitions == {"unchanged": 2}
        assert everything(database) == before
    put(says("al/4", {"name": "a. dorothea merkel"}))
    put(says("al/5", {"identifiers": {"viaf": "123"}}))
    assert {claim(database, f"al/{n}")["speaker"]["key"] for n in (1, 3, 4, 5)} == {"merkel"}
    assert lists(database)[1] == ["Mutti", "A. Dorothea Merkel", "a. dorothea merkel"]
    assert put(AL).revision is None


FORMS = {
    "yaml": AL,
    "yaml, patched": AL,
    "lines": defines("source", key="al", title="Al")
    + defines("speaker", key="merkel", name="Angela Merkel", aliases=["Mutti"], identifiers={"wikidata": "Q567"})
    + says("al/1", {"key": "merkel"}),
    "without the key": AL.replace("{key: merkel, name", "{name", 1).replace("{key: merkel}", "{name: Mutti}"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_definition_takes_nothing_from_what_others_gave(
    database: Database, put: Import, form: str
) -> None:
    patches = form == "yaml, patched"
    put(FORMS[form], patch=patches)
    put(OTHER_NAME)
    before = everything(database)
    assert put(FORMS[form], patch=patches).revision is None
    assert everything(database) == before


# A second definition's fields; the names and identifiers after it; what it takes away
SECOND: dict[str, tuple[dict[str, object], tuple[str, list[str], dict[str, Any]], list[str]]] = {
    "a name more": (
        {"aliases": ["Mutti", "Angie"]},
        ("Angela Merkel", ["Mutti", "Angie", "A. Dorothea Merkel"], {"wikidata": "Q567", "viaf": "123"}),
        [],
    ),
    "another name": (
        {"aliases": ["Angie"]},
        ("Angela Merkel", ["Angie", "A. Dorothea Merkel"], {"wikidata": "Q567", "viaf": "123"}),
        ["the name 'Mutti'"],
    ),
    "no name": (
        {"aliases": []},
        ("Angela Merkel", ["A. Dorothea Merkel"], {"wikidata": "Q567", "viaf": "123"}),
        ["the name 'Mutti'"],
    ),
    "null": (
        {"aliases": None, "identifiers": None},
        ("Angela Merkel", ["A. Dorothea Merkel"], {"viaf": "123"}),
        ["the name 'Mutti'", "the identifier 'wikidata:Q567'"],
    ),
    "another value": (
        {"identifiers": {"wikidata": "Q94746073"}},
        ("Angela Merkel", ["Mutti", "A. Dorothea Merkel"], {"wikidata": "Q94746073", "viaf": "123"}),
        ["the identifier 'wikidata:Q567'"],
    ),
    "another value of a scheme that a claim gave": (
        {"identifiers": {"wikidata": "Q567", "viaf": "456"}},
        ("Angela Merkel", ["Mutti", "A. Dorothea Merkel"], {"wikidata": "Q567", "viaf": "456"}),
        ["the identifier 'viaf:123'"],
    ),
    "a value beside that of a claim": (
        {"identifiers": {"wikidata": "Q567", "viaf": ["456", "123"]}},
        ("Angela Merkel", ["Mutti", "A. Dorothea Merkel"], {"wikidata": "Q567", "viaf": ["456", "123"]}),
        [],
    ),
    "another usual name, and the same list": (
        {"name": "Angela D. Merkel", "aliases": ["Mutti"]},
        ("Angela D. Merkel", ["Mutti", "A. Dorothea Merkel", "Angela Merkel"], {"wikidata": "Q567", "viaf": "123"}),
        [],
    ),
    "another usual name, and another list": (
        {"name": "Angela D. Merkel", "aliases": ["Angie"]},
        ("Angela D. Merkel", ["Angie", "A. Dorothea Merkel"], {"wikidata": "Q567", "viaf": "123"}),
        ["the names 'Angela Merkel', 'Mutti'"],
    ),
    "the name of a claim as the usual one": (
        {"name": "A. Dorothea Merkel", "aliases": ["Mutti", "Angela Merkel"]},
        ("A. Dorothea Merkel", ["Mutti", "Angela Merkel"], {"wikidata": "Q567", "viaf": "123"}),
        [],
    ),
}


@pytest.mark.parametrize("case", SECOND)
@pytest.mark.usefixtures("known")
def test_a_definition_that_changes_its_lists_takes_effect_and_what_it_takes_away_is_told(
    database: Database, put: Import, case: str
) -> None:
    fields, after, lost = SECOND[case]
    report = put(defines("speaker", key="merkel", **fields))
    assert lists(database) == after
    assert warned(report) == [f"spk_1 (key merkel) loses {one}" for one in lost]
    assert report.changes["speakers_updated"] == 1
    before = everything(database)
    assert put(defines("speaker", key="merkel", **fields)).revision is None
    assert everything(database) == before


@pytest.mark.usefixtures("known")
def test_a_name_that_others_gave_is_taken_away_once_it_was_the_definitions(database: Database, put: Import) -> None:
    assert put(AL.replace("[Mutti]", "[Mutti, A. Dorothea Merkel]")).revision is None  # it says what is so
    assert lists(database)[1] == ["Mutti", "A. Dorothea Merkel"]
    report = put(AL)
    assert lists(database)[1] == ["Mutti"]
    assert warned(report)[0] == "spk_1 (key merkel) loses the name 'A. Dorothea Merkel'"


def test_what_a_merge_gave_stays_however_often_the_definition_is_imported(database: Database, put: Import) -> None:
    put(AL)
    tenure = {"title": "minister", "since": "1991", "until": "1994"}
    put(defines("speaker", key="kasner", name="Angela Kasner", identifiers={"gnd": "1"}, tenures=[tenure]))
    merge_records(database, "spk_2", "spk_1")
    assert put(AL).revision is None
    put(AL.replace("[Mutti], ", "[], tenures: [{title: chancellor, since: 2005, until: 2021}], "))
    assert lists(database) == ("Angela Merkel", ["Angela Kasner"], {"wikidata": "Q567", "gnd": "1"})
    assert [one["title"] for one in record(database, "speakers", "merkel")["tenures"]] == ["chancellor", "minister"]


def test_who_was_made_by_a_claim_keeps_what_it_has_beside_a_first_definition(database: Database, put: Import) -> None:
    put(
        defines("source", key="al", title="Al")
        + says("al/1", {"key": "merkel", "name": "Angela Merkel", "aliases": ["Angie"]})
        + OTHER_NAME.replace('"wikidata": "Q567", ', "").replace("A. Dorothea Merkel", "Angie")
    )
    report = put(AL)
    assert lists(database) == ("Angela Merkel", ["Mutti", "Angie"], {"wikidata": "Q567", "viaf": "123"})
    assert warned(report) == []


# Tenures

HELD = "{title: chancellor, organization: {name: Germany}, since: 2005, until: 2021}"
LED = "{title: leader, since: 2000, until: 2018}"
TENURES = """\
source: {{key: al, title: Al}}
speakers: [{{key: merkel, name: Angela Merkel, tenures: [{0}]}}]
claims:
  - {{key: al/1, speaker: {{key: merkel}}, quote: eins, said_on: 2010}}
  - {{key: al/2, speaker: {{key: merkel}}, quote: zwei, said_on: 2011}}
  - {{key: al/3, speaker: {{key: merkel}}, quote: drei, said_on: 2012, role: {{title: guest}}}}
"""


@pytest.mark.parametrize("patches", [False, True])
def test_claims_that_lose_roles_by_a_definition_are_counted(database: Database, put: Import, patches: bool) -> None:
    put(TENURES.format(f"{HELD}, {LED}"))
    assert [role["title"] for role in claim(database, "al/1")["roles"]] == ["chancellor", "leader"]
    expected = ["2 claims lose some of their roles", "spk_2 (key merkel) loses the tenure 'chancellor'"]
    assert sorted(warned(put(TENURES.format(LED), patch=patches, dry_run=True))) == expected
    assert sorted(warned(put(TENURES.format(LED), patch=patches))) == expected
    changed = TENURES.format("").replace("quote: eins", "quote: one")  # of which one is written anew besides
    assert "2 claims lose their roles" in warned(put(changed, patch=patches))
    assert claim(database, "al/2")["roles"] == []
    assert [role["title"] for role in claim(database, "al/3")["roles"]] == ["guest"]
    back = warned(put(TENURES.format(LED).replace("eins", "one")))
    assert [one.split(": ")[1] for one in back] == ["an earlier version comes back over a later edit"]


def test_a_tenure_with_other_dates_is_a_change_and_no_loss(put: Import) -> None:
    put(TENURES.format(HELD))
    report = put(TENURES.format(HELD.replace("2005", "2005-11-22")))
    assert warned(report) == []
    assert put(TENURES.format(HELD.replace("2005", "2005-11-22"))).revision is None
    report = put(TENURES.format(HELD.replace("2005", "2010-06")))
    assert warned(report) == ["1 claim loses its roles"]


def test_claims_that_lose_roles_by_a_merge_are_counted(database: Database, put: Import) -> None:
    put(TENURES.format(LED))
    put(defines("speaker", key="am", name="A. M.", tenures=[{"title": "leader", "since": "2017", "until": "2019"}]))
    done = merge_records(database, "spk_1", "spk_2")
    kept, lost = (one.problem.detail for one in done.warnings)
    assert kept.startswith("spk_2 (key am) keeps its own tenures, ")
    assert lost == "2 claims lose their roles"
    assert claim(database, "al/1")["roles"] == []


# Values that come back

FIRST = defines("source", key="al", title="Teh report", publisher="P", authors=["Ann", "Bo"], note="a note") + defines(
    "metric", key="staff", name="Staf", unit="count", definition="people"
)
EDITED = defines("source", key="al", title="The report", note=None) + defines("metric", key="staff", name="Staff")


def test_an_older_definition_over_a_later_edit_is_told_with_both_values(
    database: Database, put: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(FIRST)
    assert warned(put(EDITED)) == [
        'src_1 (key al) loses its note, "a note"',
        "met_1 (key staff) loses the name 'Staf'",
    ]
    before = everything(database)
    expected = [
        'src_1 (key al): an earlier version comes back over a later edit: title: "The report" → "Teh report";'
        ' note: null → "a note"',
        "met_1 (key staff) loses the name 'Staff'",
        'met_1 (key staff): an earlier version comes back over a later edit: name: "Staff" → "Staf"',
    ]
    for dry_run in (True, False):
        outcomes: list[Outcome] = []
        report = put(FIRST, dry_run=dry_run, tell=lambda _, one, to=outcomes: to.append(one))
        assert warned(report) == expected
        assert [(one.what, one.action, one.key, one.changes) for one in outcomes] == [
            ("source", "updated", "al", {"title": ["The report", "Teh report"], "note": [None, "a note"]}),
            ("metric", "updated", "staff", {"name": ["Staff", "Staf"]}),
        ]
        assert (everything(database) == before) == dry_run
    assert warned(put(defines("source", key="al", title="Another", authors=["Bo"]))) == [
        "src_1 (key al) loses the author 'Ann'"
    ]
    monkeypatch.setattr(earlier_versions, "MOST", 0)
    assert "earlier versions were compared" in warned(put(FIRST, dry_run=True))[-1]


def test_the_places_of_what_is_told_are_those_of_the_definitions(put: Import) -> None:
    put(AL)
    put(AL.replace("[Mutti]", "[Angie]"))
    (first, second) = (one for one in put(AL).warnings if one.problem.code.startswith("record"))
    assert (first.line, first.problem.field, second.line) == (3, "speakers.0.aliases", 3)


def test_a_dry_run_prints_what_definitions_change(
    database: Database, run: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "al.yaml"
    file.write_text(AL)
    assert run(database, "import", file).exit_code == 0
    file.write_text(AL.replace("[Mutti]", "[Angie]").replace("title: Al", "title: Of Al"))
    done = run(database, "import", "--dry-run", file)
    assert done.stdout.splitlines()[:4] == [
        f"{file}:1: updated source al",
        '    title: "Al" → "Of Al"',
        f"{file}:3: updated speaker merkel",
        '    aliases: ["Mutti"] → ["Angie"]',
    ]
    assert f"warning: {file}:3: speakers.0.aliases: spk_1 (key merkel) loses the name 'Mutti'\n" in done.stderr
    told = json.loads(run(database, "import", "--dry-run", "--json", file).stdout)["rows"]
    assert [(row["type"], row["action"], row["key"]) for row in told] == [
        ("source", "updated", "al"),
        ("speaker", "updated", "merkel"),
        ("claim", "unchanged", "al/1"),
    ]


def test_names_that_change_places_are_no_loss_of_either(database: Database, put: Import) -> None:
    put(defines("speaker", key="a", name="Ann", aliases=["A"]) + defines("speaker", key="b", name="Bob", aliases=["B"]))
    report = put(
        defines("speaker", key="a", name="Bob", aliases=["A"]) + defines("speaker", key="b", name="Ann", aliases=["B"])
    )
    assert [lists(database, key)[:2] for key in "ab"] == [("Bob", ["A"]), ("Ann", ["B"])]
    assert warned(report) == ["spk_1 (key a) loses the name 'Ann'", "spk_2 (key b) loses the name 'Bob'"]


def test_two_definitions_that_mean_one_record_and_differ_are_told(database: Database, put: Import) -> None:
    lines = [defines("speaker", name="Globex", kind=kind) for kind in ("person", "organization", "organization")]
    report = put("".join(lines))
    (told,) = (one for one in report.warnings if one.problem.code == "defined-twice")
    assert told.line == 2
    assert "the speaker globex (" in told.problem.detail
    assert "is defined at " in told.problem.detail
    assert record(database, "speakers", "globex")["kind"] == "organization"
    assert warned(put("".join(lines[1:])), "defined-twice") == []


# Databases of earlier releases, which did not keep what definitions gave


@pytest.mark.own_database
def test_of_a_speaker_from_before_what_its_definition_leaves_out_stays_once_and_is_told(
    database: Database, put: Import
) -> None:
    put(AL.replace("{wikidata: Q567}}", f"{{wikidata: Q567}}, tenures: [{LED}]}}"))
    put(OTHER_NAME)
    with database.write() as connection:  # as migration 0010 has it
        connection.execute(text("UPDATE speaker_definitions SET given = NULL"))
    before = rows(database, "SELECT id, since, until, doc FROM speakers ORDER BY id, since")
    report = put(AL)
    assert (report.revision, warned(report)) == (None, [])
    (kept,) = warned(report, "kept")
    assert kept.startswith("spk_1 (key merkel) keeps 'A. Dorothea Merkel', 'viaf:123': it is not in the definition")
    assert rows(database, "SELECT id, since, until, doc FROM speakers ORDER BY id, since") == before
    assert warned(put(AL), "kept") == []
    assert warned(put(AL.replace("[Mutti]", "[]"))) == ["spk_1 (key merkel) loses the name 'Mutti'"]
    assert warned(put(AL.replace("{wikidata: Q567}}", "{wikidata: Q567}, tenures: []}"))) == [
        "spk_1 (key merkel) loses the tenure 'leader'",
        'spk_1 (key merkel): an earlier version comes back over a later edit: aliases: ["A. Dorothea Merkel"] →'
        ' ["Mutti","A. Dorothea Merkel"]',
    ]


# Faults


@pytest.mark.parametrize("fault", ["", "relations: [{type: supports, key: none}]"])
def test_a_fault_that_only_the_end_of_an_import_shows_stores_nothing_of_what_definitions_gave(
    database: Database, import_yaml: Import, fault: str
) -> None:
    report = import_yaml(f"{AL}  - {{key: al/2, speaker: {{key: merkel}}, quote: zwei, {fault}}}\n")
    assert (len(report.faults), report.revision) == ((1, None) if fault else (0, 1))
    assert is_empty(database) == bool(fault)
