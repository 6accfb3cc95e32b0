"""Datasets: the collections that claims come with, named on each claim, described, listed, retracted and undone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from fastapi.testclient import TestClient

from app.main import create_app
from app.store.access.keys import make_key
from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.api.served import serving
from tests.importing import import_paths
from tests.store.contents import contents
from tests.store.stored import claim, everything, keys_found, rows, versions

Doc = dict[str, Any]
Run = Callable[..., Result]
Import = Callable[..., Report]

DESCRIBED = {"title": "The Wire", "licence": "CC-BY-4.0", "url": "https://a.example/wire", "citation": "Wire, 2024"}
WIRE = {"dataset": "wire"} | {f"dataset_{field}": value for field, value in DESCRIBED.items()}
BARE = dict.fromkeys(DESCRIBED)


def lines(*claims: Doc) -> str:
    return "".join(
        json.dumps({"source": {"title": "T"}, "quote": f"words of {one['key']}"} | one) + "\n" for one in claims
    )


@pytest.fixture
def put(database: Database, tmp_path: Path) -> Import:
    """Imports claims, by their keys or as objects, with options of `import_paths`."""

    def run_it(*claims: str | Doc, name: str = "claims.ndjson", **options: Any) -> Report:
        file = tmp_path / name
        if not name.endswith(".csv"):
            file.write_text(lines(*({"key": one} if isinstance(one, str) else one for one in claims)))
        return import_paths(database, [file] if claims or file.exists() else [], processes=1, **options)

    return run_it


def listed(client: TestClient, **query: Any) -> list[Doc]:
    answer = client.get("/v1/datasets", params=query)
    assert answer.status_code == 200, answer.text
    found: list[Doc] = answer.json()["data"]
    return found


def told(report: Report) -> list[str]:
    return [str(one) for one in (*report.faults, *report.warnings)]


# What an import is told to be of


def test_claims_that_name_no_dataset_carry_that_of_the_import(client: TestClient, put: Import) -> None:
    report = put("a/1", {"key": "a/2", "dataset": "other"}, {"key": "a/3", "dataset": None}, **WIRE)
    assert (told(report), report.changes["datasets_created"]) == ([], 2)
    put("b/1")
    assert sorted(keys_found(client, dataset="wire")) == ["a/1", "a/3"]
    assert sorted(keys_found(client, dataset__isnull="true")) == ["b/1"]
    both = client.get("/v1/claims", params={"dataset": ["wire", "other"]}).json()["data"]
    assert sorted((one["key"], one["dataset"]) for one in both) == [("a/1", "wire"), ("a/2", "other"), ("a/3", "wire")]
    assert client.get("/v1/claims/export?dataset=other&format=csv").text.splitlines()[0].count("dataset") == 1
    assert listed(client) == [
        {"name": "wire", **DESCRIBED, "claims": 2, "retracted": 0, "revision": 1},
        {"name": "other", **BARE, "claims": 1, "retracted": 0, "revision": 1},
    ]


def test_rows_of_a_table_carry_it_too_and_one_that_is_stored_is_edited(
    database: Database, put: Import, tmp_path: Path
) -> None:
    put({"key": "a/1", "venue": "here"})
    (tmp_path / "t.csv").write_text("key,quote,source.title,dataset\na/1,words,T,\na/2,two,T,other\n")
    assert not put(name="t.csv", **WIRE).faults
    stored = claim(database, "a/1")
    assert (stored["dataset"], stored["venue"], stored["version"]) == ("wire", "here", 2)
    assert claim(database, "a/2")["dataset"] == "other"
    put({"key": "a/1", "dataset": None, "quote": "words"}, patch=True)
    assert claim(database, "a/1")["dataset"] is None


def test_the_same_import_again_changes_nothing_and_another_description_is_a_revision(
    client: TestClient, database: Database, put: Import
) -> None:
    put("a/1", **WIRE)
    before = everything(database)
    assert put("a/1", **WIRE).revision is None
    assert put(dataset="wire", dataset_title="The Wire").revision is None
    assert everything(database) == before
    again = put(dataset="wire", dataset_title="Wire", dataset_licence="")
    assert (again.revision, again.changes) == (2, {"datasets_updated": 1})
    now = {"title": "Wire", "licence": None}
    assert client.get("/v1/datasets/wire").json() == {
        "name": "wire", **DESCRIBED, **now, "claims": 1, "retracted": 0, "revision": 2
    }  # fmt: skip
    assert len(versions(database, "a/1")) == 1


def test_a_claim_that_goes_from_one_dataset_to_another_is_edited_and_the_report_says_so(put: Import) -> None:
    put("a/1", "a/2", {"key": "a/3", "dataset": "press"}, **WIRE)
    report = put("a/1", "a/2", {"key": "a/3", "dataset": "press"}, dataset="wired")
    assert report.did == {"updated": 2, "unchanged": 1}
    assert (
        told(report)
        == [
            "2 claims go from the dataset wire to wired",
            "claims.ndjson:1: dataset: the dataset 'wired' is new; near: wire",
        ]
        or told(report)[0] == "2 claims go from the dataset wire to wired"
    )
    assert any("the dataset 'wired' is new; near: wire" in one for one in told(report))
    assert told(put("a/1")) == ["1 claim loses its dataset"]


WRONG = [  # options, what is told
    ("--dataset Fact_CK", "--dataset: 'Fact_CK' is no name of a dataset: lower-case letters from a to z"),
    ("--dataset é", "(did you mean e?)"),
    ("--dataset -", "at most 100 characters"),
    ("--dataset wire --dataset-url nothing", "--dataset-url: 'nothing': it is no absolute address"),
    ("--dataset-title T", "--dataset-title: describes a dataset, and none is named"),
]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("options", "detail"), WRONG)
def test_a_wrong_name_or_description_is_told_and_nothing_is_read(
    database: Database, run: Run, tmp_path: Path, options: str, detail: str
) -> None:
    (tmp_path / "a.ndjson").write_text(lines({"key": "a/1"}))
    done = run(database, "import", "a.ndjson", *options.split())
    assert (done.exit_code, done.stdout) == (1, "")
    assert detail in done.stderr


def test_a_row_with_a_wrong_name_is_told_by_its_field(put: Import) -> None:
    (told_once,) = told(put({"key": "a/1", "dataset": "The Wire"}))
    assert "claims.ndjson:1: dataset: 'The Wire' is no name of a dataset" in told_once
    assert told_once.endswith("(did you mean the-wire?)")


def test_more_datasets_than_a_revision_tells_of_are_refused(database: Database, put: Import) -> None:
    report = put(*({"key": f"a/{n}", "dataset": f"d{n}"} for n in range(1001)))
    assert [one.problem.code for one in report.faults] == ["too-many"]
    assert rows(database, "SELECT count(*) FROM datasets") == [(0,)]


# Options beside it


def test_an_import_of_another_number_of_claims_than_expected_stores_nothing(
    database: Database, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "a.ndjson").write_text(lines({"key": "a/1"}, {"key": "a/2"}))
    done = run(database, "import", "a.ndjson", "--expect-claims", "3")
    assert (done.exit_code, done.stderr) == (1, "2 claims were read; 3 were expected\n")
    assert run(database, "import", "a.ndjson", "--expect-claims", "0").exit_code == 1
    assert rows(database, "SELECT count(*) FROM revisions") == [(0,)]
    named = run(database, "import", "a.ndjson", "--expect-claims", "2", "--as", "Ann Lee", "--comment", "by hand")
    assert named.exit_code == 0, named.output
    assert rows(database, "SELECT actor, comment FROM revisions") == [("Ann Lee", "by hand")]
    assert run(database, "import", "a.ndjson", "--as", " ").exit_code == 2


# Reading


def test_datasets_are_read_as_they_were(client: TestClient, put: Import) -> None:
    put("a/1", "a/2", **WIRE)
    first = client.get("/v1/datasets?as_of=1").content
    put({"key": "a/1", "dataset": "press"}, {"key": "a/2", "dataset": "wire", "retraction": {"kind": "record_error"}})
    put(dataset="wire", dataset_title="Wire")
    assert client.get("/v1/datasets?as_of=1").content == first
    counts = {one["name"]: (one["claims"], one["retracted"], one["revision"]) for one in listed(client)}
    assert counts == {"wire": (0, 1, 3), "press": (1, 0, 2)}
    assert client.get("/v1/datasets/wire?as_of=2").json()["title"] == "The Wire"
    missing = client.get("/v1/datasets/press?as_of=1")
    assert missing.status_code == 404
    assert "no dataset 'press' as of revision 1" in missing.json()["detail"]
    assert "near: wire" in client.get("/v1/datasets/wyre").json()["detail"]
    for odd in ("%00", "The%20Wire", "%FF", "a%2Fb", "..", "x" * 500):
        assert client.get(f"/v1/datasets/{odd}").status_code in (404, 422), odd


def test_a_list_of_datasets_is_paged_and_revalidated(client: TestClient, put: Import) -> None:
    put(*({"key": f"a/{n}", "dataset": f"d{n}"} for n in range(5)))
    first = client.get("/v1/datasets?limit=2").json()
    put({"key": "b/1", "dataset": "later"})
    second = client.get("/v1/datasets", params={"limit": 2, "cursor": first["page"]["next_cursor"]}).json()
    third = client.get(second["links"]["next"]).json()
    assert [one["name"] for page in (first, second, third) for one in page["data"]] == [f"d{n}" for n in range(5)]
    assert (third["page"]["has_more"], third["meta"]["total"]) == (False, {"value": 5, "relation": "eq"})
    for path in ("/v1/datasets", "/v1/datasets/d1"):
        tag = client.get(path).headers["etag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/v1/datasets?format=csv").status_code == 422


def test_a_name_that_no_claim_has_is_noted_with_near_ones(client: TestClient, put: Import) -> None:
    put("a/1", **WIRE)
    notes = client.get("/v1/claims?dataset=wires").json()["meta"]["notes"]
    assert notes == ["dataset 'wires' is on no claim; near: 'wire'"]


# Retraction


def test_a_dataset_is_retracted_with_one_revision_which_can_be_undone(
    client: TestClient, database: Database, put: Import, run: Run
) -> None:
    put("a/1", {"key": "a/2", "retraction": {"kind": "source_correction"}}, **WIRE)
    put("b/1")
    before = everything(database)
    asked = ["retract", "--dataset", "wire", "--kind", "record_error", "--reason", "made up"]
    assert run(database, *asked, "--dry-run").stdout == "the dataset wire would be retracted: 1 retracted\n"
    assert everything(database) == before
    done = run(database, *asked, "--as", "Ann", "--comment", "so it is")
    assert done.stdout == "the dataset wire is retracted; stored as revision 3: 1 retracted\n"
    assert claim(database, "a/1")["retraction"]["reason"] == "made up"
    assert claim(database, "a/2")["retraction"]["kind"] == "source_correction"
    assert keys_found(client) == ["b/1"]
    again = run(database, *asked)
    assert (again.exit_code, again.stderr) == (1, "onrecord: no claim of the dataset wire is left to be retracted\n")
    assert run(database, "retract", "--dataset", "wires", "--kind", "record_error").exit_code == 1
    assert run(database, "undo", "3").exit_code == 0
    assert sorted(keys_found(client)) == ["a/1", "b/1"]


def test_a_dataset_is_retracted_over_http(client: TestClient, database: Database, put: Import) -> None:
    put("a/1", "a/2", **WIRE)
    path, asked = "/v1/datasets/wire/retract", {"kind": "source_correction", "retracted_on": "2024-05"}
    assert client.post(path, params=asked).status_code == 401
    client.headers["Authorization"] = f"Bearer {make_key(database, 'desk', ['write']).secret}"
    tried = client.post(path, params=asked | {"dry_run": "true"})
    assert (tried.status_code, tried.json()) == (
        200, {"dataset": "wire", "revision": None, "counts": {"retracted": 2}}
    )  # fmt: skip
    wrong = client.post(path, params=asked | {"retracted_on": "soon"})
    assert (wrong.status_code, wrong.json()["errors"][0]["name"]) == (422, "retracted_on")
    done = client.post(path, params=asked, headers={"Idempotency-Key": "one"})
    assert (done.status_code, done.headers["location"], done.json()["revision"]) == (201, "/v1/revisions/2", 2)
    assert client.post(path, params=asked, headers={"Idempotency-Key": "one"}).headers["idempotency-replayed"] == "true"
    assert client.post(path, params=asked).json()["code"] == "nothing-to-retract"
    assert client.post("/v1/datasets/none/retract", params=asked).status_code == 404
    assert client.get("/v1/revisions/2").json()["actor"] == "desk"


# Undo


def test_a_dataset_is_undone_by_the_revisions_that_brought_it_in_the_newest_first(
    client: TestClient, database: Database, put: Import, run: Run
) -> None:
    put("a/1", {"key": "c/1", "speaker": {"name": "Ann Lee"}})
    put("a/1", "a/2", **WIRE)  # a/1 is moved into it
    put("a/3", dataset="wire", dataset_title="Wire")
    before = everything(database)
    dry = run(database, "undo", "--dataset", "wire", "--dry-run")
    assert dry.stdout.splitlines() == [
        "revision 3 would be undone: 1 datasets updated, 1 undone",
        "revision 2 would be undone: 1 datasets undone, 1 undone, 1 updated",
    ]
    assert everything(database) == before
    done = run(database, "undo", "--dataset", "wire", "--comment", "none of it is so")
    assert done.exit_code == 0, done.output
    assert sorted(keys_found(client)) == ["a/1", "c/1"]
    assert claim(database, "a/1")["dataset"] is None
    assert listed(client) == []
    undone = rows(database, "SELECT undoes, comment FROM revisions WHERE number > 3 ORDER BY number")
    assert undone == [(3, "none of it is so"), (2, "none of it is so")]
    assert client.get("/v1/datasets/wire?as_of=3").json()["claims"] == 3
    again = run(database, "undo", "--dataset", "wire")
    assert (again.exit_code, "there is no dataset 'wire'" in again.stderr) == (1, True)
    assert run(database, "undo", "5").exit_code == 0  # the undo of the first
    assert client.get("/v1/datasets/wire").json() == {
        "name": "wire", **DESCRIBED, "claims": 2, "retracted": 0, "revision": 6
    }  # fmt: skip
    assert run(database, "check").exit_code == 0
    left = run(database, "undo", "--dataset", "wire", "--dry-run")
    assert left.stdout == "revision 2 would be undone: 1 datasets undone, 1 undone, 1 updated\n"


def test_an_undo_of_a_dataset_is_all_or_nothing(database: Database, put: Import, run: Run) -> None:
    put("a/1", **WIRE)
    put({"key": "a/1", "dataset": "wire", "venue": "here"})
    put("a/2", **WIRE)
    before = everything(database)
    refused = run(database, "undo", "--dataset", "wire")
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[0] == "clm_1 (key a/1): changed by revision 2"
    assert everything(database) == before
    assert run(database, "undo", "2").exit_code == 0
    assert run(database, "undo", "--dataset", "wire").exit_code == 0


def test_a_revision_that_wrote_other_claims_too_is_not_undone_by_the_dataset(
    database: Database, put: Import, run: Run
) -> None:
    put("a/1", {"key": "b/1", "dataset": "press"}, **WIRE)
    refused = run(database, "undo", "--dataset", "wire")
    assert refused.exit_code == 1
    assert "revision 1 wrote 1 claim that is not of the dataset wire: undo 1 by its number" in refused.stderr
    assert run(database, "undo", "--dataset", "wire", "1").exit_code == 2
    assert run(database, "undo").exit_code == 2


def test_a_description_is_undone_unless_it_was_changed_since(
    client: TestClient, database: Database, put: Import, run: Run
) -> None:
    put("a/1", **WIRE)
    put(dataset="wire", dataset_title="Wire")
    put(dataset="wire", dataset_title="Wires")
    refused = run(database, "undo", "2")
    assert "datasets that revision 2 described were changed since: wire by revision 3" in refused.stderr
    assert run(database, "undo", "3").exit_code == 0
    assert run(database, "undo", "2").exit_code == 0
    assert listed(client)[0]["title"] == "The Wire"


def test_a_dataset_that_later_claims_carry_outlives_the_undo_of_what_made_it(
    client: TestClient, database: Database, put: Import, run: Run
) -> None:
    put("a/1", **WIRE)
    put("a/2", **WIRE)
    assert run(database, "undo", "1").exit_code == 0
    assert [(one["name"], one["title"], one["claims"]) for one in listed(client)] == [("wire", "The Wire", 1)]


def test_a_dataset_that_ended_comes_back_with_a_claim_that_carries_it_again(
    client: TestClient, database: Database, put: Import, run: Run
) -> None:
    put("b/1", **WIRE)
    for dataset in (None, "wire", "press"):
        put({"key": "a/1", "dataset": dataset})
    assert run(database, "undo", "1").exit_code == 0
    assert [one["name"] for one in listed(client)] == ["press"]
    done = run(database, "undo", "4")
    assert "1 datasets revived" in done.stdout
    assert listed(client)[0] == {"name": "wire", **DESCRIBED, "claims": 1, "retracted": 0, "revision": 6}
    assert run(database, "check").exit_code == 0


# Elsewhere


def test_a_merged_claim_leaves_its_dataset_and_a_warning_says_so(
    run: Run, client: TestClient, database: Database, put: Import
) -> None:
    put("a/1", **WIRE)
    put({"key": "b/1", "dataset": "press"})
    done = run(database, "merge", "clm_2", "clm_1")
    assert 'keeps its own dataset, "wire"; "press" of clm_2' in done.stderr
    assert claim(database, "a/1")["dataset"] == "wire"
    assert {one["name"]: one["claims"] for one in listed(client)} == {"wire": 1, "press": 0}


def test_a_copy_has_the_datasets_of_the_server_as_of_each_revision(
    database: Database, new_database: Callable[[str], Database], put: Import, run: Run
) -> None:
    put("a/1", "a/2", **WIRE)
    put("b/1", dataset="press")
    put(dataset="wire", dataset_title="Wire")
    for number in (3, 2, 4):
        assert run(database, "undo", number).exit_code == 0
    put("b/1", dataset="press", dataset_citation="Press, 2024")
    copy = new_database("sqlite" if database.dialect == "postgresql" else "postgresql")
    with serving(database) as served:
        done = run(copy, "follow", served.url.removesuffix("/v1/claims"), "--once")
    assert done.exit_code == 0, done.output
    assert contents(copy)["datasets"] == contents(database)["datasets"]
    for number in range(1, 8):
        each = (answers(one, f"/v1/datasets?as_of={number}") for one in (database, copy))
        assert len({*each}) == 1, number
    copy.close()


def answers(database: Database, path: str) -> bytes:
    with TestClient(create_app(database)) as client:
        return client.get(path).content


def test_changes_tell_what_revisions_did_to_datasets(
    client: TestClient, database: Database, put: Import, run: Run
) -> None:
    put("a/1", **WIRE)
    put("b/1")
    assert run(database, "undo", "1").exit_code == 0
    told_of = {one["number"]: one["datasets"] for one in client.get("/v1/changes").json()["revisions"]}
    assert told_of == {
        1: [{"name": "wire", "ended": False, **DESCRIBED}],
        2: [],
        3: [{"name": "wire", "ended": True, **BARE}],
    }
