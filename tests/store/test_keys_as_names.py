"""A name that is the key of another record: a text alone is refused, as a key must have been meant; a `name` is warned
of.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.write.merge import merge_records
from tests.importing import import_paths
from tests.store.stored import claim, record, rows, write_files

Import = Callable[..., Report]

STOCK = """\
source: {key: src/1, title: The paper}
speakers:
  - {key: org/acme, name: Acme Corporation, kind: organization, aliases: [Acme]}
  - {key: walt, name: Walt Disney, kind: person}
metrics: [{key: met/staff, name: Staff, unit: count}]
"""
TENURE = "speakers: [{key: bo, name: Bo, tenures: [{title: guard}, {title: chief, organization: ORG, since: 2020}]}]\n"
CLAIM = "source: {key: src/1}\nclaims:\n  - {key: k, quote: words, SAYS}\n"

# (what is imported, where it is wrong, the key that was meant, and the name of what has it)
REFUSED = {
    "a tenure's": (TENURE.replace("ORG", "org/acme"), "speakers.0.tenures.1.organization", "Acme Corporation"),
    "a tenure's, of a claim's speaker": (
        CLAIM.replace("SAYS", "speaker: {name: Bo, tenures: [{title: chief, organization: org/acme}]}"),
        "claims.0.speaker.tenures.0.organization",
        "Acme Corporation",
    ),
    "a role's": (
        CLAIM.replace("SAYS", "roles: [{title: guest}, {title: chief, organization: org/acme}]"),
        "claims.0.roles.1.organization",
        "Acme Corporation",
    ),
    "a role's, in short": (
        CLAIM.replace("SAYS", "role: {title: chief, organization: org/acme}"),
        "claims.0.role.organization",
        "Acme Corporation",
    ),
    "the key of a person": (
        CLAIM.replace("SAYS", "role: {title: chief, organization: walt}"),
        "claims.0.role.organization",
        "Walt Disney",
    ),
    "a metric's definition": ("metrics: [met/staff]\n", "metrics.0", "Staff"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_text_that_is_another_records_key_is_refused_with_how_to_write_the_key(
    database: Database, import_yaml: Import, case: str
) -> None:
    text, field, name = REFUSED[case]
    assert not import_yaml(STOCK).faults
    for dry_run in (True, False):
        report = import_yaml(text, dry_run=dry_run)
        (fault,) = report.faults
        assert (fault.problem.field, fault.problem.code) == (field, "key-as-name")
        assert f"whose name is {name!r}, and a text alone is a name: write {{key: " in fault.problem.detail
    assert rows(database, "SELECT count(*) FROM speakers") == [(2,)]
    assert rows(database, "SELECT count(*) FROM metrics") == [(1,)]


@pytest.mark.parametrize("patches", [False, True])
def test_a_row_that_amends_a_claim_is_refused_likewise(
    database: Database, import_yaml: Import, tmp_path: Path, patches: bool
) -> None:
    import_yaml(STOCK + CLAIM.removeprefix("source: {key: src/1}\n").replace("SAYS", "role: chief"))
    if patches:
        (tmp_path / "edit.ndjson").write_text('{"key":"k","roles":[{"title":"chief","organization":"org/acme"}]}\n')
    else:
        (tmp_path / "edit.csv").write_text("key,roles.0.organization\nk,org/acme\n")
    (fault,) = import_paths(database, sorted(tmp_path.glob("edit.*")), patch=patches).faults
    assert (fault.problem.field, fault.problem.code) == ("roles.0.organization", "key-as-name")


def test_a_text_that_is_a_name_or_alias_goes_on_to_mean_that_record(database: Database, import_yaml: Import) -> None:
    import_yaml(STOCK)
    says = "roles: [{title: a, organization: acme corporation}, {title: b, organization: Acme}], "
    report = import_yaml(CLAIM.replace("SAYS", says + "figures: [{metric: met/staff, value: 1}]"))
    assert [str(fault) for fault in report.faults] == []
    assert [role["organization"]["key"] for role in claim(database, "k")["roles"]] == ["org/acme", "org/acme"]
    assert claim(database, "k")["figures"][0]["metric"]["key"] == "met/staff"


NAMESAKES = STOCK.replace("metrics: [", "metrics: [{key: staff, name: Employees, unit: count}, ")
FIGURE = "figures: [{metric: METRIC, value: 1}]"


def test_a_text_that_is_one_metrics_name_and_anothers_key_is_refused(import_yaml: Import) -> None:
    assert not import_yaml(NAMESAKES).faults
    for dry_run in (True, False):
        (fault,) = import_yaml(CLAIM.replace("SAYS", FIGURE.replace("METRIC", "staff")), dry_run=dry_run).faults
        assert (fault.problem.field, fault.problem.code) == ("claims.0.figures.0.metric", "ambiguous-name")
        assert "the name of met_2 (key met/staff), and the key of met_1 (key staff)" in fault.problem.detail
        assert fault.problem.detail.endswith("write {name: staff} or {key: staff} for the one that is meant")


@pytest.mark.parametrize(
    ("metric", "key"),
    [("{name: staff}", "met/staff"), ("{key: staff}", "staff"), ("employees", "staff"), ("met_2", "met/staff")],
)
def test_a_metric_is_named_without_doubt_by_an_object_an_id_or_another_name(
    database: Database, import_yaml: Import, metric: str, key: str
) -> None:
    import_yaml(NAMESAKES)
    assert not import_yaml(CLAIM.replace("SAYS", FIGURE.replace("METRIC", metric))).faults
    assert claim(database, "k")["figures"][0]["metric"]["key"] == key


def test_a_text_that_is_the_name_and_key_of_metrics_that_are_one_by_now_means_that(
    database: Database, import_yaml: Import
) -> None:
    import_yaml(NAMESAKES)
    merge_records(database, "met_1", "met_2")
    assert not import_yaml(CLAIM.replace("SAYS", FIGURE.replace("METRIC", "staff"))).faults
    assert claim(database, "k")["figures"][0]["metric"]["key"] == "met/staff"


# Claims that name a record by an object; the table of the one that it makes, and its key
WARNED = {
    "a speaker": (CLAIM.replace("SAYS", "speaker: {name: org/acme}"), "speakers", "org-acme"),
    "an organization": (
        CLAIM.replace("SAYS", "role: {title: chief, organization: {name: org/acme}}"), "speakers", "org-acme",
    ),
    "a speaker's definition": ("speakers: [{name: org/acme}]\n", "speakers", "org-acme"),
    "a metric's definition": ("metrics: [{name: met/staff}]\n", "metrics", "met-staff"),
    "a source": ("source: {title: src/1}\n", "sources", "src-1"),
}  # fmt: skip


@pytest.mark.parametrize("case", WARNED)
def test_a_name_that_is_another_records_key_makes_a_record_and_is_warned_of(
    database: Database, import_yaml: Import, case: str
) -> None:
    text, table, key = WARNED[case]
    import_yaml(STOCK)
    before = rows(database, f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608  # one of three names
    report = import_yaml(text)
    assert [str(fault) for fault in report.faults] == []
    (told,) = (one.problem.detail for one in report.warnings if one.problem.code == "key-as-name")
    assert "is the key of " in told
    assert "if that one is meant" in told
    assert rows(database, f"SELECT count(*) FROM {table}")[0][0] == before + 1  # noqa: S608
    again = import_yaml(text)
    assert (again.revision, [one for one in again.warnings if one.problem.code == "key-as-name"]) == (None, [])
    assert key in dict(rows(database, "SELECT key, type FROM record_keys"))


def test_who_is_of_another_kind_than_the_record_with_the_key_is_not_warned_of(
    database: Database, import_yaml: Import
) -> None:
    import_yaml(STOCK)
    report = import_yaml(CLAIM.replace("SAYS", "role: {title: chief, organization: {name: walt}}"))
    assert [one.problem.code for one in report.warnings if one.problem.code == "key-as-name"] == []
    assert record(database, "speakers", "walt-2")["kind"] == "organization"


def test_a_key_that_comes_later_in_the_import_is_noticed_as_well(database: Database, tmp_path: Path) -> None:
    tenure = TENURE.replace("ORG", "org/late")
    write_files(tmp_path, a=tenure, b="speakers: [{key: org/late, name: The Late Office}]\n")
    (fault,) = import_paths(database, [tmp_path]).faults
    assert (Path(fault.file).name, fault.line, fault.problem.code) == ("a.yaml", 1, "key-as-name")
    assert "'org/late' is the key of the speaker org/late (" in fault.problem.detail
    write_files(tmp_path, a=tenure.replace("org/late", "{name: org/late}"))
    report = import_paths(database, [tmp_path])
    assert [str(fault) for fault in report.faults] == []
    assert [one.line for one in report.warnings if one.problem.code == "key-as-name"] == [1]


def test_a_key_that_is_a_slug_of_the_name_is_one_record_in_either_order(database: Database, tmp_path: Path) -> None:
    says = {"key": "k", "quote": "words", "roles": [{"title": "chief", "organization": "acme"}], "source": {"key": "s"}}
    (tmp_path / "a.ndjson").write_text('{"type": "source", "key": "s", "title": "S"}\n' + json.dumps(says) + "\n")
    write_files(tmp_path, b="speakers: [{key: acme, name: Acme Corporation, aliases: [acme]}]\n")
    for path in (tmp_path / "a.ndjson", tmp_path):
        report = import_paths(database, [path])
        assert [str(fault) for fault in report.faults] == []
    assert rows(database, "SELECT count(DISTINCT id) FROM speakers") == [(1,)]
