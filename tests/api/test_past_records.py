"""Records, lists and suggestions as of an earlier revision; single versions; histories; revisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.store.database.engine import Database
from app.store.imports.importer import Report
from app.store.write.merge import merge_records
from tests.conftest import NOON

Doc = dict[str, Any]

FIRST = """\
source: {key: s, title: The Report, url: https://a.example/s, publisher: AP}
speakers: [{key: ann, name: Ann Lee, kind: person, aliases: [Annie Lee]}, {key: bob, name: Bob Ray, kind: person}]
metrics: [{key: staff, name: staff, unit: count}]
claims:
  - {key: a/1, speaker: {key: ann}, quote: we hired many, said_on: 2024-04, topics: [staff]}
"""
SECOND = FIRST.replace("we hired many", "we hired some")  # an edit of the claim
THIRD = SECOND.replace("name: Ann Lee", "name: Anna Leeds").replace("staff, unit", "people, unit")  # other names
FOURTH = THIRD + "  - {key: a/2, speaker: {key: bob}, quote: more words}\n"
FIFTH = THIRD.replace("topics: [staff]", "retraction: {kind: record_error, reason: wrong}")


@pytest.fixture
def told(imported: Callable[..., None]) -> None:
    """Five revisions."""
    imported(FIRST, SECOND, THIRD, FOURTH, FIFTH)


def asked(client: TestClient, path: str, status: int = 200, **query: Any) -> Doc:
    answer = client.get(f"/v1/{path}", params={name: str(value) for name, value in query.items()} or None)
    assert answer.status_code == status, answer.text
    found: Doc = answer.json()
    return found


@pytest.mark.usefixtures("told")
def test_a_claim_is_read_as_it_was_by_id_and_by_key(client: TestClient) -> None:
    for path in ("claims/clm_1", "claims/by-key/a/1"):
        quotes = [asked(client, path, as_of=n)["quote"] for n in (1, 2, 3, 4, 5)]
        assert quotes == ["we hired many", "we hired some", "we hired some", "we hired some", "we hired some"]
        names = [asked(client, path, as_of=n)["speaker"]["name"] for n in (2, 3)]
        assert names == ["Ann Lee", "Anna Leeds"]
        assert [asked(client, path, as_of=n)["status"] for n in (4, 5)] == ["active", "retracted"]


@pytest.mark.usefixtures("told")
def test_other_records_are_read_as_they_were(client: TestClient) -> None:
    assert [asked(client, "speakers/spk_1", as_of=n)["name"] for n in (1, 3)] == ["Ann Lee", "Anna Leeds"]
    assert [asked(client, "metrics/met_1", as_of=n)["name"] for n in (2, 3)] == ["staff", "people"]
    assert asked(client, "sources/src_1", as_of=1) == asked(client, "sources/src_1")


@pytest.mark.usefixtures("told")
def test_a_tag_of_a_past_answer_names_its_version_and_revision(client: TestClient) -> None:
    answer = client.get("/v1/claims/clm_1?as_of=3")
    assert answer.headers["etag"].startswith('"clm_1-v2-r3-')
    assert client.get("/v1/claims/clm_1?as_of=3", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert client.get("/v1/claims/clm_1", headers={"If-None-Match": answer.headers["etag"]}).status_code == 200


@pytest.mark.usefixtures("told")
def test_what_did_not_exist_then_says_since_when_it_does(client: TestClient) -> None:
    at = asked(client, "revisions/4")["recorded_at"]
    for path in ("claims/clm_2", "claims/by-key/a/2", "claims/clm_2/history"):
        problem = asked(client, path, 404, as_of=3)
        assert problem["detail"] == f"there was no clm_2 as of revision 3: it exists since revision 4 ({at})"
    assert asked(client, "claims/clm_9", 404, as_of=3)["detail"] == "there is no claim clm_9"
    assert asked(client, "claims/clm_1", 422, as_of=6)["code"] == "as-of-future"


def test_a_moment_is_the_last_revision_until_then(client: TestClient, import_yaml: Callable[..., Report]) -> None:
    import_yaml(FIRST, at=NOON)
    import_yaml(SECOND, at=NOON.replace(day=3))
    assert asked(client, "claims/clm_1", as_of="2026-01-02")["quote"] == "we hired many"
    assert asked(client, "claims/clm_1", as_of="2026-01-03T12:00:00Z")["quote"] == "we hired some"
    assert "exists since revision 1" in asked(client, "claims/clm_1", 404, as_of="2025-12-31")["detail"]


@pytest.mark.usefixtures("told")
def test_a_version_is_given_as_it_was_rendered_last(client: TestClient) -> None:
    second = asked(client, "claims/clm_1", version=2)
    assert (second["version"], second["revision"], second["speaker"]["name"]) == (2, 3, "Anna Leeds")
    assert asked(client, "claims/by-key/a/1", version=1)["quote"] == "we hired many"
    assert asked(client, "speakers/spk_1", version=1)["name"] == "Ann Lee"
    assert asked(client, "claims/clm_1", 404, version=4)["detail"] == "clm_1 has no version 4: its last is 3"
    assert asked(client, "claims/clm_1", 422, version=1, as_of=1)["code"] == "bad-combination"
    assert asked(client, "claims/clm_1", 422, version=0)["errors"][0]["name"] == "version"


@pytest.mark.usefixtures("told")
def test_a_merged_record_was_itself_before(client: TestClient, database: Database) -> None:
    merge_records(database, "spk_2", "spk_1")
    assert asked(client, "speakers/spk_2", as_of=5)["name"] == "Bob Ray"
    answer = client.get("/v1/speakers/spk_2?as_of=6", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "/v1/speakers/spk_1?as_of=6")
    assert asked(client, "speakers/spk_2", as_of=6)["key"] == "ann"
    assert asked(client, "speakers/spk_2", version=1)["name"] == "Bob Ray"
    last = asked(client, "speakers/spk_2/history")["data"][0]
    assert (last["action"], last["into"], last["revision"], last["version"]) == ("merged", "spk_1", 6, 1)


@pytest.mark.usefixtures("told")
def test_lists_of_records_are_read_as_they_were(client: TestClient) -> None:
    def names(path: str, **query: Any) -> list[str]:
        return [one["name"] for one in asked(client, path, **query)["data"]]

    assert names("speakers", as_of=2) == ["Ann Lee", "Bob Ray"]
    assert names("speakers", as_of=3) == names("speakers") == ["Anna Leeds", "Bob Ray"]
    assert names("metrics", as_of=1) == ["staff"]
    assert names("speakers", as_of=3, name="Anna Leeds") == ["Anna Leeds"]
    found = asked(client, "speakers", as_of=2, name="Anna Leeds")
    assert (found["data"], found["meta"]["notes"]) == ([], ["name 'Anna Leeds' is that of no speaker"])
    first = asked(client, "speakers", as_of=2, limit=1)
    assert asked(client, first["links"]["next"].removeprefix("/v1/"))["data"][0]["name"] == "Bob Ray"


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("typed", ["a", "ann", "lee", "le an", "annie lee", "anna leeds", "b", "an l", "zz", ""])
def test_suggestions_are_those_of_the_moment_in_the_same_order(
    client: TestClient, import_yaml: Callable[..., Report], typed: str
) -> None:
    before = {n: asked(client, "speakers/suggest", q=typed, limit=n) for n in (1, 2, 10)}
    assert {n: asked(client, "speakers/suggest", q=typed, limit=n, as_of=5) for n in before} == before
    import_yaml(FIFTH.replace("Anna Leeds", "Zoe Zed").replace("Bob Ray", "Ann Aller").replace("[Annie Lee]", "[Lea]"))
    assert {n: asked(client, "speakers/suggest", q=typed, limit=n, as_of=5) for n in before} == before


# Histories


def told_of(history: Doc) -> list[tuple[Any, ...]]:
    return [(one["action"], one["version"], one["revision"], one["changes"]) for one in history["data"]]


@pytest.mark.usefixtures("told")
def test_a_history_tells_who_changed_which_fields(client: TestClient) -> None:
    history = asked(client, "claims/clm_1/history")
    retracted, updated, created = history["data"]
    assert [one["version"] for one in history["data"]] == [3, 2, 1]
    assert updated == {
        "version": 2,
        "revision": 2,
        "at": asked(client, "revisions/2")["recorded_at"],
        "actor": "import",
        "comment": None,
        "action": "updated",
        "into": None,
        "changes": {"quote": ["we hired many", "we hired some"]},
    }
    assert (retracted["action"], retracted["changes"]["status"]) == ("retracted", ["active", "retracted"])
    assert retracted["changes"]["topics"] == [["staff"], []]
    assert (created["action"], created["changes"]["quote"]) == ("created", [None, "we hired many"])
    assert created["changes"]["topics"] == [[], ["staff"]]
    assert "revision" not in created["changes"]


@pytest.mark.usefixtures("told")
def test_renderings_are_told_where_they_are_asked_for(client: TestClient) -> None:
    history = asked(client, "claims/clm_1/history", renderings="true")
    assert [(one["action"], one["version"], one["revision"]) for one in history["data"]] == [
        ("retracted", 3, 5), ("rendered", 2, 3), ("updated", 2, 2), ("created", 1, 1)
    ]  # fmt: skip
    (old, new) = history["data"][1]["changes"]["speaker"]
    assert (old["name"], new["name"]) == ("Ann Lee", "Anna Leeds")


@pytest.mark.usefixtures("told")
def test_other_records_have_histories(client: TestClient) -> None:
    assert told_of(asked(client, "speakers/spk_1/history"))[0] == (
        "updated", 2, 3, {"name": ["Ann Lee", "Anna Leeds"], "aliases": [["Annie Lee"], ["Annie Lee", "Ann Lee"]]}
    )  # fmt: skip
    assert told_of(asked(client, "metrics/met_1/history"))[0][3] == {"name": ["staff", "people"]}
    assert [one["action"] for one in asked(client, "sources/src_1/history")["data"]] == ["created"]


@pytest.mark.usefixtures("told")
def test_a_history_is_paged_and_has_its_moment(client: TestClient) -> None:
    queries: list[Doc] = [{}, {"renderings": "true"}]
    for query in queries:
        whole = asked(client, "claims/clm_1/history", **query)["data"]
        page, walked = asked(client, "claims/clm_1/history", limit=1, **query), []
        while True:
            walked += page["data"]
            if not page["page"]["has_more"]:
                break
            page = asked(client, page["links"]["next"].removeprefix("/v1/"))
        assert walked == whole
    assert [one["revision"] for one in asked(client, "claims/clm_1/history", as_of=2)["data"]] == [2, 1]


def test_a_history_looks_at_some_versions_at_a_time(
    client: TestClient, imported: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("Ann Lee", "Ann B", "Ann C", "Ann D", "Ann E", "Ann F")
    imported(*(FIRST.replace("Ann Lee", name) for name in names))
    monkeypatch.setattr("app.store.history.record_history.MOST_VERSIONS", 2)
    page, pages = asked(client, "claims/clm_1/history"), []
    while True:
        pages.append([one["revision"] for one in page["data"]])
        if not page["page"]["has_more"]:
            break
        page = asked(client, page["links"]["next"].removeprefix("/v1/"))
    assert pages == [[], [], [1]]


# Revisions


@pytest.mark.usefixtures("told")
def test_revisions_are_listed_newest_first(client: TestClient) -> None:
    listed = asked(client, "revisions")
    assert [one["number"] for one in listed["data"]] == [5, 4, 3, 2, 1]
    assert listed["meta"]["total"] == {"value": 5, "relation": "eq"}
    assert listed["data"][3] == {
        "number": 2,
        "recorded_at": listed["data"][3]["recorded_at"],
        "actor": "import",
        "comment": None,
        "counts": {"updated": 1},
        "undoes": None,
    }
    page = asked(client, "revisions", limit=3)
    assert [one["number"] for one in asked(client, page["links"]["next"].removeprefix("/v1/"))["data"]] == [2, 1]
    assert [one["number"] for one in asked(client, "revisions", as_of=2)["data"]] == [2, 1]


@pytest.mark.usefixtures("told")
def test_a_revision_lists_what_it_touched(client: TestClient, database: Database) -> None:
    merge_records(database, "spk_2", "spk_1")

    def touched(number: int, limit: int) -> list[tuple[str, str, str]]:
        page, found = asked(client, f"revisions/{number}", limit=limit), []
        while True:
            found += [(one["id"], one["key"], one["action"]) for one in page["data"]]
            if not page["page"]["has_more"]:
                return found
            page = asked(client, page["links"]["next"].removeprefix("/v1/"))

    for limit in (1, 2, 3, 500):
        assert touched(1, limit) == [
            ("clm_1", "a/1", "created"), ("spk_1", "ann", "created"), ("spk_2", "bob", "created"),
            ("src_1", "s", "created"), ("met_1", "staff", "created"),
        ]  # fmt: skip
        assert touched(2, limit) == [("clm_1", "a/1", "updated")]
        assert touched(3, limit) == [
            ("clm_1", "a/1", "rendered"), ("spk_1", "ann", "updated"), ("met_1", "staff", "updated")
        ]  # fmt: skip
        assert touched(5, limit) == [("clm_1", "a/1", "retracted")]
        assert touched(6, limit) == [
            ("clm_2", "a/2", "rendered"), ("spk_1", "ann", "updated"), ("spk_2", "bob", "merged")
        ]  # fmt: skip
    assert {one: asked(client, "revisions/5")[one] for one in ("number", "undoes", "counts")} == {
        "number": 5, "undoes": None, "counts": {"retracted": 1}
    }  # fmt: skip


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("number", ["0", "6", "x", "99999999999999999999", "-1", "1.0"])
def test_a_revision_that_is_none_is_not_found(client: TestClient, number: str) -> None:
    problem = asked(client, f"revisions/{number}", 404)
    assert problem["detail"] == f"there is no revision {number}; they are 1 to 5"


def test_the_build_is_named_on_every_answer_under_v1(client: TestClient) -> None:
    for path in ("/v1/claims", "/v1/claims/clm_1", "/v1/revisions", "/v1/nothing"):
        assert client.get(path).headers["onrecord-build"] == "0.1.0; documents=3; index=6"
    assert client.post("/v1/claims/search", json={}).headers["onrecord-build"] == "0.1.0; documents=3; index=6"
    assert "onrecord-build" not in client.get("/healthz").headers
