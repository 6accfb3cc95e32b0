"""Answers say which way was meant: paths, parameters and fields, in the words in which they were sent."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.store.access.keys import make_key
from app.store.database.engine import Database
from app.store.write.purge import Asked, purge_records

Doc = dict[str, Any]
ANY = {"If-Match": "*"}
SOURCE: Doc = {"key": "s/1", "title": "T"}


@pytest.fixture
def writer(client: TestClient, database: Database) -> TestClient:
    """The API on three claims of one source, for a client with a key that may do anything."""
    client.headers["Authorization"] = f"Bearer {make_key(database, 'desk', ['admin']).secret}"
    for key in ("a/1", "a/2", "a/3"):
        body = {"key": key, "speaker": {"key": "ann", "name": "Ann Lee"}, "quote": f"words {key}", "source": SOURCE}
        assert client.post("/v1/claims", json=body).status_code == 201
    return client


def told(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    detail: str = answer.json()["detail"]
    return detail


# Merged records


def test_what_is_asked_of_a_merged_record_is_asked_of_its_survivor(writer: TestClient) -> None:
    assert writer.post("/v1/sources", json={"key": "s/2", "title": "U"}).status_code == 201
    assert writer.post("/v1/sources/src_2/merge", json={"into": "src_1"}).status_code == 200
    assert writer.post("/v1/claims/clm_2/merge", json={"into": "clm_1"}).status_code == 200
    for path, meant in {
        "claims/clm_2/related?as_of=6": "claims/clm_1/related?as_of=6",
        "claims/by-key/a/2": "claims/clm_1",
        "sources/src_2/text?as_of=5": "sources/src_1/text?as_of=5",
    }.items():
        answer = writer.get(f"/v1/{path}", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (308, f"/v1/{meant}")
    assert writer.get("/v1/claims/clm_2/related").json()["id"] == "clm_1"
    assert writer.get("/v1/claims/clm_2/history").json()["data"][0]["into"] == "clm_1"


# Keys with more behind them


def test_a_part_of_a_record_behind_its_key_is_told_by_id(writer: TestClient) -> None:
    for path, meant in {
        "claims/by-key/a/1/history": "/v1/claims/clm_1/history",
        "claims/by-key/a/1/related": "/v1/claims/clm_1/related",
        "sources/by-key/s/1/text": "/v1/sources/src_1/text",
        "speakers/by-key/ann/history": "/v1/speakers/spk_1/history",
    }.items():
        assert told(writer.get(f"/v1/{path}"), 404).endswith(f"; by id it is {meant}")
    for path in ("claims/by-key/a/1/text", "claims/by-key/b/1/history", "claims/by-key/history"):
        assert "by id" not in told(writer.get(f"/v1/{path}"), 404)
    for method, path in (("PATCH", "a/1"), ("POST", "a/1/merge"), ("DELETE", "a/1")):
        assert told(writer.request(method, f"/v1/claims/by-key/{path}"), 405).endswith(
            "by the record's id: /v1/claims/{id}"
        )


def test_who_would_delete_what_claims_name_is_told_the_ways_in_which_it_ends(writer: TestClient) -> None:
    for path, noun in (("speakers/spk_1", "speaker"), ("sources/src_1", "source"), ("metrics/met_1", "metric")):
        detail = told(writer.delete(f"/v1/{path}"), 405)
        assert f"a {noun} is not deleted, since claims name it: POST …/merge makes it part of another" in detail
        assert detail.endswith(
            "/v1/revisions/{number}/undo takes back what made it, and onrecord purge takes it out for good"
        )
    assert "is not deleted" not in told(writer.put("/v1/speakers/spk_1", json={}), 405)


def test_a_slash_at_the_end_of_a_path_is_told(client: TestClient) -> None:
    for path in ("/v1/claims", "/v1/speakers/spk_1", "/v1/claims/search"):
        assert told(client.get(f"{path}/"), 404) == f"there is nothing at {path}/; {path} has no slash at its end"
    assert told(client.get("/v1/nothing/"), 404) == "there is nothing at /v1/nothing/"


# Parameters


def test_an_unknown_parameter_is_answered_with_those_there_are(client: TestClient) -> None:
    detail = told(client.get("/v1/sources?title=Report"), 422)
    assert detail.startswith("title: there is no such parameter; there are key, publisher, kind, url, ")
    assert told(client.get("/v1/claims?zzzz=1"), 422).endswith("; /v1/claims/fields has those of claims")


# Bodies


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "null"), (True, "true"), ({"a": None}, '{"a": null}'), ("a/2", "'a/2'"), (1.5, "1.5")]
)
def test_a_value_is_shown_as_it_was_sent(writer: TestClient, value: object, shown: str) -> None:
    for path, name, own in (("claims/clm_1", "key", "a/1"), ("speakers/spk_1", "id", "spk_1")):
        detail = told(writer.patch(f"/v1/{path}", json={name: value}, headers=ANY), 422)
        assert detail.startswith(f"{name}: {shown} is not {own}, and ")
    detail = told(writer.post("/v1/claims/search", json={"where": {"some": value, "where": {}}}), 422)
    assert f"{shown} is not one of figure" in detail


def test_a_detail_names_the_fields_that_are_wrong(writer: TestClient) -> None:
    for body, detail in (
        ({"kind": None, "name": None}, "name: cannot be null: a record needs name"),
        ({"tenures": [{"title": "x", "organization": "spk_99"}]}, "tenures.0.organization.id: there is no spk_99"),
    ):
        assert told(writer.patch("/v1/speakers/spk_1", json=body, headers=ANY), 422).startswith(detail)


def test_a_list_without_citations_is_wrong_where_it_stands(writer: TestClient) -> None:
    answer = writer.patch("/v1/claims/clm_1", json={"citations": []}, headers=ANY)
    assert told(answer, 422).startswith("citations: this is the last citation")
    assert [one["name"] for one in answer.json()["errors"]] == ["/citations"]


def test_another_key_is_the_way_out_where_one_was_purged(writer: TestClient, database: Database) -> None:
    purge_records(database, Asked(("a/3",), "x"))
    body = {"quote": "other words", "source": SOURCE}
    detail = told(writer.put("/v1/claims/by-key/a/3", json=body), 422)
    assert detail.endswith("it is not stored again; take another key")
    assert writer.get("/v1/revisions").json()["data"][0]["actor"] == "purge"
