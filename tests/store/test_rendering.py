"""A record that changes: every claim that shows it is rendered anew in the same revision, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.store.stored import claim, everything, keys_found, record, rows, versions

BASE = """\
source: {key: s, title: The report, publisher: The Press}
speakers:
  - {key: org, name: The Ministry, kind: organization}
  - {key: ann, name: Ann Lee, tenures: [{title: minister, organization: {key: org}, since: 2020, until: 2022}]}
  - {key: bo, name: Bo Berg}
metrics: [{key: staff, name: staff, unit: count}]
claims:
  - {key: by-ann, speaker: {key: ann}, quote: one}
  - {key: at-org, speaker: {key: bo}, role: {title: clerk, organization: {key: org}}, quote: two}
  - {key: by-tenure, speaker: {key: ann}, said_on: 2021-01, quote: three}
  - {key: by-org, speaker: {key: org}, quote: four}
  - {key: of-staff, speaker: {key: bo}, figures: [{metric: {key: staff}, value: 1}], quote: five}
  - {key: elsewhere, speaker: {key: bo}, source: {key: other, title: Another, publisher: The Post}, quote: six}
  - {key: gone, speaker: {key: ann}, quote: seven, retraction: {kind: record_error}}
  - {key: corrected, quote: eight, retraction: {kind: source_correction, source: {key: erratum, title: Erratum}}}
"""
KEYS = ("by-ann", "at-org", "by-tenure", "by-org", "of-staff", "elsewhere", "gone", "corrected")

# (definition, the claims that show what it changes, old and new form in their documents)
CHANGES: dict[str, tuple[str, set[str], str, str]] = {
    "a speaker's name": (
        "speakers: [{key: ann, name: Anna Lee}]",
        {"by-ann", "by-tenure", "gone"},
        "Ann Lee",
        "Anna Lee",
    ),
    "an organization's name": (
        "speakers: [{key: org, name: The Department}]",
        {"at-org", "by-tenure", "by-org"},
        "The Ministry",
        "The Department",
    ),
    "a speaker's kind": ("speakers: [{key: org, kind: group}]", {"by-org"}, "organization", "group"),
    "a source's publisher": (
        "source: {key: s, publisher: The Mirror}",
        set(KEYS) - {"elsewhere"},
        "The Press",
        "The Mirror",
    ),
    "the source of a retraction": (
        "source: {key: erratum, title: Errata}",
        {"corrected"},
        '"title":"Erratum"',
        '"title":"Errata"',
    ),
    "a source's title": ("source: {key: other, title: Third}", {"elsewhere"}, "Another", "Third"),
    "a source's address": ("source: {key: other, url: 'http://x'}", {"elsewhere"}, '"url":null', "http://x"),
    "a source's date": ("source: {key: other, published_on: 2024}", {"elsewhere"}, '"published_on":null', "2024-12-31"),
    "a metric's name": ("metrics: [{key: staff, name: people}]", {"of-staff"}, '"name":"staff"', '"name":"people"'),
    "a speaker's note": ("speakers: [{key: ann, note: a note}]", set(), "", ""),
    "a speaker's identifier": ("speakers: [{key: ann, identifiers: {wikidata: Q1}}]", set(), "", ""),
    "a metric's definition": ("metrics: [{key: staff, definition: people}]", set(), "", ""),
    "a source's note": ("source: {key: s, note: a note}", set(), "", ""),
    "a speaker's tenure": (
        "speakers: [{key: ann, tenures: [{title: chief, since: 2020, until: 2022}]}]",
        {"by-tenure"},
        '"minister"',
        '"chief"',
    ),
    "an end of a speaker's tenure": (
        "speakers: [{key: ann, tenures: [{title: minister, organization: {key: org}, since: 2020, until: 2020}]}]",
        {"by-tenure"},
        '"minister"',
        '"roles":[]',
    ),
    "all tenures of a speaker": ("speakers: [{key: ann, tenures: []}]", {"by-tenure"}, '"minister"', '"roles":[]'),
}


def test_a_role_by_tenure_that_changes_is_no_edit_of_a_claim_that_is_imported_with_it(
    database: Database, import_yaml: Callable[..., Report], imported: Callable[..., None]
) -> None:
    imported(BASE)
    report = import_yaml(BASE.replace("title: minister", "title: chief"))
    assert (report.counts["updated"], report.changes) == (0, {"speakers_updated": 1, "rendered": 1})
    whole = claim(database, "by-tenure")
    assert (whole["version"], whole["revision"], whole["roles"][0]["title"]) == (1, 2, "chief")


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_a_record_renders_the_claims_that_show_it_and_no_others(
    database: Database, import_yaml: Callable[..., Report], name: str, imported: Callable[..., None]
) -> None:
    definition, shown, old, new = CHANGES[name]
    imported(BASE)
    before = {key: versions(database, key) for key in KEYS}
    report = import_yaml(definition)
    assert report.revision == 2
    assert report.changes.get("rendered", 0) == len(shown)
    for key in KEYS:
        after = versions(database, key)
        assert after[: len(before[key])] == before[key]  # what was, stays readable
        assert (len(after) == 2) == (key in shown), key
        if key in shown:
            first, second = after
            assert (second["version"], second["revision"]) == (1, 2)
            assert (second["recorded_at"], second["updated_at"]) == (first["recorded_at"], first["updated_at"])
            assert second["status"] == first["status"]
            told = rows(
                database,
                "SELECT d.doc FROM claims c JOIN documents d USING (number) WHERE c.id = :id ORDER BY c.since",
                id=int(first["id"][4:]),
            )
            assert old in told[0][0]
            assert new not in told[0][0]
            assert new in told[1][0]
    again = everything(database)
    assert import_yaml(definition).revision is None
    assert everything(database) == again


@pytest.mark.parametrize("name", ["a speaker's name", "an organization's name", "a metric's name"])
def test_the_changed_record_has_a_second_version(
    database: Database, import_yaml: Callable[..., Report], name: str, imported: Callable[..., None]
) -> None:
    table, key = {
        "a speaker's name": ("speakers", "ann"),
        "an organization's name": ("speakers", "org"),
        "a metric's name": ("metrics", "staff"),
    }[name]
    imported(BASE)
    first = record(database, table, key)
    import_yaml(CHANGES[name][0])
    second = record(database, table, key)
    assert (first["version"], first["revision"], second["version"], second["revision"]) == (1, 1, 2, 2)
    assert second["recorded_at"] == first["recorded_at"]
    number = int(first["id"][4:])
    stored = rows(database, f"SELECT since, until FROM {table} WHERE id = :id ORDER BY since", id=number)  # noqa: S608
    assert stored == [(1, 2), (2, None)]


def test_a_renamed_organization_is_shown_by_the_tenures_of_its_people(
    database: Database, import_yaml: Callable[..., Report], imported: Callable[..., None]
) -> None:
    imported(BASE)
    import_yaml("speakers: [{key: org, name: The Department}]")
    ann = record(database, "speakers", "ann")
    assert ann["tenures"][0]["organization"]["name"] == "The Department"
    assert (ann["version"], ann["revision"]) == (1, 2)
    assert record(database, "speakers", "bo")["revision"] == 1


# (definition, query by the old form, by the new form, the claims found)
SEARCHES: list[tuple[str, dict[str, str], dict[str, str], set[str]]] = [
    ("speakers: [{key: ann, name: Anna Lux, aliases: []}]", {"q": "ann"}, {"q": "anna"}, {"by-ann", "by-tenure"}),
    (
        "speakers: [{key: ann, name: Anna Lux, aliases: []}]",
        {"speaker__name": "ann lee"},
        {"speaker__name": "ANNA LUX"},
        {"by-ann", "by-tenure"},
    ),
    (
        "speakers: [{key: org, name: Department, aliases: []}]",
        {"q": "ministry"},
        {"q": "department"},
        {"by-org", "by-tenure", "at-org"},
    ),
    (
        "speakers: [{key: org, name: Department, aliases: []}]",
        {"organization__name": "The Ministry"},
        {"organization__name": "Department"},
        {"by-tenure", "at-org"},
    ),
    (
        "source: {key: other, publisher: Mirror}",
        {"source__publisher": "The Post"},
        {"source__publisher": "mirror"},
        {"elsewhere"},
    ),
    (
        "metrics: [{key: staff, name: people}]",
        {"figure__metric__name": "staff"},
        {"figure__metric__name": "People"},
        {"of-staff"},
    ),
    ("speakers: [{key: org, kind: group}]", {"speaker__kind": "organization"}, {"speaker__kind": "group"}, {"by-org"}),
]


@pytest.mark.parametrize(("definition", "old", "new", "found"), SEARCHES)
def test_a_search_finds_by_the_new_form_and_not_by_the_old(
    import_yaml: Callable[..., Report],
    client: TestClient,
    definition: str,
    old: dict[str, str],
    new: dict[str, str],
    found: set[str],
    imported: Callable[..., None],
) -> None:
    imported(BASE)
    assert set(keys_found(client, **old)) == found
    assert keys_found(client, **new) == []
    import_yaml(definition)
    assert keys_found(client, **old) == []
    assert set(keys_found(client, **new)) == found


def test_a_new_alias_finds_the_speaker_by_name_and_by_words(
    database: Database, import_yaml: Callable[..., Report], client: TestClient, imported: Callable[..., None]
) -> None:
    imported(BASE)
    import_yaml("speakers: [{key: ann, aliases: [Nan Leigh]}]")
    for query in ({"speaker__name": "nan leigh"}, {"q": '"Nan Leigh"'}, {"q": "nan"}):
        assert set(keys_found(client, **query)) == {"by-ann", "by-tenure"}
    assert set(keys_found(client, speaker__name="Ann Lee")) == {"by-ann", "by-tenure"}
    document = claim(database, "by-ann")
    assert (document["speaker"]["name"], document["version"]) == ("Ann Lee", 1)
    import_yaml("speakers: [{key: ann, aliases: []}]")
    for query in ({"speaker__name": "nan leigh"}, {"q": "nan"}):
        assert keys_found(client, **query) == []


@pytest.mark.parametrize(
    "rename", [("Ann Lee", "Anna Lee"), ("The Press", "The Mirror"), ("name: staff", "name: people")]
)
def test_a_rename_in_the_file_of_the_claims_leaves_their_version(
    database: Database, import_yaml: Callable[..., Report], rename: tuple[str, str], imported: Callable[..., None]
) -> None:
    imported(BASE)
    report = import_yaml(BASE.replace(*rename))
    assert report.counts["unchanged"] == len(KEYS)
    assert {claim(database, key)["version"] for key in KEYS} == {1}
    assert report.changes["rendered"] == rows(database, "SELECT count(*) FROM claims WHERE since = 2")[0][0] > 0


def test_an_edit_beside_a_rename_is_one_version_in_one_revision(
    database: Database, import_yaml: Callable[..., Report], imported: Callable[..., None]
) -> None:
    imported(BASE)
    import_yaml(BASE.replace("Ann Lee", "Anna Lee").replace("quote: one", "quote: won"))
    found: list[dict[str, Any]] = versions(database, "by-ann")
    assert [(one["version"], one["revision"], one["quote"], one["speaker"]["name"]) for one in found] == [
        (1, 1, "one", "Ann Lee"),
        (2, 2, "won", "Anna Lee"),
    ]
    assert rows(database, "SELECT count(*) FROM claims WHERE until IS NULL") == [(len(KEYS),)]


def test_more_claims_than_a_batch_are_rendered_anew(database: Database, import_yaml: Callable[..., Report]) -> None:
    claims = "".join(f"  - {{quote: words {n}, speaker: {{key: ann}}}}\n" for n in range(501))
    import_yaml(f"source: {{key: s, title: T}}\nspeakers: [{{key: ann, name: Ann}}]\nclaims:\n{claims}")
    assert import_yaml("speakers: [{key: ann, name: Anna}]").changes["rendered"] == 501
    assert rows(
        database,
        "SELECT count(*) FROM documents JOIN claims USING (number) WHERE until IS NULL AND doc LIKE :shown",
        shown='%"name":"Anna"%',
    ) == [(501,)]


def test_names_may_change_places(database: Database, import_yaml: Callable[..., Report]) -> None:
    import_yaml("metrics:\n  - {key: a, name: one}\n  - {key: b, name: two}\n")
    report = import_yaml("metrics:\n  - {key: a, name: two}\n  - {key: b, name: one}\n")
    assert [str(fault) for fault in report.faults] == []
    assert (record(database, "metrics", "a")["name"], record(database, "metrics", "b")["name"]) == ("two", "one")
