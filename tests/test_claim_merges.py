"""Duplicate claims are merged, by the command and over HTTP: what leads to the survivor, and what it gains."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from fastapi.testclient import TestClient

from app.store.access.keys import make_key
from app.store.database.engine import Database
from app.store.imports.importer import Report
from tests.store.contents import contents
from tests.store.stored import rows

Doc = dict[str, Any]
Import = Callable[..., Report]
Run = Callable[..., Result]

CLAIMS = """\
claims:
  - {key: a, speaker: {name: Ann Lee, kind: person}, quote: we hired 1500, topics: [pay],
     source: {key: one, title: One}, relations: [{type: restates, key: b}],
     figures: [{metric: staff, value: 1500, unit: count}]}
  - {key: b, speaker: {name: Ann Lee}, paraphrase: they hired 1500 people, topics: [Pay, staff], venue: in town,
     citations: [{source: {key: one}}, {source: {key: two, title: Two}, locator: {page: 7}}],
     assessments: [{publisher: Checker, rating: 'True'}],
     relations: [{type: updates, key: c}, {type: restates, key: a}]}
  - {key: c, quote: earlier, source: {key: one}}
  - {key: d, quote: we hired nobody, source: {key: two},
     relations: [{type: contradicts, key: b}, {type: contradicts, key: a}, {type: answers, key: b}]}
"""


@pytest.fixture(params=["cli", "http"])
def merge(
    request: pytest.FixtureRequest, database: Database, client: TestClient, run: Run
) -> Callable[[str, str], str]:
    """Merges a claim into another, by id; the error, if any."""

    def by_command(merged: str, into: str) -> str:
        done = run(database, "merge", merged, into)
        return "" if done.exit_code == 0 else done.stderr

    headers = {"Authorization": f"Bearer {make_key(database, 'desk', ['write']).secret}"}

    def by_http(merged: str, into: str) -> str:
        answer = client.post(f"/v1/claims/{merged}/merge", json={"into": into}, headers=headers)
        if answer.status_code == 200:
            assert answer.json()["id"] == into
            assert answer.headers["onrecord-action"] == "merged"
        return "" if answer.status_code == 200 else answer.text

    return by_command if request.param == "cli" else by_http


Merge = Callable[[str, str], str]


def found(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"/v1/claims?{query}")
    assert answer.status_code == 200, answer.text
    return sorted(claim["key"] for claim in answer.json()["data"])


def related(doc: Doc) -> list[tuple[str, str, str]]:
    return [(one["type"], one["claim"], one["key"]) for one in doc["relations"]]


def test_a_merged_claim_leads_to_the_survivor_which_gains_what_it_lacks(
    client: TestClient, import_yaml: Import, merge: Merge, database: Database, run: Run
) -> None:
    assert not import_yaml(CLAIMS).faults
    before = client.get("/v1/claims/clm_1").json()
    assert merge("clm_2", "clm_1") == ""
    doc = client.get("/v1/claims/clm_1").json()
    assert doc["version"] == 2
    assert doc["topics"] == ["pay", "staff"]
    assert [(one["source"]["key"], (one["locator"] or {}).get("page")) for one in doc["citations"]] == [
        ("one", None),
        ("two", "7"),
    ]
    assert [one["publisher"] for one in doc["assessments"]] == ["Checker"]
    assert related(doc) == [("updates", "clm_3", "c")]
    for own in ("quote", "paraphrase", "venue", "figures", "speaker", "recorded_at"):
        assert doc[own] == before[own]
    assert related(client.get("/v1/claims/clm_4").json()) == [("contradicts", "clm_1", "a"), ("answers", "clm_1", "a")]
    assert client.get("/v1/claims/clm_4").json()["version"] == 1
    for path in ("/v1/claims/clm_2", "/v1/claims/by-key/b"):
        gone = client.get(path, follow_redirects=False)
        assert (gone.status_code, gone.headers["location"]) == (308, "/v1/claims/clm_1")
        assert client.get(path).json() == doc
    assert rows(database, "SELECT counts FROM revisions WHERE number = 2") == [
        ('{"claims_merged":1,"rendered":1,"updated":1}',)
    ]
    assert run(database, "check").exit_code == 0


def test_filters_find_the_survivor_and_as_of_before_the_two(
    client: TestClient, import_yaml: Import, merge: Merge
) -> None:
    import_yaml(CLAIMS)
    queries = ("", "id=clm_2", "id=clm_1", "key=b", "related_to=clm_2", "related_to=clm_1", "topic=staff", "q=people")
    before = [client.get(f"/v1/claims?{query}&as_of=1").json()["data"] for query in queries]
    merge("clm_2", "clm_1")
    assert [client.get(f"/v1/claims?{query}&as_of=1").json()["data"] for query in queries] == before
    assert found(client, "") == ["a", "c", "d"]
    assert found(client, "id=clm_2") == found(client, "key=b") == found(client, "id=clm_1&id=clm_2") == ["a"]
    assert found(client, "related_to=clm_2") == found(client, "related_to=clm_1") == ["d"]
    assert found(client, "related_to=clm_2&relation__type=answers") == ["d"]
    assert found(client, "topic=staff") == ["a"]
    assert found(client, "q=people") == []
    tree = {"where": {"not": {"field": "id", "value": "clm_2"}}}
    assert [one["key"] for one in client.post("/v1/claims/search", json=tree).json()["data"]] == ["c", "d"]


def test_rows_of_a_merged_claim_change_nothing_and_say_so(
    database: Database, import_yaml: Import, merge: Merge
) -> None:
    import_yaml(CLAIMS)
    merge("clm_2", "clm_1")
    before = contents(database)
    row = "claims: [{key: b, speaker: {name: Bob, kind: person}, quote: other, source: {key: new, title: New}}]"
    for text, options in ((row, {}), ("claims: [{key: b, venue: x}]", {"patch": True}),
                          ("claims: [{id: clm_2, venue: x}]", {"patch": True})):  # fmt: skip
        report = import_yaml(text, **options)
        assert [notice.problem.code for notice in report.warnings] == ["merged"], text
        assert "clm_2 (key b) was merged into clm_1 (key a): a row of it changes nothing" in str(
            next(iter(report.warnings))
        )
        assert (report.revision, report.counts["unchanged"]) == (None, 1)
        assert contents(database) == before
    report = import_yaml("claims: [{key: e, quote: new, source: {key: one}, relations: [{type: updates, key: b}]}]")
    assert [str(fault) for fault in report.faults] == []
    (relations,) = [doc for (doc,) in rows(database, "SELECT claim_id FROM relations ORDER BY number DESC LIMIT 1")]
    assert relations == 1


def test_claims_are_merged_in_chains_and_once(client: TestClient, import_yaml: Import, merge: Merge) -> None:
    import_yaml(CLAIMS)
    assert merge("clm_2", "clm_1") == ""
    told = merge("clm_3", "clm_2")
    assert "merged" in told and "clm_1" in told  # noqa: PT018  # the words of each door differ
    assert "itself" in merge("clm_1", "clm_1")
    assert "clm_9" in merge("clm_1", "clm_9")
    assert merge("clm_1", "spk_1")
    assert merge("clm_1", "clm_4") == ""
    for merged in ("clm_1", "clm_2"):
        assert client.get(f"/v1/claims/{merged}", follow_redirects=False).headers["location"] == "/v1/claims/clm_4"
    assert related(client.get("/v1/claims/clm_4").json()) == [("updates", "clm_3", "c")]
    assert found(client, "id=clm_2") == ["d"]
    assert found(client, "id=clm_2&as_of=2") == ["a"]


def test_a_claim_that_counts_is_not_merged_into_a_retracted_one(import_yaml: Import, merge: Merge) -> None:
    import_yaml(CLAIMS)
    import_yaml("claims: [{key: a, retraction: {kind: record_error}}]", patch=True)
    assert "clm_1 (key a) is retracted" in merge("clm_2", "clm_1")
    assert merge("clm_1", "clm_2") == ""


def test_a_merge_is_taken_back(
    client: TestClient, import_yaml: Import, merge: Merge, database: Database, run: Run
) -> None:
    import_yaml(CLAIMS)
    queries = ("", "id=clm_2", "related_to=clm_2", "key=b")
    before = [found(client, query) for query in queries]
    docs = [client.get(f"/v1/claims/clm_{n}").json() for n in (1, 2, 3, 4)]
    merge("clm_2", "clm_1")
    assert run(database, "undo", "2").exit_code == 0
    assert [found(client, query) for query in queries] == before
    for doc in docs:
        now = client.get(f"/v1/claims/{doc['id']}").json()
        left = {name: doc[name] for name in ("version", "updated_at", "revision", "recorded_at")}
        assert now | left == doc
    assert run(database, "check").exit_code == 0


def test_a_retraction_that_the_survivor_does_not_take_over_is_told(
    database: Database, client: TestClient, import_yaml: Import, run: Run
) -> None:
    import_yaml(CLAIMS)
    import_yaml("claims: [{key: a, retraction: {kind: record_error, reason: a slip}}]", patch=True)
    headers = {"Authorization": f"Bearer {make_key(database, 'desk', ['write']).secret}"}
    tried = client.post("/v1/claims/clm_1/merge?dry_run=true", json={"into": "clm_2"}, headers=headers)
    done = run(database, "merge", "clm_1", "clm_2")
    for told in (str(json.loads(tried.headers["onrecord-warnings"])), done.stderr + done.stdout):
        assert "clm_2 (key b) keeps its own retraction, null; " in told
        assert "a slip" in told


def test_what_the_survivor_does_not_take_over_is_told(
    database: Database, client: TestClient, import_yaml: Import, run: Run
) -> None:
    import_yaml(CLAIMS)
    headers = {"Authorization": f"Bearer {make_key(database, 'desk', ['write']).secret}"}
    own = {"translated_from": "de", "venue": "here"}
    assert client.patch("/v1/claims/clm_1", json=own, headers=headers | {"If-Match": "*"}).is_success
    answer = client.post("/v1/claims/clm_1/merge", json={"into": "clm_2"}, headers=headers)
    told = {one["name"]: one["detail"] for one in json.loads(answer.headers["onrecord-warnings"])}
    assert set(told) == {"/quote", "/figures", "/translated_from", "/venue"}
    assert told["/quote"] == (
        'clm_2 (key b) keeps its own quote, null; "we hired 1500" of clm_1 (key a) is in its history'
    )
    assert '"value":1500,"comparator":"exactly","unit":"count"' in told["/figures"]
    done = run(database, "merge", "clm_4", "clm_3")
    assert 'clm_3 (key c) keeps its own quote, "earlier"' in done.stdout + done.stderr
    for body, detail in (({"in": "clm_3"}, "in: there is no such field"), ({"into": 3}, '{"into": "clm_1"}')):
        refused = client.post("/v1/claims/clm_2/merge", json=body, headers=headers)
        assert refused.status_code == 422
        assert detail in refused.json()["detail"]
